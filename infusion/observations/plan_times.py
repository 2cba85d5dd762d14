"""The times of a plan, worked out once for each: what its lines say, as durations."""

from datetime import timedelta
from typing import Final

from infusion.observations.schedule_rules import Anchor, ScheduleLine, SchedulePlan


class LineTimes:
    """One line of a plan. `step`, `until`: None where it has none."""

    __slots__ = ("anchor", "at", "at_end", "first", "step", "until", "window")

    def __init__(self, line: ScheduleLine) -> None:
        self.anchor: Anchor = line.anchor
        self.window = timedelta(seconds=line.window_s)
        self.at = tuple(timedelta(seconds=at_s) for at_s in line.at_s)
        self.at_end = line.at_end
        self.first = timedelta(seconds=line.from_s)
        self.step = None if line.every_s is None else timedelta(seconds=line.every_s)
        self.until = None if line.until_s is None else timedelta(seconds=line.until_s)


class PlanTimes:
    """One plan. `lines_of`: the numbers of the lines that have an item, by item."""

    __slots__ = ("closer_early", "early", "lines", "lines_of", "plan", "stay", "tail", "together")

    def __init__(self, plan: SchedulePlan) -> None:
        self.plan = plan
        self.lines = tuple(LineTimes(line) for line in plan.lines)
        self.stay = timedelta(seconds=plan.recovery_s)
        self.tail = timedelta(seconds=plan.tail_s)
        self.together = timedelta(seconds=plan.together_s)
        self.early = timedelta(seconds=plan.early_s)
        self.closer_early = timedelta(seconds=plan.closer.every_s / 2)
        lines_of: dict[str, list[int]] = {}
        for number, line in enumerate(plan.lines):
            for item in line.items:
                lines_of.setdefault(item, []).append(number)
        self.lines_of = {item: tuple(numbers) for item, numbers in lines_of.items()}


_REMEMBERED: Final = 256
_known: dict[int, PlanTimes] = {}
"""By identity: each session that has begun has a plan of its own, read from the record."""


def times_of(plan: SchedulePlan) -> PlanTimes:
    """The times of a plan; the same again for the same plan."""
    found = _known.get(id(plan))
    if found is None or found.plan is not plan:
        if len(_known) >= _REMEMBERED:
            _known.clear()
        found = _known[id(plan)] = PlanTimes(plan)
    return found
