"""`/fhir/` as another system reads it: by a token, one session in one ward, page by page."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.capabilitystatement import CapabilityStatement
from fhir.resources.R4B.operationoutcome import OperationOutcome

from dashboard.sessions import digest_of
from exchange.fhir.parts import READ_ALONE, fhir_id
from infusion.access import PatientDataSeen
from infusion.signature_events import LateDataArrived
from record.accounts import InterfaceToken
from tests.fixtures.clinic import two_beds
from tests.fixtures.clinic_site import Site, clinic_site
from tests.fixtures.dashboard import Answer
from tests.fixtures.exported import signed_session
from tests.fixtures.recorded import put
from tests.fixtures.session import SESSION
from vocabulary.ids import DeviceId, SessionId, WardId

TOKEN = "a-token-of-the-hospital-system-0001"
STAY = fhir_id("Encounter", SESSION)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A signed session, and a system that may read it."""
    with clinic_site(tmp_path_factory.mktemp("fhir"), clinic=two_beds()) as running:
        put(running.record, signed_session())
        grant(running, TOKEN)
        yield running


def ward_of(site: Site) -> WardId:
    return site.session(SESSION).plan.ward


def grant(site: Site, token: str, **fields: Any) -> None:
    now = datetime.now(UTC)
    granted = InterfaceToken(
        digest=digest_of(token), account="nora", ward=ward_of(site), label="Hospital",
        kinds=READ_ALONE, created_at=now, expires_at=now + timedelta(days=1),
    )  # fmt: skip
    site.record.interfaces.make(msgspec.structs.replace(granted, **fields), "root")


def ask(site: Site, path: str, token: str | None = TOKEN, method: str = "GET") -> Answer:
    """As another system does: no cookie, no origin."""
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    return site.server.ask(method, f"/fhir/{path}", origin=None, headers=headers)


def outcome(answer: Answer, status: int) -> str:
    """What the OperationOutcome of a refusal says."""
    assert answer.status == status, answer.text
    assert answer.header("content-type").startswith("application/fhir+json")
    told = json.loads(answer.text)
    OperationOutcome.model_validate(told)
    return str(told["issue"][0]["diagnostics"])


def looks(site: Site) -> list[PatientDataSeen]:
    return site.record.audit.by_account("nora")


def everything(site: Site, kind: str, count: int) -> list[dict[str, Any]]:
    """Every resource of a kind, by following the links from page to page."""
    name = "encounter" if kind == "Observation" else "context"
    path, found = f"{kind}?{name}={STAY}&_count={count}", []
    for _ in range(1000):
        answer = ask(site, path)
        assert answer.status == 200, answer.text
        page = json.loads(answer.text)
        found += [entry["resource"] for entry in page.get("entry", [])]
        links = {link["relation"]: link["url"] for link in page["link"]}
        if "next" not in links:
            assert page["total"] == len(found)
            return found
        address = urlsplit(links["next"])
        path = f"{address.path.removeprefix('/fhir/')}?{address.query}"
    raise AssertionError("the pages never end")


@pytest.mark.parametrize(("kind", "count"), [("Observation", 400), ("MedicationAdministration", 1)])
def test_the_pages_together_are_the_whole_export(site: Site, kind: str, count: int) -> None:
    bundle = json.loads(site.get(f"/session/{SESSION}/export/fhir").text)
    whole = [e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == kind]
    read = everything(site, kind, count)
    assert len(read) > count
    assert sorted(read, key=by_id) == sorted(whole, key=by_id)


def by_id(resource: dict[str, Any]) -> str:
    return str(resource["id"])


def test_a_page_is_valid_and_each_look_is_noted_under_the_person_and_the_system(
    site: Site,
) -> None:
    before = len(looks(site))
    answer = ask(site, f"Observation?encounter:identifier={SESSION}&code=8480-6&_count=3")
    assert answer.status == 200, answer.text
    Bundle.model_validate_json(answer.text)
    (look,) = looks(site)[: len(looks(site)) - before]
    assert (look.page, look.session) == ("fhir search Observation by Hospital", SESSION)


def test_one_resource_is_read_by_its_address(site: Site) -> None:
    page = json.loads(ask(site, f"MedicationAdministration?context=Encounter/{STAY}").text)
    for entry in page["entry"]:
        path = urlsplit(entry["fullUrl"]).path.removeprefix("/fhir/")
        assert json.loads(ask(site, path).text) == entry["resource"]
    assert "there is no" in outcome(ask(site, f"Observation/{STAY.replace('-', '')}.0"), 404)
    assert "there is no" in outcome(ask(site, "Observation/x"), 404)


@pytest.mark.parametrize("path", ["metadata", f"Observation?encounter={STAY}", "Patient"])
def test_without_a_token_that_holds_nothing_is_told(site: Site, path: str) -> None:
    before = len(looks(site))
    for token in (None, "wrong", TOKEN[:-1] + "2"):
        answer = ask(site, path, token)
        assert "Bearer" in outcome(answer, 401)
        assert answer.header("www-authenticate").startswith("Bearer")
    cookie = site.get(f"/fhir/{path}")
    assert "Bearer" in outcome(cookie, 401)
    in_address = ask(site, f"metadata?token={TOKEN}", None)
    assert in_address.status == 401
    assert len(looks(site)) == before


def test_a_token_that_ended_opens_nothing(site: Site) -> None:
    now = datetime.now(UTC)
    grant(site, "a-token-whose-time-is-over-01", expires_at=now - timedelta(seconds=1))
    outcome(ask(site, "metadata", "a-token-whose-time-is-over-01"), 401)
    grant(site, "a-token-that-is-taken-back-01")
    assert ask(site, "metadata", "a-token-that-is-taken-back-01").status == 200
    digest = digest_of("a-token-that-is-taken-back-01")
    assert site.record.interfaces.revoke(digest, now, "root")
    outcome(ask(site, "metadata", "a-token-that-is-taken-back-01"), 401)


def test_a_token_ends_with_the_person_in_whose_name_it_reads(site: Site) -> None:
    grant(site, "a-token-of-olga-0000000001", account="olga")
    assert ask(site, "metadata", "a-token-of-olga-0000000001").status == 200
    site.record.accounts.deactivate("olga", datetime.now(UTC))
    outcome(ask(site, "metadata", "a-token-of-olga-0000000001"), 401)


def test_a_token_of_another_ward_finds_no_session_and_no_resource(site: Site) -> None:
    grant(site, "a-token-of-the-other-ward-01", ward=WardId("elsewhere"))
    one = json.loads(ask(site, f"Observation?encounter={STAY}&_count=1").text)["entry"][0]
    before = len(looks(site))
    for path in (f"Observation?encounter={STAY}", f"Observation/{one['resource']['id']}"):
        outcome(ask(site, path, "a-token-of-the-other-ward-01"), 404)
    assert len(looks(site)) == before


def test_a_token_for_one_kind_reads_no_other(site: Site) -> None:
    grant(site, "a-token-for-doses-alone-0001", kinds=("MedicationAdministration",))
    assert (
        ask(site, f"MedicationAdministration?context={STAY}", "a-token-for-doses-alone-0001").status
        == 200
    )
    refused = ask(site, f"Observation?encounter={STAY}", "a-token-for-doses-alone-0001")
    assert "for MedicationAdministration" in outcome(refused, 403)


def test_a_token_opens_nothing_but_the_interface(site: Site) -> None:
    headers = {"authorization": f"Bearer {TOKEN}"}
    for path in ("/worklist", f"/session/{SESSION}/export/fhir", "/fhir/openapi.json", "/fhir"):
        answer = site.server.ask("GET", path, origin=None, headers=headers)
        assert answer.status in (303, 401), path
    outcome(ask(site, "Observation", method="POST"), 405)
    outcome(ask(site, "Observation", method="DELETE"), 405)


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("Observation", 400, "name one session"),
        (f"Observation?encounter={STAY},{STAY}", 400, "name one session"),
        (f"Observation?encounter={STAY}&name=x", 400, "is not a search parameter"),
        (f"Observation?encounter={STAY}&_count={'9' * 5000}", 400, "whole number"),
        (f"Observation?encounter={STAY}&date=9999-12-31", 400, "is no date"),
        ("Observation?encounter=none", 404, "no such session"),
        ("Patient", 404, "served are"),
        ("Patient/1", 404, "served are"),
    ],
)
def test_what_cannot_be_answered_says_why(site: Site, path: str, status: int, told: str) -> None:
    assert told in outcome(ask(site, path), status)


def test_what_it_can_do_is_told_to_systems_and_described_to_people(site: Site) -> None:
    statement = json.loads(ask(site, "metadata").text)
    CapabilityStatement.model_validate(statement)
    assert statement["implementation"]["url"] == f"{site.server.origin}/fhir"
    described = json.loads(site.get("/fhir/openapi.json").text)
    assert set(described["paths"]) == {
        "/fhir/metadata",
        "/fhir/Observation",
        "/fhir/Observation/{name}",
        "/fhir/MedicationAdministration",
        "/fhir/MedicationAdministration/{name}",
    }
    assert described["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert site.server.ask("GET", "/fhir/openapi.json").status in (303, 401)
    assert site.get("/fhir/openapi.json", "wall").status == 403


def test_too_many_at_once_are_told_to_come_again(site: Site) -> None:
    served = site.server.server.services.served
    served._waiting += 100
    try:
        answer = ask(site, f"Observation?encounter={STAY}")
        assert "one after the other" in outcome(answer, 429)
        assert int(answer.header("retry-after")) > 0
    finally:
        served._waiting -= 100
    assert ask(site, f"Observation?encounter={STAY}&_count=1").status == 200


def test_a_sealed_session_is_made_again_only_when_something_was_added(tmp_path: Path) -> None:
    with clinic_site(tmp_path, clinic=two_beds()) as site:
        put(site.record, signed_session())
        served = site.server.server.services.served
        plan = served.plan(STAY)
        assert plan is not None
        first = served.find(plan)
        assert served.find(plan) is first
        at = datetime.now(UTC)
        late = LateDataArrived(
            session=SessionId(SESSION), at=at, device=DeviceId("monitor-1"), since=at, until=at,
            rows=1, hash="", first_position=1, last_position=1,
        )  # fmt: skip
        site.take(SessionId(SESSION), [late], author="ingest/demo")
        assert served.find(plan) is not first
