"""What became of each item that was due: done, late, excused, missed, or still waiting."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Final

import msgspec

from infusion.interventions.effects import emergencies
from infusion.observations.evidence import Evidence
from infusion.observations.layout import Course, Slot
from infusion.observations.plan_times import times_of
from infusion.observations.rules import ItemKind, ObservationRules
from infusion.observations.schedule_rules import Anchor, SchedulePlan
from infusion.session import Session

_EVER: Final = datetime.min.replace(tzinfo=UTC)


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
_UNDONE: Final = (_MISSED, _OVERDUE, _DUE)
_UNSETTLED: Final = (_DUE, _OVERDUE)


class Due(msgspec.Struct, frozen=True, kw_only=True, gc=False, array_like=True):
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


def in_order(items: Iterable[Due]) -> list[Due]:
    """In order of time, and of one time by name."""
    return sorted(items, key=lambda due: (due.slot.due_at, due.item))


class Told:
    """What was observed, left out and explained, by item."""

    def __init__(self, session: Session, evidence: Evidence, rules: ObservationRules) -> None:
        self.done: dict[str, list[tuple[datetime, bool]]] = {}
        self.absent: dict[str, list[tuple[datetime, str]]] = {}
        self.explained = {
            (check.item, check.due_at): word.reason
            for word in session.explained_checks
            for check in word.checks
        }
        self.emergencies = emergencies(session)
        self.off_monitor = evidence.off_monitor
        self.filled = {item.item for item in rules.items if not item.is_judged}
        for entry in session.observed.entries:
            self.done.setdefault(entry.item, []).append((entry.at, False))
        for item in rules.items:
            if item.kind is _PRESSURE:
                times = self.done.setdefault(item.item, [])
                times.extend((cuff.observed_at, True) for cuff in evidence.cuffs)
                times.sort()
        for absence in session.observed.absences:
            self.absent.setdefault(absence.item, []).append((absence.at, absence.reason))

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

    `coming`: the first that is ahead.
    """

    dues: list[Due]
    changes_at: datetime | None
    coming: Due | None


def judge(
    item: str, slots: Sequence[Slot], told: Told, plan: SchedulePlan, course: Course
) -> Judged:
    """What became of each slot of one item."""
    now = course.now
    done = told.done.get(item, ())
    opens, is_open = _opens(slots, plan, now)
    is_started = course.started_at is not None
    number, many = 0, len(done)
    found: list[Due] = []
    moments: list[datetime] = [] if is_open == len(opens) else [opens[is_open]]
    for place in range(is_open):
        slot, opens_at = slots[place], opens[place]
        if slot.is_predicted:
            found.append(Due(item=item, slot=slot, status=_AHEAD))
            continue
        if is_started and slot.anchor is _BASELINE:
            closes_at: datetime | None = slot.ends_at  # of a baseline, the start is the end
        else:
            closes_at = _closes_at(slots, opens, place + 1)
        while number < many and done[number][0] < opens_at:
            number += 1
        if number < many:
            at = done[number][0]
            if at <= now and (closes_at is None or at < closes_at):
                found.append(_done(item, slot, done[number], course))
                continue
        due = _undone(item, slot, (opens_at, closes_at), told, course)
        found.append(due)
        if due.status in _UNSETTLED:
            moments += (slot.due_at, slot.ends_at + _MOMENT, closes_at or now)
    coming = next((due for due in found if due.status is _AHEAD), None)
    if is_open < len(slots):
        found += [Due(item=item, slot=slot, status=_AHEAD) for slot in slots[is_open:]]
        coming = coming or found[is_open]
    return Judged(found, min((at for at in moments if at > now), default=None), coming)


def _closes_at(slots: Sequence[Slot], opens: Sequence[datetime], place: int) -> datetime | None:
    """Until when an item can be done: until the next one may be, unless that is only predicted."""
    while place < len(opens):
        if not slots[place].is_predicted:
            return opens[place]
        place += 1
    return None


def _opens(slots: Sequence[Slot], plan: SchedulePlan, now: datetime) -> tuple[list[datetime], int]:
    """From when each may be done, and how many of them may be by now.

    Early, but not before the window of the one before is over; a closer check half as early as they
    come, so that what asked for it does not count as done. The list ends with the first that may be
    done later than `now` and is not only predicted.
    """
    times = times_of(plan)
    early, closer = times.early, times.closer_early
    found: list[datetime] = []
    is_open = 0
    before = _EVER
    for slot in slots:
        if slot.anchor is _BASELINE:
            opens_at = _EVER
        else:
            opens_at = slot.due_at - (closer if slot.why else early)
            if opens_at <= before:  # its window is over a moment later
                opens_at = before + _MOMENT
            before = slot.ends_at
        found.append(opens_at)
        if opens_at <= now:
            is_open += 1
        elif not slot.is_predicted:
            break
    return found, is_open


def _done(item: str, slot: Slot, done: tuple[datetime, bool], course: Course) -> Due:
    at, by_device = done
    is_late = at > slot.ends_at and not _is_before_the_start(slot, course)
    return Due(
        item=item,
        slot=slot,
        status=_DONE_LATE if is_late else _DONE,
        done_at=at,
        late_s=(at - slot.due_at).total_seconds() if is_late else 0.0,
        by_device=by_device,
    )


def _undone(
    item: str, slot: Slot, span: tuple[datetime, datetime | None], told: Told, course: Course
) -> Due:
    reason = told.excuse(item, slot) or _left_out(told.absent.get(item, ()), span)
    now, closes_at = course.now, span[1]
    if reason:
        status = _EXCUSED
    elif course.closed_at is not None or (closes_at is not None and now >= closes_at):
        status = _MISSED
    elif now > slot.ends_at and not _is_before_the_start(slot, course):
        status = _OVERDUE
    else:
        status = _DUE
    return Due(item=item, slot=slot, status=status, reason=reason)


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


def waiting(chain: Sequence[Due]) -> Due | None:
    """What of one item waits to be done, if any: since it was first not done in a row.

    A baseline that was missed cannot be done any more.
    """
    first: Due | None = None
    for due in reversed(chain):
        if due.status is _AHEAD:
            continue
        if due.status not in _UNDONE:
            break
        if due.slot.anchor is _BASELINE and due.status is _MISSED:
            break
        first = due
    return first
