"""The tables of the record. Record tables only grow; state tables may change.

What devices sent has one row a message, keyed by its place in the ordered stream and unique by
(device, boot, seq).
"""

from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from infusion.inputs import MessagesNoticed, TimersFellDue
from infusion.receipts import Receipts
from infusion.stream import (
    ClockOffset,
    DeviceAlarmArrived,
    DeviceEventArrived,
    DeviceStatusArrived,
    PumpReadingArrived,
    Quarantined,
    VitalsArrived,
)
from record.columns import BigKey, StructColumns
from vocabulary.ids import WardId

metadata: Final = MetaData()


def _arrivals(name: str, columns: StructColumns[Any]) -> Table:
    return Table(
        name,
        metadata,
        *columns.columns(key="position"),
        UniqueConstraint("device", "boot", "seq", name=f"{name}_once"),
        Index(f"{name}_trend", "device", "observed_at"),
    )


VITALS: Final = StructColumns(VitalsArrived)
PUMP_READING: Final = StructColumns(PumpReadingArrived)
DEVICE_EVENT: Final = StructColumns(DeviceEventArrived)
DEVICE_ALARM: Final = StructColumns(DeviceAlarmArrived)
DEVICE_STATUS: Final = StructColumns(DeviceStatusArrived)

vitals: Final = _arrivals("vitals", VITALS)
pump_reading: Final = _arrivals("pump_reading", PUMP_READING)
device_event: Final = _arrivals("device_event", DEVICE_EVENT)
device_alarm: Final = _arrivals("device_alarm", DEVICE_ALARM)
device_status: Final = Table("device_status", metadata, *DEVICE_STATUS.columns(key="position"))


class StreamMark(msgspec.Struct, frozen=True, kw_only=True):
    """A worker took the stream up or laid it down; `kind` is the name of the input's type."""

    position: int
    kind: str
    at: int
    worker: str
    boot: str
    wards: str


STREAM_MARK: Final = StructColumns(StreamMark)
stream_mark: Final = Table("stream_mark", metadata, *STREAM_MARK.columns(key="position"))


class ActTaken(msgspec.Struct, frozen=True, kw_only=True):
    """Where in the stream, and when (UTC), an event that a person appended was taken up."""

    position: int
    at: datetime
    ward: WardId
    event_position: int
    refusal: str


ACT_TAKEN: Final = StructColumns(ActTaken)
act_taken: Final = Table(
    "act_taken",
    metadata,
    *ACT_TAKEN.columns(key="position"),
    UniqueConstraint("event_position", name="act_taken_once"),
)
TIMERS_FELL_DUE: Final = StructColumns(TimersFellDue)
timers_fell_due: Final = Table(
    "timers_fell_due", metadata, *TIMERS_FELL_DUE.columns(key="position")
)


MESSAGES_NOTICED: Final = StructColumns(MessagesNoticed)
messages_noticed: Final = Table(
    "messages_noticed", metadata, *MESSAGES_NOTICED.columns(key="position")
)


class EventRow(msgspec.Struct, frozen=True, kw_only=True):
    """One link of a chain of events: what happened, and the hash that ties it to the one before.

    `at` and `recorded_at` are microseconds since 1970, UTC; `payload` is canonical JSON.
    """

    position: int
    chain: str
    kind: str
    at: int
    recorded_at: int
    author: str
    cause: int | None
    payload: str
    previous_hash: str
    hash: str


EVENT: Final = StructColumns(EventRow)
event: Final = Table(
    "event",
    metadata,
    *EVENT.columns(key="position"),
    UniqueConstraint("chain", "previous_hash", name="event_unforked"),
    Index("event_chain", "chain", "position"),
    Index("event_kind", "kind", "position"),
)

form: Final = Table(
    "form",
    metadata,
    Column("token", Text, primary_key=True),
    Column("chain", Text, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
)
"""State: which events each form that was sent became, so that sending it twice does it once."""

QUARANTINE: Final = StructColumns(Quarantined)
quarantine: Final = Table(
    "quarantine",
    metadata,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    *QUARANTINE.columns(),
    Column("digest", Text, nullable=False),
    Index("quarantine_digest", "digest"),
    Index("quarantine_device", "device", "id"),
    Index("quarantine_counts", "device", "reason"),
)

RECEIPTS: Final = StructColumns(Receipts)
receipts: Final = Table(
    "receipts",
    metadata,
    *RECEIPTS.columns(),
    UniqueConstraint("device", "boot", name="receipts_once"),
)

CLOCK: Final = StructColumns(ClockOffset)
device_clock: Final = Table(
    "device_clock",
    metadata,
    *CLOCK.columns(),
    UniqueConstraint("device", "boot", name="device_clock_once"),
)

device_state: Final = Table(
    "device_state",
    metadata,
    Column("device", Text, primary_key=True),
    Column("body", Text, nullable=False),
)


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The rules' state at a position of the stream, as it was saved at `at` (UTC)."""

    position: int
    at: datetime
    version: str
    body: bytes


snapshot: Final = Table(
    "snapshot",
    metadata,
    Column("wards", Text, primary_key=True),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("version", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
stream_position: Final = Table(
    "stream_position",
    metadata,
    Column("id", BigKey, primary_key=True, autoincrement=False),
    Column("next", BigInteger, nullable=False),
)
lease: Final = Table(
    "lease",
    metadata,
    Column("wards", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
)
account: Final = Table(
    "account",
    metadata,
    Column("login", Text, primary_key=True),
    Column("printed_name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("pin_hash", Text),
    Column("is_active", Boolean, nullable=False),
)
login: Final = Table(
    "login",
    metadata,
    Column("id_digest", Text, primary_key=True),
    Column("account", Text),
    Column("kiosk_token_digest", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("last_seen_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
)
kiosk_token: Final = Table(
    "kiosk_token",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("ward", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
)
interface_token: Final = Table(
    "interface_token",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("account", Text, nullable=False),
    Column("ward", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("kinds", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
)
draft: Final = Table(
    "draft",
    metadata,
    Column("session", Text, primary_key=True),
    Column("form", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("printed_name", Text, nullable=False),
    Column("typed", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)
