"""Everything some devices told in a time, for what is made of it afterwards."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, Table, func, select

from infusion.stream import (
    DeviceEventArrived,
    DeviceStatusArrived,
    PumpReadingArrived,
    VitalsArrived,
)
from record import reading, schema
from record.columns import to_micros
from vocabulary.ids import DeviceId


class DeviceRows(msgspec.Struct, frozen=True, kw_only=True):
    """Messages in the order of measurement; statuses, also those before the time, as received."""

    vitals: list[VitalsArrived]
    pump_readings: list[PumpReadingArrived]
    device_events: list[DeviceEventArrived]
    statuses: list[DeviceStatusArrived]


class RowMark(NamedTuple):
    """How many messages of one kind there are of a time, and the newest place among them."""

    rows: int
    newest: int


_TABLES: Final = (schema.vitals, schema.pump_reading, schema.device_event)


def marks_of_devices(
    connection: Connection, devices: Sequence[DeviceId], start: datetime, end: datetime
) -> tuple[RowMark, ...]:
    """What tells whether `read_device_rows` would find other messages now: rows only grow."""
    status = schema.device_status
    spans: list[tuple[Table, ColumnElement[bool]]] = [
        (table, table.c.observed_at.between(to_micros(start), to_micros(end) - 1))
        for table in _TABLES
    ]
    spans.append((status, status.c.received_at < to_micros(end)))
    found = []
    for table, is_then in spans:
        wanted = select(func.count(), func.max(table.c.position))
        counted = connection.execute(wanted.where(table.c.device.in_(devices), is_then)).one()
        found.append(RowMark(counted[0], counted[1] or 0))
    return tuple(found)


def read_device_rows(
    connection: Connection, devices: Sequence[DeviceId], start: datetime, end: datetime
) -> DeviceRows:
    """What devices told from `start` until before `end`."""
    return DeviceRows(
        vitals=reading.vitals_between(connection, devices, start, end),
        pump_readings=reading.pump_readings_between(connection, devices, start, end),
        device_events=reading.device_events_between(connection, devices, start, end),
        statuses=reading.statuses_of(connection, devices, end),
    )
