"""Numbers of the patient against limits and against what they were a minute ago."""

from collections.abc import Mapping
from math import inf
from typing import Final

import msgspec

from infusion.alarms.claims import Claim, claim_of
from infusion.alarms.limits import PatientLimits, Standing, shown
from infusion.alarms.rules import AlarmRules, Finding
from vocabulary.alarms import AlarmCode, LimitedMeasure
from vocabulary.states import InvalidReason


def limit_claims(
    measure: LimitedMeasure, value: float, limits: PatientLimits, held_above: float = inf
) -> list[Claim]:
    """What the limits of a measure say of `value`.

    Limits above `held_above` do not count now (a cuff is on the oximeter's limb).
    """
    found = []
    for limit in limits.of.get(measure, ()):
        standing = limit.stand(value)
        if standing is not Standing.CLEAR:
            holds = standing is Standing.NEAR or limit.amount > held_above
            found.append(limit.claim(value, holds=holds))
    return found


def apnoea_claims(bad: Mapping[LimitedMeasure, str], rules: AlarmRules) -> list[Claim]:
    """No breath: the monitor says that it measures, and that there is less than it can show.

    A number that is only missing, or zero, is a signal that is lost and no apnoea. Only breaths
    that are measured end it.
    """
    reasons = (bad.get(LimitedMeasure.ETCO2), bad.get(LimitedMeasure.RR))
    if REASON_WORDS[InvalidReason.UNDER_RANGE] not in reasons:
        return []
    rule = rules.findings[Finding.APNOEA]
    text = f"no breath for {shown(rule.delay_s)} s"
    claim = claim_of(Finding.APNOEA, AlarmCode.APNOEA, rule, text)
    return [msgspec.structs.replace(claim, is_sampled=True)]


def score_claims(scores: Mapping[LimitedMeasure, float], limits: PatientLimits) -> list[Claim]:
    """What the limits say of what a person judged last."""
    return [
        claim for measure, value in scores.items() for claim in limit_claims(measure, value, limits)
    ]


def told_claims(
    scores: Mapping[LimitedMeasure, float], rules: AlarmRules, *, asks_to_stop: bool
) -> list[Claim]:
    """What follows from several judgements together, and what the patient asks for."""
    found = []
    nausea = scores.get(LimitedMeasure.NAUSEA, -inf)
    moaas = scores.get(LimitedMeasure.MOAAS, inf)
    risk = rules.aspiration
    if nausea >= risk.nausea_from and moaas <= risk.moaas_to:
        rule = rules.findings[Finding.ASPIRATION_RISK]
        text = f"vomiting with MOAA/S {shown(moaas)}: aspiration risk"
        claim = claim_of(Finding.ASPIRATION_RISK, AlarmCode.NAUSEA, rule, text)
        found.append(msgspec.structs.replace(claim, value=moaas, limit=risk.moaas_to))
    if asks_to_stop:
        rule = rules.findings[Finding.ASKS_TO_STOP]
        found.append(claim_of(Finding.ASKS_TO_STOP, AlarmCode.DISTRESS, rule, rules.stop_symptom))
    return found


REASON_WORDS: Final = {
    InvalidReason.SENSOR_OFF: "sensor off",
    InvalidReason.LEAD_OFF: "lead off",
    InvalidReason.ARTIFACT: "artefact",
    InvalidReason.LOW_SIGNAL: "low signal",
    InvalidReason.CALIBRATING: "calibrating",
    InvalidReason.OVER_RANGE: "over range",
    InvalidReason.UNDER_RANGE: "under range",
    InvalidReason.FAULT: "fault",
    InvalidReason.IMPLAUSIBLE: "implausible",
}
"""Why there is no number, as a nurse reads it."""
NO_DATA: Final = "no data"
