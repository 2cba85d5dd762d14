"""What the dashboard alarms by itself, into a record that comes and goes: all of it, once."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from config.broker_address import parse_mqtt_url
from dashboard.beds import Beds
from dashboard.feed import Feed
from dashboard.links import Links, LinkView
from dashboard.metrics import Metrics
from dashboard.own_alarm import OwnAlarm
from dashboard.own_alarm_desk import OwnAlarmDesk
from dashboard.own_alarm_spool import MOST_BYTES, OwnAlarmSpool
from dashboard.own_alarms import OwnAlarms
from dashboard.watch import LinkWatch
from infusion.alarms.events import AlarmEnd
from infusion.alarms.log import AlarmRecord, alarm_log
from infusion.happenings import ward_chain
from record.faults import RecordUnavailable
from record.store import Record, open_record
from record.transaction import Transaction
from record.verify import verify_all
from tests.fixtures.clinic_site import a_record
from tests.fixtures.dashboard import NORTH, SOUTH, plain_tile, two_wards
from tests.fixtures.session import NORA
from vocabulary.alarms import AlarmPriority, OwnAlarmCode
from vocabulary.states import LinkState

WITHIN = timedelta(seconds=60)
BEGAN = datetime.now(UTC) - timedelta(hours=1)


def at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def down(since_s: float) -> Links:
    return Links(broker=LinkView(LinkState.DOWN, at(since_s), "lost"))


class FlappingRecord:
    """A real record of which each write fares as `fates` say: refused, or its answer is lost."""

    def __init__(self, record: Record, fates: str = "") -> None:
        self.record = record
        self.fates = list(fates)
        self.chains = record.chains

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        fate = self.fates.pop(0) if self.fates else "well"
        if fate == "r":
            raise RecordUnavailable("it refuses")
        with self.record.write() as transaction:
            yield transaction
        if fate == "l":
            raise RecordUnavailable("the answer to the commit was lost")


class House:
    """A dashboard's own alarms and their desk, without the rest of it.

    `folder`: its data directory, if it has one.
    """

    def __init__(
        self, record: Any, tended: frozenset[str] = frozenset(), folder: Path | None = None
    ) -> None:
        wards = two_wards().wards
        beds, metrics = Beds(wards, plain_tile), Metrics()
        feed = Feed(parse_mqtt_url("mqtt://127.0.0.1:1"), metrics)
        self.own = OwnAlarms(beds.wards, WITHIN, "v7")
        self.links = LinkWatch(feed, beds, metrics, lambda: True, self.own.judged)
        self.spool = None if folder is None else OwnAlarmSpool(folder)
        self.desk = OwnAlarmDesk(
            record, self.own, beds, self.links, WITHIN, tended, spool=self.spool
        )

    def judged(self, links: Links, second: float) -> None:
        self.own.judged(NORTH, links, at(second))

    def look(self) -> None:
        """One turn of the desk: what waits is written, then what is written is read."""

        asyncio.run(self.desk._turn())

    def keep(self) -> None:
        """What is new is on its own disk."""
        asyncio.run(self.desk._keep())

    def begin(self) -> "House":
        asyncio.run(self.desk.begin())
        return self

    def kill(self) -> None:
        """Nothing is left of it but its files."""
        assert self.spool is not None
        self.spool.close()


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    record = a_record(tmp_path)
    yield record
    record.close()


@pytest.fixture
def several(database_url: str) -> Iterator[list[Record]]:
    """One record, opened by four dashboards."""
    records = [open_record(database_url) for _ in range(4)]
    yield records
    for one in records:
        one.close()


def look_until_written(house: House) -> None:
    """As the desk's own task does while others hold the record."""
    until = time.monotonic() + 90
    while True:
        try:
            house.look()
        except RecordUnavailable:
            assert time.monotonic() < until, "the record is never free"
        else:
            return


def lines(record: Record, ward: Any = NORTH) -> tuple[AlarmRecord, ...]:
    return alarm_log(record.chains.read(ward_chain(ward)).events)


@pytest.mark.parametrize("fates", ["", "rrr", "lll", "rlrlrlrl", "llrrll"])
def test_a_flapping_record_loses_and_doubles_nothing(record: Record, fates: str) -> None:
    house = House(FlappingRecord(record, fates))
    tries = iter(range(50))

    def turn() -> None:
        try:
            house.look()
        except RecordUnavailable:
            next(tries)

    for n in range(6):
        house.judged(down(100 * n), 100 * n + 2)
        turn()
        house.desk.acknowledge(NORTH, {"broker"}, NORA, at(100 * n + 5))
        house.judged(Links(), 100 * n + 20)
        turn()
        house.judged(down(100 * n + 25), 100 * n + 27)
        house.judged(Links(), 100 * n + 30)
        turn()
    while house.own.events:
        turn()
    found = lines(record)
    assert [(r.since, r.raised_at) for r in found] == [
        (at(100 * n), at(100 * n + 2)) for n in range(6)
    ]
    assert {(r.times, r.sounded) for r in found} == {(2, 1)}
    assert [r.acknowledged_at for r in found] == [at(100 * n + 5) for n in range(6)]
    assert [r.ended_at for r in found] == [at(100 * n + 30) for n in range(6)]
    assert len(record.chains.read(ward_chain(NORTH)).recorded) == 6 * 5
    report = verify_all(record._database)
    assert (report.differences, report.events) == ((), 6 * 5)


def test_two_dashboards_that_write_late_and_crosswise_are_one_line_for_each_outage(
    record: Record,
) -> None:
    ours, theirs = House(record), House(record)
    for n in range(3):
        ours.judged(down(100 * n), 100 * n + 2)
        theirs.judged(down(100 * n + 0.4), 100 * n + 2.3)
        ours.judged(Links(), 100 * n + 20)
        theirs.judged(Links(), 100 * n + 20.2)
    theirs.look()
    ours.look()
    assert [(r.times, r.ended_at) for r in lines(record)] == [
        (1, at(100 * n + 20.2)) for n in range(3)
    ]


def test_dashboards_that_write_at_the_same_instant_are_one_line(several: list[Record]) -> None:
    together = Barrier(len(several))

    def live(record: Record, late_s: float) -> None:
        house = House(record)
        for n in range(5):
            house.judged(down(100 * n + late_s), 100 * n + 2 + late_s)
            together.wait(90)
            look_until_written(house)
            house.desk.acknowledge(NORTH, {"broker"}, NORA, at(100 * n + 10))
            house.judged(Links(), 100 * n + 20 + late_s)
            together.wait(90)
            look_until_written(house)

    with ThreadPoolExecutor(len(several)) as pool:
        lived = [pool.submit(live, record, n / 10) for n, record in enumerate(several)]
        for each in lived:
            each.result(300)
    found = lines(several[0])
    assert [(r.times, r.ended_at is not None, r.acknowledged_by) for r in found] == [
        (1, True, NORA)
    ] * 5
    assert len(several[0].chains.read(ward_chain(NORTH)).recorded) == 3 * 5


def test_with_the_record_away_at_the_start_it_is_taken_up_once_it_is_back(record: Record) -> None:
    before = House(record)
    before.judged(down(0), 2)
    before.desk.acknowledge(NORTH, {"broker"}, NORA, at(5))
    before.look()
    still, up = House(record), House(record)
    now = datetime.now(UTC)
    still.links.judge_all(now, time.monotonic() + 10)  # it never connected
    assert still.own.of_ward(NORTH)[0].acknowledged_at is None
    still.look()
    [alarm] = still.own.of_ward(NORTH)
    assert (alarm.since, alarm.acknowledged_by) == (at(0), "Nora Nurse")
    assert len(lines(record)) == 1

    up.links.judge_all(now, time.monotonic())  # and all was up
    up.look()
    up.look()
    [line] = lines(record)
    assert line.how is AlarmEnd.UNKNOWN
    assert line.ended_at is not None


def test_the_webhook_that_nobody_answers_is_gone_on_with_by_who_tends_it(record: Record) -> None:
    trouble = OwnAlarm(
        name="notifier", code=OwnAlarmCode.NOTICES_NOT_TAKEN, priority=AlarmPriority.MEDIUM,
        text="alarms are not sent on", since=at(0),
    )  # fmt: skip
    before = House(record, frozenset({"notifier"}))
    before.own.raise_one(trouble, at(1))
    before.look()
    without = House(record)
    without.look()
    without.look()
    assert without.own.standing == ()
    assert [line.ended_at for line in lines(record)] == [None], "it is another's to end"
    again = House(record, frozenset({"notifier"}))
    again.look()
    assert [alarm.since for alarm in again.own.standing] == [at(0)]
    again.own.end("notifier", datetime.now(UTC) + timedelta(seconds=10))
    again.look()
    for ward in (NORTH, SOUTH):
        [line] = lines(record, ward)
        assert line.how is AlarmEnd.CLEARED


def test_what_is_back_and_stays_is_heard_again_however_long_the_record_is_away(
    record: Record,
) -> None:
    house = House(FlappingRecord(record, "r" * 100))
    house.judged(down(0), 2)
    house.desk.acknowledge(NORTH, {"broker"}, NORA, at(5))
    house.judged(Links(), 10)
    house.judged(down(15), 17)

    async def keep_time_for_a_moment() -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(house.desk.keep_time(), 0.05)

    asyncio.run(keep_time_for_a_moment())
    assert house.own.of_ward(NORTH)[0].acknowledged_at is None
    assert lines(record) == ()
    house.desk.record = record
    house.look()
    [line] = lines(record)
    assert (line.times, line.sounded, line.seen_at) == (2, 2, None)


def test_what_was_seen_while_the_record_was_away_is_told_by_the_next_start(
    record: Record, tmp_path: Path
) -> None:
    seeing = House(FlappingRecord(record, "r"), folder=tmp_path).begin()
    seeing.judged(down(0), 2)
    seeing.desk.acknowledge(NORTH, {"broker"}, NORA, at(5))
    seeing.keep()
    with pytest.raises(RecordUnavailable):
        seeing.look()
    seeing.kill()
    assert lines(record) == ()
    again = House(record, folder=tmp_path).begin()
    [line] = lines(record)
    assert (line.since, line.raised_at, line.acknowledged_at) == (at(0), at(2), at(5))
    [alarm] = again.own.of_ward(NORTH)
    assert (alarm.since, alarm.acknowledged_by) == (at(0), "Nora Nurse")
    again.own.judged(NORTH, Links(), datetime.now(UTC))  # it is over: when, nobody saw
    again.look()
    [line] = lines(record)
    assert (line.times, line.how) == (1, AlarmEnd.UNKNOWN)
    assert (tmp_path / "own-alarms-1.jsonl").read_bytes() == b""
    again.kill()
    before = record.chains.newest()
    House(record, folder=tmp_path).begin()
    assert record.chains.newest() == before


def test_a_start_with_the_record_still_away_goes_on_with_what_was_seen(
    record: Record, tmp_path: Path
) -> None:
    seeing = House(record, folder=tmp_path).begin()
    seeing.judged(down(0), 2)
    seeing.desk.acknowledge(NORTH, {"broker"}, NORA, at(5))
    seeing.keep()
    seeing.kill()
    again = House(FlappingRecord(record, "r"), folder=tmp_path).begin()
    again.judged(down(0.5), 7)
    [alarm] = again.own.of_ward(NORTH)
    assert (alarm.since, alarm.acknowledged_by) == (at(0), "Nora Nurse")
    again.judged(Links(), 60)
    again.look()
    again.look()
    [line] = lines(record)
    assert (line.since, line.acknowledged_at, line.ended_at) == (at(0), at(5), at(60))


def test_a_kill_between_the_record_and_the_disk_doubles_nothing(
    record: Record, tmp_path: Path
) -> None:
    seeing = House(record, folder=tmp_path).begin()
    seeing.judged(down(0), 2)
    seeing.keep()
    asyncio.run(seeing.desk._write())  # and no time to let go of the file
    seeing.kill()
    assert (tmp_path / "own-alarms-1.jsonl").read_bytes() != b""
    House(record, folder=tmp_path).begin().look()
    assert len(record.chains.read(ward_chain(NORTH)).recorded) == 1


def test_each_dashboard_has_a_file_of_its_own_and_takes_along_those_of_the_dead(
    record: Record, tmp_path: Path
) -> None:
    away = FlappingRecord(record, "rrrr")
    one, two = (House(away, folder=tmp_path).begin() for _ in range(2))
    one.judged(down(0), 2)
    two.judged(down(0.4), 2.3)
    for house in (one, two):
        house.keep()
    assert [len(f.read_text().splitlines()) for f in sorted(tmp_path.glob("*.jsonl"))] == [1, 1]
    two.kill()
    three = House(record, folder=tmp_path).begin()
    assert [line.since for line in lines(record)] == [at(0.4)]
    one.kill()
    three.kill()
    House(record, folder=tmp_path).begin()
    assert [line.since for line in lines(record)] == [at(0.4)]  # one alarm, told by both


def test_of_two_that_did_not_know_of_each_other_none_stands_for_ever(
    record: Record, tmp_path: Path
) -> None:
    one = House(record, folder=tmp_path).begin()
    one.judged(down(0), 2)
    one.keep()
    one.kill()
    two = House(record)
    two.judged(down(100), 102)
    two.look()
    three = House(record, folder=tmp_path).begin()
    three.judged(Links(), 200)
    three.look()
    assert [(line.since, line.ended_at, line.how) for line in lines(record)] == [
        (at(0), at(100), AlarmEnd.UNKNOWN), (at(100), at(200), AlarmEnd.UNKNOWN)
    ]  # fmt: skip


def test_a_line_that_cannot_be_read_is_set_aside_and_told(
    record: Record, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    seeing = House(FlappingRecord(record, "rr"), folder=tmp_path).begin()
    file = tmp_path / "own-alarms-1.jsonl"
    seeing.judged(down(0), 2)
    seeing.keep()
    whole = file.read_bytes()
    seeing.kill()
    torn = whole[: len(whole) // 2]
    file.write_bytes(b"\xff\x00 not ours\n" + whole + torn)
    for _ in range(2):  # told again, set aside once
        caplog.clear()
        again = House(FlappingRecord(record, "r"), folder=tmp_path).begin()
        assert "2 lines of" in caplog.text
        again.judged(Links(), 30)
        again.keep()
        again.kill()
    assert (tmp_path / "own-alarms.unreadable").read_bytes().splitlines() == [
        b"\xff\x00 not ours", torn
    ]  # fmt: skip
    House(record, folder=tmp_path).begin()
    [line] = lines(record)
    assert (line.since, line.ended_at) == (at(0), at(30))


def test_what_is_kept_is_bounded_and_the_beginning_is_there(
    record: Record, tmp_path: Path, caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    assert MOST_BYTES <= 2_000_000
    monkeypatch.setattr("dashboard.own_alarm_spool.MOST_BYTES", 4000)
    house = House(FlappingRecord(record, "r"), folder=tmp_path).begin()
    for n in range(40):
        house.judged(down(100 * n), 100 * n + 2)
        house.judged(Links(), 100 * n + 20)
        house.keep()
    file = tmp_path / "own-alarms-1.jsonl"
    assert 3000 < file.stat().st_size <= 4000
    assert "is full" in caplog.text
    assert file.stat().st_mode & 0o077 == 0, "it names people"
    with pytest.raises(RecordUnavailable):
        house.look()
    house.look()
    assert len(lines(record)) == 40, "in memory is all of it"
    assert file.stat().st_size == 0
    house.judged(down(9000), 9002)
    house.keep()
    assert file.stat().st_size > 0


def test_without_a_disk_of_its_own_all_goes_on(
    record: Record, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    house = House(record, folder=tmp_path / "file").begin()
    assert "on no disk of ours" in caplog.text
    house.judged(down(0), 2)
    house.keep()
    house.look()
    assert len(lines(record)) == 1
