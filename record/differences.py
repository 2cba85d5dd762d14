"""Which row it was: from the marks of a digest and the rows that are there now."""

from collections.abc import Sequence

import msgspec

from infusion.digests import MARKS, DeviceDigest
from record.columns import from_micros
from record.pinned_rows import QUARANTINE_KIND, PinnedRow, marks_of
from record.schema import EventRow


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A row that is not as it was recorded: its table, its place there, and what is wrong."""

    table: str
    place: str
    what: str

    def __str__(self) -> str:
        """One line: `vitals position 12 (monitor-1): was changed`."""
        return f"{self.table} {self.place}: {self.what}"


def first_difference(
    device: str, pinned: DeviceDigest, rows: Sequence[PinnedRow], event: EventRow
) -> tuple[int, Difference]:
    """The first row that is not as `event` pinned it, with its place for sorting."""
    was, now = marks_of(pinned), {row.place: row for row in rows}
    for place in sorted(was.keys() | now.keys()):
        row = now.get(place)
        if row is None:
            return place, _difference(device, None, place, "was removed", event)
        if place not in was and was:
            return place, _difference(device, row, place, "was added", event)
        if was and not row.hash.startswith(was[place]):
            return place, _difference(device, row, place, "was changed", event)
    first = rows[0] if rows else None
    what = f"one of {pinned.rows} rows from here on was changed, added or removed"
    place = 0 if first is None else first.place
    return place, _difference(device, first, place, what, event)


def added_row(device: str, row: PinnedRow, event: EventRow) -> Difference:
    """A row of a device of which none was pinned."""
    return _difference(device, row, row.place, "was added", event)


def changed_event(row: EventRow, what: str) -> Difference:
    """An event that is not as it was."""
    place = f"position {row.position} ({row.chain}, {row.kind})"
    return Difference(table="event", place=place, what=what)


def _difference(
    device: str, row: PinnedRow | None, place: int, what: str, event: EventRow
) -> Difference:
    is_refused = event.kind == QUARANTINE_KIND
    table = ("quarantine" if is_refused else "row") if row is None else row.table
    whose = f" ({device})" if device != MARKS else ""
    return Difference(
        table=table,
        place=f"{'id' if is_refused else 'position'} {place}{whose}",
        what=f"{what} since {_moment(event.at)}",
    )


def _moment(micros: int) -> str:
    """When a digest was made; as it stands there where somebody forged that."""
    try:
        return f"{from_micros(micros):%Y-%m-%d %H:%M:%S} UTC"
    except (OverflowError, TypeError):
        return f"{micros!r}"
