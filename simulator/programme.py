"""Works out beforehand what a pump does: an infusion with its pauses, titrations and alarms."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from simulator.delivery import Delivery, Segment, counter_name
from simulator.faults import MS_PER_MIN
from simulator.occurrence import Occurrence, alarm_body, alarm_occurrences
from simulator.scenario import AlarmSpec, Bed, PumpSpec
from simulator.treatment import Infusion, Pause, Resume, SetRate, StartAgain, Stop
from vocabulary.alarms import AlarmPhase, AlarmPriority, DeviceAlarmCode, DeviceEventCode
from vocabulary.states import PumpState, StopReason
from wire.topics import MessageKind

REPETITIONS = 100
"""How often a repeated infusion is worked out beforehand: weeks of running."""


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
            case StartAgain():
                yield (
                    at_ms,
                    partial(
                        course.programme,
                        dose_mg_kg=change.dose_mg_kg,
                        rate_mg_kg_h=change.rate_mg_kg_h,
                    ),
                )


class _Course:
    """Works a pump's course out, change by change."""

    def __init__(self, bed: Bed, pump: PumpSpec, start_ms: int) -> None:
        self._pump = pump
        self._ml_per_mg_kg = (pump.weight_kg or bed.weight_kg) / pump.concentration_mg_ml
        self._syringes = 0
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
        """The next patient's infusion is started."""
        self.infusion_starts_ms.append(at_ms)
        self.programme(at_ms, dose_mg_kg=dose_mg_kg, rate_mg_kg_h=rate_mg_kg_h)

    def programme(self, at_ms: int, *, dose_mg_kg: float, rate_mg_kg_h: float) -> None:
        """A new syringe is started; the counter begins again if it had counted anything."""
        self._own.clear()
        self._syringes += 1
        for code in tuple(self._open_alarms):
            self._end_alarm(at_ms, code)
        if self._now.volume_ml + self._now.delivered_ml(at_ms) > 0:
            self._clear_counter(at_ms)
        self._now = replace(self._now, to_infuse_ml=dose_mg_kg * self._ml_per_mg_kg)
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
        alarm_id = f"{code.value}-{self._syringes}"
        body = alarm_body(code, phase, priority, alarm_id)
        self.occurrences.append(Occurrence(at_ms, MessageKind.ALARM, body))


def _sent(value: float) -> float:
    return round(value, 3)
