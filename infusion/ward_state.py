"""All that the rules know of the wards they serve, and the clinic's configuration beside it."""

from datetime import datetime

import msgspec

from infusion.bed import Bed
from infusion.configuration import ClinicConfiguration
from infusion.device import Device
from infusion.session import Session
from vocabulary.ids import BedId, DeviceId, SessionId, WardId


class StreamState(msgspec.Struct, frozen=True, kw_only=True):
    """All that the rules know: how far the stream was taken up, devices, beds, open sessions.

    `now`: the moment of the last input. `acts_upto`: the place in the record of the last act of a
    person that was taken up. A device is known by its id throughout the clinic; beds by ward and
    bed. Sessions that were signed or cancelled are not here any more.
    """

    position: int = 0
    now: datetime | None = None
    acts_upto: int = 0
    devices: dict[DeviceId, Device] = {}
    wards: dict[WardId, dict[BedId, Bed]] = {}
    sessions: dict[SessionId, Session] = {}


class Places:
    """Which bed a device stands at, by configuration."""

    def __init__(self, clinic: ClinicConfiguration) -> None:
        self._bed_of = {
            device: (ward.ward, bed.bed)
            for ward in clinic.wards
            for bed in ward.beds
            for device in bed.devices
        }
        self._devices_at = {
            (ward.ward, bed.bed): bed.devices for ward in clinic.wards for bed in ward.beds
        }

    def of(self, ward: WardId, device: DeviceId) -> BedId | None:
        """The bed of `ward` at which `device` stands; None if it is not assigned there."""
        place = self._bed_of.get(device)
        return place[1] if place is not None and place[0] == ward else None

    def at(self, ward: WardId, bed: BedId) -> tuple[DeviceId, ...]:
        """The devices that stand at a bed."""
        return self._devices_at.get((ward, bed), ())


class Rules:
    """A clinic's configuration and what follows from it alone."""

    def __init__(self, clinic: ClinicConfiguration) -> None:
        self.clinic = clinic
        self.places = Places(clinic)
