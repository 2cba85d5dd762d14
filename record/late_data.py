"""What arrives for a session that is sealed: found when it is pinned, told in its chain."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection, Table, func, select

from infusion.signature_events import LateDataArrived, SealedSamples, SessionSigned
from record import schema
from record.columns import from_micros, to_micros
from record.pinned_rows import PinnedRow, hash_of_rows
from record.seals import rows_behind
from vocabulary.ids import DeviceId, SessionId, WardId

_TABLES: Final[tuple[Table, ...]] = (
    schema.vitals,
    schema.pump_reading,
    schema.device_event,
    schema.device_alarm,
)
_decoder: Final = msgspec.json.Decoder(SessionSigned)


class _LateRow(NamedTuple):
    position: int
    device: str
    observed_at: datetime


def late_for_sealed(
    connection: Connection,
    ward: WardId,
    rows: dict[str, list[PinnedRow]],
    at: datetime,
) -> list[LateDataArrived]:
    """What of `rows` (by device) was measured in the time of a session that is sealed already."""
    places = [row.place for found in rows.values() for row in found]
    if not places:
        return []
    first, last = min(places), max(places)
    since = _first_late(connection, ward, first, last)
    sealed = [] if since is None else list(_sealed_since(connection, since))
    if not sealed:
        return []
    late = _late_rows(connection, ward, first, last)
    hashes = {row.place: row for found in rows.values() for row in found}
    found = []
    for session, span in sealed:
        own = [row for row in late if _is_of(row, span)]
        if own:
            found.append(_event(session, span.device, own, hashes, at))
    return found


def late_before_pinned(
    connection: Connection, ward: WardId, events_after: int, upto: int, at: datetime
) -> list[LateDataArrived]:
    """What came between a seal and the digest before this one, of seals that are newer than that.

    Who signs looks at the record a moment before the signature is in it; what came in that moment
    would be told by nobody.
    """
    event = schema.event.c
    wanted = select(event.payload).where(
        event.kind == SessionSigned.__name__, event.position > events_after
    )
    found = []
    for payload in connection.execute(wanted).scalars():
        signed = _decoder.decode(payload)
        for span in signed.samples:
            rows = rows_behind(connection, span, ward, upto)
            if rows:
                late = [_LateRow(row.place, span.device, seen) for row, seen in rows]
                hashes = {row.place: row for row, _ in rows}
                found.append(_event(signed.session, span.device, late, hashes, at))
    return found


def _first_late(connection: Connection, ward: WardId, first: int, last: int) -> datetime | None:
    """When the earliest of what came late was measured. Most often nobody has sealed that time."""
    found = []
    for table in _TABLES:
        column = table.c
        wanted = select(func.min(column.observed_at)).where(
            column.position.between(first, last), column.ward == ward, column.late
        )
        at = connection.execute(wanted).scalar()
        if at is not None:
            found.append(at)
    return from_micros(min(found)) if found else None


def _late_rows(connection: Connection, ward: WardId, first: int, last: int) -> list[_LateRow]:
    found: list[_LateRow] = []
    for table in _TABLES:
        column = table.c
        wanted = select(column.position, column.device, column.observed_at).where(
            column.position.between(first, last), column.ward == ward, column.late
        )
        found += (
            _LateRow(row.position, row.device, from_micros(row.observed_at))
            for row in connection.execute(wanted)
        )
    return found


def _sealed_since(
    connection: Connection, since: datetime
) -> Iterable[tuple[SessionId, SealedSamples]]:
    """What sessions that were signed after a moment have sealed."""
    event = schema.event.c
    wanted = select(event.payload).where(
        event.kind == SessionSigned.__name__, event.at >= to_micros(since)
    )
    for payload in connection.execute(wanted).scalars():
        signed = _decoder.decode(payload)
        for span in signed.samples:
            yield signed.session, span


def _is_of(row: _LateRow, span: SealedSamples) -> bool:
    is_behind = row.position > span.upto
    return is_behind and row.device == span.device and span.since <= row.observed_at < span.until


def _event(
    session: SessionId,
    device: DeviceId,
    own: list[_LateRow],
    hashes: dict[int, Any],
    at: datetime,
) -> LateDataArrived:
    own.sort()
    return LateDataArrived(
        session=session,
        at=at,
        device=device,
        since=min(row.observed_at for row in own),
        until=max(row.observed_at for row in own),
        rows=len(own),
        hash=hash_of_rows([hashes[row.position] for row in own]),
        first_position=own[0].position,
        last_position=own[-1].position,
    )
