"""The cuff: a first reading over a limit asks for a repeat, and the repeat decides."""

from datetime import datetime, timedelta

import msgspec

from infusion.alarms.claims import Claim, claim_of
from infusion.alarms.limits import PatientLimits, shown
from infusion.alarms.physiological import limit_claims
from infusion.alarms.rules import RANK, AlarmRules, CuffRules, Finding
from infusion.alarms.situation import CuffLimb
from vocabulary.alarms import AlarmCode, AlarmPriority, LimitedMeasure


class Pressure(msgspec.Struct, frozen=True, kw_only=True):
    """One cuff reading, mmHg; `map` worked out where the monitor sent none. Times UTC."""

    sys: float
    dia: float
    map: float
    observed_at: datetime


class Cuff(msgspec.Struct, frozen=True, kw_only=True):
    """What the cuff did. Times UTC.

    `started_at`: of the inflation that runs, or ran last until `ended_at`. `last`: the newest
    reading. `stood`: the one that limits were judged by. `waiting`: a first one over a limit,
    which counts at `repeat_by` unless a repeat says otherwise.
    """

    started_at: datetime | None = None
    ended_at: datetime | None = None
    last: Pressure | None = None
    stood: Pressure | None = None
    waiting: Pressure | None = None
    repeat_by: datetime | None = None


def pressure_of(sys: float, dia: float, mean: float | None, observed_at: datetime) -> Pressure:
    """A cuff reading; the mean is (sys + 2 dia) / 3 if it was not sent."""
    worked_out = (sys + 2 * dia) / 3
    return Pressure(
        sys=sys, dia=dia, map=worked_out if mean is None else mean, observed_at=observed_at
    )


def begin(cuff: Cuff, now: datetime) -> Cuff:
    """The cuff inflates."""
    return msgspec.structs.replace(cuff, started_at=now, ended_at=None)


def fail(cuff: Cuff, now: datetime) -> Cuff:
    """The inflation gave no reading: a first one over a limit counts."""
    return count_waiting(_ended(cuff, now))


def count_waiting(cuff: Cuff) -> Cuff:
    """The first reading over a limit counts: there is no repeat."""
    if cuff.waiting is None:
        return cuff
    return msgspec.structs.replace(cuff, stood=cuff.waiting, waiting=None, repeat_by=None)


def read(cuff: Cuff, pressure: Pressure, now: datetime, rules: CuffRules, *, waits: bool) -> Cuff:
    """The cuff gave a reading. `waits`: it is over a limit and nothing else speaks for it."""
    cuff = msgspec.structs.replace(_ended(cuff, now), last=pressure)
    is_extreme = pressure.sys >= rules.at_once_sys or pressure.dia >= rules.at_once_dia
    if not waits or is_extreme or cuff.waiting is not None:
        return msgspec.structs.replace(cuff, stood=pressure, waiting=None, repeat_by=None)
    return msgspec.structs.replace(
        cuff, waiting=pressure, repeat_by=now + timedelta(seconds=rules.repeat_within_s)
    )


def is_over(pressure: Pressure, limits: PatientLimits) -> bool:
    """Whether a reading is beyond a medium or high limit."""
    return any(
        not claim.holds and RANK[claim.priority] >= RANK[AlarmPriority.MEDIUM]
        for claim in pressure_claims(pressure, limits, has_symptoms=False)
    )


def pressure_claims(
    pressure: Pressure, limits: PatientLimits, *, has_symptoms: bool
) -> list[Claim]:
    """What the limits say of a reading; with symptoms whatever is beyond a limit is high."""
    claims = [
        claim
        for measure, value in (
            (LimitedMeasure.NIBP_SYS, pressure.sys),
            (LimitedMeasure.NIBP_DIA, pressure.dia),
            (LimitedMeasure.NIBP_MAP, pressure.map),
        )
        for claim in limit_claims(measure, value, limits)
    ]
    if not has_symptoms:
        return claims
    return [
        claim if claim.holds else msgspec.structs.replace(claim, priority=AlarmPriority.HIGH)
        for claim in claims
    ]


def repeat_claims(cuff: Cuff, rules: AlarmRules) -> list[Claim]:
    """That the cuff has to be repeated."""
    waiting = cuff.waiting
    if waiting is None:
        return []
    text = f"REPEAT CUFF {shown(waiting.sys)}/{shown(waiting.dia)}"
    rule = rules.findings[Finding.REPEAT_CUFF]
    claim = claim_of(Finding.REPEAT_CUFF, AlarmCode.REPEAT_CUFF, rule, text)
    return [msgspec.structs.replace(claim, value=waiting.sys)]


def holds_until(cuff: Cuff, limb: CuffLimb, rules: CuffRules) -> datetime | None:
    """Until when a signal that the oximeter loses may be the cuff's doing; None: it is not."""
    if cuff.started_at is None or limb is CuffLimb.OTHER:
        return None
    if limb is CuffLimb.UNKNOWN and not rules.holds_unknown_limb:
        return None
    longest = cuff.started_at + timedelta(seconds=rules.hold_s)
    if cuff.ended_at is None:
        return longest
    return min(longest, cuff.ended_at + timedelta(seconds=rules.settle_s))


def done(cuff: Cuff) -> Cuff:
    """The inflation is long over: nothing is put down to it any more."""
    return msgspec.structs.replace(cuff, started_at=None, ended_at=None)


def _ended(cuff: Cuff, now: datetime) -> Cuff:
    if cuff.started_at is None or cuff.ended_at is not None:
        return cuff
    return msgspec.structs.replace(cuff, ended_at=now)
