"""Items that are due close together, as one check with its form."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from infusion.observations.due import Due, in_order
from infusion.observations.rules import ObservationRules
from infusion.observations.schedule_rules import Anchor, SchedulePlan

_BASELINE: Final = Anchor.BASELINE


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """Items to be done together. `set`: the form for them.

    `is_overdue`: the window of one of them is over. `is_timed`: false for a baseline, which can
    be taken until the start, whenever that is.
    """

    due_at: datetime
    items: tuple[str, ...]
    set: str
    is_overdue: bool
    is_predicted: bool
    is_timed: bool
    why: str

    def late_s(self, now: datetime) -> float:
        """How long ago it was due, seconds; 0 while it is not."""
        return max(0.0, (now - self.due_at).total_seconds()) if self.is_timed else 0.0


def checks_of(
    waiting: Iterable[Due], now: datetime, plan: SchedulePlan, rules: ObservationRules
) -> tuple[Check, ...]:
    """Those that are due close together, as one check each."""
    together = timedelta(seconds=plan.together_s)
    groups: list[list[Due]] = []
    for due in in_order(waiting):
        if groups and due.slot.due_at - groups[-1][0].slot.due_at < together:
            groups[-1].append(due)
        else:
            groups.append([due])
    return tuple(_check(group, now, rules) for group in groups)


def joined(
    checks: Iterable[Check], plan: SchedulePlan, rules: ObservationRules
) -> tuple[Check, ...]:
    """Checks in order of time, those that are due close together as one."""
    together = timedelta(seconds=plan.together_s)
    found: list[Check] = []
    for check in sorted(checks, key=lambda check: check.due_at):
        last = found[-1] if found else None
        if last is None or check.due_at - last.due_at >= together:
            found.append(check)
            continue
        items = tuple(dict.fromkeys((*last.items, *check.items)))
        form = rules.set_for(items)
        found[-1] = msgspec.structs.replace(
            last,
            items=items,
            set="" if form is None else form.set,
            is_overdue=last.is_overdue or check.is_overdue,
            is_predicted=last.is_predicted and check.is_predicted,
            why=last.why or check.why,
        )
    return tuple(found)


def first_check(
    ahead: Iterable[Due], now: datetime, plan: SchedulePlan, rules: ObservationRules
) -> Check | None:
    """The first check of what is due later; None if nothing is. `ahead`: the first of each item."""
    coming = list(ahead)
    if not coming:
        return None
    first_at = min([due.slot.due_at for due in coming])
    until = first_at + timedelta(seconds=plan.together_s)
    return _check(in_order([due for due in coming if due.slot.due_at < until]), now, rules)


def _check(group: Sequence[Due], now: datetime, rules: ObservationRules) -> Check:
    first = group[0].slot
    items = tuple(dict.fromkeys([due.item for due in group]))
    form = rules.set_for(items)
    is_late, is_predicted, why = False, True, ""
    for due in group:
        slot = due.slot
        is_late = is_late or now > slot.ends_at
        is_predicted = is_predicted and slot.is_predicted
        why = why or slot.why
    is_timed = first.anchor is not _BASELINE
    return Check(
        due_at=first.due_at,
        items=items,
        set="" if form is None else form.set,
        is_overdue=is_timed and is_late,
        is_predicted=is_predicted,
        is_timed=is_timed,
        why=why,
    )
