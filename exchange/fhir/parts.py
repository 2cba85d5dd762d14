"""What FHIR resources are made of: references, codes, quantities, times."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, TypeAlias
from uuid import NAMESPACE_URL, UUID, uuid5

from exchange.codes import MDC, UCUM, Coded, MdcCode
from infusion.patient import Person
from infusion.report import SessionReport
from infusion.report.devices import DeviceLine
from vocabulary.states import DeviceKind

Resource: TypeAlias = dict[str, Any]
TERMINOLOGY: Final = "http://terminology.hl7.org/CodeSystem"
READ_ALONE: Final = ("Observation", "MedicationAdministration")
"""The kinds of resources that the read API serves; the names of each begin with its session."""
_OURS: Final = "https://hourglass.invalid"


def fhir_id(kind: str, *names: str) -> str:
    """The id of a resource: always the same for the same thing, and it tells nothing of it.

    What is read one by one (its first name is its session) carries the id of its stay in front,
    or a server would have to make every session to find one resource.
    """
    found = uuid5(NAMESPACE_URL, "/".join((_OURS, kind, *names)))
    if kind not in READ_ALONE:
        return str(found)
    stay = uuid5(NAMESPACE_URL, "/".join((_OURS, "Encounter", names[0])))
    return f"{stay.hex}.{found.hex[:31]}"


def stay_of(name: str) -> str:
    """The id of the stay that a resource which is read alone belongs to; "" if it is none."""
    try:
        return str(UUID(hex=name.partition(".")[0]))
    except ValueError:
        return ""


def reference(kind: str, *names: str, display: str = "") -> Resource:
    """A reference to a resource of this bundle."""
    found = {"reference": f"{kind}/{fhir_id(kind, *names)}"}
    return found | {"display": display} if display else found


def to_patient(report: SessionReport) -> Resource:
    """Whose it is."""
    return reference("Patient", report.patient.patient)


def to_encounter(report: SessionReport) -> Resource:
    """The stay it belongs to."""
    return reference("Encounter", report.session)


def to_person(person: Person) -> Resource:
    """Who did it."""
    return reference("Practitioner", person.account, display=person.printed_name)


def named(printed_name: str) -> Resource:
    """A person of whom only the printed name is known."""
    return {"display": printed_name}


def resource(report: SessionReport, kind: str, *names: str, **fields: object) -> Resource:
    """A resource with its id; test data says so. Fields without a value are left out."""
    found: Resource = {"resourceType": kind, "id": fhir_id(kind, *names)}
    if report.is_simulated:
        test = {"system": f"{TERMINOLOGY}/v3-ActReason", "code": "HTEST"}
        found["meta"] = {"security": [test | {"display": "test health data"}]}
    return found | {name: value for name, value in fields.items() if value not in (None, "", [])}


def instant(at: datetime | None) -> str | None:
    """A time with its zone."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def period(begins: datetime | None, ends: datetime | None) -> Resource | None:
    """From and until; None if neither is known."""
    found = {"start": instant(begins), "end": instant(ends)}
    return {name: value for name, value in found.items() if value} or None


def quantity(value: Decimal | float | None, ucum: str, digits: int = 6) -> Resource | None:
    """A number with its UCUM unit; None for none."""
    if value is None:
        return None
    number = round(float(value), digits)
    whole = int(number) if number == int(number) else number
    return {"value": whole, "unit": ucum, "system": UCUM, "code": ucum}


def coding(code: Coded) -> Resource:
    """A code of a system."""
    return {"system": code.system, "code": code.code, "display": code.display}


def mdc_coding(code: MdcCode) -> Resource:
    """A term of IEEE 11073."""
    return {"system": MDC, "code": str(code.code), "display": code.refid}


def concept(text: str, codings: Iterable[Resource] = ()) -> Resource:
    """Words, and the codes that mean the same."""
    found = list(codings)
    return {"coding": found, "text": text} if found else {"text": text}


def terms(system: str, code: str, display: str = "") -> Resource:
    """A concept of a code system of HL7."""
    found = {"system": f"{TERMINOLOGY}/{system}", "code": code}
    return {"coding": [found | {"display": display} if display else found]}


def note(text: str) -> list[Resource] | None:
    """An annotation; None without words."""
    return [{"text": text}] if text.strip() else None


def device_at(report: SessionReport, kind: DeviceKind, at: datetime) -> DeviceLine | None:
    """The session's device of a kind at a moment."""
    for line in report.devices:
        if line.kind is kind and any(interval.contains(at) for interval in line.intervals):
            return line
    return next((line for line in report.devices if line.kind is kind), None)
