"""How a ward screen tells live from old: ages, links, the banner, and finding its way back."""

import re
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Seen
from tests.browser.held import bed_state, down, reading, times
from tests.browser.ward_page import (
    OpenPage,
    StartWard,
    hear,
    live_page,
    number,
    still_page,
)
from vocabulary.signals import SignalName
from vocabulary.states import ReadingState
from wire.bed_state import SignalView

pytestmark = pytest.mark.browser

NO_NUMBER_LIVE = """() => [...document.querySelectorAll('[data-number], .minutes')]
    .every(n => !['live', 'late'].includes(n.dataset.state))"""


def ages_fast(now: datetime, age_s: float = 0.0) -> SignalView:
    """An SpO2 that is late after 2 s and stale after 5 s."""
    return SignalView(
        state=ReadingState.LIVE, value=97, times=times(age_s, now, late_s=2, stale_s=5)
    )


def test_a_silent_device_turns_late_and_then_stale_at_its_time(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(2)
    page = still_page(ward, open_page)
    now = datetime.now(UTC)
    ward.hold(bed_state(now=now, signals={SignalName.SPO2: ages_fast(now)}))
    hear(ward, page)
    spo2 = number(page, "spo2")
    below = page.locator('[data-bed="1"] [data-of="spo2"] .sub')
    expect(below).to_have_text("")
    shown = {}
    for ms in range(250, 6250, 250):
        page.clock.run_for(250)
        hear(ward, page)
        shown[ms] = (spo2.get_attribute("data-state"), below.inner_text())
    assert {shown[ms][0] for ms in (250, 1250)} == {"live"}
    assert {shown[ms][0] for ms in (2500, 4000)} == {"late"}
    assert {shown[ms][0] for ms in (5500, 6000)} == {"stale"}
    assert [shown[ms][1] for ms in (1000, 2250, 3250, 4250)] == ["", "2 s", "3 s", "4 s"]
    expect(spo2).to_have_text("97")


def test_a_new_reading_brings_a_stale_number_back(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(1)
    now = datetime.now(UTC)
    ward.hold(bed_state(now=now, signals={SignalName.SPO2: ages_fast(now, age_s=6)}))
    page = open_page(ward.ward_url, 1280, 720)
    expect(number(page, "spo2")).to_have_attribute("data-state", "stale")
    ward.hold(bed_state())
    expect(number(page, "spo2")).to_have_attribute("data-state", "live")


def test_a_state_that_the_server_held_is_as_old_as_it_was_held(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(1)
    now = datetime.now(UTC)
    ward.hold(bed_state(now=now, signals={SignalName.SPO2: ages_fast(now)}))
    ward.rewind("1", 30)
    page = open_page(ward.ward_url, 1280, 720)
    expect(number(page, "spo2")).to_have_attribute("data-state", "stale")
    expect(page.locator('[data-of="spo2"] .sub')).to_have_text(re.compile(r"[3-5]\d s"))


def test_a_wrong_clock_of_the_server_changes_no_age(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(1)
    ward.sent_late_ms = -24 * 60 * 1000
    page = live_page(ward, open_page)
    expect(page.locator('[data-of="nibp"] > .vital-below > .sub')).to_have_text("3 min")
    expect(page.locator("[data-lag]")).to_be_hidden()


@pytest.mark.parametrize("how", ["stops", "falls silent"])
def test_without_the_server_a_banner_says_so_within_three_seconds_and_goes_by_itself(
    scripted_ward: StartWard, open_page: OpenPage, how: str
) -> None:
    ward = scripted_ward(1)
    page = still_page(ward, open_page)
    banner = page.locator("[data-banner]")
    ward.is_silent = True
    if how == "stops":
        ward.stop()
    page.clock.run_for(2000)
    assert banner.is_hidden(), "one frame may be late"
    page.clock.run_for(750)
    expect(banner).to_be_visible()
    text = banner.inner_text()
    assert re.fullmatch(
        r"NO LIVE DATA since \d\d:\d\d, watch the bedside monitors \(server unreachable\)", text
    )
    assert page.evaluate(NO_NUMBER_LIVE)
    expect(number(page, "spo2")).to_have_text("97")
    assert "line-through" in number(page, "spo2").evaluate(
        "n => getComputedStyle(n).textDecorationLine"
    )
    expect(page.locator('[data-link="browser"]')).to_have_attribute("data-state", "down")
    width = page.evaluate("document.querySelector('[data-banner]').getBoundingClientRect().width")
    assert width == 1280

    ward.is_silent = False
    if how == "stops":
        ward.start()
    page.clock.resume()
    ward.hold(bed_state())
    expect(banner).to_be_hidden()
    expect(number(page, "spo2")).to_have_attribute("data-state", "live")
    expect(page.locator('[data-link="browser"]')).to_have_attribute("data-state", "up")


@pytest.mark.parametrize("link", ["broker", "ingest", "record"])
def test_a_dead_link_shows_as_one_banner_and_only_that_link_is_down(
    scripted_ward: StartWard, open_page: OpenPage, link: str
) -> None:
    ward = scripted_ward(1)
    page = live_page(ward, open_page)
    since = datetime(2026, 11, 23, 13, 2, tzinfo=UTC)
    ward.set_links(**{link: down("connection refused", since)})
    banner = page.locator("[data-banner]")
    expect(banner).to_be_visible()
    expect(banner).to_have_text(
        re.compile(rf"^NO LIVE DATA since .*\d\d:02, watch the bedside monitors \({link} down\)$")
    )
    assert page.evaluate(NO_NUMBER_LIVE)
    for other in ("device", "broker", "ingest", "record", "browser"):
        expect(page.locator(f'[data-link="{other}"]')).to_have_attribute(
            "data-state", "down" if other == link else "up"
        )
    expect(page.locator(f'[data-link="{link}"]')).to_contain_text("connection refused")
    ward.set_links()
    expect(banner).to_be_hidden()
    expect(number(page, "spo2")).to_have_attribute("data-state", "live")


def test_a_dead_device_is_named_in_the_strip_without_a_banner(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(1)
    page = live_page(ward, open_page)
    ward.set_links(device=down("monitor-3"))
    expect(page.locator('[data-link="device"]')).to_have_attribute("data-state", "down")
    expect(page.locator('[data-link="device"]')).to_contain_text("monitor-3")
    expect(page.locator("[data-banner]")).to_be_hidden()
    expect(number(page, "spo2")).to_have_attribute("data-state", "live")


def test_the_banner_covers_no_bed(scripted_ward: StartWard, open_page: OpenPage) -> None:
    ward = scripted_ward(12)
    page = live_page(ward, open_page)
    ward.set_links(broker=down())
    expect(page.locator("[data-banner]")).to_be_visible()
    page.wait_for_function(
        "() => document.querySelector('[data-banner]').getBoundingClientRect().bottom"
        " <= document.querySelector('.tile').getBoundingClientRect().top"
    )
    bottoms = page.locator("[data-bed]").evaluate_all(
        "tiles => Math.max(...tiles.map(t => t.getBoundingClientRect().bottom))"
    )
    assert bottoms <= 720


def test_a_pulled_cable_shows_at_once(scripted_ward: StartWard, open_page: OpenPage) -> None:
    ward = scripted_ward(1)
    page = still_page(ward, open_page)
    page.context.set_offline(True)
    expect(page.locator("[data-banner]")).to_contain_text("network unplugged")
    assert page.evaluate(NO_NUMBER_LIVE)
    page.context.set_offline(False)
    page.clock.resume()
    expect(page.locator("[data-banner]")).to_be_hidden()


def test_a_screen_that_is_behind_says_by_how_much(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(1)
    page = live_page(ward, open_page)
    lag = page.locator("[data-lag]")
    expect(lag).to_be_hidden()
    ward.lag_s = 6.2
    ward.set_links()
    expect(lag).to_have_text("LAG 6 s behind")
    ward.lag_s = 0.1
    ward.set_links()
    expect(lag).to_be_hidden()


def test_frames_that_waited_on_their_way_make_nothing_look_new(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(1)
    page = live_page(ward, open_page)
    ward.sent_late_ms = 8000  # as if each frame had been under way for 8 s
    now = datetime.now(UTC)
    ward.hold(bed_state(now=now, signals={SignalName.SPO2: ages_fast(now)}))
    expect(page.locator("[data-lag]")).to_have_text("LAG 8 s behind")
    expect(number(page, "spo2")).to_have_attribute("data-state", "stale")


def test_minutes_stop_with_the_pump_that_fell_silent(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(1)
    now = datetime.now(UTC)
    state = bed_state(now=now)
    assert state.pump is not None
    believed = times(0.4, now, late_s=3, stale_s=10)
    ward.hold(
        msgspec.structs.replace(state, pump=msgspec.structs.replace(state.pump, times=believed))
    )
    ward.rewind("1", 300)
    page = open_page(ward.ward_url, 1280, 720)
    expect(number(page, "rate")).to_have_attribute("data-state", "stale")
    expect(page.locator("[data-minutes]")).to_have_text("20")
    expect(page.locator(".minutes")).to_have_attribute("data-state", "stale")


def test_a_tile_that_cannot_be_painted_looks_dead_and_the_others_live_on(
    scripted_ward: StartWard, open_page: OpenPage, seen: Seen
) -> None:
    ward = scripted_ward(2)
    ward.hold(bed_state("2"))
    page = live_page(ward, open_page)
    ward.say({"1": {"held_ms": 0, "tile": {"bed": "1"}}})
    expect(page.locator('[data-bed="1"] .session-state')).to_have_text("cannot be shown")
    assert page.locator('[data-bed="1"] [data-signal]').evaluate_all(
        "all => all.every(n => n.dataset.state === 'stale')"
    )
    ward.hold(bed_state("2"))
    expect(number(page, "spo2", "2")).to_have_attribute("data-state", "live")
    assert [error for error in seen.errors if "bed 1 cannot be shown" not in error] == []
    seen.errors.clear()
    ward.hold(bed_state("1"))
    expect(number(page, "spo2")).to_have_attribute("data-state", "live")


def test_the_tab_shows_which_ward(scripted_ward: StartWard, open_page: OpenPage) -> None:
    ward = scripted_ward(1)
    page = live_page(ward, open_page)
    expect(page).to_have_title("Ward demo")


def test_a_number_older_than_a_day_says_days(scripted_ward: StartWard, open_page: OpenPage) -> None:
    ward = scripted_ward(1)
    now = datetime.now(UTC)
    old = reading(SignalName.SPO2, 97, now, age_s=timedelta(days=3).total_seconds())
    ward.hold(bed_state(now=now, signals={SignalName.SPO2: old}))
    page = open_page(ward.ward_url, 1280, 720)
    expect(page.locator('[data-of="spo2"] .sub')).to_have_text("3 days")
