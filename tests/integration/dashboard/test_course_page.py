"""The patient's page, the worklist, and who may see them, on a real record."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from infusion.events import InfusionEnded
from infusion.happenings import session_chain
from infusion.observations.events import ObservationsRecorded
from infusion.observations.values import Level
from infusion.session_events import Discharged
from tests.fixtures.clinic_site import Site, clinic_site
from tests.fixtures.measured import DEMO
from tests.fixtures.observing import judged
from tests.fixtures.running_hour import prepared, record_hour
from tests.fixtures.session import NORA, fact
from vocabulary.ids import ObservationId, SessionId

PATIENT = "/patient/p1"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with clinic_site(tmp_path) as running:
        yield running


def record_course(site: Site, *days_ago: float) -> list[SessionId]:
    """A whole session of Anna so many days ago, each; discharged and not signed."""
    names = []
    for number, days in enumerate(days_ago, 1):
        ended = datetime.now(UTC) - timedelta(days=days)
        name = record_hour(site, ended, f"s{number}")
        site.take(
            name,
            [
                msgspec.structs.replace(fact(InfusionEnded, ended), ward=DEMO),
                Discharged(session=name, at=ended, by=NORA, escort="Max"),
            ],
        )
        names.append(name)
    return names


def test_the_course_says_where_it_stands_and_when_the_next_is_due(site: Site) -> None:
    record_course(site, 6, 3)
    page = site.get(PATIENT).text
    assert "3/6, acute" in page
    assert "3 days ago" in page
    assert "Next window" in page
    assert page.count("data-session-row=") == 2
    assert "29.16 mg (0.42 mg/kg)" in page
    assert "124/78" in page
    assert ">1/6<" in page
    assert ">2/6<" in page


def test_the_worst_dissociation_of_each_session_stands_side_by_side(site: Site) -> None:
    names = record_course(site, 6, 3)
    for name, levels in zip(names, ((4, 7, 5), (3,)), strict=True):
        found = [
            ObservationsRecorded(
                session=name, at=datetime.now(UTC) - timedelta(days=3), by=NORA, set="full",
                observation=ObservationId(f"{name}-{number}"),
                observed=(judged("dissociation", Level(level=level)),),
            )
            for number, level in enumerate(levels)
        ]  # fmt: skip
        site.take(name, found)
    page = site.get(PATIENT).text
    rows = re.findall(r'<tr data-session-row="(s\d)">(.*?)</tr>', page, re.DOTALL)
    worst = {name: re.findall(r"<td>(.*?)</td>", row, re.DOTALL)[3] for name, row in rows}
    assert worst == {"s1": "7", "s2": "3"}


def test_scores_are_marked_against_the_first(site: Site) -> None:
    record_course(site, 6, 3)
    for score in ("20", "9", "4"):
        done = site.send(f"{PATIENT}/score", measure="phq9", score=score)
        assert done.status == 303, done.text
    page = site.get(PATIENT).text
    assert "PHQ-9 9" in page
    assert "55 % lower than the first" in page
    assert page.count('data-mark="response"') == 2
    assert page.count('data-mark="remission"') == 1
    wrong = site.send(f"{PATIENT}/score", measure="phq9", score="28")
    assert wrong.status == 422
    assert "0 to 27" in wrong.text


def test_a_review_is_due_after_the_third_and_a_prescriber_gives_it(site: Site) -> None:
    record_course(site, 9, 6, 3)
    assert 'data-warning="review"' in site.get(PATIENT).text
    by_nurse = site.send(f"{PATIENT}/review", outcome="go_on")
    assert by_nurse.status == 422
    assert "nurse may not review a course" in by_nurse.text
    assert site.send(f"{PATIENT}/review", "paul", outcome="go_on").status == 303
    assert 'data-warning="review"' not in site.get(PATIENT).text


def test_sessions_lie_over_each_other_from_the_start_of_each(site: Site) -> None:
    record_course(site, 6, 3)
    page = site.get(PATIENT).text
    found = re.search(r'data-trend-figure="">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    data = json.loads(found.group(1))["figure"]["data"]
    pressures = [t for t in data if t["meta"]["name"].startswith("pressure")]
    assert len(pressures) == 2
    assert pressures[0]["x"][:2] == pytest.approx([-14.0, -11.0], abs=0.01)
    assert {tuple(t["y"]) for t in pressures} == {(124.0,) * len(pressures[0]["y"])}
    assert len({t["line"]["dash"] for t in pressures}) == 2
    doses = [t for t in data if t["meta"]["name"].startswith("dose")]
    assert doses[0]["x"][0] == 0.0


def test_the_plan_warns_and_the_hard_minimum_refuses(site: Site) -> None:
    record_course(site, 0.5)
    page = site.get(f"{PATIENT}/plan").text
    assert 'data-warning="too_soon"' in page
    refused = site.send(f"{PATIENT}/plan", indication="depression", ward="demo")
    assert refused.status == 422
    assert "less than 24 h since the start of the last infusion" in refused.text


def test_the_worklist_has_the_seated_the_planned_and_the_unsigned_oldest_first(
    site: Site,
) -> None:
    record_course(site, 3, 6)
    driver = prepared(site, datetime.now(UTC) - timedelta(minutes=20), session=SessionId("s8"))
    site.take(SessionId("s8"), driver.events)
    planned = msgspec.structs.replace(driver.events[0], session=SessionId("s9"))  # type: ignore[type-var] # a plan
    site.take(SessionId("s9"), [planned])
    page = site.get("/worklist").text
    unsigned = page.partition('data-worklist="unsigned"')[2]
    assert unsigned.index("/session/s2/sign-off") < unsigned.index("/session/s1/sign-off")
    assert "for 6 days" in unsigned
    seated = page.partition('data-worklist="seated"')[2].partition("data-worklist")[0]
    assert "Chair 1" in seated
    assert "preparing" in seated
    assert "/session/s9/prepare" in page


def test_every_look_at_a_patient_is_noted_by_whom(site: Site) -> None:
    record_course(site, 3)
    site.get(PATIENT)
    site.get("/worklist", "olga")
    site.get("/session/s1/do/explain-rate", "paul")
    looks = {(look.by.account, look.page) for look in site.record.audit.of_patient(
        site.session(SessionId("s1")).patient.patient
    )}  # fmt: skip
    assert looks == {("nora", "course"), ("olga", "worklist"), ("paul", "explain-rate")}


def test_screens_and_strangers_see_none_of_it(site: Site) -> None:
    record_course(site, 3)
    chain = session_chain(SessionId("s1"))
    assert site.record.chains.head(chain)
    for path in (PATIENT, f"{PATIENT}/score", f"{PATIENT}/plan", "/worklist", "/patients",
                 "/session/s1", "/session/s1/prepare"):  # fmt: skip
        assert site.get(path, "wall").status == 403, path
        assert site.server.ask("GET", path).status == 303, path
        assert "Muster" not in site.get(path, "wall").text
    assert site.get("/patient/nobody").status == 404
    assert site.get(f"{PATIENT}/nothing").status == 404


def test_a_session_by_its_name_leads_to_where_it_goes_on(site: Site) -> None:
    record_course(site, 3)
    assert site.get("/session/s1").header("location") == "/session/s1/sign-off"
    driver = prepared(site, datetime.now(UTC) - timedelta(minutes=20), session=SessionId("s8"))
    site.take(SessionId("s8"), driver.events)
    assert site.get("/session/s8").header("location") == "/ward/demo/bed/1"
