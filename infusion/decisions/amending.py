"""Around the observations: what was wrong, what was missed, notes, another schedule."""

from datetime import datetime

from infusion.commands import Accepted, Decision, Refused
from infusion.configuration import ClinicConfiguration
from infusion.decisions.observing import refuse_time, refuse_values
from infusion.observations import commands as c
from infusion.observations.events import (
    MissedChecksExplained,
    NoteWritten,
    ObservationAmended,
    ObservationsRecorded,
    ProfileChosen,
)
from infusion.safety_screen import screen_change
from infusion.schedule import plan_of
from infusion.session import Session


def amend(
    session: Session, command: c.AmendObservation, at: datetime, configuration: ClinicConfiguration
) -> Decision:
    """A new entry beside the old one, with the reason."""
    recorded = next((o for o in session.observations if o.observation == command.observation), None)
    if recorded is None:
        return Refused(reason="there is no such observation", what_to_do="reload the page")
    if not command.reason.strip():
        return Refused(reason="an amendment needs a reason", what_to_do="enter the reason")
    if not command.observed and not command.withdrawn and command.seen_at is None:
        return Refused(reason="nothing was changed", what_to_do="change what is wrong")
    refused = refuse_values(
        command.observed, command.by, configuration.observations, recorded.set
    ) or _refuse_withdrawing(session, command, recorded)
    if refused is None and command.seen_at is not None:
        refused = refuse_time(session, command.seen_at)
        if refused is None and command.seen_at > at:
            refused = Refused(reason="that is in the future", what_to_do="enter when it was seen")
    if refused is not None:
        return refused
    held = {
        e.item: e.value for e in session.observed.entries if e.observation == recorded.observation
    }
    observed, withdrawn = screen_change(
        held, command.observed, command.withdrawn, configuration.scores.cssrs, at
    )
    event = ObservationAmended(
        session=session.id,
        at=at,
        by=command.by,
        observation=command.observation,
        observed=observed,
        withdrawn=withdrawn,
        reason=command.reason.strip(),
        seen_at=command.seen_at,
    )
    return Accepted(events=(event,))


def write_note(
    session: Session, command: c.WriteNote, at: datetime, _: ClinicConfiguration
) -> Decision:
    """A person's own words."""
    if not command.text.strip():
        return Refused(reason="the note is empty", what_to_do="write it")
    event = NoteWritten(session=session.id, at=at, by=command.by, text=command.text.strip())
    return Accepted(events=(event,))


def explain_missed(
    session: Session, command: c.ExplainMissedChecks, at: datetime, _: ClinicConfiguration
) -> Decision:
    """One reason for all of them."""
    if not command.checks or any(check.due_at > at for check in command.checks):
        return Refused(
            reason="that is no missed check", what_to_do="reload the page and choose the checks"
        )
    if not command.reason.strip():
        return Refused(reason="a missed check needs a reason", what_to_do="enter the reason")
    event = MissedChecksExplained(
        session=session.id,
        at=at,
        by=command.by,
        checks=command.checks,
        reason=command.reason.strip(),
    )
    return Accepted(events=(event,))


def choose_profile(
    session: Session, command: c.ChooseProfile, at: datetime, configuration: ClinicConfiguration
) -> Decision:
    """Another schedule than the one that holds; only before the start, which lays it out."""
    if configuration.schedule.find_profile(command.profile) is None:
        return Refused(
            reason=f"there is no schedule {command.profile!r}", what_to_do="reload the page"
        )
    if plan_of(session, configuration).profile == command.profile:
        return Refused(reason="that schedule holds already", what_to_do="go on")
    if not command.reason.strip():
        return Refused(reason="another schedule needs a reason", what_to_do="enter the reason")
    event = ProfileChosen(
        session=session.id,
        at=at,
        by=command.by,
        profile=command.profile,
        reason=command.reason.strip(),
    )
    return Accepted(events=(event,))


def _refuse_withdrawing(
    session: Session, command: c.AmendObservation, recorded: ObservationsRecorded
) -> Refused | None:
    held = {e.item for e in session.observed.entries if e.observation == recorded.observation}
    for name in command.withdrawn:
        if name not in held or name in {entry.item for entry in command.observed}:
            return Refused(
                reason=f"{name} cannot be withdrawn: it is not there", what_to_do="reload the page"
            )
    return None
