"""What became of each item that was due: done, late, excused, missed, or still waiting."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Final

import msgspec

from infusion.interventions.effects import emergencies
from infusion.observations.evidence import Evidence
from infusion.observations.layout import Course, Slot
from infusion.observations.plan_times import PlanTimes
from infusion.observations.rules import ItemKind, ObservationRules
from infusion.observations.schedule_rules import Anchor
from infusion.session import Session

_EVER: Final = datetime.min.replace(tzinfo=UTC)
_NEVER: Final = (datetime.max.replace(tzinfo=UTC), False)


class CheckStatus(str, Enum):
    """What became of an item that was, is or will be due."""

    AHEAD = "ahead"
    DUE = "due"
    OVERDUE = "overdue"
    DONE = "done"
    DONE_LATE = "done late"
    EXCUSED = "excused"
    MISSED = "missed"


# Bound once: to look up a member of an enum costs more than all else that is done to a slot.
_AHEAD: Final = CheckStatus.AHEAD
_DUE: Final = CheckStatus.DUE
_OVERDUE: Final = CheckStatus.OVERDUE
_DONE: Final = CheckStatus.DONE
_DONE_LATE: Final = CheckStatus.DONE_LATE
_EXCUSED: Final = CheckStatus.EXCUSED
_MISSED: Final = CheckStatus.MISSED
_BASELINE: Final = Anchor.BASELINE
_PRESSURE: Final = ItemKind.PRESSURE
_MOMENT: Final = timedelta.resolution
_UNSETTLED: Final = (_DUE, _OVERDUE)


class Due(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One item at one time. `late_s`: how long after it was due it was done late, else 0.

    `reason`: why it was not done, if somebody said. `by_device`: no person was needed.
    """

    item: str
    slot: Slot
    status: CheckStatus
    done_at: datetime | None = None
    late_s: float = 0.0
    reason: str = ""
    by_device: bool = False


def _place(due: Due) -> tuple[datetime, str]:
    return due.slot.due_at, due.item


def in_order(items: Iterable[Due]) -> list[Due]:
    """In order of time, and of one time by name."""
    return sorted(items, key=_place)


class Told:
    """What was observed, left out and explained, by item."""

    def __init__(self, session: Session, evidence: Evidence, rules: ObservationRules) -> None:
        self.done: dict[str, list[tuple[datetime, bool]]] = defaultdict(list)
        self.absent: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
        self.explained = {
            (check.item, check.due_at): word.reason
            for word in session.explained_checks
            for check in word.checks
        }
        self.emergencies = emergencies(session)
        self.off_monitor = evidence.off_monitor
        self.has_excuses = bool(self.explained or self.emergencies or self.off_monitor)
        self.filled: Collection[str] = ()
        if evidence.off_monitor:
            self.filled = {item.item for item in rules.items if not item.is_judged}
        for entry in session.observed.entries:
            self.done[entry.item].append((entry.at, False))
        for item in rules.items:
            if item.kind is _PRESSURE:
                times = self.done[item.item]
                times.extend((cuff.observed_at, True) for cuff in evidence.cuffs)
                times.sort()
        for absence in session.observed.absences:
            self.absent[absence.item].append((absence.at, absence.reason))

    def excuse(self, item: str, slot: Slot) -> str:
        """Why an item needed not be done, by what else was going on; empty if it did.

        What a device gives is excused while the patient is off the monitor, unless he is back
        before its window is over.
        """
        due_at = slot.due_at
        if self.emergencies and any(i.contains(due_at) for i in self.emergencies):
            return "emergency"
        if (
            self.off_monitor
            and item in self.filled
            and slot.anchor is not _BASELINE
            and any(i.contains(slot.ends_at) for i in self.off_monitor)
        ):
            return "off monitor"
        return self.explained.get((item, due_at), "") if self.explained else ""


class Judged(msgspec.Struct, frozen=True, gc=False):
    """What became of each slot of one item, and when one of them will change by itself.

    `coming`: the first that is ahead. `waits`: what waits to be done, if anything: since it was
    first not done in a row; a baseline that was missed cannot be done any more.
    """

    dues: list[Due]
    changes_at: datetime | None
    coming: Due | None
    waits: Due | None


def judge(item: str, slots: Sequence[Slot], told: Told, times: PlanTimes, course: Course) -> Judged:
    """What became of each slot of one item."""
    now, is_started = course.now, course.started_at is not None
    opens, closes, changes_at = _spans(slots, times, now)
    done = iter(told.done.get(item, ()))
    at, by_device = next(done, _NEVER)
    found: list[Due] = []
    coming: Due | None = None
    waits: Due | None = None
    for slot, opens_at, until in zip(slots, opens, closes, strict=False):
        if slot.is_predicted:
            found.append(Due(item, slot, _AHEAD))
            coming = coming or found[-1]
            continue
        is_baseline = slot.anchor is _BASELINE
        closes_at = slot.ends_at if is_baseline and is_started else until  # until the start
        while at < opens_at:
            at, by_device = next(done, _NEVER)
        if at <= now and (closes_at is None or at < closes_at):
            found.append(
                _done(item, slot, (at, by_device), is_before=is_baseline and not is_started)
            )
            waits = None
            continue
        due = _undone(item, slot, (opens_at, closes_at), told, course)
        found.append(due)
        if due.status in _UNSETTLED:
            waits = waits or due
            changes_at = _sooner(changes_at, slot, closes_at, now)
        else:
            waits = None if is_baseline or due.status is _EXCUSED else waits or due
    if len(opens) < len(slots):
        ahead = [Due(item, slot, _AHEAD) for slot in slots[len(opens) :]]
        coming = coming or ahead[0]
        found += ahead
    return Judged(found, changes_at, coming, waits)


def _sooner(
    changes_at: datetime | None, slot: Slot, closes_at: datetime | None, now: datetime
) -> datetime | None:
    """When something changes by itself, if that is `changes_at` or what waits falls due or ends."""
    for at in (slot.due_at, slot.ends_at + _MOMENT, closes_at):
        if at is not None and at > now and (changes_at is None or at < changes_at):
            changes_at = at
    return changes_at


def _spans(
    slots: Iterable[Slot], times: PlanTimes, now: datetime
) -> tuple[list[datetime], list[datetime | None], datetime | None]:
    """From when and until when each may be done, of those that may be by `now`; when the next may.

    Early, but not before the window of the one before is over; a closer check half as early as they
    come, so that what asked for it does not count as done. Each until the next one may be, unless
    that is only predicted.
    """
    early, closer = times.early, times.closer_early
    opens: list[datetime] = []
    closes: list[datetime | None] = []
    later: datetime | None = None
    before, last = _EVER, -1
    for slot in slots:
        if slot.anchor is _BASELINE:
            opens_at = _EVER
        else:
            opens_at = slot.due_at - (closer if slot.why else early)
            if opens_at <= before:  # its window is over a moment later
                opens_at = before + _MOMENT
            before = slot.ends_at
        is_predicted = slot.is_predicted
        if not is_predicted and last >= 0:
            closes[last] = opens_at
        if opens_at > now:
            later = later or opens_at
            if is_predicted:
                continue
            break
        if not is_predicted:
            last = len(opens)
        opens.append(opens_at)
        closes.append(None)
    return opens, closes, later


def _done(item: str, slot: Slot, done: tuple[datetime, bool], *, is_before: bool) -> Due:
    """`is_before`: of a baseline before the start, which is never late."""
    at, by_device = done
    if is_before or at <= slot.ends_at:
        return Due(item, slot, _DONE, at, 0.0, "", by_device)
    late_s = (at - slot.due_at).total_seconds()
    return Due(item, slot, _DONE_LATE, at, late_s, "", by_device)


def _undone(
    item: str, slot: Slot, span: tuple[datetime, datetime | None], told: Told, course: Course
) -> Due:
    reason = told.excuse(item, slot) if told.has_excuses else ""
    if not reason and told.absent:
        reason = _left_out(told.absent.get(item, ()), span)
    now, closes_at = course.now, span[1]
    if reason:
        return Due(item, slot, _EXCUSED, None, 0.0, reason)
    if course.closed_at is not None or (closes_at is not None and now >= closes_at):
        return Due(item, slot, _MISSED)
    if now > slot.ends_at and not _is_before_the_start(slot, course):
        return Due(item, slot, _OVERDUE)
    return Due(item, slot, _DUE)


def _is_before_the_start(slot: Slot, course: Course) -> bool:
    """A baseline can be taken until the start, whenever that is."""
    return slot.anchor is _BASELINE and course.started_at is None


def _left_out(
    absent: Sequence[tuple[datetime, str]], span: tuple[datetime, datetime | None]
) -> str:
    opens_at, closes_at = span
    for at, reason in absent:
        if opens_at <= at and (closes_at is None or at < closes_at):
            return reason
    return ""
