"""The checks at a real browser: taps and seconds, drafts that survive, others who are told."""

import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.beds import BedArrived
from tests.browser.conftest import Seen
from tests.browser.logged_in import LoggedIn
from tests.browser.test_people_pages import faults_of
from tests.fixtures.clinic_site import Site, clinic_site
from tests.fixtures.dashboard import eventually
from tests.fixtures.measured import DEMO
from tests.fixtures.running_hour import record_hour
from vocabulary.ids import BedId, BootId, DeviceId, SessionId, WorkerId
from vocabulary.signals import SignalName
from vocabulary.states import ReadingState, SessionState
from wire.bed_state import BedState, ReadingTimes, SessionView, SignalView

pytestmark = pytest.mark.browser

OpenAs = Callable[..., Page]
OBSERVE = "/session/s1/do/observe"
FULL_TAPS = (
    "5 prompt reply to name in an ordinary voice", "Clear", "3", "Pleasant", "None of these",
)  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One record for all; each test leaves no draft of a form that another one opens."""
    folder: Path = tmp_path_factory.mktemp("record")
    with clinic_site(folder) as running:
        record_hour(running, datetime.now(UTC))
        yield running


@pytest.fixture
def open_as(site: Site, chromium: Browser, seen: Seen) -> Iterator[OpenAs]:
    people = LoggedIn(chromium, site, seen)

    def opener(path: str, who: str = "nora", width: int = 390, **how: Any) -> Page:
        return people.open(path, who, width=width, has_touch=True, is_mobile=width < 500, **how)

    yield opener
    people.close()


class Thumb:
    """Taps, and counts them."""

    def __init__(self, page: Page) -> None:
        self.page, self.taps, self.began_s = page, 0, time.monotonic()

    def tap(self, *words: str) -> None:
        for each in words:
            self.page.get_by_text(each, exact=False).first.tap()
            self.taps += 1

    def answer(self, question: str, words: str) -> None:
        group = self.page.locator("fieldset").filter(has_text=question)
        group.get_by_text(words, exact=True).first.tap()
        self.taps += 1

    def save(self) -> None:
        self.page.get_by_role("button", name="Save", exact=True).tap()
        self.taps += 1

    @property
    def took_s(self) -> float:
        return time.monotonic() - self.began_s


def saved(site: Site) -> int:
    return len(site.session(SessionId("s1")).observations)


def test_a_quick_set_takes_three_taps_and_a_full_one_six(site: Site, open_as: OpenAs) -> None:
    before = saved(site)
    thumb = Thumb(open_as(f"{OBSERVE}?set=quick"))
    thumb.answer("Sedation", "5 prompt reply to name in an ordinary voice")
    thumb.answer("Breathing", "Clear")
    thumb.save()
    eventually(lambda: saved(site) == before + 1, "the quick set was not saved")
    assert thumb.taps == 3
    assert thumb.took_s < 60
    thumb = Thumb(open_as(f"{OBSERVE}?set=full"))
    thumb.answer("Sedation", "5 prompt reply to name in an ordinary voice")
    thumb.answer("Breathing", "Clear")
    thumb.answer("Dissociation", "3")
    thumb.answer("Perceptual change", "Pleasant")
    thumb.tap("None of these")
    thumb.save()
    eventually(lambda: saved(site) == before + 2, "the full set was not saved")
    assert thumb.taps == 6
    assert thumb.took_s < 60


def test_what_was_typed_is_there_after_a_reload_and_gone_once_it_is_saved(
    site: Site, open_as: OpenAs
) -> None:
    before = saved(site)
    page = open_as(f"{OBSERVE}?set=quick")
    clear = page.get_by_role("radio", name="Clear")
    page.get_by_text("Clear", exact=True).tap()
    page.reload()
    expect(page.locator("[data-draft=restored]")).to_be_visible()
    expect(clear).to_be_checked()
    Thumb(page).answer("Sedation", "5 prompt reply to name in an ordinary voice")
    Thumb(page).save()
    eventually(lambda: saved(site) == before + 1, "it was not saved")
    page.goto(site.server.origin + f"{OBSERVE}?set=quick")
    expect(page.get_by_text("Sedation (MOAA/S)")).to_be_visible()
    expect(clear).not_to_be_checked()
    expect(page.locator("[data-draft=restored]")).to_have_count(0)


def test_a_draft_is_there_at_another_device_of_the_same_person(site: Site, open_as: OpenAs) -> None:
    page = open_as(f"{OBSERVE}?set=full_pain")
    page.get_by_text("Laboured", exact=True).tap()
    drafts = site.record.drafts
    eventually(
        lambda: any(d.typed for d in drafts.of(SessionId("s1"), "observe-full_pain")),
        "the draft never reached the server",
    )
    other = open_as("/worklist", width=1280)
    said: list[Any] = []
    other.on("request", lambda asked: said.append(asked.post_data_json) if asked.post_data else 0)
    other.goto(f"{site.server.origin}{OBSERVE}?set=full_pain")
    expect(other.get_by_role("radio", name="Laboured")).to_be_checked()
    expect(other.locator("[data-draft=restored]")).to_be_visible()
    assert said[0]["typed"] is None, "a page that only opens takes no draft away"


def test_a_draft_does_not_bring_back_what_a_device_said_then(site: Site, open_as: OpenAs) -> None:
    """The form says what the device says now; what a nurse typed over it, and chose, is hers."""
    say(site, rr=14.0, spo2=97.0)
    page = open_as(f"{OBSERVE}?set=full")
    rr, spo2 = page.locator("[name=rr]"), page.locator("[name=spo2]")
    expect(rr).to_have_value("14")
    rr.fill("12")
    page.get_by_text("Laboured", exact=True).tap()
    say(site, rr=20.0, spo2=91.0)
    page.reload()
    expect(page.locator("[data-draft=restored]")).to_be_visible()
    expect(page.get_by_role("radio", name="Laboured")).to_be_checked()
    expect(rr).to_have_value("12")
    expect(spo2).to_have_value("91")
    page.get_by_role("button", name="Throw it away").tap()
    expect(rr).to_have_value("20")


def say(site: Site, **numbers: float) -> None:
    """What the dashboard holds of chair 1, as if its monitor had said so just now."""
    now = datetime.now(UTC)
    times = ReadingTimes(
        device_time=now, observed_at=now, received_at=now, fresh_since=now,
        late_after_s=600, stale_after_s=600,
    )  # fmt: skip
    signals = {
        SignalName(name): SignalView(
            state=ReadingState.LIVE, value=value, times=times, device=DeviceId("monitor-1")
        )
        for name, value in numbers.items()
    }
    state = BedState(
        ward=DEMO, bed=BedId("1"), published_at=now, worker=WorkerId("ingest-1"),
        ingest_boot=BootId("b1"), signals=signals,
        session=SessionView(state=SessionState.INFUSING, id=SessionId("s1")),
    )  # fmt: skip
    held = site.server.server.services.beds.of(DEMO)[BedId("1")]
    held.state = state
    held.arrived = BedArrived(DEMO, BedId("1"), state, time.monotonic() + 60, now)


def test_without_a_network_nothing_is_lost_and_it_is_saved_when_it_is_back(
    site: Site, open_as: OpenAs
) -> None:
    """When it was seen is noted by the clinic's clock, whatever a tablet takes for its zone."""
    before = saved(site)
    page = open_as(f"{OBSERVE}?set=quick", timezone_id="Pacific/Kiritimati")
    page.context.set_offline(True)
    thumb = Thumb(page)
    began = datetime.now(UTC)
    thumb.answer("Sedation", "4 sluggish reply to name in an ordinary voice")
    thumb.answer("Breathing", "Clear")
    thumb.save()
    expect(page.locator("[data-draft=waiting]")).to_contain_text("kept on this device")
    expect(page.get_by_label("When")).not_to_have_value("")
    zone = page.locator("[data-display]").get_attribute("data-time-zone")
    assert page.get_by_label("When").input_value() in {
        f"{at.astimezone(ZoneInfo(zone or '')):%H:%M}" for at in (began, datetime.now(UTC))
    }
    assert saved(site) == before
    page.context.set_offline(False)
    eventually(lambda: saved(site) == before + 1, "it was not sent again")
    expect(page).not_to_have_url(f"{site.server.origin}{OBSERVE}?set=quick")


def test_who_is_logged_out_meanwhile_is_told_and_loses_nothing(site: Site, open_as: OpenAs) -> None:
    page = open_as(f"{OBSERVE}?set=rass", width=1280)
    page.get_by_role("radio", name="0").first.check()
    page.context.clear_cookies()
    page.get_by_role("button", name="Save").click()
    told = page.get_by_role("alert")
    expect(told).to_contain_text("Not saved: nobody is logged in here any more")
    expect(told).to_be_focused()
    way_back = told.get_by_role("link", name="Log in").get_attribute("href")
    assert way_back == "/login?next=%2Fsession%2Fs1%2Fdo%2Fobserve%3Fset%3Drass"
    expect(page.get_by_role("radio", name="0").first).to_be_checked()


def test_two_nurses_at_one_bed_see_each_other_and_the_second_is_told(
    site: Site, open_as: OpenAs, seen: Seen
) -> None:
    before = saved(site)
    hers, mine = open_as(f"{OBSERVE}?set=quick", who="olga"), open_as(f"{OBSERVE}?set=quick")
    expect(hers.locator("[data-presence]")).to_contain_text("Nora Nurse has this form open, too.")
    for page in (mine, hers):
        thumb = Thumb(page)
        thumb.answer("Sedation", "5 prompt reply to name in an ordinary voice")
        thumb.answer("Breathing", "Clear")
    Thumb(mine).save()
    eventually(lambda: saved(site) == before + 1, "mine was not saved")
    expect(hers.locator("[data-presence]")).to_contain_text("Nora Nurse saved quick")
    Thumb(hers).save()
    expect(hers.get_by_role("alert").first).to_contain_text("Nora Nurse entered Sedation (MOAA/S)")
    Thumb(hers).save()
    eventually(lambda: saved(site) == before + 2, "hers was not saved as well")
    seen.errors.clear()  # that it was refused (422) is what was asked for


@pytest.mark.parametrize(
    "path",
    [f"{OBSERVE}?set=quick", f"{OBSERVE}?set=whole", "/session/s1/do/rescue-drug",
     "/session/s1/do/symptoms", "/ward/demo/next"],
)  # fmt: skip
def test_axe_finds_nothing_and_a_phone_scrolls_only_down(open_as: OpenAs, path: str) -> None:
    page = open_as(path)
    assert faults_of(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


CLOCK_AHEAD = "const real = Date.now; Date.now = () => real() + 3 * 3600 * 1000;"
DUE_IN_90_S = """(at) => { const node = document.createElement('span'); node.dataset.dueAt = at;
    document.querySelector('main').append(node); }"""


def test_what_is_due_counts_down_by_the_servers_clock(open_as: OpenAs) -> None:
    page = open_as("/patients")
    page.add_init_script(CLOCK_AHEAD)
    page.reload()
    due = datetime.now(UTC) + timedelta(seconds=90)
    page.evaluate(DUE_IN_90_S, due.isoformat())
    expect(page.locator("[data-due-at]")).to_have_text(re.compile(r"^0[01]:\d\d$"))


SLEEP_A_MINUTE = "() => { const real = Date.now; Date.now = () => real() + 60000; }"


def test_a_panel_that_is_not_refreshed_says_how_old_it_is(open_as: OpenAs) -> None:
    page = open_as("/ward/demo/bed/1", width=1280)
    old = page.locator("[data-panel-old]")
    expect(page.locator("[data-observations]")).to_be_visible()
    page.context.set_offline(True)
    page.evaluate(SLEEP_A_MINUTE)
    expect(old).to_have_text("Last known 1 min ago")
    page.context.set_offline(False)
    expect(old).to_be_hidden()


def test_a_page_whose_server_is_gone_says_that_calls_are_not_known(open_as: OpenAs) -> None:
    page = open_as("/patients")
    lost = page.locator("[data-calls-lost]")
    page.context.set_offline(True)
    expect(lost).to_have_text("No connection: who is wanted where is not known here")
    page.context.set_offline(False)
    expect(lost).to_have_count(0)


def test_help_stands_on_top_of_another_page(site: Site, open_as: OpenAs) -> None:
    other = open_as("/patients", who="olga", width=1280)
    asking = open_as("/session/s1/do/help")
    asking.get_by_role("button", name="Call for help").tap()
    bar = other.locator("[data-calls]")
    expect(bar).to_contain_text("Help, Chair 1 (Nora Nurse)")
    bar.get_by_role("link").click()
    expect(other.locator("[data-interventions]")).to_contain_text("End the call for help")
    ending = open_as("/session/s1/do/end-help")
    ending.get_by_role("button", name="End the call").tap()
    expect(ending.get_by_text("Call ended")).to_be_visible()
    expect(bar).to_be_hidden()


WATCH_CALL = """bed => {
    new MutationObserver(() => { window.paintedMs ??= Date.now(); })
        .observe(document.querySelector(`[data-bed="${bed}"]`), {attributeFilter: ['data-call']});
    const want = hourglass.sound.want;
    hourglass.sound.want = (priority, ...more) => {
        if (priority === 'high') window.soundedMs ??= Date.now();
        want(priority, ...more);
    };
}"""
"""When another screen shows and sounds a call."""
WATCH_DIALOG = """dialog => {
    const told = dialog.querySelector('[data-help-told]');
    new MutationObserver(() => { window.helpTold = told.textContent; })
        .observe(told, {childList: true});
}"""
"""What a dialog says before it closes by itself."""
CALLED_WITHIN_MS = 10_000
"""1 s is promised; the rest is for a machine with much else to do."""
EMPTY_BEDS = iter("345")
"""For each try another one."""


def test_a_staff_screen_calls_help_for_a_bed_without_a_session(site: Site, open_as: OpenAs) -> None:
    bed = next(EMPTY_BEDS)
    station = open_as("/ward/demo", who="olga", width=1920)
    station.keyboard.press("a")
    expect(station.locator("[data-sound]")).to_have_attribute("data-sound", "on")
    station.evaluate(WATCH_CALL, bed)
    wall = open_as("/ward/demo", who="wall", width=1920)
    tile = wall.locator(f'[data-bed="{bed}"]')
    wall.get_by_role("button", name=f"Chair {bed}: call for help").press("Enter")
    dialog = wall.locator("[data-help-dialog]")
    expect(dialog.get_by_role("button", name="Call for help")).to_be_focused()
    assert faults_of(wall) == []
    dialog.get_by_role("button", name="Cancel").tap()
    expect(dialog).to_have_count(0)
    expect(tile).to_have_attribute("data-call", "none")
    wall.get_by_role("button", name=f"Chair {bed}: call for help").tap()
    dialog.evaluate(WATCH_DIALOG)
    began_ms = time.time() * 1000
    dialog.get_by_role("button", name="Call for help").tap()
    wall.wait_for_function("() => window.helpTold === 'Help is called.'")
    station.wait_for_function("() => window.paintedMs && window.soundedMs")
    took_ms = [station.evaluate(f"window.{name}") - began_ms for name in ("paintedMs", "soundedMs")]
    assert max(took_ms) < CALLED_WITHIN_MS
    expect(tile).to_have_attribute("data-call", "help")
    expect(tile.locator("[data-call-text]")).to_contain_text("HELP")
    other = open_as("/patients", who="olga", width=1280)
    bar = other.locator("[data-calls]")
    expect(bar).to_contain_text(f"Help, Chair {bed} (Wall)")
    bar.get_by_role("link").click()
    other.get_by_role("link", name="End the call for help").click()
    other.get_by_role("button", name="End the call for help").click()
    expect(other.get_by_text("Call ended")).to_be_visible()
    expect(tile).to_have_attribute("data-call", "none")
