"""Sessions written to files in a folder, in each format that is wanted."""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from datetime import datetime
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Final

import msgspec

from exchange.csv import CsvFiles
from exchange.fhir.bundle import bundle_json
from exchange.hl7 import oru_message
from exchange.json import session_json
from exchange.material import SessionExport
from exchange.parquet import ParquetFiles
from exchange.pdf import Letterhead, session_pdf
from exchange.rems import monitoring_form
from exchange.report_tables import all_tables


class Format(str, Enum):
    """What a session can be written as."""

    CSV = "csv"
    PARQUET = "parquet"
    JSON = "json"
    FHIR = "fhir"
    HL7 = "hl7"
    REMS = "rems"
    PDF = "pdf"


_ENDINGS: Final = {
    Format.JSON: ".json",
    Format.FHIR: ".fhir.json",
    Format.HL7: ".hl7",
    Format.REMS: ".rems.json",
    Format.PDF: ".pdf",
}
"""Of the formats that have a file for each session; the tables have one for all."""
_FOR_OWNER: Final = 0o700


class Folder:
    """A folder that takes up sessions. It is made if it is not there, for its owner only."""

    def __init__(self, folder: Path, formats: Iterable[Format], head: Letterhead) -> None:
        self._folder = folder
        self._formats = set(formats)
        self._head = head
        self._open = ExitStack()
        self._tables: list[CsvFiles | ParquetFiles] = []

    def __enter__(self) -> "Folder":
        self._folder.mkdir(mode=_FOR_OWNER, parents=True, exist_ok=True)
        if Format.CSV in self._formats:
            self._tables.append(self._open.enter_context(CsvFiles(self._folder / "csv")))
        if Format.PARQUET in self._formats:
            self._tables.append(self._open.enter_context(ParquetFiles(self._folder / "parquet")))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._open.close()

    def add(self, export: SessionExport, now: datetime) -> None:
        """Write a session in every format; `now` (UTC): when that is done."""
        if self._tables:
            tables = all_tables(export)
            for files in self._tables:
                files.add(tables)
        for wanted, ending in _ENDINGS.items():
            if wanted in self._formats:
                path = self._folder / f"{export.report.session}{ending}"
                path.write_bytes(_MADE[wanted](export, self._head, now))


def _hl7(export: SessionExport, head: Letterhead, now: datetime) -> bytes:
    return oru_message(export.report, head.clinic, now).encode()


def _rems(export: SessionExport, head: Letterhead, _: datetime) -> bytes:
    form = msgspec.json.encode(monitoring_form(export.report, head.clinic))
    return msgspec.json.format(form, indent=2)


_MADE: Final[dict[Format, Callable[[SessionExport, Letterhead, datetime], bytes]]] = {
    Format.JSON: lambda export, _, __: session_json(export),
    Format.FHIR: lambda export, _, now: bundle_json(export.report, now),
    Format.HL7: _hl7,
    Format.REMS: _rems,
    Format.PDF: lambda export, head, _: session_pdf(export.report, head),
}
