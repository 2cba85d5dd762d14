"""Which alarms of the log somebody wants to see, as an address says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import Enum
from typing import Final, TypeVar
from urllib.parse import urlencode

from dashboard.local_time import moment_of
from infusion.alarms.log import LogFilter
from vocabulary.alarms import AlarmKind, AlarmPriority
from vocabulary.ids import BedId

WHOLE_WARD: Final = "*"
"""Stands where a chair may: what concerns no single one. No chair is called so."""
LONGEST: Final = timedelta(days=366)
_Word = TypeVar("_Word", bound=Enum)


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedLog:
    """What stands in the address: days of the clinic's clock, both included, and words."""

    first: date
    last: date
    bed: str = ""
    kind: AlarmKind | None = None
    priority: AlarmPriority | None = None
    only_open: bool = False

    def span(self, zone: tzinfo) -> tuple[datetime, datetime]:
        """From when until before when, UTC."""
        return (
            moment_of(self.first, time(0), zone),
            moment_of(self.last + timedelta(days=1), time(0), zone),
        )

    def filter(self, zone: tzinfo) -> LogFilter:
        """The same as the log takes it."""
        since, until = self.span(zone)
        return LogFilter(
            beds=frozenset(self._beds),
            kinds=frozenset([self.kind] if self.kind else []),
            priorities=frozenset([self.priority] if self.priority else []),
            since=since,
            until=until,
            only_open=self.only_open,
        )

    @property
    def _beds(self) -> list[BedId | None]:
        if self.bed == WHOLE_WARD:
            return [None]
        return [BedId(self.bed)] if self.bed else []

    @property
    def query(self) -> str:
        """The same again, for another address."""
        said = {
            "from": self.first.isoformat(),
            "to": self.last.isoformat(),
            "bed": self.bed,
            "kind": "" if self.kind is None else self.kind.value,
            "priority": "" if self.priority is None else self.priority.value,
            "open": "yes" if self.only_open else "",
        }
        return urlencode({name: word for name, word in said.items() if word})


def wanted_log(query: Mapping[str, str], now: datetime, zone: tzinfo) -> WantedLog:
    """What an address asks for; today where it says nothing that can be read."""
    today = now.astimezone(zone).date()
    last = min(_day(query.get("to", "")) or today, today)
    first = min(_day(query.get("from", "")) or last, last)
    return WantedLog(
        first=max(first, last - LONGEST),
        last=last,
        bed=query.get("bed", "")[:64],
        kind=_word(AlarmKind, query.get("kind", "")),
        priority=_word(AlarmPriority, query.get("priority", "")),
        only_open=query.get("open") == "yes",
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _word(words: type[_Word], text: str) -> _Word | None:
    return next((word for word in words if word.value == text), None)
