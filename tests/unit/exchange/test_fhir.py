"""FHIR R4: valid by published models, by the rules of vital signs, and by our own sums."""

import re
from base64 import b64decode
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import msgspec
import pytest
from fhir.resources.R4B.bundle import Bundle

from exchange.fhir import session_bundle, session_resources
from exchange.fhir.bundle import bundle_json
from infusion.report import SessionReport, content_hash, sealed_content
from tests.fixtures.exported import signed_report
from tests.fixtures.pumps import at
from tests.fixtures.session import Driver, infusing, plan
from tests.fixtures.whole_course import pump_course
from tests.fixtures.whole_session import driver, report_of, unfinished_report

NOW = at(100_000)
LOINC = "http://loinc.org"
MDC = "urn:iso:std:iso:11073:10101"
UCUM = "http://unitsofmeasure.org"
VITAL_SIGNS = {
    "85353-1", "85354-9", "9279-1", "8867-4", "2708-6", "8310-5", "8302-2", "29463-7", "39156-5",
    "8289-8", "8478-0", "8480-6", "8462-4", "9843-4",
}  # fmt: skip
"""The codes of the R4 vital-signs profiles; end-tidal CO2 has none."""


@cache
def resources() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = msgspec.json.decode(
        msgspec.json.encode(session_resources(signed_report()))
    )
    return found


def of(kind: str) -> list[dict[str, Any]]:
    return [resource for resource in resources() if resource["resourceType"] == kind]


def walk(value: Any) -> Iterator[tuple[str, Any]]:
    """Every key and value, however deep."""
    if isinstance(value, dict):
        for key, held in value.items():
            yield key, held
            yield from walk(held)
    elif isinstance(value, list):
        for held in value:
            yield from walk(held)


def valid(report: SessionReport) -> Bundle:
    return Bundle.model_validate_json(bundle_json(report, NOW))


@pytest.mark.parametrize(
    "report",
    [
        signed_report(),
        unfinished_report(),
        report_of(Driver().do(plan()), vitals=(), pump_facts=(), alarms=()),
        report_of(infusing(), alarms=()),
        report_of(driver(), vitals=(), pump_facts=()),
    ],
    ids=["signed", "unfinished", "planned", "infusing", "no numbers"],
)
def test_the_bundle_is_valid_r4(report: SessionReport) -> None:
    bundle = valid(report)
    assert len(bundle.entry) == len(session_resources(report))


def test_there_is_one_of_everything_a_session_has() -> None:
    counted = Counter(resource["resourceType"] for resource in resources())
    for kind in ("Patient", "Encounter", "MedicationRequest"):
        assert counted[kind] == 1, kind
    assert counted["Device"] == 2
    assert counted["MedicationAdministration"] == 4
    assert counted["DetectedIssue"] == 4
    assert counted["AdverseEvent"] == 1
    for kind in ("Procedure", "DeviceMetric", "QuestionnaireResponse", "Observation"):
        assert counted[kind] > 1, kind


def test_every_reference_is_in_the_bundle_and_every_id_is_its_own() -> None:
    names = [f"{r['resourceType']}/{r['id']}" for r in resources()]
    assert len(set(names)) == len(names)
    referred = {held for key, held in walk(resources()) if key == "reference"}
    assert referred <= set(names)
    assert all(re.fullmatch(r"[A-Za-z0-9\-.]{1,64}", r["id"]) for r in resources())


def test_full_urls_are_where_the_resources_would_be_read() -> None:
    bundle = session_bundle(signed_report(), NOW, "https://clinic.example/fhir")
    for entry in bundle["entry"]:
        held = entry["resource"]
        assert (
            entry["fullUrl"] == f"https://clinic.example/fhir/{held['resourceType']}/{held['id']}"
        )


def test_no_field_is_empty() -> None:
    assert [key for key, held in walk(resources()) if held in (None, "", [], {})] == []


def test_the_same_session_gives_the_same_ids() -> None:
    again = {(r["resourceType"], r["id"]) for r in session_resources(report_of(driver()))}
    devices = {("Device", r["id"]) for r in of("Device")}
    assert devices <= again


def vitals() -> list[dict[str, Any]]:
    return [o for o in of("Observation") if o["category"][0]["coding"][0]["code"] == "vital-signs"]


def test_vital_signs_keep_the_rules_of_their_profile() -> None:
    assert len(vitals()) > 500
    for found in vitals():
        first, *others = found["code"]["coding"]
        assert found["status"] == "final"
        assert first["system"] == LOINC
        assert first["code"] in VITAL_SIGNS
        assert others[-1]["system"] == MDC
        assert found["subject"]["reference"].startswith("Patient/")
        assert ("effectiveDateTime" in found) != ("effectivePeriod" in found)
        told = ("valueQuantity", "dataAbsentReason", "component")
        assert sum(key in found for key in told) == 1, found
    for key, held in walk(vitals()):
        if key == "valueQuantity":
            assert held["system"] == UCUM
            assert held["code"] in {"/min", "%", "mm[Hg]", "Cel"}


def test_saturation_carries_both_codes_and_a_cuff_reading_its_components() -> None:
    spo2 = next(o for o in vitals() if o["code"]["text"] == "SpO2")
    assert [c["code"] for c in spo2["code"]["coding"]] == ["2708-6", "59408-5", "150456"]
    cuffs = [o for o in vitals() if o["code"]["text"] == "BP"]
    assert len(cuffs) == len(signed_report().cuffs)
    parts = [part["code"]["coding"][0]["code"] for part in cuffs[0]["component"]]
    assert parts == ["8480-6", "8462-4", "8478-0"]


def test_where_there_is_no_number_it_says_why() -> None:
    [gap] = [o for o in vitals() if "dataAbsentReason" in o and o["code"]["text"] == "SpO2"]
    assert gap["dataAbsentReason"]["coding"][0]["code"] == "error"
    assert gap["dataAbsentReason"]["text"] == "sensor off"
    begins, ends = (datetime.fromisoformat(gap["effectivePeriod"][x]) for x in ("start", "end"))
    assert ends - begins == timedelta(seconds=151)
    assert "probe changed" in gap["note"][0]["text"]


def test_each_rate_is_an_administration_that_is_part_of_the_whole() -> None:
    whole, *segments = of("MedicationAdministration")
    parts = {s["partOf"][0]["reference"] for s in segments}
    assert parts == {f"MedicationAdministration/{whole['id']}"}
    rates = [(s["dosage"]["rateQuantity"]["value"], s["dosage"]["dose"]["value"]) for s in segments]
    assert rates == [(35, 11.667), (42, 17.5), (28, 4.666)]
    assert whole["dosage"]["dose"] == {"value": 33.833, "unit": "mg", "system": UCUM, "code": "mg"}
    assert sum(dose for _, dose in rates) == pytest.approx(33.833)
    assert segments[1]["note"][0]["text"] == "too little effect"
    for found in (whole, *segments):
        assert found["status"] == "completed"
        assert found["device"][0]["reference"].startswith("Device/")
        assert found["request"]["reference"].startswith("MedicationRequest/")
        codings = {c["system"]: c["code"] for c in found["medicationCodeableConcept"]["coding"]}
        assert codings["http://snomed.info/sct"] == "373464007"


def test_the_procedure_names_the_profile_of_the_protocol() -> None:
    [infusion] = [
        found for found in of("Procedure") if found["code"]["text"] == "Intravenous infusion"
    ]
    assert "protocol standard: 60 min of recovery" in infusion["note"][0]["text"]


def test_a_running_infusion_is_in_progress() -> None:
    events = [e for e in driver().events if getattr(e, "observed_at", e.at) <= at(3000)]
    running = Driver()
    for event in events:
        running.take(event)
    running.now = at(3001)
    facts = [f for f in pump_course() if f.observed_at <= at(3000)]
    found = session_resources(report_of(running, pump_facts=facts, alarms=()))
    given = [r for r in found if r["resourceType"] == "MedicationAdministration"]
    assert [g["status"] for g in given] == ["in-progress", "completed", "in-progress"]
    assert "end" not in given[-1]["effectivePeriod"]


def test_alarms_say_how_grave_from_when_until_when_and_who_answered() -> None:
    first = of("DetectedIssue")[0]
    assert (first["severity"], first["detail"]) == ("high", "SpO2 88 < 90")
    assert first["identifiedPeriod"]["start"] == "2026-11-22T14:35:00Z"
    actions = [m["action"]["text"] for m in first["mitigation"]]
    assert actions == ["alarm acknowledged", "reviewed: acted on"]


def test_a_score_that_cannot_be_computed_has_no_value_but_a_reason() -> None:
    scores = [o for o in of("Observation") if o["code"]["text"] == "NEWS2"]
    assert [s.get("valueInteger") for s in scores] == [0, None]
    assert scores[1]["dataAbsentReason"]["coding"][0]["code"] == "not-performed"
    assert scores[1]["note"][0]["text"] == "NEWS2 cannot be computed: Temp missing"


def test_the_signature_stands_over_the_hash_of_the_content() -> None:
    *words, provenance = of("Provenance")
    assert [w["activity"]["text"] for w in words] == ["checked", *["witnessed-waste"] * 2]
    [signature] = provenance["signature"]
    seal = content_hash(sealed_content(signed_report()))
    assert b64decode(signature["data"]).decode() == seal
    assert signature["type"][0]["code"] == "1.2.840.10065.1.12.1.1"
    assert signature["who"]["display"] == "Nora Nurse, nurse"
    targets = {t["reference"].partition("/")[0] for t in provenance["target"]}
    assert {"Patient", "Encounter", "Observation", "MedicationAdministration"} <= targets


def test_test_data_is_marked_as_such_everywhere_and_a_patients_nowhere() -> None:
    assert [r for r in resources() if "meta" in r] == []
    devices = tuple(msgspec.structs.replace(d, is_simulated=True) for d in signed_report().devices)
    simulated = msgspec.structs.replace(signed_report(), devices=devices)
    for resource in session_resources(simulated):
        assert resource["meta"]["security"][0]["code"] == "HTEST"
    valid(simulated)
