"""The limits that hold for one patient now, and how a number stands to them."""

from collections.abc import Iterable, Mapping
from enum import Enum
from math import inf
from typing import Final

import msgspec

from infusion.alarms.claims import Claim
from infusion.alarms.rules import AlarmRules, LimitBasis, LimitName, LimitRule, Side
from vocabulary.alarms import AlarmCode, AlarmPriority, LimitedMeasure
from vocabulary.states import SessionState

_CODES: Final[dict[LimitedMeasure, tuple[AlarmCode, AlarmCode]]] = {
    LimitedMeasure.HR: (AlarmCode.HR_HIGH, AlarmCode.HR_LOW),
    LimitedMeasure.SPO2: (AlarmCode.SPO2_LOW, AlarmCode.SPO2_LOW),
    LimitedMeasure.RR: (AlarmCode.RR_HIGH, AlarmCode.RR_LOW),
    LimitedMeasure.ETCO2: (AlarmCode.ETCO2_HIGH, AlarmCode.ETCO2_LOW),
    LimitedMeasure.TEMP: (AlarmCode.TEMP_HIGH, AlarmCode.TEMP_LOW),
    LimitedMeasure.NIBP_SYS: (AlarmCode.BP_HIGH, AlarmCode.BP_LOW),
    LimitedMeasure.NIBP_DIA: (AlarmCode.BP_HIGH, AlarmCode.BP_LOW),
    LimitedMeasure.NIBP_MAP: (AlarmCode.BP_HIGH, AlarmCode.BP_LOW),
    LimitedMeasure.MOAAS: (AlarmCode.SEDATION_DEEP, AlarmCode.SEDATION_DEEP),
    LimitedMeasure.RASS: (AlarmCode.AGITATION, AlarmCode.SEDATION_DEEP),
    LimitedMeasure.DISSOCIATION: (AlarmCode.DISSOCIATION_STRONG, AlarmCode.DISSOCIATION_STRONG),
    LimitedMeasure.DISTRESS: (AlarmCode.DISTRESS, AlarmCode.DISTRESS),
    LimitedMeasure.NAUSEA: (AlarmCode.NAUSEA, AlarmCode.NAUSEA),
    LimitedMeasure.NEWS2: (AlarmCode.NEWS2_HIGH, AlarmCode.NEWS2_HIGH),
    LimitedMeasure.NEWS2_ITEM: (AlarmCode.NEWS2_HIGH, AlarmCode.NEWS2_HIGH),
}
"""Which alarm a measure above its limit is, and which one below it."""

LABELS: Final[dict[LimitedMeasure, str]] = {
    LimitedMeasure.HR: "HR",
    LimitedMeasure.SPO2: "SpO2",
    LimitedMeasure.RR: "RR",
    LimitedMeasure.ETCO2: "EtCO2",
    LimitedMeasure.TEMP: "Temp",
    LimitedMeasure.NIBP_SYS: "SBP",
    LimitedMeasure.NIBP_DIA: "DBP",
    LimitedMeasure.NIBP_MAP: "MAP",
    LimitedMeasure.MOAAS: "MOAA/S",
    LimitedMeasure.RASS: "RASS",
    LimitedMeasure.DISSOCIATION: "Dissociation",
    LimitedMeasure.DISTRESS: "Distress",
    LimitedMeasure.NAUSEA: "Nausea",
    LimitedMeasure.NEWS2: "NEWS2",
    LimitedMeasure.NEWS2_ITEM: "NEWS2 in one item",
}

_DECIMALS: Final = {LimitedMeasure.TEMP: 1}
"""Digits after the point; whole numbers where nothing is said."""

_SIGNS: Final = {
    (Side.ABOVE, False): ">",
    (Side.ABOVE, True): "≥",
    (Side.BELOW, False): "<",
    (Side.BELOW, True): "≤",
}


class Standing(Enum):
    """How a number stands to a limit; NEAR is inside it but not far enough to be over."""

    BEYOND = 1
    NEAR = 2
    CLEAR = 3


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """One limit as it holds for a patient, in the unit of its measure.

    `sign`: 1 for a limit above, -1 for one below. `words`: what follows the number in a text.
    """

    limit: LimitName
    of: LimitedMeasure
    code: AlarmCode
    sign: int
    amount: float
    is_inclusive: bool
    priority: AlarmPriority
    delay_s: float
    clear_by: float
    clear_s: float
    family: str
    words: str

    def stand(self, value: float) -> Standing:
        """How `value` stands to this limit."""
        past = (value - self.amount) * self.sign
        if past > 0 or (past == 0 and self.is_inclusive):
            return Standing.BEYOND
        return Standing.CLEAR if past <= -self.clear_by else Standing.NEAR

    def claim(self, value: float, *, holds: bool) -> Claim:
        """What this limit says of a value that is beyond it, or near (`holds`)."""
        return Claim(
            key=self.limit,
            code=self.code,
            priority=self.priority,
            text=f"{LABELS[self.of]} {self._told(value):g} {self.words}",
            family=self.family,
            depth=self.amount * self.sign,
            value=value,
            limit=self.amount,
            delay_s=self.delay_s,
            clear_s=self.clear_s,
            holds=holds,
            is_sampled=True,
        )

    def _told(self, value: float) -> float:
        """`value` as rounded as it can be without seeming to stand otherwise: 7.9 is below 8."""
        told = round(value, _DECIMALS.get(self.of, 0))
        return told if self.stand(told) is self.stand(value) else round(value, 1)


class PatientLimits:
    """All limits of a patient in one phase; `quiet` is where a number needs no second look."""

    def __init__(self, limits: Iterable[Limit]) -> None:
        by_measure: dict[LimitedMeasure, list[Limit]] = {}
        for limit in limits:
            by_measure.setdefault(limit.of, []).append(limit)
        self.of = {measure: tuple(found) for measure, found in by_measure.items()}
        self.by_name: dict[str, Limit] = {
            limit.limit: limit for found in by_measure.values() for limit in found
        }
        self.quiet = {measure: _quiet(self.of.get(measure, ())) for measure in LimitedMeasure}


def _quiet(limits: Iterable[Limit]) -> tuple[float, float]:
    """From where to where every limit is clear, both ends included."""
    low, high = -inf, inf
    for limit in limits:
        inside = limit.amount - limit.sign * limit.clear_by
        if limit.is_inclusive and limit.clear_by == 0:
            low, high = inf, -inf  # on the limit is beyond it: look each time
        elif limit.sign > 0:
            high = min(high, inside)
        else:
            low = max(low, inside)
    return low, high


def limits_for(
    rules: AlarmRules,
    phase: SessionState,
    baseline: Mapping[LimitedMeasure, float],
    changes: Mapping[LimitName, float],
) -> PatientLimits:
    """The limits that hold in `phase`; one relative to a baseline that was not taken holds not."""
    found = (
        _limit(rule, rules, baseline, changes.get(rule.limit, rule.amount))
        for rule in rules.limits
        if phase in rule.phases
    )
    return PatientLimits(limit for limit in found if limit is not None)


def _limit(
    rule: LimitRule, rules: AlarmRules, baseline: Mapping[LimitedMeasure, float], amount: float
) -> Limit | None:
    words = f"{_SIGNS[rule.side, rule.is_inclusive]} "
    sign = 1 if rule.side is Side.ABOVE else -1
    fixed = amount
    if rule.basis is not LimitBasis.FIXED:
        base = baseline.get(rule.of)
        if base is None:
            return None
        is_percent = rule.basis is LimitBasis.BASELINE_PERCENT
        fixed = base + sign * (base * amount / 100 if is_percent else amount)
        told = f"{amount:g} %" if is_percent else f"{amount:g}"
        words += f"{shown(fixed)} ({'+' if sign > 0 else '-'}{told} of {shown(base)})"
    else:
        words += shown(fixed)
    clear = rules.clears[rule.of]
    is_above = rule.side is Side.ABOVE
    return Limit(
        limit=rule.limit,
        of=rule.of,
        code=_CODES[rule.of][0 if is_above else 1],
        sign=sign,
        amount=fixed,
        is_inclusive=rule.is_inclusive,
        priority=rule.priority,
        delay_s=rule.delay_s,
        clear_by=clear.by,
        clear_s=clear.for_s,
        family=f"{rule.of.value}:{'fixed' if rule.basis is LimitBasis.FIXED else 'baseline'}",
        words=words,
    )


def lasting(seconds: float) -> str:
    """A time as it is read: "15 s", "12 min"."""
    return f"{shown(seconds / 60)} min" if seconds >= 120 else f"{shown(seconds)} s"


def shown(value: float) -> str:
    """A number as it is read: whole, or with one decimal."""
    return f"{round(value, 1):g}"
