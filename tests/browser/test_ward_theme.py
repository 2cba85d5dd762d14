"""Dark, light, night, the clock and the menu of a ward screen."""

import time

import pytest
from playwright.sync_api import expect

from tests.browser.held import bed_state
from tests.browser.ward_page import OpenPage, StartWard, number
from vocabulary.roles import Role

pytestmark = pytest.mark.browser

DASH = "\u2013"
CM_PX = 1080 / 53.5
"""One centimetre of a 43-inch screen (53.5 cm high) at 1080 lines."""


def test_the_theme_goes_round_and_is_remembered(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(1)
    page = open_page(ward.ward_url, theme="dark")
    root, switch = page.locator("html"), page.locator("[data-theme-switch]")
    expect(root).to_have_attribute("data-theme", "dark")
    page.get_by_text("This screen").click()
    expect(switch).to_have_text("Theme: Dark")
    switch.press("Enter")
    expect(root).to_have_attribute("data-theme", "light")
    page.reload()
    expect(root).to_have_attribute("data-theme", "light")
    page.get_by_text("This screen").click()
    switch.click()
    expect(switch).to_have_text("Theme: By the clock")


def test_a_dark_screen_dims_in_the_hours_of_the_night(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(1)
    page = open_page(ward.ward_url)
    root, card = page.locator("html"), "getComputedStyle(document.querySelector('.tile')).color"
    expect(page.locator("[data-display]")).to_have_count(1)
    set_night = (
        "([b, e]) => Object.assign(document.querySelector('[data-display]').dataset,"
        " {nightBegins: b, nightEnds: e})"
    )
    page.evaluate(set_night, ["00:00", "24:00"])
    expect(root).to_have_attribute("data-dim", "yes")
    dimmed = page.evaluate(card)
    page.evaluate(set_night, ["", ""])
    expect(root).to_have_attribute("data-dim", "no")
    assert page.evaluate(card) != dimmed


def test_the_clock_runs_by_the_servers_time_in_the_clinics_zone(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(1)
    ward.sent_late_ms = 3 * 3600 * 1000  # this server's clock is three hours slow
    page = open_page(ward.ward_url)
    clock = page.locator("[data-clock]")
    expect(clock).not_to_have_text("··:··:··")
    first = clock.inner_text()
    expect(clock).not_to_have_text(first)
    zone = page.locator("[data-display]").get_attribute("data-time-zone")
    hour = (
        "([ms, zone]) => new Intl.DateTimeFormat('en-GB', {timeZone: zone, hour: '2-digit',"
        " hourCycle: 'h23'}).format(ms)"
    )
    shown = clock.inner_text()[:2]
    now_ms = time.time() * 1000 - ward.sent_late_ms
    near = {page.evaluate(hour, [ms, zone]) for ms in (now_ms - 60_000, now_ms)}
    assert shown in near, "an hour may have begun meanwhile"


def test_people_have_a_menu_and_walls_have_none(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(1, role=Role.NURSE)
    page = open_page(ward.ward_url)
    expect(page.get_by_role("link", name="Devices")).to_be_visible()
    page.get_by_role("link", name="Wards").click()
    expect(page.get_by_role("heading", name="Wards")).to_be_visible()
    ward.hold(bed_state())
    page.get_by_role("link", name="Demonstration ward").click()
    expect(number(page, "hr")).to_have_text("78")
