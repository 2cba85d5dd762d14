"""Alarms of the dashboard itself: on every screen while others are away, and on record."""

import csv
import io
import json
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection

from dashboard.own_alarm import OwnAlarm
from infusion.alarms.events import AlarmEnd
from infusion.alarms.log import AlarmRecord, alarm_log
from infusion.happenings import ward_chain
from infusion.station_events import OwnAlarmAcknowledged
from record.faults import RecordUnavailable
from tests.fixtures.clinic_site import WARD, Site, clinic_site
from tests.fixtures.dashboard import eventually
from tests.fixtures.mosquitto import MOSQUITTO, Mosquitto
from vocabulary.alarms import OwnAlarmCode

pytestmark = pytest.mark.usefixtures("alarms_of_links")
ACKNOWLEDGE = f"/ward/{WARD}/alarms/acknowledge"
SEEN_WITHIN_S = 20.0
"""A second is promised; the rest is for a machine that runs other tests at the same time."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with clinic_site(tmp_path) as running:
        links = running.server.server.services.links
        eventually(lambda: not links.links(WARD).links.broker.is_up, "the broker is not missed")
        yield running


def frame_that(screen: ClientConnection, key: str, within_s: float = 60) -> dict[str, Any]:
    """The next frame that has `key`."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        frame = dict(json.loads(screen.recv(timeout=within_s)))
        if key in frame:
            return frame
    raise AssertionError(f"no frame with {key}")


def standing(site: Site) -> tuple[OwnAlarm, ...]:
    """What the dashboard itself alarms now in the ward."""
    return site.server.server.services.own_alarms.of_ward(WARD)


def lines(site: Site) -> tuple[AlarmRecord, ...]:
    """The log of the ward's own alarms."""
    return alarm_log(site.record.chains.read(ward_chain(WARD)).events)


def line_that(site: Site, is_so: Callable[[AlarmRecord], Any], complaint: str) -> AlarmRecord:
    """The only line of the log, once it is so."""
    eventually(lambda: lines(site) and is_so(lines(site)[0]), complaint)
    [line] = lines(site)
    return line


def recorded(site: Site) -> list[OwnAlarmAcknowledged]:
    events = site.record.chains.read(ward_chain(WARD)).events
    return [event for event in events if isinstance(event, OwnAlarmAcknowledged)]


def test_one_person_has_seen_it_and_every_screen_says_so_at_once(site: Site) -> None:
    with (
        site.server.open_screen(site.cookie("wall"), ward=WARD) as wall,
        site.server.open_screen(site.cookie("olga"), ward=WARD) as desk,
    ):
        assert "seen" not in json.loads(wall.recv(timeout=60))
        begun = time.monotonic()
        assert site.post(ACKNOWLEDGE, {"alarm": "broker"}).status == 303
        for screen in (wall, desk):
            seen = frame_that(screen, "seen")["seen"]
            assert list(seen) == ["broker"]
            assert seen["broker"]["by"] == "Nora Nurse"
            assert abs(seen["broker"]["at_ms"] / 1000 - time.time()) < 120
        assert time.monotonic() - begun < SEEN_WITHIN_S
    eventually(lambda: recorded(site), "it is not recorded")
    [event] = recorded(site)
    assert event.by.account == "nora"
    assert event.alarm.startswith(f"{WARD}.broker/")
    assert "NO LIVE DATA" in event.text
    page = site.get(f"/ward/{WARD}/alarms").text
    assert "✓ Nora Nurse" in page
    assert 'data-state="acknowledged"' in page


def test_who_says_it_first_has_seen_it(site: Site) -> None:
    site.post(ACKNOWLEDGE, {"alarm": "broker"}, "nora")
    site.post(ACKNOWLEDGE, {"alarm": "broker"}, "olga")
    site.post(ACKNOWLEDGE, {"alarm": "no such alarm"}, "olga")
    eventually(lambda: recorded(site), "it is not recorded")
    assert [event.by.account for event in recorded(site)] == ["nora"]


@pytest.mark.parametrize("who", ["wall", "ada"])
def test_it_needs_a_name_that_may_chart(site: Site, who: str) -> None:
    assert site.post(ACKNOWLEDGE, {"alarm": "broker"}, who).status == 403
    assert [alarm.acknowledged_at for alarm in standing(site)] == [None]


def test_while_the_record_cannot_be_written_it_is_held_and_written_afterwards(
    site: Site, tmp_path: Path
) -> None:
    wall_cookie = site.cookie("wall")
    with closing(sqlite3.connect(tmp_path / "record.sqlite3", isolation_level=None)) as other:
        site.get("/worklist", "olga")  # her use is noted before
        other.execute("BEGIN IMMEDIATE")
        with site.server.open_screen(wall_cookie, ward=WARD) as wall:
            assert site.post(ACKNOWLEDGE, {"alarm": "broker"}, "olga").status == 303
            assert frame_that(wall, "seen")["seen"]["broker"]["by"] == "Olga Nurse"
        assert recorded(site) == []
        other.execute("ROLLBACK")
    eventually(lambda: recorded(site), "it is not recorded once the record is free")


def url_of(folder: Path) -> str:
    return f"sqlite:///{folder / 'record.sqlite3'}"


def test_an_outage_is_a_line_of_the_log_its_csv_and_the_burden(site: Site) -> None:
    site.post(ACKNOWLEDGE, {"alarm": "broker"}, "olga")
    line = line_that(site, lambda r: r.acknowledged_at, "it is not recorded")
    log_path = f"/ward/{WARD}/alarms/log"
    page = site.get(f"{log_path}?bed=*&kind=technical").text
    assert page.count("<tr data-alarm=") == 1
    assert f'data-alarm="{line.alarm}"' in page
    assert "<td>ward</td>" in page
    assert "Olga Nurse" in page
    assert "<tr data-alarm=" not in site.get(f"{log_path}?bed=1").text
    [row] = csv.DictReader(io.StringIO(site.get(f"{log_path}.csv?bed=*").text))
    assert (row["alarm"], row["bed"], row["acknowledged_by"]) == (line.alarm, "", "Olga Nurse")
    assert row["code"] == OwnAlarmCode.BROKER_DOWN.value
    assert row["raised_at"] == line.raised_at.isoformat(timespec="milliseconds")
    burden = site.get(f"/ward/{WARD}/alarms/burden").text
    for label in ("Ward", "Of no chair"):
        cells = re.search(rf'data-burden="{label}".*?</tr>', burden, re.DOTALL)
        assert cells is not None
        assert re.findall(r'<td class="count">(.*?)</td>', cells[0])[1:3] == ["1", "1"]


def test_a_restart_in_the_middle_goes_on_with_it_and_with_who_has_seen_it(tmp_path: Path) -> None:
    with clinic_site(tmp_path) as site:
        eventually(lambda: standing(site), "the broker is not missed")
        site.post(ACKNOWLEDGE, {"alarm": "broker"}, "nora")
        before = line_that(site, lambda r: r.acknowledged_at, "it is not recorded")
        assert standing(site)[0].since == before.since
    with clinic_site(tmp_path, database_url=url_of(tmp_path), people=False) as again:
        [alarm] = standing(again)
        assert (alarm.since, alarm.acknowledged_by) == (before.since, "Nora Nurse")
        again.logins |= site.logins
        with again.server.open_screen(again.cookie("nora"), ward=WARD) as screen:
            seen = json.loads(screen.recv(timeout=60))["seen"]
            assert seen["broker"]["by"] == "Nora Nurse", "the first frame says so: nothing sounds"
        links = again.server.server.services.links
        eventually(lambda: links.links(WARD).links.broker.detail, "the broker is not judged anew")
        assert links.links(WARD).links.broker.since == before.since
        assert lines(again) == (before,)


@pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not installed: apt install mosquitto")
def test_what_is_up_again_after_a_restart_is_ended_and_says_that_nobody_saw_when(
    tmp_path: Path,
) -> None:
    with clinic_site(tmp_path) as site:
        before = line_that(site, lambda r: r.raised_at, "the broker is not missed")
    broker = Mosquitto(tmp_path / "broker")
    broker.start()
    try:
        url = url_of(tmp_path)
        with clinic_site(tmp_path, database_url=url, people=False, mqtt_url=broker.url) as again:
            eventually(lambda: lines(again)[0].ended_at, "it is not ended")
            line = lines(again)[0]
            assert (line.alarm, line.how, line.times) == (before.alarm, AlarmEnd.UNKNOWN, 1)
            assert OwnAlarmCode.BROKER_DOWN not in {alarm.code for alarm in standing(again)}
    finally:
        broker.kill()


def test_two_dashboards_are_one_line_and_what_is_seen_at_one_shows_at_the_other(
    site: Site, tmp_path: Path
) -> None:
    with clinic_site(tmp_path, database_url=url_of(tmp_path), people=False) as other:
        other.logins |= site.logins
        eventually(lambda: standing(other), "the other misses no broker")
        with other.server.open_screen(site.cookie("wall"), ward=WARD) as wall:
            assert "seen" not in json.loads(wall.recv(timeout=60))
            begun = time.monotonic()
            site.post(ACKNOWLEDGE, {"alarm": "broker"}, "nora")
            assert frame_that(wall, "seen")["seen"]["broker"]["by"] == "Nora Nurse"
            assert time.monotonic() - begun < SEEN_WITHIN_S
        line = line_that(site, lambda r: r.acknowledged_at, "it is not recorded")
        assert (line.times, line.ended_at) == (1, None)
        eventually(
            lambda: standing(site)[0].since == standing(other)[0].since == line.since,
            "each has its own beginning",
        )


def test_without_the_record_the_list_still_says_what_stands_and_what_it_does_not_know(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: Any) -> Any:
        raise RecordUnavailable("the disk is gone")

    monkeypatch.setattr(site.server.server.services.shelf, "open", gone)
    page = site.get(f"/ward/{WARD}/alarms")
    assert page.status == 200
    assert "NO LIVE DATA" in page.text
    assert "Not known: what the cards say of dose and baseline." in page.text
