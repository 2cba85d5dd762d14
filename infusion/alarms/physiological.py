"""Numbers of the patient against limits and against what they were a minute ago."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import inf
from typing import Final

import msgspec

from infusion.alarms.claims import Claim, claim_of
from infusion.alarms.limits import LABELS, PatientLimits, Standing, shown
from infusion.alarms.rules import AlarmRules, Finding, TrendRule
from vocabulary.alarms import AlarmCode, LimitedMeasure
from vocabulary.states import InvalidReason

_TREND_CODES: Final[dict[LimitedMeasure, tuple[AlarmCode | None, AlarmCode | None]]] = {
    LimitedMeasure.HR: (AlarmCode.HR_CHANGING, AlarmCode.HR_CHANGING),
    LimitedMeasure.SPO2: (None, AlarmCode.SPO2_FALLING),
}
"""Which alarm a quick rise of a measure is, and which one a quick fall; None: it does no harm."""

_BUCKETS: Final = 12


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


class Trend(msgspec.Struct, frozen=True, array_like=True):
    """The extremes of a measure over a while, in steps of time. Times UTC.

    `low`, `high`: of the step that ends at `until`. `past`: end, low and high of earlier ones.
    `least`, `most`: of all of them.
    """

    until: datetime
    low: float
    high: float
    least: float
    most: float
    past: tuple[tuple[datetime, float, float], ...] = ()


def begin_trend(value: float, now: datetime, rule: TrendRule) -> Trend:
    """A trend that knows one value."""
    return Trend(now + timedelta(seconds=rule.within_s / _BUCKETS), value, value, value, value)


def follow(trend: Trend, value: float, now: datetime, rule: TrendRule) -> Trend:
    """`trend` with one more value; what is older than the rule's time is forgotten."""
    if now < trend.until:
        if trend.low <= value <= trend.high:
            return trend
        return Trend(
            trend.until,
            min(trend.low, value),
            max(trend.high, value),
            min(trend.least, value),
            max(trend.most, value),
            trend.past,
        )
    since = now - timedelta(seconds=rule.within_s)
    past = (*trend.past, (trend.until, trend.low, trend.high))
    past = tuple(step for step in past if step[0] > since)
    return Trend(
        now + timedelta(seconds=rule.within_s / _BUCKETS),
        value,
        value,
        min([value, *(low for _, low, _ in past)]),
        max([value, *(high for _, _, high in past)]),
        past,
    )


def trend_claims(
    trend: Trend, value: float, base: float | None, rule: TrendRule, clear_s: float
) -> list[Claim]:
    """Whether a measure rose or fell too quickly, away from the baseline.

    What settles there is no news.
    """
    if base is None:
        return []
    rise, fall = value - trend.least, trend.most - value
    codes = _TREND_CODES.get(rule.of, (None, None))
    found = []
    for change, code, word, away in (
        (rise, codes[0], "rose", value - base),
        (fall, codes[1], "fell", base - value),
    ):
        if change >= rule.by and away >= rule.away and code is not None:
            found.append(
                Claim(
                    key=f"{rule.of.value}_{word}",
                    code=code,
                    priority=rule.priority,
                    text=f"{LABELS[rule.of]} {word} by {shown(change)} "
                    f"within {shown(rule.within_s)} s, now {shown(value)}",
                    value=value,
                    limit=rule.by,
                    delay_s=rule.delay_s,
                    clear_s=clear_s,
                    is_sampled=True,
                )
            )
    return found


def apnoea_claims(bad: Mapping[LimitedMeasure, str], rules: AlarmRules) -> list[Claim]:
    """No breath: the monitor says that it measures, and that there is less than it can show.

    A number that is only missing, or zero, is a signal that is lost and no apnoea.
    """
    reasons = (bad.get(LimitedMeasure.ETCO2), bad.get(LimitedMeasure.RR))
    if REASON_WORDS[InvalidReason.UNDER_RANGE] not in reasons:
        return []
    rule = rules.findings[Finding.APNOEA]
    text = f"no breath for {shown(rule.delay_s)} s"
    return [claim_of(Finding.APNOEA, AlarmCode.APNOEA, rule, text)]


def score_claims(scores: Mapping[LimitedMeasure, float], limits: PatientLimits) -> list[Claim]:
    """What the limits say of what a person judged last."""
    return [
        claim for measure, value in scores.items() for claim in limit_claims(measure, value, limits)
    ]


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
