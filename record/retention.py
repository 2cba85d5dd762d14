"""What belongs to no session goes after a while: taken out as it was pinned, and told in the chain.

A monitor that stands beside an empty chair fills the record faster than any patient. Rows of a
session, and all events, stay for ever. Refused messages: `record.refused_retention`.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import Connection, Table, select

from infusion.association import Interval
from infusion.digests import MARKS, RetiredRows, RowsRetired, SamplesDigested
from infusion.fold import fold
from infusion.happenings import SESSION_CHAINS, ward_chain
from record import schema
from record.chains import Chains, read_log
from record.columns import from_micros, to_micros
from record.database import Database
from record.faults import NotAsPinned
from record.pinned_rows import (
    SAMPLES_KIND,
    decode_digest,
    hash_of_rows,
    retired_parts,
    rows_of,
)
from record.refused_retention import retire_refused
from record.transaction import Transaction
from vocabulary.ids import DeviceId, WardId

DIGESTS_AT_ONCE: Final = 30
"""Pinned minutes taken out in one transaction, so that ingest never waits long."""
AUTHOR: Final = "compact/"
_SAMPLES: Final[tuple[Table, ...]] = (
    schema.vitals,
    schema.pump_reading,
    schema.device_event,
    schema.device_alarm,
)
_Times = dict[DeviceId, list[Interval]]


class Compacted(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows were taken out (or would be), of how many pinned minutes.

    `refused`: how many refused messages.
    """

    rows: int
    minutes: int
    refused: int


def compact(
    database: Database, before: datetime, now: datetime, *, is_rehearsal: bool = False
) -> Compacted:
    """Take out what was refused before `before` (UTC), and samples of then that are no session's.

    Raises NotAsPinned, with that part left as it is.
    """
    times = _times_of_sessions(database)
    rows = minutes = 0
    for ward in _wards(database):
        digests = list(_old_digests(database, ward, before))
        for start in range(0, len(digests), DIGESTS_AT_ONCE):
            some = digests[start : start + DIGESTS_AT_ONCE]
            with database.writing() as connection:
                parts = [part for digest in some if (part := _part(connection, digest, times))]
                taken = [part for part, _ in parts]
                rows += sum(count for _, count in parts)
                minutes += len(parts)
                if taken and not is_rehearsal:
                    _take_out(connection, ward, taken, (before, now), database)
    refused = retire_refused(database, before, now, is_rehearsal=is_rehearsal)
    return Compacted(rows=rows, minutes=minutes, refused=refused)


def _part(
    connection: Connection, digest: SamplesDigested, times: _Times
) -> tuple[RetiredRows, int] | None:
    """What of a digest may go, and how many rows; checked against the digest first."""
    gone = retired_parts(connection, digest.ward)
    retired = gone.get((digest.after, digest.upto), frozenset())
    kept = retired | _pinned_by_sessions(connection, digest) | {MARKS}
    wanted = [
        device
        for device in digest.devices
        if device not in kept and _is_free(connection, digest, device, times)
    ]
    found = rows_of(connection, digest.ward, digest.after, digest.upto, frozenset(wanted))
    going: dict[str, int] = {}
    for device in wanted:
        rows = [row for row in found.get(device, []) if row.table != schema.device_status.name]
        if len(rows) < digest.devices[device].rows:
            continue  # it said who it is, or its link changed: that minute stays whole
        if hash_of_rows(rows) != digest.devices[device].hash:
            raise NotAsPinned(
                f"rows of {device} from position {digest.after + 1} to {digest.upto} of ward "
                f"{digest.ward} are not as pinned; nothing of that minute was taken out"
            )
        going[device] = len(rows)
    if not going:
        return None
    part = RetiredRows(after=digest.after, upto=digest.upto, devices=tuple(sorted(going)))
    return part, sum(going.values())


def _pinned_by_sessions(connection: Connection, digest: SamplesDigested) -> frozenset[str]:
    """The devices whose rows of the same minute a session has pinned too."""
    event = schema.event.c
    wanted = select(event.payload).where(
        event.kind == SAMPLES_KIND,
        event.at == to_micros(digest.at),
        event.chain.startswith(SESSION_CHAINS),
    )
    found: set[str] = set()
    for payload in connection.execute(wanted).scalars():
        other = decode_digest(payload)
        if isinstance(other, SamplesDigested) and (other.ward, other.after, other.upto) == (
            digest.ward,
            digest.after,
            digest.upto,
        ):
            found.update(other.devices)
    return frozenset(found)


def _is_free(connection: Connection, digest: SamplesDigested, device: str, times: _Times) -> bool:
    """Whether no row of a device was measured in the time of any session it ever belonged to."""
    intervals = times.get(DeviceId(device), [])
    if not intervals:
        return True
    for table in _SAMPLES:
        observed = connection.execute(
            select(table.c.observed_at).where(
                table.c.position > digest.after,
                table.c.position <= digest.upto,
                table.c.device == device,
            )
        ).scalars()
        moments = (from_micros(at) for at in observed)
        if any(interval.contains(at) for at in moments for interval in intervals):
            return False
    return True


def _take_out(
    connection: Connection,
    ward: WardId,
    parts: list[RetiredRows],
    times: tuple[datetime, datetime],
    database: Database,
) -> None:
    before, now = times
    for part in parts:
        for table in _SAMPLES:
            connection.execute(
                table.delete().where(
                    table.c.ward == ward,
                    table.c.position > part.after,
                    table.c.position <= part.upto,
                    table.c.device.in_(part.devices),
                )
            )
    event = RowsRetired(ward=ward, at=now, before=before, parts=tuple(parts))
    transaction = Transaction(connection, {}, is_sqlite=database.is_sqlite)
    transaction.append(ward_chain(ward), [event], f"{AUTHOR}{ward}", now)


def _times_of_sessions(database: Database) -> _Times:
    """When each device belonged to any session, as corrected."""
    found: _Times = {}
    for plan in Chains(database).sessions():
        with database.reading() as connection:
            log = read_log(connection, f"session/{plan.session}")
        for held in fold(log.events).associations:
            found.setdefault(held.device, []).extend(held.intervals)
    return found


def _wards(database: Database) -> list[WardId]:
    event = schema.event.c
    wanted = select(event.chain).where(event.kind == SAMPLES_KIND).distinct()
    with database.reading_long() as connection:
        chains = connection.execute(wanted).scalars().all()
    prefix = ward_chain(WardId(""))
    return sorted(WardId(c.removeprefix(prefix)) for c in chains if c.startswith(prefix))


def _old_digests(database: Database, ward: WardId, before: datetime) -> Iterator[SamplesDigested]:
    event = schema.event.c
    wanted = (
        select(event.payload)
        .where(
            event.chain == ward_chain(ward),
            event.kind == SAMPLES_KIND,
            event.at < to_micros(before),
        )
        .order_by(event.position)
    )
    with database.reading_long() as connection:
        payloads = connection.execute(wanted).scalars().all()
    for payload in payloads:
        digest = decode_digest(payload)
        if isinstance(digest, SamplesDigested):
            yield digest
