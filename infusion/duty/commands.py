"""What people may ask about duty in a ward: imperative, frozen."""

from collections.abc import Mapping

import msgspec

from infusion.commands import Command, Refused
from infusion.duty.events import DutyEvent, PumpRead
from infusion.patient import AccountId
from vocabulary.ids import BedId, DeviceId


class DutyAccepted(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be appended to the ward, in this order."""

    events: tuple[DutyEvent, ...]


DutyDecision = DutyAccepted | Refused


class BeginDuty(Command, frozen=True, kw_only=True):
    """Be on duty."""


class EndDuty(Command, frozen=True, kw_only=True):
    """Be on duty no longer. `reason`: why chairs are left. `who`: another who forgot to."""

    reason: str = ""
    who: AccountId | None = None


class TakeChairs(Command, frozen=True, kw_only=True):
    """Answer for these beds. `running`: the pumps that deliver there, as the screen knows them."""

    beds: tuple[BedId, ...]
    running: Mapping[BedId, tuple[DeviceId, ...]]
    pumps: tuple[PumpRead, ...] = ()
