"""Which checks a session has: chosen while it is planned or prepared, then fixed."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infusion.events import InfusionStarted
from infusion.happenings import session_chain
from infusion.observations.evidence import Evidence
from infusion.schedule import find_layout, plan_of
from tests.fixtures.clinic_site import Site, clinic_site
from tests.fixtures.running_hour import prepared
from tests.fixtures.session import ANNA, fact
from vocabulary.ids import SessionId

S1 = SessionId("s1")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with clinic_site(tmp_path) as running:
        yield running


def profile_of(site: Site, session: SessionId) -> str:
    return plan_of(site.session(session), site.clinic).profile


def test_another_profile_is_chosen_while_planning_with_a_reason(site: Site) -> None:
    site.know(ANNA)
    form = "/patient/p1/plan"
    plain = {"indication": "depression", "ward": "demo"}
    refused = site.send(form, **plain, profile="long")
    assert refused.status == 422
    assert "another schedule needs a reason" in refused.text
    assert 'value="long" checked' in refused.text
    done = site.send(form, **plain, profile="long", profile_reason="first infusion")
    assert done.status == 303, done.text
    session = SessionId(done.header("location").split("/")[2])
    assert profile_of(site, session) == "long"
    usual = site.send(form, **plain, profile="standard")
    assert usual.status == 303, usual.text
    again = SessionId(usual.header("location").split("/")[2])
    assert site.session(again).profile_chosen is None


def test_it_is_chosen_at_preparing_seen_at_the_bed_and_fixed_by_the_start(site: Site) -> None:
    driver = prepared(site, datetime.now(UTC), session=S1)
    site.know(ANNA)
    site.take(S1, driver.events)
    prepare = site.get("/session/s1/prepare").text
    assert 'data-profile="standard"' in prepare
    assert "/session/s1/do/profile" in prepare
    done = site.send("/session/s1/do/profile", profile="long", reason="first infusion")
    assert done.status == 303, done.text
    bed = site.get("/ward/demo/bed/1").text
    assert "120 min of recovery" in bed
    assert "Nora Nurse: first infusion" in bed
    started = fact(InfusionStarted, driver.now)
    site.take(S1, [started], "ingest")
    session = site.session(S1)
    layout = find_layout(session, Evidence(), driver.now, site.clinic)
    assert layout is not None
    site.take(S1, [layout], "ingest")
    page = site.get("/session/s1/observations").text
    assert "Checks as laid out at the start: 120 min of recovery" in page
    assert "+10 min" in page
    assert "/session/s1/do/profile" not in site.get("/ward/demo/bed/1").text
    late = site.send("/session/s1/do/profile", profile="standard", reason="too long")
    assert "cannot choose another schedule of checks" in late.text
    assert site.record.chains.read(session_chain(S1)).recorded
    signing = site.get("/session/s1/sign-off").text
    assert "<dd>120 min of recovery (Nora Nurse: first infusion)</dd>" in signing
    assert profile_of(site, S1) == "long"
