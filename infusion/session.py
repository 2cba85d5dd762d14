"""A session as it stands: what follows from everything that happened to it.

The state follows from people's events and from what the pumps did, and is never set: an infusion
starts, pauses and ends by what the pump reports. `infusion.fold` makes a session from its events;
what people may do now is decided in `infusion.decisions`.
"""

from datetime import datetime, timedelta

import msgspec

from infusion import association
from infusion.association import Associations, Interval, OpenConfirmation
from infusion.care_events import HandoverGiven
from infusion.configuration import SessionRules
from infusion.events import CheckFellOverdue
from infusion.interventions.events import Intervention
from infusion.observations.events import (
    MissedChecksExplained,
    NoteWritten,
    ObservationAmended,
    ObservationsRecorded,
    ProfileChosen,
    ScheduleLaidOut,
)
from infusion.observations.observed import Observed
from infusion.order import Order
from infusion.patient import Indication, Patient
from infusion.runs import DeviceFact, PumpRun
from infusion.session_events import (
    AssociationConfirmedAlone,
    AssociationCorrected,
    BaselineFrozen,
    Discharged,
    InfusionEndedEarly,
    LeftBeforeReady,
    MadeReadyForSignOff,
    ManualDeliveryCharted,
    OrderGiven,
    PatientIdentified,
    PauseConfirmed,
    PreparationAnswered,
    PreparationConfirmed,
    PreparationConfirmedAlone,
    PumpRunExplained,
    RateChangeExplained,
    SessionCancelled,
    SessionPlanned,
    StartHeld,
    StartOverridden,
)
from infusion.sign_off_events import (
    AlarmsReviewed,
    DrugDrawn,
    DrugReconciled,
    GapsExplained,
    WasteWitnessed,
)
from infusion.signature_events import LateDataArrived, SessionSigned, Signature
from vocabulary.ids import BedId, DeviceId, SessionId
from vocabulary.states import SessionState


class Stay(msgspec.Struct, frozen=True, kw_only=True):
    """A bed (or chair) that was the session's, and when."""

    bed: BedId
    interval: Interval


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a session. Times UTC.

    `state`, `runs` and `observed` follow from the rest. `facts` holds every device fact that was
    handed in, its own or not; `taken` counts all events. `exceptions`: what was confirmed by
    nobody else. `corrections_answered`: so many of the corrections after the seal are
    covered by an addendum.
    """

    plan: SessionPlanned
    state: SessionState = SessionState.PLANNED
    taken: int = 1
    stays: tuple[Stay, ...] = ()
    identified: PatientIdentified | None = None
    orders: tuple[OrderGiven, ...] = ()
    answers: dict[str, PreparationAnswered] = {}
    baseline: BaselineFrozen | None = None
    held: StartHeld | None = None
    overridden: StartOverridden | None = None
    ready: PreparationConfirmed | PreparationConfirmedAlone | None = None
    associations: Associations = ()
    exceptions: tuple[PreparationConfirmedAlone | AssociationConfirmedAlone, ...] = ()
    corrections: tuple[AssociationCorrected, ...] = ()
    facts: tuple[DeviceFact, ...] = ()
    charted: tuple[ManualDeliveryCharted, ...] = ()
    explained: tuple[PumpRunExplained, ...] = ()
    rate_changes: tuple[RateChangeExplained, ...] = ()
    runs: tuple[PumpRun, ...] = ()
    last_pause: PauseConfirmed | None = None
    last_early_end: InfusionEndedEarly | None = None
    closed: Discharged | LeftBeforeReady | SessionCancelled | None = None
    laid_out: ScheduleLaidOut | None = None
    profile_chosen: ProfileChosen | None = None
    overdue: tuple[CheckFellOverdue, ...] = ()
    observations: tuple[ObservationsRecorded, ...] = ()
    amendments: tuple[ObservationAmended, ...] = ()
    observed: Observed = Observed()
    explained_checks: tuple[MissedChecksExplained, ...] = ()
    interventions: tuple[Intervention, ...] = ()
    notes: tuple[NoteWritten, ...] = ()
    drawn: tuple[DrugDrawn, ...] = ()
    reconciled: tuple[DrugReconciled, ...] = ()
    witnessed: tuple[WasteWitnessed, ...] = ()
    gaps_explained: tuple[GapsExplained, ...] = ()
    alarms_reviewed: tuple[AlarmsReviewed, ...] = ()
    made_ready: MadeReadyForSignOff | None = None
    signed: SessionSigned | None = None
    signatures: tuple[Signature, ...] = ()
    late: tuple[LateDataArrived, ...] = ()
    corrected_since_sealed: tuple[AssociationCorrected, ...] = ()
    corrections_answered: int = 0
    home_answers: dict[str, bool] = {}
    handovers: tuple[HandoverGiven, ...] = ()

    @property
    def id(self) -> SessionId:
        """Its name."""
        return self.plan.session

    @property
    def patient(self) -> Patient:
        """Whose it is."""
        return self.plan.patient

    @property
    def indication(self) -> Indication:
        """What it is for."""
        return self.plan.indication

    @property
    def bed(self) -> BedId | None:
        """The bed that is the patient's now; None before and after."""
        return next((s.bed for s in self.stays if s.interval.until is None), None)

    @property
    def order(self) -> Order | None:
        """The order that holds."""
        return self.orders[-1].order if self.orders else None

    @property
    def drug_runs(self) -> tuple[PumpRun, ...]:
        """The runs that count as drug: infusions, and what nobody explained."""
        return tuple(run for run in self.runs if run.is_drug)

    @property
    def has_drug(self) -> bool:
        """Whether the patient got any drug, by all that is known."""
        return any(run.is_drug for run in self.runs)

    @property
    def started_at(self) -> datetime | None:
        """When the first drug went in: t = 0 of the session."""
        return next((run.began_at for run in self.runs if run.is_drug), None)

    @property
    def drug_stopped_at(self) -> datetime | None:
        """When the last drug stopped; None while it runs, or before any.

        A flow that keeps the vein open after the end is not in here: segments tell it.
        """
        stops = [run.stopped_at for run in self.drug_runs]
        known = [stop for stop in stops if stop is not None]
        return max(known) if known and len(known) == len(stops) else None

    @property
    def pause(self) -> PauseConfirmed | None:
        """The pause that a person confirmed, as long as the pump has not run again since."""
        return self.last_pause if self._stands(self.last_pause) else None

    @property
    def early_end(self) -> InfusionEndedEarly | None:
        """The early end that holds, as long as the pump has not run again since."""
        return self.last_early_end if self._stands(self.last_early_end) else None

    def _stands(self, word: PauseConfirmed | InfusionEndedEarly | None) -> bool:
        return word is not None and all(run.began_at <= word.at for run in self.drug_runs)


def devices_of(session: Session, at: datetime) -> tuple[DeviceId, ...]:
    """The devices that are the session's at a moment, as corrected."""
    return association.devices_at(session.associations, at)


def bed_at(session: Session, at: datetime) -> BedId | None:
    """The bed that is the session's at a moment."""
    return next((s.bed for s in session.stays if s.interval.contains(at)), None)


def unconfirmed_runs(session: Session) -> tuple[PumpRun, ...]:
    """Runs of which nobody said what they are for: `PUMP RUNNING, NOT CONFIRMED`."""
    return tuple(run for run in session.runs if run.kind is None)


def running_devices(session: Session) -> frozenset[DeviceId]:
    """The pumps that deliver now."""
    return frozenset(run.device for run in session.runs if run.is_running)


def still_running(session: Session, now: datetime, rules: SessionRules) -> tuple[PumpRun, ...]:
    """The runs that go on although a person confirmed their pause or end: `STILL RUNNING`."""
    words = [word for word in (session.pause, session.early_end) if word is not None]
    if not words:
        return ()
    said_at = min(word.at for word in words)
    if now < said_at + timedelta(seconds=rules.still_running_after_s):
        return ()
    return tuple(run for run in session.drug_runs if run.is_running)


def waiting_for_second(session: Session, rules: SessionRules) -> tuple[OpenConfirmation, ...]:
    """The devices that a second person has to confirm, and until when."""
    return association.open_confirmations(
        session.associations, running_devices(session), rules.two_person
    )
