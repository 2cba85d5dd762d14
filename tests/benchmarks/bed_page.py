"""The bed page: the server's part, until it is drawn, what it costs while it lives, a full record.

A session of 60 minutes at 1 Hz: monitor (six numbers) and pump (four), a gap, titrated and paused.
"""

import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page, sync_playwright

from dashboard.context import asking
from dashboard.session_forms.delivery import Deliveries
from dashboard.trends.reading import draw
from tests.benchmarks.figures import Spread
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.fixtures.clinic_site import Site, clinic_site
from tests.fixtures.live_chair import live_chair
from tests.fixtures.mosquitto import Mosquitto
from tests.fixtures.running_hour import record_hour
from vocabulary.ids import SessionId

BED: Final = "/ward/demo/bed/1"
OPENED: Final = 40
LOADS: Final = 12
LIVE_S: Final = 60.0
DRAWN: Final = '[data-trend][data-drawn="yes"]'


@dataclass(frozen=True, slots=True)
class BedPage:
    """Times in seconds; `main_thread` and `all_threads`: share of a core in the browser."""

    first_open: Spread
    page: Spread
    trend: Spread
    news: Spread
    drawn_cold: Spread
    drawn_warm: Spread
    main_thread: float
    all_threads: float


def measure_bed_page() -> BedPage:
    """Everything about one bed page, with its ward live."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        broker = Mosquitto(folder / "broker")
        broker.start()
        try:
            with clinic_site(folder, mqtt_url=f"mqtt://127.0.0.1:{broker.port}") as site:
                record_hour(site)
                with live_chair(broker, site.record):
                    return _measure(site)
        finally:
            broker.kill()


def _measure(site: Site) -> BedPage:
    site.get(BED)
    since = (datetime.now(UTC) - timedelta(seconds=6)).isoformat().replace("+", "%2B")
    server = {
        "first_open": _times(lambda: _forget(site), lambda: site.get(BED)),
        "page": _times(None, lambda: site.get(BED)),
        "trend": _times(None, lambda: site.get(f"{BED}/trend")),
        "news": _times(None, lambda: site.get(f"{BED}/trend?since={since}")),
    }
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        cold = Spread([_drawn_s(_fresh(browser, site), site) for _ in range(LOADS // 2)])
        page = _fresh(browser, site)
        _drawn_s(page, site)
        warm = Spread([_drawn_s(page, site) for _ in range(LOADS)])
        main, everything = _live_cost(page)
        browser.close()
    return BedPage(
        **server, drawn_cold=cold, drawn_warm=warm, main_thread=main, all_threads=everything
    )


def _forget(site: Site) -> None:
    """As if nobody had opened the page since the start of the server."""
    site.server.server.services.deliveries._held.clear()


def _times(before: Callable[[], None] | None, ask: Callable[[], Any]) -> Spread:
    found = []
    for _ in range(OPENED):
        if before is not None:
            before()
        began_s = time.perf_counter()
        assert ask().status == 200
        found.append(time.perf_counter() - began_s)
    return Spread(found)


def _fresh(browser: Browser, site: Site) -> Page:
    context = browser.new_context(viewport={"width": 1920, "height": 1080})
    context.add_cookies(
        [{"name": "hourglass", "value": site.cookie("nora"), "url": site.server.origin}]
    )
    return context.new_page()


def _drawn_s(page: Page, site: Site) -> float:
    """From asking for the page until the trend is painted, by the browser's own clock."""
    page.goto(site.server.origin + BED)
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
    """Drawing one session's trend, its readings from the database each time."""

    few: Spread
    many: Spread
    few_sessions: int
    many_sessions: int
    megabytes: float


def measure_crowd(few: int = 10, many: int = 1000) -> Crowd:
    """The trend of one session with few and with many full sessions in the record."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with _site(folder) as site:
            session = record_hour(site, datetime.now(UTC))
            path = folder / "record.sqlite3"
            _copy_sessions(path, 1, few)
            first = _draws(site, session)
            _copy_sessions(path, few, many)
            second = _draws(site, session)
            return Crowd(first, second, few, many, path.stat().st_size / 1e6)


@contextmanager
def _site(folder: Path) -> Iterator[Site]:
    with clinic_site(folder) as site:
        yield site


def _draws(site: Site, session: SessionId) -> Spread:
    parts = site.server.server.services
    found = []
    with asking(parts, None):
        kept = parts.shelf.read(session)
        assert kept is not None
        for _ in range(OPENED):
            parts.deliveries._held.clear()
            assert isinstance(parts.deliveries, Deliveries)
            began_s = time.perf_counter()
            draw(parts, kept.session, datetime.now(UTC))
            found.append(time.perf_counter() - began_s)
    return Spread(found)


def _copy_sessions(path: Path, have: int, want: int) -> None:
    """Copies of the recorded hour before it, at the same devices, as if the chair had been full."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous=OFF")
    for table in ("vitals", "pump_reading"):
        names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        base = connection.execute(f"SELECT count(*) FROM {table} WHERE boot NOT LIKE 'copy%'")
        assert base.fetchone()[0] > 0
        for number in range(have, want):
            shift_us = number * 7_200_000_000
            parts = [_shifted(name, number, shift_us) for name in names]
            connection.execute(
                f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(parts)} "
                f"FROM {table} WHERE boot NOT LIKE 'copy%'"
            )
            connection.commit()
    connection.close()


def _shifted(name: str, number: int, shift_us: int) -> str:
    if name == "position":
        return f"position + {number} * 100000"
    if name == "boot":
        return f"'copy-{number}-' || boot"
    if name in ("device_time", "observed_at", "received_at", "nibp_device_time",
                "nibp_observed_at"):  # fmt: skip
        return f"{name} - {shift_us}"
    return name
