"""The picture of a session from the record, whole or what is new of it. Blocks.

May raise RecordUnavailable.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pandas as pd

from dashboard.context import Services
from dashboard.local_time import clinic_zone
from dashboard.session_forms.delivery import (
    SessionDelivery,
    delivery_of,
    devices_ever,
    span_of,
)
from dashboard.trends.figure import (
    figure_of,
    numbers_of,
    times_of,
    traces_of,
)
from dashboard.trends.late import marks_of_late
from dashboard.trends.layout import Picture, time_of
from dashboard.trends.marks import Mark, marks_of_delivery, marks_of_events
from dashboard.trends.series import Measured, measured, measured_of, step_for, with_gaps
from infusion.association import Interval
from infusion.configuration import ClinicConfiguration
from infusion.happenings import session_chain
from infusion.report.delivery import real_pauses
from infusion.session import Session
from infusion.stream import VitalsArrived
from record.trends import trend_columns
from vocabulary.ids import DeviceId
from vocabulary.signals import SignalName
from vocabulary.states import DeviceKind

LIVE_STEP_S: Final = 5.0
"""A live page gets what is new this often, thinned to the lowest and highest of each step."""
ROOM: Final = timedelta(minutes=2)
"""Room to the right of now, so that the newest number does not stick to the edge."""
SHORTEST: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure, and up to when (UTC) it holds what the record holds."""

    figure: dict[str, Any]
    until: datetime


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of a session already, by whoever wants a picture of it too."""

    delivery: SessionDelivery
    vitals: Sequence[VitalsArrived]


def draw(parts: Services, session: Session, now: datetime, read: Read | None = None) -> Drawn:
    """The whole picture of a session."""
    zone = clinic_zone()
    begins, ends = span_of(session, now)
    delivery = delivery_of(parts, session) if read is None else read.delivery
    numbers = (
        _measured(parts, session, begins, ends)
        if read is None
        else _measured_in(read.vitals, session, begins, ends)
    )
    step_s = step_for(pd.Timestamp(begins), pd.Timestamp(ends))
    signals = {
        signal: with_gaps(numbers.continuous[signal.value], _gap_s(parts, signal), step_s)
        for signal in _SIGNALS
    }
    picture = Picture(
        zone=zone,
        begins=begins,
        ends=_axis_end(session, delivery, begins, ends, parts.configuration),
        signals=signals,
        cuffs=numbers.cuffs,
        segments=delivery.segments,
        marks=_marks(parts, session, delivery, now),
        baseline=baseline_of(session),
        ordered_mg=None if session.order is None else session.order.planned_mg,
    )
    return Drawn(figure=figure_of(picture), until=_newest(numbers, begins))


def draw_news(parts: Services, session: Session, since: datetime, now: datetime) -> dict[str, Any]:
    """What is new since `since`: points to add to the lines, and all of what is short."""
    zone = clinic_zone()
    begins, ends = span_of(session, now)
    since = max(since, begins)
    numbers = _measured(parts, session, since, ends)
    fresh = numbers.continuous[numbers.continuous.index > pd.Timestamp(since)]
    add = {}
    for signal in _SIGNALS:
        points = with_gaps(fresh[signal.value], _gap_s(parts, signal), LIVE_STEP_S)
        if not points.empty:
            add[signal.value] = {
                "x": times_of(pd.DatetimeIndex(points.index), zone),
                "y": numbers_of(points),
            }
    delivery = delivery_of(parts, session)
    picture = Picture(
        zone=zone,
        begins=begins,
        ends=_axis_end(session, delivery, begins, ends, parts.configuration),
        signals={},
        cuffs=numbers.cuffs,
        segments=delivery.segments,
        marks=_marks(parts, session, delivery, now),
        baseline={},
        ordered_mg=None if session.order is None else session.order.planned_mg,
    )
    traces = traces_of(picture)
    whole = {name: _points(traces[name]) for name in ("rate", "dose", "ordered", "marks")}
    for name in ("nibp", "map"):
        if traces[name]["x"]:
            add[name] = _points(traces[name])
    return {
        "add": add,
        "whole": whole,
        "ends": time_of(picture.ends, zone),
        "until": max(since, _newest(numbers, since)).isoformat(),
    }


_SIGNALS: Final = (SignalName.HR, SignalName.SPO2, SignalName.RR, SignalName.ETCO2)


def _points(trace: Mapping[str, Any]) -> dict[str, Any]:
    found = {key: trace[key] for key in ("x", "y", "base", "text", "customdata") if key in trace}
    if "symbol" in trace.get("marker", {}) and isinstance(trace["marker"]["symbol"], list):
        found["symbols"] = trace["marker"]["symbol"]
    return found


def _measured(parts: Services, session: Session, begins: datetime, ends: datetime) -> Measured:
    monitors = devices_ever(session, DeviceKind.MONITOR)
    upto = ends + timedelta(seconds=1)
    rows = parts.record.trend_between(monitors, begins, upto) if monitors else []
    return measured(rows, _owned(session, monitors))


def _measured_in(
    vitals: Sequence[VitalsArrived], session: Session, begins: datetime, ends: datetime
) -> Measured:
    monitors = devices_ever(session, DeviceKind.MONITOR)
    upto = ends + timedelta(seconds=1)
    found = [
        item for item in vitals if begins <= item.observed_at < upto and item.device in monitors
    ]
    return measured_of(trend_columns(found), _owned(session, monitors))


def cuffs_of(parts: Services, session: Session, now: datetime) -> pd.DataFrame:
    """The cuff readings of a session."""
    begins, ends = span_of(session, now)
    monitors = devices_ever(session, DeviceKind.MONITOR)
    upto = ends + timedelta(seconds=1)
    rows = parts.record.trend_between(monitors, begins, upto, only_cuffs=True) if monitors else []
    return measured(rows, _owned(session, monitors)).cuffs


def _owned(session: Session, devices: tuple[DeviceId, ...]) -> list[tuple[str, Interval]]:
    return [
        (str(held.device), interval)
        for held in session.associations
        if held.device in devices
        for interval in held.intervals
    ]


def _gap_s(parts: Services, signal: SignalName) -> float:
    return parts.configuration.signals[signal].stale_after_s


def _marks(
    parts: Services, session: Session, delivery: SessionDelivery, now: datetime
) -> list[Mark]:
    events = parts.record.chains.read(session_chain(session.id)).events
    delivered = delivery.delivered
    pauses = real_pauses(session, delivered.pauses)
    return [
        *marks_of_events(events),
        *marks_of_delivery(delivery.rate_changes, pauses, delivered.started_at),
        *_late(parts, session, now),
    ]


def _late(parts: Services, session: Session, now: datetime) -> list[Mark]:
    begins, ends = span_of(session, now)
    monitors = devices_ever(session, DeviceKind.MONITOR)
    rows = parts.record.late_between(monitors, begins, ends) if monitors else []
    return marks_of_late(rows, _owned(session, monitors), clinic_zone())


def baseline_of(session: Session) -> dict[Any, float]:
    """The frozen baseline of each measure."""
    if session.baseline is None:
        return {}
    return {value.measure: value.value for value in session.baseline.values}


def _axis_end(
    session: Session,
    delivery: SessionDelivery,
    begins: datetime,
    ends: datetime,
    configuration: ClinicConfiguration,
) -> datetime:
    """Up to the planned end while drug runs or is to run, else a little beyond now."""
    planned = timedelta(seconds=configuration.planned_infusion_s)
    started = delivery.delivered.started_at
    is_over = session.closed is not None
    aim = ends if is_over or started is None else started + planned
    return max(aim, ends, begins + SHORTEST) + ROOM


def _newest(numbers: Measured, otherwise: datetime) -> datetime:
    index = numbers.continuous.index
    if not len(index):
        return otherwise
    newest: datetime = index[-1].to_pydatetime()
    return newest.astimezone(UTC)
