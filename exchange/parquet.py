"""Tables as Parquet files, one a table, each session a row group.

Every column carries its text, unit and codes as metadata, so that a file describes itself.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from exchange.table_folder import TableFolder
from exchange.tables import Column, Kind, Table

_PRECISION: Final = 38
_SCALE: Final = 12
_TYPES: Final = {
    Kind.TEXT: pa.string(),
    Kind.COUNT: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.EXACT: pa.decimal128(_PRECISION, _SCALE),
    Kind.YES_NO: pa.bool_(),
    Kind.MOMENT: pa.timestamp("us", tz="UTC"),
}


class ParquetFiles(TableFolder):
    """A folder of Parquet files to which the tables of one session after another are added."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._writers: dict[str, Any] = {}

    def add(self, tables: Sequence[Table]) -> None:
        """Add the rows of tables."""
        for table in tables:
            schema = _schema(table)
            writer = self._writers.get(table.name)
            if writer is None:
                path = self.folder / f"{table.name}.parquet"
                made = pq.ParquetWriter(path, schema, compression="zstd")
                writer = self._writers[table.name] = self.open_files.enter_context(made)
            writer.write_table(_arrow(table, schema))


def _schema(table: Table) -> Any:  # noqa: ANN401 - pyarrow publishes no types
    fields = [
        pa.field(column.name, _TYPES[column.kind], metadata=_told(column))
        for column in table.columns
    ]
    return pa.schema(fields, metadata={"text": table.text})


def _told(column: Column) -> dict[str, str]:
    told = {
        "kind": column.kind.value,
        "text": column.text,
        "unit": column.unit,
        "loinc": column.loinc,
        "mdc": column.mdc,
    }
    return {key: value for key, value in told.items() if value}


def _arrow(table: Table, schema: Any) -> Any:  # noqa: ANN401 - as above
    cells = list(zip(*table.rows, strict=True)) or [() for _ in table.columns]
    arrays = [
        pa.array(_rounded(column, values), type=_TYPES[column.kind])
        for column, values in zip(table.columns, cells, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def _rounded(column: Column, values: Sequence[Any]) -> Sequence[Any]:
    """Exact numbers that have more digits than a column holds (a third of a bag) are rounded."""
    if column.kind is not Kind.EXACT:
        return values
    return [None if value is None else round(value, _SCALE) for value in values]
