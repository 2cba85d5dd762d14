"""What only the ward knows: which chairs are free, which devices there are, and whose they are.

Everything here blocks and may raise RecordUnavailable.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.context import Services
from dashboard.session_shelf import OpenSessions
from infusion.configuration import BedPlan
from infusion.device import Device
from infusion.session import Session
from vocabulary.ids import BedId, DeviceId, SessionId, WardId
from vocabulary.states import DeviceKind


@dataclass(frozen=True, slots=True)
class WardFacts:
    """A ward as the record has it at one moment."""

    ward: WardId
    beds: tuple[BedPlan, ...]
    sessions: OpenSessions
    devices: tuple[Device, ...]

    @property
    def kinds(self) -> Mapping[DeviceId, DeviceKind]:
        """What each device is, of those that said so."""
        return {d.device: d.kind for d in self.devices if d.kind is not None}

    def free_beds(self) -> tuple[BedPlan, ...]:
        """The chairs nobody sits in, in the order of the screen."""
        return tuple(b for b in self.beds if self.sessions.at_bed(self.ward, b.bed) is None)

    def occupied_by(self, bed: BedId) -> SessionId | None:
        """Whose chair it is."""
        session = self.sessions.at_bed(self.ward, bed)
        return None if session is None else session.id

    def held_by(self, device: DeviceId) -> SessionId | None:
        """Whose device it is."""
        session = self.sessions.holder(device)
        return None if session is None else session.id

    def unassigned(self) -> tuple[Device, ...]:
        """Devices that no session has and that are fixed to no bed, heard last first."""
        fixed = {device for bed in self.beds for device in bed.devices}
        found = [
            d
            for d in self.devices
            if d.device not in fixed and self.sessions.holder(d.device) is None
        ]
        return tuple(sorted(found, key=lambda d: (d.last_received_at is None, d.device)))

    def offered(self, session: Session, kind: DeviceKind | None = None) -> tuple[Device, ...]:
        """Devices that could become this session's: no other session has them."""
        return tuple(
            d
            for d in self.devices
            if (kind is None or d.kind is kind)
            and d.kind is not None
            and self.held_by(d.device) is None
            and d.device not in _standing(session)
        )


def ward_facts(parts: Services, ward: WardId) -> WardFacts:
    """The ward as it is now."""
    plan = parts.ward(ward)
    return WardFacts(
        ward=ward,
        beds=() if plan is None else plan.beds,
        sessions=parts.shelf.open(),
        devices=tuple(d for d in parts.record.load_devices() if d.ward == ward),
    )


def _standing(session: Session) -> frozenset[DeviceId]:
    return frozenset(a.device for a in session.associations if a.is_standing)
