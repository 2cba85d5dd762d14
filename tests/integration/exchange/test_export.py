"""Sessions out of a real record: the same report, in every format, by one command."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from fhir.resources.R4B.bundle import Bundle

from exchange.__main__ import main
from exchange.loading import NoSuchSession, Shelf
from infusion.events import DeviceLinkChanged, IngestOutageEnded
from infusion.happenings import ward_chain
from infusion.report import SessionReport
from record.accounts import Account
from record.store import open_record
from tests.fixtures.clinic import two_beds
from tests.fixtures.exported import signed_report, signed_session
from tests.fixtures.exports import read_csv_files, read_parquet_files, read_session_json
from tests.fixtures.migrated import migrated_sqlite
from tests.fixtures.pumps import at
from tests.fixtures.recorded import put
from tests.fixtures.whole_session import driver
from vocabulary.ids import DeviceId, SessionId, WardId, WorkerId
from vocabulary.roles import Role
from vocabulary.states import DeviceLink

NOW = at(100_000)
BY = ("--by", "nora")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A record in SQLite that holds the session twice: s1, and s2 three days later."""
    made = migrated_sqlite(tmp_path_factory.mktemp("record") / "record.sqlite3")
    record = open_record(made)
    put(record, signed_session())
    put(record, signed_session(), "s2", days=3)
    for login, role in (("nora", Role.NURSE), ("olga", Role.ASSISTANT)):
        record.accounts.add(
            Account(login=login, printed_name=login.title(), role=role, password_hash="-")
        )
    record.close()
    return made


@pytest.fixture
def shelf(url: str) -> Iterator[Shelf]:
    record = open_record(url)
    yield Shelf(record, two_beds())
    record.close()


@pytest.fixture
def command(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The environment of the command; where it writes to."""
    monkeypatch.setenv("HOURGLASS_DATABASE_URL", url)
    return tmp_path / "out"


def without_alarms(report: SessionReport) -> SessionReport:
    """Alarms are concluded by ingest, scores by the page: neither is in this record."""
    return msgspec.structs.replace(
        report, alarms=(), alarm_groups=(), scores=(), position="", devices=()
    )


def test_a_session_read_from_the_record_gives_the_same_report(database_url: str) -> None:
    record = open_record(database_url)
    put(record, signed_session())
    export = Shelf(record, two_beds()).load(SessionId("s1"), NOW)
    record.close()
    assert without_alarms(export.report) == without_alarms(signed_report())
    assert export.report.position == "1/6"
    assert [(d.model, d.serial) for d in export.report.devices] == [
        ("iPM-9800", "M-0042"),
        ("Perfusor Space", "P-0815"),
    ]
    assert len(export.vitals) == len(export.pump_readings) == 8580


def test_the_second_session_of_a_patient_is_the_second_of_the_course(shelf: Shelf) -> None:
    later = NOW + timedelta(days=4)
    assert [shelf.load(name, later).report.position for name in shelf.names()] == ["1/6", "2/6"]


def test_sessions_are_found_by_the_day_they_were_planned_for(shelf: Shelf) -> None:
    assert shelf.names(since=at(86_400)) == ["s2"]
    assert shelf.names(until=at(86_400)) == ["s1"]


def test_a_session_that_is_not_there_is_named(shelf: Shelf) -> None:
    with pytest.raises(NoSuchSession, match="no session s9"):
        shelf.load(SessionId("s9"), NOW)


def test_what_the_ward_knows_of_a_gap_is_filled_in(tmp_path: Path) -> None:
    made = migrated_sqlite(tmp_path / "record.sqlite3")
    record = open_record(made)
    name = put(record, driver())
    ward = WardId("north")
    told = [
        _link(DeviceLink.OFFLINE, 3000),
        _link(DeviceLink.ONLINE, 3060),
        _link(DeviceLink.OFFLINE, 2000, "monitor-2"),  # of another chair
        _link(DeviceLink.OFFLINE, 2000, "pump-1"),  # measures no saturation
        IngestOutageEnded(ward=ward, at=at(3150), cause=None, worker=WorkerId("i"), since=at(3060)),
    ]
    with record.write() as transaction:
        transaction.lock_chains()
        transaction.append(ward_chain(ward), told, "ingest/i", at(3150))
    [line] = Shelf(record, two_beds()).load(name, NOW).report.completeness.gaps
    record.close()
    assert line.causes == ("monitor-1 not heard (offline)", "Hourglass was down")
    assert line.open == ()


def _link(link: DeviceLink, second: int, device: str = "monitor-1") -> DeviceLinkChanged:
    return DeviceLinkChanged(
        ward=WardId("north"),
        at=at(second),
        cause=None,
        device=DeviceId(device),
        link=link,
        since=at(second),
    )


def test_one_command_writes_every_session_in_every_format(
    command: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", *BY, "--all", "--format", "all", "--to", str(command)]) == 0
    assert "2 of 2 sessions written" in capsys.readouterr().out
    for name in ("s1", "s2"):
        assert (command / f"{name}.pdf").read_bytes().startswith(b"%PDF")
        assert (command / f"{name}.hl7").read_text().startswith("MSH|")
        assert json.loads((command / f"{name}.rems.json").read_bytes())["patient_name"]
        document = read_session_json((command / f"{name}.json").read_bytes())
        assert document.report.session == name
        Bundle.model_validate_json((command / f"{name}.fhir.json").read_bytes())
    for tables in (read_csv_files(command / "csv"), read_parquet_files(command / "parquet")):
        by_name = {table.name: table for table in tables}
        assert [row[0] for row in by_name["sessions"].rows] == ["s1", "s2"]
        assert len(by_name["vitals"].rows) == 2 * 8580
    assert command.stat().st_mode & 0o077 == 0


def test_what_cannot_be_exported_is_told_and_the_rest_is_written(
    command: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", *BY, "s1", "s9", "--format", "json", "--to", str(command)]) == 1
    told = capsys.readouterr()
    assert "the record has no session s9" in told.err
    assert "1 of 2 sessions written" in told.out
    assert [path.name for path in command.iterdir()] == ["s1.json"]


def test_the_register_of_all_sessions_is_one_file(
    command: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["register", *BY, "--to", str(command)]) == 0
    assert "8 entries of 2 sessions" in capsys.readouterr().out
    [register] = read_csv_files(command)
    assert [row[2] for row in register.rows] == ["s1"] * 4 + ["s2"] * 4


def test_nothing_to_export_and_an_unknown_format_say_what_to_do(
    command: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", *BY, "--to", str(command)]) == 1
    assert "name one, or use --all" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["export", *BY, "--all", "--format", "docx", "--to", str(command)])
    assert "known are csv, parquet" in capsys.readouterr().err


def test_every_session_that_is_taken_out_is_in_the_audit_trail(url: str, command: Path) -> None:
    record = open_record(url)
    before = len(record.audit.by_account("nora"))
    assert main(["export", *BY, "s2", "--format", "rems,hl7", "--to", str(command)]) == 0
    newest, *_ = looks = record.audit.by_account("nora")
    record.close()
    assert len(looks) == before + 1
    assert (newest.page, newest.session, newest.patient) == ("export rems,hl7", "s2", "p1")


@pytest.mark.parametrize(
    ("login", "told"),
    [("nobody", "there is no account 'nobody'"), ("olga", "assistant may not export")],
)
def test_only_who_may_takes_anything_out(
    login: str, told: str, command: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", "--by", login, "s1", "--to", str(command)]) == 1
    assert told in capsys.readouterr().err
    assert not command.exists()
