"""Associating, loading, confirming, correcting and releasing devices."""

from datetime import datetime

from infusion import commands as c
from infusion.association import Association, find
from infusion.commands import Accepted, Decision, Refused
from infusion.configuration import ClinicConfiguration
from infusion.decisions.seconding import refuse_recalculation
from infusion.session import Session, running_devices
from infusion.session_events import (
    AssociationBasis,
    AssociationConfirmed,
    AssociationConfirmedAlone,
    AssociationCorrected,
    DeviceAssociated,
    DeviceReleased,
    PeoplesEvent,
    SyringeLoaded,
)
from vocabulary.ids import DeviceId
from vocabulary.states import DeviceKind, SessionState

_UNDER_WAY = frozenset({SessionState.INFUSING, SessionState.PAUSED})


def associate(
    session: Session, command: c.AssociateDevice, at: datetime, configuration: ClinicConfiguration
) -> Decision:
    """A device from `at` on; in an emergency for another one, to be confirmed soon after."""
    refused = _refuse_associating(session, command, at)
    if refused is not None:
        return refused
    events: list[PeoplesEvent] = []
    replaced = None if command.replaces is None else find(session.associations, command.replaces)
    if replaced is not None and replaced.device not in running_devices(session):
        # one that still delivers stays the session's: what it gives is counted, and alarmed
        events.append(
            DeviceReleased(session=session.id, at=at, by=command.by, device=replaced.device)
        )
    basis = AssociationBasis.BY_HAND
    if command.is_swap:
        basis = AssociationBasis.EMERGENCY_SWAP
    elif command.is_manual:
        basis = AssociationBasis.NO_CONNECTION
    events.append(
        DeviceAssociated(
            session=session.id,
            at=at,
            by=command.by,
            device=command.device,
            kind=command.kind,
            basis=basis,
            needs_second=command.kind in configuration.sessions.two_person.device_kinds,
        )
    )
    return Accepted(events=tuple(events))


def _refuse_associating(
    session: Session, command: c.AssociateDevice, at: datetime
) -> Refused | None:
    return (
        _refuse_taken(session, command)
        or _refuse_before_the_chair(session, at)
        or _refuse_swap(session, command, at)
        or _refuse_manual(command)
    )


def _refuse_taken(session: Session, command: c.AssociateDevice) -> Refused | None:
    if _standing(session, command.device) is not None:
        return Refused(
            reason=f"{command.device} is this session's already",
            what_to_do="confirm or release it",
        )
    if command.held_by not in (None, session.id) and not command.is_swap:
        return Refused(
            reason=f"{command.device} belongs to another session",
            what_to_do="release it there first",
        )
    return None


def _refuse_swap(session: Session, command: c.AssociateDevice, at: datetime) -> Refused | None:
    if command.is_swap and session.state not in _UNDER_WAY:
        return Refused(
            reason="a swap is an emergency of a running or paused infusion",
            what_to_do="associate it as usual",
        )
    if command.replaces is None:
        return None
    if _standing(session, command.replaces) is None:
        return _not_ours(command.replaces)
    return refuse_earlier_release(session, command.replaces, at)


def _refuse_manual(command: c.AssociateDevice) -> Refused | None:
    if command.is_manual and command.kind is not DeviceKind.PUMP:
        return Refused(
            reason="only a pump is charted by hand", what_to_do="associate it without 'manual'"
        )
    if command.is_manual and command.is_swap:
        return Refused(
            reason="a pump without a connection is no emergency swap by itself",
            what_to_do="associate it as manual and have it confirmed",
        )
    return None


def load_syringe(
    session: Session, command: c.LoadSyringe, at: datetime, _: ClinicConfiguration
) -> Decision:
    """A new syringe or bag in one of the session's pumps; it waits for a second person."""
    held = _standing(session, command.device)
    if held is None:
        return _not_ours(command.device)
    if held.kind is not DeviceKind.PUMP:
        return Refused(
            reason=f"{command.device} is no pump", what_to_do="choose the pump that holds it"
        )
    if not command.volume_ml.is_finite() or command.volume_ml <= 0:
        return Refused(
            reason=f"{command.volume_ml} mL cannot be in a syringe",
            what_to_do="enter the volume in mL",
        )
    event = SyringeLoaded(
        session=session.id,
        at=at,
        by=command.by,
        device=command.device,
        drug=command.drug,
        concentration=command.concentration,
        volume_ml=command.volume_ml,
        is_emergency=command.is_swap and session.state in _UNDER_WAY,
    )
    return Accepted(events=(event,))


def confirm(
    session: Session, command: c.ConfirmDevice, at: datetime, _: ClinicConfiguration
) -> Decision:
    """A second person, who did not set the device up."""
    held = _unconfirmed(session, command.device)
    if isinstance(held, Refused):
        return held
    if command.by.account in held.first_persons:
        return Refused(
            reason=f"{command.by.printed_name} set up {command.device}",
            what_to_do="a second person confirms, by name and PIN",
        )
    event = AssociationConfirmed(session=session.id, at=at, by=command.by, device=command.device)
    return Accepted(events=(event,))


def confirm_alone(
    session: Session,
    command: c.ConfirmDeviceAlone,
    at: datetime,
    configuration: ClinicConfiguration,
) -> Decision:
    """Nobody is there: a reason and an independent recalculation, for the exception list."""
    held = _unconfirmed(session, command.device)
    if isinstance(held, Refused):
        return held
    refused = refuse_recalculation(
        session.order, command.reason, command.recalculated_ml_h, configuration.sessions
    )
    if refused is not None:
        return refused
    event = AssociationConfirmedAlone(
        session=session.id,
        at=at,
        by=command.by,
        device=command.device,
        reason=command.reason,
        recalculated_ml_h=command.recalculated_ml_h,
    )
    return Accepted(events=(event,))


def correct(
    session: Session,
    command: c.CorrectAssociation,
    at: datetime,
    configuration: ClinicConfiguration,
) -> Decision:
    """What was really so from a past time; the other session is corrected by its own command."""
    if not command.reason.strip():
        return Refused(reason="a correction needs a reason", what_to_do="enter the reason")
    if command.since > at:
        return Refused(
            reason="a correction begins in the past", what_to_do="enter when it really began"
        )
    refused = _refuse_before_the_chair(session, command.since) if command.is_ours else None
    if refused is not None:
        return refused
    if not command.is_ours and find(session.associations, command.device) is None:
        return _not_ours(command.device)
    until = command.until
    if session.closed is not None:  # nothing of a session that is over goes on
        until = session.closed.at if until is None else min(until, session.closed.at)
    if until is not None and until <= command.since:
        return Refused(
            reason="the correction ends before it begins", what_to_do="enter a later end"
        )
    event = AssociationCorrected(
        session=session.id,
        at=at,
        by=command.by,
        device=command.device,
        kind=command.kind,
        is_ours=command.is_ours,
        needs_second=command.kind in configuration.sessions.two_person.device_kinds,
        since=command.since,
        until=until,
        reason=command.reason,
    )
    return Accepted(events=(event,))


def release(
    session: Session, command: c.ReleaseDevice, at: datetime, _: ClinicConfiguration
) -> Decision:
    """Not while it delivers."""
    if _standing(session, command.device) is None:
        return _not_ours(command.device)
    if command.device in running_devices(session):
        return still_delivers(command.device)
    refused = refuse_earlier_release(session, command.device, at)
    if refused is not None:
        return refused
    event = DeviceReleased(session=session.id, at=at, by=command.by, device=command.device)
    return Accepted(events=(event,))


def _standing(session: Session, device: DeviceId) -> Association | None:
    held = find(session.associations, device)
    return held if held is not None and held.is_standing else None


def _unconfirmed(session: Session, device: DeviceId) -> Association | Refused:
    held = _standing(session, device)
    if held is None:
        return _not_ours(device)
    if held.is_confirmed:
        return Refused(reason=f"nothing about {device} is unconfirmed", what_to_do="go on")
    return held


def _not_ours(device: DeviceId) -> Refused:
    return Refused(reason=f"{device} is not this session's", what_to_do="associate it first")


def still_delivers(device: DeviceId) -> Refused:
    """That a pump has to be stopped first, by hand."""
    return Refused(reason=f"{device} still delivers", what_to_do="pause at the pump, then confirm")


def refuse_earlier_release(session: Session, device: DeviceId, at: datetime) -> Refused | None:
    """A release never takes away what the device delivered to this patient; a correction may."""
    stops = [run.stopped_at for run in session.runs if run.device == device]
    last = max((stop for stop in stops if stop is not None), default=None)
    if last is not None and at < last:
        return Refused(
            reason=f"{device} delivered until {last:%H:%M:%S} UTC, later than that",
            what_to_do="enter a later time, or correct the association",
        )
    return None


def _refuse_before_the_chair(session: Session, since: datetime) -> Refused | None:
    took_it_at = session.stays[0].interval.since if session.stays else None
    if took_it_at is not None and since < took_it_at:
        return Refused(
            reason=f"the patient took the chair at {took_it_at:%H:%M:%S} UTC, later than that",
            what_to_do="what a device told before that is another patient's",
        )
    return None
