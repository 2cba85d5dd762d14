"""What a dashboard saw of its own alarms lies on its own disk until the record has it."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dashboard.links import Links
from dashboard.own_alarm_spool import MOST_BYTES
from infusion.alarms.events import AlarmEnd
from infusion.happenings import ward_chain
from record.faults import RecordUnavailable
from record.store import Record
from tests.fixtures.clinic_site import a_record
from tests.fixtures.dashboard import NORTH
from tests.fixtures.own_alarms import FlappingRecord, House, at, down, lines
from tests.fixtures.session import NORA

pytestmark = pytest.mark.usefixtures("alarms_of_links")


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    record = a_record(tmp_path)
    yield record
    record.close()


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
