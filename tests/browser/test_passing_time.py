"""Time that a screen did not notice: a machine that slept, a line that stays behind."""

import time

import pytest
from playwright.sync_api import expect

from tests.browser.held import bed_state
from tests.browser.ward_page import OpenPage, StartWard, live_page, number

pytestmark = pytest.mark.browser

SLEEP = """(ms) => {
    const real = Date.now;
    Date.now = () => real() + ms;  // as after a sleep, in which performance.now() stood still
    hourglass.repaint();
    return Array.from(document.querySelectorAll('[data-signal]'), (node) => node.dataset.state);
}"""
FALLING_BEHIND = """() => {
    const { clock } = hourglass;
    clock.forget();
    let waited = 0;
    for (let s = 0; s < 900; s += 1) {
        waited = clock.sync(s * 1000, s * 1000 + Math.min(s, 60) * 500);
    }
    clock.forget();
    return waited;
}"""
"""The way of a frame grows to 30 s within a minute, and stays so long for a quarter of an hour."""


def test_after_a_sleep_no_number_of_before_is_live_for_a_moment(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(1)
    page = live_page(ward, open_page)
    opened = ward.opened
    ward.is_silent = True
    states = page.evaluate(SLEEP, 30 * 60 * 1000)
    assert "stale" in states
    assert "live" not in states
    expect(page.locator("[data-banner]")).to_be_visible()
    ward.is_silent = False
    ward.hold(bed_state())
    expect(number(page, "spo2")).to_have_attribute("data-state", "live")
    assert ward.opened > opened, "what was open before the sleep is not waited for"


def test_a_line_that_fell_behind_and_stays_there_never_looks_prompt(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    page = live_page(scripted_ward(1), open_page)
    assert page.evaluate(FALLING_BEHIND) > 29_000


def test_a_screen_that_stays_behind_opens_its_line_anew(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(1)
    page = live_page(ward, open_page)
    opened = ward.opened
    ward.sent_late_ms = 8000
    ward.hold(bed_state())
    expect(page.locator("[data-lag]")).to_have_text("LAG 8 s behind")
    deadline = time.monotonic() + 40
    while ward.opened == opened:
        assert time.monotonic() < deadline
        page.wait_for_timeout(100)
    expect(page.locator("[data-lag]")).to_be_hidden()
