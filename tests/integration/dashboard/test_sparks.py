"""Spark lines from a real record to a screen: at once after a start, with gaps as they were."""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from config.clinic import read_clinic
from config.display import read_display
from dashboard.session_shelf import SessionShelf
from dashboard.spark_watch import SparkWatch
from record.store import Record
from tests.fixtures.clinic_site import CONFIG_DIR, WARD, Site, a_record, clinic_site
from tests.fixtures.measured import monitor_between, store
from vocabulary.ids import BedId

MINUTE = timedelta(minutes=1)
NOW = datetime.now(UTC)


@pytest.fixture
def watch(record: Record) -> SparkWatch:
    lines = read_display(CONFIG_DIR).spark
    return SparkWatch(record, SessionShelf(record), read_clinic(CONFIG_DIR).wards, lines)


def measure(record: Record, begins: datetime, ends: datetime) -> None:
    store(record, monitor_between("monitor-2", begins, ends, spo2=95.0))


def held(watch: SparkWatch, bed: str = "2") -> Any:
    return json.loads(watch.of(WARD)[BedId(bed)].text)


def sent(site: Site, bed: str = "2") -> Any:
    """The first lines of a bed that a new screen is sent."""
    until = time.monotonic() + 90
    with site.server.open_screen(site.cookie("wall"), ward=WARD) as screen:
        while time.monotonic() < until:
            frame = json.loads(screen.recv(timeout=60))
            if bed in frame.get("sparks", {}):
                return frame["sparks"][bed]
    raise AssertionError(f"no spark lines of bed {bed}")


def test_lines_reach_back_over_the_window_with_their_gaps(
    record: Record, watch: SparkWatch
) -> None:
    measure(record, NOW - 40 * MINUTE, NOW - 20 * MINUTE)
    measure(record, NOW - 10 * MINUTE, NOW)
    watch.look(NOW)
    lines = held(watch)
    assert set(lines["spo2"]) == {95, None}
    assert abs(lines["first_ms"] / 1000 - (NOW - 30 * MINUTE).timestamp()) <= 20
    assert abs(lines["spo2"].count(None) * 10 - 600) <= 20
    assert len(lines["spo2"]) <= 181
    assert {mmhg for _, mmhg in lines["sbp"]} == {124}
    assert 5 <= len(lines["sbp"]) <= 8
    assert held(watch, "3") is None


def test_what_came_late_finds_its_place(record: Record, watch: SparkWatch) -> None:
    measure(record, NOW - 15 * MINUTE, NOW - 10 * MINUTE)
    measure(record, NOW - 5 * MINUTE, NOW)
    watch.look(NOW)
    assert None in held(watch)["spo2"]
    measure(record, NOW - 10 * MINUTE, NOW - 5 * MINUTE)
    watch.look(NOW + timedelta(seconds=15))
    assert None not in held(watch)["spo2"]


def test_what_is_new_is_added_by_a_short_look(record: Record, watch: SparkWatch) -> None:
    measure(record, NOW - 5 * MINUTE, NOW)
    watch.look(NOW)
    before = len(held(watch)["spo2"])
    later = NOW + timedelta(seconds=10)
    store(record, monitor_between("monitor-2", NOW, later, spo2=88.0))
    watch.look(later)
    assert len(held(watch)["spo2"]) in (before, before + 1)
    assert held(watch)["spo2"][-1] == 88


def test_lines_that_did_not_change_are_not_sent_again(record: Record, watch: SparkWatch) -> None:
    measure(record, NOW - 15 * MINUTE, NOW)
    watch.look(NOW)
    before = watch.of(WARD)
    watch.look(NOW + timedelta(seconds=5))
    assert watch.of(WARD) == before


def test_a_dashboard_that_starts_sends_new_screens_what_the_record_had(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    with_record = a_record(tmp_path)
    measure(with_record, now - 15 * MINUTE, now)
    with_record.close()
    with clinic_site(tmp_path) as site:
        assert set(sent(site)["spo2"]) == {95}
        assert sent(site)["sbp"], "a second screen gets them as well"
