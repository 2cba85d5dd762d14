"""What people may ask of a session: imperative, frozen. `infusion.decisions` answers them.

`by` is who is logged in (or gave name and PIN); `at` when it happened if that was before now.
What only the ward knows (who holds a bed or a device, which kind a device is) a command states as
the screen that sends it knows it.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

import msgspec

from infusion.answers import Answer
from infusion.baseline import BaselineReading
from infusion.dose import Concentration
from infusion.order import Order
from infusion.patient import Identifier, Indication, Patient, Person
from infusion.session_events import ManualStep, PeoplesEvent, PumpRunKind
from infusion.weight import DosingWeight
from vocabulary.ids import BedId, DeviceId, SessionId, WardId
from vocabulary.states import DeviceKind


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be appended to the session, in this order."""

    events: tuple[PeoplesEvent, ...]


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """Why not, and what to do instead. Nothing changes."""

    reason: str
    what_to_do: str


Decision: TypeAlias = Accepted | Refused


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """What every command has. `at`: when it happened, UTC; None: now."""

    by: Person
    at: datetime | None = None


class PlanSession(Command, frozen=True, kw_only=True):
    """Plan a session. `last_drug_at`: when the patient's last infusion started, if any did."""

    session: SessionId
    patient: Patient
    indication: Indication
    ward: WardId
    planned_for: datetime
    last_drug_at: datetime | None = None


class BeginPreparation(Command, frozen=True, kw_only=True):
    """The patient takes a chair. `occupied_by`: whose it is; `kinds`: of the devices there."""

    bed: BedId
    kinds: Mapping[DeviceId, DeviceKind]
    occupied_by: SessionId | None = None


class IdentifyPatient(Command, frozen=True, kw_only=True):
    """What the patient stated, or the wristband showed, to be compared with the plan."""

    stated: Mapping[Identifier, str]


class GiveOrder(Command, frozen=True, kw_only=True):
    """Give an order, or take down a verbal one.

    `reasons`: one for each thing told about it, in that order. `last_weight`: of the last session.
    """

    order: Order
    is_verbal: bool = False
    was_read_back: bool = False
    reasons: tuple[str, ...] = ()
    last_weight: DosingWeight | None = None


class AnswerPreparation(Command, frozen=True, kw_only=True):
    """Answer a preparation item, or answer it anew."""

    item: str
    answer: Answer


class FreezeBaseline(Command, frozen=True, kw_only=True):
    """Freeze the baseline from these readings. `reason`: why another takes its place."""

    readings: tuple[BaselineReading, ...]
    reason: str = ""


class OverrideHold(Command, frozen=True, kw_only=True):
    """Let the start go on although the pressure holds it."""

    reason: str


class ConfirmPreparation(Command, frozen=True, kw_only=True):
    """Everything is ready; `by` is the second person."""


class ConfirmPreparationAlone(Command, frozen=True, kw_only=True):
    """Nobody is there to be second: why, and the starting rate recalculated, mL/h."""

    reason: str
    recalculated_ml_h: Decimal


class AssociateDevice(Command, frozen=True, kw_only=True):
    """A device is this session's. `held_by`: the session it belongs to now.

    `is_swap`: in an emergency, for `replaces`. `is_manual`: a pump without a connection.
    """

    device: DeviceId
    kind: DeviceKind
    held_by: SessionId | None = None
    is_swap: bool = False
    replaces: DeviceId | None = None
    is_manual: bool = False


class LoadSyringe(Command, frozen=True, kw_only=True):
    """A new syringe or bag is in a pump, with that many mL."""

    device: DeviceId
    drug: str
    concentration: Concentration
    volume_ml: Decimal
    is_swap: bool = False


class ConfirmDevice(Command, frozen=True, kw_only=True):
    """A device is right; `by` is the second person."""

    device: DeviceId


class ConfirmDeviceAlone(Command, frozen=True, kw_only=True):
    """Nobody is there to confirm a device: why, and the starting rate recalculated, mL/h."""

    device: DeviceId
    reason: str
    recalculated_ml_h: Decimal


class CorrectAssociation(Command, frozen=True, kw_only=True):
    """From `since` (until `until`) a device was, or was not, this session's."""

    device: DeviceId
    kind: DeviceKind
    is_ours: bool
    since: datetime
    reason: str
    until: datetime | None = None


class CorrectSealedAssociation(CorrectAssociation, frozen=True, kw_only=True):
    """What the correction of another session means for one that is signed: it is worked out anew.

    What is sealed stays as it is; an addendum is waited for.
    """


class ReleaseDevice(Command, frozen=True, kw_only=True):
    """A device is this session's no longer."""

    device: DeviceId


class ExplainPumpRun(Command, frozen=True, kw_only=True):
    """What the run of a pump that began at `began_at` was for."""

    device: DeviceId
    began_at: datetime
    kind: PumpRunKind


class ExplainRateChange(Command, frozen=True, kw_only=True):
    """Why the rate was changed at the pump at `changed_at`."""

    device: DeviceId
    changed_at: datetime
    reason: str


class ConfirmPause(Command, frozen=True, kw_only=True):
    """The infusion is paused at the pump, and why."""

    reason: str


class EndInfusionEarly(Command, frozen=True, kw_only=True):
    """The infusion is not to go on, and why."""

    reason: str


class ChartManualDelivery(Command, frozen=True, kw_only=True):
    """What a pump without a connection did: rate from then on, and what its display shows, mL."""

    device: DeviceId
    step: ManualStep
    rate_ml_h: Decimal
    volume_ml: Decimal


class MoveToBed(Command, frozen=True, kw_only=True):
    """The patient changes chairs. `occupied_by`, `kinds`: as for `BeginPreparation`."""

    bed: BedId
    reason: str
    kinds: Mapping[DeviceId, DeviceKind]
    occupied_by: SessionId | None = None


class Discharge(Command, frozen=True, kw_only=True):
    """The patient goes home. `drug_until`: the last delivery by the segments, KVO included.

    `unmet`: the criteria that are not met.
    """

    escort: str
    drug_until: datetime | None = None
    unmet: tuple[str, ...] = ()


class LeaveBeforeReady(Command, frozen=True, kw_only=True):
    """The patient left although the criteria are not met."""

    reason: str
    is_iv_removed: bool
    escort: str
    prescriber_told: str
    call_back: str


class CancelSession(Command, frozen=True, kw_only=True):
    """The session does not take place."""

    reason: str
