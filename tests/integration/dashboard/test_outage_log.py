"""Outages of a real house and what its record says of them afterwards: one cause, one line."""

import csv
import io
import re
import sqlite3
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboard.sessions import COOKIE, digest_of
from infusion.alarms.events import AlarmEnd
from infusion.alarms.log import AlarmRecord, alarm_log
from infusion.happenings import ward_chain
from record.accounts import OpenLogin
from record.database import Database
from record.store import Record, open_record
from record.verify import verify_all
from tests.fixtures.bedside import Bedside
from tests.fixtures.clinic_site import PATIENT_S
from tests.fixtures.dashboard import nurse
from tests.fixtures.house import MOSQUITTO, House
from tests.fixtures.processes import wait_for
from vocabulary.alarms import AlarmKind, OwnAlarmCode
from vocabulary.ids import WardId

pytestmark = [pytest.mark.broker]

BEDS = 2
SESSION = "the-session-of-nina-0001"
WITHIN_S = 150.0
SHOWN_WITHIN = timedelta(seconds=60)
"""3 s are promised; the rest is for a machine that runs other tests at the same time."""
LONG_AGO = timedelta(seconds=3)
"""What was over for so long is another alarm when it is back (after 1 s here)."""
HEARD_BEFORE = timedelta(seconds=10)
"""An outage is told from when its cause was last heard, which was before it began."""
AWAY_S = 6.0
"""Longer than an outage that calls nobody."""


class WatchedHouse:
    """A running house, somebody logged in, and the log of its ward's own alarms.

    What comes back after a second is another alarm here, so that each test has its own.
    """

    def __init__(self, house: House) -> None:
        self.house = house
        self.record: Record = open_record(house.database_url, PATIENT_S)
        self.record.accounts.add(nurse())
        now = datetime.now(UTC)
        self.record.accounts.open_login(
            OpenLogin(
                id_digest=digest_of(SESSION), created_at=now, last_seen_at=now, account="nina"
            )
        )
        self._known = 0

    def ask(self, path: str, **form: str) -> str:
        """A page of the ward, or the answer to a form."""
        url = f"{self.house.ward_url}{path}"
        data = urllib.parse.urlencode(form).encode() if form else None
        headers = {"cookie": f"{COOKIE}={SESSION}", "origin": self.house.url}
        with urllib.request.urlopen(
            urllib.request.Request(url, data, headers), timeout=90
        ) as answer:
            return str(answer.read().decode())

    def lines(self) -> tuple[AlarmRecord, ...]:
        """All of the log that came after `forget`."""
        events = self.record.chains.read(ward_chain(WardId(self.house.ward))).events
        return alarm_log(events)[self._known :]

    def lines_of(self, code: OwnAlarmCode) -> list[AlarmRecord]:
        """Those of one kind. Besides, a busy machine may itself miss what is only late."""
        return [line for line in self.lines() if line.code is code]

    def lines_before(self, at: datetime) -> list[AlarmRecord]:
        """Those of all kinds that began before a moment."""
        return [line for line in self.lines() if line.since < at]

    def forget(self) -> None:
        """From here on the log is another test's."""
        self._known += len(self.lines())

    def wait(self, is_so: Callable[[], Any], complaint: str) -> None:
        wait_for(complaint, lambda: bool(is_so()), WITHIN_S)

    def settle(self) -> None:
        """Wait until all is well."""
        self.wait(self.is_live, "all is well")

    def is_live(self) -> bool:
        page = self.ask("/alarms/now")
        return "NO LIVE DATA" not in page and all(line.ended_at for line in self.lines())

    def is_over_for_long(self) -> bool:
        before = datetime.now(UTC) - LONG_AGO
        return all(line.ended_at is not None and line.ended_at < before for line in self.lines())


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WatchedHouse]:
    if MOSQUITTO is None:
        pytest.skip("mosquitto is not installed: apt install mosquitto")
    house = House(tmp_path_factory.mktemp("house"), BEDS)
    alarms = house.folder / "config" / "alarms.yaml"
    soon = re.compile(r"^(  (?:returns_within_s|sounds_again_after_s)): \d+$", re.MULTILINE)
    text, changed = soon.subn(r"\1: 1", alarms.read_text())
    assert changed == 2
    alarms.write_text(text)
    bedside = Bedside(house.ward, house.broker.port, BEDS)
    try:
        house.start()
        bedside.start()
        watched = WatchedHouse(house)
        yield watched
        watched.record.close()
    finally:
        bedside.stop()
        house.close()


@pytest.fixture
def house(running: WatchedHouse) -> WatchedHouse:
    running.house.make_whole()
    running.house.wait_for_dashboard()
    running.settle()
    running.wait(running.is_over_for_long, "what comes next is another alarm")
    running.forget()
    return running


def test_a_broker_that_was_away_is_one_line_of_the_log_with_its_times(house: WatchedHouse) -> None:
    killed_at = datetime.now(UTC)
    house.house.kill_broker()
    house.wait(
        lambda: house.lines_of(OwnAlarmCode.BROKER_DOWN), "the outage is recorded while it lasts"
    )
    [line] = house.lines()
    assert (line.code, line.kind, line.bed) == (OwnAlarmCode.BROKER_DOWN, AlarmKind.TECHNICAL, None)
    assert line.since >= killed_at - HEARD_BEFORE
    assert line.raised_at - killed_at <= SHOWN_WITHIN
    mended_at = datetime.now(UTC)
    house.house.start_broker()
    house.wait(house.is_live, "all is well again")
    # whoever came back later than the broker would be missed within this
    until = time.monotonic() + AWAY_S
    house.wait(lambda: time.monotonic() > until, "the time passes")
    [line] = house.lines_before(mended_at)
    assert (line.how, line.times, line.acknowledged_at) == (AlarmEnd.CLEARED, 1, None)
    assert line.ended_at is not None
    assert line.ended_at >= mended_at - timedelta(seconds=1)
    [row] = [
        row
        for row in csv.DictReader(io.StringIO(house.ask("/alarms/log.csv?bed=*")))
        if row["alarm"] == line.alarm
    ]
    assert row["ended_at"] == line.ended_at.isoformat(timespec="milliseconds")
    assert f'data-alarm="{line.alarm}"' in house.ask("/alarms/log?bed=*")


def test_kill_9_of_ingest_leaves_onset_who_saw_it_and_end(house: WatchedHouse) -> None:
    killed_at = datetime.now(UTC)
    house.house.kill(house.house.ingest)
    house.wait(lambda: "ingest down" in house.ask("/alarms/now"), "ingest is missed")
    house.ask("/alarms/acknowledge", alarm="ingest")
    house.wait(lambda: "✓ Nina" in house.ask("/alarms/now"), "it is seen")
    house.house.start_ingest()
    house.wait(
        lambda: any(line.ended_at for line in house.lines_of(OwnAlarmCode.INGEST_DOWN)),
        "its end is recorded",
    )
    line, *_ = house.lines_of(OwnAlarmCode.INGEST_DOWN)
    assert line.raised_at - killed_at <= SHOWN_WITHIN
    assert line.acknowledged_by is not None
    assert line.acknowledged_by.printed_name == "Nina"
    assert line.acknowledged_at is not None
    assert line.ended_at is not None
    assert line.raised_at < line.acknowledged_at < line.ended_at
    assert line.how is AlarmEnd.CLEARED


def test_a_locked_record_is_one_line_that_is_written_when_it_is_free(house: WatchedHouse) -> None:
    locked_at = datetime.now(UTC)
    house.ask("/alarms/now")  # her use is noted before
    with closing(sqlite3.connect(house.house.database_file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        house.wait(lambda: "record down" in house.ask("/alarms/now"), "the record is missed")
        house.ask("/alarms/acknowledge", alarm="record")
        house.wait(lambda: "✓ Nina" in house.ask("/alarms/now"), "it is seen")
        assert house.lines() == ()
        other.execute("ROLLBACK")
    free_at = datetime.now(UTC)
    house.wait(
        lambda: any(line.ended_at for line in house.lines_of(OwnAlarmCode.RECORD_DOWN)),
        "all of it is recorded",
    )
    house.settle()
    [line] = house.lines_before(free_at)
    assert line.code is OwnAlarmCode.RECORD_DOWN
    assert locked_at - HEARD_BEFORE <= line.since <= line.raised_at <= free_at
    assert line.acknowledged_by is not None
    assert line.acknowledged_at is not None
    assert line.raised_at < line.acknowledged_at < free_at


def test_a_dashboard_killed_in_the_middle_goes_on_with_what_was_seen(house: WatchedHouse) -> None:
    house.house.kill_broker()
    house.wait(lambda: house.lines_of(OwnAlarmCode.BROKER_DOWN), "the outage is recorded")
    house.ask("/alarms/acknowledge", alarm="broker")
    house.wait(lambda: house.lines()[0].acknowledged_at, "who saw it is recorded")
    before = house.lines()
    house.house.kill(house.house.dashboard)
    house.house.start_dashboard()
    house.house.wait_for_dashboard()
    house.wait(lambda: "broker down" in house.ask("/alarms/now"), "it stands again")
    house.wait(lambda: "✓ Nina" in house.ask("/alarms/now"), "and is seen")
    assert house.lines() == before, "nothing began anew"
    mended_at = datetime.now(UTC)
    house.house.start_broker()
    house.wait(house.is_live, "all is well again")
    [line] = house.lines_before(mended_at)
    assert (line.since, line.times, line.sounded) == (before[0].since, 1, 1)
    assert line.ended_at is not None


def broker_lines(house: WatchedHouse) -> list[AlarmRecord]:
    return [line for line in house.lines() if line.code is OwnAlarmCode.BROKER_DOWN]


def test_an_outage_seen_while_the_record_was_away_outlives_kill_9_of_the_dashboard(
    house: WatchedHouse,
) -> None:
    kept = house.house.folder / "own-alarms-1.jsonl"
    house.ask("/alarms/now")  # her use is noted before
    with closing(sqlite3.connect(house.house.database_file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        house.wait(lambda: "record down" in house.ask("/alarms/now"), "the record is missed")
        killed_at = datetime.now(UTC)
        house.house.kill_broker()
        house.wait(lambda: "broker down" in house.ask("/alarms/now"), "the broker is missed")
        seen_at = datetime.now(UTC)
        house.wait(lambda: b"broker_down" in kept.read_bytes(), "it is on the disk")
        house.house.kill(house.house.dashboard)
        assert house.lines() == ()
        other.execute("ROLLBACK")
    house.house.start_dashboard()
    house.house.wait_for_dashboard()
    house.wait(lambda: broker_lines(house), "what it saw is recorded")
    [line] = broker_lines(house)
    assert killed_at - HEARD_BEFORE <= line.since <= line.raised_at <= seen_at
    assert line.ended_at is None
    house.house.start_broker()
    house.wait(house.is_live, "all is well again")
    again, *_ = broker_lines(house)
    assert (again.since, again.raised_at, again.times) == (line.since, line.raised_at, 1)
    assert again.ended_at is not None
    assert again.ended_at > seen_at
    house.wait(lambda: kept.read_bytes() == b"", "nothing of it is kept any more")


def test_the_record_with_all_of_that_in_it_is_whole(house: WatchedHouse) -> None:
    database = Database(house.house.database_url)
    try:
        report = verify_all(database)
    finally:
        database.close()
    assert report.differences == ()
    assert report.events > 0
