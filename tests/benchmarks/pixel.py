"""How long from a device's measurement to the number on the wall.

Each heart rate a monitor sends names its message, so every change that the browser makes to the
page is matched to the payload `time` of the message it came from. All on one machine: one clock.
"""

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.request import HTTPCookieProcessor, build_opener

from playwright.sync_api import Page, expect, sync_playwright
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from tests.benchmarks.figures import Spread
from tests.benchmarks.ward import Publisher, paced
from tests.fixtures.bedside import heart_rate
from tests.fixtures.house import House, Usage
from tests.fixtures.processes import ROOT

SCRIPTED_SCREENS: Final = 4
WARM_UP_S: Final = 12.0
"""Device clocks are known after 5 s; the rest lets page and connections settle."""
PAINTED_WITHIN_S: Final = 30.0
"""Half a cycle of heart rates: a rate that is painted belongs to a message of this time."""

WATCH: Final = """() => {
    window.painted = [];
    const note = changes => {
        const at_ms = performance.timeOrigin + performance.now();
        const seen = new Set();
        for (const {target} of changes) {
            const node = target.nodeType === Node.TEXT_NODE ? target.parentElement : target;
            const rate = node && node.closest('[data-signal="hr"]');
            if (rate && !seen.has(rate)) {
                seen.add(rate);
                const bed = rate.closest('[data-bed]').dataset.bed;
                window.painted.push([Number(bed), Number(rate.textContent), at_ms]);
            }
        }
    };
    new MutationObserver(note).observe(document.querySelector('.grid'),
        {subtree: true, childList: true, characterData: true});
}"""
CLOCK_OFF_MS: Final = "() => Date.now() - (performance.timeOrigin + performance.now())"


@dataclass(frozen=True, slots=True)
class Load:
    """A ward: so many beds for so many seconds; with pumps it is ten values a bed and second."""

    beds: int
    seconds: float
    has_pumps: bool = False


@dataclass(frozen=True, slots=True)
class Painted:
    """What was measured: times from payload to page; share of a core of each process."""

    spread: Spread
    messages: int
    never_painted: int
    dashboard_core: float
    ingest_core: float

    def __str__(self) -> str:
        return (
            f"{self.spread}\n"
            f"{self.messages} messages sent, {self.never_painted} numbers never painted; "
            f"dashboard {self.dashboard_core:.1%} and ingest {self.ingest_core:.1%} of one core"
        )


def measure_pixel(load: Load) -> Painted:
    """Run a ward with one real Chromium and four scripted screens, all on this machine."""
    with tempfile.TemporaryDirectory() as folder:
        house = House(Path(folder), load.beds)
        try:
            house.start()
            url = house.enrol()
            with _devices(house, load) as devices, _scripted_screens(house, url):
                return _watch(house, url, load, devices)
        finally:
            house.close()


def _watch(house: House, url: str, load: Load, devices: "subprocess.Popen[str]") -> Painted:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 3840, "height": 2160})
        page.goto(url)
        live = page.locator('[data-signal="hr"][data-state="live"]')
        expect(live).to_have_count(load.beds, timeout=60_000)
        page.wait_for_timeout(WARM_UP_S * 1000)
        page.evaluate(WATCH)
        before, begun_s = _usages(house), time.time()
        page.wait_for_timeout(load.seconds * 1000)
        after, ended_s = _usages(house), time.time()
        page.wait_for_timeout(2000)
        painted = _painted(page)
        browser.close()
    sent = [json.loads(line) for line in devices.communicate(timeout=30)[0].splitlines()]
    wanted = [(bed, rate, at_s) for bed, rate, at_s in sent if begun_s <= at_s < ended_s]
    times = _matched(wanted, painted)
    dashboard, ingest = (
        (new.cpu_s - old.cpu_s) / (ended_s - begun_s)
        for old, new in zip(before, after, strict=True)
    )
    messages = len(wanted) * (2 if load.has_pumps else 1)
    return Painted(Spread(times), messages, len(wanted) - len(times), dashboard, ingest)


def _usages(house: House) -> tuple[Usage, Usage]:
    return house.dashboard.usage(), house.ingest.usage()


def _painted(page: Page) -> list[tuple[int, int, float]]:
    """Bed, heart rate and Unix time of each change; corrected where the page's clock drifted."""
    off_ms = min(float(page.evaluate(CLOCK_OFF_MS)) for _ in range(20))
    correction_ms = off_ms if abs(off_ms) > 2 else 0.0  # Date.now() itself is whole milliseconds
    found: list[Any] = page.evaluate("window.painted")
    return [(bed, rate, (at_ms + correction_ms) / 1000) for bed, rate, at_ms in found]


def _matched(
    sent: list[tuple[int, int, float]], painted: list[tuple[int, int, float]]
) -> list[float]:
    """For each message that was painted, how long after its payload's time, seconds."""
    changes: dict[tuple[int, int], list[float]] = defaultdict(list)
    for bed, rate, at_s in painted:
        changes[bed, rate].append(at_s)
    found = []
    for bed, rate, sent_s in sent:
        delays_s = [at_s - sent_s for at_s in changes[bed, rate]]
        in_time = [delay for delay in delays_s if -0.01 <= delay <= PAINTED_WITHIN_S]
        if in_time:
            found.append(min(in_time))
    return found


# --- the devices, in a process of their own ------------------------------------------------------


@contextmanager
def _devices(house: House, load: Load) -> Iterator["subprocess.Popen[str]"]:
    code = "from tests.benchmarks.pixel import publish_ward as p; import sys; p(*sys.argv[1:])"
    arguments = [house.broker.port, house.ward, load.beds, int(load.has_pumps)]
    process = subprocess.Popen(
        [sys.executable, "-c", code, *(str(argument) for argument in arguments)],
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate(timeout=30)


def publish_ward(port: str, ward: str, beds: str, has_pumps: str) -> None:
    """Publish for every bed once a second, each at its own moment, until standard input ends.

    Then prints bed, heart rate and Unix time of every set of numerics, a JSON list a line.
    """
    publisher, count = Publisher(int(port)), int(beds)
    stopped = threading.Event()
    threading.Thread(target=_wait_for_end, args=(stopped,), daemon=True).start()
    sent: list[tuple[int, int, float]] = []
    for number in paced(count, 3600):
        bed, seq = number % count + 1, number // count
        now = datetime.now(UTC)
        topic = f"hourglass/v1/{ward}/device"
        publisher.publish(f"{topic}/monitor-{bed}/vitals", _numerics(bed, seq, now))
        sent.append((bed, heart_rate(bed, seq), now.timestamp()))
        if has_pumps == "1":
            publisher.publish(f"{topic}/pump-{bed}/pump", _pump(seq, now))
        if stopped.is_set():
            break
    publisher.close()
    for each in sent:
        print(json.dumps(each))


def _wait_for_end(stopped: threading.Event) -> None:
    sys.stdin.read()
    stopped.set()


def _numerics(bed: int, seq: int, now: datetime) -> bytes:
    """Six numerics, measured now."""
    return _encoded(
        seq, now, hr=heart_rate(bed, seq), pr=70 + seq % 9, spo2=95 + seq % 4, rr=12 + seq % 5,
        etco2=34 + seq % 5, temp=36.8,
    )  # fmt: skip


def _pump(seq: int, now: datetime) -> bytes:
    """Four more values: rate, volume, what remains and the dose rate."""
    given_ml = round(35 / 3600 * seq, 4)
    return _encoded(
        seq, now, state="infusing", rate=35.0, volume=given_ml, counter="c",
        remaining=round(40 - given_ml, 4), dose_rate=0.5, concentration=1.0, weight=70.0,
    )  # fmt: skip


def _encoded(seq: int, now: datetime, **fields: object) -> bytes:
    stamp = now.isoformat(timespec="microseconds")
    return json.dumps({"boot": "b", "seq": seq, "time": stamp, **fields}).encode()


# --- the other screens ---------------------------------------------------------------------------


@contextmanager
def _scripted_screens(house: House, url: str) -> Iterator[None]:
    """Four more screens that read all they are sent, each enrolled by the address of a wall."""
    sockets = [_open_socket(house, url) for _ in range(SCRIPTED_SCREENS)]
    readers = [threading.Thread(target=_read, args=(socket,), daemon=True) for socket in sockets]
    for reader in readers:
        reader.start()
    try:
        yield
        assert all(reader.is_alive() for reader in readers), "a scripted screen was cut off"
    finally:
        for socket in sockets:
            socket.close()


def _open_socket(house: House, url: str) -> ClientConnection:
    cookies = HTTPCookieProcessor()
    with build_opener(cookies).open(url, timeout=30) as page:
        assert page.status == 200
    sent = "; ".join(f"{cookie.name}={cookie.value}" for cookie in cookies.cookiejar)
    return connect(
        f"ws://127.0.0.1:{house.http_port}/live?ward={house.ward}",
        origin=Origin(house.url),
        additional_headers={"cookie": sent},
        proxy=None,
        max_size=None,
    )


def _read(socket: ClientConnection) -> None:
    try:
        for _ in socket:
            pass
    except ConnectionClosed:
        return
