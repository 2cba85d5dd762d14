"""The bed page on a real record: the hour, its news, what can be done, and who may look."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import msgspec
import pytest

from dashboard import warming
from dashboard.components.ward_screen import ward_screen
from dashboard.shown import display_of
from infusion.alarms.events import AlarmId, AlarmRaised
from infusion.events import InfusionEnded, InfusionStarted
from infusion.interventions.events import OxygenChanged
from infusion.observations.events import (
    Basis,
    NoteWritten,
    ObservationsRecorded,
    ObservedItem,
)
from infusion.observations.values import Level
from infusion.session_events import Discharged, PauseConfirmed
from tests.fixtures.clinic_site import CONFIG_DIR, Site, clinic_site
from tests.fixtures.measured import DEMO, know_devices, monitor_between, store
from tests.fixtures.running_hour import prepared, record_hour
from tests.fixtures.session import NORA, PUMP, fact
from vocabulary.alarms import AlarmCode, AlarmKind, AlarmPriority
from vocabulary.ids import BedId, BootId, ObservationId, SessionId, WorkerId
from vocabulary.roles import Audience
from vocabulary.states import ReadingState
from wire.bed_state import BedState, PumpView

BED = "/ward/demo/bed/1"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with clinic_site(tmp_path) as running:
        yield running


def trend(site: Site, query: str = "") -> dict[str, Any]:
    answer = site.get(f"{BED}/trend{query}")
    assert answer.status == 200, answer.text
    found: dict[str, Any] = json.loads(answer.text)
    return found


def trace(told: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(t for t in told["figure"]["data"] if t["meta"]["name"] == name)
    return found


def test_the_hour_is_drawn_with_its_gap_its_steps_and_its_dose(site: Site) -> None:
    record_hour(site)
    told = trend(site)
    assert trace(told, "hr")["y"].count(None) == 1
    assert set(trace(told, "rate")["y"]) == {35.0, 42.0, 0.0, 28.0}
    # 35/3 + 42/4 + 28/4 mL of 1 mg/mL
    assert trace(told, "dose")["y"][-1] == pytest.approx(29.17, abs=0.02)
    assert trace(told, "ordered")["y"] == [35.0, 35.0]
    texts = trace(told, "marks")["text"]
    assert "35 to 42 mL/h: titration: effect too weak" in texts
    assert "42 to 28 mL/h, no reason yet" in texts
    assert "resumed" in texts
    shapes = {shape["name"] for shape in told["figure"]["layout"]["shapes"]}
    assert "baseline hr" in shapes


def test_news_are_only_what_came_since(site: Site) -> None:
    now = datetime.now(UTC)
    record_hour(site, now - timedelta(seconds=20))
    until = trend(site)["until"]
    assert trend(site, f"?since={quote(until)}")["news"]["add"] == {}
    began = now - timedelta(seconds=20)
    store(site.record, monitor_between("monitor-1", began, now, hr=88.0))
    news = trend(site, f"?since={quote(until)}")["news"]
    assert set(news["add"]["hr"]["y"]) == {88.0}
    assert news["add"]["nibp"]["text"] == ["124/78"]
    assert datetime.fromisoformat(news["until"]) > datetime.fromisoformat(until)


def test_what_arrives_late_stands_at_its_time_when_the_whole_is_drawn_again(site: Site) -> None:
    now = datetime.now(UTC)
    record_hour(site, now)
    assert None in trace(trend(site), "hr")["y"]
    gap = now - timedelta(seconds=3300 - 1500)
    late = monitor_between("monitor-1", gap, gap + timedelta(seconds=40), late=True)
    store(site.record, [msgspec.structs.replace(item, received_at=now) for item in late])
    told = trend(site)
    assert None not in trace(told, "hr")["y"]
    [text] = [text for text in trace(told, "marks")["text"] if text.startswith("late")]
    assert re.match(r"late: monitor-1, [\d:]{8} to [\d:]{8}, came until [\d:]{8}", text)


def test_the_panel_offers_what_is_allowed_and_asks_what_is_open(site: Site) -> None:
    record_hour(site)
    page = site.get(BED).text
    assert 'data-do="pause"' in page
    assert "Pause at the pump, then confirm" in page
    assert 'data-question="rate"' in page
    assert 'data-do="discharge"' not in page
    assert "Devices at no bed" in page
    assert "Associate pump-9" in page
    as_admin = site.get(f"{BED}/panel", "ada").text
    assert 'data-do="pause"' not in as_admin


def test_a_pump_that_runs_on_after_its_pause_was_confirmed_is_told(site: Site) -> None:
    name = record_hour(site)
    at = datetime.now(UTC) - timedelta(seconds=20)
    site.take(name, [PauseConfirmed(session=name, at=at, by=NORA, reason="bathroom")])
    assert "STILL RUNNING" in site.get(f"{BED}/panel").text


@pytest.mark.parametrize(
    ("reading", "is_live", "rate"),
    [("live", True, " 35.0 mL/h"), ("stale", True, ""), ("live", False, "")],
)
def test_a_pump_that_runs_on_is_told_with_its_rate_only_while_that_is_known(
    site: Site, monkeypatch: pytest.MonkeyPatch, reading: str, is_live: bool, rate: str
) -> None:
    name = record_hour(site)
    now = datetime.now(UTC)
    paused = PauseConfirmed(session=name, at=now - timedelta(seconds=20), by=NORA, reason="bath")
    site.take(name, [paused])
    pump = PumpView(device=PUMP, reading=ReadingState(reading), rate_ml_h=35.0)
    bed = site.server.server.services.beds.of(DEMO)[BedId("1")]
    bed.state = BedState(
        ward=DEMO, bed=BedId("1"), published_at=now, worker=WorkerId("ingest-1"),
        ingest_boot=BootId("b1"), signals={}, pump=pump,
    )  # fmt: skip
    own = site.server.server.services.own_alarms
    monkeypatch.setattr(own, "of_link", lambda _: None if is_live else own)
    told = site.get(f"{BED}/panel").text
    assert f"<strong>STILL RUNNING{rate}</strong>" in told
    assert ("last known: " in told) is not is_live, "links of devices likewise"


def test_a_pump_that_runs_unconfirmed_asks_what_for(site: Site) -> None:
    began = datetime.now(UTC) - timedelta(minutes=20)
    driver = prepared(site, began)
    unready = [e for e in driver.events if type(e).__name__ != "PreparationConfirmed"]
    started = fact(InfusionStarted, driver.now)
    site.take(SessionId("s1"), [*unready, msgspec.structs.replace(started, ward=DEMO)])
    page = site.get(f"{BED}/panel").text
    assert "PUMP RUNNING, NOT CONFIRMED" in page
    link = page.partition('data-question="unconfirmed-run"')[2].partition('href="')[2]
    path = link.partition('"')[0].replace("&amp;", "&")
    assert site.send(path, kind="priming").status == 303
    assert "NOT CONFIRMED" not in site.get(f"{BED}/panel").text


def test_a_free_chair_offers_who_is_planned(site: Site) -> None:
    know_devices(site.record, "monitor-1", "pump-1")
    assert "This chair is free" in site.get(BED).text
    driver = prepared(site, datetime.now(UTC))
    site.take(SessionId("s1"), driver.events[:1])
    page = site.get(BED).text
    assert "Muster, Anna" in page
    assert f"/session/s1/do/begin?bed=1&amp;next={quote(BED, safe='')}" in page
    assert json.loads(site.get(f"{BED}/trend").text) == {"session": ""}


def test_the_next_patient_sees_nothing_of_the_last(site: Site) -> None:
    name = record_hour(site)
    events = [
        msgspec.structs.replace(fact(InfusionEnded, datetime.now(UTC), PUMP), ward=DEMO),
    ]
    site.take(name, events)
    done = site.send(
        f"/session/{name}/do/leave", reason="own wish", iv="yes", told="Paul Prescriber"
    )
    assert done.status == 303, done.text
    page = site.get(BED).text
    assert "Muster" not in page
    assert "This chair is free" in page


def test_a_screen_and_a_stranger_see_no_bed_page(site: Site) -> None:
    record_hour(site, is_measured=False)
    for path in (BED, f"{BED}/panel", f"{BED}/trend"):
        assert site.get(path, "wall").status == 403
        assert site.server.ask("GET", path).status == 303
    assert site.get("/ward/demo/bed/99").status == 404
    assert site.get("/ward/nowhere/bed/1").status == 404


def test_the_second_session_says_what_happened_last_time(site: Site) -> None:
    ended = datetime.now(UTC) - timedelta(days=3)
    first = record_hour(site, ended)
    site.take(
        first,
        [
            msgspec.structs.replace(fact(InfusionEnded, ended), ward=DEMO),
            Discharged(session=first, at=ended, by=NORA, escort="Max"),
        ],
    )
    second = prepared(site, datetime.now(UTC) - timedelta(minutes=20), session=SessionId("s2"))
    site.take(SessionId("s2"), second.events)
    page = site.get(BED).text
    assert "Last time, 3 days ago" in page
    assert "124/78" in page
    assert "29.16 mg (0.42 mg/kg)" in page


def test_a_step_up_is_warned_of_and_the_warning_recorded_with_its_reason(site: Site) -> None:
    now = datetime.now(UTC)
    name = record_hour(site, now)
    changed = now - timedelta(seconds=3300 - 1200)
    path = f"/session/{name}/do/explain-rate?device=pump-1&at={quote(changed.isoformat())}"
    page = site.get(path).text
    assert 'data-rule="checks_open"' in page
    assert 'data-rule="too_soon"' not in page
    assert site.send(path, reason="effect too weak").status == 303
    said = site.session(name).rate_changes[-1]
    assert said.reason.startswith("effect too weak (told: no complete")


def test_a_person_gets_from_a_tile_to_its_bed_and_a_wall_does_not(site: Site) -> None:
    plan = site.clinic.wards[0]
    assert "/ward/demo/bed/3" in str(ward_screen(plan, Audience.STAFF, is_screen=False))
    assert "/bed/" not in str(ward_screen(plan, Audience.STAFF, is_screen=True))


def test_scripts_and_styles_are_packed_and_kept_for_good(site: Site) -> None:
    record_hour(site, is_measured=False)
    page = site.get(BED).text
    addresses = re.findall(r'(?:src|href)="(/(?:kept|assets)/[^"]+)"', page)
    assert len(addresses) == 3
    assert all(address.startswith("/kept/") for address in addresses)
    for address in addresses:
        packed = site.server.ask(
            "GET", address, session=site.cookie("nora"), headers={"accept-encoding": "gzip"}
        )
        assert packed.status == 200
        assert packed.header("content-encoding") == "gzip"
        assert "immutable" in packed.header("cache-control")
        plain = site.get(address)
        assert plain.header("content-encoding") == ""
        assert plain.header("content-type") == packed.header("content-type")
    other = site.get("/kept/plotly-0000000000000000.js")
    assert other.status == 404
    assert "immutable" not in other.header("cache-control")


def test_a_server_that_is_warm_asked_the_record_and_drew(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []

    def noted(label: str, figure: dict[str, Any], **_: str) -> str:
        drawn.extend(trace["meta"]["name"] for trace in figure["data"] if trace["x"])
        return label

    monkeypatch.setattr(warming, "trend_graph", noted)
    warming.warm(site.server.server.services)
    assert {"hr", "spo2", "nibp"} <= set(drawn)


def test_every_kind_of_event_is_marked_at_its_time_with_its_words(site: Site) -> None:
    name = record_hour(site, is_measured=True)
    at = datetime.now(UTC) - timedelta(minutes=8)
    alarm = AlarmRaised(
        ward=DEMO, at=at, cause=None, bed=BedId("1"), session=name, alarm=AlarmId("a1"),
        code=AlarmCode.SPO2_LOW, kind=AlarmKind.PHYSIOLOGICAL, subject="",
        priority=AlarmPriority.HIGH, text="SpO2 86 < 90", value=86.0, limit=90.0, since=at,
        version="v1", reasons=(),
    )  # fmt: skip
    site.take(name, [alarm], "ingest/w1")
    site.take(
        name,
        [
            NoteWritten(session=name, at=at, by=NORA, text="asked for water"),
            OxygenChanged(session=name, at=at, by=NORA, flow_l_min=2),
            ObservationsRecorded(
                session=name, at=at, by=NORA, observation=ObservationId("o1"), set="quick",
                observed=(ObservedItem(item="sedation", value=Level(level=5),
                                       basis=Basis.JUDGED),),
            ),
        ],
        "account/nora",
    )  # fmt: skip
    marks = trace(trend(site), "marks")
    shown = dict(zip(marks["text"], zip(marks["x"], marks["customdata"], strict=True), strict=True))
    zone = ZoneInfo(display_of(CONFIG_DIR).time_zone)
    then = f"{at.astimezone(zone):%Y-%m-%dT%H:%M:%S}"
    for words, kind in (
        ("!!! SpO2 86 < 90", "alarm"),
        ("asked for water", "note"),
        ("oxygen 2 L/min", "intervention"),
        ("quick set, Nora Nurse: sedation 5", "observation"),
    ):
        assert shown[words][0].startswith(then), words
        assert shown[words][1] == kind
    assert {"rate", "pause", "order"} <= set(marks["customdata"])
