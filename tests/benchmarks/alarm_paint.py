"""How long from the moment a device's alarm is measured to its line painted on the wall.

Each alarm names itself in its text, so that every line the browser paints is matched to the `time`
of its message. The way is that of any sample that meets a condition: broker, ingest with its rules
and its commit, the bed's state, the dashboard, the page; the condition's own delay is zero.
"""

import json
import re
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import expect, sync_playwright

from tests.benchmarks.figures import Spread
from tests.benchmarks.pixel import WARM_UP_S, _encoded, _numerics, _scripted_screens, _wait_for_end
from tests.benchmarks.ward import Publisher, paced
from tests.fixtures.house import House
from tests.fixtures.processes import ROOT

ALARMS_A_SECOND: Final = 2
SETTLE_S: Final = 8
"""Alarms begin once the clocks of the devices are known."""

WATCH: Final = """() => {
    window.painted = [];
    const note = changes => {
        const texts = new Set(changes.map(({target}) => {
            const node = target.nodeType === Node.TEXT_NODE ? target.parentElement : target;
            const text = node && node.closest('.alarm-text');
            return text ? text.textContent : '';
        }));
        requestAnimationFrame(() => {
            const at_ms = performance.timeOrigin + performance.now();
            texts.forEach(text => { if (text) window.painted.push([text, at_ms]); });
        });
    };
    new MutationObserver(note).observe(document.querySelector('.grid'),
        {subtree: true, childList: true, characterData: true});
}"""


@dataclass(frozen=True, slots=True)
class PaintedAlarms:
    """Times from the alarm's message to its painted line; how many never were."""

    spread: Spread
    raised: int
    never_painted: int

    def __str__(self) -> str:
        return f"{self.spread}; {self.never_painted} of {self.raised} never painted"


def measure_painted_alarms(beds: int, seconds: float) -> PaintedAlarms:
    """Run a ward at 1 Hz with two alarms a second, one real Chromium and four scripted screens."""
    with tempfile.TemporaryDirectory() as folder:
        house = House(Path(folder), beds)
        process = None
        try:
            house.start()
            url = house.enrol()
            process = _devices(house)
            with _scripted_screens(house, url):
                painted = _watch(url, beds, seconds)
            sent = [json.loads(line) for line in process.communicate(timeout=60)[0].splitlines()]
        finally:
            if process is not None and process.poll() is None:
                process.kill()
            house.close()
    begun_s, ended_s, lines = painted
    wanted = {number: at_s for number, at_s in sent if begun_s <= at_s < ended_s - 3}
    first: dict[int, float] = {}
    for text, at_ms in lines:
        found = re.search(r"ALARM (\d+)", text)
        if found:
            first.setdefault(int(found[1]), at_ms / 1000)
    times = [first[number] - at_s for number, at_s in wanted.items() if number in first]
    return PaintedAlarms(Spread(times), len(wanted), len(wanted) - len(times))


def _watch(url: str, beds: int, seconds: float) -> tuple[float, float, list[Any]]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 3840, "height": 2160})
        page.goto(url)
        live = page.locator('[data-signal="hr"][data-state="live"]')
        expect(live).to_have_count(beds, timeout=60_000)
        page.wait_for_timeout(WARM_UP_S * 1000)
        page.evaluate(WATCH)
        begun_s = datetime.now(UTC).timestamp()
        page.wait_for_timeout(seconds * 1000)
        ended_s = datetime.now(UTC).timestamp()
        lines = page.evaluate("window.painted")
        browser.close()
    return begun_s, ended_s, lines


# --- the devices, in a process of their own ------------------------------------------------------


def _devices(house: House) -> "subprocess.Popen[str]":
    code = (
        "from tests.benchmarks.alarm_paint import publish_alarms as p; import sys; p(*sys.argv[1:])"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code, str(house.broker.port), house.ward, str(house.beds)],
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def publish_alarms(port: str, ward: str, beds: str) -> None:
    """Numerics of every bed once a second, and alarms from bed to bed, until input ends.

    A bed's alarm ends when half the ward has had its turn after it. Then prints number and Unix
    time of every alarm, a JSON list a line.
    """
    publisher, count = Publisher(int(port)), int(beds)
    stopped = threading.Event()
    threading.Thread(target=_wait_for_end, args=(stopped,), daemon=True).start()
    seqs = [0] * (count + 1)
    sent: list[tuple[int, float]] = []

    def publish(bed: int, kind: str, payload: bytes) -> None:
        publisher.publish(f"hourglass/v1/{ward}/device/monitor-{bed}/{kind}", payload)
        seqs[bed] += 1

    for turn in paced(count, 3600):
        bed, now = turn % count + 1, datetime.now(UTC)
        publish(bed, "vitals", _numerics(bed, seqs[bed], now))
        if turn >= SETTLE_S * count and turn % (count // ALARMS_A_SECOND) == 0:
            number = len(sent)
            over = (number + count // 2) % count + 1
            bed = number % count + 1
            now = datetime.now(UTC)
            publish(over, "alarm", _alarm(seqs[over], now, "end", ""))
            publish(bed, "alarm", _alarm(seqs[bed], now, "start", f"ALARM {number}"))
            sent.append((number, now.timestamp()))
        if stopped.is_set():
            break
    publisher.close()
    for each in sent:
        print(json.dumps(each))


def _alarm(seq: int, now: datetime, phase: str, text: str) -> bytes:
    return _encoded(seq, now, alarm="technical", phase=phase, priority="medium", id="a", text=text)
