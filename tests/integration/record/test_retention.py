"""Samples that belong to no session go after a while, as pinned and told; nothing else goes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from infusion.digests import (
    QUARANTINE_CHAIN,
    RefusedRetired,
    RetiredRefused,
    RetiredRows,
    RowsRetired,
    SamplesDigested,
)
from infusion.happenings import author_of, session_chain, ward_chain
from infusion.session_events import AssociationBasis, DeviceAssociated, PreparationBegun
from record import schema
from record.__main__ import main
from record.database import Database
from record.faults import NotAsPinned
from record.retention import compact
from record.store import Record, open_record
from record.verify import verify_all, verify_session
from tests.fixtures.clinic import START
from tests.fixtures.pinned import NORTH, SESSION, fill, fill_minute, refused
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
        (
            ["--days", str(max(days, 0) + 400)],
            "0 rows of 0 pinned minutes and 0 refused messages taken",
        ),
    ):
        monkeypatch.setattr("sys.argv", ["record", "--url", database_url, "compact", *extra])
        assert main() == 0
        assert told in capsys.readouterr().out


def refused_ids(database: Database) -> list[int]:
    table = schema.quarantine
    with database.reading() as connection:
        return list(connection.execute(select(table.c.id).order_by(table.c.id)).scalars())


def test_refused_messages_go_as_they_were_pinned_but_for_the_newest(
    record: Record, database: Database
) -> None:
    assert refused_ids(database) == [1, 2, 3]
    assert compact(database, BEFORE, LATER, is_rehearsal=True).refused == 2
    assert refused_ids(database) == [1, 2, 3]
    assert compact(database, BEFORE, LATER).refused == 2
    assert refused_ids(database) == [3]
    (told,) = [
        item.event
        for item in record.chains.read(QUARANTINE_CHAIN).recorded
        if isinstance(item.event, RefusedRetired)
    ]
    assert [(part.after, part.upto, part.rows) for part in told.parts] == [(0, 1, 1), (1, 2, 1)]
    assert verify_all(database).differences == ()
    assert compact(database, BEFORE, LATER).refused == 0
    fill_minute(record, 3)
    assert refused_ids(database) == [3, 4], "no id is given twice"
    assert verify_all(database).differences == ()
    assert compact(database, BEFORE, LATER).refused == 1
    assert verify_all(database).differences == ()


def test_young_refused_messages_stay(record: Record, database: Database) -> None:
    assert compact(database, START + timedelta(seconds=90), LATER).refused == 1
    assert refused_ids(database) == [2, 3]


@pytest.mark.parametrize("how", ["changed", "removed"])
def test_refused_messages_that_are_not_as_pinned_are_never_taken_out(
    record: Record, database: Database, how: str
) -> None:
    table = schema.quarantine
    with database.writing() as connection:
        if how == "changed":
            connection.execute(table.update().where(table.c.id == 2).values(detail="fine"))
        else:
            connection.execute(table.delete().where(table.c.id == 2))
    with pytest.raises(NotAsPinned, match="from id 2 to 2 are not as pinned"):
        compact(database, BEFORE, LATER)
    assert 1 in refused_ids(database)
    assert verify_all(database).differences


def test_a_refused_message_that_comes_back_after_it_was_taken_out_is_told(
    record: Record, database: Database
) -> None:
    with database.reading() as connection:
        row = dict(connection.execute(select(schema.quarantine)).mappings().first() or {})
    compact(database, BEFORE, LATER)
    with database.writing() as connection:
        connection.execute(schema.quarantine.insert().values(row))
    (told,) = verify_all(database).differences
    assert str(told).startswith("quarantine id 1: was added")


def test_refused_messages_that_were_too_young_to_go_are_missed(
    record: Record, database: Database
) -> None:
    """A word about retention covers what is older than it says, and nothing else."""
    part = RetiredRefused(after=0, upto=1, rows=1)
    forged = RefusedRetired(at=LATER, before=START, parts=(part,))
    with record.write() as tx:
        tx.append(QUARANTINE_CHAIN, [forged], "compact/quarantine", LATER)
    with database.writing() as connection:
        connection.execute(schema.quarantine.delete().where(schema.quarantine.c.id == 1))
    (told,) = verify_all(database).differences
    assert str(told).startswith("quarantine id 1: was removed")


def test_a_flood_of_refused_messages_is_pinned_in_parts_and_goes(
    record: Record, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("record.digest.REFUSED_AT_ONCE", 7)
    with record.write() as tx:
        tx.quarantine([refused(number) for number in range(100, 140)])
    fill_minute(record, 3)
    fill_minute(record, 4)
    assert verify_all(database).differences == ()
    assert compact(database, BEFORE, LATER).refused == 3 + 41
    assert len(refused_ids(database)) == 1
    assert verify_all(database).differences == ()
