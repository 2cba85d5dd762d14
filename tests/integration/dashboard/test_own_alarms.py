"""Alarms of the dashboard itself, acknowledged while ingest is away: on every screen, by name."""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection

from infusion.happenings import ward_chain
from infusion.station_events import OwnAlarmAcknowledged
from tests.fixtures.clinic_site import WARD, Site, clinic_site
from tests.fixtures.dashboard import eventually

ACKNOWLEDGE = f"/ward/{WARD}/alarms/acknowledge"
SEEN_WITHIN_S = 1.0


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with clinic_site(tmp_path) as running:
        links = running.server.server.services.links
        eventually(lambda: not links.links(WARD).links.broker.is_up, "the broker is not missed")
        yield running


def frame_that(screen: ClientConnection, key: str, within_s: float = 10) -> dict[str, Any]:
    """The next frame that has `key`."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        frame = dict(json.loads(screen.recv(timeout=within_s)))
        if key in frame:
            return frame
    raise AssertionError(f"no frame with {key}")


def recorded(site: Site) -> list[OwnAlarmAcknowledged]:
    events = site.record.chains.read(ward_chain(WARD)).events
    return [event for event in events if isinstance(event, OwnAlarmAcknowledged)]


def test_one_person_has_seen_it_and_every_screen_says_so_at_once(site: Site) -> None:
    with (
        site.server.open_screen(site.cookie("wall"), ward=WARD) as wall,
        site.server.open_screen(site.cookie("olga"), ward=WARD) as desk,
    ):
        assert "seen" not in json.loads(wall.recv(timeout=10))
        begun = time.monotonic()
        assert site.post(ACKNOWLEDGE, {"alarm": "broker"}).status == 303
        for screen in (wall, desk):
            seen = frame_that(screen, "seen")["seen"]
            assert list(seen) == ["broker"]
            assert seen["broker"]["by"] == "Nora Nurse"
            assert abs(seen["broker"]["at_ms"] / 1000 - time.time()) < 10
        assert time.monotonic() - begun < SEEN_WITHIN_S + 2, "a second, and a busy machine's two"
    eventually(lambda: recorded(site), "it is not recorded")
    [event] = recorded(site)
    assert event.by.account == "nora"
    assert event.alarm == f"{WARD}.broker"
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
    assert site.server.server.services.own_alarms.version == 0


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
    eventually(lambda: recorded(site), "it is not recorded once the record is free", 30)
