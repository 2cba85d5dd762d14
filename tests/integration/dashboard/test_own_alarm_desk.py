"""What the dashboard alarms by itself, into a record that comes and goes: all of it, once."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest

from dashboard.links import Links
from dashboard.own_alarm import OwnAlarm
from infusion.alarms.events import AlarmEnd
from infusion.happenings import ward_chain
from record.faults import RecordUnavailable
from record.store import Record, open_record
from record.verify import verify_all
from tests.fixtures.clinic_site import a_record
from tests.fixtures.dashboard import NORTH, SOUTH
from tests.fixtures.own_alarms import FlappingRecord, House, at, down, lines
from tests.fixtures.session import NORA
from vocabulary.alarms import AlarmPriority, OwnAlarmCode

pytestmark = pytest.mark.usefixtures("alarms_of_links")


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
