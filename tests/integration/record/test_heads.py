"""Heads that are kept elsewhere, and the commands of an auditor."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from record import schema
from record.chain_check import Report
from record.database import Database
from record.heads import BadHeads, heads_on, read_heads
from record.store import open_record
from record.verify import verify_all
from tests.fixtures.clinic import START
from tests.fixtures.pinned import chains, fill

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    record = open_record(database_url)
    fill(record)
    record.close()
    opened = Database(database_url)
    yield opened
    opened.close()


def found(report: Report) -> list[str]:
    return [str(difference) for difference in report.differences]


def test_a_record_that_was_cut_short_shows_against_heads_that_were_kept(
    database: Database,
) -> None:
    kept = [str(head) for head in heads_on(database, START.date())]
    assert len(kept) == len(chains())
    heads = read_heads(["# kept elsewhere", "", *kept])
    assert found(verify_all(database, heads)) == []
    with database.writing() as connection:
        last = connection.execute(
            select(schema.event.c.position).order_by(schema.event.c.position.desc()).limit(1)
        ).scalar_one()
        connection.execute(schema.event.delete().where(schema.event.c.position == last))
    assert found(verify_all(database)) == []  # nothing inside can know
    told = found(verify_all(database, heads))
    gone = "is gone: it was the head of its chain on"
    assert told == [f"event position {last} (ward/north): {gone} {START.date()}"]


def test_a_chain_that_was_rewritten_whole_shows_against_heads(
    database_url: str, database: Database, tmp_path: Path
) -> None:
    heads = heads_on(database, START.date())
    other_url = f"sqlite:///{tmp_path / 'forged.sqlite3'}"
    assert subprocess_run(other_url, "migrate").returncode == 0
    forged = open_record(other_url)
    fill(forged, minutes=2)
    forged.close()
    other_database = Database(other_url)
    assert found(verify_all(other_database)) == []
    told = found(verify_all(other_database, heads))
    other_database.close()
    assert any("it was the head of its chain" in line for line in told)


def test_heads_are_those_of_the_end_of_the_day(database: Database) -> None:
    before = heads_on(database, (START - timedelta(days=1)).date())
    assert before == []
    with pytest.raises(BadHeads, match="line 1 is no head"):
        read_heads(["2026-11-22 ward/north"])


def subprocess_run(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "record", "--url", url, *arguments],
        cwd=ROOT, capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip


def test_the_command_proves_or_names_the_row_and_ends_with_1(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'record.sqlite3'}"
    assert subprocess_run(url, "migrate").returncode == 0
    record = open_record(url)
    fill(record)
    record.close()
    heads = subprocess_run(url, "heads", "--day", f"{START.date()}")
    assert heads.stdout.startswith("# heads of 3 chains")
    kept = tmp_path / "heads.txt"
    kept.write_text(heads.stdout)
    for arguments in (("--all",), ("s1",), ("--all", "--heads", str(kept))):
        done = subprocess_run(url, "verify", *arguments)
        assert (done.returncode, done.stderr) == (0, "")
        assert "nothing was added, changed, removed or reordered" in done.stdout
    assert subprocess_run(url, "verify", "s9").returncode == 2
    assert subprocess_run(url, "verify").returncode == 2
    database = Database(url)
    with database.writing() as connection:
        connection.execute(
            schema.vitals.update().where(schema.vitals.c.position == 14).values(hr=1)
        )
    database.close()
    for arguments in (("--all",), ("s1",)):
        done = subprocess_run(url, "verify", *arguments)
        assert done.returncode == 1
        assert "DIFFERS: vitals position 14 (monitor-1): was changed since 2026-11-22 14:02" in (
            done.stdout
        )
