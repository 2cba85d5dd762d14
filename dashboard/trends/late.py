"""Numbers that came late: they stand where they were measured, and a mark says when they came."""

from collections.abc import Iterable
from datetime import timedelta, tzinfo
from itertools import groupby
from typing import Final

from dashboard.local_time import second_text
from dashboard.trends.marks import Mark, MarkKind
from infusion.association import Interval
from record.columns import from_micros
from record.trends import LateRow

TOGETHER: Final = timedelta(minutes=1)
"""Late numbers of one device at most this far apart are one mark."""


def marks_of_late(
    rows: Iterable[LateRow], owned: Iterable[tuple[str, Interval]], zone: tzinfo
) -> list[Mark]:
    """A mark at the first of each stretch of late numbers, while their device was the session's."""
    held = tuple(owned)
    ours = sorted(row for row in rows if _is_owned(row, held))
    marks = []
    for device, found in groupby(ours, key=lambda row: row.device):
        for stretch in _stretches(list(found)):
            first, last = from_micros(stretch[0].at_us), from_micros(stretch[-1].at_us)
            came = from_micros(max(row.received_us for row in stretch))
            text = (
                f"late: {device}, {second_text(first, zone)} to {second_text(last, zone)}, "
                f"came until {second_text(came, zone)}"
            )
            marks.append(Mark(at=first, kind=MarkKind.LATE, text=text))
    return marks


def _is_owned(row: LateRow, owned: tuple[tuple[str, Interval], ...]) -> bool:
    at = from_micros(row.at_us)
    return any(
        device == row.device
        and interval.since <= at
        and (interval.until is None or at < interval.until)
        for device, interval in owned
    )


def _stretches(rows: list[LateRow]) -> list[list[LateRow]]:
    stretches: list[list[LateRow]] = []
    for row in rows:
        if stretches and row.at_us - stretches[-1][-1].at_us <= TOGETHER / timedelta(
            microseconds=1
        ):
            stretches[-1].append(row)
        else:
            stretches.append([row])
    return stretches
