"""What comes next in a ward, for one nurse with several chairs: one list in order of time.

Checks, cuffs, infusions that end, alarms that wait, help; the work of the next hour against who is
there for it; and how far to move a start so that checks do not fall together.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import Enum

import msgspec

from infusion.checks_sight import words_of
from infusion.configuration import ClinicConfiguration
from infusion.observations.checks import Check
from infusion.observations.rules import ObservationRules
from vocabulary.alarms import AlarmPriority
from vocabulary.ids import BedId


class AheadKind(str, Enum):
    """What comes, gravest first where several come at the same time."""

    HELP = "help"
    ALARM = "alarm"
    ENDING = "ending"
    CHECK = "check"
    CUFF = "cuff"


class WaitingAlarm(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm that nobody has acknowledged yet, since `since` (UTC)."""

    text: str
    priority: AlarmPriority
    since: datetime


class Chair(msgspec.Struct, frozen=True, kw_only=True):
    """A bed as this list sees it. `checks`: open and ahead, in order of time.

    `ends_at`: when the infusion is expected to end. `help_since`: since when help is called.
    `nurse`: the printed name of who answers for it.
    """

    bed: BedId
    label: str
    checks: tuple[Check, ...] = ()
    ends_at: datetime | None = None
    alarms: tuple[WaitingAlarm, ...] = ()
    help_since: datetime | None = None
    nurse: str = ""


class Ahead(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the list. `late_s`: since it was due, 0 if it is not; `set`: its form.

    `priority`: of an alarm.
    """

    kind: AheadKind
    at: datetime
    bed: BedId
    label: str
    what: str
    late_s: float = 0.0
    is_overdue: bool = False
    set: str = ""
    items: tuple[str, ...] = ()
    nurse: str = ""
    priority: AlarmPriority | None = None


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """Nurse-minutes that the checks of the next hour need, and those that are there for them."""

    needed_min: float
    nurses: int
    free_min: float

    @property
    def is_enough(self) -> bool:
        """Whether those on duty can do it."""
        return self.needed_min <= self.free_min


def next_five(
    chairs: Iterable[Chair], now: datetime, configuration: ClinicConfiguration
) -> tuple[Ahead, ...]:
    """What waits and what comes soon, in order of time, the gravest first at the same time."""
    until = now + timedelta(seconds=configuration.duty.ahead_s)
    rules = configuration.observations
    found = [line for chair in chairs for line in _lines(chair, now, rules)]
    soon = [line for line in found if line.at <= until]
    kinds = list(AheadKind)
    return tuple(sorted(soon, key=lambda line: (line.at, kinds.index(line.kind), line.label)))


def _lines(chair: Chair, now: datetime, rules: ObservationRules) -> list[Ahead]:
    def line(kind: AheadKind, at: datetime, what: str) -> Ahead:
        return Ahead(
            kind=kind,
            at=at,
            bed=chair.bed,
            label=chair.label,
            what=what,
            late_s=max(0.0, (now - at).total_seconds()),
            nurse=chair.nurse,
        )

    found: list[Ahead] = []
    if chair.help_since is not None:
        found.append(line(AheadKind.HELP, chair.help_since, "somebody is wanted"))
    found.extend(
        msgspec.structs.replace(
            line(AheadKind.ALARM, alarm.since, alarm.text), priority=alarm.priority
        )
        for alarm in chair.alarms
    )
    if chair.ends_at is not None:
        found.append(line(AheadKind.ENDING, chair.ends_at, "infusion ends"))
    for check in chair.checks:
        is_cuff = not any(_is_judged(name, rules) for name in check.items)
        kind = AheadKind.CUFF if is_cuff else AheadKind.CHECK
        found.append(
            msgspec.structs.replace(
                line(kind, check.due_at, words_of(check, rules)),
                late_s=check.late_s(now),
                is_overdue=check.is_overdue,
                set=check.set,
                items=check.items,
            )
        )
    return found


def _is_judged(name: str, rules: ObservationRules) -> bool:
    item = rules.find_item(name)
    return item is not None and item.is_judged


def overdue(chairs: Iterable[Chair], now: datetime, rules: ObservationRules) -> tuple[Ahead, ...]:
    """The overdue checks of a ward, the latest first."""
    found = [line for chair in chairs for line in _lines(chair, now, rules) if line.is_overdue]
    return tuple(sorted(found, key=lambda line: (line.at, line.label)))


class Stagger(msgspec.Struct, frozen=True, kw_only=True):
    """To start a session so much later, so that fewer checks fall together.

    `together`, `together_then`: at most so many at once, as planned and as proposed.
    """

    bed: BedId
    label: str
    later_s: float
    together: int
    together_then: int


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """A session that is about to start, and the times (UTC) of its checks if it does so now."""

    bed: BedId
    label: str
    times: tuple[datetime, ...]


def propose_stagger(
    starts: Sequence[Start],
    others: Iterable[datetime],
    at_once_s: float,
    configuration: ClinicConfiguration,
) -> tuple[Stagger, ...]:
    """For each start, in this order, how much later it falls best among all before it.

    `others`: the checks of sessions that run. Checks within `at_once_s` fall together. Nothing is
    proposed for a start that is as good as any.
    """
    duty = configuration.duty
    taken = sorted(others)
    steps = int(duty.stagger_max_s / duty.stagger_step_s)
    found: list[Stagger] = []
    for start in starts:
        crowds = []
        for step in range(steps + 1):
            later = timedelta(seconds=step * duty.stagger_step_s)
            moved = [at + later for at in start.times]
            crowds.append((*_crowding(moved, taken, at_once_s), step, moved))
        best = min(crowds, key=lambda crowd: (crowd[0], crowd[1], crowd[2]))
        as_planned = crowds[0]
        if (best[0], best[1]) < (as_planned[0], as_planned[1]):
            found.append(
                Stagger(
                    bed=start.bed,
                    label=start.label,
                    later_s=best[2] * duty.stagger_step_s,
                    together=as_planned[0],
                    together_then=best[0],
                )
            )
        else:
            best = as_planned
        taken = sorted([*taken, *best[3]])
    return tuple(found)


def _crowding(
    times: Sequence[datetime], taken: Sequence[datetime], at_once_s: float
) -> tuple[int, int]:
    """The most checks at once, and how many pairs of checks fall together."""
    within = timedelta(seconds=at_once_s)
    crowds = [1 + sum(1 for other in taken if abs(other - at) < within) for at in times]
    return max(crowds, default=0), sum(crowds) - len(crowds)
