"""What every table of a session's report has: the session in each row."""

from typing import Final

from exchange.tables import Cell, Column, Kind, Table
from infusion.report import SessionReport

SESSION: Final = Column("session", Kind.TEXT, "the session")
AT: Final = Column("at", Kind.MOMENT, "when")
BY: Final = Column("by", Kind.TEXT, "who")


def table_of(
    report: SessionReport,
    name: str,
    text: str,
    columns: tuple[Column, ...],
    rows: list[tuple[Cell, ...]],
) -> Table:
    """A table of one session: its name before each row."""
    return Table(
        name=name,
        text=text,
        columns=(SESSION, *columns),
        rows=[(report.session, *row) for row in rows],
    )


def exact(name: str, text: str, unit: str) -> Column:
    """A column of exact numbers."""
    return Column(name, Kind.EXACT, text, unit)
