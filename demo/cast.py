"""Who acts and who is treated in the demonstration: invented people with invented names."""

from datetime import date
from typing import Final

from demo.script import SessionScript
from infusion.patient import AccountId, Patient, PatientId, Person
from vocabulary.roles import Role

NURSE: Final = Person(account=AccountId("nurse"), printed_name="Nora Nurse", role=Role.NURSE)
SECOND: Final = Person(account=AccountId("second"), printed_name="Sam Second", role=Role.NURSE)
PRESCRIBER: Final = Person(
    account=AccountId("prescriber"), printed_name="Paul Prescriber", role=Role.PRESCRIBER
)

_GIVEN: Final = (
    "Ada", "Bruno", "Clara", "David", "Elena", "Felix", "Greta", "Hugo", "Ines", "Jonas",
    "Klara", "Leo", "Mara", "Nils", "Olga", "Pablo", "Rosa", "Simon", "Tilda", "Victor",
)  # fmt: skip
_FAMILY: Final = (
    "Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Hazel", "Juniper", "Larch", "Maple",
    "Oak", "Pine", "Rowan", "Spruce", "Tamarack", "Willow", "Yew",
)  # fmt: skip


def patient_of(script: SessionScript, number: int, scenario: str) -> Patient:
    """The patient of the `number`-th session of a scenario; named after a tree if not by it."""
    return Patient(
        patient=PatientId(script.patient or f"{scenario}-{number + 1}"),
        identifier=f"D{1000 + number}",
        given_name=script.given_name or _GIVEN[number % len(_GIVEN)],
        family_name=script.family_name or _FAMILY[number % len(_FAMILY)],
        date_of_birth=script.born or date(1960 + number % 40, 1 + number % 12, 1 + number % 28),
    )
