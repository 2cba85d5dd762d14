"""Writing: everything of one batch in one transaction, or nothing of it."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Table, select, text

from infusion.device import Device
from infusion.receipts import Receipts
from infusion.stream import (
    ClockOffset,
    DeviceAlarmArrived,
    DeviceEventArrived,
    DeviceStatusArrived,
    IngestStarted,
    IngestStopped,
    PumpReadingArrived,
    Quarantined,
    StreamInput,
    VitalsArrived,
)
from record import schema
from record.chain import NO_EVENT, sealed
from record.columns import StructColumns, Value, to_micros
from record.faults import LeaseLost
from record.schema import EventRow, StreamMark

SNAPSHOTS_KEPT: Final = 2
_APPEND_LOCK: Final = 0x486F7572
"""The key of PostgreSQL's advisory lock under which events are appended: "Hour"."""

_STORED_AS: Final[dict[type[Any], tuple[Table, StructColumns[Any]]]] = {
    VitalsArrived: (schema.vitals, schema.VITALS),
    PumpReadingArrived: (schema.pump_reading, schema.PUMP_READING),
    DeviceEventArrived: (schema.device_event, schema.DEVICE_EVENT),
    DeviceAlarmArrived: (schema.device_alarm, schema.DEVICE_ALARM),
    DeviceStatusArrived: (schema.device_status, schema.DEVICE_STATUS),
}


class Transaction:
    """What can be written; made by `Record.write`, durable when that ends without an exception."""

    def __init__(self, connection: Connection, mark: str, *, is_sqlite: bool) -> None:
        self._connection = connection
        self._mark = mark
        self._is_sqlite = is_sqlite
        self._heads: dict[str, str] = {}
        self._next_event: int | None = None

    def store(self, inputs: Sequence[StreamInput]) -> None:
        """Store stream inputs; a message that is there already stays as it is."""
        rows: dict[type[Any], list[tuple[Value, ...]]] = defaultdict(list)
        marks: list[tuple[Value, ...]] = []
        for item in inputs:
            if isinstance(item, IngestStarted | IngestStopped):
                marks.append(_mark_row(item))
            else:
                rows[type(item)].append(_STORED_AS[type(item)][1].row(item))
        for kind, found in rows.items():
            table, columns = _STORED_AS[kind]
            self._insert(table, columns.names, found)
        self._insert(schema.stream_mark, schema.STREAM_MARK.names, marks)

    def append(
        self, chain: str, events: Iterable[msgspec.Struct], author: str, recorded_at: datetime
    ) -> list[int]:
        """Append events to a chain, in their order; the only way an event is written.

        Each event is a tagged struct with `at` (aware UTC) and, if it follows from a stream
        input, `cause`. Returns their positions in the record.
        """
        rows = []
        position, previous = self._lock_chain(chain)
        for item in events:
            rows.append(_event_row(item, position, chain, previous, (author, recorded_at)))
            previous = rows[-1].hash
            position += 1
        self._heads[chain], self._next_event = previous, position
        names, columns = schema.EVENT.names, schema.EVENT
        self._insert(schema.event, names, [columns.row(row) for row in rows], is_once=False)
        return [row.position for row in rows]

    def quarantine(self, items: Sequence[Quarantined], *, redelivered: bool = False) -> None:
        """Keep refused messages whole; a `redelivered` one that is there already is left out."""
        rows = []
        for item in items:
            digest = _digest(item)
            if not redelivered or not self._is_quarantined(digest):
                rows.append((*schema.QUARANTINE.row(item), digest))
        names = (*schema.QUARANTINE.names, "digest")
        self._insert(schema.quarantine, names, rows, is_once=False)

    def save_receipts(self, receipts: Sequence[Receipts]) -> None:
        """Note which messages of which boots are on disk."""
        rows = [schema.RECEIPTS.row(item) for item in receipts]
        self._upsert(schema.receipts, schema.RECEIPTS.names, ("device", "boot"), rows)

    def save_clocks(self, offsets: Sequence[ClockOffset]) -> None:
        """Note how far clocks are off."""
        rows = [schema.CLOCK.row(item) for item in offsets]
        self._upsert(schema.device_clock, schema.CLOCK.names, ("device", "boot"), rows)

    def save_devices(self, devices: Sequence[Device]) -> None:
        """Note what is known of devices now."""
        rows = [(item.device, msgspec.json.encode(item).decode()) for item in devices]
        self._upsert(schema.device_state, ("device", "body"), ("device",), rows)

    def save_snapshot(self, position: int, at: datetime, version: str, body: bytes) -> None:
        """Keep a snapshot of the rules' state; older ones than the last two go."""
        rows = [(position, to_micros(at), version, body)]
        names = ("position", "at", "version", "body")
        self._upsert(schema.snapshot, names, ("position",), rows)
        kept = (
            select(schema.snapshot.c.position)
            .order_by(schema.snapshot.c.position.desc())
            .limit(SNAPSHOTS_KEPT)
        )
        self._connection.execute(
            schema.snapshot.delete().where(schema.snapshot.c.position.not_in(kept))
        )

    def check_epoch(self, wards: str, epoch: int) -> None:
        """Raises LeaseLost unless the lease for `wards` is still of `epoch`."""
        row = self._connection.execute(
            select(schema.lease.c.epoch, schema.lease.c.holder).where(schema.lease.c.wards == wards)
        ).one_or_none()
        if row is None or row.epoch != epoch:
            holder = "nobody" if row is None else row.holder
            raise LeaseLost(f"{holder} writes for {wards} now")

    def _lock_chain(self, chain: str) -> tuple[int, str]:
        """The next position and the last hash of `chain`, with everybody else kept waiting."""
        if self._next_event is None:
            if not self._is_sqlite:
                self._connection.execute(
                    text("SELECT pg_advisory_xact_lock(:key)"), {"key": _APPEND_LOCK}
                )
            last = self._connection.execute(
                select(schema.event.c.position).order_by(schema.event.c.position.desc()).limit(1)
            ).scalar()
            self._next_event = (last or 0) + 1
        if chain not in self._heads:
            head = self._connection.execute(
                select(schema.event.c.hash)
                .where(schema.event.c.chain == chain)
                .order_by(schema.event.c.position.desc())
                .limit(1)
            ).scalar()
            self._heads[chain] = head or NO_EVENT
        return self._next_event, self._heads[chain]

    def _is_quarantined(self, digest: str) -> bool:
        found = select(schema.quarantine.c.id).where(schema.quarantine.c.digest == digest).limit(1)
        return self._connection.execute(found).scalar() is not None

    def _insert(
        self,
        table: Table,
        names: Sequence[str],
        rows: Sequence[tuple[Value, ...]],
        *,
        is_once: bool = True,
    ) -> None:
        if rows:
            tail = " ON CONFLICT DO NOTHING" if is_once else ""
            self._connection.exec_driver_sql(self._into(table, names) + tail, list(rows))

    def _upsert(
        self,
        table: Table,
        names: Sequence[str],
        key: Sequence[str],
        rows: Sequence[tuple[Value, ...]],
    ) -> None:
        if rows:
            changes = ", ".join(f"{name} = excluded.{name}" for name in names if name not in key)
            tail = f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}"
            self._connection.exec_driver_sql(self._into(table, names) + tail, list(rows))

    def _into(self, table: Table, names: Sequence[str]) -> str:
        # names come from our own tables, values go as parameters
        marks = ", ".join(self._mark for _ in names)
        return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608


def _event_row(
    item: msgspec.Struct, position: int, chain: str, previous: str, by: tuple[str, datetime]
) -> EventRow:
    kind = item.__struct_config__.tag
    if kind is None:
        raise TypeError(f"{type(item).__name__} has no tag, so nobody could read it back")
    author, recorded_at = by
    return sealed(
        EventRow(
            position=position,
            chain=chain,
            kind=str(kind),
            at=to_micros(item.at),  # type: ignore[attr-defined]  # every event has `at`
            recorded_at=to_micros(recorded_at),
            author=author,
            cause=getattr(item, "cause", None),
            payload=msgspec.json.encode(item, order="sorted").decode(),
            previous_hash=previous,
            hash="",
        )
    )


def _mark_row(item: IngestStarted | IngestStopped) -> tuple[Value, ...]:
    return schema.STREAM_MARK.row(
        StreamMark(
            position=item.position,
            kind=type(item).__name__,
            at=to_micros(item.at),
            worker=item.worker,
            boot=item.boot,
        )
    )


def _digest(item: Quarantined) -> str:
    return hashlib.sha256(item.topic.encode() + b"\0" + item.payload).hexdigest()
