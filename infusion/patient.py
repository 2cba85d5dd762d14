"""Who is treated and who acts: identities, and what two of them must share to be the same.

A patient's own number is `identifier` (the clinic's); `PatientId` is ours, so that no address of
a page tells a clinic number.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum
from typing import NewType

import msgspec

from vocabulary.roles import Role

PatientId = NewType("PatientId", str)
AccountId = NewType("AccountId", str)


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Who did something: the account, the name as it is printed, the role at that time."""

    account: AccountId
    printed_name: str
    role: Role


class Indication(str, Enum):
    """What a course of treatment is for."""

    DEPRESSION = "depression"
    ANXIETY = "anxiety"
    PTSD = "ptsd"
    CHRONIC_PAIN = "chronic_pain"
    CRPS = "crps"


class Identifier(str, Enum):
    """By what a patient may be identified."""

    CLINIC_NUMBER = "clinic_number"
    NAME = "name"
    DATE_OF_BIRTH = "date_of_birth"


class Patient(msgspec.Struct, frozen=True, kw_only=True):
    """A patient as the clinic knows them."""

    patient: PatientId
    identifier: str
    given_name: str
    family_name: str
    date_of_birth: date

    @property
    def name(self) -> str:
        """Given and family name, as a person says it."""
        return f"{self.given_name} {self.family_name}"


def initials_of(patient: Patient) -> str:
    """First letters of given and family name: `AM`; never empty."""
    letters = [name.strip()[:1].upper() for name in (patient.given_name, patient.family_name)]
    return "".join(letters) or "?"


def same_initials(patients: Iterable[Patient]) -> frozenset[PatientId]:
    """The patients whose initials another one of `patients` has too: screens warn of them."""
    initials = {patient.patient: initials_of(patient) for patient in patients}
    count = Counter(initials.values())
    return frozenset(patient for patient, letters in initials.items() if count[letters] > 1)


def age_years(patient: Patient, on: date) -> int:
    """Completed years of life on a day."""
    born = patient.date_of_birth
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def mismatches(patient: Patient, stated: Mapping[Identifier, str]) -> tuple[Identifier, ...]:
    """Which of the stated identifiers are not this patient's; capitals and accents do not count.

    A name may be stated in either order; a date of birth as ISO 8601, `1980-02-01`.
    """
    own = {
        Identifier.CLINIC_NUMBER: {_plain(patient.identifier)},
        Identifier.NAME: {
            _plain(patient.name),
            _plain(f"{patient.family_name} {patient.given_name}"),
        },
        Identifier.DATE_OF_BIRTH: {patient.date_of_birth.isoformat()},
    }
    return tuple(kind for kind, words in stated.items() if _plain(words) not in own[kind])


def _plain(words: str) -> str:
    letters = unicodedata.normalize("NFKD", words)
    kept = "".join(c for c in letters if not unicodedata.combining(c)).replace(",", " ")
    return " ".join(kept.casefold().split())
