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


def live_page(ward: ScriptedWard, open_page: OpenPage, **parts: Any) -> Page:
    """An open screen of a ward whose first bed is live."""
    ward.hold(bed_state(**parts))
    page = open_page(ward.ward_url, 1280, 720)
    expect(number(page, "spo2")).to_have_attribute("data-state", "live")
    return page
