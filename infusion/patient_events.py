"""What people did about a patient's course of treatment, between and beside the sessions."""

from datetime import datetime
from enum import Enum
from typing import TypeAlias

import msgspec

from infusion.configuration import OutcomeMeasure
from infusion.patient import Indication, Patient, PatientId, Person
from vocabulary.ids import SessionId


class PatientEvent(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What every event of a patient has. `at`: when it happened, UTC."""

    patient: PatientId
    at: datetime
    by: Person


class PatientRegistered(PatientEvent, frozen=True, kw_only=True, tag=True):
    """A patient became known, or what is known of them was put right."""

    identity: Patient


class CourseBegun(PatientEvent, frozen=True, kw_only=True, tag=True):
    """A course begins: the next infusion is its first."""

    indication: Indication


class OutcomeScored(PatientEvent, frozen=True, kw_only=True, tag=True):
    """A score by which the course is judged. `session`: at which it was taken, if at one.

    `items`: the points of each question in their order; empty where only the sum was entered.
    """

    measure: OutcomeMeasure
    score: int
    session: SessionId | None = None
    items: tuple[int, ...] = ()


class ReviewOutcome(str, Enum):
    """What a review decided."""

    GO_ON = "go_on"
    CHANGE = "change"
    STOP = "stop"


class CourseReviewed(PatientEvent, frozen=True, kw_only=True, tag=True):
    """A prescriber looked at the course after its `after_session`-th infusion."""

    indication: Indication
    after_session: int
    outcome: ReviewOutcome
    note: str


PatientsEvent: TypeAlias = PatientRegistered | CourseBegun | OutcomeScored | CourseReviewed
