"""What people did before, entered into the record at once: whole chains, none of them twice."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from operator import attrgetter

import msgspec

from demo.peoples_file import PeoplesLine
from record.act import Act, Overtaken
from record.store import Record


def enter(record: Record, lines: Iterable[PeoplesLine], now: datetime) -> list[str]:
    """Append every chain of `lines` that the record does not have yet; returns which.

    Raises RecordUnavailable.
    """
    ordered = sorted(lines, key=attrgetter("chain", "at"))
    return [
        chain
        for chain, own in groupby(ordered, key=attrgetter("chain"))
        if _enter_chain(record, chain, list(own), now)
    ]


def _enter_chain(record: Record, chain: str, lines: list[PeoplesLine], now: datetime) -> bool:
    seen = 0
    for author, events in _by_author(lines):
        try:
            positions = record.act(chain, events, Act(author=author, now=now, seen=seen))
        except Overtaken:
            return False  # there since an earlier demonstration
        seen = positions[-1]
    return True


def _by_author(lines: list[PeoplesLine]) -> Iterator[tuple[str, list[msgspec.Struct]]]:
    for author, own in groupby(lines, key=attrgetter("author")):
        yield author, [line.event for line in own]
