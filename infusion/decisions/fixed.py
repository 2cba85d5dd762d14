"""The devices that a bed has by configuration, as events of a session that comes to it."""

from datetime import datetime

from infusion import commands as c
from infusion.configuration import ClinicConfiguration
from infusion.session import Session
from infusion.session_events import AssociationBasis, DeviceAssociated
from vocabulary.ids import BedId, DeviceId, WardId


def fixed_devices(
    session: Session,
    command: c.BeginPreparation | c.MoveToBed,
    at: datetime,
    configuration: ClinicConfiguration,
) -> tuple[DeviceAssociated, ...] | None:
    """Their associations; None if the ward has no such bed.

    A device that was never heard is of no known kind; it is associated by hand once it is.
    """
    devices = devices_of_bed(session.plan.ward, command.bed, configuration)
    if devices is None:
        return None
    kinds = configuration.sessions.two_person.device_kinds
    return tuple(
        DeviceAssociated(
            session=session.id,
            at=at,
            by=command.by,
            device=device,
            kind=kind,
            basis=AssociationBasis.FIXED,
            needs_second=kind in kinds,
        )
        for device in devices
        if (kind := command.kinds.get(device)) is not None
    )


def devices_of_bed(
    ward: WardId, bed: BedId, configuration: ClinicConfiguration
) -> tuple[DeviceId, ...] | None:
    """The devices fixed to a bed; None if there is no such bed."""
    for plan in configuration.wards:
        if plan.ward == ward:
            return next((b.devices for b in plan.beds if b.bed == bed), None)
    return None
