"""What a signature seals of the samples: rows of a session's devices while they were its own."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection, Table

from infusion.session import Session
from infusion.signature_events import BootRange, SealedSamples
from record import schema
from record.canonical import CanonicalRows
from record.columns import StructColumns, from_micros, to_micros
from record.pinned_rows import PinnedRow, hash_of_rows
from vocabulary.ids import BootId, DeviceId, WardId

_MESSAGES: Final[tuple[tuple[Table, StructColumns[Any]], ...]] = (
    (schema.vitals, schema.VITALS),
    (schema.pump_reading, schema.PUMP_READING),
    (schema.device_event, schema.DEVICE_EVENT),
    (schema.device_alarm, schema.DEVICE_ALARM),
)
_OF_DEVICE: Final = " AND device = {0} AND position <= {0}"


class _Message(NamedTuple):
    row: PinnedRow
    boot: BootId
    seq: int
    ward: WardId
    observed_at: datetime


class _Messages:
    """One table of messages, by the time of measurement."""

    def __init__(self, table: Table, columns: StructColumns[Any]) -> None:
        self._rows = CanonicalRows(table, columns.names, "observed_at", _OF_DEVICE)
        self._position, self._boot, self._seq, self._ward, self._observed_at = (
            columns.names.index(name) for name in ("position", "boot", "seq", "ward", "observed_at")
        )

    def read(self, connection: Connection, span: SealedSamples) -> Iterator[_Message]:
        # from `since`, included, until before `until`
        after, upto = to_micros(span.since) - 1, to_micros(span.until) - 1
        rows = self._rows.select(connection, after, upto, span.device, span.upto)
        for row, digest in zip(rows, self._rows.hashes(rows), strict=True):
            pinned = PinnedRow(row[self._position], self._rows.table, digest)
            yield _Message(
                pinned,
                row[self._boot],
                row[self._seq],
                row[self._ward],
                from_micros(row[self._observed_at]),
            )


_TABLES: Final = tuple(_Messages(table, columns) for table, columns in _MESSAGES)


def sealed_samples(
    connection: Connection, session: Session, now: datetime, upto: int
) -> tuple[SealedSamples, ...]:
    """What the devices of a session reported in its time, of all that is stored up to a position.

    A device that is still the session's is taken until `now` (UTC).
    """
    return tuple(
        sealed_again(connection, _span(held.device, (interval.since, interval.until or now), upto))
        for held in session.associations
        for interval in held.intervals
    )


def sealed_again(connection: Connection, span: SealedSamples) -> SealedSamples:
    """The seal of the same device, time and position, made of the rows that are there now."""
    found = _sealed(connection, span)
    return SealedSamples(
        device=span.device,
        since=span.since,
        until=span.until,
        upto=span.upto,
        rows=len(found),
        hash=hash_of_rows([item.row for item in found]),
        boots=_boots(found),
    )


def sealed_rows(connection: Connection, span: SealedSamples) -> list[PinnedRow]:
    """The rows that a seal is over, as they are now, for who compares them alone."""
    return [item.row for item in _sealed(connection, span)]


def _sealed(connection: Connection, span: SealedSamples) -> list[_Message]:
    found = (item for table in _TABLES for item in table.read(connection, span))
    return sorted(found, key=lambda item: item.row.place)


def _span(device: DeviceId, times: tuple[datetime, datetime], upto: int) -> SealedSamples:
    since, until = times
    return SealedSamples(device=device, since=since, until=until, upto=upto, rows=0, hash="")


def rows_behind(
    connection: Connection, span: SealedSamples, ward: WardId, upto: int
) -> list[tuple[PinnedRow, datetime]]:
    """What came into the time of a seal behind its place in the stream, and when it was measured.

    Of one ward, up to a position.
    """
    wider = msgspec.structs.replace(span, upto=upto)
    found = (item for table in _TABLES for item in table.read(connection, wider))
    return sorted(
        (item.row, item.observed_at)
        for item in found
        if item.row.place > span.upto and item.ward == ward
    )


def _boots(messages: Sequence[_Message]) -> tuple[BootRange, ...]:
    seqs: dict[BootId, list[int]] = {}
    for item in messages:
        seqs.setdefault(item.boot, []).append(item.seq)
    return tuple(
        BootRange(boot=boot, first_seq=min(found), last_seq=max(found), messages=len(found))
        for boot, found in sorted(seqs.items())
    )
