"""What a pump did from one of its facts to the next, as far as it can be known."""

from datetime import datetime, timedelta

import msgspec

from infusion.pump_facts import STILL, Fact, Flow, FlowRules
from vocabulary.ids import CounterId
from vocabulary.states import StopReason

_SECONDS_PER_H = 3600.0


class Stretch(msgspec.Struct, array_like=True):
    """Time in which a pump did one thing. Owned by its chunk; copied before it grows.

    `is_silent`: the pump told nothing; `running` is then how much of it can have been delivery.
    `volume_ml`: the most `counter` showed up to its end.
    """

    begins: datetime
    ends: datetime
    flow: Flow
    rate_ml_h: float | None
    is_silent: bool
    counter: CounterId | None
    volume_ml: float | None
    is_measured: bool
    is_start: bool
    reason: StopReason | None
    running: timedelta


def raise_volume(stretch: Stretch, volume_ml: float | None) -> None:
    """Take up what the counter showed at the end of `stretch`, mL."""
    stretch.is_measured = True
    if volume_ml is not None and (stretch.volume_ml is None or volume_ml > stretch.volume_ml):
        stretch.volume_ml = volume_ml


def join(course: list[Stretch], stretch: Stretch) -> None:
    """Put `stretch` at the end of `course`, as part of the last one if that is alike."""
    last = course[-1] if course else None
    if (
        last is None
        or stretch.is_start
        or last.flow is not stretch.flow
        or last.rate_ml_h != stretch.rate_ml_h
        or last.is_silent is not stretch.is_silent
        or last.counter != stretch.counter
    ):
        course.append(stretch)
        return
    last.ends = stretch.ends
    last.running += stretch.running
    last.reason = last.reason or stretch.reason
    if stretch.is_measured:
        raise_volume(last, stretch.volume_ml)


def between(before: Fact, after: Fact, rules: FlowRules) -> Stretch:
    """What happened from `before`, which leaves nothing open, to `after`."""
    flow = before.flow or Flow.HELD
    elapsed = after.at - before.at
    is_silent = before.boot != after.boot or elapsed > rules.believed_for
    rate = before.rate_ml_h
    running = timedelta(0)
    if is_silent:
        rise_ml = _rise_ml(before, after)
        if flow in STILL and rise_ml > 0:
            flow = Flow.INFUSING  # it ran although nobody heard it
        running = _running_unheard(flow, before, after, rise_ml)
        rate = None
        is_silent = flow not in STILL
    elif rate is None and before.is_start and after.flow is flow:
        rate = after.rate_ml_h  # a start that did not tell its rate; the next reading has it
    return Stretch(
        begins=before.at,
        ends=after.at,
        flow=flow,
        rate_ml_h=rate,
        is_silent=is_silent,
        counter=after.counter,
        volume_ml=after.volume_ml,
        is_measured=after.is_measured,
        is_start=before.is_start,
        reason=before.reason if flow in STILL else None,
        running=running,
    )


def _rise_ml(before: Fact, after: Fact) -> float:
    if after.volume_ml is None or before.volume_ml is None:
        return 0.0
    if before.counter != after.counter:
        return after.volume_ml
    return max(0.0, after.volume_ml - before.volume_ml)


def _running_unheard(flow: Flow, before: Fact, after: Fact, rise_ml: float) -> timedelta:
    """How much of a silence was delivery: all of it if the pump delivered before and after.

    After a new boot the volume must have gone on too. Otherwise it is as long as the volume that
    flowed takes at the rate that is known.
    """
    elapsed = after.at - before.at
    if flow is not Flow.INFUSING:
        return timedelta(0)
    if before.flow is Flow.INFUSING and after.flow is Flow.INFUSING:
        return elapsed if before.boot == after.boot or rise_ml > 0 else timedelta(0)
    rate = before.rate_ml_h if before.flow is Flow.INFUSING else after.rate_ml_h
    if not rate:
        return timedelta(0)
    flowed_s = rise_ml / rate * _SECONDS_PER_H  # endless at a rate that is next to none
    return timedelta(seconds=min(elapsed.total_seconds(), flowed_s))


def known_after(before: Fact | None, fact: Fact) -> Fact:
    """`fact` with what it leaves open taken from `before`; nothing known before is HELD."""
    flow = fact.flow or (before.flow if before is not None else None) or Flow.HELD
    if fact.is_completion and flow is not Flow.KVO:
        flow = Flow.ENDED
    rate = fact.rate_ml_h
    if fact.flow is None and rate is None and before is not None:
        rate = before.rate_ml_h
    counter, volume_ml = fact.counter, fact.volume_ml
    if not fact.is_measured and before is not None:
        counter, volume_ml = before.counter, before.volume_ml
    return msgspec.structs.replace(
        fact,
        flow=flow,
        rate_ml_h=None if flow in STILL else rate,
        counter=counter,
        volume_ml=volume_ml,
    )
