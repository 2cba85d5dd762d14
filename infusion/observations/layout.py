"""When each item is due: the lines of a plan laid over the course of a session."""

from bisect import bisect_right, insort
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from operator import attrgetter

import msgspec

from infusion.observations.closer import Watch
from infusion.observations.phases import Phase, Stretch
from infusion.observations.schedule_rules import Anchor, CloserRules, ScheduleLine, SchedulePlan

_due_at = attrgetter("due_at")


class Slot(msgspec.Struct, frozen=True, kw_only=True, gc=False, array_like=True):
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
        return bool(self.stretches) and self.stretches[-1].phase is Phase.RECOVERY


def lay_out(plan: SchedulePlan, course: Course, watches: Sequence[Watch]) -> dict[str, list[Slot]]:
    """The slots of each item in order of time; items that are always due together share theirs."""
    ground = _Ground(plan, course)
    of_line = [ground.slots_of(line) for line in plan.lines]
    lines_of: dict[str, list[int]] = {}
    for number, line in enumerate(plan.lines):
        for item in line.items:
            lines_of.setdefault(item, []).append(number)
    watched = {item for watch in watches for item in watch.items}
    together = timedelta(seconds=plan.together_s)
    shared: dict[tuple[int, ...], list[Slot]] = {}
    found: dict[str, list[Slot]] = {}
    for item in (*lines_of, *sorted(watched - set(lines_of))):
        key = tuple(lines_of.get(item, ()))
        if key in shared and item not in watched:
            found[item] = shared[key]
            continue
        slots = [slot for number in key for slot in of_line[number]]
        if item in watched:
            slots += _closer_slots(item, slots, watches, plan.closer, course)
        found[item] = _thinned(slots, together)
        if item not in watched:
            shared[key] = found[item]
    return found


class _Ground:
    """A session's course, as the lines of a plan are laid over it."""

    def __init__(self, plan: SchedulePlan, course: Course) -> None:
        self._course = course
        self._stay = timedelta(seconds=plan.recovery_s)
        self._tail = timedelta(seconds=plan.tail_s)
        self._recoveries = [s for s in course.stretches if s.phase is Phase.RECOVERY]
        self._ends_of_tails = [
            max(s.since + self._tail, s.known_at or s.since) for s in self._recoveries
        ]

    def slots_of(self, line: ScheduleLine) -> list[Slot]:
        """The slots of one line; those of all stops and rate changes, if it counts from them."""
        course = self._course
        if line.anchor is Anchor.BASELINE:
            return _slots(line, [course.baseline_at])
        if course.started_at is None:
            return []
        if line.anchor is Anchor.INFUSION:
            return _slots(line, self._while_infusing(line, course.started_at))
        if line.anchor is Anchor.RATE_CHANGE:
            changes = course.rate_changes
            return _slots(line, [at for since in changes for at in _times(line, since, since)])
        return self._after_stops(line)

    def _while_infusing(self, line: ScheduleLine, started_at: datetime) -> list[datetime]:
        """Until soon after the end; in a recovery that was known to be one there are none."""
        course = self._course
        if course.is_over:
            until = self._ends_of_tails[-1]
        else:
            until = course.expected_end + self._tail
            if course.expected_end <= course.now and line.every_s is not None:
                until = max(until, course.now + timedelta(seconds=line.every_s))
        times = [at for at in _times(line, started_at, until) if at <= until]
        for recovery, ends_at in zip(self._recoveries, self._ends_of_tails, strict=True):
            if recovery.until is not None:
                times = [at for at in times if not ends_at < at < recovery.until]
        return times

    def _after_stops(self, line: ScheduleLine) -> list[Slot]:
        course = self._course
        step = timedelta(seconds=line.every_s or 0)
        found: list[Slot] = []
        for recovery in self._recoveries:
            until = max(recovery.since + self._stay, course.now + step)
            times = _times(line, recovery.since, until, self._stay)
            if recovery.until is not None:
                times = [at for at in times if at < recovery.until]
            found += _slots(line, times)
        if not course.is_over and course.closed_at is None:
            stop = course.expected_end
            times = _times(line, stop, stop + self._stay, self._stay)
            found += _slots(line, times, is_predicted=True)
        return found


def _slots(
    line: ScheduleLine, times: Iterable[datetime], *, is_predicted: bool = False
) -> list[Slot]:
    window, anchor = timedelta(seconds=line.window_s), line.anchor
    return [
        Slot(due_at=at, ends_at=at + window, anchor=anchor, is_predicted=is_predicted)
        for at in times
    ]


def _times(
    line: ScheduleLine, anchor: datetime, until: datetime, stay: timedelta = timedelta(0)
) -> list[datetime]:
    """The times of a line; the named ones even after `until`, the regular ones up to it."""
    found = [anchor + timedelta(seconds=at_s) for at_s in line.at_s]
    if line.at_end:
        found.append(anchor + stay)
    if line.every_s is not None:
        if line.until_s is not None:
            until = min(until, anchor + timedelta(seconds=line.until_s))
        step = timedelta(seconds=line.every_s)
        due_at = anchor + timedelta(seconds=line.from_s)
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
                    anchor=Anchor.INFUSION,
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
    free_from: datetime | None = None
    for slot in slots:
        if free_from is None or slot.due_at >= free_from:
            kept.append(slot)
        elif _stands_before(slot, kept[-1]):
            kept[-1] = slot
        else:
            continue
        free_from = None if slot.anchor is Anchor.BASELINE else slot.due_at + together
    return kept


def _stands_before(slot: Slot, other: Slot) -> bool:
    if slot.is_predicted or other.is_predicted:
        return other.is_predicted and not slot.is_predicted
    return slot.anchor is Anchor.RECOVERY and other.anchor is not Anchor.RECOVERY
