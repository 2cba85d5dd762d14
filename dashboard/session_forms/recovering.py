"""What the monitors of a session told that its readiness is judged by. Blocks."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from dashboard.context import Services
from dashboard.session_forms.delivery import delivery_of, devices_ever
from infusion.baseline import CuffPressure
from infusion.readings import CuffPressure as CuffReading
from infusion.readings import Reading, newer, readings_in
from infusion.recovery import Measured
from infusion.scores.score import given_signal
from infusion.session import Session, devices_of
from vocabulary.signals import SignalName
from vocabulary.states import DeviceKind

LOOKED_BACK: Final = timedelta(hours=1)
"""After the stop a cuff reading is due each 15 min: two good ones are closer together."""


def measured_of(parts: Services, session: Session, now: datetime) -> Measured:
    """Cuff readings of the last hour, SpO2 as it stands, and the end of the last flow."""
    newest: Reading | None = None
    cuffs: dict[datetime, CuffPressure] = {}
    for signal, reading in _readings(parts, session, now - LOOKED_BACK, now):
        value = reading.value
        if signal is SignalName.SPO2:
            newest = newer(newest, reading)
        elif isinstance(value, CuffReading):
            at = reading.observed_at
            cuffs[at] = CuffPressure(
                sys=value.sys, dia=value.dia, observed_at=at, device=reading.device
            )
    freshness = parts.configuration.signals[SignalName.SPO2]
    return Measured(
        cuffs=tuple(cuffs[at] for at in sorted(cuffs)),
        spo2=given_signal(newest, now, freshness),
        last_flow_at=delivery_of(parts, session).delivered.last_drug_at,
    )


def newest_readings(parts: Services, session: Session, now: datetime) -> dict[SignalName, Reading]:
    """The newest reading of each signal, of those that are not stale for any signal."""
    stale_after_s = max(f.stale_after_s for f in parts.configuration.signals.values())
    found: dict[SignalName, Reading] = {}
    since = now - timedelta(seconds=stale_after_s)
    for signal, reading in _readings(parts, session, since, now):
        found[signal] = newer(found.get(signal), reading)
    return found


def _readings(
    parts: Services, session: Session, since: datetime, now: datetime
) -> Iterator[tuple[SignalName, Reading]]:
    """What the session's monitors told, while they were its own."""
    monitors = devices_ever(session, DeviceKind.MONITOR)
    for item in parts.record.vitals_between(monitors, since, now) if monitors else ():
        if item.device in devices_of(session, item.observed_at):
            yield from readings_in(item)
