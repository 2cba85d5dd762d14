"""What comes next in a ward, from the beds' states as they came and the record's roster. Blocks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.calls import Call
from dashboard.context import Services
from dashboard.duty_desk import read_roster
from infusion.configuration import BedPlan, WardPlan
from infusion.duty.roster import Roster
from infusion.next_five import (
    Ahead,
    Chair,
    Stagger,
    Start,
    WaitingAlarm,
    Work,
    next_five,
    overdue,
    propose_stagger,
)
from infusion.observations.checks import Check
from infusion.observations.layout import Course, lay_out
from infusion.observations.phases import Phase, Stretch
from infusion.observations.schedule_rules import Anchor, SchedulePlan
from infusion.schedule import plan_of
from infusion.session import Session
from vocabulary.alarms import SignalState
from vocabulary.ids import BedId
from vocabulary.roles import Role
from vocabulary.states import SessionState
from wire.bed_state import BedState

_SEEN = frozenset({SignalState.ACKNOWLEDGED})


@dataclass(frozen=True, slots=True, kw_only=True)
class WardAhead:
    """A ward's next minutes and hour. `now`: when this was worked out, UTC.

    `not_live`: why what is known of the beds is not of now; empty while it is.
    """

    now: datetime
    not_live: str
    lines: tuple[Ahead, ...]
    overdue: tuple[Ahead, ...]
    work: Work
    stagger: tuple[Stagger, ...]
    roster: Roster
    sessions: dict[BedId, Session]


def ward_ahead(parts: Services, plan: WardPlan, now: datetime) -> WardAhead:
    """Everything the page of the next minutes shows. May raise RecordUnavailable."""
    clinic = parts.configuration
    states = {state.bed: state for state in parts.beds.states(plan.ward)}
    calls = {call.bed: call for call in parts.calls.open(plan.ward)}
    chairs = [_chair(bed, states.get(bed.bed), calls.get(bed.bed)) for bed in plan.beds]
    roster = read_roster(parts.record, plan.ward, now)
    nurses = len(roster.of_role(Role.NURSE))
    needed_s = sum(state.work_s for state in states.values())
    free_min = nurses * clinic.duty.work_s / 60 * clinic.duty.free_share
    sessions = {
        session.bed: session
        for session in parts.shelf.open(plan.ward).sessions
        if session.bed is not None
    }
    blind = parts.own_alarms.of_link(plan.ward)
    return WardAhead(
        now=now,
        not_live="" if blind is None else blind.text,
        lines=next_five(chairs, now, clinic),
        overdue=overdue(chairs, now, clinic.observations),
        work=Work(needed_min=needed_s / 60, nurses=nurses, free_min=free_min),
        stagger=_stagger(parts, plan, sessions, now),
        roster=roster,
        sessions=sessions,
    )


def _chair(bed: BedPlan, state: BedState | None, call: Call | None) -> Chair:
    if state is None:
        since = None if call is None else call.since
        return Chair(bed=bed.bed, label=bed.label, help_since=since)
    help_since = None if state.help is None else state.help.since
    return Chair(
        bed=bed.bed,
        label=bed.label,
        checks=tuple(
            Check(
                due_at=check.due_at,
                items=check.items,
                set=check.set,
                is_overdue=check.is_overdue,
                is_predicted=False,
                is_timed=True,
                why="",
            )
            for check in state.checks
        ),
        ends_at=_ends_at(state),
        alarms=tuple(
            WaitingAlarm(
                text=alarm.text, priority=alarm.priority, since=alarm.raised_at or alarm.since
            )
            for alarm in state.alarms
            if alarm.signal_state not in _SEEN
        ),
        help_since=help_since if call is None else call.since,
        nurse="" if state.session is None else state.session.nurse or "",
    )


def _ends_at(state: BedState) -> datetime | None:
    session = state.session
    if session is None or session.state is not SessionState.INFUSING or state.dose is None:
        return None
    return state.dose.predicted_end


def _stagger(
    parts: Services, plan: WardPlan, sessions: dict[BedId, Session], now: datetime
) -> tuple[Stagger, ...]:
    """For those who are ready or nearly so, when to start, among those who run."""
    labels = {bed.bed: bed.label for bed in plan.beds}
    running: list[datetime] = []
    starts: list[Start] = []
    for bed, session in sorted(sessions.items()):
        held = plan_of(session, parts.configuration)
        planned = timedelta(seconds=parts.configuration.planned_infusion_s)
        if session.started_at is not None and session.state is not SessionState.RECOVERY:
            times = check_times(held, session.started_at, planned, parts)
            running += [at for at in times if at >= now]
        elif session.state is SessionState.PREPARING and session.ready is not None:
            times = check_times(held, now, planned, parts)
            starts.append(Start(bed=bed, label=labels.get(bed, bed), times=tuple(times)))
    together_s = parts.configuration.schedule.profiles[0].together_s
    return propose_stagger(starts, running, together_s, parts.configuration)


def check_times(
    plan: SchedulePlan, start: datetime, lasts: timedelta, parts: Services
) -> list[datetime]:
    """When a nurse is needed at a session that starts then, each time once."""
    course = Course(
        now=start,
        baseline_at=start,
        started_at=start,
        stretches=(Stretch(phase=Phase.INFUSING, since=start, until=None),),
        expected_end=start + lasts,
        closed_at=None,
    )
    rules = parts.configuration.observations
    judged = {item.item for item in rules.items if item.is_judged}
    return sorted(
        {
            slot.due_at
            for item, slots in lay_out(plan, course, ()).items()
            if item in judged
            for slot in slots
            if slot.anchor in (Anchor.INFUSION, Anchor.RECOVERY)
        }
    )


def not_overdue(lines: Iterable[Ahead]) -> tuple[Ahead, ...]:
    """The lines that are not in the list of what is overdue."""
    return tuple(line for line in lines if not line.is_overdue)
