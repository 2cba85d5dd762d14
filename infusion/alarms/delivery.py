"""The drug and its pump: rate and dose against the order, and pumps that run when they should not.

Numbers are compared as floats, and shown; what is recorded of a dose is exact elsewhere.
"""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from infusion.alarms.claims import Claim, claim_of, unknown
from infusion.alarms.limits import shown
from infusion.alarms.rules import AlarmRules, Finding
from infusion.alarms.situation import DoseNow, OrderFacts, Situation
from infusion.dose_rules import BackCheckRules, DosingRules
from infusion.stream import PumpReadingArrived
from vocabulary.alarms import AlarmCode
from vocabulary.states import PumpState, SessionState

_IN_THE_INFUSION = (SessionState.INFUSING, SessionState.PAUSED)
_AMOUNTS = (Finding.DOSE_OVER_ORDER, Finding.DOSE_OVER_SOFT_LIMIT, Finding.DOSE_OVER_LIMIT)


def pump_claims(
    reading: PumpReadingArrived,
    situation: Situation,
    still_after_s: float,
    rules: AlarmRules,
    dosing: DosingRules,
) -> list[Claim]:
    """What one reading of a pump says about its rate, its set-up, and whether it should run."""
    if reading.state is not PumpState.INFUSING or reading.rate_ml_h <= 0:
        return []
    device = reading.device
    if device in situation.not_drug:
        return []
    found = list(_should_not_run(reading, situation, still_after_s, rules))
    if situation.order is not None and (
        not situation.own_devices or device in situation.own_devices
    ):
        found += _rate_claims(reading, situation.order, rules, dosing)
        found += _setup_claims(reading, situation.order, rules, dosing.back_check)
    return found


def _should_not_run(
    reading: PumpReadingArrived, situation: Situation, still_after_s: float, rules: AlarmRules
) -> Iterator[Claim]:
    device = reading.device
    rate = f"{reading.rate_ml_h:.1f} mL/h"
    is_strange = bool(situation.own_devices) and device not in situation.own_devices
    if situation.phase is None or device in situation.unconfirmed or is_strange:
        rule = rules.findings[Finding.RUNNING_UNCONFIRMED]
        yield msgspec.structs.replace(
            claim_of(
                Finding.RUNNING_UNCONFIRMED,
                AlarmCode.RUNNING_UNCONFIRMED,
                rule,
                f"PUMP RUNNING, NOT CONFIRMED {rate}",
                device,
            ),
            value=reading.rate_ml_h,
        )
    if situation.phase is SessionState.RECOVERY:
        yield after_end_claim(rules)
    if situation.pause_said_at is not None:
        rule = rules.findings[Finding.STILL_RUNNING]
        yield msgspec.structs.replace(
            claim_of(
                Finding.STILL_RUNNING,
                AlarmCode.STILL_RUNNING,
                rule,
                f"STILL RUNNING {rate}",
                device,
            ),
            value=reading.rate_ml_h,
            delay_s=still_after_s,
            since=situation.pause_said_at,
        )


def _rate_claims(
    reading: PumpReadingArrived, order: OrderFacts, rules: AlarmRules, dosing: DosingRules
) -> Iterator[Claim]:
    if "rate" in reading.implausible:
        for finding in (Finding.RATE_OVER_LIMIT, Finding.RATE_SLIPPED, Finding.RATE_DIFFERS):
            yield unknown(_rate_claim(finding, reading, order.rate_ml_h, "", rules))
        return
    running, ordered, match = reading.rate_ml_h, order.rate_ml_h, dosing.rate_match
    same_ml_h = float(dosing.pump_step_ml_h) / 2  # closer than half a step is the same rate
    if order.most_ml_h is not None and running > order.most_ml_h + same_ml_h:
        text = f"rate {shown(running)} > {shown(order.most_ml_h)} mL/h, the hard limit"
        yield _rate_claim(Finding.RATE_OVER_LIMIT, reading, order.most_ml_h, text, rules)
    apart = abs(running - ordered)
    if apart <= same_ml_h or apart * 100 <= float(match.percent) * ordered:
        return
    lower, higher = sorted((running, ordered))
    if lower > 0 and higher >= float(match.slip_factor) * lower:
        text = f"rate {shown(running)}, ordered {shown(ordered)} mL/h: check the decimal point"
        yield _rate_claim(Finding.RATE_SLIPPED, reading, ordered, text, rules)
        return
    text = f"rate {shown(running)}, ordered {shown(ordered)} mL/h"
    claim = _rate_claim(Finding.RATE_DIFFERS, reading, ordered, text, rules)
    yield msgspec.structs.replace(claim, delay_s=match.after_s)


def _rate_claim(
    finding: Finding, reading: PumpReadingArrived, limit: float, text: str, rules: AlarmRules
) -> Claim:
    rule = rules.findings[finding]
    claim = claim_of(finding, AlarmCode.RATE_WRONG, rule, text, reading.device)
    return msgspec.structs.replace(claim, value=reading.rate_ml_h, limit=limit)


def _setup_claims(
    reading: PumpReadingArrived, order: OrderFacts, rules: AlarmRules, check: BackCheckRules
) -> Iterator[Claim]:
    bad = reading.implausible
    percent = rules.delivery.setup_percent
    if reading.drug is None:
        yield unknown(_setup_claim(Finding.OTHER_DRUG, reading, "", rules))
    elif reading.drug.casefold() != order.drug.casefold():
        text = f"pump set up for {reading.drug}, ordered {order.drug}"
        yield _setup_claim(Finding.OTHER_DRUG, reading, text, rules)
    is_same = True
    for finding, name, at_pump, ordered, unit in (
        (
            Finding.OTHER_CONCENTRATION,
            "concentration",
            reading.concentration_mg_ml,
            order.concentration_mg_ml,
            "mg/mL",
        ),
        (Finding.OTHER_WEIGHT, "weight", reading.weight_kg, order.weight_kg, "kg"),
    ):
        if at_pump is None or name in bad:
            yield unknown(_setup_claim(finding, reading, "", rules))
            continue
        if abs(at_pump - ordered) * 100 > percent * ordered:
            is_same = False
            text = f"pump set up for {at_pump:g} {unit}, ordered {ordered:g}"
            claim = _setup_claim(finding, reading, text, rules)
            yield msgspec.structs.replace(claim, value=at_pump, limit=ordered)
    reported = reading.dose_rate_mg_kg_h
    if reported is None or {"dose_rate", "rate"} & set(bad):
        yield unknown(_setup_claim(Finding.OTHER_DOSE_RATE, reading, "", rules))
    elif is_same:
        calculated = reading.rate_ml_h * order.concentration_mg_ml / order.weight_kg
        apart = abs(calculated - reported)
        if apart > float(check.mg_kg_h) or apart * 100 > float(check.percent) * calculated:
            text = f"pump says {reported:.3f} mg/kg/h, its rate gives {calculated:.3f}"
            claim = _setup_claim(Finding.OTHER_DOSE_RATE, reading, text, rules)
            yield msgspec.structs.replace(claim, value=reported, limit=calculated)


def _setup_claim(
    finding: Finding, reading: PumpReadingArrived, text: str, rules: AlarmRules
) -> Claim:
    rule = rules.findings[finding]
    return claim_of(finding, AlarmCode.PUMP_SETUP_WRONG, rule, text, reading.device)


def dose_claims(
    situation: Situation,
    dose: DoseNow | None,
    reopened_at: datetime | None,
    rules: AlarmRules,
) -> list[Claim]:
    """What the session was given, and for how long, against its order."""
    if situation.phase not in _IN_THE_INFUSION:
        return []
    found = []
    if reopened_at is not None and situation.phase is SessionState.INFUSING:
        found.append(msgspec.structs.replace(after_end_claim(rules), since=reopened_at))
    if dose is None:
        return found
    order = situation.order
    if order is not None:
        found += _amount_claims(dose, order, rules)
        if situation.phase is SessionState.INFUSING:
            found += _time_claims(dose, order, rules)
    if dose.ends_in_s is not None and situation.phase is SessionState.INFUSING:
        found += _ending_claims(dose.ends_in_s, rules)
    return found


def after_end_claim(rules: AlarmRules) -> Claim:
    """That drug flows although the infusion was over."""
    return claim_of(
        Finding.DELIVERY_AFTER_END,
        AlarmCode.DELIVERY_AFTER_END,
        rules.findings[Finding.DELIVERY_AFTER_END],
        "pump delivers after the end of the infusion",
    )


def _amount_claims(dose: DoseNow, order: OrderFacts, rules: AlarmRules) -> Iterator[Claim]:
    given = dose.given_mg
    if given is None:
        for finding in _AMOUNTS:
            yield unknown(_amount_claim(finding, 0.0, 0.0, "", rules))
        return
    if order.ordered_mg is not None:
        limit = order.ordered_mg * rules.delivery.dose_percent / 100
        if given > limit:
            text = f"given {given:.1f} of {shown(order.ordered_mg)} mg"
            yield _amount_claim(Finding.DOSE_OVER_ORDER, given, limit, text, rules)
    for finding, most_mg, which in (
        (Finding.DOSE_OVER_SOFT_LIMIT, order.soft_mg, "soft"),
        (Finding.DOSE_OVER_LIMIT, order.most_mg, "hard"),
    ):
        if most_mg is not None and given > most_mg:
            text = f"given {given:.1f} > {shown(most_mg)} mg, the {which} limit"
            claim = _amount_claim(finding, given, most_mg, text, rules)
            yield msgspec.structs.replace(claim, family="dose_limit", depth=most_mg)


def _amount_claim(
    finding: Finding, value: float, limit: float, text: str, rules: AlarmRules
) -> Claim:
    claim = claim_of(finding, AlarmCode.DOSE_OVER, rules.findings[finding], text)
    return msgspec.structs.replace(claim, value=value, limit=limit)


def _time_claims(dose: DoseNow, order: OrderFacts, rules: AlarmRules) -> Iterator[Claim]:
    minutes = dose.running_s / 60
    if order.ordered_min is not None:
        limit = order.ordered_min * (1 + rules.delivery.long_percent / 100)
        if minutes > limit:
            text = f"infusing for {minutes:.0f} min, ordered {shown(order.ordered_min)}"
            yield _time_claim(Finding.INFUSION_LONG, minutes, limit, text, rules)
        if order.soft_min is not None and minutes > order.soft_min:
            text = f"infusing for {minutes:.0f} min, the soft limit is {shown(order.soft_min)}"
            yield _time_claim(
                Finding.INFUSION_OVER_SOFT_LIMIT, minutes, order.soft_min, text, rules
            )
    if order.most_min is not None and minutes > order.most_min:
        text = f"infusing for {minutes:.0f} min, the hard limit is {shown(order.most_min)}"
        yield _time_claim(Finding.INFUSION_OVER_LIMIT, minutes, order.most_min, text, rules)


def _time_claim(
    finding: Finding, value: float, limit: float, text: str, rules: AlarmRules
) -> Claim:
    claim = claim_of(finding, AlarmCode.INFUSION_LONG, rules.findings[finding], text)
    return msgspec.structs.replace(
        claim, value=value, limit=limit, family="infusion_long", depth=limit
    )


def _ending_claims(ends_in_s: float, rules: AlarmRules) -> Iterator[Claim]:
    """The notice stays while the end moves a little: a titration does not tell it twice."""
    limit_s = rules.delivery.ending_before_s
    if ends_in_s <= 2 * limit_s:
        claim = claim_of(
            Finding.INFUSION_ENDING,
            AlarmCode.INFUSION_ENDING,
            rules.findings[Finding.INFUSION_ENDING],
            f"infusion ends in {max(0.0, ends_in_s) / 60:.0f} min",
        )
        yield msgspec.structs.replace(claim, holds=ends_in_s > limit_s)


def is_normal_end(dose: DoseNow | None, order: OrderFacts | None, rules: AlarmRules) -> bool:
    """Whether an empty syringe is the end of the infusion and no interruption."""
    if dose is None or dose.given_mg is None or order is None or not order.ordered_mg:
        return False
    return dose.given_mg * 100 >= rules.delivery.ends_normally_from_percent * order.ordered_mg
