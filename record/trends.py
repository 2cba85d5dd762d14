"""What pictures of a session are made from: thinner than all that devices told, and as true."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, Subquery, func, or_, select

from infusion.stream import PumpReadingArrived, VitalsArrived
from record import schema
from record.columns import to_micros
from vocabulary.ids import DeviceId
from vocabulary.signals import SignalName


class TrendRow(NamedTuple):
    """One set of numerics as a trend needs it; times in microseconds since 1970, UTC.

    `invalid`: which signals gave no number and why, as JSON; None if all did.
    """

    at_us: int
    device: str
    hr: float | None
    spo2: float | None
    rr: float | None
    etco2: float | None
    nibp_sys: float | None
    nibp_dia: float | None
    nibp_map: float | None
    nibp_at_us: int | None
    invalid: str | None


class TrendColumns(NamedTuple):
    """The same of many sets, a sequence for each field."""

    at_us: Sequence[int]
    device: Sequence[str]
    hr: Sequence[float | None]
    spo2: Sequence[float | None]
    rr: Sequence[float | None]
    etco2: Sequence[float | None]
    nibp_sys: Sequence[float | None]
    nibp_dia: Sequence[float | None]
    nibp_map: Sequence[float | None]
    nibp_at_us: Sequence[int | None]
    invalid: Sequence[str | None]


_TREND: Final = (
    "observed_at", "device", "hr", "spo2", "rr", "etco2",
    "nibp_sys", "nibp_dia", "nibp_map", "nibp_observed_at", "invalid",
)  # fmt: skip


def trend_between(
    connection: Connection,
    devices: Sequence[DeviceId],
    start: datetime,
    end: datetime,
    *,
    only_cuffs: bool = False,
) -> list[TrendRow]:
    """What monitors measured, as `vitals_between`, without what a trend does not draw."""
    table = schema.vitals
    wanted = select(*(table.c[name] for name in _TREND)).where(
        table.c.device.in_(devices),
        table.c.observed_at >= to_micros(start),
        table.c.observed_at < to_micros(end),
    )
    if only_cuffs:
        wanted = wanted.where(table.c.nibp_sys.is_not(None))
    rows = connection.execute(wanted.order_by(table.c.observed_at, table.c.position))
    return [TrendRow._make(row) for row in rows.all()]


class LateRow(NamedTuple):
    """A set of numerics that came too late to be live; times in microseconds since 1970, UTC."""

    device: str
    at_us: int
    received_us: int


def late_between(
    connection: Connection, devices: Sequence[DeviceId], start: datetime, end: datetime
) -> list[LateRow]:
    """Which numerics of that time came late, in the order of measurement."""
    table = schema.vitals
    rows = connection.execute(
        select(table.c.device, table.c.observed_at, table.c.received_at)
        .where(
            table.c.device.in_(devices),
            table.c.observed_at >= to_micros(start),
            table.c.observed_at < to_micros(end),
            table.c.late,
        )
        .order_by(table.c.observed_at, table.c.position)
    )
    return [LateRow._make(row) for row in rows]


class SparkRows(NamedTuple):
    """What a tile's spark lines are made of, of several monitors.

    `lowest`: device, number of the step since 1970, and the lowest SpO2 of that step in %.
    `cuffs`: device, microseconds since 1970 (UTC) and systolic pressure in mmHg, each reading once.
    """

    lowest: list[tuple[str, int, float]]
    cuffs: list[tuple[str, int, float]]


def spark_between(
    connection: Connection,
    devices: Sequence[DeviceId],
    start: datetime,
    end: datetime,
    step_s: int,
) -> SparkRows:
    """What monitors measured of SpO2, thinned to steps of `step_s`, and of systolic pressure.

    A number that a device called invalid is missing.
    """
    table = schema.vitals
    within = (
        table.c.device.in_(devices),
        table.c.observed_at >= to_micros(start),
        table.c.observed_at < to_micros(end),
    )

    def valid(signal: SignalName) -> ColumnElement[bool]:
        quoted = f'"{signal.value}"'
        return or_(table.c.invalid.is_(None), ~table.c.invalid.contains(quoted, autoescape=True))

    step = table.c.observed_at.op("/")(step_s * 1_000_000)
    lowest = (
        select(table.c.device, step.label("step"), func.min(table.c.spo2))
        .where(*within, table.c.spo2.is_not(None), valid(SignalName.SPO2))
        .group_by(table.c.device, "step")
    )
    taken = func.coalesce(table.c.nibp_observed_at, table.c.observed_at)
    cuffs = (
        select(table.c.device, taken.label("taken"), table.c.nibp_sys)
        .where(*within, table.c.nibp_sys.is_not(None), valid(SignalName.NIBP))
        .distinct()
    )
    return SparkRows(
        lowest=[(device, at, low) for device, at, low in connection.execute(lowest)],
        cuffs=[(device, at, sys) for device, at, sys in connection.execute(cuffs)],
    )


def trend_columns(items: Sequence[VitalsArrived]) -> TrendColumns:
    """Sets of numerics that were read whole, as a trend needs them, column by column."""
    return TrendColumns(
        [to_micros(item.observed_at) for item in items],
        [item.device for item in items],
        [item.hr for item in items],
        [item.spo2 for item in items],
        [item.rr for item in items],
        [item.etco2 for item in items],
        [item.nibp_sys for item in items],
        [item.nibp_dia for item in items],
        [item.nibp_map for item in items],
        [None if (at := item.nibp_observed_at) is None else to_micros(at) for item in items],
        [msgspec.json.encode(held).decode() if (held := item.invalid) else None for item in items],
    )


_FLOW: Final = ("state", "rate_ml_h", "rate_set_ml_h", "counter", "boot", "implausible")
FLOW_GAP_US: Final = 2_000_000
FLOW_EVERY_US: Final = 3_000_000


def flow_between(
    connection: Connection, devices: Sequence[DeviceId], start: datetime, end: datetime
) -> list[PumpReadingArrived]:
    """The pump readings that tell of a flow all that all of them tell, in order of measurement.

    Of a flow that goes on the same, one reading in three seconds; around every change and every
    gap of two seconds both neighbours; the first and the last.
    """
    inner = _with_neighbours(devices, start, end)
    at, before, after = (
        inner.c.observed_at, inner.c.before_observed_at, inner.c.after_observed_at
    )  # fmt: skip
    is_news = [
        inner.c[name].is_distinct_from(inner.c[f"{side}_{name}"])
        for name in _FLOW
        for side in ("before", "after")
    ]
    wanted = or_(
        before.is_(None),
        after.is_(None),
        at - before > FLOW_GAP_US,
        after - at > FLOW_GAP_US,
        at.op("/")(FLOW_EVERY_US) != before.op("/")(FLOW_EVERY_US),
        *is_news,
    )
    rows = connection.execute(
        select(*(inner.c[name] for name in schema.PUMP_READING.names))
        .where(wanted)
        .order_by(at, inner.c.position)
    )
    return [schema.PUMP_READING.item(tuple(row)) for row in rows]


def _with_neighbours(devices: Sequence[DeviceId], start: datetime, end: datetime) -> Subquery:
    """Each pump reading of that time, and beside it what the device's last and next one say."""
    table = schema.pump_reading
    order: dict[str, Any] = {
        "partition_by": table.c.device,
        "order_by": (table.c.observed_at, table.c.position),
    }
    columns: list[Any] = [table.c[name] for name in schema.PUMP_READING.names]
    for name in (*_FLOW, "observed_at"):
        columns.append(func.lag(table.c[name]).over(**order).label(f"before_{name}"))
        columns.append(func.lead(table.c[name]).over(**order).label(f"after_{name}"))
    return (
        select(*columns)
        .where(
            table.c.device.in_(devices),
            table.c.observed_at >= to_micros(start),
            table.c.observed_at < to_micros(end),
        )
        .subquery()
    )
