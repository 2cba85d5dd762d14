"""What goes out as FHIR, against the JSON schema that HL7 publishes for R4.

Each resource is checked against the definition of its own type: the schema's root tries all 146
types in turn, and then says of a fault only that none of them fits.
"""

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft6Validator

from exchange.fhir import session_bundle, session_resources
from exchange.fhir.capability import capability_statement
from exchange.fhir.replies import problem
from exchange.fhir.search import search
from infusion.report import SessionReport
from tests.fixtures.exported import signed_report
from tests.fixtures.pumps import at
from tests.fixtures.session import infusing
from tests.fixtures.whole_session import driver, report_of, unfinished_report

SCHEMA = Path(__file__).parents[2] / "fixtures" / "fhir" / "fhir.schema.json.gz"
OFTEN = 40
"""Of the Observations of one code so many are checked: minute after minute they are alike."""


@cache
def published() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(gzip.decompress(SCHEMA.read_bytes()))
    return found


@cache
def validator(kind: str) -> Draft6Validator:
    schema = {"$ref": f"#/definitions/{kind}", "definitions": published()["definitions"]}
    return Draft6Validator(schema)


def faults(resource: dict[str, Any]) -> list[str]:
    """What the schema finds wrong with a resource, as it goes out."""
    sent = json.loads(msgspec.json.encode(resource))
    kind = sent["resourceType"]
    return [
        f"{kind}{error.json_path[1:]}: {error.message}"
        for error in validator(kind).iter_errors(sent)
    ]


def chosen(report: SessionReport) -> list[dict[str, Any]]:
    """Every resource but the many alike: with a number and without one counted apart."""
    seen: dict[tuple[str, ...], int] = {}
    found = []
    for resource in session_resources(report):
        if resource["resourceType"] == "Observation":
            key = (resource["code"]["text"], *sorted(resource))
            seen[key] = seen.get(key, 0) + 1
            if seen[key] > OFTEN:
                continue
        found.append(resource)
    return found


@pytest.mark.parametrize(
    "report",
    [
        signed_report(),
        unfinished_report(),
        report_of(infusing(), alarms=()),
        report_of(driver(), vitals=(), pump_facts=()),
    ],
    ids=["signed", "unfinished", "infusing", "no numbers"],
)
def test_every_resource_keeps_to_the_published_schema(report: SessionReport) -> None:
    found = [fault for resource in chosen(report) for fault in faults(resource)]
    assert found == []


def test_the_bundles_around_them_do() -> None:
    bundle = session_bundle(signed_report(), at(0))
    bare = [{"fullUrl": entry["fullUrl"]} for entry in bundle["entry"]]
    assert faults(bundle | {"entry": bare}) == []
    page = search(session_resources(signed_report()), "Observation", [], "https://x.example/fhir")
    entries = [{k: v for k, v in e.items() if k != "resource"} for e in page.resource["entry"]]
    assert faults(page.resource | {"entry": entries}) == []


def test_what_the_interface_tells_does() -> None:
    statement = capability_statement("https://x.example/fhir", at(0))
    (version,) = faults(statement)  # the schema at hand is of 4.0.0, and its list ends there
    assert "fhirVersion: '4.0.1' is not one of" in version
    assert faults(statement | {"fhirVersion": "4.0.0"}) == []
    assert faults(problem(400, "invalid", "no").resource) == []


@pytest.mark.parametrize(
    "change",
    [
        {"status": 4},
        {"effectiveDateTime": "yesterday"},
        {"valueQuantity": {"value": "72"}},
        {"made_up": True},
        {"code": {"made_up": True}},
    ],
    ids=str,
)
def test_the_schema_tells_what_is_wrong(change: dict[str, Any]) -> None:
    good = next(r for r in session_resources(signed_report()) if r["resourceType"] == "Observation")
    assert faults(good) == []
    assert faults(good | change) != []
