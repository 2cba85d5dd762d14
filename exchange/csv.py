"""Tables as CSV files, one a table, with a data dictionary beside them; and back again.

UTF-8, comma, RFC 4180. Times are ISO 8601 UTC with Z, yes and no are `true` and `false`, a cell
without a value is empty. Text that a spreadsheet would take for a formula has a `'` before it.
"""

import csv
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from exchange.table_folder import TableFolder
from exchange.tables import DICTIONARY, Cell, Column, Kind, Table, data_dictionary

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "'")


class CsvFiles(TableFolder):
    """A folder of CSV files to which the tables of one session after another are added."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._writers: dict[str, Any] = {}

    def add(self, tables: Sequence[Table]) -> None:
        """Add the rows of tables; the first time a dictionary of all is written too."""
        if not self._writers:
            dictionary = data_dictionary(tables)
            self._add(dictionary)
        for table in tables:
            self._add(table)

    def _add(self, table: Table) -> None:
        writer = self._writers.get(table.name)
        if writer is None:
            path = self.folder / f"{table.name}.csv"
            file = self.open_files.enter_context(path.open("w", encoding="utf-8", newline=""))
            writer = self._writers[table.name] = csv.writer(file, lineterminator="\r\n")
            writer.writerow([column.name for column in table.columns])
        writer.writerows([[_written(cell) for cell in row] for row in table.rows])


def _written(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(_FORMULA) else cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return repr(cell)


def read_csv_files(folder: Path) -> tuple[Table, ...]:
    """The tables of a folder as they were written, by its data dictionary.

    Empty text comes back as None: CSV cannot tell them apart.
    """
    with (folder / f"{DICTIONARY}.csv").open(encoding="utf-8", newline="") as file:
        told = list(csv.DictReader(file))
    columns: dict[str, list[Column]] = {}
    texts: dict[str, str] = {}
    for row in told:
        texts[row["table"]] = row["table_text"]
        columns.setdefault(row["table"], []).append(
            Column(
                row["column"], Kind(row["kind"]), row["text"], row["unit"], row["loinc"], row["mdc"]
            )
        )
    return tuple(
        Table(
            name=name,
            text=texts[name],
            columns=tuple(found),
            rows=_read_rows(folder / f"{name}.csv", found),
        )
        for name, found in columns.items()
    )


def _read_rows(path: Path, columns: Sequence[Column]) -> list[tuple[Cell, ...]]:
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        next(lines)
        return [
            tuple(_read(text, column.kind) for text, column in zip(line, columns, strict=True))
            for line in lines
        ]


def _read(text: str, kind: Kind) -> Cell:
    return _READ[kind](text) if text else None


_READ: Final[dict[Kind, Callable[[str], Cell]]] = {
    Kind.TEXT: lambda text: text.removeprefix("'"),
    Kind.COUNT: int,
    Kind.NUMBER: float,
    Kind.EXACT: Decimal,
    Kind.YES_NO: lambda text: text == "true",
    Kind.MOMENT: datetime.fromisoformat,
}
