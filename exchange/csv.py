"""Tables as CSV files, one a table, with a data dictionary beside them.

UTF-8, comma, RFC 4180. Times are ISO 8601 UTC with Z, yes and no are `true` and `false`, a cell
without a value is empty. Text that a spreadsheet would take for a formula has a `'` before it.
"""

import csv
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from exchange.table_folder import TableFolder
from exchange.tables import Cell, Table, data_dictionary

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
