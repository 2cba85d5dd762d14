"""What is known of a bed, and what a tile shows of it at a given moment."""

from datetime import datetime

import msgspec

from infusion.configuration import ClinicConfiguration
from infusion.pump import Delivery, DeliveryPhase, reading_state
from infusion.readings import Reading, state_of
from vocabulary.ids import BedId, DeviceId
from vocabulary.signals import SignalName
from vocabulary.states import ReadingState, SessionState


class Bed(msgspec.Struct, frozen=True, kw_only=True):
    """The newest reading of each signal at a bed, and the course of each pump there."""

    bed: BedId
    readings: dict[SignalName, Reading] = {}
    deliveries: dict[DeviceId, Delivery] = {}


class ShownReading(msgspec.Struct, frozen=True, kw_only=True):
    """A reading and how far it may be believed now."""

    state: ReadingState
    reading: Reading | None


class ShownPump(msgspec.Struct, frozen=True, kw_only=True):
    """A pump's course and how far its last reading may be believed now.

    `running_s`: seconds of delivery until now; `given_mg`: None without a concentration.
    """

    reading: ReadingState
    delivery: Delivery
    running_s: float
    given_mg: float | None
    given_mg_per_kg: float | None


class BedView(msgspec.Struct, frozen=True, kw_only=True):
    """All that a tile shows of one bed at one moment; `session` is None with no infusion yet."""

    bed: BedId
    signals: dict[SignalName, ShownReading]
    pump: ShownPump | None
    session: SessionState | None


_SESSION_BY_PHASE = {
    DeliveryPhase.RUNNING: SessionState.INFUSING,
    DeliveryPhase.INTERRUPTED: SessionState.PAUSED,
    DeliveryPhase.ENDED: SessionState.RECOVERY,
}


def view_bed(bed: Bed, now: datetime, clinic: ClinicConfiguration) -> BedView:
    """What the tile of `bed` shows at `now`."""
    signals = {
        signal: ShownReading(state=state_of(reading, now, clinic.signals[signal]), reading=reading)
        for signal, reading in bed.readings.items()
    }
    delivery = _shown_delivery(bed)
    return BedView(
        bed=bed.bed,
        signals=signals,
        pump=None if delivery is None else _view_pump(delivery, now, clinic),
        session=None if delivery is None else _SESSION_BY_PHASE.get(delivery.phase),
    )


def _shown_delivery(bed: Bed) -> Delivery | None:
    """The pump that matters: one that runs, else the one that reported last."""
    return max(
        bed.deliveries.values(),
        key=lambda d: (d.phase is DeliveryPhase.RUNNING, d.last.observed_at),
        default=None,
    )


def _view_pump(delivery: Delivery, now: datetime, clinic: ClinicConfiguration) -> ShownPump:
    last = delivery.last
    concentration = None if "concentration" in last.implausible else last.concentration_mg_ml
    weight = None if "weight" in last.implausible else last.weight_kg
    given_mg = None if concentration is None else delivery.volume_ml * concentration
    return ShownPump(
        reading=reading_state(delivery, now, clinic.pump),
        delivery=delivery,
        running_s=delivery.running_s_at(now, clinic.pump.stale_after_s),
        given_mg=given_mg,
        given_mg_per_kg=None if given_mg is None or weight is None else given_mg / weight,
    )
