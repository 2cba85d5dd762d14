"""Writing: everything of one batch in one transaction, or nothing of it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Table, select, text
from sqlalchemy.exc import IntegrityError

from infusion.device import Device
from infusion.inputs import MessagesNoticed, PeopleActed, StreamInput, TimersFellDue
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
    VitalsArrived,
)
from record import schema
from record.chain import NO_EVENT, sealed
from record.columns import StructColumns, Value, to_micros
from record.faults import LeaseLost, PositionTaken
from record.refused import digest_of, storable
from record.rows import RowWriter
from record.schema import ActTaken, EventRow, Snapshot, StreamMark

SNAPSHOTS_KEPT: Final = 2
_APPEND_LOCK: Final = 0x486F7572
"""The key of PostgreSQL's advisory lock under which events are appended: "Hour"."""
QUARANTINED: Final = "quarantined"
_MESSAGE: Final = ("device", "boot", "seq")

_STORED_AS: Final[dict[type[Any], tuple[Table, StructColumns[Any], tuple[str, ...]]]] = {
    VitalsArrived: (schema.vitals, schema.VITALS, _MESSAGE),
    PumpReadingArrived: (schema.pump_reading, schema.PUMP_READING, _MESSAGE),
    DeviceEventArrived: (schema.device_event, schema.DEVICE_EVENT, _MESSAGE),
    DeviceAlarmArrived: (schema.device_alarm, schema.DEVICE_ALARM, _MESSAGE),
    DeviceStatusArrived: (schema.device_status, schema.DEVICE_STATUS, ("position",)),
    StreamMark: (schema.stream_mark, schema.STREAM_MARK, ("position",)),
    ActTaken: (schema.act_taken, schema.ACT_TAKEN, ("position",)),
    TimersFellDue: (schema.timers_fell_due, schema.TIMERS_FELL_DUE, ("position",)),
    MessagesNoticed: (schema.messages_noticed, schema.MESSAGES_NOTICED, ("position",)),
}


class Transaction:
    """What can be written; made by `Record.write`, durable when that ends without an exception.

    `doubts`: what may be there already because the last commit broke off: for each author, the
    position of its first event; QUARANTINED for refused messages. `once` tells the same of this
    transaction.
    """

    def __init__(
        self, connection: Connection, doubts: Mapping[str, int], *, is_sqlite: bool
    ) -> None:
        self.connection = connection
        self._rows = RowWriter(connection, is_sqlite=is_sqlite)
        self._is_sqlite = is_sqlite
        self._doubts = doubts
        self._heads: dict[str, str] = {}
        self._next_event: int | None = None
        self.once: dict[str, int] = {}

    def store(self, inputs: Sequence[StreamInput]) -> None:
        """Store stream inputs; a message that is there already stays as it is.

        Raises PositionTaken if another input has one of their places in the stream.
        """
        rows: dict[type[Any], list[tuple[Value, ...]]] = defaultdict(list)
        for item in inputs:
            if isinstance(item, IngestStarted | IngestStopped):
                rows[StreamMark].append(schema.STREAM_MARK.row(_mark(item)))
            elif isinstance(item, PeopleActed):
                rows[ActTaken].append(schema.ACT_TAKEN.row(_taken(item)))
            else:
                rows[type(item)].append(_STORED_AS[type(item)][1].row(item))
        for kind, found in rows.items():
            table, columns, key = _STORED_AS[kind]
            try:
                count = self._rows.insert_once(table, columns.names, key, found)
            except IntegrityError as error:
                raise PositionTaken(f"{table.name}: {error.orig}") from error
            if count < len(found) and key == ("position",):
                self._check_same(table, columns, found)

    def append(
        self, chain: str, events: Iterable[msgspec.Struct], author: str, recorded_at: datetime
    ) -> list[int]:
        """Append events to a chain, in their order; the only way an event is written.

        Each event is a tagged struct with `at` (aware UTC) and, if it follows from a stream
        input, `cause`. Returns their positions in the record.
        """
        rows: list[EventRow] = []
        position, previous = self._lock_chain(chain)
        for item in events:
            rows.append(_event_row(item, position, chain, previous, (author, recorded_at)))
            previous = rows[-1].hash
            position += 1
        if not rows:
            return []
        if found := self._already_appended(rows):
            return found
        self._heads[chain], self._next_event = previous, position
        self.once.setdefault(author, rows[0].position)
        self._rows.insert(schema.event, schema.EVENT.names, [schema.EVENT.row(row) for row in rows])
        return [row.position for row in rows]

    def quarantine(self, items: Sequence[Quarantined], *, redelivered: bool = False) -> None:
        """Keep refused messages whole; a `redelivered` one that is there already is left out."""
        rows = []
        in_doubt = QUARANTINED in self._doubts
        for item in items:
            kept = storable(item)
            digest = digest_of(item)
            if redelivered:
                is_known = self._is_quarantined(digest, None)
            else:
                is_known = in_doubt and self._is_quarantined(digest, item.received_at)
            if not is_known:
                rows.append((*schema.QUARANTINE.row(kept), digest))
        if rows:
            self.once[QUARANTINED] = 0
            self.lock_chains()  # ids are given in the order of the commits, which digests rely on
        self._rows.insert(schema.quarantine, (*schema.QUARANTINE.names, "digest"), rows)

    def save_receipts(self, receipts: Sequence[Receipts]) -> None:
        """Note which messages of which boots are on disk."""
        rows = [schema.RECEIPTS.row(item) for item in receipts]
        self._rows.upsert(schema.receipts, schema.RECEIPTS.names, ("device", "boot"), rows)

    def save_clocks(self, offsets: Sequence[ClockOffset]) -> None:
        """Note how far clocks are off."""
        rows = [schema.CLOCK.row(item) for item in offsets]
        self._rows.upsert(schema.device_clock, schema.CLOCK.names, ("device", "boot"), rows)

    def save_devices(self, devices: Sequence[Device]) -> None:
        """Note what is known of devices now."""
        rows = [(item.device, msgspec.json.encode(item).decode()) for item in devices]
        self._rows.upsert(schema.device_state, ("device", "body"), ("device",), rows)

    def save_snapshot(self, wards: str, snapshot: Snapshot) -> None:
        """Keep a snapshot of a group's state; older ones than its last two go."""
        row = (wards, snapshot.position, to_micros(snapshot.at), snapshot.version, snapshot.body)
        names = ("wards", "position", "at", "version", "body")
        self._rows.upsert(schema.snapshot, names, ("wards", "position"), [row])
        table = schema.snapshot
        kept = (
            select(table.c.position)
            .where(table.c.wards == wards)
            .order_by(table.c.position.desc())
            .limit(SNAPSHOTS_KEPT)
        )
        self.connection.execute(
            table.delete().where(table.c.wards == wards, table.c.position.not_in(kept))
        )

    def check_epoch(self, wards: str, epoch: int) -> None:
        """Hold the lease for `wards` until the commit. Raises LeaseLost if it is not of `epoch`."""
        row = self.connection.execute(
            select(schema.lease.c.epoch, schema.lease.c.holder)
            .where(schema.lease.c.wards == wards)
            # whoever takes the lease waits for us; SQLite lets one write at a time anyway
            .with_for_update(read=True)
        ).one_or_none()
        if row is None or row.epoch != epoch:
            holder = "nobody" if row is None else row.holder
            raise LeaseLost(f"{holder} writes for {wards} now")

    def lock_chains(self) -> int:
        """The position of the next event, with everybody else who appends kept waiting."""
        if self._next_event is None:
            if not self._is_sqlite:
                self.connection.execute(
                    text("SELECT pg_advisory_xact_lock(:key)"), {"key": _APPEND_LOCK}
                )
            last = self.connection.execute(
                select(schema.event.c.position).order_by(schema.event.c.position.desc()).limit(1)
            ).scalar()
            self._next_event = (last or 0) + 1
        return self._next_event

    def _lock_chain(self, chain: str) -> tuple[int, str]:
        """The next position and the last hash of `chain`, with everybody else kept waiting."""
        position = self.lock_chains()
        if chain not in self._heads:
            head = self.connection.execute(
                select(schema.event.c.hash)
                .where(schema.event.c.chain == chain)
                .order_by(schema.event.c.position.desc())
                .limit(1)
            ).scalar()
            self._heads[chain] = head or NO_EVENT
        return position, self._heads[chain]

    def _already_appended(self, rows: Sequence[EventRow]) -> list[int]:
        """The positions of these very events, if the commit that broke off had gone through."""
        first = rows[0]
        start = self._doubts.get(first.author)
        if start is None:
            return []
        event = schema.event.c
        found = self.connection.execute(
            select(event.position, event.kind, event.payload)
            .where(
                event.chain == first.chain,
                event.position >= start,
                event.author == first.author,
                event.recorded_at == first.recorded_at,
            )
            .order_by(event.position)
        ).all()
        if [(row.kind, row.payload) for row in found] != [(row.kind, row.payload) for row in rows]:
            return []
        return [row.position for row in found]

    def _is_quarantined(self, digest: str, received_at: datetime | None) -> bool:
        table = schema.quarantine.c
        found = select(table.id).where(table.digest == digest).limit(1)
        if received_at is not None:
            found = found.where(table.received_at == to_micros(received_at))
        return self.connection.execute(found).scalar() is not None

    def _check_same(
        self, table: Table, columns: StructColumns[Any], rows: Sequence[tuple[Value, ...]]
    ) -> None:
        """Raises PositionTaken unless all of `rows` are in the table, each at its position."""
        place = columns.names.index("position")
        wanted = {row[place]: columns.item(row) for row in rows}
        named = [table.c[name] for name in columns.names]
        for row in self.connection.execute(select(*named).where(table.c.position.in_(wanted))):
            position = row[place]
            if columns.item(tuple(row)) != wanted[position]:
                raise PositionTaken(f"{table.name}: position {position} is another input's")


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


def _mark(item: IngestStarted | IngestStopped) -> StreamMark:
    return StreamMark(
        position=item.position,
        kind=type(item).__name__,
        at=to_micros(item.at),
        worker=item.worker,
        wards=item.wards,
        boot=item.boot,
    )


def _taken(item: PeopleActed) -> ActTaken:
    return ActTaken(
        position=item.position,
        at=item.at,
        ward=item.ward,
        event_position=item.event_position,
        refusal=item.refusal,
    )
