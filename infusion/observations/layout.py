"""When each item is due: the lines of a plan laid over the course of a session."""

from bisect import bisect_right, insort
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Final

import msgspec

from infusion.observations.closer import Watch
from infusion.observations.phases import Phase, Stretch
from infusion.observations.plan_times import LineTimes, PlanTimes, times_of
from infusion.observations.schedule_rules import Anchor, CloserRules, SchedulePlan

_due_at = attrgetter("due_at")
# Bound once, as in `due`.
_BASELINE: Final = Anchor.BASELINE
_INFUSION: Final = Anchor.INFUSION
_RECOVERY: Final = Anchor.RECOVERY
_RATE_CHANGE: Final = Anchor.RATE_CHANGE
_RECOVERING: Final = Phase.RECOVERY
_NOTHING: Final = timedelta(0)
_EVER: Final = datetime.min.replace(tzinfo=UTC)


class Slot(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """When something is due, and until when that is in time.

    `is_predicted`: it counts from a stop that has not come yet. `why`: of closer checks.
    """

    due_at: datetime
    ends_at: datetime
    anchor: Anchor
    is_predicted: bool = False
    why: str = ""


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """What of a session the times depend on. UTC.

    `baseline_at`: when the start is, or is planned. `expected_end`: of the infusion while it has
    not ended; never before `now`. `rate_changes`: at any pump, up or down.
    """

    now: datetime
    baseline_at: datetime
    started_at: datetime | None
    stretches: tuple[Stretch, ...]
    expected_end: datetime
    closed_at: datetime | None
    rate_changes: tuple[datetime, ...] = ()

    @property
    def is_over(self) -> bool:
        """Whether the infusion has ended, as far as is known."""
        return bool(self.stretches) and self.stretches[-1].phase is _RECOVERING


def lay_out(plan: SchedulePlan, course: Course, watches: Sequence[Watch]) -> dict[str, list[Slot]]:
    """The slots of each item in order of time; items that are always due together share theirs."""
    times = times_of(plan)
    ground = _Ground(times, course)
    of_line = [ground.slots_of(line) for line in times.lines]
    watched = {item for watch in watches for item in watch.items}
    shared: dict[tuple[int, ...], list[Slot]] = {}
    found: dict[str, list[Slot]] = {}
    for item in (*times.lines_of, *sorted(watched - set(times.lines_of))):
        key = times.lines_of.get(item, ())
        if key in shared and item not in watched:
            found[item] = shared[key]
            continue
        slots: list[Slot] = []
        for number in key:
            slots += of_line[number]
        if item in watched:
            slots += _closer_slots(item, slots, watches, plan.closer, course)
        found[item] = _thinned(slots, times.together)
        if item not in watched:
            shared[key] = found[item]
    return found


class _Ground:
    """A session's course, as the lines of a plan are laid over it."""

    def __init__(self, times: PlanTimes, course: Course) -> None:
        self._course = course
        self._stay = times.stay
        self._recoveries = [s for s in course.stretches if s.phase is _RECOVERING]
        self._is_over = course.is_over
        tails = [max(s.since + times.tail, s.known_at or s.since) for s in self._recoveries]
        self._tail_ends = tails[-1] if self._is_over else course.expected_end + times.tail
        self._is_awaited = not self._is_over and course.expected_end <= course.now
        self._breaks = [
            (ends_at, recovery.until)
            for recovery, ends_at in zip(self._recoveries, tails, strict=True)
            if recovery.until is not None
        ]

    def slots_of(self, line: LineTimes) -> list[Slot]:
        """The slots of one line; those of all stops and rate changes, if it counts from them."""
        course, anchor = self._course, line.anchor
        if anchor is _BASELINE:
            return _slots(line, [course.baseline_at])
        if course.started_at is None:
            return []
        if anchor is _INFUSION:
            return _slots(line, self._while_infusing(line, course.started_at))
        if anchor is _RATE_CHANGE:
            changes = course.rate_changes
            return _slots(line, [at for since in changes for at in _times(line, since, since)])
        return self._after_stops(line)

    def _while_infusing(self, line: LineTimes, started_at: datetime) -> list[datetime]:
        """Until soon after the end; in a recovery that was known to be one there are none."""
        course = self._course
        until = self._tail_ends
        if self._is_awaited and line.step is not None:
            until = max(until, course.now + line.step)
        times = _times(line, started_at, until)
        if line.at:
            times = [at for at in times if at <= until]
        for ends_at, again_at in self._breaks:
            times = [at for at in times if not ends_at < at < again_at]
        return times

    def _after_stops(self, line: LineTimes) -> list[Slot]:
        course = self._course
        found: list[Slot] = []
        for recovery in self._recoveries:
            until = max(recovery.since + self._stay, course.now + (line.step or _NOTHING))
            times = _times(line, recovery.since, until, self._stay)
            if recovery.until is not None:
                times = [at for at in times if at < recovery.until]
            found += _slots(line, times)
        if not self._is_over and course.closed_at is None:
            stop = course.expected_end
            times = _times(line, stop, stop + self._stay, self._stay)
            found += _slots(line, times, is_predicted=True)
        return found


def _slots(line: LineTimes, times: Iterable[datetime], *, is_predicted: bool = False) -> list[Slot]:
    window, anchor = line.window, line.anchor
    return [Slot(at, at + window, anchor, is_predicted) for at in times]


def _times(
    line: LineTimes, anchor: datetime, until: datetime, stay: timedelta = _NOTHING
) -> list[datetime]:
    """The times of a line; the named ones even after `until`, the regular ones up to it."""
    found = [anchor + at for at in line.at] if line.at else []
    if line.at_end:
        found.append(anchor + stay)
    step = line.step
    if step is not None:
        if line.until is not None:
            until = min(until, anchor + line.until)
        due_at = anchor + line.first
        while due_at <= until:
            found.append(due_at)
            due_at += step
    return found


def _closer_slots(
    item: str,
    held: Iterable[Slot],
    watches: Iterable[Watch],
    closer: CloserRules,
    course: Course,
) -> list[Slot]:
    """What has to come between the regular slots, so that no gap is longer than it may be."""
    times = sorted({slot.due_at for slot in held if not slot.is_predicted})
    window = timedelta(seconds=closer.window_s)
    found: list[Slot] = []
    for watch in sorted(watches, key=lambda w: w.since):
        if item not in watch.items:
            continue
        for due_at in _gaps_filled(times, watch.since, _until(watch, closer, course), closer):
            found.append(
                Slot(
                    due_at=due_at,
                    ends_at=due_at + window,
                    anchor=_INFUSION,
                    why=watch.why,
                )
            )
            insort(times, due_at)
    return found


def _until(watch: Watch, closer: CloserRules, course: Course) -> datetime:
    """Before this the slots of a watch are due: of one that lasts, the next one and no more."""
    horizon = course.now + timedelta(seconds=closer.every_s) + timedelta.resolution
    until = horizon if watch.until is None else min(watch.until, horizon)
    return until if course.closed_at is None else min(until, course.closed_at)


def _gaps_filled(
    times: Sequence[datetime], since: datetime, until: datetime, closer: CloserRules
) -> list[datetime]:
    step = timedelta(seconds=closer.every_s)
    held = list(times)
    found: list[datetime] = []
    at = since
    while True:
        place = bisect_right(held, at)
        is_near = place < len(held) and held[place] <= at + step
        at = held[place] if is_near else at + step
        if at >= until:
            return found
        if not is_near:
            found.append(at)


def _thinned(slots: list[Slot], together: timedelta) -> list[Slot]:
    """Of two slots of one item close together the first is due.

    But what counts from a stop that came stands before what counted from the start, and anything
    before what is only predicted.
    """
    slots.sort(key=_due_at)
    kept: list[Slot] = []
    free_from = _EVER
    for slot in slots:
        due_at = slot.due_at
        if due_at >= free_from:
            kept.append(slot)
        elif _stands_before(slot, kept[-1]):
            kept[-1] = slot
        else:
            continue
        free_from = _EVER if slot.anchor is _BASELINE else due_at + together
    return kept


def _stands_before(slot: Slot, other: Slot) -> bool:
    if slot.is_predicted or other.is_predicted:
        return other.is_predicted and not slot.is_predicted
    return slot.anchor is _RECOVERY and other.anchor is not _RECOVERY
