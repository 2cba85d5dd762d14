"""The events of the record as lines, for people and for programs that know no table."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

import msgspec

from record import event_rows
from record.columns import from_micros
from record.database import Database
from record.schema import EventRow

_AT_ONCE: Final = 5000


class EventLine(msgspec.Struct, frozen=True, kw_only=True):
    """One event as it is printed: `event` is the payload with its type."""

    position: int
    chain: str
    kind: str
    at: datetime
    recorded_at: datetime
    author: str
    cause: int | None
    event: msgspec.Raw


def events_of(
    database: Database, chain: str | None = None, kinds: Sequence[str] = ()
) -> Iterator[EventLine]:
    """Every event in the order of the record; of one chain or all, of some kinds or all.

    Raises RecordUnavailable.
    """
    after = 0
    while True:
        with database.reading() as connection:
            rows = event_rows.events(connection, after, chain, _AT_ONCE)
        for row in rows:
            if not kinds or row.kind in kinds:
                yield _line(row)
        if len(rows) < _AT_ONCE:
            return
        after = rows[-1].position


def in_json(line: EventLine) -> str:
    """The line as one JSON object."""
    return msgspec.json.encode(line).decode()


def in_words(line: EventLine) -> str:
    """The line as a person reads it: when, what, in which chain, by whom."""
    at = line.at.isoformat(timespec="milliseconds")
    return f"{line.position:>9}  {at}  {line.kind:<26} {line.chain:<32} {line.author}"


def _line(row: EventRow) -> EventLine:
    return EventLine(
        position=row.position,
        chain=row.chain,
        kind=row.kind,
        at=from_micros(row.at),
        recorded_at=from_micros(row.recorded_at),
        author=row.author,
        cause=row.cause,
        event=msgspec.Raw(row.payload.encode()),
    )
