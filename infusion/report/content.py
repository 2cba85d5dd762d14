"""Everything that is shown of one session: on the page, on paper, in every export.

`infusion.report.build` makes it; whoever shows it changes no number. Times are aware UTC.
"""

import hashlib
from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

from infusion.answers import Answer
from infusion.association import Interval
from infusion.completeness import Coverage
from infusion.drug_account import DrugAccount
from infusion.observations.events import ProfileChosen
from infusion.patient import Indication, Patient, Person
from infusion.report.devices import DeviceLine
from infusion.report.dose import DoseGiven, RateChangeLine, SegmentLine
from infusion.report.rows import (
    AlarmLine,
    CheckCounts,
    CriterionLine,
    InterventionLine,
    ObservationLine,
    ScoreLine,
)
from infusion.report.trend import CuffLine, TrendLine
from infusion.session import Stay
from infusion.session_events import (
    AssociationConfirmedAlone,
    AssociationCorrected,
    BaselineFrozen,
    Discharged,
    InfusionEndedEarly,
    LeftBeforeReady,
    OrderGiven,
    PatientIdentified,
    PreparationConfirmed,
    PreparationConfirmedAlone,
    PumpRunExplained,
    SessionCancelled,
    StartHeld,
    StartOverridden,
)
from infusion.sign_off_events import AlarmsReviewed, AlarmVerdict, Gap
from infusion.signature_events import AddendumWritten, LateDataArrived
from infusion.signature_line import SignatureLine
from vocabulary.alarms import AlarmPriority
from vocabulary.ids import SessionId, WardId
from vocabulary.states import SessionState, StopReason

CONTENT_FORMAT: Final = "hourglass-session-report/4"
"""What the sealed bytes are; it changes whenever the same session would give other bytes."""
_LACKED: Final = {
    "hourglass-session-report/2": frozenset({"protocol", "words_without_run"}),
    "hourglass-session-report/3": frozenset({"words_without_run"}),
}
"""What the formats before did not seal: a session keeps the format it was signed in."""


def format_of(signed_in: str) -> str:
    """The format of a report: the one that its session was signed in, else (empty) of today."""
    return signed_in if signed_in in _LACKED else CONTENT_FORMAT


class ProtocolLine(msgspec.Struct, frozen=True, kw_only=True):
    """By which profile of the clinic's protocol a session was checked, and who chose it.

    `chosen`: None where it is the usual one of the indication. `config_version`: of the
    configuration by which the checks were laid out; empty if they were not.
    """

    profile: str
    label: str
    recovery_s: float
    config_version: str = ""
    chosen: ProfileChosen | None = None


class AnswerLine(msgspec.Struct, frozen=True, kw_only=True):
    """A question of the preparation and its answer."""

    item: str
    text: str
    answer: Answer
    by: Person
    at: datetime


class Preparation(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked, held and confirmed before the start."""

    answers: tuple[AnswerLine, ...]
    baseline: BaselineFrozen | None
    held: StartHeld | None
    overridden: StartOverridden | None
    confirmed: PreparationConfirmed | PreparationConfirmedAlone | None
    exceptions: tuple[PreparationConfirmedAlone | AssociationConfirmedAlone, ...]


class PauseLine(msgspec.Struct, frozen=True, kw_only=True):
    """A pause; what the pump said of it, and the person's reason (empty if nobody said)."""

    begins: datetime
    ends: datetime | None
    told: StopReason | None
    reason: str


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """The times of the hour. `last_drug_at`: a flow that keeps the vein open included.

    `uncertain`: when the IV had failed, so that nobody knows what of the dose went in.
    """

    began_at: datetime | None
    started_at: datetime | None
    stopped_at: datetime | None
    last_drug_at: datetime | None
    closed_at: datetime | None
    running_s: float
    infusing: tuple[Interval, ...]
    uncertain: tuple[Interval, ...]
    pauses: tuple[PauseLine, ...]
    early_end: InfusionEndedEarly | None


class GapLine(msgspec.Struct, frozen=True, kw_only=True):
    """A gap over the clinic's limit, what is known of it, and the reasons that people gave.

    `told`: what the device said. `causes`: what is known and covers it. `open`: what is left over
    the limit without a reason.
    """

    gap: Gap
    lasted_s: float
    infusing_s: float
    told: str
    causes: tuple[str, ...]
    reasons: tuple[str, ...]
    open: tuple[Gap, ...]


class Completeness(msgspec.Struct, frozen=True, kw_only=True):
    """How complete the numbers are: coverage while the patient was watched, and long gaps.

    `arrived_late`: sets of numbers that came too late to be live; they are charted in place.
    """

    coverage: tuple[Coverage, ...]
    gaps: tuple[GapLine, ...]
    cuffs: int
    longest_without_cuff_s: float | None
    arrived_late: int


class AlarmGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Alarms of one kind and priority, and what they were found to be; None: not looked at."""

    condition: str
    priority: AlarmPriority
    alarms: tuple[str, ...]
    unreviewed: tuple[str, ...]
    verdict: AlarmVerdict | None
    review: AlarmsReviewed | None


class Recalculated(msgspec.Struct, frozen=True, kw_only=True):
    """What was worked out anew after the seal, because a device was another session's.

    `waiting`: so many of the corrections no addendum has covered. `sealed_mg`: the dose that was
    signed.
    """

    corrections: tuple[AssociationCorrected, ...]
    waiting: int
    sealed_mg: Decimal | None


class SessionReport(msgspec.Struct, frozen=True, kw_only=True):
    """One session. `position`: where it stands in its course, `4/6`; empty if that is not known.

    The signature seals all but `state`, the signatures and what came after them. `sealed`: the
    hash that was signed last, empty before that; `late`: data that arrived after it. `protocol`:
    None in a document from before it was told. `recalculated`: None if nothing was.
    `words_without_run`: what people said of runs of a pump that is not, or no more, this session's.
    """

    format: str
    session: SessionId
    patient: Patient
    age_years: int
    indication: Indication
    position: str
    ward: WardId
    stays: tuple[Stay, ...]
    planned_for: datetime
    identified: PatientIdentified | None
    orders: tuple[OrderGiven, ...]
    preparation: Preparation
    devices: tuple[DeviceLine, ...]
    corrections: tuple[AssociationCorrected, ...]
    course: Course
    dose: DoseGiven
    segments: tuple[SegmentLine, ...]
    rate_changes: tuple[RateChangeLine, ...]
    trend: tuple[TrendLine, ...]
    cuffs: tuple[CuffLine, ...]
    observations: tuple[ObservationLine, ...]
    checks: CheckCounts
    scores: tuple[ScoreLine, ...]
    interventions: tuple[InterventionLine, ...]
    alarms: tuple[AlarmLine, ...]
    alarm_groups: tuple[AlarmGroup, ...]
    completeness: Completeness
    account: DrugAccount
    criteria: tuple[CriterionLine, ...]
    closed: Discharged | LeftBeforeReady | SessionCancelled | None
    state: SessionState
    signatures: tuple[SignatureLine, ...]
    sealed: str
    addenda: tuple[AddendumWritten, ...]
    late: tuple[LateDataArrived, ...]
    protocol: ProtocolLine | None = None
    recalculated: Recalculated | None = None
    words_without_run: tuple[PumpRunExplained, ...] = ()

    @property
    def order(self) -> OrderGiven | None:
        """The order that holds."""
        return self.orders[-1] if self.orders else None

    @property
    def is_simulated(self) -> bool:
        """Whether any device of it is a simulated one: nothing here is a patient's then."""
        return any(device.is_simulated for device in self.devices)


_NOT_SEALED: Final = ("state", "signatures", "sealed", "addenda", "late", "recalculated")


def sealed_content(report: SessionReport) -> bytes:
    """The canonical bytes that a signature stands for: JSON, keys sorted, no white space, UTF-8.

    They are made from the report as it reads back, so that a number that was once handed over as
    `120` and one that was read as `120.0` give the same bytes.
    """
    as_read = _decoder.decode(msgspec.json.encode(report))
    left_out = _LACKED.get(report.format, frozenset()).union(_NOT_SEALED)
    content = {
        field: getattr(as_read, field)
        for field in as_read.__struct_fields__
        if field not in left_out
    }
    return msgspec.json.encode(content, order="sorted")


_decoder: Final = msgspec.json.Decoder(SessionReport)


def content_hash(content: bytes) -> str:
    """SHA-256 of sealed content, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
