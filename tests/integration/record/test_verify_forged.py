"""Every column of every table of the record, forged with SQL value by value: each is told.

SQLite takes whatever it is given, of any type, so nothing that stands in a row may stop the proof.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Table, select
from sqlalchemy.exc import IntegrityError

from record import schema
from record.database import Database
from record.store import open_record
from record.verify import verify_all, verify_session
from tests.fixtures.migrated import migrated_sqlite
from tests.fixtures.pinned import SESSION, fill
from tests.integration.record.test_verify import RECORD_TABLES, ROOT, STATE_TABLES

FORGED = (None, "", b"x", -1, 2**62, 1.5, "Ö")


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    url = migrated_sqlite(tmp_path_factory.mktemp("forged") / "record.sqlite3")
    record = open_record(url)
    fill(record, minutes=2)
    record.close()
    opened = Database(url)
    yield opened
    opened.close()


def rows_of(database: Database, table: Table) -> list[dict[str, Any]]:
    key = next(iter(table.primary_key.columns))
    with database.reading() as connection:
        return [dict(row) for row in connection.execute(select(table).order_by(key)).mappings()]


def put(database: Database, table: Table, column: str, value: Any, place: Any) -> bool:
    """Whether the database takes it."""
    key = next(iter(table.primary_key.columns)).name
    sql = f"UPDATE {table.name} SET {column} = ? WHERE {key} = ?"
    try:
        with database.writing() as connection:
            done = connection.exec_driver_sql(sql, (value, place))
            assert done.rowcount == 1
    except IntegrityError:
        return False
    return True


def stored(database: Database, table: Table, column: str, place: Any) -> tuple[Any, str]:
    """A value as it lies there, and its type."""
    key = next(iter(table.primary_key.columns)).name
    sql = f"SELECT {column}, typeof({column}) FROM {table.name} WHERE {key} = ?"
    with database.reading() as connection:
        value, kind = connection.exec_driver_sql(sql, (place,)).one()
    return value, kind


@pytest.mark.parametrize("name", sorted(RECORD_TABLES))
def test_no_value_of_any_column_can_be_forged_unnoticed(database: Database, name: str) -> None:
    table = schema.metadata.tables[name]
    key = next(iter(table.primary_key.columns)).name
    rows = rows_of(database, table)
    place = rows[len(rows) // 2][key]
    unnoticed = []
    for column in (each.name for each in table.columns):
        was = stored(database, table, column, place)
        others = {row[column] for row in rows if row[column] != was[0]}
        for value in (*FORGED, *sorted(others, key=repr)[:2]):
            if not put(database, table, column, value, place):
                continue
            here = value if column == key else place
            is_forged = stored(database, table, column, here) != was
            if is_forged and not verify_all(database).differences:
                unnoticed.append((column, value))
            assert put(database, table, column, was[0], here)
    assert unnoticed == []
    assert verify_all(database).differences == ()


@pytest.mark.parametrize("name", sorted(RECORD_TABLES))
def test_no_row_can_be_taken_out_or_doubled_unnoticed(database: Database, name: str) -> None:
    table = schema.metadata.tables[name]
    key = next(iter(table.primary_key.columns)).name
    rows = rows_of(database, table)
    unique = [c.name for c in table.columns if c.name in ("seq", "event_position")]
    last = max(row[key] for row in rows)
    for row in (rows[0], rows[len(rows) // 2], rows[-1]):
        with database.writing() as connection:
            connection.execute(table.delete().where(table.c[key] == row[key]))
        is_end = name == "event" and row is rows[-1]
        # what stands behind the last event is only known to heads that were kept elsewhere
        assert is_end or verify_all(database).differences, (name, row[key])
        # another row in its place, as like it as the database allows
        forged = {**row, **dict.fromkeys(unique, 77777)}
        if unique or name in ("event", "quarantine"):
            if name == "event":
                forged["payload"] = forged["payload"] + " "
            with database.writing() as connection:
                connection.execute(table.insert().values(forged))
            differs = forged != row
            assert not differs or verify_all(database).differences, (name, row[key])
            with database.writing() as connection:
                connection.execute(table.delete().where(table.c[key] == row[key]))
        with database.writing() as connection:
            connection.execute(table.insert().values(row))
    copy = {**rows[0], key: last + 1, **dict.fromkeys(unique, 88888)}
    if name == "event":
        copy["previous_hash"] = "f" * 64
    with database.writing() as connection:
        connection.execute(table.insert().values(copy))
    report = verify_all(database)
    assert report.differences or report.unpinned == 1, name
    with database.writing() as connection:
        connection.execute(table.delete().where(table.c[key] == last + 1))
    assert verify_all(database).differences == ()


def test_a_session_is_proven_or_told_whatever_stands_in_the_rows_of_its_devices(
    database: Database,
) -> None:
    table = schema.vitals
    place = rows_of(database, table)[0]["position"]
    for column in (each.name for each in table.columns):
        was, kind = stored(database, table, column, place)
        for value in (b"x", "x", None, 2**62):
            if not put(database, table, column, value, place):
                continue
            here = value if column == "position" else place
            is_forged = stored(database, table, column, here) != (was, kind)
            assert not is_forged or verify_session(database, SESSION).differences, (column, value)
            assert put(database, table, column, was, here)
    assert verify_session(database, SESSION).differences == ()


def test_every_table_is_pinned_or_it_is_written_down_why_not() -> None:
    page = (ROOT / "docs" / "decisions" / "0010-what-pins-the-record.md").read_text()
    told = page[page.index("## What is not pinned") :].partition("\n## ")[0]
    assert [name for name in STATE_TABLES if f"`{name}`" not in told] == []
    assert [name for name in RECORD_TABLES if f"`{name}`" in told] == []
