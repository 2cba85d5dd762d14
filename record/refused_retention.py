"""Refused messages go after a while too: as they were pinned, whole digests at a time, and told.

One device that sends what nobody can read would fill the disk otherwise. The newest digest stays
whatever its age, so that an id is never given twice.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import Connection, select

from infusion.digests import (
    QUARANTINE_CHAIN,
    QuarantineDigested,
    RefusedRetired,
    RetiredRefused,
)
from record import schema
from record.columns import to_micros
from record.database import Database
from record.faults import NotAsPinned
from record.pinned_rows import (
    QUARANTINE_KIND,
    UNREADABLE,
    decode_digest,
    hash_of_rows,
    quarantine_rows,
)
from record.transaction import Transaction

DIGESTS_AT_ONCE: Final = 10
"""Taken out in one transaction, so that ingest never waits long."""
AUTHOR: Final = "compact/quarantine"


def retire_refused(
    database: Database, before: datetime, now: datetime, *, is_rehearsal: bool = False
) -> int:
    """Take out the refused messages that were pinned before `before` (UTC); how many there were.

    Raises NotAsPinned, with that part left as it is.
    """
    digests = list(_old_digests(database, before))
    count = 0
    for start in range(0, len(digests), DIGESTS_AT_ONCE):
        with database.writing() as connection:
            parts = [_part(connection, digest) for digest in digests[start:][:DIGESTS_AT_ONCE]]
            taken = tuple(part for part in parts if part.rows)
            count += sum(part.rows for part in taken)
            if taken and not is_rehearsal:
                _take_out(connection, taken, (before, now), database)
    return count


def retired_spans(connection: Connection) -> dict[tuple[int, int], datetime]:
    """The ids, from above one to another, that were taken out, and before which time they came."""
    event = schema.event.c
    wanted = select(event.payload).where(
        event.chain == QUARANTINE_CHAIN, event.kind == RefusedRetired.__name__
    )
    found: dict[tuple[int, int], datetime] = {}
    for payload in connection.execute(wanted).scalars():
        try:
            told = _decoder.decode(payload)
        except UNREADABLE:
            continue  # its hash tells
        found |= {(part.after, part.upto): told.before for part in told.parts}
    return found


_decoder: Final = msgspec.json.Decoder(RefusedRetired)


def _part(connection: Connection, digest: QuarantineDigested) -> RetiredRefused:
    """What a digest pins; without a row if that is gone already."""
    rows = quarantine_rows(connection, digest.after, digest.upto)
    is_gone = not rows and (digest.after, digest.upto) in retired_spans(connection)
    if not is_gone and hash_of_rows(rows) != digest.digest.hash:
        raise NotAsPinned(
            f"refused messages from id {digest.after + 1} to {digest.upto} are not as pinned; "
            "nothing of them was taken out"
        )
    return RetiredRefused(after=digest.after, upto=digest.upto, rows=len(rows))


def _take_out(
    connection: Connection,
    parts: tuple[RetiredRefused, ...],
    times: tuple[datetime, datetime],
    database: Database,
) -> None:
    before, now = times
    table = schema.quarantine
    for part in parts:
        connection.execute(table.delete().where(table.c.id > part.after, table.c.id <= part.upto))
    event = RefusedRetired(at=now, before=before, parts=parts)
    transaction = Transaction(connection, {}, is_sqlite=database.is_sqlite)
    transaction.append(QUARANTINE_CHAIN, [event], AUTHOR, now)


def _old_digests(database: Database, before: datetime) -> Iterator[QuarantineDigested]:
    """Those of before a time, but for the newest of all and what was taken out."""
    event = schema.event.c
    wanted = (
        select(event.payload, event.at)
        .where(event.chain == QUARANTINE_CHAIN, event.kind == QUARANTINE_KIND)
        .order_by(event.position)
    )
    with database.reading_long() as connection:
        rows = connection.execute(wanted).all()[:-1]
        gone = retired_spans(connection)
    for payload, at in rows:
        digest = decode_digest(payload)
        if (
            at < to_micros(before)
            and isinstance(digest, QuarantineDigested)
            and (digest.after, digest.upto) not in gone
        ):
            yield digest
