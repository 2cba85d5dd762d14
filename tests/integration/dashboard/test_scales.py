"""Scales over HTTP: entered at the bed and about the course, shown with their reasons."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from infusion.events import InfusionEnded
from infusion.happenings import patient_chain
from infusion.observations.values import Level
from infusion.patient import PatientId
from infusion.patient_events import OutcomeScored
from tests.fixtures.clinic_site import Site, clinic_site
from tests.fixtures.measured import DEMO
from tests.fixtures.running_hour import record_hour
from tests.fixtures.session import fact
from vocabulary.ids import SessionId
from vocabulary.states import SessionState

S1 = SessionId("s1")
BED = "/ward/demo/bed/1"
OBSERVE = "/session/s1/do/observe?set="
ANSWERED = {f"question-{number}": "1" for number in range(1, 10)}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A session in recovery since a moment ago."""
    folder: Path = tmp_path_factory.mktemp("record")
    with clinic_site(folder) as running:
        record_hour(running, is_measured=False)
        ended = msgspec.structs.replace(fact(InfusionEnded, datetime.now(UTC)), ward=DEMO)
        running.take(S1, [ended], "ingest")
        assert running.session(S1).state is SessionState.RECOVERY
        yield running


def test_aldrete_is_entered_in_recovery_and_says_why(site: Site) -> None:
    assert "do/observe?set=aldrete" in site.get(BED).text
    form = f"{OBSERVE}aldrete"
    page = site.get(form).text
    assert "2 moves four limbs on command" in page
    assert "BP systolic" in page
    typed = {f"aldrete_{item}": "2" for item in ("activity", "respiration", "consciousness")}
    assert site.send(form, **typed).status == 303
    assert "Aldrete cannot be computed: Circulation missing, SpO2 missing" in site.get(BED).text
    numbers = {"bp-sys": "128", "bp-dia": "80", "spo2": "97"}
    assert site.send(form, **typed, **numbers).status == 303
    bed = site.get(BED).text
    assert 'data-score-of="Aldrete" data-total="10"' in bed
    assert "Circulation 2: 128 mmHg is 5 % from 122 before the drug" in bed
    going = site.get("/session/s1/do/discharge").text
    assert "Aldrete 10" in going


def test_padss_and_rass_have_their_forms(site: Site) -> None:
    typed = {f"padss_{item}": "1" for item in ("walking", "nausea", "pain", "bleeding")}
    numbers = {"bp-sys": "128", "bp-dia": "80", "hr": "72"}
    assert site.send(f"{OBSERVE}padss", **typed, **numbers).status == 303
    assert site.send(f"{OBSERVE}rass", rass="-1").status == 303
    bed = site.get(BED).text
    assert "PADSS 6" in bed
    assert "not fit to go home yet" in bed
    assert "RASS -1" in bed


@pytest.mark.parametrize(
    ("total", "fault"),
    [("93", "from 0 to 92"), ("7.5", "Enter a whole number"), ("none", "Enter a number")],
)
def test_a_cadss_total_is_a_whole_number_of_its_scale(site: Site, total: str, fault: str) -> None:
    told = site.send(f"{OBSERVE}cadss", cadss=total)
    assert told.status == 422
    assert fault in told.text


def test_a_cadss_total_is_taken_without_the_words_of_its_items(site: Site) -> None:
    assert site.send(f"{OBSERVE}cadss", cadss="12").status == 303
    assert site.session(S1).observations[-1].observed[0].value == Level(level=12)
    assert "CADSS 12" in site.get(BED).text
    assert ", CADSS 12</td>" in site.get("/patient/p1").text


def test_high_safety_answers_block_the_discharge(site: Site) -> None:
    form = f"{OBSERVE}safety"
    page = site.get(form).text
    assert "C-SSRS question 2" in page
    assert "Only after a yes to C-SSRS question 2" in page
    typed = {"cssrs_1": "no", "cssrs_2": "no", "cssrs_6_ever": "yes"}
    assert "open: C-SSRS question 6, last 3 months" in site.send(form, **typed).text
    assert site.send(form, **typed, cssrs_6_recent="yes").status == 303
    refused = site.send("/session/s1/do/discharge", escort="Max Muster")
    assert refused.status == 422
    assert "C-SSRS high" in refused.text


def test_the_phq9_is_asked_question_by_question_and_told_against_the_first(site: Site) -> None:
    form = "/patient/p1/phq9"
    page = site.get(form).text
    assert "Little interest or pleasure in doing things" in page
    lacking = site.send(form, **{**ANSWERED, "question-3": "", "question-9": ""})
    assert lacking.status == 422
    assert "PHQ-9 cannot be computed: question 3 missing, question 9 missing" in lacking.text
    assert site.send(form, **{**ANSWERED, "question-1": "3"}).status == 303
    again = site.send(
        f"{form}?session=s1&next=/session/s1/prepare", **ANSWERED | {"question-9": "0"}
    )
    assert again.status == 303, again.text
    assert again.header("location").startswith("/session/s1/prepare")
    events = site.record.chains.read(patient_chain(PatientId("p1"))).events
    scored = [event for event in events if isinstance(event, OutcomeScored)]
    assert [score.score for score in scored] == [11, 8]
    assert scored[0].items == (3, 1, 1, 1, 1, 1, 1, 1, 1)
    course = site.get("/patient/p1").text
    assert "question 9 asks for the safety questions (C-SSRS)" in course
    assert "PHQ-9 11" in course
    assert "moderate" in course
    assert "27 % lower than the first" in course


def test_before_the_session_the_phq9_stands_among_what_is_prepared(site: Site) -> None:
    page = site.get("/session/s1/prepare").text
    assert "/patient/p1/phq9?session=s1" in page
