"""An open ward page as the tests look at it."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.held import bed_state
from tests.browser.scripted import ScriptedWard

OpenPage = Callable[..., Page]
StartWard = Callable[..., ScriptedWard]


def number(page: Page, signal: str, bed: str = "1") -> Locator:
    """One number of one tile."""
    return page.locator(f'[data-bed="{bed}"] [data-signal="{signal}"]')


def held(ward: ScriptedWard, beds: int, **parts: Any) -> None:
    """Let every bed of the ward hold the same state."""
    ward.hold(*(bed_state(str(n), **parts) for n in range(1, beds + 1)))


def hear(ward: ScriptedWard, page: Page) -> None:
    """Wait until the screen has taken in all that the ward has sent until now."""
    ward.say({})
    page.wait_for_function("frame => window.frameHeard >= frame", arg=ward.frames)


def page_with_clock(ward: ScriptedWard, open_page: OpenPage, **how: Any) -> Page:
    """An open screen whose first bed is live, and whose time a test may move."""
    ward.hold(bed_state())
    page = open_page("about:blank", 1280, 720, is_alone=True, **how)
    page.clock.install()
    page.goto(ward.ward_url)
    expect(number(page, "spo2")).to_have_attribute("data-state", "live")
    return page


def still_page(ward: ScriptedWard, open_page: OpenPage, **how: Any) -> Page:
    """An open screen whose first bed is live; its time stands still but for `clock.run_for`.

    So no machine is too slow for it: it believes in its server for as long as on a ward.
    """
    page = page_with_clock(ward, open_page, is_strict=True, **how)
    page.clock.pause_at(page.evaluate("Date.now()") / 1000 + 5)
    page.evaluate("hourglass.clock.forget()")  # how late frames are is learnt anew
    hear(ward, page)
    return page


def live_page(ward: ScriptedWard, open_page: OpenPage, **how: Any) -> Page:
    """An open screen of a ward whose first bed is live; `how` as the page is opened."""
    ward.hold(bed_state())
    page = open_page(ward.ward_url, 1280, 720, **how)
    expect(number(page, "spo2")).to_have_attribute("data-state", "live")
    return page
