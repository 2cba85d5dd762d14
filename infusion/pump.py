"""What a pump at a bed delivered and for how long, by its own readings.

Delivered is the rise of `volume` within each counter since the pump was associated with the bed
(device contract, `pump`). Readings may come late and in any order; the volume of a counter only
rises, so the largest seen is what was delivered.
"""

from datetime import datetime, timedelta
from enum import Enum

import msgspec

from infusion.configuration import Freshness
from infusion.readings import fresh_since_of
from infusion.stream import PumpReadingArrived
from vocabulary.ids import CounterId, DeviceId
from vocabulary.states import PumpState, ReadingState


class DeliveryPhase(str, Enum):
    """How far an infusion is, by what the pump reports."""

    NOT_STARTED = "not_started"
    RUNNING = "running"
    INTERRUPTED = "interrupted"
    ENDED = "ended"


class CounterVolume(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a pump's volume counter, mL: where we began to count, the most it showed."""

    counter: CounterId
    from_ml: float
    to_ml: float


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One pump at one bed: its last reading and the course of its infusion. Times UTC.

    `running_s` counts the seconds of delivery up to `last.observed_at`; pauses are left out.
    `ended_counter` is the counter on which the last infusion ended.
    """

    device: DeviceId
    last: PumpReadingArrived
    counters: tuple[CounterVolume, ...]
    phase: DeliveryPhase
    phase_since: datetime
    started_at: datetime | None = None
    running_s: float = 0.0
    ended_counter: CounterId | None = None

    @property
    def volume_ml(self) -> float:
        """Delivered since the pump was associated, mL."""
        return sum(counter.to_ml - counter.from_ml for counter in self.counters)

    def running_s_at(self, now: datetime, believed_for_s: float) -> float:
        """Seconds of delivery up to `now`, counting on from the last reading while it is fresh.

        Counting on ends `believed_for_s` after the last reading: what a silent pump does is
        not known.
        """
        if self.phase is not DeliveryPhase.RUNNING:
            return self.running_s
        since = (now - self.last.observed_at).total_seconds()
        return self.running_s + max(0.0, min(since, believed_for_s))


_DELIVERING = frozenset({PumpState.INFUSING})
_INTERRUPTING = frozenset({PumpState.PAUSED, PumpState.ALARM})


def first_delivery(reading: PumpReadingArrived) -> Delivery:
    """The course of a pump of which `reading` is the first since it was associated.

    What the counter shows already was delivered before and elsewhere; it does not count.
    """
    before = CounterVolume(
        counter=reading.counter, from_ml=reading.volume_ml, to_ml=reading.volume_ml
    )
    idle = Delivery(
        device=reading.device,
        last=reading,
        counters=(before,) if "volume" not in reading.implausible else (),
        phase=DeliveryPhase.NOT_STARTED,
        phase_since=reading.observed_at,
    )
    return _enter(idle, _next_phase(idle, reading), reading)


def take_reading(delivery: Delivery, reading: PumpReadingArrived) -> Delivery:
    """`delivery` after `reading`. One measured earlier than the last counts volume only."""
    counters = (
        delivery.counters
        if "volume" in reading.implausible
        else _raise_counter(delivery.counters, reading)
    )
    delivery = msgspec.structs.replace(delivery, counters=counters)
    if reading.observed_at <= delivery.last.observed_at:
        return delivery
    if delivery.phase is DeliveryPhase.RUNNING and _ran_on(delivery.last, reading):
        elapsed = (reading.observed_at - delivery.last.observed_at).total_seconds()
        delivery = msgspec.structs.replace(delivery, running_s=delivery.running_s + elapsed)
    phase = _next_phase(delivery, reading)
    if phase is delivery.phase:
        return msgspec.structs.replace(delivery, last=reading)
    return _enter(delivery, phase, reading)


def reading_state(reading: PumpReadingArrived, now: datetime, freshness: Freshness) -> ReadingState:
    """How far a pump's newest reading may be believed at `now`; what came late is never live."""
    age = now - fresh_since_of(reading)
    if age >= timedelta(seconds=freshness.stale_after_s):
        return ReadingState.STALE
    if reading.late or age >= timedelta(seconds=freshness.late_after_s):
        return ReadingState.LATE
    return ReadingState.LIVE


def _raise_counter(
    counters: tuple[CounterVolume, ...], reading: PumpReadingArrived
) -> tuple[CounterVolume, ...]:
    for index, held in enumerate(counters):
        if held.counter == reading.counter:
            if reading.volume_ml <= held.to_ml:
                return counters
            risen = msgspec.structs.replace(held, to_ml=reading.volume_ml)
            return (*counters[:index], risen, *counters[index + 1 :])
    begun = CounterVolume(counter=reading.counter, from_ml=0.0, to_ml=reading.volume_ml)
    return (*counters, begun)


def _next_phase(delivery: Delivery, reading: PumpReadingArrived) -> DeliveryPhase:
    if reading.state in _DELIVERING:
        return DeliveryPhase.RUNNING if reading.rate_ml_h > 0 else delivery.phase
    if delivery.phase is DeliveryPhase.NOT_STARTED:
        return DeliveryPhase.NOT_STARTED
    if reading.state is PumpState.KVO:
        return DeliveryPhase.ENDED
    if reading.state in _INTERRUPTING:
        return (
            delivery.phase if delivery.phase is DeliveryPhase.ENDED else DeliveryPhase.INTERRUPTED
        )
    if delivery.phase is DeliveryPhase.ENDED or _is_empty(reading):
        return DeliveryPhase.ENDED
    return DeliveryPhase.INTERRUPTED


def _ran_on(last: PumpReadingArrived, reading: PumpReadingArrived) -> bool:
    """Whether the pump delivered between two readings, as far as it can be known.

    A new boot leaves open what the old one did, unless the volume says that it went on.
    """
    if reading.boot == last.boot:
        return True
    return reading.counter == last.counter and reading.volume_ml > last.volume_ml


def _is_empty(reading: PumpReadingArrived) -> bool:
    return reading.remaining_ml is not None and reading.remaining_ml <= 0


def _enter(delivery: Delivery, phase: DeliveryPhase, reading: PumpReadingArrived) -> Delivery:
    started_at, running_s = delivery.started_at, delivery.running_s
    if phase is DeliveryPhase.RUNNING and (
        started_at is None or _is_next_infusion(delivery, reading)
    ):
        started_at, running_s = reading.observed_at, 0.0
        delivery = msgspec.structs.replace(
            delivery,
            counters=tuple(c for c in delivery.counters if c.counter == reading.counter),
        )
    return msgspec.structs.replace(
        delivery,
        last=reading,
        phase=phase,
        phase_since=reading.observed_at if phase is not delivery.phase else delivery.phase_since,
        started_at=started_at,
        running_s=running_s,
        ended_counter=delivery.last.counter
        if phase is DeliveryPhase.ENDED and delivery.phase is not DeliveryPhase.ENDED
        else delivery.ended_counter,
    )


def _is_next_infusion(delivery: Delivery, reading: PumpReadingArrived) -> bool:
    """A pump that ended and starts again on a new counter began another infusion."""
    return delivery.phase is DeliveryPhase.ENDED and reading.counter != delivery.ended_counter
