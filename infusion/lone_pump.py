"""What a bed without a session shows of its pumps: an infusion that only the pump tells of."""

from datetime import datetime

from infusion.bed import Bed, RunningPump, ShownDose, ShownPump, ShownSession
from infusion.configuration import ClinicConfiguration
from infusion.events import (
    InfusionEnded,
    InfusionPaused,
    InfusionResumed,
    InfusionStarted,
    WardEvent,
)
from infusion.pump import Delivery, DeliveryPhase, reading_state
from infusion.readings import fresh_since_of
from infusion.stream import PumpReadingArrived
from vocabulary.ids import BedId
from vocabulary.states import SessionState

_STATE_BY_PHASE = {
    DeliveryPhase.RUNNING: SessionState.INFUSING,
    DeliveryPhase.INTERRUPTED: SessionState.PAUSED,
    DeliveryPhase.ENDED: SessionState.RECOVERY,
}


def shown_delivery(bed: Bed) -> Delivery | None:
    """The pump that matters: one that runs, else the one that reported last."""
    return max(
        bed.deliveries.values(),
        key=lambda d: (d.phase is DeliveryPhase.RUNNING, d.last.observed_at),
        default=None,
    )


def running_pumps(bed: Bed) -> tuple[RunningPump, ...]:
    """The pumps that deliver, although no session is known that they belong to."""
    return tuple(
        RunningPump(device=device, since=delivery.phase_since, rate_ml_h=_rate(delivery.last))
        for device, delivery in sorted(bed.deliveries.items())
        if delivery.phase is DeliveryPhase.RUNNING
    )


def view_pump(
    last: PumpReadingArrived, volume_ml: float, now: datetime, clinic: ClinicConfiguration
) -> ShownPump:
    """A pump by its newest reading, and what it delivered since it was associated, mL."""
    return ShownPump(
        reading=reading_state(last, now, clinic.pump),
        last=last,
        fresh_since=fresh_since_of(last),
        volume_ml=volume_ml,
    )


def view_delivery(
    delivery: Delivery, now: datetime, clinic: ClinicConfiguration
) -> ShownSession | None:
    """The infusion that a pump tells of; None if it tells of none yet."""
    state = _STATE_BY_PHASE.get(delivery.phase)
    if state is None:
        return None
    return ShownSession(
        state=state,
        since=delivery.phase_since,
        started_at=delivery.started_at,
        stopped_at=None if state is SessionState.INFUSING else delivery.phase_since,
        running_s=delivery.running_s_at(now, clinic.pump.stale_after_s),
        is_running=delivery.phase is DeliveryPhase.RUNNING,
        planned_s=clinic.planned_infusion_s,
    )


def view_dose(delivery: Delivery) -> ShownDose | None:
    """The dose by the pump's own concentration and weight; None without a concentration."""
    last = delivery.last
    concentration = None if "concentration" in last.implausible else last.concentration_mg_ml
    weight = None if "weight" in last.implausible else last.weight_kg
    if concentration is None:
        return None
    given_mg = delivery.volume_ml * concentration
    return ShownDose(
        given_mg=given_mg,
        given_mg_per_kg=None if weight is None else given_mg / weight,
        given_ml=delivery.volume_ml,
    )


def _rate(last: PumpReadingArrived) -> float | None:
    return None if "rate" in last.implausible else last.rate_ml_h


def phase_event(
    bed: BedId, delivery: Delivery, reading: PumpReadingArrived, was: DeliveryPhase
) -> WardEvent:
    """What a pump of no session does now, after `was`: started, paused, resumed or ended."""
    ward, at, cause = reading.ward, reading.received_at, reading.position
    device, observed_at = reading.device, reading.observed_at
    if delivery.phase is DeliveryPhase.RUNNING:
        if was is DeliveryPhase.NOT_STARTED or delivery.started_at == observed_at:
            return InfusionStarted(
                ward=ward, at=at, cause=cause, bed=bed, device=device,
                counter=reading.counter, observed_at=observed_at, rate_ml_h=reading.rate_ml_h,
            )  # fmt: skip
        return InfusionResumed(
            ward=ward, at=at, cause=cause, bed=bed, device=device,
            observed_at=observed_at, rate_ml_h=reading.rate_ml_h,
        )  # fmt: skip
    kind = InfusionPaused if delivery.phase is DeliveryPhase.INTERRUPTED else InfusionEnded
    return kind(
        ward=ward, at=at, cause=cause, bed=bed, device=device,
        observed_at=observed_at, volume_ml=delivery.volume_ml,
    )  # fmt: skip
