"""Readings that the session's monitors offer for the baseline. Blocks."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from dashboard.context import Services
from dashboard.session_forms.delivery import devices_ever
from infusion.baseline import BaselineReading
from infusion.configuration import Measure
from infusion.session import Session, devices_of
from infusion.stream import VitalsArrived
from vocabulary.signals import SignalName
from vocabulary.states import DeviceKind

_CONTINUOUS: Final = (
    (Measure.HR, SignalName.HR),
    (Measure.SPO2, SignalName.SPO2),
    (Measure.RR, SignalName.RR),
    (Measure.ETCO2, SignalName.ETCO2),
    (Measure.TEMP, SignalName.TEMP),
)


def offered_readings(
    parts: Services, session: Session, until: datetime
) -> tuple[BaselineReading, ...]:
    """What the session's monitors measured in the window that ends at `until`, in order."""
    since = until - timedelta(seconds=parts.configuration.sessions.baseline.window_s)
    monitors = devices_ever(session, DeviceKind.MONITOR)
    if not monitors:
        return ()
    vitals = parts.record.vitals_between(monitors, since, until)
    ours = [v for v in vitals if v.device in devices_of(session, v.observed_at)]
    found = [*_continuous(ours), *_cuffs(ours, since, until)]
    return tuple(sorted(found, key=lambda r: (r.observed_at, r.measure.value)))


def _continuous(vitals: Iterable[VitalsArrived]) -> Iterable[BaselineReading]:
    newest: dict[tuple[Measure, datetime], BaselineReading] = {}
    for item in vitals:
        minute = item.observed_at.replace(second=0, microsecond=0)
        for measure, signal in _CONTINUOUS:
            value = getattr(item, signal.value)
            if value is not None and signal not in item.invalid:
                newest[measure, minute] = BaselineReading(
                    measure=measure, value=value, observed_at=item.observed_at, device=item.device
                )
    return newest.values()


def _cuffs(
    vitals: Iterable[VitalsArrived], since: datetime, until: datetime
) -> Iterable[BaselineReading]:
    found: dict[tuple[Measure, datetime], BaselineReading] = {}
    for item in vitals:
        at = item.nibp_observed_at or item.observed_at
        if SignalName.NIBP in item.invalid or not since <= at <= until:
            continue
        for measure, value in (
            (Measure.NIBP_SYS, item.nibp_sys),
            (Measure.NIBP_DIA, item.nibp_dia),
            (Measure.NIBP_MAP, item.nibp_map),
        ):
            if value is not None:
                found[measure, at] = BaselineReading(
                    measure=measure, value=value, observed_at=at, device=item.device
                )
    return found.values()
