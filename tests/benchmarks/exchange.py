"""How long the page on paper takes, and a hundred sessions to Parquet."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import msgspec

from exchange.loading import Shelf
from exchange.pdf import Letterhead, session_pdf
from exchange.writing import Folder, Format
from record.database import Database
from record.migrate import migrate
from record.store import open_record
from tests.fixtures.clinic import two_beds
from tests.fixtures.exported import signed_session
from tests.fixtures.recorded import put
from vocabulary.ids import SessionId

HEAD = Letterhead(clinic="Clinic", zone="UTC")


class Exported(msgspec.Struct, frozen=True):
    """Seconds: a session loaded with its report, its page on paper, all sessions to Parquet."""

    sessions: int
    load_s: float
    pdf_s: float
    parquet_s: float
    parquet_cpu_s: float
    megabytes: float


def measure_export(sessions: int) -> Exported:
    """Sessions of two and a half hours at 1 Hz, each on a day of its own, in SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/record.sqlite3"
        database = Database(url)
        migrate(database, patience_s=10)
        database.close()
        record = open_record(url)
        for number in range(sessions):
            put(record, signed_session(), f"s{number}", days=3 * number)
        shelf, now = Shelf(record, two_beds()), datetime.now(UTC)
        loads, pages = [], []
        for number in range(min(sessions, 10)):
            began = perf_counter()
            export = shelf.load(SessionId(f"s{number}"), now)
            loads.append(perf_counter() - began)
            began = perf_counter()
            session_pdf(export.report, HEAD)
            pages.append(perf_counter() - began)
        out = Path(folder) / "out"
        began, cpu = perf_counter(), process_time()
        with Folder(out, [Format.PARQUET], HEAD) as files:
            for name in shelf.names():
                files.add(shelf.load(name, now), now)
        took, used = perf_counter() - began, process_time() - cpu
        record.close()
        size = sum(file.stat().st_size for file in out.rglob("*.parquet")) / 1e6
    return Exported(sessions, median(loads), median(pages), took, used, size)
