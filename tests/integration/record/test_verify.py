"""Nothing in the record can be added, changed, removed or reordered without being told."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Boolean, Connection, Float, LargeBinary, Table, Text, select

from infusion.digests import SamplesDigested
from infusion.fold import fold
from record import schema
from record.chain_check import Report
from record.database import Database
from record.digest import Minute, digest_minute
from record.store import Record, open_record
from record.verify import UnknownSession, verify_all, verify_session
from tests.fixtures.clinic import START
from tests.fixtures.pinned import (
    NORTH,
    OF_SESSION,
    ROWS_A_MINUTE,
    SESSION,
    chains,
    fill,
    fill_minute,
    refused,
)
from vocabulary.ids import DeviceId, SessionId, WardId

ROOT = Path(__file__).resolve().parents[3]
STATE_TABLES = {
    "receipts", "device_clock", "device_state", "snapshot", "stream_position", "lease", "account",
    "login", "kiosk_token", "interface_token", "form", "draft",
}  # fmt: skip
"""Tables that may change. Any other is of the record, a new one too, and is tried below."""
RECORD_TABLES = set(schema.metadata.tables) - STATE_TABLES


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    record = open_record(database_url)
    fill(record)
    record.close()
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def record(database: Database, database_url: str) -> Iterator[Record]:
    opened = open_record(database_url)
    yield opened
    opened.close()


def found(report: Report) -> list[str]:
    return [str(difference) for difference in report.differences]


def test_a_record_that_was_left_alone_is_proven(database: Database) -> None:
    report = verify_all(database)
    assert found(report) == []
    assert report.rows == 3 * ROWS_A_MINUTE + 3
    assert report.unpinned == 0
    assert report.chains == len(chains())
    of_session = verify_session(database, SESSION)
    assert found(of_session) == []
    assert of_session.events == 1 + 3 + 3
    assert of_session.rows == 3 * 7


def test_every_table_of_the_record_has_rows_to_be_changed(database: Database) -> None:
    assert set(schema.metadata.tables) >= STATE_TABLES
    assert {"vitals", "pump_reading", "event", "quarantine"} <= RECORD_TABLES
    with database.reading() as connection:
        empty = [
            name
            for name in RECORD_TABLES
            if connection.execute(select(schema.metadata.tables[name]).limit(1)).first() is None
        ]
    assert empty == []


@pytest.mark.parametrize("name", sorted(RECORD_TABLES))
def test_a_changed_value_in_any_column_is_caught(database: Database, name: str) -> None:
    table = schema.metadata.tables[name]
    key = next(iter(table.primary_key.columns))
    with database.reading() as connection:
        keys = list(connection.execute(select(key).order_by(key)).scalars())
        place = keys[len(keys) // 2]
        row = connection.execute(select(table).where(key == place)).mappings().one()
    for column in [each.name for each in table.columns]:
        changed = other(table, column, row[column])
        put(database, table, place, {column: changed})
        report = verify_all(database)
        assert report.differences, f"{name}.{column} was changed and nobody noticed"
        first = report.differences[0]
        if column not in {key.name, "device", "ward", "wards"}:  # these move it out of its digest
            assert first.table == name, column
        if name != "event" or column != key.name:
            assert f" {place} " in f"{first.place} ", column
        put(database, table, changed if column == key.name else place, {column: row[column]})
    assert found(verify_all(database)) == []


def put(database: Database, table: Table, place: int, values: dict[str, Any]) -> None:
    key = next(iter(table.primary_key.columns))
    with database.writing() as connection:
        done = connection.execute(table.update().where(key == place).values(values))
        assert done.rowcount == 1


def other(table: Table, column: str, was: Any) -> Any:
    kind = table.c[column].type
    if isinstance(kind, Boolean):
        return not was
    if isinstance(kind, Float):
        return 0.0 if was is None else was + 0.001
    if isinstance(kind, LargeBinary):
        return bytes(was) + b"x"
    if isinstance(kind, Text):
        return "x" if was is None else f"{was}x"
    return 1 if was is None else was + 1_000_000


@pytest.mark.parametrize("name", sorted(RECORD_TABLES))
def test_a_removed_row_is_caught(database: Database, name: str) -> None:
    table = schema.metadata.tables[name]
    key = next(iter(table.primary_key.columns))
    with database.writing() as connection:
        keys = list(connection.execute(select(key).order_by(key)).scalars())
        connection.execute(table.delete().where(key == keys[len(keys) // 2]))
    first = verify_all(database).differences[0]
    if name == "event":
        assert "are missing" in first.what
    else:
        assert f" {keys[len(keys) // 2]} " in f"{first.place} "
        assert first.what.startswith("was removed since 2026-11-22 14:0")


@pytest.mark.parametrize("name", sorted(RECORD_TABLES - {"event", "quarantine"}))
def test_an_added_row_is_caught_and_named(database: Database, name: str) -> None:
    table = schema.metadata.tables[name]
    with database.writing() as connection:
        rows = connection.execute(select(table).order_by(table.c.position)).mappings().all()
        first = dict(rows[0])
        # takes the place of a row that a monitor of another ward could have had
        connection.execute(table.delete().where(table.c.position == rows[1]["position"]))
        forged = {**first, "position": rows[1]["position"]}
        for unique in ("seq", "event_position"):
            if unique in forged:
                forged[unique] = 77_777
        connection.execute(table.insert().values(forged))
    told = found(verify_all(database))
    assert any(line.startswith(f"{name} position {rows[1]['position']}") for line in told)


def test_an_added_message_of_a_device_that_never_spoke_is_caught(database: Database) -> None:
    def forge(connection: Connection, free: int) -> None:
        row = dict(connection.execute(select(schema.vitals).limit(1)).mappings().one())
        row |= {"position": free, "device": "monitor-9", "seq": 1}
        connection.execute(schema.vitals.insert().values(row))

    with database.writing() as connection:
        free = ROWS_A_MINUTE + 8
        connection.execute(
            schema.device_alarm.delete().where(schema.device_alarm.c.position == free)
        )
        forge(connection, free)
    told = found(verify_all(database))
    assert any(f"vitals position {free} (monitor-9): was added" in line for line in told)


def test_rows_that_changed_places_are_caught(database: Database) -> None:
    table = schema.vitals
    with database.writing() as connection:
        places = list(
            connection.execute(select(table.c.position).order_by(table.c.position)).scalars()
        )
        one, two = places[1], places[2]
        for was, now in ((one, -1), (two, one), (-1, two)):
            connection.execute(table.update().where(table.c.position == was).values(position=now))
    assert found(verify_all(database))[0].startswith(f"vitals position {one} (monitor-1)")


def test_events_that_changed_places_are_caught(database: Database) -> None:
    table = schema.event
    with database.writing() as connection:
        for was, now in ((2, -1), (3, 2), (-1, 3)):
            connection.execute(table.update().where(table.c.position == was).values(position=now))
    assert found(verify_all(database))[0].startswith("event position 2 ")


def test_a_chain_that_was_cut_short_is_caught_by_the_next_digest(
    database: Database, record: Record
) -> None:
    fill_minute(record, 3)
    chain = chains()[0]
    with database.writing() as connection:
        last = connection.execute(
            select(schema.event.c.position)
            .where(schema.event.c.chain == chain)
            .order_by(schema.event.c.position.desc())
            .limit(1)
        ).scalar_one()
        connection.execute(schema.event.delete().where(schema.event.c.position == last))
    told = found(verify_all(database))
    assert any("are missing" in line or "not those that it pinned" in line for line in told)
    assert found(verify_session(database, SESSION)) == []  # its own chain cannot know


def test_rows_since_the_last_digest_are_counted_as_not_pinned_yet(
    database: Database, record: Record
) -> None:
    fill_minute(record, 3, is_pinned=False)
    report = verify_all(database)
    assert found(report) == []
    assert report.unpinned == ROWS_A_MINUTE + 1


def test_digesting_twice_pins_once(database: Database, record: Record) -> None:
    before = record.chains.read(chains()[1])
    with record.write() as tx:
        upto = 3 * ROWS_A_MINUTE
        digest_minute(tx, Minute(ward=NORTH, upto=upto, at=START, sessions=OF_SESSION), "ingest-2")
    assert record.chains.read(chains()[1]) == before


def test_a_draft_is_used_as_far_as_it_goes_and_not_if_somebody_was_quicker(
    database: Database, record: Record
) -> None:
    fill_minute(record, 3, is_pinned=False)
    first, second = 3 * ROWS_A_MINUTE + 5, 4 * ROWS_A_MINUTE
    draft = record.draft_digest(NORTH, first)
    assert (draft.after, draft.upto) == (3 * ROWS_A_MINUTE, first)
    minute = Minute(ward=NORTH, upto=second, at=START, sessions=OF_SESSION)
    for _ in range(2):
        with record.write() as tx:
            digest_minute(tx, minute, "ingest-1", draft)
    report = verify_all(database)
    assert (found(report), report.unpinned) == ([], 0)
    spans = [
        (item.event.after, item.event.upto)
        for item in record.chains.read(chains()[1]).recorded
        if isinstance(item.event, SamplesDigested)
    ]
    assert spans[-2:] == [(3 * ROWS_A_MINUTE, first), (first, second)]


def test_a_long_backlog_is_pinned_in_parts(
    database: Database, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("record.digest.POSITIONS_AT_ONCE", 4)
    for number in (3, 4):
        fill_minute(record, number, is_pinned=False)
    at = START + timedelta(minutes=6)
    with record.write() as tx:
        far = Minute(ward=NORTH, upto=500, at=at, sessions=OF_SESSION)
        digest_minute(tx, far, "ingest-1")
    report = verify_all(database)
    assert found(report) == []
    assert (report.rows, report.unpinned) == (5 * ROWS_A_MINUTE + 5, 0)
    assert found(verify_session(database, SESSION)) == []


def test_wards_are_pinned_each_by_itself(database: Database, record: Record) -> None:
    south = WardId("south")
    with database.writing() as connection:
        row = dict(connection.execute(select(schema.vitals).limit(1)).mappings().one())
        row |= {"position": 1000, "device": "monitor-7", "seq": 1, "ward": "south"}
        connection.execute(schema.vitals.insert().values(row))
    assert verify_all(database).unpinned == 1
    for _ in range(3):
        for ward in (south, NORTH):
            with record.write() as tx:
                minute = Minute(ward=ward, upto=1000, at=START + timedelta(minutes=5), sessions={})
                digest_minute(tx, minute, "ingest-1")
    report = verify_all(database)
    assert (found(report), report.unpinned) == ([], 0)
    # an idle ward is not pinned for ever
    assert len(record.chains.read("ward/south").recorded) == 1
    with database.writing() as connection:
        connection.execute(
            schema.vitals.update().where(schema.vitals.c.position == 1000).values(hr=1)
        )
    assert found(verify_all(database))[0].startswith(
        "vitals position 1000 (monitor-7): was changed"
    )


def test_a_session_that_pins_what_its_ward_does_not_is_told(
    database: Database, record: Record
) -> None:
    """A device that was two sessions' at once is pinned in both."""
    two = {**OF_SESSION, SessionId("s2"): (DeviceId("pump-1"),)}
    fill_minute(record, 3, is_pinned=False)
    with record.write() as tx:
        minute = Minute(ward=NORTH, upto=4 * ROWS_A_MINUTE, at=START, sessions=two)
        digest_minute(tx, minute, "ingest-1")
    assert found(verify_session(database, SessionId("s2"))) == []
    with database.writing() as connection:
        table = schema.pump_reading
        place = 3 * ROWS_A_MINUTE + 6
        connection.execute(table.update().where(table.c.position == place).values(volume_ml=9.0))
    for session in (SESSION, SessionId("s2")):
        told = found(verify_session(database, session))
        assert told[0].startswith(f"pump_reading position {place} (pump-1): was changed since")


def test_digests_change_nothing_of_a_session(record: Record) -> None:
    log = record.chains.read(chains()[0])
    session = fold(log.events)
    assert session == fold(item.event for item in log.recorded)  # type: ignore[misc]  # a session's
    assert session.taken == len(log.events) == 1 + 3
    assert len(log.recorded) == 1 + 3 + 3


def test_an_unknown_session_is_told(database: Database) -> None:
    with pytest.raises(UnknownSession, match="no session s9"):
        verify_session(database, SessionId("s9"))


def test_quarantined_messages_are_pinned_by_their_ids(database: Database, record: Record) -> None:
    with record.write() as tx:
        tx.quarantine([refused(10), refused(11)])
        digest_minute(tx, Minute(ward=NORTH, upto=1, at=START, sessions={}), "ingest-1")
    assert found(verify_all(database)) == []
    with database.writing() as connection:
        table = schema.quarantine
        connection.execute(table.update().where(table.c.id == 5).values(detail="nothing wrong"))
    assert found(verify_all(database))[0].startswith("quarantine id 5")
