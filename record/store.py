"""The record, opened: one way to write and many ways to look."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import select, text

from infusion.device import Device
from infusion.inputs import StreamInput
from infusion.receipts import Receipts
from infusion.session import Session
from infusion.signature_events import SealedSamples
from infusion.stream import ClockOffset, PumpReadingArrived, Quarantined, VitalsArrived, WardGroup
from record import reading, schema, trends
from record.accounts import Accounts
from record.act import Act, Part, append_act, append_parts
from record.audit import AuditTrail
from record.chains import Chains
from record.connections import WAIT_S, answering_within
from record.database import Database
from record.device_rows import DeviceRows, RowMark, marks_of_devices, read_device_rows
from record.digest import Draft, draft_digest
from record.drafts import Drafts
from record.faults import LeaseLost, PositionTaken, RecordUnavailable, SchemaOutdated
from record.interface_grants import InterfaceGrants
from record.leases import Leases
from record.reading import READ_AT_ONCE, QuarantineCount
from record.schema import EventRow, Snapshot
from record.seals import sealed_samples
from record.transaction import Transaction
from record.trends import LateRow, SparkRows, TrendRow
from vocabulary.ids import DeviceId, WardId

__all__ = [
    "EventRow",
    "LeaseLost",
    "PositionTaken",
    "QuarantineCount",
    "Record",
    "RecordUnavailable",
    "SchemaOutdated",
    "Snapshot",
    "Transaction",
    "TrendRow",
    "open_record",
]

ALIVE_WITHIN_S: Final = 1.0
"""The screen shows a lost record within 3 s (features: O1), so a look must end well before."""


def open_record(url: str, wait_s: float = WAIT_S) -> "Record":
    """Open the record at a database URL. Raises SchemaOutdated, RecordUnavailable.

    `wait_s`: how long a write waits for another writer of SQLite before it is refused.
    """
    database = Database(url, wait_s)
    try:
        database.check_schema()
    except (SchemaOutdated, RecordUnavailable):
        database.close()
        raise
    return Record(database)


class Record:
    """One clinic's record. Safe to use from several threads; every call may block for a while.

    Every method raises RecordUnavailable when the database refuses for now.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._doubts: dict[str, int] = {}
        self.accounts = Accounts(database)
        self.chains = Chains(database)
        self.drafts = Drafts(database)
        self.audit = AuditTrail(database, self.write)
        self.interfaces = InterfaceGrants(self.write)
        self.leases = Leases(database)

    def close(self) -> None:
        """Close every connection."""
        self._database.close()

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """One write transaction: durable at the end, or nothing of it was written."""
        transaction: Transaction | None = None
        is_complete = False
        try:
            with self._database.writing() as connection:
                is_sqlite = self._database.is_sqlite
                transaction = Transaction(connection, self._doubts, is_sqlite=is_sqlite)
                yield transaction
                is_complete = True
        except RecordUnavailable:
            if transaction is not None and is_complete:
                # the commit broke off: it may have gone through on a server we no longer hear
                self._doubts.update(transaction.once)
            raise
        for name in transaction.once:
            self._doubts.pop(name, None)

    def act(self, chain: str, events: Sequence[msgspec.Struct], act: Act) -> list[int]:
        """Append what a person did, durably; returns the positions.

        A form sent again (the same `act.token`) is taken once. Raises Overtaken if the chain has
        grown since it was seen: look again and decide anew.
        """
        with self.write() as transaction:
            return append_act(transaction, chain, events, act)

    def act_on_several(self, parts: Sequence[Part], act: Act) -> list[int]:
        """Append what a person did to several chains: to all or to none, as `act` to one."""
        with self.write() as transaction:
            return append_parts(transaction, parts, act)

    def draft_digest(self, ward: WardId, upto: int, begun: Draft | None = None) -> Draft:
        """Read and hash what is not pinned yet of a ward, up to a committed position.

        `begun`: an earlier draft of it, which is gone on with and used up.
        """
        with self._database.reading() as connection:
            return draft_digest(connection, ward, upto, begun)

    def sealed_samples(self, session: Session, now: datetime) -> tuple[SealedSamples, ...]:
        """What a signature given now (UTC) seals of what the devices of a session reported."""
        with self._database.reading() as connection:
            upto = reading.last_position(connection)
            return sealed_samples(connection, session, now, upto)

    def is_alive(self) -> bool:
        """True when the record answers a look; raises RecordUnavailable when it does not."""
        with answering_within(ALIVE_WITHIN_S), self._database.reading() as connection:
            connection.execute(select(schema.lease.c.epoch).limit(1)).all()
        return True

    def load_receipts(self) -> list[Receipts]:
        """Which messages of which boots are on disk."""
        with self._database.reading() as connection:
            return reading.receipts(connection)

    def load_clocks(self) -> list[ClockOffset]:
        """How far clocks are off."""
        with self._database.reading() as connection:
            return reading.clocks(connection)

    def load_devices(self) -> list[Device]:
        """What is known of every device."""
        with self._database.reading() as connection:
            return reading.devices(connection)

    def load_snapshot(self, wards: str) -> Snapshot | None:
        """The newest snapshot of a group's state."""
        with self._database.reading() as connection:
            return reading.snapshot(connection, wards)

    def last_position(self) -> int:
        """The last place in the stream that was given; 0 if none was."""
        with self._database.reading() as connection:
            return reading.last_position(connection)

    def reserve_positions(self, count: int) -> int:
        """Take `count` places of the order that nobody else will be given; returns the first."""
        table = schema.stream_position
        with self._database.writing() as connection:
            following: int = connection.execute(
                text(
                    f"INSERT INTO {table.name} (id, next) VALUES (1, :count + 1) "  # noqa: S608  # our own table's name
                    "ON CONFLICT (id) DO UPDATE SET next = stream_position.next + :count "
                    "RETURNING next"
                ),
                {"count": count},
            ).scalar_one()
        return following - count

    def served_groups(self) -> list[str]:
        """The names of the groups of wards that were served together, the latest last."""
        with self._database.reading() as connection:
            return reading.served_groups(connection)

    def read_stream(self, after: int = 0, group: WardGroup | None = None) -> Iterator[StreamInput]:
        """Every stream input after a position, in order, of a group of wards or of all.

        A few thousand at a time are in memory.
        """
        upto = self.last_position()
        while after < upto:
            with self._database.reading() as connection:
                part = reading.stream_part(connection, after, after + READ_AT_ONCE, group)
            # outside the transaction, which a slow reader would hold open
            yield from part
            after += READ_AT_ONCE

    def vitals_between(
        self, devices: Sequence[DeviceId], start: datetime, end: datetime
    ) -> list[VitalsArrived]:
        """What monitors measured from `start` until before `end`, in the order of measurement."""
        with self._database.reading() as connection:
            return reading.vitals_between(connection, devices, start, end)

    def flow_between(
        self, devices: Sequence[DeviceId], start: datetime, end: datetime
    ) -> list[PumpReadingArrived]:
        """The pump readings of that time that tell of the flow what all of them tell."""
        with self._database.reading() as connection:
            return trends.flow_between(connection, devices, start, end)

    def trend_between(
        self,
        devices: Sequence[DeviceId],
        start: datetime,
        end: datetime,
        *,
        only_cuffs: bool = False,
    ) -> list[TrendRow]:
        """What a trend draws of that time, in the order of measurement; or only cuff readings."""
        with self._database.reading() as connection:
            return trends.trend_between(connection, devices, start, end, only_cuffs=only_cuffs)

    def late_between(
        self, devices: Sequence[DeviceId], start: datetime, end: datetime
    ) -> list[LateRow]:
        """Which numerics of that time came too late to be live."""
        with self._database.reading() as connection:
            return trends.late_between(connection, devices, start, end)

    def spark_between(
        self, devices: Sequence[DeviceId], start: datetime, end: datetime, step_s: int
    ) -> SparkRows:
        """What spark lines draw of that time: SpO2 in steps of `step_s`, and cuff readings."""
        with self._database.reading() as connection:
            return trends.spark_between(connection, devices, start, end, step_s)

    def cuffs_between(
        self, devices: Sequence[DeviceId], start: datetime, end: datetime
    ) -> list[VitalsArrived]:
        """The numerics of that time that hold a cuff pressure, in the order of measurement."""
        with self._database.reading() as connection:
            return reading.cuffs_between(connection, devices, start, end)

    def pump_readings_between(
        self, devices: Sequence[DeviceId], start: datetime, end: datetime
    ) -> list[PumpReadingArrived]:
        """What pumps reported from `start` until before `end`, in the order of measurement."""
        with self._database.reading() as connection:
            return reading.pump_readings_between(connection, devices, start, end)

    def rows_of_devices(
        self, devices: Sequence[DeviceId], start: datetime, end: datetime
    ) -> DeviceRows:
        """Everything devices told from `start` until before `end`, at one moment of the record."""
        with self._database.reading() as connection:
            return read_device_rows(connection, devices, start, end)

    def marks_of_devices(
        self, devices: Sequence[DeviceId], start: datetime, end: datetime
    ) -> tuple[RowMark, ...]:
        """The same as long as `rows_of_devices` would find the same, at a hundredth of the cost."""
        with self._database.reading() as connection:
            return marks_of_devices(connection, devices, start, end)

    def quarantine_recent(self, limit: int, device: DeviceId | None = None) -> list[Quarantined]:
        """The newest refused messages, newest first; of one device or of all."""
        with self._database.reading() as connection:
            return reading.quarantine_recent(connection, limit, device)

    def quarantine_counts(self) -> list[QuarantineCount]:
        """How many messages were refused, by device and reason."""
        with self._database.reading() as connection:
            return reading.quarantine_counts(connection)
