"""A patient changes chairs: devices fixed to the old one stay there, all others come along."""

from datetime import datetime

from infusion import commands as c
from infusion.commands import Accepted, Decision, Refused
from infusion.configuration import ClinicConfiguration
from infusion.decisions.devices import refuse_earlier_release, still_delivers
from infusion.decisions.fixed import fixed_devices
from infusion.session import Session, running_devices
from infusion.session_events import (
    AssociationBasis,
    DeviceAssociated,
    DeviceReleased,
    PeoplesEvent,
    SessionMovedToBed,
)
from vocabulary.ids import DeviceId


def move(
    session: Session, command: c.MoveToBed, at: datetime, configuration: ClinicConfiguration
) -> Decision:
    """To a free chair, not while a pump that stays behind delivers."""
    refused = _refuse_move(session, command, at) or _refuse_leaving_behind(session, at)
    if refused is not None:
        return refused
    fixed = fixed_devices(session, command, at, configuration)
    if fixed is None:
        return Refused(
            reason=f"ward {session.plan.ward} has no bed {command.bed!r}",
            what_to_do="choose one of the ward's beds",
        )
    return Accepted(events=_moving(session, command, at, fixed))


def _refuse_move(session: Session, command: c.MoveToBed, at: datetime) -> Refused | None:
    if not command.reason.strip():
        return Refused(reason="changing chairs needs a reason", what_to_do="enter the reason")
    if command.bed == session.bed:
        return Refused(
            reason="the patient is in that chair already", what_to_do="choose another chair"
        )
    if command.occupied_by not in (None, session.id):
        return Refused(
            reason=f"{command.bed} is another patient's", what_to_do="choose another chair"
        )
    if session.stays and at < session.stays[-1].interval.since:
        return Refused(
            reason="the patient took the chair later than that", what_to_do="enter a later time"
        )
    return None


def _refuse_leaving_behind(session: Session, at: datetime) -> Refused | None:
    for device in _staying(session):
        if device in running_devices(session):
            return still_delivers(device)
        refused = refuse_earlier_release(session, device, at)
        if refused is not None:
            return refused
    return None


def _staying(session: Session) -> tuple[DeviceId, ...]:
    return tuple(
        held.device
        for held in session.associations
        if held.is_standing and held.basis is AssociationBasis.FIXED
    )


def _moving(
    session: Session,
    command: c.MoveToBed,
    at: datetime,
    fixed: tuple[DeviceAssociated, ...],
) -> tuple[PeoplesEvent, ...]:
    moved = SessionMovedToBed(
        session=session.id, at=at, by=command.by, bed=command.bed, reason=command.reason
    )
    staying = _staying(session)
    released = [
        DeviceReleased(session=session.id, at=at, by=command.by, device=device)
        for device in staying
    ]
    standing = {held.device for held in session.associations if held.is_standing}
    arriving = [event for event in fixed if event.device not in standing - set(staying)]
    return (moved, *released, *arriving)
