"""One screen left open: does its heap grow, does it stay live?

`python -m tests.benchmarks soak` runs an hour; HOURGLASS_SOAK_MINUTES sets another time. The heap
after the whole time must equal the heap after five minutes, within ten per cent (ward.md).
"""

import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.sync_api import CDPSession, Page, expect, sync_playwright

from tests.fixtures.house import House

BEDS: Final = 24
SETTLED_MINUTES: Final = 5
HEAP_GROWTH_ALLOWED: Final = 0.10
LIVE: Final = "[data-signal=spo2][data-state=live]"


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the screen: minutes open, heap in MiB after collection, live beds, processes."""

    minutes: float
    heap_mib: float
    live: int
    dashboard_mib: float
    ingest_mib: float

    def __str__(self) -> str:
        return (
            f"{self.minutes:5.1f} min  heap {self.heap_mib:6.2f} MiB  live {self.live}/{BEDS}  "
            f"dashboard {self.dashboard_mib:.0f} MiB  ingest {self.ingest_mib:.0f} MiB"
        )


def soak() -> bool:
    """Leave a screen open and print what it needs; returns whether it stayed within bounds."""
    minutes = float(os.environ.get("HOURGLASS_SOAK_MINUTES", "60"))
    with tempfile.TemporaryDirectory() as folder:
        house = House(Path(folder), BEDS)
        try:
            house.start()
            house.start_simulator()
            looks = _look_for(house, minutes)
        finally:
            house.close()
    settled = next((look for look in looks if look.minutes >= SETTLED_MINUTES), looks[0])
    growth = looks[-1].heap_mib / settled.heap_mib - 1
    print(
        f"heap after {looks[-1].minutes:.0f} min against {settled.minutes:.0f} min: {growth:+.1%}"
    )
    return growth <= HEAP_GROWTH_ALLOWED and all(look.live == BEDS for look in looks)


def _look_for(house: House, minutes: float) -> list[Look]:
    looks: list[Look] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 3840, "height": 2160})
        page.goto(house.enrol())
        expect(page.locator(LIVE)).to_have_count(BEDS, timeout=60_000)
        protocol = page.context.new_cdp_session(page)
        start_s = time.monotonic()
        while not looks or looks[-1].minutes < minutes:
            page.wait_for_timeout(min(60_000, max(1000, minutes * 60_000 / 12)))
            looks.append(_look(house, page, protocol, (time.monotonic() - start_s) / 60))
            print(looks[-1], flush=True)
        browser.close()
    return looks


def _look(house: House, page: Page, protocol: CDPSession, minutes: float) -> Look:
    protocol.send("HeapProfiler.collectGarbage")
    heap = protocol.send("Runtime.getHeapUsage")["usedSize"]
    return Look(
        minutes=minutes,
        heap_mib=heap / 2**20,
        live=page.locator(LIVE).count(),
        dashboard_mib=house.dashboard.usage().rss_mib,
        ingest_mib=house.ingest.usage().rss_mib,
    )
