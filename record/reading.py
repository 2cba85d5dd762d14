"""Looking into the record; each look is one short read transaction of its own."""

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Final, TypeVar

import msgspec
from sqlalchemy import Connection, Table, func, select

from infusion.device import Device
from infusion.inputs import StreamInput
from infusion.receipts import Receipts
from infusion.stream import (
    ClockOffset,
    DeviceEventArrived,
    DeviceStatusArrived,
    IngestStarted,
    IngestStopped,
    PumpReadingArrived,
    Quarantined,
    VitalsArrived,
    WardGroup,
)
from record import schema
from record.acts import read_acts
from record.columns import StructColumns, from_micros, selected, to_micros
from record.schema import Snapshot
from vocabulary.ids import BootId, DeviceId, WorkerId
from vocabulary.states import QuarantineReason

READ_AT_ONCE: Final = 5000
"""Positions of the stream read in one look, so that a replay needs little memory."""

S = TypeVar("S", bound=msgspec.Struct)

STREAM: Final[tuple[tuple[Table, StructColumns[Any]], ...]] = (
    (schema.vitals, schema.VITALS),
    (schema.pump_reading, schema.PUMP_READING),
    (schema.device_event, schema.DEVICE_EVENT),
    (schema.device_alarm, schema.DEVICE_ALARM),
    (schema.device_status, schema.DEVICE_STATUS),
    (schema.stream_mark, schema.STREAM_MARK),
    (schema.act_taken, schema.ACT_TAKEN),
    (schema.timers_fell_due, schema.TIMERS_FELL_DUE),
    (schema.messages_noticed, schema.MESSAGES_NOTICED),
)
_OF_A_GROUP: Final = (schema.stream_mark, schema.timers_fell_due)
_MARKS: Final = {kind.__name__: kind for kind in (IngestStarted, IngestStopped)}


class QuarantineCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many messages of a device were refused for one reason; no device if none was named."""

    device: DeviceId | None
    reason: QuarantineReason
    count: int


def all_of(connection: Connection, table: Table, columns: StructColumns[S]) -> list[S]:
    """Every row of a table, as structs."""
    return [columns.item(tuple(row)) for row in connection.execute(selected(table, columns))]


def receipts(connection: Connection) -> list[Receipts]:
    """Which messages of which boots are on disk."""
    return all_of(connection, schema.receipts, schema.RECEIPTS)


def clocks(connection: Connection) -> list[ClockOffset]:
    """How far clocks are off."""
    return all_of(connection, schema.device_clock, schema.CLOCK)


def devices(connection: Connection) -> list[Device]:
    """What is known of every device, by its id."""
    rows = connection.execute(
        select(schema.device_state.c.body).order_by(schema.device_state.c.device)
    )
    return [msgspec.json.decode(body, type=Device) for body in rows.scalars()]


def snapshot(connection: Connection, wards: str) -> Snapshot | None:
    """The newest snapshot of a group of wards."""
    table = schema.snapshot
    row = connection.execute(
        select(table).where(table.c.wards == wards).order_by(table.c.position.desc()).limit(1)
    ).one_or_none()
    if row is None:
        return None
    return Snapshot(
        position=row.position, at=from_micros(row.at), version=row.version, body=bytes(row.body)
    )


def last_position(connection: Connection) -> int:
    """The last place in the stream that was given; 0 if none was."""
    found = (connection.execute(select(func.max(table.c.position))).scalar() for table, _ in STREAM)
    return max(position or 0 for position in found)


def stream_part(
    connection: Connection, after: int, upto: int, group: WardGroup | None
) -> list[StreamInput]:
    """Stream inputs from positions above `after` up to `upto`, in order; of a group or of all."""
    found: list[Any] = []
    for table, columns in STREAM:
        wanted = selected(table, columns).where(table.c.position > after, table.c.position <= upto)
        if group is not None and table in _OF_A_GROUP:
            wanted = wanted.where(table.c.wards == group.name)
        elif group is not None:
            wanted = wanted.where(table.c.ward.in_(group.wards))
        found += (columns.item(tuple(row)) for row in connection.execute(wanted))
    found.sort(key=attrgetter("position"))
    acts = read_acts(connection, [i for i in found if isinstance(i, schema.ActTaken)])
    return [
        _mark(item)
        if isinstance(item, schema.StreamMark)
        else acts[item.position]
        if isinstance(item, schema.ActTaken)
        else item
        for item in found
    ]


def served_groups(connection: Connection) -> list[str]:
    """The names of the groups of wards that were served together, the latest last."""
    mark = schema.stream_mark.c
    wanted = select(mark.wards).group_by(mark.wards).order_by(func.max(mark.position))
    return list(connection.execute(wanted).scalars())


def vitals_between(
    connection: Connection, devices: Sequence[DeviceId], start: datetime, end: datetime
) -> list[VitalsArrived]:
    """What monitors measured from `start` until before `end`, in the order of measurement."""
    return _between(connection, schema.vitals, schema.VITALS, (devices, start, end))


def cuffs_between(
    connection: Connection, devices: Sequence[DeviceId], start: datetime, end: datetime
) -> list[VitalsArrived]:
    """The numerics with a cuff pressure, from `start` until before `end`."""
    return _between(connection, schema.vitals, schema.VITALS, (devices, start, end), has="nibp_sys")


def pump_readings_between(
    connection: Connection, devices: Sequence[DeviceId], start: datetime, end: datetime
) -> list[PumpReadingArrived]:
    """What pumps reported from `start` until before `end`, in the order of measurement."""
    return _between(connection, schema.pump_reading, schema.PUMP_READING, (devices, start, end))


def device_events_between(
    connection: Connection, devices: Sequence[DeviceId], start: datetime, end: datetime
) -> list[DeviceEventArrived]:
    """What happened at devices from `start` until before `end`, in the order of measurement."""
    return _between(connection, schema.device_event, schema.DEVICE_EVENT, (devices, start, end))


def statuses_of(
    connection: Connection, devices: Sequence[DeviceId], end: datetime
) -> list[DeviceStatusArrived]:
    """Every birth, goodbye and last will of devices that was received before `end`, in order."""
    table = schema.device_status
    wanted = (
        selected(table, schema.DEVICE_STATUS)
        .where(table.c.device.in_(devices), table.c.received_at < to_micros(end))
        .order_by(table.c.position)
    )
    return [schema.DEVICE_STATUS.item(tuple(row)) for row in connection.execute(wanted)]


def quarantine_recent(
    connection: Connection, limit: int, device: DeviceId | None
) -> list[Quarantined]:
    """The newest refused messages, newest first; of one device or of all."""
    wanted = selected(schema.quarantine, schema.QUARANTINE)
    if device is not None:
        wanted = wanted.where(schema.quarantine.c.device == device)
    wanted = wanted.order_by(schema.quarantine.c.id.desc()).limit(limit)
    return [schema.QUARANTINE.item(tuple(row)) for row in connection.execute(wanted)]


def quarantine_counts(connection: Connection) -> list[QuarantineCount]:
    """How many messages were refused, by device and reason."""
    table = schema.quarantine
    rows = connection.execute(
        select(table.c.device, table.c.reason, func.count()).group_by(
            table.c.device, table.c.reason
        )
    )
    return [
        QuarantineCount(
            device=None if device is None else DeviceId(device),
            reason=QuarantineReason(reason),
            count=count,
        )
        for device, reason, count in rows
    ]


def _between(
    connection: Connection,
    table: Table,
    columns: StructColumns[S],
    wanted: tuple[Sequence[DeviceId], datetime, datetime],
    *,
    has: str | None = None,
) -> list[S]:
    devices, start, end = wanted
    asked = selected(table, columns).where(
        table.c.device.in_(devices),
        table.c.observed_at >= to_micros(start),
        table.c.observed_at < to_micros(end),
    )
    if has is not None:
        asked = asked.where(table.c[has].is_not(None))
    found = connection.execute(asked.order_by(table.c.observed_at, table.c.position))
    rows = found.cursor.fetchall() if found.cursor is not None else []  # as the driver gives them
    return [columns.item(row) for row in rows]


def _mark(mark: schema.StreamMark) -> IngestStarted | IngestStopped:
    return _MARKS[mark.kind](
        position=mark.position,
        at=from_micros(mark.at),
        worker=WorkerId(mark.worker),
        wards=mark.wards,
        boot=BootId(mark.boot),
    )
