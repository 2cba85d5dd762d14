"""Tables that describe themselves: each column with its kind, unit and codes.

Units are UCUM. Codes are LOINC and IEEE 11073-10101 (MDC), as in `vocabulary.signals`.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import TypeAlias

import msgspec

Cell: TypeAlias = str | int | float | bool | Decimal | datetime | None


class Kind(str, Enum):
    """What the cells of a column are. MOMENT: aware UTC; EXACT: a decimal number."""

    TEXT = "text"
    COUNT = "count"
    NUMBER = "number"
    EXACT = "exact"
    YES_NO = "yes_no"
    MOMENT = "moment"


class Column(msgspec.Struct, frozen=True):
    """A column, what it says, and in what unit. A cell without a value is None."""

    name: str
    kind: Kind
    text: str
    unit: str = ""
    loinc: str = ""
    mdc: str = ""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Rows under columns."""

    name: str
    text: str
    columns: tuple[Column, ...]
    rows: Sequence[tuple[Cell, ...]]


DICTIONARY = "data_dictionary"


def data_dictionary(tables: Sequence[Table]) -> Table:
    """What every column of every table is."""
    columns = (
        Column("table", Kind.TEXT, "the table"),
        Column("table_text", Kind.TEXT, "what a row of the table is"),
        Column("column", Kind.TEXT, "the column"),
        Column("kind", Kind.TEXT, f"what its cells are: {', '.join(kind.value for kind in Kind)}"),
        Column("text", Kind.TEXT, "what it says"),
        Column("unit", Kind.TEXT, "its unit, UCUM"),
        Column("loinc", Kind.TEXT, "its LOINC code"),
        Column("mdc", Kind.TEXT, "its IEEE 11073-10101 reference id and code"),
    )
    rows = [
        (
            table.name,
            table.text,
            column.name,
            column.kind.value,
            column.text,
            column.unit,
            column.loinc,
            column.mdc,
        )
        for table in tables
        for column in table.columns
    ]
    return Table(
        name=DICTIONARY, text="what every column of every table is", columns=columns, rows=rows
    )
