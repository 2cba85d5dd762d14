"""What the monitors of a session told that its readiness is judged by. Blocks."""

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
    clinic = parts.configuration
    monitors = devices_ever(session, DeviceKind.MONITOR)
    newest: Reading | None = None
    cuffs: dict[datetime, CuffPressure] = {}
    vitals = parts.record.vitals_between(monitors, now - LOOKED_BACK, now) if monitors else []
    for item in vitals:
        if item.device not in devices_of(session, item.observed_at):
            continue
        for signal, reading in readings_in(item):
            value = reading.value
            if signal is SignalName.SPO2:
                newest = newer(newest, reading)
            elif isinstance(value, CuffReading):
                at = reading.observed_at
                cuffs[at] = CuffPressure(
                    sys=value.sys, dia=value.dia, observed_at=at, device=item.device
                )
    return Measured(
        cuffs=tuple(cuffs[at] for at in sorted(cuffs)),
        spo2=given_signal(newest, now, clinic.signals[SignalName.SPO2]),
        last_flow_at=delivery_of(parts, session).delivered.last_drug_at,
    )
