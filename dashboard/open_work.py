"""What is open of the sessions that wait to be signed, remembered while nothing of them changes.

A report takes a good part of a second, so a list of many is worked out over several looks.
"""

import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final

from dashboard.report_shelf import ReportShelf
from dashboard.session_shelf import Kept
from infusion.dose_rules import BalanceRules
from infusion.sign_off import OpenItem, what_is_open
from vocabulary.ids import SessionId

LONGEST_S: Final = 1.5
"""So long a page may wait for sessions that nobody has looked through yet."""
MOST_KEPT: Final = 512


class OpenWork:
    """Open things by session. Blocks; may raise RecordUnavailable."""

    def __init__(
        self,
        reports: ReportShelf,
        rules: BalanceRules,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reports = reports
        self._rules = rules
        self._monotonic = monotonic
        self._found: dict[SessionId, tuple[Any, tuple[OpenItem, ...]]] = {}

    def of(self, waiting: Iterable[Kept], now: datetime) -> dict[SessionId, tuple[OpenItem, ...]]:
        """What is open of each, in the order given; without those there was no time for."""
        until_s = self._monotonic() + LONGEST_S
        told: dict[SessionId, tuple[OpenItem, ...]] = {}
        for kept in waiting:
            name = kept.session.id
            key = (kept.position, self._reports.made_from(name, now))
            found = self._found.get(name)
            if found is not None and found[0] == key:
                told[name] = found[1]
            elif self._monotonic() < until_s:
                report = self._reports.load(name, now).export.report
                told[name] = what_is_open(report, self._rules)
                self._keep(name, key, told[name])
        return told

    def _keep(self, name: SessionId, key: Any, items: tuple[OpenItem, ...]) -> None:  # noqa: ANN401 - it is only compared
        self._found.pop(name, None)
        self._found[name] = (key, items)
        while len(self._found) > MOST_KEPT:
            self._found.pop(next(iter(self._found)), None)
