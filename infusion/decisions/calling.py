"""Who was called and who came: help, prescriber, emergency."""

from datetime import datetime

from infusion.commands import Accepted, Decision, Refused
from infusion.configuration import ClinicConfiguration
from infusion.interventions import commands as c
from infusion.interventions.effects import emergencies, is_emergency, open_help
from infusion.interventions.events import (
    EmergencyBegun,
    EmergencyEnded,
    EmergencyStamped,
    HelpCalled,
    HelpEnded,
    PrescriberAnswered,
    PrescriberCalled,
)
from infusion.session import Session


def call_help(
    session: Session, command: c.CallHelp, at: datetime, _: ClinicConfiguration
) -> Decision:
    """Once; whoever presses again is told since when it is called."""
    waiting = open_help(session)
    if waiting is not None:
        return Refused(
            reason=f"help is called since {waiting.at:%H:%M:%S} UTC", what_to_do="end it first"
        )
    event = HelpCalled(session=session.id, at=at, by=command.by)
    return Accepted(events=(event,))


def end_help(
    session: Session, command: c.EndHelp, at: datetime, _: ClinicConfiguration
) -> Decision:
    """Of what was called."""
    if open_help(session) is None:
        return Refused(reason="nobody called for help", what_to_do="go on")
    event = HelpEnded(session=session.id, at=at, by=command.by)
    return Accepted(events=(event,))


def call_prescriber(
    session: Session, command: c.CallPrescriber, at: datetime, _: ClinicConfiguration
) -> Decision:
    """Whom."""
    if not command.prescriber.strip():
        return Refused(reason="who was called?", what_to_do="enter the prescriber's name")
    event = PrescriberCalled(
        session=session.id,
        at=at,
        by=command.by,
        prescriber=command.prescriber.strip(),
        about=command.about.strip(),
    )
    return Accepted(events=(event,))


def chart_answer(
    session: Session, command: c.ChartAnswer, at: datetime, _: ClinicConfiguration
) -> Decision:
    """Of whom; that nobody called before does not matter."""
    if not command.prescriber.strip():
        return Refused(reason="who answered?", what_to_do="enter the prescriber's name")
    event = PrescriberAnswered(
        session=session.id,
        at=at,
        by=command.by,
        prescriber=command.prescriber.strip(),
        words=command.words.strip(),
    )
    return Accepted(events=(event,))


def begin_emergency(
    session: Session, command: c.BeginEmergency, at: datetime, _: ClinicConfiguration
) -> Decision:
    """One at a time."""
    if is_emergency(session):
        since = emergencies(session)[-1].since
        return Refused(
            reason=f"the emergency began at {since:%H:%M:%S} UTC", what_to_do="stamp what is done"
        )
    event = EmergencyBegun(session=session.id, at=at, by=command.by)
    return Accepted(events=(event,))


def stamp(
    session: Session, command: c.StampEmergency, at: datetime, _: ClinicConfiguration
) -> Decision:
    """Whatever is done, in words of the list or others; stamps may be added afterwards."""
    if not emergencies(session):
        return Refused(reason="there is no emergency", what_to_do="begin it first")
    if not command.what.strip():
        return Refused(reason="what was done?", what_to_do="choose or enter it")
    event = EmergencyStamped(session=session.id, at=at, by=command.by, what=command.what.strip())
    return Accepted(events=(event,))


def end_emergency(
    session: Session, command: c.EndEmergency, at: datetime, _: ClinicConfiguration
) -> Decision:
    """Not before it began."""
    if not is_emergency(session):
        return Refused(reason="there is no emergency", what_to_do="go on")
    if at < emergencies(session)[-1].since:
        return Refused(reason="it ended before it began", what_to_do="check the time")
    event = EmergencyEnded(session=session.id, at=at, by=command.by)
    return Accepted(events=(event,))
