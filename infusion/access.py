"""Who looked at a patient's data: one event a look, in a chain of the day; it changes nothing."""

from datetime import date, datetime
from typing import Final

import msgspec

from infusion.patient import PatientId, Person
from vocabulary.ids import SessionId

AUDIT_CHAINS: Final = "audit/"
"""How the chain of a day's looks begins, and the author of each: apart from what people do."""


class PatientDataSeen(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A person was shown data of a patient, or took it out, at `at` (UTC).

    `page`: which page, export or interface. It carries no name of a patient.
    """

    at: datetime
    by: Person
    page: str
    patient: PatientId
    session: SessionId | None = None


def audit_chain(day: date) -> str:
    """The chain of the looks of a day, UTC."""
    return f"{AUDIT_CHAINS}{day.isoformat()}"
