"""Trends of one bed while inputs are taken up: a quick change is told before a limit is reached."""

from datetime import datetime

from infusion.alarms.claims import Claim
from infusion.alarms.rules import TrendRule
from infusion.alarms.situation import Situation
from infusion.alarms.state import AlarmBook
from infusion.alarms.trends import Trend, begin_trend, follow, trend_claims
from infusion.alarms.watches import WatchTable
from vocabulary.alarms import AlarmPriority, LimitedMeasure


class Trends:
    """The trends of one bed while inputs are taken up. `held`: of each measure that has one."""

    def __init__(
        self, held: dict[LimitedMeasure, Trend], watches: WatchTable, book: AlarmBook
    ) -> None:
        self.held = dict(held)
        self._watches = watches
        self._rules = book.trends
        self._clears = book.rules.clears

    def take(
        self, measure: LimitedMeasure, value: float, situation: Situation, now: datetime
    ) -> None:
        """One live number."""
        rule = self._rules.get(measure)
        if rule is None:
            return
        trend = self.held.get(measure)
        followed = (
            begin_trend(value, now, rule) if trend is None else follow(trend, value, now, rule)
        )
        if followed is not trend:
            self.held[measure] = followed
        group = _group(measure)
        is_quick = value - followed.least >= rule.by or followed.most - value >= rule.by
        if (is_quick and situation.phase in rule.phases) or group in self._watches.held:
            base = situation.baseline.get(measure)
            self._watches.sync(group, self._claims(followed, value, base, rule), now)

    def freeze(self, measure: LimitedMeasure, now: datetime) -> None:
        """Nothing is known of a measure."""
        self._watches.freeze(_group(measure), now)

    def forget(self) -> None:
        """Another patient, or none."""
        for measure in self._rules:
            self._watches.drop(_group(measure))
        self.held = {}

    def _claims(
        self, trend: Trend, value: float, base: float | None, rule: TrendRule
    ) -> list[Claim]:
        """A quick change is told before a limit is reached; then the limit speaks."""
        is_told = any(
            watch.claim.priority is not AlarmPriority.LOW
            for watch in self._watches.group(rule.of.value).values()
        )
        if is_told:
            return []
        return trend_claims(trend, value, base, rule, self._clears[rule.of].for_s)


def _group(measure: LimitedMeasure) -> str:
    return f"trend:{measure.value}"
