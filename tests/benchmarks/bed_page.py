"""The bed page: the server's part, until it is drawn, what it costs while it lives, a full record.

A session of 60 minutes at 1 Hz: monitor (six numbers) and pump (four), a gap, titrated and paused.
"""

import sqlite3
import tempfile
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.error import URLError

import msgspec
from playwright.sync_api import Browser, Page, sync_playwright

from dashboard.context import asking
from dashboard.session_forms.delivery import Deliveries
from dashboard.trends.reading import draw
from infusion.session_events import SessionCancelled
from tests.benchmarks.figures import Spread
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.fixtures.clinic_site import Site, clinic_site
from tests.fixtures.live_chair import live_chair
from tests.fixtures.mosquitto import Mosquitto, free_port
from tests.fixtures.processes import Program, wait_for
from tests.fixtures.running_hour import record_hour
from tests.fixtures.session import NORA
from vocabulary.ids import SessionId

BED: Final = "/ward/demo/bed/1"
OPENED: Final = 60
STARTS: Final = 6
LOADS: Final = 14
UNCOUNTED_LOADS: Final = 2
"""A browser keeps what it compiled of a script only after it has run it twice."""
UNCOUNTED_DRAWS: Final = 30
"""While the server takes a look at what is new in the record."""
LIVE_S: Final = 60.0
DRAWN: Final = '[data-trend][data-drawn="yes"]'


@dataclass(frozen=True, slots=True)
class Served:
    """Times of many answers, and the server's CPU time of one, seconds."""

    answers: Spread
    cpu_s: float

    def __str__(self) -> str:
        return f"{self.answers}, {1000 * self.cpu_s:.0f} ms of CPU each"


@dataclass(frozen=True, slots=True)
class BedPage:
    """Times in seconds; `main_thread` and `all_threads`: share of a core in the browser."""

    first_open: Spread
    page: Served
    trend: Served
    news: Served
    drawn_cold: Spread
    drawn_warm: Spread
    main_thread: float
    all_threads: float


@dataclass(frozen=True, slots=True)
class _Dashboard:
    """`python -m dashboard` as it runs in a clinic."""

    program: Program
    origin: str
    cookie: str

    def get(self, path: str) -> None:
        """A page of it, read to the end."""
        request = urllib.request.Request(
            self.origin + path,
            headers={"cookie": f"hourglass={self.cookie}", "accept-encoding": "gzip"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert answer.status == 200
            answer.read()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.program.start()
        wait_for("the dashboard", self._is_there)

    def _is_there(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.origin}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False


def measure_bed_page() -> BedPage:
    """Everything about one bed page, with its ward live."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        broker = Mosquitto(folder / "broker")
        broker.start()
        try:
            with clinic_site(folder) as site:
                record_hour(site)
                dashboard = _dashboard(folder, broker, site)
                with live_chair(broker, site.record):
                    return _measure(dashboard)
        finally:
            broker.kill()


def _dashboard(folder: Path, broker: Mosquitto, site: Site) -> _Dashboard:
    port = free_port()
    program = Program(
        folder / "dashboard.log",
        "dashboard",
        HOURGLASS_DATA_DIR=str(folder),
        HOURGLASS_DATABASE_URL=f"sqlite:///{folder / 'record.sqlite3'}",
        HOURGLASS_MQTT_URL=f"mqtt://127.0.0.1:{broker.port}",
        HOURGLASS_HTTP_PORT=str(port),
    )
    return _Dashboard(program, f"http://127.0.0.1:{port}", site.cookie("nora"))


def _measure(dashboard: _Dashboard) -> BedPage:
    first = []
    try:
        for number in range(STARTS):
            if number:
                dashboard.program.end()
            dashboard.start()
            first.append(_time(lambda: dashboard.get(BED)))
        since = (datetime.now(UTC) - timedelta(seconds=6)).isoformat().replace("+", "%2B")
        page = _served(dashboard, BED)
        trend = _served(dashboard, f"{BED}/trend")
        news = _served(dashboard, f"{BED}/trend?since={since}")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            cold = Spread([_drawn_s(_fresh(browser, dashboard), dashboard) for _ in range(STARTS)])
            opened = _fresh(browser, dashboard)
            loads = [_drawn_s(opened, dashboard) for _ in range(LOADS)]
            main, everything = _live_cost(opened)
            browser.close()
    finally:
        dashboard.program.kill()
    return BedPage(
        first_open=Spread(first),
        page=page,
        trend=trend,
        news=news,
        drawn_cold=cold,
        drawn_warm=Spread(loads[UNCOUNTED_LOADS:]),
        main_thread=main,
        all_threads=everything,
    )


def _time(ask: Callable[[], None]) -> float:
    began_s = time.perf_counter()
    ask()
    return time.perf_counter() - began_s


def _served(dashboard: _Dashboard, path: str) -> Served:
    before_s = dashboard.program.cpu_s()
    answers = Spread([_time(lambda: dashboard.get(path)) for _ in range(OPENED)])
    return Served(answers, (dashboard.program.cpu_s() - before_s) / OPENED)


def _fresh(browser: Browser, dashboard: _Dashboard) -> Page:
    context = browser.new_context(viewport={"width": 1920, "height": 1080})
    context.add_cookies([{"name": "hourglass", "value": dashboard.cookie, "url": dashboard.origin}])
    return context.new_page()


def _drawn_s(page: Page, dashboard: _Dashboard) -> float:
    """From asking for the page until the trend is painted, by the browser's own clock."""
    page.goto(dashboard.origin + BED)
    page.wait_for_selector(DRAWN)
    painted: float = page.evaluate(
        """() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => {
            const marks = performance.getEntriesByName('trend drawn');
            done(marks.length ? marks[0].startTime : performance.now());
        })))"""
    )
    return painted / 1000


def _live_cost(page: Page) -> tuple[float, float]:
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    page.wait_for_timeout(5000)
    before, began_s = _metrics(session), time.perf_counter()
    page.wait_for_timeout(LIVE_S * 1000)
    after, lasted_s = _metrics(session), time.perf_counter() - began_s
    main = (after["TaskDuration"] - before["TaskDuration"]) / lasted_s
    everything = (after["ProcessTime"] - before["ProcessTime"]) / lasted_s
    return main, everything


def _metrics(session: Any) -> dict[str, float]:
    told = session.send("Performance.getMetrics")["metrics"]
    return {metric["name"]: metric["value"] for metric in told}


@dataclass(frozen=True, slots=True)
class Crowd:
    """Drawing one session's trend, its readings from the database each time; and its whole page.

    Of the trend the CPU time, of the page the time until it is read.
    """

    few: Spread
    many: Spread
    few_page: Spread
    many_page: Spread
    few_sessions: int
    many_sessions: int
    megabytes: float


def measure_crowd(few: int = 10, many: int = 1000) -> Crowd:
    """The trend of one session with few and with many full sessions in the record."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with clinic_site(folder) as site:
            session = record_hour(site, datetime.now(UTC))
            path = folder / "record.sqlite3"
            _copy_sessions(path, 1, few)
            first, first_page = _draws(site, session), _pages(site)
            _copy_sessions(path, few, many)
            second, second_page = _draws(site, session), _pages(site)
            megabytes = path.stat().st_size / 1e6
            return Crowd(first, second, first_page, second_page, few, many, megabytes)


def _draws(site: Site, session: SessionId) -> Spread:
    parts = site.server.server.services
    found = []
    with asking(parts, None):
        kept = parts.shelf.read(session)
        assert kept is not None
        for _ in range(UNCOUNTED_DRAWS + OPENED):
            parts.deliveries._held.clear()
            assert isinstance(parts.deliveries, Deliveries)
            began_s = time.thread_time()
            draw(parts, kept.session, datetime.now(UTC))
            found.append(time.thread_time() - began_s)
    return Spread(found[UNCOUNTED_DRAWS:])


def _pages(site: Site) -> Spread:
    def ask() -> None:
        assert site.get(BED).status == 200

    return Spread([_time(ask) for _ in range(OPENED)])


_TIMES: Final = (
    "device_time", "observed_at", "received_at", "nibp_device_time", "nibp_observed_at"
)  # fmt: skip


def _copy_sessions(path: Path, have: int, want: int) -> None:
    """Copies of the recorded hour before it, at the same devices, as if the chair had been full.

    Each is another patient's, and is over.
    """
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous=OFF")
    for table in ("vitals", "pump_reading", "event"):
        which = "chain = 'session/s1'" if table == "event" else "boot NOT LIKE 'copy-%'"
        connection.execute(f"CREATE TEMP TABLE base_{table} AS SELECT * FROM {table} WHERE {which}")
        names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        for number in range(have, want):
            parts = [_copied(name, number) for name in names]
            connection.execute(
                f"INSERT INTO {table} ({', '.join(names)}) "
                f"SELECT {', '.join(parts)} FROM base_{table}"
            )
        connection.commit()
    for number in range(have, want):
        over = SessionCancelled(
            session=SessionId(f"copy-{number}"), at=datetime.now(UTC), by=NORA, reason="a copy"
        )
        body = msgspec.json.encode(over).decode()
        connection.execute(
            "INSERT INTO event (position, chain, kind, at, recorded_at, author, payload, "
            "previous_hash, hash) VALUES (?, ?, 'SessionCancelled', 0, 0, 'copy', ?, ?, ?)",
            (number * 100_000 + 99_999, f"session/copy-{number}", body, f"{number}", f"{number}."),
        )
    connection.commit()
    connection.execute("PRAGMA optimize")
    connection.close()


def _copied(name: str, number: int) -> str:
    """What a column of a copied row holds, in SQL."""
    copy, earlier = f"copy-{number}", f"{name} - {number * 7_200_000_000}"
    payload = f"replace(replace(payload, '\"s1\"', '\"{copy}\"'), '\"p1\"', '\"{copy}\"')"
    changed = {
        "position": f"position + {number * 100_000 + 50_000}",
        "boot": f"'{copy}-' || boot",
        "chain": f"'session/{copy}'",
        "payload": payload,
        "previous_hash": f"'{copy}-' || previous_hash",
        "hash": f"'{copy}-' || hash",
        **dict.fromkeys(_TIMES, earlier),
    }
    return changed.get(name, name)
