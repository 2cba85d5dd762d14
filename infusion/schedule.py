"""What is due at a session: every check, whether it was done, how late, and what comes next.

Pauses never stop or stretch the checks; they add some. A cuff reading completes the item of the
pressure. An item that was not done is missed once the next one of it could be done, and stays
overdue until it is done again. Nothing here is ever asked during an emergency.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import chain
from typing import Final

import msgspec

from infusion.configuration import ClinicConfiguration
from infusion.observations.checks import Check, checks_of, first_check, joined
from infusion.observations.closer import (
    Watch,
    concerns_of,
    findings_of,
    normal_sets_of,
    watches_of,
)
from infusion.observations.due import CheckStatus, Due, Judged, Told, in_order, judge
from infusion.observations.events import LaidOutCheck, ScheduleLaidOut
from infusion.observations.evidence import Evidence
from infusion.observations.layout import Course, lay_out
from infusion.observations.phases import Phase, Stretch, stretches_of
from infusion.observations.plan_times import times_of
from infusion.observations.schedule_rules import SchedulePlan
from infusion.patient import Indication
from infusion.scored import score_concerns
from infusion.session import Session
from vocabulary.states import SessionState

_A_MINUTE: Final = timedelta(minutes=1)


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """All that is due at a session, judged at `at` (UTC); `items` one after the other.

    `open`: what waits to be done, the longest first. `coming`: what is due after that. Both are
    empty during an emergency, and when the patient has left. `holds_until`: nothing changes before
    that unless something happens; None: nothing ever will.
    """

    at: datetime
    items: tuple[Due, ...]
    open: tuple[Check, ...]
    coming: Check | None
    is_suspended: bool
    holds_until: datetime | None

    @property
    def next(self) -> Check | None:
        """What to do next: what is open the longest, else what comes first."""
        return self.open[0] if self.open else self.coming

    @property
    def overdue(self) -> tuple[Check, ...]:
        """The open checks whose window is over."""
        return tuple(check for check in self.open if check.is_overdue)

    @property
    def missed(self) -> tuple[Due, ...]:
        """What was not done and nobody said why, in order of time."""
        return tuple(due for due in in_order(self.items) if due.status is CheckStatus.MISSED)


_NOT_ASKED: Final = frozenset({SessionState.PLANNED, SessionState.CANCELLED, SessionState.SIGNED})


def has_schedule(session: Session) -> bool:
    """Whether a session has checks at all: from when the patient takes the chair."""
    return session.state not in _NOT_ASKED


def plan_of(session: Session, configuration: ClinicConfiguration) -> SchedulePlan:
    """The plan that holds: as laid out at the start, by the chosen profile, or the usual one."""
    rules = configuration.schedule
    chosen = session.profile_chosen
    laid_out = session.laid_out
    if laid_out is not None and (chosen is None or chosen.profile == laid_out.plan.profile):
        return laid_out.plan
    if chosen is None:
        return usual_plan(session.indication, configuration)
    return rules.find_profile(chosen.profile) or rules.profiles[0]


def usual_plan(indication: Indication, configuration: ClinicConfiguration) -> SchedulePlan:
    """The plan that holds for an indication where nobody chose another."""
    rules = configuration.schedule
    return rules.find_profile(rules.profile_of[indication]) or rules.profiles[0]


def stay_s(session: Session, configuration: ClinicConfiguration) -> float:
    """The least stay after the last drug, seconds: the clinic's, or that of a longer profile."""
    plan = plan_of(session, configuration)
    return max(configuration.sessions.stay_after_drug_s, plan.recovery_s)


def schedule_of(
    session: Session, evidence: Evidence, now: datetime, configuration: ClinicConfiguration
) -> Schedule:
    """The schedule of a session at `now` (UTC)."""
    plan = plan_of(session, configuration)
    rules = configuration.observations
    course = course_of(session, evidence, now, configuration)
    watches = _watches(session, evidence, plan, course, configuration)
    times = times_of(plan)
    told = Told(session, evidence, rules)
    judged = [
        judge(item, slots, told, times, course)
        for item, slots in lay_out(plan, course, watches).items()
    ]
    items = tuple(chain.from_iterable(found.dues for found in judged))
    is_suspended = bool(told.emergencies) and told.emergencies[-1].until is None
    is_asked = not is_suspended and course.closed_at is None
    undone = [found.waits for found in judged if is_asked and found.waits is not None]
    ahead = [found.coming for found in judged if is_asked and found.coming is not None]
    return Schedule(
        at=now,
        items=items,
        open=checks_of(undone, now, plan, rules),
        coming=first_check(ahead, now, plan, rules),
        is_suspended=is_suspended,
        holds_until=_holds_until(judged, course),
    )


def _watches(
    session: Session,
    evidence: Evidence,
    plan: SchedulePlan,
    course: Course,
    configuration: ClinicConfiguration,
) -> tuple[Watch, ...]:
    """What is watched more closely, of pauses, findings, scores, interventions and rates."""
    rules, observed = configuration.observations, session.observed
    scored = score_concerns(session, plan.closer.scores, configuration)
    found = (*findings_of(observed, evidence.cuffs, rules), *scored)
    concerns = concerns_of(session, found, evidence.rate_steps)
    normal_sets: list[datetime] = []
    if concerns:
        high_at = {concern.at for concern in scored}
        sets = normal_sets_of(observed, evidence.cuffs, rules, plan.closer)
        normal_sets = [at for at in sets if at not in high_at]
    return watches_of(concerns, normal_sets, course.stretches, plan.closer)


def _holds_until(judged: Iterable[Judged], course: Course) -> datetime | None:
    """When something will be due, overdue or missed next, if nothing happens; None: never.

    While the end of the infusion moves with the time, what counts from it is looked at anew each
    minute.
    """
    if course.closed_at is not None:
        return None
    now = course.now
    moments = [found.changes_at for found in judged]
    if course.started_at is not None and not course.is_over:
        is_moving = course.expected_end <= now or course.stretches[-1].phase is Phase.PAUSED
        moments.append(now + _A_MINUTE if is_moving else course.expected_end)
    return min((at for at in moments if at is not None), default=None)


def checks_until(
    schedule: Schedule, until: datetime, session: Session, configuration: ClinicConfiguration
) -> tuple[Check, ...]:
    """What is open, and what falls due until then, as checks in order of time."""
    if schedule.coming is None:
        return schedule.open
    soon = [
        due
        for due in schedule.items
        if due.status is CheckStatus.AHEAD and due.slot.due_at <= until
    ]
    plan = plan_of(session, configuration)
    rules = configuration.observations
    return joined((*schedule.open, *checks_of(soon, schedule.at, plan, rules)), plan, rules)


def find_layout(
    session: Session, evidence: Evidence, now: datetime, configuration: ClinicConfiguration
) -> ScheduleLaidOut | None:
    """The schedule to be laid out, once: when the first drug has gone in."""
    if session.laid_out is not None or session.started_at is None:
        return None
    plan = plan_of(session, configuration)
    planned_end = session.started_at + _planned(session, configuration)
    course = msgspec.structs.replace(
        course_of(session, evidence, session.started_at, configuration),
        stretches=(Stretch(phase=Phase.INFUSING, since=session.started_at, until=None),),
        expected_end=planned_end,
        closed_at=None,
        rate_changes=(),
    )
    laid_out = sorted(
        (slot.due_at, item, slot.ends_at)
        for item, slots in lay_out(plan, course, ()).items()
        for slot in slots
    )
    return ScheduleLaidOut(
        session=session.id,
        at=now,
        config_version=configuration.version,
        plan=plan,
        planned_end=planned_end,
        checks=tuple(
            LaidOutCheck(item=item, due_at=due_at, window_s=(ends_at - due_at).total_seconds())
            for due_at, item, ends_at in laid_out
        ),
    )


def course_of(
    session: Session, evidence: Evidence, now: datetime, configuration: ClinicConfiguration
) -> Course:
    """What of a session the times of its checks depend on."""
    started_at = session.started_at
    stretches = stretches_of(session)
    expected_end = evidence.expected_end
    if expected_end is None:
        expected_end = (started_at or session.plan.planned_for) + _planned(session, configuration)
        expected_end += _paused_for(stretches, now)
    return Course(
        now=now,
        baseline_at=started_at or session.plan.planned_for,
        started_at=started_at,
        stretches=stretches,
        expected_end=max(expected_end, now) if started_at is not None else expected_end,
        closed_at=None if session.closed is None else session.closed.at,
        rate_changes=tuple(step.at for step in evidence.rate_steps),
    )


def _planned(session: Session, configuration: ClinicConfiguration) -> timedelta:
    """How long the infusion runs by its order; without an order as long as usual."""
    minutes = None if session.order is None else session.order.planned_min
    if minutes is None:
        return timedelta(seconds=configuration.planned_infusion_s)
    return timedelta(minutes=float(minutes))


def _paused_for(stretches: Iterable[Stretch], now: datetime) -> timedelta:
    pauses = (s for s in stretches if s.phase is Phase.PAUSED and s.since <= now)
    return sum((min(s.until or now, now) - s.since for s in pauses), timedelta(0))
