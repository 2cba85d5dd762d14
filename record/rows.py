"""Rows on their way into tables: one statement for many, its text made once from the table."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

import msgspec
from sqlalchemy import Connection, Table

from record.columns import Value

ROWS_AT_ONCE: Final = 500
"""However large a batch is, each statement is answered well within a server's time limit."""
_encoder: Final = msgspec.json.Encoder()

Rows = Sequence[tuple[Value, ...]]
Names = tuple[str, ...]


class RowWriter:
    """Writes rows in the transaction of a connection. Values are given in the order of `names`."""

    def __init__(self, connection: Connection, *, is_sqlite: bool) -> None:
        self._connection = connection
        self._is_sqlite = is_sqlite

    def insert(self, table: Table, names: Names, rows: Rows) -> None:
        """Insert rows."""
        self._execute(_insert_sql(table, names, "", self._mark), rows)

    def insert_once(self, table: Table, names: Names, key: Names, rows: Rows) -> int:
        """Insert the rows whose `key` is not there yet; returns how many those were.

        A violation of any other key raises IntegrityError.
        """
        tail = f" ON CONFLICT ({', '.join(key)}) DO NOTHING"
        if self._is_sqlite:
            return self._execute(_insert_sql(table, names, tail, self._mark), rows)
        sql, count = _insert_json_sql(table, names, tail), 0
        for some in _parts(rows):
            # one JSON parameter costs the client a quarter of what a parameter a value does
            items = [dict(zip(names, row, strict=True)) for row in some]
            json = _encoder.encode(items).decode()
            count += self._connection.exec_driver_sql(sql, (json,)).rowcount
        return count

    def upsert(self, table: Table, names: Names, key: Names, rows: Rows) -> None:
        """Insert rows, or change those whose `key` is there."""
        changes = ", ".join(f"{name} = excluded.{name}" for name in names if name not in key)
        tail = f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}"
        self._execute(_insert_sql(table, names, tail, self._mark), rows)

    @property
    def _mark(self) -> str:
        return "?" if self._is_sqlite else "%s"

    def _execute(self, sql: str, rows: Rows) -> int:
        return sum(
            self._connection.exec_driver_sql(sql, list(some)).rowcount for some in _parts(rows)
        )


def _parts(rows: Rows) -> Iterator[Rows]:
    for start in range(0, len(rows), ROWS_AT_ONCE):
        yield rows[start : start + ROWS_AT_ONCE]


# The names in these are those of our own tables; values only ever go as parameters.


@cache
def _insert_sql(table: Table, names: Names, tail: str, mark: str) -> str:
    marks = ", ".join(mark for _ in names)
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks}){tail}"  # noqa: S608 - see above


@cache
def _insert_json_sql(table: Table, names: Names, tail: str) -> str:
    columns = ", ".join(names)
    return (
        f"INSERT INTO {table.name} ({columns}) SELECT {columns} "  # noqa: S608 - see above
        f"FROM json_populate_recordset(NULL::{table.name}, %s::json){tail}"
    )
