"""Discharge, leaving before ready, cancelling."""

from datetime import datetime, timedelta

from infusion import commands as c
from infusion.commands import Accepted, Decision, Refused
from infusion.configuration import ClinicConfiguration
from infusion.schedule import stay_s
from infusion.session import Session, running_devices
from infusion.session_events import (
    Discharged,
    InfusionEndedEarly,
    LeftBeforeReady,
    PeoplesEvent,
    SessionCancelled,
)
from vocabulary.states import SessionState


def discharge(
    session: Session, command: c.Discharge, at: datetime, configuration: ClinicConfiguration
) -> Decision:
    """With an escort, all criteria met, and the least stay since the last drug over."""
    refused = _refuse_running(session)
    if refused is not None:
        return refused
    if command.unmet:
        return Refused(
            reason=f"not yet, because: {'; '.join(command.unmet)}",
            what_to_do="wait, or record that the patient left before ready",
        )
    if not command.escort.strip():
        return Refused(reason="no escort is named", what_to_do="enter who takes the patient home")
    stops = [t for t in (session.drug_stopped_at, command.drug_until) if t is not None]
    ready_at = max(stops) + timedelta(seconds=stay_s(session, configuration))
    if at < ready_at:
        return Refused(
            reason=f"the stay after the last drug ends at {ready_at:%H:%M} UTC",
            what_to_do="wait, or record that the patient left before ready",
        )
    event = Discharged(session=session.id, at=at, by=command.by, escort=command.escort)
    return Accepted(events=(event,))


def leave(
    session: Session, command: c.LeaveBeforeReady, at: datetime, _: ClinicConfiguration
) -> Decision:
    """The patient is gone; what was done about it."""
    refused = _refuse_running(session)
    if refused is not None:
        return refused
    if not command.reason.strip() or not command.prescriber_told.strip():
        return Refused(
            reason="leaving before ready needs a reason and which prescriber was told",
            what_to_do="enter both",
        )
    stopped_at = session.drug_stopped_at
    if stopped_at is not None and at < stopped_at:
        return Refused(
            reason=f"the pump delivered until {stopped_at:%H:%M:%S} UTC, later than that",
            what_to_do="enter when the patient left",
        )
    events: list[PeoplesEvent] = []
    if session.state is SessionState.PAUSED:
        events.append(
            InfusionEndedEarly(session=session.id, at=at, by=command.by, reason=command.reason)
        )
    events.append(
        LeftBeforeReady(
            session=session.id,
            at=at,
            by=command.by,
            reason=command.reason,
            is_iv_removed=command.is_iv_removed,
            escort=command.escort,
            prescriber_told=command.prescriber_told,
            call_back=command.call_back,
        )
    )
    return Accepted(events=tuple(events))


def cancel(
    session: Session, command: c.CancelSession, at: datetime, _: ClinicConfiguration
) -> Decision:
    """Only before any drug, and not while a pump runs for whatever reason."""
    refused = _refuse_running(session)
    if refused is not None:
        return refused
    if not command.reason.strip():
        return Refused(reason="cancelling needs a reason", what_to_do="enter the reason")
    event = SessionCancelled(session=session.id, at=at, by=command.by, reason=command.reason)
    return Accepted(events=(event,))


def _refuse_running(session: Session) -> Refused | None:
    running = sorted(running_devices(session))
    if not running:
        return None
    return Refused(
        reason=f"{', '.join(running)} still delivers",
        what_to_do="stop at the pump first",
    )
