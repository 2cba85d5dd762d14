"""Making a record ready, as `python -m record migrate` does."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from record.database import MIGRATIONS, Database
from record.migrate import migrate
from record.store import RecordUnavailable, open_record
from tests.fixtures.migrated import migrated_sqlite
from tests.fixtures.postgresql import PostgreSql

ROOT = Path(__file__).resolve().parents[3]
NEWEST = ScriptDirectory(str(MIGRATIONS)).get_current_head()


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`python -m record` as an operator runs it in `folder`."""
    return subprocess.run(
        [sys.executable, "-m", "record", *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def test_the_command_makes_the_folder_and_the_record_and_may_be_repeated(tmp_path: Path) -> None:
    for _ in range(2):
        done = run(tmp_path, "migrate", HOURGLASS_DATA_DIR="new folder 100%/data")
        assert (done.returncode, done.stderr) == (0, "")
        assert f"schema {NEWEST}" in done.stdout
    file = tmp_path / "new folder 100%" / "data" / "hourglass.sqlite3"
    open_record(f"sqlite:///{file}").close()


def test_the_url_may_come_from_the_environment_or_the_command(tmp_path: Path) -> None:
    wanted, other = (f"sqlite:///{tmp_path / name}" for name in ("a.sqlite3", "b.sqlite3"))
    assert run(tmp_path, "migrate", HOURGLASS_DATABASE_URL=wanted).returncode == 0
    assert run(tmp_path, "--url", other, "migrate", HOURGLASS_DATABASE_URL=wanted).returncode == 0
    for url in (wanted, other):
        open_record(url).close()


def test_a_folder_that_cannot_be_made_is_a_clear_message(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a folder")
    done = run(tmp_path, "migrate")
    assert done.returncode == 1
    assert "cannot make the folder" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "command", [["verify", "--all"], ["heads"], ["events"], ["compact"]], ids=lambda c: c[0]
)
def test_to_look_at_a_record_that_is_not_there_says_so_and_makes_none(
    tmp_path: Path, command: list[str]
) -> None:
    done = run(tmp_path, "--url", f"sqlite:///{tmp_path}/mistyped/copy.sqlite3", *command)
    assert done.returncode == 2
    assert "there is no record at" in done.stderr
    assert "python -m record migrate" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["verify", "--all", "--heads", "missing.txt"], "missing.txt: No such file or directory"),
        (["verify", "--all", "--heads", "binary"], "binary is no text"),
        (["compact", "--days", "-5"], "'-5' is no number of days: write 0 or more"),
        (["heads", "--day", "2026-13-01"], "'2026-13-01' is no day: write YYYY-MM-DD"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line_that_helps(
    tmp_path: Path, command: list[str], told: str
) -> None:
    migrated_sqlite(tmp_path / "data" / "hourglass.sqlite3")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    done = run(tmp_path, *command)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_record_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'later.sqlite3'}"
    database = Database(url)
    migrate(database, patience_s=0)
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    done = run(tmp_path, "--url", url, "migrate")
    assert done.returncode == 1
    assert "another version of Hourglass" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://nora:secret@host/name", "cannot be kept in mysql"),
        ("nora:secret", "no database URL"),
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
    ],
)
def test_a_wrong_url_is_explained_without_its_password(url: str, message: str) -> None:
    with pytest.raises(RecordUnavailable, match=message) as refusal:
        Database(url)
    assert "secret" not in str(refusal.value)


@pytest.mark.postgresql
def test_two_that_migrate_at_once_do_not_trip_each_other(postgresql: PostgreSql) -> None:
    url = postgresql.new_database()
    found: list[str] = []

    def run_migration() -> None:
        database = Database(url)
        found.append(migrate(database, patience_s=90))
        database.close()

    both = [threading.Thread(target=run_migration) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join(180)
    assert found == [NEWEST, NEWEST]


@pytest.mark.postgresql
def test_a_server_that_is_not_there_is_waited_for_and_then_named() -> None:
    database = Database("postgresql://hourglass@127.0.0.1:1/nothing")
    with pytest.raises(RecordUnavailable, match="refused"):
        migrate(database, patience_s=0.3)
    database.close()
