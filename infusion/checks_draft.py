"""The schedules of the open sessions while a batch is taken up, and what follows from them.

Looked at when something happened to a session, and at the moment from which its schedule would no
longer hold. What was laid out and what fell overdue is concluded once: the session tells what was.
"""

from datetime import datetime, timedelta

import msgspec

from infusion.chart import Chart
from infusion.events import CheckFellOverdue
from infusion.fold import take
from infusion.given import given_in
from infusion.happenings import Concluded
from infusion.observations.due import CheckStatus, in_order
from infusion.observations.evidence import Evidence, rate_steps
from infusion.observations.schedule_rules import Anchor
from infusion.pump import DeliveryPhase
from infusion.pump_facts import Flow
from infusion.schedule import Schedule, find_layout, has_schedule, schedule_of
from infusion.session import Session
from infusion.ward_state import Rules

_LATE = frozenset({CheckStatus.OVERDUE, CheckStatus.MISSED})


class CheckedSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session with what was concluded of its checks, and its schedule; None before the chair."""

    session: Session
    schedule: Schedule | None
    concluded: tuple[Concluded, ...] = ()


def check_session(
    session: Session, chart: Chart, now: datetime, cause: int | None, rules: Rules
) -> CheckedSession:
    """Work out what is due at `now`, and conclude what nobody has concluded yet."""
    if not has_schedule(session):
        return CheckedSession(session=session, schedule=None)
    evidence = evidence_of(session, chart, now, rules)
    concluded: list[Concluded] = []
    laid_out = find_layout(session, evidence, now, rules.clinic)
    if laid_out is not None:
        session = take(session, laid_out)
        concluded.append(laid_out)
    schedule = schedule_of(session, evidence, now, rules.clinic)
    for fallen in _fallen(session, schedule, now, cause):
        session = take(session, fallen)
        concluded.append(fallen)
    return CheckedSession(session=session, schedule=schedule, concluded=tuple(concluded))


def evidence_of(session: Session, chart: Chart, now: datetime, rules: Rules) -> Evidence:
    """What the devices of a session told by `now` (UTC), as far as its checks depend on it."""
    return Evidence(
        cuffs=chart.pressures,
        rate_steps=rate_steps(_rates(chart)),
        off_monitor=chart.unplugged,
        expected_end=_expected_end(session, chart, now, rules),
    )


def _expected_end(session: Session, chart: Chart, now: datetime, rules: Rules) -> datetime | None:
    """When the order will be fulfilled if it goes on as it went last; None: nobody can tell.

    A pump that is not heard any more is taken to run on; one that stands still, to run on from now.
    """
    if session.started_at is None:
        return None
    given = given_in(session, chart, now, rules.flow, rules.clinic)
    if given.planned_s is None:
        return None
    delivered = given.delivered
    heard_at = delivered.observed_at if delivered.phase is DeliveryPhase.RUNNING else None
    since = now if heard_at is None else heard_at
    return since + timedelta(seconds=given.planned_s - delivered.running_s)


def _rates(chart: Chart) -> dict[datetime, float]:
    """The rates of the infusion from each moment on, mL/h."""
    logs = [log for held in chart.logs.values() for log in held]
    rates = {
        stretch.begins: stretch.rate_ml_h
        for log in logs
        for stretch in log.stretches()
        if stretch.flow is Flow.INFUSING and stretch.rate_ml_h is not None
    }
    for log in logs:  # the newest fact begins a stretch that has no length yet
        last = log.last
        if last is not None and last.flow is Flow.INFUSING and last.rate_ml_h is not None:
            rates.setdefault(last.at, last.rate_ml_h)
    return rates


def _fallen(
    session: Session, schedule: Schedule, now: datetime, cause: int | None
) -> list[CheckFellOverdue]:
    """The checks whose window is over, and of which that was not concluded yet, by their time."""
    told = {(item, word.due_at) for word in session.overdue for item in word.items}
    late: dict[datetime, list[str]] = {}
    for due in in_order(schedule.items):
        slot = due.slot
        is_baseline = slot.anchor is Anchor.BASELINE
        if due.status in _LATE and not is_baseline and (due.item, slot.due_at) not in told:
            late.setdefault(slot.due_at, []).append(due.item)
    return [
        CheckFellOverdue(
            ward=session.plan.ward,
            at=now,
            cause=cause,
            session=session.id,
            bed=session.bed,
            items=tuple(items),
            due_at=due_at,
        )
        for due_at, items in sorted(late.items())
    ]
