"""When a pump's infusion started, paused, went on and ended, by its log.

A pump that ended, or was taken from another patient, and delivers on a new counter has begun
another infusion. A log that grows by late facts may tell of earlier changes; those it told before
stay told, and whoever folds them finds the earlier ones first.
"""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from infusion.pump import DeliveryPhase
from infusion.pump_facts import Fact, Flow
from infusion.pump_log import PumpLog
from vocabulary.ids import CounterId


class FlowChange(msgspec.Struct, frozen=True, kw_only=True):
    """From `at` on (UTC) the infusion is in another phase; `is_first` when it began anew.

    `volume_ml`: delivered by then since the log began. `rate_ml_h`: None while nothing flows, or
    if it is not known.
    """

    at: datetime
    phase: DeliveryPhase
    is_first: bool
    volume_ml: float
    rate_ml_h: float | None
    counter: CounterId | None


_PHASES = {
    Flow.INFUSING: DeliveryPhase.RUNNING,
    Flow.HELD: DeliveryPhase.INTERRUPTED,
    Flow.KVO: DeliveryPhase.ENDED,
    Flow.ENDED: DeliveryPhase.ENDED,
}


class _Step(msgspec.Struct, frozen=True):
    """What a pump did from `at` on; `volume_ml` is what its counter showed when that was over."""

    at: datetime
    flow: Flow
    rate_ml_h: float | None
    counter: CounterId | None
    volume_ml: float | None


def changes_of(log: PumpLog) -> tuple[FlowChange, ...]:
    """Every change that the log tells of, in order of time."""
    found: list[FlowChange] = []
    first = log.first_measured()
    shown = {} if first is None else {first.counter: first.volume_ml or 0.0}
    given_ml = 0.0
    phase = DeliveryPhase.NOT_STARTED
    ran_on: CounterId | None = None
    for step in _steps(log):
        after = _next(phase, step.flow)
        if after is not phase:
            is_new = phase is DeliveryPhase.ENDED and step.counter != ran_on
            found.append(
                FlowChange(
                    at=step.at,
                    phase=after,
                    is_first=phase is DeliveryPhase.NOT_STARTED or is_new,
                    volume_ml=round(given_ml, 6),
                    rate_ml_h=step.rate_ml_h,
                    counter=step.counter,
                )
            )
            phase = after
        if after is DeliveryPhase.RUNNING:
            ran_on = step.counter
        if step.volume_ml is not None:
            before_ml = shown.get(step.counter, 0.0)
            given_ml += max(0.0, step.volume_ml - before_ml)
            shown[step.counter] = max(before_ml, step.volume_ml)
    return tuple(found)


def _steps(log: PumpLog) -> Iterator[_Step]:
    """The stretches that have a length, then what the pump does since its newest fact."""
    for stretch in log.stretches():
        if stretch.begins < stretch.ends:
            volume_ml = stretch.volume_ml if stretch.is_measured else None
            yield _Step(stretch.begins, stretch.flow, stretch.rate_ml_h, stretch.counter, volume_ml)
    last = log.last
    if last is not None and last.flow is not None:
        yield _Step(last.at, last.flow, last.rate_ml_h, last.counter, last.volume_ml)


def _next(phase: DeliveryPhase, flow: Flow) -> DeliveryPhase:
    after = _PHASES[flow]
    if after is DeliveryPhase.RUNNING:
        return after
    if phase is DeliveryPhase.NOT_STARTED:
        return phase
    if after is DeliveryPhase.INTERRUPTED and phase is DeliveryPhase.ENDED:
        return phase
    return after


def goes_on(before: Fact | None, after: Fact | None, log: PumpLog) -> bool:
    """Whether the newest fact came at the end of the log and told nothing but more of the same."""
    if before is None or after is None:
        return False
    return (
        before.at < after.at <= before.at + log.rules.believed_for
        and before.flow is after.flow
        and before.counter == after.counter
        and before.boot == after.boot
    )
