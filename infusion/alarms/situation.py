"""What is known of a bed besides its numbers: who is in the chair, what was ordered, which devices.

All of it changes seldom. It is handed to the engine whole, whenever a part of it changes.
"""

from datetime import datetime
from enum import Enum

import msgspec

from infusion.conflicts import Conflict
from infusion.device import Device
from infusion.patient import AccountId
from vocabulary.alarms import LimitedMeasure
from vocabulary.ids import BootId, DeviceId, SessionId
from vocabulary.states import DeviceKind, DeviceLink, SessionState


class CuffLimb(str, Enum):
    """Whether the cuff sits on the limb with the oximeter."""

    UNKNOWN = "unknown"
    SAME = "same"
    OTHER = "other"


class OrderFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The order that holds, as pumps are compared with it.

    `rate_ml_h`: the rate that should run: that of the order, or the one explained last.
    `ordered_min`: None unless the minutes end the infusion. `most_*`: the hard limits of the drug,
    None where it has none. `soft_*`: its soft limits, None where the order is beyond them.
    """

    drug: str
    concentration_mg_ml: float
    weight_kg: float
    rate_ml_h: float
    ordered_mg: float | None
    ordered_min: float | None = None
    most_ml_h: float | None = None
    most_mg: float | None = None
    most_min: float | None = None
    soft_mg: float | None = None
    soft_min: float | None = None


class DeviceFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A device of the bed, without what changes with each message.

    `boot`: the current one. `has_rival`: another device speaks under its name.
    """

    device: DeviceId
    kind: DeviceKind | None
    link: DeviceLink
    link_since: datetime
    boot: BootId | None = None
    clock_offset_s: float | None = None
    battery_percent: float | None = None
    on_mains: bool | None = None
    missing: int = 0
    quarantined_per_min: int = 0
    has_rival: bool = False


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """Who is on duty; `responsible` for this bed."""

    responsible: AccountId | None = None
    nurses: tuple[AccountId, ...] = ()
    prescribers: tuple[AccountId, ...] = ()

    @property
    def is_anybody(self) -> bool:
        """Whether somebody is on duty at all."""
        return self.responsible is not None or bool(self.nurses) or bool(self.prescribers)


class OverdueCheck(msgspec.Struct, frozen=True, kw_only=True):
    """A check that waits to be done, and when it was due (UTC); it may still lie ahead."""

    what: str
    due_at: datetime


class SecondDue(msgspec.Struct, frozen=True, kw_only=True):
    """A device that a second person has to confirm until `due_at` (UTC)."""

    device: DeviceId
    due_at: datetime


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """A bed as alarms see it; `phase` is None with nobody in the chair.

    `own_devices`: the session's. `unconfirmed`: pumps that run and nobody said what for.
    `not_drug`: pumps whose run was explained as priming or flush. `pause_said_at`: when a person
    confirmed a pause or an end that still stands. `open_steps`: of the preparation, while a pump
    runs. `has_symptoms`, `asks_to_stop`: the patient told so a short while ago. `is_feed_up`: False
    while no device of the ward can be heard, for a reason of its own.
    """

    session: SessionId | None = None
    phase: SessionState | None = None
    phase_since: datetime | None = None
    baseline: dict[LimitedMeasure, float] = {}
    order: OrderFacts | None = None
    own_devices: tuple[DeviceId, ...] = ()
    unconfirmed: tuple[DeviceId, ...] = ()
    not_drug: tuple[DeviceId, ...] = ()
    pause_said_at: datetime | None = None
    open_steps: tuple[str, ...] = ()
    second_due: tuple[SecondDue, ...] = ()
    checks: tuple[OverdueCheck, ...] = ()
    scores: dict[LimitedMeasure, float] = {}
    cuff_limb: CuffLimb = CuffLimb.UNKNOWN
    has_symptoms: bool = False
    asks_to_stop: bool = False
    is_emergency: bool = False
    conflicts: tuple[Conflict, ...] = ()
    devices: tuple[DeviceFacts, ...] = ()
    duty: Duty = Duty()
    is_feed_up: bool = True


def device_facts(device: Device, missing: int = 0, quarantined_per_min: int = 0) -> DeviceFacts:
    """What alarms need to know of a device, with what ingest noticed of its messages."""
    return DeviceFacts(
        device=device.device,
        kind=device.kind,
        link=device.link,
        link_since=device.link_since,
        boot=device.boot,
        clock_offset_s=device.clock_offset_s,
        battery_percent=device.battery_percent,
        on_mains=device.on_mains,
        missing=missing,
        quarantined_per_min=quarantined_per_min,
        has_rival=device.rival_at is not None,
    )


class DoseNow(msgspec.Struct, frozen=True, kw_only=True):
    """What the session was given up to a reading of its pump.

    `given_mg`: None if it is not known. `ends_in_s`: until the order is fulfilled at this rate.
    `mg_ml`, `worked_out_at` (UTC), `taken`: how it goes on from here: what the pump holds, since
    when only its counter was added, and how many events of the session were known then.
    """

    given_mg: float | None
    running_s: float
    ends_in_s: float | None = None
    mg_ml: float | None = None
    worked_out_at: datetime | None = None
    taken: int = 0
