"""The read API: what is found, in pages, and how a search that cannot be answered is refused."""

from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.capabilitystatement import CapabilityStatement
from fhir.resources.R4B.operationoutcome import OperationOutcome

from exchange.fhir import session_resources
from exchange.fhir.capability import capability_statement
from exchange.fhir.replies import Reply
from exchange.fhir.search import read, search
from tests.fixtures.exported import signed_report
from tests.fixtures.pumps import at

BASE = "https://clinic.example/fhir"


@cache
def resources() -> list[dict[str, Any]]:
    return session_resources(signed_report())


def one(kind: str) -> dict[str, Any]:
    return next(r for r in resources() if r["resourceType"] == kind)


def find(kind: str, **parameters: str) -> Reply:
    return search(resources(), kind, list(parameters.items()), BASE)


def total(kind: str, **parameters: str) -> int:
    found = find(kind, **parameters)
    assert found.status == 200, found
    count: int = found.resource["total"]
    return count


def test_a_page_is_a_valid_searchset() -> None:
    found = find("Observation")
    bundle = Bundle.model_validate(found.resource)
    assert len(bundle.entry) == 50
    assert bundle.total == len([r for r in resources() if r["resourceType"] == "Observation"])


def test_the_links_lead_through_every_resource_once() -> None:
    seen: list[str] = []
    query = [("code", "8867-4"), ("_count", "40")]
    while True:
        found = search(resources(), "Observation", query, BASE).resource
        seen += [entry["resource"]["id"] for entry in found["entry"]]
        links = {link["relation"]: link["url"] for link in found["link"]}
        if "next" not in links:
            break
        query = parse_qsl(urlsplit(links["next"]).query)
    assert len(seen) == len(set(seen)) == total("Observation", code="8867-4") > 80


def test_results_stand_in_order_of_time() -> None:
    found = find("MedicationAdministration").resource["entry"]
    starts = [entry["resource"]["effectivePeriod"]["start"] for entry in found]
    assert starts == sorted(starts)


def test_everything_of_a_session_is_found_by_patient_and_by_stay() -> None:
    patient, stay = one("Patient")["id"], one("Encounter")["id"]
    assert total("MedicationAdministration", patient=patient) == 4
    assert total("MedicationAdministration", subject=f"Patient/{patient}") == 4
    assert total("MedicationAdministration", context=f"{BASE}/Encounter/{stay}") == 4
    assert total("MedicationAdministration", patient="somebody-else") == 0
    assert total("Observation", encounter=stay) == total("Observation")


def test_codes_are_found_with_and_without_their_system() -> None:
    cuffs = len(signed_report().cuffs)
    assert total("Observation", code="85354-9") == cuffs
    assert total("Observation", code="http://loinc.org|85354-9") == cuffs
    assert total("Observation", code="urn:iso:std:iso:11073:10101|150020") == cuffs
    assert total("Observation", code="http://snomed.info/sct|85354-9") == 0
    assert total("Observation", code="|85354-9") == 0
    either = total("Observation", code="85354-9,9279-1")
    assert either == cuffs + total("Observation", code="9279-1")
    assert total("MedicationAdministration", code="N01AX03") == 4


def test_vital_signs_and_scores_are_told_apart_by_category() -> None:
    assert total("Observation", category="survey") == len(signed_report().scores)


@pytest.mark.parametrize(
    ("date", "count"),
    [
        ("2026-11-22", 28),
        ("2026-11-21", 0),
        ("ge2026-11-22T15:00:00Z", 17),
        ("lt2026-11-22T15:00:00Z", 11),
        ("le2026-11-22T15:00:00Z", 12),
        ("gt2026-11-22T15:00:00Z", 16),
        ("ge2026-11-22T16:00:00+01:00", 17),
        ("ge2026-11-22T16:00:00 01:00", 17),
    ],
)
def test_a_time_narrows_a_search(date: str, count: int) -> None:
    cuffs = [c.at for c in signed_report().cuffs]
    assert sum(c >= at(3600) for c in cuffs) == 17
    assert total("Observation", code="85354-9", date=date) == count


def test_two_times_are_a_span_and_an_infusion_that_reaches_into_it_is_found() -> None:
    query = [
        ("effective-time", "ge2026-11-22T14:50:00Z"),
        ("effective-time", "le2026-11-22T15:08:00Z"),
    ]
    found = search(resources(), "MedicationAdministration", query, BASE)
    assert found.resource["total"] == 2  # the whole, and the second rate


def test_one_resource_is_read_by_its_id() -> None:
    given = one("MedicationAdministration")
    assert read(resources(), "MedicationAdministration", given["id"]) == Reply(200, given)
    assert total("MedicationAdministration", _id=given["id"]) == 1
    missing = read(resources(), "Observation", given["id"])
    assert missing.status == 404


@pytest.mark.parametrize(
    ("kind", "name", "value", "told"),
    [
        ("Observation", "name", "x", "'name' is not a search parameter of Observation"),
        ("Observation", "date", "yesterday", "is no date"),
        ("Observation", "date", "2026-11-22T14:00:00", "has no offset"),
        ("Observation", "_count", "0", "must be a whole number from 1"),
        ("Observation", "page", "-1", "must be a whole number from 1"),
        ("Observation", "code", "", "code is empty"),
    ],
)
def test_a_search_that_cannot_be_answered_says_why(
    kind: str, name: str, value: str, told: str
) -> None:
    found = find(kind, **{name: value})
    assert found.status == 400
    OperationOutcome.model_validate(found.resource)
    assert told in found.resource["issue"][0]["diagnostics"]


def test_what_is_not_served_is_not_found() -> None:
    for found in (find("Patient"), read(resources(), "Patient", one("Patient")["id"])):
        assert found.status == 404
        OperationOutcome.model_validate(found.resource)


def test_a_page_behind_the_last_is_empty_and_leads_back() -> None:
    found = find("Observation", page="1000").resource
    assert "entry" not in found
    assert {link["relation"] for link in found["link"]} == {"self", "previous"}
    Bundle.model_validate(found)


def test_a_page_is_never_larger_than_the_most() -> None:
    assert len(find("Observation", _count="100000").resource["entry"]) == 500


def test_the_api_says_what_it_can_do() -> None:
    statement = capability_statement(BASE, at(0))
    CapabilityStatement.model_validate(statement)
    served = [r["type"] for r in statement["rest"][0]["resource"]]
    assert served == ["Observation", "MedicationAdministration"]
