"""`python -m ingest` as an operator types it: what cannot be done is said in a line that helps."""

import socket
from pathlib import Path

import pytest

from tests.fixtures.migrated import migrated_sqlite
from tests.fixtures.processes import Program


def refusal(tmp_path: Path, *arguments: str, metrics_port: int = 0) -> str:
    """What it said when it could not do it."""
    program = Program(
        tmp_path / "log",
        "ingest",
        *arguments,
        HOURGLASS_DATABASE_URL=migrated_sqlite(tmp_path / "record.sqlite3"),
        HOURGLASS_METRICS_PORT=str(metrics_port),
        HOURGLASS_LOG_LEVEL="ERROR",
    )
    assert program.run() == 2
    assert "Traceback" not in program.output()
    return program.output().strip()


@pytest.mark.parametrize("option", ["--from", "--people"])
def test_a_file_that_is_not_there_is_named(tmp_path: Path, option: str) -> None:
    (tmp_path / "arrivals").touch()
    missing = tmp_path / "missing"
    files = {"--from": tmp_path / "arrivals", option: missing}
    given = [part for name, file in files.items() for part in (name, str(file))]
    assert refusal(tmp_path, *given) == f"{missing}: No such file or directory"


def test_a_line_that_is_no_arrival_is_named(tmp_path: Path) -> None:
    (tmp_path / "arrivals").write_text("junk\n")
    assert "arrivals, line 1: " in refusal(tmp_path, "--from", str(tmp_path / "arrivals"))


def test_a_port_in_use_is_named_with_its_setting(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = refusal(tmp_path, metrics_port=port)
    why = f"cannot listen on 127.0.0.1:{port}: Address already in use; 0 is off"
    assert said == f"settings: metrics_port: {why}"
