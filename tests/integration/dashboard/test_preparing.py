"""From a new patient to the start at the pump, through the forms, on a real record."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import msgspec
import pytest

from config.clinic import read_clinic
from dashboard.shown import display_of
from infusion.dose_rules import LimitedQuantity, Limits
from infusion.happenings import ward_chain
from infusion.patient import PatientId
from infusion.session_events import OrderKind
from tests.fixtures.clinic_site import CONFIG_DIR, PINS, Site, clinic_site, form_of
from tests.fixtures.dashboard import Answer
from tests.fixtures.measured import know_devices, monitor_between, store
from vocabulary.ids import SessionId
from vocabulary.states import SessionState

ZONE = ZoneInfo(display_of(CONFIG_DIR).time_zone)
ANSWERS = {
    "patient": {
        "consent": "yes",
        "allergies": "none",
        "cautions": "none",
        "pregnancy": "not relevant",
        "substance_use": "cannabis, years ago",
    },
    "today": {
        "antihypertensives": "none prescribed",
        "benzodiazepines": "none prescribed",
        "last_food": "2026-01-01T08:00",
        "bladder": "yes",
    },
    "chair": {
        "iv_site": "left forearm, patent",
        "oxygen": "yes",
        "suction": "yes",
        "rescue_drugs": "yes",
        "prescriber_phone": "0660 1",
    },
    "home": {"escort": "Max Muster, 0660 2"},
}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    clinic = read_clinic(CONFIG_DIR)
    rules = msgspec.structs.replace(clinic.sessions, stay_after_drug_s=0)
    clinic = msgspec.structs.replace(clinic, sessions=rules)
    with clinic_site(tmp_path, clinic=clinic) as running:
        know_devices(running.record, "monitor-1", "pump-1", "monitor-2", "pump-9")
        yield running


def register(site: Site, number: str = "4711", **typed: str) -> str:
    """The address of a patient who was registered."""
    who = {"number": number, "family": "Muster", "given": "Anna", "born": "1980-02-01"} | typed
    done = site.send("/patients/new", **who)
    assert done.status == 303, done.text
    return done.header("location").partition("?")[0]


def plan(site: Site, patient: str) -> SessionId:
    done = site.send(f"{patient}/plan", indication="depression", ward="demo")
    assert done.status == 303, done.text
    return SessionId(done.header("location").split("/")[2])


def do(site: Site, session: SessionId, form: str, as_: str = "nora", **typed: str) -> Answer:
    done = site.send(f"/session/{session}/do/{form}", as_, **typed)
    assert done.status == 303, done.text
    return done


def in_the_chair(site: Site) -> SessionId:
    session = plan(site, register(site))
    then = (datetime.now(UTC) - timedelta(minutes=20)).astimezone(ZONE)
    do(site, session, "begin", bed="1", when=f"{then:%H:%M}")
    return session


def give_order(site: Site, session: SessionId, as_: str = "paul", **typed: str) -> Answer:
    """Fill in the order, then tick what is asked for and send it again."""
    drug = f"?drug={typed['drug']}" if "drug" in typed else ""
    path = f"/session/{session}/do/order{drug}"
    first = site.send(path, as_, **({"kg": "70"} | typed))
    assert first.status == 422
    action, held = form_of(first.text)
    ticks = {name: "yes" for name in _names(first.text) if name.startswith("checked-")}
    reasons = {name: "as discussed" for name in _names(first.text) if name.startswith("why-")}
    return site.post(action, held | ticks | reasons, as_)


def _names(page: str) -> list[str]:
    return [part.partition('"')[0] for part in page.split('name="')[1:]]


def prepare(site: Site, session: SessionId) -> None:
    """Everything but the second person's word."""
    do(site, session, "identify", name="anna muster", born="1980-02-01")
    assert give_order(site, session).status == 303
    for block, answers in ANSWERS.items():
        page = f"/session/{session}/prepare"
        assert site.send(page, form_=f"answers-{block}", **answers).status == 303
    page = f"/session/{session}/prepare"
    assert site.send(page, "paul", "answers-patient", substance_use_seen="yes").status == 303
    now = datetime.now(UTC)
    store(site.record, monitor_between("monitor-1", now - timedelta(minutes=10), now))


def test_a_patient_is_registered_once_and_found_by_name_or_number(site: Site) -> None:
    patient = register(site)
    assert "Muster, Anna" in site.get("/patients?q=anna").text
    assert "Muster, Anna" in site.get("/patients?q=4711").text
    assert "Muster, Anna" not in site.get("/patients?q=bert").text
    again = site.send("/patients/new", number="4711", family="X", given="Y", born="1990-01-01")
    assert again.status == 422
    assert "number 4711 is Anna Muster" in again.text
    assert site.send(f"{patient}/edit", given="Anna Maria").status == 303
    assert "Muster, Anna Maria" in site.get("/patients").text


def test_nobody_is_born_tomorrow(site: Site) -> None:
    refused = site.send("/patients/new", number="1", family="X", given="Y", born="2190-01-01")
    assert refused.status == 422
    assert "yet to come" in refused.text


def test_a_plan_that_is_sent_twice_is_one_session(site: Site) -> None:
    patient = register(site)
    action, held = form_of(site.get(f"{patient}/plan").text)
    typed = held | {"indication": "depression", "ward": "demo"}
    first, second = site.post(action, typed), site.post(action, typed)
    assert first.header("location") == second.header("location")
    assert len(site.record.chains.sessions()) == 1


def test_what_is_open_is_told_until_nothing_is_and_the_pump_may_be_started(site: Site) -> None:
    session = in_the_chair(site)
    page = site.get(f"/session/{session}/prepare").text
    for words in ("identify the patient", "order", "Consent signed", "baseline"):
        assert words in page
    prepare(site, session)
    do(site, session, "baseline")
    do(site, session, "confirm-device", device="pump-1", second="olga", pin=PINS["olga"])
    do(site, session, "confirm", second="olga", pin=PINS["olga"])
    page = site.get(f"/session/{session}/prepare").text
    assert 'data-open="0"' in page
    assert "Start at the pump." in page
    made = site.session(session)
    assert made.ready is not None
    assert made.ready.by.account == "olga"
    authors = {r.author for r in site.record.chains.read(f"session/{session}").recorded}
    assert authors == {"account/nora", "account/paul"}
    of_ward = site.record.chains.read(ward_chain(made.plan.ward)).recorded
    assert [each for each in of_ward if each.author.startswith("account/")] == []


def test_whoever_prepared_is_not_the_second_person(site: Site) -> None:
    session = in_the_chair(site)
    prepare(site, session)
    do(site, session, "baseline")
    path = f"/session/{session}/do/confirm-device?device=pump-1"
    as_paul = site.send(path, "paul", second="nora", pin=PINS["nora"])
    assert as_paul.status == 422
    assert "Nora Nurse set up pump-1" in as_paul.text
    wrong = site.send(path, second="olga", pin="000000")
    assert wrong.status == 422
    assert "do not fit" in wrong.text
    assert "000000" not in wrong.text
    page = site.get(path).text
    assert "Nora Nurse, nurse" not in page
    assert "Olga Nurse, nurse" in page


def test_alone_needs_a_reason_and_the_rate_calculated_again(site: Site) -> None:
    session = in_the_chair(site)
    prepare(site, session)
    do(site, session, "baseline")
    path = f"/session/{session}/do/confirm-device-alone?device=pump-1"
    page = site.get(path).text
    assert "0.5 mg/kg/h" in page
    assert "35.00 mL/h" not in page
    wrong = site.send(path, reason="alone tonight", recalculated="17.5")
    assert wrong.status == 422
    assert "17.5 mL/h is not what the order gives" in wrong.text
    assert site.send(path, reason="alone tonight", recalculated="35").status == 303
    do(site, session, "confirm-alone", reason="alone tonight", recalculated="35,0")
    assert len(site.session(session).exceptions) == 2


def test_an_order_shows_its_arithmetic_before_it_is_given(site: Site) -> None:
    session = in_the_chair(site)
    shown = site.send(f"/session/{session}/do/order", "paul", kg="67,666")
    assert shown.status == 422
    assert site.session(session).order is None
    assert "33.83 mg (0.50 mg/kg)" in shown.text
    assert "33.833 mL/h" in shown.text or "33.83 mL/h" in shown.text
    action, held = form_of(shown.text)
    ticked = {n: "yes" for n in _names(shown.text) if n.startswith("checked-")}
    changed = site.post(action, held | ticked | {"kg": "70"}, "paul")
    assert changed.status == 422, "another weight has to be checked anew"
    assert give_order(site, session, kg="67,666").status == 303
    order = site.session(session).order
    assert order is not None
    assert order.dose_mg is not None
    assert str(order.dose_mg) == "33.833"


def test_beyond_a_soft_limit_an_order_needs_a_reason_beyond_a_hard_one_nothing_goes(
    site: Site,
) -> None:
    session = in_the_chair(site)
    path = f"/session/{session}/do/order"
    hard = site.send(path, "paul", kg="70", rate="1.2", highest="1.2")
    assert "the hard limit: not possible" in hard.text
    assert give_order(site, session, rate="1.2", highest="1.2").status == 422
    assert give_order(site, session, rate="0.8", highest="0.9", minutes="40").status == 303
    given = site.session(session).orders[-1]
    assert {e.reason for e in given.explained} == {"as discussed"}


def test_the_form_of_an_order_has_the_limits_of_the_drug_that_is_ordered(tmp_path: Path) -> None:
    clinic = read_clinic(CONFIG_DIR)
    usual = clinic.dosing.drugs[0]
    narrow = Limits(lower_soft=Decimal("0.15"), upper_soft=Decimal("0.35"))
    other = msgspec.structs.replace(
        usual,
        drug="esketamine",
        label="Esketamine",
        start_rate_mg_kg_h=Decimal("0.25"),
        concentrations_mg_ml=(Decimal("0.5"),),
        limits={**usual.limits, LimitedQuantity.DOSE_RATE: narrow},
    )
    dosing = msgspec.structs.replace(clinic.dosing, drugs=(usual, other))
    with clinic_site(tmp_path, clinic=msgspec.structs.replace(clinic, dosing=dosing)) as site:
        know_devices(site.record, "monitor-1", "pump-1")
        session = in_the_chair(site)
        path = f"/session/{session}/do/order"
        assert f'href="{path}?drug=esketamine"' in site.get(path, "paul").text
        page = site.get(f"{path}?drug=esketamine", "paul").text
        _, typed = form_of(page)
        assert [typed[name] for name in ("drug", "rate", "lowest", "highest", "concentration")] == [
            "esketamine", "0.25", "0.15", "0.35", "0.5",
        ]  # fmt: skip
        assert f'href="{path}?drug=ketamine"' in page
        assert give_order(site, session, drug="esketamine").status == 303
        given = site.session(session).order
        assert given is not None
        assert (given.drug, given.highest_mg_kg_h) == ("esketamine", Decimal("0.35"))
        assert form_of(site.get(path, "paul").text)[1]["highest"] == "0.35"
        assert form_of(site.get(f"{path}?drug=ketamine", "paul").text)[1]["highest"] == "0.75"


def test_a_nurse_takes_down_a_verbal_order_and_reads_it_back(site: Site) -> None:
    session = in_the_chair(site)
    assert give_order(site, session, "nora", prescriber="Paul Prescriber").status == 303
    given = site.session(session).orders[-1]
    assert (given.kind, given.was_read_back) == (OrderKind.VERBAL, True)
    assert given.by.account == "nora"


def test_who_answers_over_somebody_is_told_before(site: Site) -> None:
    session = in_the_chair(site)
    page = f"/session/{session}/prepare"
    action, of_olga = form_of(site.get(page, "olga").text, "answers-home")
    assert site.send(page, "nora", "answers-home", escort="Max").status == 303
    told = site.post(action, of_olga | {"escort": "Moritz"}, "olga")
    assert told.status == 422
    assert "Nora Nurse answered meanwhile" in told.text
    action, again = form_of(told.text)
    assert site.post(action, again | {"escort": "Moritz"}, "olga").status == 303
    answered = site.session(session).answers["escort"]
    assert answered.by.account == "olga"


def test_a_chair_that_is_taken_is_not_offered(site: Site) -> None:
    in_the_chair(site)
    second = plan(site, register(site, "4712", given="Bert"))
    page = site.get(f"/session/{second}/do/begin").text
    assert ">Chair 1<" not in page
    assert ">Chair 2<" in page
    action, held = form_of(page)
    forced = site.post(action, held | {"bed": "1"})
    assert forced.status == 422


def test_the_wrong_patient_is_stopped(site: Site) -> None:
    session = in_the_chair(site)
    wrong = site.send(f"/session/{session}/do/identify", name="Berta Beispiel", born="1980-02-01")
    assert wrong.status == 422
    assert "name is not that of the planned patient" in wrong.text
    assert "stop: check who this is" in wrong.text


def test_a_new_pump_is_offered_and_waits_for_a_second_person(site: Site) -> None:
    session = in_the_chair(site)
    do(site, session, "associate", device="pump-9")
    page = site.get(f"/session/{session}/prepare").text
    assert "pump-9" in page
    assert "unconfirmed" in page
    do(site, session, "release", device="pump-9")
    assert not any(
        a.device == "pump-9" and a.is_standing for a in site.session(session).associations
    )


def test_a_session_is_cancelled_before_any_drug(site: Site) -> None:
    session = in_the_chair(site)
    done = do(site, session, "cancel", reason="unwell")
    assert site.session(session).state is SessionState.CANCELLED
    assert unquote(done.header("location")).endswith("done=Cancelled")


def test_every_page_of_a_patient_that_is_opened_is_in_the_audit_trail(site: Site) -> None:
    address = register(site)
    session = plan(site, address)
    patient = PatientId(address.rsplit("/", 1)[-1])
    before = len(site.record.audit.of_patient(patient))
    assert site.get(f"/session/{session}/prepare", "paul").status == 200
    seen = site.record.audit.of_patient(patient)
    assert len(seen) == before + 1
    assert (seen[0].page, seen[0].by.account, seen[0].session) == ("prepare", "paul", session)
