"""A whole session as one JSON document: its report, its chain, and every number."""

from typing import Final

import msgspec

from exchange.material import SessionExport
from exchange.report_tables import all_tables
from exchange.tables import data_dictionary
from infusion.fold import SessionInput
from infusion.report import SessionReport, content_hash, sealed_content
from infusion.stream import PumpReadingArrived, VitalsArrived

FORMAT: Final = "hourglass-session/1"


class SessionDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A session as JSON. `content_hash`: SHA-256 of the sealed part of the report.

    `dictionary`: the columns of the tables with units and codes; signals are named alike here, and
    every other number has its unit in its name.
    """

    format: str
    content_hash: str
    report: SessionReport
    events: tuple[SessionInput, ...]
    vitals: tuple[VitalsArrived, ...]
    pump_readings: tuple[PumpReadingArrived, ...]
    dictionary: tuple[dict[str, str], ...]


def session_json(export: SessionExport) -> bytes:
    """The document, UTF-8."""
    dictionary = data_dictionary(all_tables(export))
    names = [column.name for column in dictionary.columns]
    return msgspec.json.encode(
        SessionDocument(
            format=FORMAT,
            content_hash=content_hash(sealed_content(export.report)),
            report=export.report,
            events=tuple(export.events),
            vitals=tuple(export.vitals),
            pump_readings=tuple(export.pump_readings),
            dictionary=tuple(
                dict(zip(names, map(str, row), strict=True)) for row in dictionary.rows
            ),
        )
    )
