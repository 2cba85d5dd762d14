"""Observations: saved once, whole or with reasons, and never over somebody's head."""

from datetime import datetime, timedelta

from infusion.commands import Accepted, Decision, Refused
from infusion.configuration import ClinicConfiguration
from infusion.observations import commands as c
from infusion.observations.events import (
    Basis,
    ObservationsRecorded,
    ObservedItem,
)
from infusion.observations.evidence import Evidence
from infusion.observations.rules import ObservationRules, ObservationSet
from infusion.observations.values import fault_of, is_asked, none_of
from infusion.patient import Person
from infusion.safety_screen import with_screen
from infusion.schedule import plan_of, schedule_of
from infusion.session import Session


def record(
    session: Session,
    command: c.RecordObservations,
    at: datetime,
    configuration: ClinicConfiguration,
    now: datetime,
) -> Decision:
    """A form, unless something in it cannot be, is open, or was entered by another meanwhile."""
    rules = configuration.observations
    refused = (
        refuse_time(session, at)
        or _refuse_form(session, command, rules)
        or refuse_values(command.observed, command.by, rules, command.set)
        or _refuse_absences(session, command, at, rules)
        or _refuse_open(command, rules)
        or _refuse_overwriting(session, command, rules)
    )
    if refused is not None:
        return refused
    observed = with_screen(command.observed, at, configuration.scores.cssrs)
    is_paper = bool(command.paper_reason.strip())
    event = ObservationsRecorded(
        session=session.id,
        at=at,
        by=command.by,
        observation=command.observation,
        set=command.set,
        observed=observed,
        not_observed=command.not_observed,
        due_at=command.due_at,
        late_s=_late_s(session, command, at, configuration),
        judged_by=command.judged_by.strip(),
        entered_at=now if is_paper else None,
        paper_reason=command.paper_reason.strip(),
    )
    return Accepted(events=(event,))


def refuse_time(session: Session, at: datetime) -> Refused | None:
    """Nothing is observed before the patient took the chair, or after they left."""
    took_it_at = session.stays[0].interval.since
    if at < took_it_at:
        return Refused(
            reason=f"the patient took the chair at {took_it_at:%H:%M:%S} UTC, later than that",
            what_to_do="enter when it was seen",
        )
    if session.closed is not None and at > session.closed.at:
        return Refused(
            reason=f"the patient left at {session.closed.at:%H:%M:%S} UTC, before that",
            what_to_do="enter when it was seen",
        )
    return None


def _refuse_form(
    session: Session, command: c.RecordObservations, rules: ObservationRules
) -> Refused | None:
    if any(o.observation == command.observation for o in session.observations):
        return Refused(reason="this form is saved already", what_to_do="close it")
    if rules.find_set(command.set) is None:
        return Refused(reason=f"there is no set {command.set!r}", what_to_do="reload the page")
    if not command.observed and not command.not_observed:
        return Refused(reason="nothing was entered", what_to_do="enter what you see")
    names = [entry.item for entry in command.observed]
    names += [missing.item for missing in command.not_observed]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        return Refused(reason=f"{twice} was entered twice", what_to_do="reload the page")
    return None


def refuse_values(
    observed: tuple[ObservedItem, ...], by: Person, rules: ObservationRules, form: str
) -> Refused | None:
    """Each value is possible, of somebody who may tell, and came about as it says."""
    found = rules.find_set(form)
    for entry in observed:
        item = rules.find_item(entry.item)
        if item is None:
            return Refused(reason=f"there is no item {entry.item!r}", what_to_do="reload the page")
        if item.roles and by.role not in item.roles:
            return Refused(
                reason=f"{item.text}: {by.role.value} may not answer",
                what_to_do=f"ask a {' or '.join(role.value for role in item.roles)}",
            )
        fault = fault_of(item, entry.value) or _fault_of_basis(entry, rules, found)
        if fault:
            return Refused(reason=fault, what_to_do="enter it again")
    return None


def _fault_of_basis(
    entry: ObservedItem, rules: ObservationRules, form: ObservationSet | None
) -> str:
    """Why a value cannot have come about so: nothing fills in what a person judges."""
    item = rules.find_item(entry.item)
    if item is None:
        return ""
    is_from_device = entry.basis is Basis.DEVICE or entry.offered is not None
    if item.is_judged and (is_from_device or entry.basis is Basis.TYPED):
        return f"{item.text} is judged by a person, never filled in"
    if not item.is_judged and entry.basis in {Basis.JUDGED, Basis.NONE_OF_THESE}:
        return f"{item.text} is a device's value, or typed"
    if entry.basis is Basis.DEVICE and (
        entry.offered is None or entry.offered.value != entry.value
    ):
        return f"{item.text} is not what the device said"
    if entry.basis is Basis.NONE_OF_THESE:
        covers = () if form is None else form.none_of_these
        if entry.item not in covers or entry.value != none_of(item):
            return f'"none of these" does not say that of {item.text}'
    return ""


def _refuse_absences(
    session: Session, command: c.RecordObservations, at: datetime, rules: ObservationRules
) -> Refused | None:
    for missing in command.not_observed:
        item = rules.find_item(missing.item)
        reason = rules.find_absence(missing.reason)
        if item is None or reason is None:
            return Refused(
                reason=f"{missing.item} cannot be left out for {missing.reason!r}",
                what_to_do="choose one of the reasons",
            )
        if missing.item in reason.never_for and _is_here(session, at):
            return Refused(
                reason=f"{reason.text.lower()} does not excuse {item.text} before discharge",
                what_to_do="rouse the patient and look",
            )
        if reason.needs_words and not missing.words.strip():
            return Refused(
                reason=f"{item.text} was left out without a reason", what_to_do="enter the reason"
            )
    return None


def _is_here(session: Session, at: datetime) -> bool:
    return session.closed is None or at <= session.closed.at


def _refuse_open(command: c.RecordObservations, rules: ObservationRules) -> Refused | None:
    """Partial: what the check asks for and a person judges is entered, or left out for a reason."""
    form = rules.find_set(command.set)
    wanted = command.due_items or (() if form is None else form.asked)
    said = {entry.item: entry.value for entry in command.observed}
    given = {*said, *(missing.item for missing in command.not_observed)}
    left = [
        item.text
        for name in wanted
        if (item := rules.find_item(name)) is not None and item.is_judged and name not in given
        if is_asked(item, said)
    ]
    if not left:
        return None
    return Refused(
        reason=f"open: {', '.join(left)}", what_to_do="enter it, or why it was not observed"
    )


def _refuse_overwriting(
    session: Session, command: c.RecordObservations, rules: ObservationRules
) -> Refused | None:
    """Whether somebody entered one of these items since the form was opened."""
    mine = {entry.item for entry in command.observed}
    mine.update(missing.item for missing in command.not_observed)
    for other in reversed(session.observations[command.seen :]):
        theirs = [entry.item for entry in other.observed]
        theirs += [missing.item for missing in other.not_observed]
        both = [name for name in theirs if name in mine]
        if both:
            what = ", ".join(_text_of(name, rules) for name in both)
            return Refused(
                reason=f"{other.by.printed_name} entered {what} of {other.at:%H:%M:%S} UTC "
                "since you opened this form",
                what_to_do="look at both, then save yours as well, or close it",
            )
    return None


def _text_of(name: str, rules: ObservationRules) -> str:
    item = rules.find_item(name)
    return name if item is None else item.text


def _late_s(
    session: Session,
    command: c.RecordObservations,
    at: datetime,
    configuration: ClinicConfiguration,
) -> float:
    """How long after its time, if the shortest window of what was due is over.

    A check that only the ward knows of (after a rate increase) has the window of closer checks.
    """
    due_at = command.due_at
    if due_at is None:
        return 0.0
    wanted = set(command.due_items) or {entry.item for entry in command.observed}
    schedule = schedule_of(session, Evidence(), at, configuration)
    closer = timedelta(seconds=plan_of(session, configuration).closer.window_s)
    ends = (d.slot.ends_at for d in schedule.items if d.item in wanted and d.slot.due_at == due_at)
    is_late = at > min(ends, default=due_at + closer)
    return (at - due_at).total_seconds() if is_late else 0.0
