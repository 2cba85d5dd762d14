"""Numbers of the patient against what they were a minute ago: changes that come quickly."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from infusion.alarms.claims import Claim
from infusion.alarms.limits import LABELS, shown
from infusion.alarms.rules import TrendRule
from vocabulary.alarms import AlarmCode, LimitedMeasure

_TREND_CODES: Final[dict[LimitedMeasure, tuple[AlarmCode | None, AlarmCode | None]]] = {
    LimitedMeasure.HR: (AlarmCode.HR_CHANGING, AlarmCode.HR_CHANGING),
    LimitedMeasure.SPO2: (None, AlarmCode.SPO2_FALLING),
}
"""Which alarm a quick rise of a measure is, and which one a quick fall; None: it does no harm."""

_BUCKETS: Final = 12


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
