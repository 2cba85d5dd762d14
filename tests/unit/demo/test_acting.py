"""People of a scenario who act in real time."""

from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from demo.acting import act_in_time, read_lines
from demo.bedside import Played
from demo.peoples_file import PeoplesLine, play_people, write_people
from infusion.happenings import PEOPLE
from record.database import Database
from record.migrate import migrate
from record.store import Record, open_record
from simulator.scenario import read_scenario
from tests.unit.demo.test_peoples_file import START, clinic_of
from vocabulary.ids import WardId


@pytest.fixture
def lines(tmp_path: Path) -> list[PeoplesLine]:
    story = read_scenario("still_running")
    played = Played(story, WardId(story.ward), START, 1)
    write_people(tmp_path / "people.jsonl", [play_people(played, clinic_of(story))])
    return read_lines(tmp_path / "people.jsonl")


@pytest.fixture
def record(tmp_path: Path) -> Record:
    url = f"sqlite:///{tmp_path / 'hourglass.sqlite3'}"
    database = Database(url)
    migrate(database, 10)
    database.close()
    return open_record(url)


def test_each_act_is_appended_at_its_time_and_what_is_late_at_once(
    record: Record, lines: list[PeoplesLine]
) -> None:
    now = lines[-1].at - timedelta(minutes=10)
    waited: list[tuple[datetime, int]] = []
    chain = lines[0].chain

    def wait(seconds: float) -> None:
        nonlocal now
        now += timedelta(seconds=seconds)
        waited.append((now, len(record.chains.read(chain).events)))

    act_in_time(record, lines, lambda: now, wait)
    found = record.chains.read(chain)
    record.close()
    assert [item.event for item in found.recorded] == [line.event for line in lines]
    assert all(item.author.startswith(PEOPLE) for item in found.recorded)
    assert waited[-1] == (lines[-1].at, len(lines) - 1)
    begun = lines[-1].at - timedelta(minutes=10)
    assert [at for at, _ in waited[:-1]] == [begun] * (len(waited) - 1)


def test_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "people.jsonl").write_text("{}")
    with pytest.raises(msgspec.MsgspecError):
        read_lines(tmp_path / "people.jsonl")
