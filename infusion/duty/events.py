"""What people did about duty in a ward: past tense, frozen, each with who and when (UTC)."""

from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

import msgspec

from infusion.patient import AccountId, Person
from vocabulary.ids import BedId, DeviceId, WardId


class WardDeed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What every deed has that concerns a ward and no single session."""

    ward: WardId
    at: datetime
    by: Person


class DutyBegun(WardDeed, frozen=True, kw_only=True, tag=True):
    """`by` is on duty in the ward."""


class DutyEnded(WardDeed, frozen=True, kw_only=True, tag=True):
    """`by` is on duty no longer. `reason`: why chairs were left with nobody, if any were.

    `who`: somebody else who had forgotten to; None: `by`.
    """

    reason: str = ""
    who: AccountId | None = None


class PumpRead(msgspec.Struct, frozen=True, kw_only=True):
    """What a pump showed to whoever took the chair: mL/h and mL, and whether that was ordered."""

    bed: BedId
    device: DeviceId
    rate_ml_h: Decimal
    volume_ml: Decimal
    is_as_ordered: bool


class ChairsTaken(WardDeed, frozen=True, kw_only=True, tag=True):
    """`by` answers for these beds from `at` on, and has read the pumps that run there."""

    beds: tuple[BedId, ...]
    pumps: tuple[PumpRead, ...] = ()


DutyEvent: TypeAlias = DutyBegun | DutyEnded | ChairsTaken
