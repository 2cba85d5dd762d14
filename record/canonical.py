"""Rows as bytes that are the same in every database, and their hashes.

A row is the MessagePack array of its table's name and its values in the order of the columns: times
and whole numbers as integers, truth values as 0 and 1, measured numbers as 64-bit floats. Its hash
is the SHA-256 of that; the hash of many rows is the SHA-256 of their hashes, one after another.
Whoever has the tables can make them again with nothing of ours.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Boolean, Connection, Table

_pack: Final = msgspec.msgpack.Encoder().encode
_sha256: Final = hashlib.sha256

Row = tuple[Any, ...]


class CanonicalRows:
    """Selects rows of one table as the driver gives them, and hashes them."""

    def __init__(self, table: Table, names: Sequence[str], key: str, condition: str = "") -> None:
        self.table = str(table.name)
        self.names = tuple(names)
        tail = f"FROM {table.name} WHERE {key} > {{0}} AND {key} <= {{0}}{condition} ORDER BY {key}"
        # PostgreSQL has truth values, SQLite has 0 and 1 and whatever somebody put there
        cast = [
            f"CAST({name} AS integer)" if isinstance(table.c[name].type, Boolean) else name
            for name in names
        ]
        self._sql = {
            "sqlite": f"SELECT {', '.join(names)} {tail}".format("?"),
            "postgresql": f"SELECT {', '.join(cast)} {tail}".format("%s"),
        }
        self._count = {
            dialect: f"SELECT count(*) FROM ({sql}) AS found"  # noqa: S608  # our own names
            for dialect, sql in self._sql.items()
        }

    def select(self, connection: Connection, *values: Any) -> list[Row]:  # noqa: ANN401  # of any column
        """The rows with keys from above one value to another, by key; more values as needed."""
        cursor = connection.exec_driver_sql(self._sql[connection.dialect.name], values).cursor
        assert cursor is not None  # a SELECT has one
        return cursor.fetchall()  # type: ignore[return-value]  # tuples, by either driver

    def count(self, connection: Connection, *values: Any) -> int:  # noqa: ANN401  # of any column
        """How many rows `select` would give."""
        found = connection.exec_driver_sql(self._count[connection.dialect.name], values)
        return int(found.scalar_one())

    def hashes(self, rows: Iterable[Row]) -> Iterator[bytes]:
        """The hash of each row."""
        table = self.table
        for row in rows:
            yield _sha256(_pack((table, *row))).digest()
