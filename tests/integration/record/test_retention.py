"""Samples that belong to no session go after a while, as pinned and told; nothing else goes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from infusion.digests import RetiredRows, RowsRetired, SamplesDigested
from infusion.happenings import author_of, session_chain, ward_chain
from infusion.session_events import AssociationBasis, DeviceAssociated, PreparationBegun
from record import schema
from record.__main__ import main
from record.database import Database
from record.retention import NotAsPinned, compact
from record.store import Record, open_record
from record.verify import verify_all, verify_session
from tests.fixtures.clinic import START
from tests.fixtures.pinned import NORTH, SESSION, fill, fill_minute
from tests.fixtures.session import NORA
from vocabulary.ids import BedId, DeviceId
from vocabulary.states import DeviceKind

LATER = START + timedelta(days=40)
BEFORE = LATER - timedelta(days=30)
MONITOR_2 = DeviceId("monitor-2")


@pytest.fixture
def record(database_url: str) -> Iterator[Record]:
    opened = open_record(database_url)
    fill(opened)
    yield opened
    opened.close()


def rows_of(database: Database, device: str) -> int:
    with database.reading() as connection:
        return sum(
            connection.execute(
                select(func.count()).select_from(table).where(table.c.device == device)
            ).scalar_one()
            for table in (schema.vitals, schema.pump_reading, schema.device_event,
                          schema.device_alarm, schema.device_status)
        )  # fmt: skip


def test_only_what_belongs_to_no_session_goes_and_the_record_is_proven_after(
    record: Record, database: Database
) -> None:
    before = {name: rows_of(database, name) for name in ("monitor-1", "pump-1", "monitor-2")}
    done = compact(database, BEFORE, LATER)
    assert (done.rows, done.minutes) == (3, 3)
    assert rows_of(database, "monitor-2") == 0
    assert {name: rows_of(database, name) for name in ("monitor-1", "pump-1")} == {
        name: before[name] for name in ("monitor-1", "pump-1")
    }
    (told,) = [
        item.event
        for item in record.chains.read(ward_chain(NORTH)).recorded
        if isinstance(item.event, RowsRetired)
    ]
    assert (told.before, told.at) == (BEFORE, LATER)
    assert [part.devices for part in told.parts] == [("monitor-2",)] * 3
    assert verify_all(database).differences == ()
    assert verify_session(database, SESSION).differences == ()
    assert compact(database, BEFORE, LATER).rows == 0
    fill_minute(record, 3)
    assert verify_all(database).differences == ()


def test_what_is_young_stays(record: Record, database: Database) -> None:
    assert compact(database, START + timedelta(seconds=90), LATER).rows == 1
    assert rows_of(database, "monitor-2") == 2


def test_a_rehearsal_changes_nothing(record: Record, database: Database) -> None:
    done = compact(database, BEFORE, LATER, is_rehearsal=True)
    assert (done.rows, done.minutes) == (3, 3)
    assert rows_of(database, "monitor-2") == 3


def test_a_device_that_by_a_later_word_was_a_sessions_stays_for_that_time(
    record: Record, database: Database
) -> None:
    """An association that was corrected from a past time makes rows a session's afterwards."""
    with record.write() as tx:
        tx.append(
            session_chain(SESSION),
            [
                PreparationBegun(session=SESSION, at=START, by=NORA, bed=BedId("2")),
                DeviceAssociated(
                    session=SESSION, at=START + timedelta(seconds=90), by=NORA, device=MONITOR_2,
                    kind=DeviceKind.MONITOR, basis=AssociationBasis.FIXED, needs_second=False,
                ),
            ],
            author_of(NORA.account),
            START,
        )  # fmt: skip
    assert compact(database, BEFORE, LATER).rows == 2
    assert rows_of(database, "monitor-2") == 1
    assert verify_all(database).differences == ()


def test_rows_that_are_not_as_pinned_are_never_taken_out(
    record: Record, database: Database
) -> None:
    table = schema.vitals
    with database.writing() as connection:
        connection.execute(table.update().where(table.c.device == MONITOR_2).values(hr=1.0))
    with pytest.raises(NotAsPinned, match="rows of monitor-2 from position 1"):
        compact(database, BEFORE, LATER)
    assert rows_of(database, "monitor-2") == 3


def test_rows_that_come_back_after_they_were_taken_out_are_told(
    record: Record, database: Database
) -> None:
    with database.reading() as connection:
        row = dict(
            connection.execute(select(schema.vitals).where(schema.vitals.c.device == MONITOR_2))
            .mappings()
            .first()
            or {}
        )
    compact(database, BEFORE, LATER)
    with database.writing() as connection:
        connection.execute(schema.vitals.insert().values(row))
    (told,) = verify_all(database).differences
    assert "(monitor-2): was added" in str(told)


def test_rows_of_a_session_that_somebody_declared_gone_are_told(
    record: Record, database: Database
) -> None:
    """A forged word about retention does not cover the rows of a session."""
    found = (item.event for item in record.chains.read(session_chain(SESSION)).recorded)
    digest = next(event for event in found if isinstance(event, SamplesDigested))
    part = RetiredRows(after=digest.after, upto=digest.upto, devices=("pump-1",))
    forged = RowsRetired(ward=NORTH, at=LATER, before=BEFORE, parts=(part,))
    with record.write() as tx:
        tx.append(ward_chain(NORTH), [forged], "compact/north", LATER)
    with database.writing() as connection:
        for table in (schema.pump_reading, schema.device_event, schema.device_alarm):
            connection.execute(
                table.delete().where(table.c.device == "pump-1", table.c.position <= digest.upto)
            )
    told = [str(difference) for difference in verify_all(database).differences]
    assert any("the rows of pump-1 that it pins were taken out" in line for line in told)
    assert verify_session(database, SESSION).differences


def test_the_command_takes_out_and_says_how_much(
    database_url: str, record: Record, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    days = (datetime.now(UTC) - START).days
    for extra, told in (
        (["--rehearse", "--days", "0"], "would be taken out"),
        (["--days", str(max(days, 0) + 400)], "0 rows of 0 pinned minutes taken out"),
    ):
        monkeypatch.setattr("sys.argv", ["record", "--url", database_url, "compact", *extra])
        assert main() == 0
        assert told in capsys.readouterr().out
