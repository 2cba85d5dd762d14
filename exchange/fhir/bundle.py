"""All resources of a session, alone or as one bundle."""

from datetime import datetime

import msgspec

from exchange.fhir.alarms import detected_issues
from exchange.fhir.devices import device_resources
from exchange.fhir.medication import administrations
from exchange.fhir.parts import Resource, fhir_id, instant
from exchange.fhir.people import what_people_did
from exchange.fhir.signatures import provenances
from exchange.fhir.vitals import vital_signs
from exchange.fhir.who import who_and_what
from infusion.report import SessionReport

BASE = "https://hourglass.invalid/fhir"
"""Where the resources would be read; a clinic gives its own."""


def session_resources(report: SessionReport) -> list[Resource]:
    """Every resource of a session; what refers to another comes after it."""
    found = [
        *who_and_what(report),
        *device_resources(report),
        *administrations(report),
        *vital_signs(report),
        *what_people_did(report),
        *detected_issues(report),
    ]
    signed = [r for r in found if r["resourceType"] not in {"Practitioner", "DeviceMetric"}]
    return [*found, *provenances(report, signed)]


def session_bundle(report: SessionReport, now: datetime, base: str = BASE) -> Resource:
    """The bundle of a session, made at `now` (UTC); `base`: the address of the FHIR API."""
    return {
        "resourceType": "Bundle",
        "id": fhir_id("Bundle", report.session),
        "identifier": {"system": f"{base}/session", "value": report.session},
        "type": "collection",
        "timestamp": instant(now),
        "entry": [
            {
                "fullUrl": f"{base}/{resource['resourceType']}/{resource['id']}",
                "resource": resource,
            }
            for resource in session_resources(report)
        ],
    }


def bundle_json(report: SessionReport, now: datetime, base: str = BASE) -> bytes:
    """The bundle as FHIR JSON, UTF-8."""
    return msgspec.json.encode(session_bundle(report, now, base))
