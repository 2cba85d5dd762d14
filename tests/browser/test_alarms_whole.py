"""Alarms through the whole house: from a device over MQTT and ingest onto screens and speakers.

Real processes, real Chromium; only the monitors are the tests' own.
"""

import logging
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from dashboard.sessions import COOKIE, digest_of
from infusion.happenings import ward_chain
from infusion.station_events import SelfTestFinished, SelfTestHeard, SelfTestLeg
from record.accounts import OpenLogin
from record.store import open_record
from tests.fixtures.bedside import Bedside
from tests.fixtures.dashboard import nurse
from tests.fixtures.house import MOSQUITTO, House
from vocabulary.ids import WardId

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.xdist_group("browser")]

log = logging.getLogger("whole-alarms")
log.setLevel(logging.INFO)

BEDS = 12
SESSION = "the-session-of-nina-0001"
FRESH_BEDS = iter((5, 6, 7))
"""For each try another one: what somebody has seen of a device stays seen for a minute."""
SEEN_WITHIN_S = 10.0
"""1 s is promised; the rest is for a machine that runs other tests at the same time."""
TRIES = 3
"""A leg of a self-test may be late on such a machine, not each time."""
ALONE_S = 15.0
"""How long after an outage nothing may be alarmed of what only was not heard meanwhile."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    if MOSQUITTO is None:
        pytest.skip("mosquitto is not installed: apt install mosquitto")
    house = House(tmp_path_factory.mktemp("house"), BEDS)
    try:
        house.start()
        record = open_record(house.database_url)
        now = datetime.now(UTC)
        record.accounts.add(nurse())
        opened = OpenLogin(id_digest=digest_of(SESSION), created_at=now, last_seen_at=now)
        record.accounts.open_login(OpenLogin(
            id_digest=opened.id_digest, created_at=now, last_seen_at=now, account="nina"
        ))  # fmt: skip
        record.close()
        yield house
    finally:
        house.close()


@pytest.fixture(scope="module")
def bedside(house: House) -> Iterator[Bedside]:
    bedside = Bedside(house.ward, house.broker.port, BEDS)
    bedside.start()
    yield bedside
    bedside.stop()


@pytest.fixture
def nina(house: House, chromium: Browser) -> Iterator[BrowserContext]:
    """The browser of somebody who is logged in, in a whole house."""
    house.make_whole()  # a try before may have ended in the middle
    house.wait_for_dashboard()
    context = chromium.new_context(viewport={"width": 1920, "height": 1080})
    context.add_cookies([{"name": COOKIE, "value": SESSION, "url": house.url}])
    context.set_default_timeout(60_000)
    yield context
    context.close()


def ward_screen(house: House, context: BrowserContext) -> Page:
    """An open ward screen, every bed live."""
    page = context.new_page()
    page.goto(house.ward_url)
    last = page.locator(f'[data-bed="{BEDS}"] [data-signal="hr"]')
    expect(last).to_have_attribute("data-state", "live", timeout=60_000)
    page.keyboard.press("a")  # so that it may sound
    expect(page.locator("[data-sound]")).to_have_attribute("data-sound", "on")
    return page


def test_a_self_test_goes_from_a_device_to_the_speaker_and_its_times_are_in_the_record(
    house: House, bedside: Bedside, nina: BrowserContext
) -> None:
    screen = ward_screen(house, nina)
    page = nina.new_page()
    page.goto(f"{house.ward_url}/alarms/self-test")
    for _ in range(TRIES):
        if run_self_test(screen, page):
            break
    expect(page.locator("[data-self-test]")).to_have_attribute("data-self-test", "passed")
    page.get_by_role("button", name="Yes").click()
    expect(page.locator("[data-test]").first).to_contain_text("heard by Nina")

    record = open_record(house.database_url)
    events = record.chains.read(ward_chain(WardId(house.ward))).events
    record.close()
    test = [e for e in events if isinstance(e, SelfTestFinished)][-1]
    heard = [e for e in events if isinstance(e, SelfTestHeard)][-1]
    assert test.failed is None
    assert [leg.leg for leg in test.reached] == list(SelfTestLeg)
    after_s = [leg.after_s for leg in test.reached]
    assert after_s == sorted(after_s)
    log.info("self-test: %s", {leg.leg.value: leg.after_s for leg in test.reached})
    assert (test.painted_on, test.sounded_on) == (1, 1)
    assert (heard.test, heard.heard) == (test.test, True)


def run_self_test(screen: Page, page: Page) -> bool:
    """Start a self-test and see and hear it; whether it got everywhere in time."""
    page.get_by_role("button", name="Start the self-test").click()
    screen.bring_to_front()
    first = screen.locator('[data-bed="1"]')
    result = page.locator("[data-self-test]")
    try:
        expect(first).to_have_attribute("data-alarm-priority", "high", timeout=60_000)
    except AssertionError:
        page.bring_to_front()
        expect(result).to_have_attribute("data-self-test", "failed")
        return False
    expect(first.locator(".alarm-text")).to_contain_text("SELF-TEST, no patient alarm")
    expect(first).to_have_attribute("data-alarm-priority", "none", timeout=60_000)
    page.bring_to_front()
    expect(result).to_have_attribute("data-self-test", re.compile("passed|failed"))
    return result.get_attribute("data-self-test") == "passed"


def tab_to(page: Page, selector: str) -> None:
    """Move the focus by keyboard alone. The element is reached within a hundred steps."""
    for _ in range(100):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"no way to {selector} by keyboard")


def test_by_keyboard_alone_sound_is_paused_and_an_acknowledgement_is_on_every_screen_and_stays(
    house: House, bedside: Bedside, nina: BrowserContext
) -> None:
    screen, bed = ward_screen(house, nina), next(FRESH_BEDS)
    bedside.monitors[bed].alarm("technical", "start", "medium", "CHECK CABLE")
    tile = screen.locator(f'[data-bed="{bed}"]')
    expect(tile).to_have_attribute("data-alarm-state", "active")
    tab_to(screen, f'[data-bed="{bed}"] [data-alarm-pause]')
    screen.keyboard.press("Enter")
    held = tile.locator(".alarm-held")
    expect(held).to_contain_text(re.compile(r"audio paused 01:[0-5]\d"))
    bedside.monitors[bed].alarm("other", "start", "high", "PACER")
    expect(held).to_be_hidden(timeout=15_000)  # what is more urgent breaks through
    expect(tile).to_have_attribute("data-alarm-priority", "high")
    screen.wait_for_function("() => hourglass.sound.isPlaying()")
    screen.evaluate(
        """bed => new MutationObserver(() => { window.seenMs ??= Date.now(); })
            .observe(document.querySelector(`[data-bed="${bed}"]`),
                     {attributeFilter: ['data-alarm-state']})""",
        bed,
    )
    other = nina.new_page()
    other.goto(f"{house.ward_url}/bed/{bed}")
    tab_to(other, "[data-form^=acknowledge] button")
    with other.expect_response(re.compile("/acknowledge$")) as answered:
        begun_ms = time.time() * 1000
        other.keyboard.press("Enter")
    assert answered.value.status == 303
    screen.bring_to_front()
    expect(tile).to_have_attribute("data-alarm-state", "acknowledged")
    expect(tile.locator(".alarm-word")).to_have_text("✓ Nina")
    took_s = (screen.evaluate("window.seenMs") - begun_ms) / 1000
    log.info("acknowledged here, seen there after %.2f s", took_s)
    assert took_s <= SEEN_WITHIN_S

    for room in (house.ingest, house.dashboard):
        house.kill(room)
    feed = screen.locator(".ward")
    expect(feed).not_to_have_attribute("data-feed", "up")
    house.start_ingest()
    house.start_dashboard()
    expect(feed).to_have_attribute("data-feed", "up", timeout=180_000)
    expect(tile).to_have_attribute("data-alarm-state", "acknowledged", timeout=60_000)
    expect(tile.locator(".alarm-word")).to_have_text("✓ Nina")
    bedside.monitors[bed].alarm("other", "end", "high")
    bedside.monitors[bed].alarm("technical", "end", "medium")
    expect(tile).to_have_attribute("data-alarm-priority", "none", timeout=60_000)


def test_a_dead_broker_with_twelve_beds_is_one_alarm_and_leaves_none_behind(
    house: House, bedside: Bedside, nina: BrowserContext
) -> None:
    screen = ward_screen(house, nina)
    screen.evaluate(
        """() => { window.alarmed = new Set();
            const alarms = () => [...document.querySelectorAll('[data-bed]')].filter(
                tile => tile.dataset.alarmPriority !== 'none').map(tile => tile.dataset.bed);
            const before = alarms();  // of a test that ended in the middle
            setInterval(() => alarms().filter(bed => !before.includes(bed)).forEach(
                bed => window.alarmed.add(bed)), 100); }"""
    )
    before = int(screen.evaluate("hourglass.sound.bursts"))
    house.kill_broker()
    try:
        banner = screen.locator("[data-banner]")
        expect(banner).to_have_text(re.compile(r"NO LIVE DATA since .*\(broker down\)"))
        screen.wait_for_function("n => hourglass.sound.bursts > n", arg=before)
        page = nina.new_page()
        page.goto(f"{house.ward_url}/alarms")
        expect(page.locator("[data-alarm]")).to_have_count(1)
        expect(page.locator("[data-alarm]")).to_contain_text("NO LIVE DATA")
        screen.bring_to_front()
        screen.wait_for_timeout(12_000)  # longer than a device may be silent
    finally:
        house.start_broker()
    expect(banner).to_be_hidden(timeout=30_000)
    screen.wait_for_timeout(ALONE_S * 1000)
    assert screen.evaluate("[...window.alarmed]") == []
