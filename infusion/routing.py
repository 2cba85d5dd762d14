"""Whose a device's word is: the sessions it belonged to when it was measured, else its bed's."""

from collections.abc import Mapping
from datetime import datetime

from infusion.association import find
from infusion.configuration import ClinicConfiguration
from infusion.session import Session
from vocabulary.ids import SELF_TEST_DEVICE, BedId, DeviceId, SessionId, WardId


class Places:
    """Which bed a device stands at, by configuration; `bed_of` has all of them."""

    def __init__(self, clinic: ClinicConfiguration) -> None:
        self.bed_of = {
            device: (ward.ward, bed.bed)
            for ward in clinic.wards
            for bed in ward.beds
            for device in bed.devices
        }
        self._first_bed = {ward.ward: ward.beds[0].bed for ward in clinic.wards}
        self._devices_at = {
            (ward.ward, bed.bed): bed.devices for ward in clinic.wards for bed in ward.beds
        }

    def of(self, ward: WardId, device: DeviceId) -> BedId | None:
        """The bed of `ward` at which `device` stands; None if it is not assigned there.

        The device of self-tests is heard at the first bed, and stands at none.
        """
        if device == SELF_TEST_DEVICE:
            return self._first_bed.get(ward)
        place = self.bed_of.get(device)
        return place[1] if place is not None and place[0] == ward else None

    def at(self, ward: WardId, bed: BedId) -> tuple[DeviceId, ...]:
        """The devices that stand at a bed."""
        return self._devices_at.get((ward, bed), ())


class Owners:
    """The sessions of each device, as they are associated in `sessions`; quick to ask.

    A device is heard in the ward in which it speaks, and in no other.
    """

    def __init__(self, sessions: Mapping[SessionId, Session]) -> None:
        self._sessions_of: dict[DeviceId, list[Session]] = {}
        for session in sessions.values():
            for held in session.associations:
                self._sessions_of.setdefault(held.device, []).append(session)

    def at(self, ward: WardId, device: DeviceId, at: datetime) -> list[SessionId]:
        """Those of `ward` to which it belonged at a moment (UTC).

        More than one is a conflict, and each hears it.
        """
        return [
            session.id
            for session in self._sessions_of.get(device, ())
            if session.plan.ward == ward
            and (held := find(session.associations, device)) is not None
            and held.stands_at(at)
        ]
