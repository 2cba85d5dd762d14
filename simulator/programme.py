"""What a pump does over time: an infusion with its pauses and titrations, worked out beforehand.

Between two changes a pump delivers at a constant rate, so its volume at any moment is exact. The
same course tells the patient how much drug came in.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from simulator.faults import MS_PER_MIN
from simulator.occurrence import Occurrence, alarm_body, alarm_occurrences
from simulator.scenario import AlarmSpec, Bed, Infusion, Pause, PumpSpec, Resume, SetRate, Stop
from vocabulary.alarms import AlarmPhase, AlarmPriority, DeviceAlarmCode, DeviceEventCode
from vocabulary.states import PumpState, StopReason
from wire.topics import MessageKind

MS_PER_H = 3_600_000
REPETITIONS = 100
"""How often a repeated infusion is worked out beforehand: weeks of running."""


@dataclass(frozen=True, slots=True)
class Segment:
    """From `start_ms` on the pump is in one state at one rate (mL/h).

    `volume_ml` is what this counter stood at then, `total_ml` all that was ever delivered.
    """

    start_ms: int
    state: PumpState
    rate_ml_h: float = 0.0
    rate_set_ml_h: float | None = None
    counter: int = 1
    volume_ml: float = 0.0
    total_ml: float = 0.0
    to_infuse_ml: float | None = None

    def delivered_ml(self, at_ms: int) -> float:
        """What flows from the start of this segment until `at_ms`."""
        return self.rate_ml_h * (at_ms - self.start_ms) / MS_PER_H

    def reaches_ms(self, volume_ml: float) -> int:
        """When the counter stands at `volume_ml`, at this rate."""
        hours = max(0.0, volume_ml - self.volume_ml) / self.rate_ml_h
        return self.start_ms + round(hours * MS_PER_H)


class Delivery:
    """The whole course of a pump. Times are true ms since 1970."""

    def __init__(
        self,
        segments: list[Segment],
        occurrences: list[Occurrence],
        infusion_starts_ms: list[int],
    ) -> None:
        self.segments = tuple(segments)
        self.occurrences = tuple(sorted(occurrences, key=lambda occurrence: occurrence.at_ms))
        self.infusion_starts_ms = tuple(infusion_starts_ms)
        self._starts = [segment.start_ms for segment in segments]

    def at(self, at_ms: int) -> Segment:
        """What the pump does at `at_ms`."""
        return self.segments[max(0, bisect_right(self._starts, at_ms) - 1)]

    def total_ml(self, at_ms: int) -> float:
        """All that the pump delivered until `at_ms`, over every counter."""
        segment = self.at(at_ms)
        return segment.total_ml + segment.delivered_ml(at_ms)


def plan_delivery(bed: Bed, alarms: tuple[AlarmSpec, ...], start_ms: int) -> Delivery:
    """The course of the pump at `bed` from `start_ms` (the scenario's minute 0) on.

    `alarms` are the scripted ones of this pump; those that stop the flow do so.
    """
    if bed.pump is None:
        return Delivery([Segment(start_ms, PumpState.OFF)], [], [])
    course = _Course(bed, bed.pump, start_ms)
    steps: list[tuple[int, Callable[[int], None]]] = []
    for offset_ms, infusion in _repeated(bed.infusion):
        steps.extend(_steps_of(infusion, start_ms + offset_ms, course))
    for alarm in alarms:
        if alarm.stops_flow:
            at_ms = start_ms + round(alarm.at_min * MS_PER_MIN)
            steps.append((at_ms, course.block))
            if alarm.for_min is not None:
                steps.append((at_ms + round(alarm.for_min * MS_PER_MIN), course.unblock))
    for at_ms, act in sorted(steps, key=lambda step: step[0]):
        course.run_until(at_ms)
        act(at_ms)
    course.run_until(None)
    occurrences = course.occurrences + alarm_occurrences(alarms, start_ms)
    return Delivery(course.segments, occurrences, course.infusion_starts_ms)


def _repeated(infusion: Infusion | None) -> Iterator[tuple[int, Infusion]]:
    if infusion is None:
        return
    every = infusion.repeat_every_min
    for number in range(1 if every is None else REPETITIONS):
        yield round(number * (every or 0.0) * MS_PER_MIN), infusion


def _steps_of(
    infusion: Infusion, offset_ms: int, course: "_Course"
) -> Iterator[tuple[int, Callable[[int], None]]]:
    begin_ms = offset_ms + round(infusion.start_min * MS_PER_MIN)
    rate = infusion.dose_mg_kg * 60.0 / infusion.over_min
    yield begin_ms, partial(course.start, dose_mg_kg=infusion.dose_mg_kg, rate_mg_kg_h=rate)
    for change in infusion.changes:
        at_ms = begin_ms + round(change.after_min * MS_PER_MIN)
        match change:
            case SetRate():
                yield at_ms, partial(course.titrate, rate_mg_kg_h=change.rate_mg_kg_h)
            case Pause():
                yield at_ms, course.pause
            case Resume():
                yield at_ms, course.resume
            case Stop():
                yield at_ms, course.stop


class _Course:
    """Works a pump's course out, change by change."""

    def __init__(self, bed: Bed, pump: PumpSpec, start_ms: int) -> None:
        self._pump = pump
        self._ml_per_mg_kg = bed.weight_kg / pump.concentration_mg_ml
        self._now = Segment(start_ms, PumpState.STANDBY)
        self._own: list[tuple[int, Callable[[int], None]]] = []
        self._open_alarms: dict[DeviceAlarmCode, AlarmPriority] = {}
        self.segments = [self._now]
        self.occurrences: list[Occurrence] = []
        self.infusion_starts_ms: list[int] = []

    def run_until(self, at_ms: int | None) -> None:
        """Let the pump do by itself what falls due until `at_ms` (None: all of it)."""
        while self._own:
            due_ms, act = min(self._own, key=lambda own: own[0])
            if at_ms is not None and due_ms > at_ms:
                return
            self._own.remove((due_ms, act))
            act(due_ms)

    def start(self, at_ms: int, *, dose_mg_kg: float, rate_mg_kg_h: float) -> None:
        """A new syringe is started; the counter begins again if it had counted anything."""
        self._own.clear()
        for code in tuple(self._open_alarms):
            self._end_alarm(at_ms, code)
        if self._now.volume_ml + self._now.delivered_ml(at_ms) > 0:
            self._clear_counter(at_ms)
        self._now = replace(self._now, to_infuse_ml=dose_mg_kg * self._ml_per_mg_kg)
        self.infusion_starts_ms.append(at_ms)
        self._flow(at_ms, rate_mg_kg_h * self._ml_per_mg_kg)

    def titrate(self, at_ms: int, *, rate_mg_kg_h: float) -> None:
        """Somebody sets another rate; while paused it counts from the resumption."""
        before, after = self._now.rate_set_ml_h, rate_mg_kg_h * self._ml_per_mg_kg
        if self._now.state is PumpState.INFUSING:
            self._enter(at_ms, PumpState.INFUSING, after, after)
            self._plan_end()
        elif self._now.state is PumpState.PAUSED:
            self._enter(at_ms, PumpState.PAUSED, 0.0, after)
        else:
            return
        self._event(
            at_ms,
            DeviceEventCode.RATE_CHANGED,
            rate_from=_sent(before or 0.0),
            rate_to=_sent(after),
        )

    def pause(self, at_ms: int) -> None:
        """Somebody pauses the pump."""
        if self._now.state is PumpState.INFUSING:
            self._hold(at_ms, PumpState.PAUSED, StopReason.CLINICIAN)

    def resume(self, at_ms: int) -> None:
        """Somebody lets the pump go on at the rate that is set."""
        if self._now.state is PumpState.PAUSED:
            self._flow(at_ms, self._now.rate_set_ml_h or 0.0)

    def block(self, at_ms: int) -> None:
        """An alarm stops the flow."""
        if self._now.state is PumpState.INFUSING:
            self._hold(at_ms, PumpState.ALARM, StopReason.ALARM)

    def unblock(self, at_ms: int) -> None:
        """The cause of the alarm is gone and somebody starts the pump again."""
        if self._now.state is PumpState.ALARM:
            self._flow(at_ms, self._now.rate_set_ml_h or 0.0)

    def stop(self, at_ms: int) -> None:
        """Somebody ends the infusion before its volume is in."""
        if self._now.state in {PumpState.INFUSING, PumpState.PAUSED}:
            self._hold(at_ms, PumpState.STOPPED, StopReason.CLINICIAN)

    def _flow(self, at_ms: int, rate_ml_h: float) -> None:
        self._enter(at_ms, PumpState.INFUSING, rate_ml_h, rate_ml_h)
        self._event(at_ms, DeviceEventCode.DELIVERY_STARTED, rate_to=_sent(rate_ml_h))
        self._plan_end()

    def _hold(self, at_ms: int, state: PumpState, reason: StopReason) -> None:
        self._own.clear()
        self._enter(at_ms, state, 0.0, self._now.rate_set_ml_h)
        self._event(at_ms, DeviceEventCode.DELIVERY_STOPPED, reason=reason.value)

    def _plan_end(self) -> None:
        self._own.clear()
        if self._now.to_infuse_ml is None or self._now.rate_ml_h <= 0:
            return
        end_ms = self._now.reaches_ms(self._now.to_infuse_ml)
        self._own.append((end_ms, self._complete))
        if DeviceAlarmCode.NEAR_END not in self._open_alarms:
            near_ms = self._now.reaches_ms(self._now.to_infuse_ml * self._pump.near_end_share)
            near = partial(
                self._begin_alarm, code=DeviceAlarmCode.NEAR_END, priority=AlarmPriority.LOW
            )
            self._own.append((near_ms, near))

    def _complete(self, at_ms: int) -> None:
        self._own.clear()
        self._end_alarm(at_ms, DeviceAlarmCode.NEAR_END)
        kvo = min(self._pump.kvo_ml_h, self._now.rate_ml_h)
        self._event(at_ms, DeviceEventCode.DELIVERY_COMPLETED)
        self._begin_alarm(at_ms, code=DeviceAlarmCode.COMPLETE, priority=AlarmPriority.MEDIUM)
        if kvo > 0:
            self._enter(at_ms, PumpState.KVO, kvo, kvo)
            self._event(at_ms, DeviceEventCode.KVO_STARTED, rate_to=_sent(kvo))
            end_ms = at_ms + round(self._pump.kvo_for_min * MS_PER_MIN)
            self._own.append((end_ms, self._end_kvo))
        else:
            self._enter(at_ms, PumpState.STOPPED, 0.0, None)
            self._event(at_ms, DeviceEventCode.DELIVERY_STOPPED, reason=StopReason.EMPTY.value)
            end = partial(self._end_alarm, code=DeviceAlarmCode.COMPLETE)
            self._own.append((at_ms + round(self._pump.complete_alarm_min * MS_PER_MIN), end))

    def _end_kvo(self, at_ms: int) -> None:
        self._enter(at_ms, PumpState.STOPPED, 0.0, None)
        self._event(at_ms, DeviceEventCode.KVO_ENDED)
        self._event(at_ms, DeviceEventCode.DELIVERY_STOPPED, reason=StopReason.CLINICIAN.value)
        self._end_alarm(at_ms, DeviceAlarmCode.COMPLETE)

    def _clear_counter(self, at_ms: int) -> None:
        self._enter(at_ms, PumpState.STANDBY, 0.0, None)
        old = self._now
        self._event(
            at_ms,
            DeviceEventCode.COUNTERS_CLEARED,
            volume=_sent(old.volume_ml),
            counter=counter_name(old.counter),
        )
        self._now = replace(old, counter=old.counter + 1, volume_ml=0.0, to_infuse_ml=None)
        self.segments[-1] = self._now

    def _enter(
        self, at_ms: int, state: PumpState, rate_ml_h: float, rate_set_ml_h: float | None
    ) -> None:
        delivered = self._now.delivered_ml(at_ms)
        self._now = replace(
            self._now,
            start_ms=at_ms,
            state=state,
            rate_ml_h=rate_ml_h,
            rate_set_ml_h=rate_set_ml_h,
            volume_ml=self._now.volume_ml + delivered,
            total_ml=self._now.total_ml + delivered,
        )
        self.segments.append(self._now)

    def _event(self, at_ms: int, event: DeviceEventCode, **fields: object) -> None:
        body: dict[str, object] = {"event": event.value, **fields}
        self.occurrences.append(Occurrence(at_ms, MessageKind.EVENT, body))

    def _begin_alarm(self, at_ms: int, *, code: DeviceAlarmCode, priority: AlarmPriority) -> None:
        self._open_alarms[code] = priority
        self._alarm(at_ms, code, AlarmPhase.START, priority)

    def _end_alarm(self, at_ms: int, code: DeviceAlarmCode) -> None:
        priority = self._open_alarms.pop(code, None)
        if priority is not None:
            self._alarm(at_ms, code, AlarmPhase.END, priority)

    def _alarm(
        self, at_ms: int, code: DeviceAlarmCode, phase: AlarmPhase, priority: AlarmPriority
    ) -> None:
        alarm_id = f"{code.value}-{len(self.infusion_starts_ms)}"
        body = alarm_body(code, phase, priority, alarm_id)
        self.occurrences.append(Occurrence(at_ms, MessageKind.ALARM, body))


def counter_name(number: int) -> str:
    """How a pump calls its n-th run of the volume counter."""
    return f"c{number}"


def _sent(value: float) -> float:
    return round(value, 3)
