"""The sign-off as a nurse does it: what is open is put right, the password seals, then addenda."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dashboard.session_forms import SESSION_FORMS
from infusion.access import PatientDataSeen
from infusion.happenings import session_chain
from infusion.sign_off_events import WasteWitnessed
from infusion.signature_events import AddendumWritten, SessionSigned, SignatureAdded
from tests.fixtures.clinic import two_beds
from tests.fixtures.clinic_site import PINS, Site, clinic_site, form_of
from tests.fixtures.dashboard import PASSWORD
from tests.fixtures.recorded import event_rows, put
from tests.fixtures.session import SESSION
from tests.fixtures.whole_session import accounted, driver
from vocabulary.roles import Role
from vocabulary.states import SessionState

PAGE = f"/session/{SESSION}/sign-off"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Home, and nothing of it looked back upon."""
    with clinic_site(tmp_path, clinic=two_beds()) as running:
        put(running.record, driver())
        yield running


@pytest.fixture
def done(tmp_path: Path) -> Iterator[Site]:
    """Home, accounted for and witnessed: nothing is open."""
    with clinic_site(tmp_path, clinic=two_beds()) as running:
        put(running.record, accounted(driver()))
        yield running


@pytest.fixture
def unwitnessed(tmp_path: Path) -> Iterator[Site]:
    """The same, but nobody saw the waste."""
    found = accounted(driver())
    found.events = [event for event in found.events if not isinstance(event, WasteWitnessed)]
    with clinic_site(tmp_path, clinic=two_beds()) as running:
        put(running.record, found)
        yield running


def links(page: str) -> list[str]:
    """Where what is open is put right."""
    _, _, part = page.partition("data-open=")
    part = part.partition("</section>")[0]
    return [p.partition('"')[0].replace("&amp;", "&") for p in part.split('href="')[1:]]


def close_everything(site: Site) -> None:
    """As a nurse would, from top to bottom, until nothing is open."""
    typed: dict[str, dict[str, str]] = {
        "reconcile": {"line": "1.5", "wasted": "14.667", "vials_wasted": "450"},
        "witness": {"second": "olga", "pin": PINS["olga"], "method": "absorbent gel"},
        "explain-gaps": {"reason": "probe changed to the other hand"},
        "explain-checks": {"reason": "with another patient"},
        "review-alarms": {"verdict": "acted_on"},
    }
    for _ in range(12):
        found = links(site.get(PAGE).text)
        if not found:
            return
        name = found[0].partition("/do/")[2].partition("?")[0]
        answer = site.send(found[0], **typed[name])
        assert answer.status == 303, answer.text
    raise AssertionError("something stays open")


def signatures(site: Site) -> list[Any]:
    return list(site.session(SESSION).signatures)


def test_a_session_is_put_right_signed_and_sealed(site: Site) -> None:
    page = site.get(PAGE).text
    assert "the drug is not accounted for" in page
    assert 'data-form="sign"' not in page
    close_everything(site)
    page = site.get(PAGE).text
    assert "Nothing is open" in page
    assert "33.83 mg of" in page
    answer = site.send(PAGE, form_="sign", password=PASSWORD)
    assert answer.status == 303, answer.text
    session = site.session(SESSION)
    assert session.state is SessionState.SIGNED
    (signed,) = [s for s in signatures(site) if isinstance(s, SessionSigned)]
    assert signed.by.printed_name == "Nora Nurse"
    assert signed.samples
    assert signed.seal in site.get(PAGE).text


def test_a_wrong_password_signs_nothing(done: Site) -> None:
    answer = done.send(PAGE, form_="sign", password="wrong")
    assert answer.status == 422
    assert "the password is wrong" in answer.text
    assert signatures(done) == []


def test_what_changed_since_it_was_read_is_not_signed(done: Site) -> None:
    action, held = form_of(done.get(PAGE).text, "sign")
    done.send(f"/session/{SESSION}/do/reconcile", line="1.5", wasted="14.667", vials_wasted="450",
              why="weighed again")  # fmt: skip
    answer = done.post(action, held | {"password": PASSWORD})
    assert answer.status == 422
    assert "changed since you looked" in answer.text
    assert signatures(done) == []


def test_without_a_witness_it_is_signed_with_exception_and_a_reason(unwitnessed: Site) -> None:
    assert "nobody witnessed the waste" in unwitnessed.get(PAGE).text
    refused = unwitnessed.send(PAGE, form_="sign", password=PASSWORD)
    assert refused.status == 422
    answer = unwitnessed.send(PAGE, form_="sign", password=PASSWORD, reason="alone on duty")
    assert answer.status == 303, answer.text
    (signed,) = [s for s in signatures(unwitnessed) if isinstance(s, SessionSigned)]
    assert len(signed.exceptions) == 2
    assert "alone on duty" in unwitnessed.get(PAGE).text


def test_after_the_seal_there_are_addenda_and_a_review_chained_to_it(done: Site) -> None:
    assert done.send(PAGE, form_="sign", password=PASSWORD).status == 303
    late = done.post(f"/session/{SESSION}/do/reconcile", {"line": "0", "wasted": "0",
                     "returned": "0", "vials_wasted": "0", "vials_returned": "0"})  # fmt: skip
    assert late.status == 422
    own = done.send(PAGE, form_="addendum", password=PASSWORD, concerns="IV site",
                    reason="told later", was="well", becomes="bruised")  # fmt: skip
    assert own.status == 303, own.text
    reviewed = done.send(PAGE, as_="paul", form_="cosign", password=PASSWORD)
    assert reviewed.status == 303, reviewed.text
    kinds = [type(s) for s in signatures(done)]
    assert kinds == [SessionSigned, AddendumWritten, SignatureAdded]
    page = done.get(PAGE).text
    assert "<del>well</del>" in page
    assert "<ins>bruised</ins>" in page
    assert "Paul Prescriber" in page


def test_after_the_seal_no_form_of_the_session_changes_anything(done: Site) -> None:
    assert done.send(PAGE, form_="sign", password=PASSWORD).status == 303
    chain = session_chain(SESSION)
    sealed = done.record.chains.head(chain)
    for who in ("nora", "paul"):
        for form in SESSION_FORMS:
            path = f"/session/{SESSION}/do/{form.name}"
            assert done.post(path, {"reason": "late", "text": "late"}, who).status >= 400, path
    for method in ("PUT", "PATCH", "DELETE"):
        answer = done.server.ask(method, PAGE, session=done.cookie("nora"))
        assert answer.status == 405, method
    again = done.post(f"{PAGE}/sign", {"password": PASSWORD, "content": "x"})
    assert again.status >= 400
    assert done.record.chains.head(chain) == sealed


def test_the_session_goes_out_in_each_format_and_each_look_is_noted(done: Site) -> None:
    pdf = done.get(f"/session/{SESSION}/export/pdf")
    assert pdf.status == 200
    assert pdf.headers["content-type"] == "application/pdf"
    bundle = json.loads(done.get(f"/session/{SESSION}/export/fhir").text)
    assert bundle["resourceType"] == "Bundle"
    assert done.get(f"/session/{SESSION}/export/csv").status == 200
    assert done.get(f"/session/{SESSION}/export/nothing").status == 404
    seen = [e for e in noted(done) if e.session == SESSION]
    assert {"export pdf", "export fhir", "export csv"} <= {event.page for event in seen}


def noted(site: Site) -> list[PatientDataSeen]:
    rows = event_rows(site.record)
    return [
        msgspec.json.decode(row.payload, type=PatientDataSeen)
        for row in rows
        if row.kind == PatientDataSeen.__name__
    ]


def test_nobody_but_people_sees_it(done: Site) -> None:
    assert done.get(PAGE, "wall").status in (403, 404)
    assert done.get(f"/session/{SESSION}/export/pdf", "wall").status in (403, 404)
    assert done.get(f"/session/{SESSION}/export/pdf", "olga").status == (
        200 if Role.NURSE in done.clinic.sessions.people.may_export else 403
    )
    admin = done.get(PAGE, "ada").text
    assert 'data-form="sign"' not in admin


def test_no_such_session_is_said(done: Site) -> None:
    assert done.get("/session/none/sign-off").status == 404


def test_the_ward_screen_reminds_whoever_may_sign_and_no_other(done: Site) -> None:
    done.server.server.services.unsigned.look()
    with done.server.open_screen(done.cookie("nora"), ward="north") as screen:
        told = json.loads(screen.recv(timeout=60))["to_sign"]
        assert told["count"] == 1
        closed = done.session(SESSION).closed
        assert closed is not None
        assert told["oldest_ms"] == closed.at.timestamp() * 1000
    with done.server.open_screen(done.cookie("ada"), ward="north") as screen:
        assert "to_sign" not in json.loads(screen.recv(timeout=60))
    assert done.send(PAGE, form_="sign", password=PASSWORD).status == 303
    done.server.server.services.unsigned.look()
    with done.server.open_screen(done.cookie("nora"), ward="north") as screen:
        assert json.loads(screen.recv(timeout=60))["to_sign"] == {"count": 0}
