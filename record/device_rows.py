"""Everything some devices told in a time, for what is made of it afterwards."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from infusion.stream import (
    DeviceEventArrived,
    DeviceStatusArrived,
    PumpReadingArrived,
    VitalsArrived,
)
from record import reading
from vocabulary.ids import DeviceId


class DeviceRows(msgspec.Struct, frozen=True, kw_only=True):
    """Messages in the order of measurement; statuses, also those before the time, as received."""

    vitals: list[VitalsArrived]
    pump_readings: list[PumpReadingArrived]
    device_events: list[DeviceEventArrived]
    statuses: list[DeviceStatusArrived]


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
