"""The spark lines of a tile: the past minutes as measured, and no fresher than they are."""

import re
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.held import bed_state, down, reading
from tests.browser.ward_page import OpenPage, StartWard, held, number
from vocabulary.roles import Audience
from vocabulary.signals import SignalName
from wire.bed_state import NibpValue

pytestmark = pytest.mark.browser

STEP_MS = 10_000
WINDOW_S = 1800


def minutes(count: float, *, ago: float = 0) -> dict[str, Any]:
    """So many minutes of a calm SpO2 that ended `ago` minutes ago, a gap in their middle."""
    steps = int(count * 6)
    first = int((time.time() - ago * 60) * 1000) // STEP_MS * STEP_MS - steps * STEP_MS
    spo2 = [97 - place % 2 if abs(place - steps // 2) > 6 else None for place in range(steps)]
    return {
        "first_ms": first,
        "step_ms": STEP_MS,
        "spo2": spo2,
        "sbp": [[first + 60_000 * at, 130 + at] for at in range(1, int(count), 5)],
    }


def line(page: Page, name: str = "spo2", bed: str = "1") -> Locator:
    return page.locator(f'[data-bed="{bed}"] [data-spark="{name}"]')


def drawn(page: Page, name: str = "spo2") -> str:
    return line(page, name).locator("path").get_attribute("d") or ""


def right_edge(page: Page) -> tuple[float, float]:
    """Where the line ends and where now is, in seconds since its first step."""
    box = [float(n) for n in (line(page).locator("svg").get_attribute("viewBox") or "").split()]
    ends = [float(x) for x in re.findall(r"[ML]([\d.]+) ", drawn(page))]
    return ends[-1], box[0] + WINDOW_S


def test_a_screen_that_opens_shows_the_past_minutes_with_gaps_and_spots(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(2, Audience.PUBLIC)
    ward.sparks = {"1": minutes(20), "2": None}
    ward.hold(bed_state("1"), bed_state("2"))
    page = open_page(ward.ward_url)
    expect(line(page)).to_have_attribute("data-state", "live")
    expect(line(page)).to_have_attribute("data-points", "107")
    assert drawn(page).count("M") == 2, "the gap is not drawn over"
    expect(line(page, "sbp")).to_have_attribute("data-points", "4")
    assert "L" not in drawn(page, "sbp"), "cuff readings are spots"
    said = line(page).locator("[role=img]").get_attribute("aria-label")
    assert said == "SpO2 of the last 30 min, 96 to 97 %"
    end, now = right_edge(page)
    assert 0 <= now - end <= 60
    expect(line(page, bed="2")).to_have_attribute("data-points", "0")
    box = line(page).bounding_box()
    assert box is not None
    assert box["height"] > 15
    # a bed that falls silent: its line ends where its numbers did, and looks no fresher than they
    ward.sparks = {"1": minutes(20, ago=5)}
    ward.rewind("1", 1000)
    expect(number(page, "spo2")).to_have_attribute("data-state", "stale")
    expect(line(page)).to_have_attribute("data-state", "stale")
    end, now = right_edge(page)
    assert 290 <= now - end <= 400
    ward.sparks = {}
    page.wait_for_function(
        "before => Number(document.querySelector('[data-bed=\"1\"] [data-spark] svg')"
        ".getAttribute('viewBox').split(' ')[0]) > before",
        arg=now - WINDOW_S,
    )


def test_a_line_looks_lost_with_the_feed_and_is_filled_when_it_is_back(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(1)
    ward.sparks = {"1": minutes(10)}
    ward.hold(bed_state())
    page = open_page(ward.ward_url)
    expect(line(page)).to_have_attribute("data-state", "live")
    ward.set_links(broker=down("connection refused"))
    expect(line(page)).to_have_attribute("data-state", "stale")
    ward.stop()
    ward.sparks = {"1": minutes(25)}
    ward.set_links()
    ward.start()
    ward.hold(bed_state())
    expect(line(page)).to_have_attribute("data-points", "137")
    expect(line(page)).to_have_attribute("data-state", "live")


@pytest.mark.parametrize(
    ("beds", "width", "height"), [(8, 1920, 1080), (12, 1920, 1080), (24, 3840, 2160)]
)
def test_the_lines_are_there_where_the_ward_has_room_for_them(
    scripted_ward: StartWard, open_page: OpenPage, beds: int, width: int, height: int
) -> None:
    ward = scripted_ward(beds)
    held(ward, beds)
    page = open_page(ward.ward_url, width, height)
    expect(number(page, "spo2", str(beds))).to_have_text("97")
    expect(line(page, bed=str(beds))).to_be_visible()


def test_on_a_phone_the_change_from_baseline_is_whole(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(1)
    now = datetime.now(UTC)
    changed = {
        name: reading(name, value, now, delta=delta)
        for name, value, delta in (
            (SignalName.SPO2, 91.0, -6.0),
            (SignalName.HR, 121.0, 43.0),
            (SignalName.NIBP, NibpValue(sys=182, dia=104, map=130), 58.0),
        )
    }
    ward.hold(bed_state(signals=changed))
    page = open_page(ward.ward_url, 390, 844)
    for signal, delta in (("hr", "↑43"), ("spo2", "↓6"), ("nibp", "↑58")):
        vital = page.locator(f'[data-bed="1"] .vital-{signal}')
        shown = vital.locator(".delta")
        expect(shown).to_have_text(delta)
        ends = shown.evaluate("node => node.getBoundingClientRect().right")
        assert ends <= vital.evaluate("node => node.getBoundingClientRect().right") + 0.5, signal
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
