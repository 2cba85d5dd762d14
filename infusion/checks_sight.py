"""What a bed shows of its checks and calls: what is due, who answers for it, who is wanted."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from infusion.configuration import ClinicConfiguration
from infusion.interventions.effects import emergencies, is_emergency, open_help
from infusion.observations.checks import Check
from infusion.observations.rules import ObservationRules
from infusion.patient import Person
from infusion.schedule import Schedule, checks_until
from infusion.session import Session


class ShownCheck(msgspec.Struct, frozen=True, kw_only=True):
    """A check in words. `set`: its form. `is_cuff`: a reading of the cuff does it alone."""

    what: str
    items: tuple[str, ...]
    set: str
    due_at: datetime
    is_overdue: bool
    is_cuff: bool


class ShownCall(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody is wanted since a moment (UTC); `by`: who called, a printed name or a screen."""

    since: datetime
    by: str


class ShownChecks(msgspec.Struct, frozen=True, kw_only=True):
    """What is due at a bed, as a screen shows it. Times UTC.

    `next`: what to do next. `checks`: what waits, and what falls due within minutes. `work_s`: how
    long a nurse needs for the checks of the next hour. Nothing is due during an emergency.
    """

    next: ShownCheck | None = None
    checks: tuple[ShownCheck, ...] = ()
    work_s: float = 0.0
    help: ShownCall | None = None
    emergency_since: datetime | None = None


def view_checks(
    session: Session, schedule: Schedule | None, now: datetime, clinic: ClinicConfiguration
) -> ShownChecks:
    """What the tile and the lists say of the checks of a session at `now` (UTC)."""
    rules, duty = clinic.observations, clinic.duty
    called = open_help(session)
    shown = ShownChecks(
        help=None if called is None else ShownCall(since=called.at, by=called.by.printed_name),
        emergency_since=emergencies(session)[-1].since if is_emergency(session) else None,
    )
    if schedule is None or schedule.next is None:
        return shown
    hour = checks_until(schedule, now + timedelta(seconds=duty.work_s), session, clinic)
    until = now + timedelta(seconds=duty.ahead_s)
    soon = tuple(_shown(check, rules) for check in hour if check.due_at <= until)
    work = (check.set for check in hour if not _is_cuff(check, rules))
    return msgspec.structs.replace(
        shown, next=_shown(schedule.next, rules), checks=soon, work_s=nurse_s(work, rules)
    )


def _shown(check: Check, rules: ObservationRules) -> ShownCheck:
    return ShownCheck(
        what=words_of(check, rules),
        items=check.items,
        set=check.set,
        due_at=check.due_at,
        is_overdue=check.is_overdue,
        is_cuff=_is_cuff(check, rules),
    )


def words_of(check: Check, rules: ObservationRules) -> str:
    """A check in words: the name of its form, or of what a device measures."""
    form = rules.find_set(check.set)
    if form is not None and not _is_cuff(check, rules):
        return form.label
    items = (rules.find_item(name) for name in check.items)
    return ", ".join(item.text for item in items if item is not None)


def _is_cuff(check: Check, rules: ObservationRules) -> bool:
    items = (rules.find_item(name) for name in check.items)
    return all(item is not None and not item.is_judged for item in items)


def short_name(person: Person) -> str:
    """A person's name as a tile has room for it: `Nora N.`."""
    first, *others = person.printed_name.split() or ["?"]
    return f"{first} {others[-1][0]}." if others else first


def nurse_s(sets: Iterable[str], rules: ObservationRules) -> float:
    """How long a nurse needs for these forms, seconds."""
    return sum(form.nurse_s for name in sets if (form := rules.find_set(name)) is not None)
