"""Planning, taking a chair, identifying, answering, baseline and the hold."""

from datetime import datetime

from infusion import commands as c
from infusion.answers import fault_of
from infusion.baseline import medians, missing_readings, usable_readings
from infusion.commands import Accepted, Decision, Refused
from infusion.configuration import ClinicConfiguration
from infusion.decisions.fixed import fixed_devices
from infusion.patient import mismatches
from infusion.preparation import earliest_start, is_held, too_soon
from infusion.session import Session
from infusion.session_events import (
    BaselineFrozen,
    PatientIdentified,
    PreparationAnswered,
    PreparationBegun,
    SessionPlanned,
    StartOverridden,
)

_TWO = 2
"""A patient is identified by two identifiers (WHO patient safety solutions, 2007)."""


def plan(command: c.PlanSession, at: datetime, configuration: ClinicConfiguration) -> Decision:
    """Plan a session, not sooner after the last infusion than the hard minimum."""
    if command.by.role not in configuration.sessions.people.may_chart:
        return Refused(
            reason=f"{command.by.role.value} may not plan a session",
            what_to_do="ask a nurse or prescriber",
        )
    if command.ward not in {ward.ward for ward in configuration.wards}:
        return Refused(reason=f"there is no ward {command.ward!r}", what_to_do="choose a ward")
    event = SessionPlanned(
        session=command.session,
        at=at,
        by=command.by,
        patient=command.patient,
        indication=command.indication,
        ward=command.ward,
        planned_for=command.planned_for,
        last_drug_at=command.last_drug_at,
    )
    earliest = earliest_start(Session(plan=event), configuration)
    if earliest is not None and command.planned_for < earliest:
        return Refused(
            reason=too_soon(configuration),
            what_to_do=f"plan it for {earliest:%Y-%m-%d %H:%M} UTC or later",
        )
    return Accepted(events=(event,))


def begin(
    session: Session, command: c.BeginPreparation, at: datetime, configuration: ClinicConfiguration
) -> Decision:
    """The patient takes a chair, and with it the devices that are fixed there."""
    if command.occupied_by is not None and command.occupied_by != session.id:
        return Refused(
            reason=f"{command.bed} is another patient's",
            what_to_do="discharge that patient or choose another chair",
        )
    fixed = fixed_devices(session, command, at, configuration)
    if fixed is None:
        return Refused(
            reason=f"ward {session.plan.ward} has no bed {command.bed!r}",
            what_to_do="choose one of the ward's beds",
        )
    begun = PreparationBegun(session=session.id, at=at, by=command.by, bed=command.bed)
    return Accepted(events=(begun, *fixed))


def identify(
    session: Session, command: c.IdentifyPatient, at: datetime, _: ClinicConfiguration
) -> Decision:
    """Two identifiers at least, each the one of the plan."""
    stated = {kind: words for kind, words in command.stated.items() if words.strip()}
    if len(stated) < _TWO:
        return Refused(
            reason="a patient is identified by two identifiers",
            what_to_do="ask for name, date of birth or clinic number",
        )
    wrong = mismatches(session.patient, stated)
    if wrong:
        names = " and ".join(kind.value.replace("_", " ") for kind in wrong)
        return Refused(
            reason=f"{names} is not that of the planned patient",
            what_to_do="stop: check who this is, and choose that patient's session",
        )
    event = PatientIdentified(
        session=session.id, at=at, by=command.by, stated=tuple(sorted(stated))
    )
    return Accepted(events=(event,))


def answer(
    session: Session, command: c.AnswerPreparation, at: datetime, configuration: ClinicConfiguration
) -> Decision:
    """An answer of the item's kind, by somebody who may give it."""
    item = configuration.sessions.find_item(command.item)
    if item is None:
        return Refused(reason=f"there is no item {command.item!r}", what_to_do="reload the page")
    if item.roles and command.by.role not in item.roles:
        who = " or ".join(role.value for role in item.roles)
        return Refused(
            reason=f"{item.text}: {command.by.role.value} may not answer",
            what_to_do=f"ask a {who}",
        )
    fault = fault_of(item, command.answer, at)
    if fault:
        return Refused(reason=fault, what_to_do="answer it so")
    event = PreparationAnswered(
        session=session.id, at=at, by=command.by, item=item.item, answer=command.answer
    )
    return Accepted(events=(event,))


def freeze_baseline(
    session: Session, command: c.FreezeBaseline, at: datetime, configuration: ClinicConfiguration
) -> Decision:
    """From enough readings before the drug; another one needs a reason and no drug yet."""
    rules = configuration.sessions.baseline
    if session.baseline is not None:
        if session.has_drug:
            return Refused(
                reason="the baseline is frozen, and drug was given since",
                what_to_do="write a note; the baseline stays",
            )
        if not command.reason.strip():
            return Refused(
                reason="the baseline is frozen already", what_to_do="give a reason for another"
            )
    until = at if session.started_at is None else min(at, session.started_at)
    readings = usable_readings(command.readings, until, rules)
    missing = missing_readings(readings, rules)
    if missing:
        lacking = ", ".join(f"{m.value} ({count} more)" for m, count in missing.items())
        return Refused(
            reason=f"too few readings before the drug: {lacking}",
            what_to_do=f"take {rules.readings} of each within {rules.window_s / 60:g} min, "
            f"cuff readings {rules.cuff_apart_s / 60:g} min apart",
        )
    event = BaselineFrozen(
        session=session.id,
        at=at,
        by=command.by,
        values=medians(readings),
        readings=readings,
        reason=command.reason,
    )
    return Accepted(events=(event,))


def override_hold(
    session: Session, command: c.OverrideHold, at: datetime, _: ClinicConfiguration
) -> Decision:
    """A prescriber's reason to start although the pressure is high."""
    if not is_held(session):
        return Refused(reason="nothing holds the start", what_to_do="go on preparing")
    if not command.reason.strip():
        return Refused(reason="an override needs a reason", what_to_do="enter the reason")
    event = StartOverridden(session=session.id, at=at, by=command.by, reason=command.reason)
    return Accepted(events=(event,))
