"""What people did at a session: past tense, frozen, each with who and when.

`at` is when it happened, which may be before it was entered; when that was is in the record.
Conclusions that rules draw from devices are in `infusion.events`. All times are aware UTC.
"""

from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import TypeAlias

import msgspec

from infusion.answers import Answer
from infusion.baseline import BaselineReading, BaselineValue, CuffPressure
from infusion.care_events import CareEvent
from infusion.deeds import Deed, SessionEvent
from infusion.dose import Concentration
from infusion.interventions.events import Intervention
from infusion.observations.events import ObservationEvent
from infusion.order import Order
from infusion.patient import Identifier, Indication, Patient
from infusion.sign_off_events import SignOffEvent
from infusion.signature_events import SignatureEvent
from vocabulary.ids import BedId, DeviceId, WardId
from vocabulary.states import DeviceKind


class SessionPlanned(Deed, frozen=True, kw_only=True, tag=True):
    """A session was planned. `last_drug_at`: start of the patient's last infusion, if any."""

    patient: Patient
    indication: Indication
    ward: WardId
    planned_for: datetime
    last_drug_at: datetime | None = None


class PreparationBegun(Deed, frozen=True, kw_only=True, tag=True):
    """The patient took the chair (or bed); from here on it is theirs."""

    bed: BedId


class PatientIdentified(Deed, frozen=True, kw_only=True, tag=True):
    """The patient stated these identifiers, and they were those of the plan."""

    stated: tuple[Identifier, ...]


class OrderKind(str, Enum):
    """How an order came to be."""

    INITIAL = "initial"
    CHANGED = "changed"
    VERBAL = "verbal"


class ExplainedFinding(msgspec.Struct, frozen=True, kw_only=True):
    """What was told about an order, and the reason for which it was given nevertheless."""

    told: str
    reason: str


class OrderGiven(Deed, frozen=True, kw_only=True, tag=True):
    """An order holds from `at` on.

    A verbal one was taken down by `by` in the words of the order's prescriber, and read back.
    """

    kind: OrderKind
    order: Order
    was_read_back: bool = False
    explained: tuple[ExplainedFinding, ...] = ()


class PreparationAnswered(Deed, frozen=True, kw_only=True, tag=True):
    """A preparation item was answered; a later answer to the same takes its place."""

    item: str
    answer: Answer


class BaselineFrozen(Deed, frozen=True, kw_only=True, tag=True):
    """The baseline holds for the whole session. `reason`: why it took the place of another."""

    values: tuple[BaselineValue, ...]
    readings: tuple[BaselineReading, ...]
    reason: str = ""


class StartHeld(SessionEvent, frozen=True, kw_only=True, tag=True):
    """The pressure holds the start, concluded from these readings; nobody's deed."""

    readings: tuple[CuffPressure, ...]
    above_sys: float
    above_dia: float


class StartOverridden(Deed, frozen=True, kw_only=True, tag=True):
    """A prescriber let the start go on although it was held."""

    reason: str


class PreparationConfirmed(Deed, frozen=True, kw_only=True, tag=True):
    """A second person found everything ready: the infusion may be started at the pump."""


class PreparationConfirmedAlone(Deed, frozen=True, kw_only=True, tag=True):
    """Nobody was there to confirm; the first person recalculated the rate. An exception."""

    reason: str
    recalculated_ml_h: Decimal


class AssociationBasis(str, Enum):
    """Why a device is a session's."""

    FIXED = "fixed"
    BY_HAND = "by_hand"
    EMERGENCY_SWAP = "emergency_swap"
    NO_CONNECTION = "no_connection"


class DeviceAssociated(Deed, frozen=True, kw_only=True, tag=True):
    """From `at` on a device is this session's. NO_CONNECTION: charted by hand, marked manual.

    `needs_second`: the clinic wants a second person to confirm a device of this kind.
    """

    device: DeviceId
    kind: DeviceKind
    basis: AssociationBasis
    needs_second: bool


class SyringeLoaded(Deed, frozen=True, kw_only=True, tag=True):
    """A pump of the session holds a new syringe or bag, with that many mL."""

    device: DeviceId
    drug: str
    concentration: Concentration
    volume_ml: Decimal
    is_emergency: bool = False


class AssociationConfirmed(Deed, frozen=True, kw_only=True, tag=True):
    """A second person confirmed a pump: patient, drug, concentration, rate, weight."""

    device: DeviceId


class AssociationConfirmedAlone(Deed, frozen=True, kw_only=True, tag=True):
    """Nobody was there to confirm a pump; the rate was recalculated. An exception."""

    device: DeviceId
    reason: str
    recalculated_ml_h: Decimal


class AssociationCorrected(Deed, frozen=True, kw_only=True, tag=True):
    """From `since` until `until` (None: on and on) a device was, or was not, this session's."""

    device: DeviceId
    kind: DeviceKind
    is_ours: bool
    needs_second: bool
    since: datetime
    until: datetime | None
    reason: str


class DeviceReleased(Deed, frozen=True, kw_only=True, tag=True):
    """From `at` on a device is no longer this session's."""

    device: DeviceId


class PumpRunKind(str, Enum):
    """What a pump ran for."""

    INFUSION = "infusion"
    PRIMING = "priming"
    FLUSH = "flush"


class PumpRunExplained(Deed, frozen=True, kw_only=True, tag=True):
    """A person said what the run of a pump, which began at `began_at`, was for."""

    device: DeviceId
    began_at: datetime
    kind: PumpRunKind


class RateChangeExplained(Deed, frozen=True, kw_only=True, tag=True):
    """Why the rate was changed at the pump at `changed_at`."""

    device: DeviceId
    changed_at: datetime
    reason: str


class PauseConfirmed(Deed, frozen=True, kw_only=True, tag=True):
    """A person paused the infusion at the pump, and said why."""

    reason: str


class InfusionEndedEarly(Deed, frozen=True, kw_only=True, tag=True):
    """The infusion is not to go on; the session goes on through recovery."""

    reason: str


class ManualStep(str, Enum):
    """What a pump without a connection did."""

    STARTED = "started"
    RATE_CHANGED = "rate_changed"
    PAUSED = "paused"
    RESUMED = "resumed"
    ENDED = "ended"


class ManualDeliveryCharted(Deed, frozen=True, kw_only=True, tag=True):
    """A person read from a pump without a connection what it did at `at`; marked manual.

    `rate_ml_h`: the rate from then on; `volume_ml`: what its display showed as delivered.
    """

    device: DeviceId
    step: ManualStep
    rate_ml_h: Decimal
    volume_ml: Decimal


class SessionMovedToBed(Deed, frozen=True, kw_only=True, tag=True):
    """The patient changed chairs."""

    bed: BedId
    reason: str


class Discharged(Deed, frozen=True, kw_only=True, tag=True):
    """The patient went home with an escort; the bed is free."""

    escort: str


class LeftBeforeReady(Deed, frozen=True, kw_only=True, tag=True):
    """The patient left at `at` before the criteria were met; the bed is free."""

    reason: str
    is_iv_removed: bool
    escort: str
    prescriber_told: str
    call_back: str


class SessionCancelled(Deed, frozen=True, kw_only=True, tag=True):
    """The session did not take place; there was no drug."""

    reason: str


class MadeReadyForSignOff(Deed, frozen=True, kw_only=True, tag=True):
    """Nothing was open any more."""


PeoplesEvent: TypeAlias = (
    SessionPlanned
    | PreparationBegun
    | PatientIdentified
    | OrderGiven
    | PreparationAnswered
    | BaselineFrozen
    | StartHeld
    | StartOverridden
    | PreparationConfirmed
    | PreparationConfirmedAlone
    | DeviceAssociated
    | SyringeLoaded
    | AssociationConfirmed
    | AssociationConfirmedAlone
    | AssociationCorrected
    | DeviceReleased
    | PumpRunExplained
    | RateChangeExplained
    | PauseConfirmed
    | InfusionEndedEarly
    | ManualDeliveryCharted
    | SessionMovedToBed
    | Discharged
    | LeftBeforeReady
    | SessionCancelled
    | MadeReadyForSignOff
    | SignOffEvent
    | ObservationEvent
    | Intervention
    | SignatureEvent
    | CareEvent
)
