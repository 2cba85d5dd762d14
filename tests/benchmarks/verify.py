"""How fast rows are pinned, and how fast the whole record is proven."""

import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec

from infusion.happenings import author_of, session_chain
from infusion.inputs import StreamInput
from infusion.session_events import PauseConfirmed
from record.database import Database
from record.digest import Minute, digest_minute
from record.migrate import migrate
from record.store import Record, Transaction, open_record
from record.verify import verify_all, verify_session
from tests.fixtures.arrivals import pump_reading, vitals
from tests.fixtures.clinic import START
from tests.fixtures.session import NORA
from vocabulary.ids import DeviceId, SessionId, WardId

BEDS = 8
MINUTES = 60
EVENTS_A_MINUTE = 2
WARD = WardId("bench")
Sessions = dict[SessionId, tuple[DeviceId, ...]]


class Figures(NamedTuple):
    """Microseconds a row to store and to pin; seconds to prove; what was proven."""

    store_us: float
    pin_us: float
    all_s: float
    one_s: float
    sessions: int
    rows: int
    megabytes: float
    digest_megabytes: float


def measure_verify(rounds: int) -> Figures:
    """`rounds` times eight sessions of an hour, monitor and pump at 1 Hz; pinned, then proven."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "record.sqlite3"
        database = Database(f"sqlite:///{path}")
        migrate(database, 30)
        record = open_record(f"sqlite:///{path}")
        store_s, pin_s, rows = _fill(record, rounds)
        began_s = time.perf_counter()
        report = verify_all(database)
        all_s = time.perf_counter() - began_s
        assert not report.differences, report.differences[:3]
        began_s = time.perf_counter()
        assert not verify_session(database, SessionId("0-3")).differences
        one_s = time.perf_counter() - began_s
        digests = record.chains.read(f"ward/{WARD}").recorded
        record.close()
        database.close()
        return Figures(
            store_us=store_s / rows * 1e6,
            pin_us=pin_s / rows * 1e6,
            all_s=all_s,
            one_s=one_s,
            sessions=rounds * BEDS,
            rows=report.rows,
            megabytes=path.stat().st_size / 1e6,
            digest_megabytes=sum(len(msgspec.json.encode(item.event)) for item in digests) / 1e6,
        )


def _fill(record: Record, rounds: int) -> tuple[float, float, int]:
    """Seconds to store, seconds to pin, and how many rows."""
    store_s = pin_s = 0.0
    position = 0
    for hour in range(rounds):
        sessions = {
            SessionId(f"{hour}-{bed}"): (DeviceId(f"m{bed}"), DeviceId(f"p{bed}"))
            for bed in range(BEDS)
        }
        for minute in range(MINUTES):
            items = _arrivals(hour * 3600 + minute * 60, position)
            position += len(items)
            at = START + timedelta(hours=hour, minutes=minute + 1)
            began_s = time.perf_counter()
            with record.write() as tx:
                tx.store(items)
                _act(tx, sessions, at)
            stored_s = time.perf_counter()
            minute_of = Minute(ward=WARD, upto=position, at=at, sessions=sessions)
            draft = record.draft_digest(WARD, position)
            with record.write() as tx:
                digest_minute(tx, minute_of, "bench", draft)
            pin_s += time.perf_counter() - stored_s
            store_s += stored_s - began_s
    return store_s, pin_s, position


def _arrivals(second: int, position: int) -> list[StreamInput]:
    items: list[StreamInput] = []
    for step in range(60):
        now_s = second + step
        for bed in range(BEDS):
            position += 2
            items.append(
                vitals(
                    now_s, position=position - 1, ward=WARD, device=DeviceId(f"m{bed}"),
                    hr=72.0, pr=71.0, spo2=97.0, rr=14.0, etco2=36.0, temp=36.8,
                )
            )  # fmt: skip
            items.append(
                pump_reading(
                    now_s, position=position, ward=WARD, device=DeviceId(f"p{bed}"),
                    volume_ml=now_s / 100, rate_set_ml_h=35.0, remaining_ml=20.0, drug="ketamine",
                    battery_percent=88.0, on_mains=True,
                )
            )  # fmt: skip
    return items


def _act(tx: Transaction, sessions: Sessions, at: datetime) -> None:
    for session in sessions:
        event = PauseConfirmed(session=session, at=at, by=NORA, reason="as an observation set")
        tx.append(session_chain(session), [event] * EVENTS_A_MINUTE, author_of(NORA.account), at)
