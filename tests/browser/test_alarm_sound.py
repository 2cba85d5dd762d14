"""What a screen plays, when it falls silent, and that it always says whether it could be heard."""

import re
import time
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.held import bed_state, down
from tests.browser.test_alarms import HIGH, LOW, MEDIUM, alarm, tile
from tests.browser.ward_page import OpenPage, StartWard
from tests.fixtures.dashboard import eventually
from vocabulary.ids import SELF_TEST_DEVICE
from vocabulary.roles import Role

pytestmark = pytest.mark.browser

RENDER = """async priority => {
    const sounds = JSON.parse(document.querySelector('[data-display]').dataset.sounds);
    const rate = 16000, seconds = 4;
    const speaker = new OfflineAudioContext(1, rate * seconds, rate);
    hourglass.sound.schedule(
        speaker, speaker.destination, sounds.bursts[priority], sounds.harmonics, 0);
    const wave = (await speaker.startRendering()).getChannelData(0);
    const step = rate / 100, loud = [];
    for (let at = 0; at < wave.length; at += step) {
        let most = 0;
        for (let i = at; i < at + step; i += 1) most = Math.max(most, Math.abs(wave[i]));
        loud.push(most > 0.25);
    }
    const pulses = [];
    loud.forEach((is, n) => {
        if (is && !loud[n - 1]) pulses.push([n, 0]);
        if (is) pulses[pulses.length - 1][1] = n + 1 - pulses[pulses.length - 1][0];
    });
    return pulses.map(([at, length]) => [at * 10, length * 10]);
}"""
"""What a speaker would play, measured: start and length of every pulse, ms."""


SPECTRUM = """async priority => {
    const {bursts, harmonics} = JSON.parse(document.querySelector('[data-display]').dataset.sounds);
    const rate = 16000, burst = bursts[priority];
    const speaker = new OfflineAudioContext(1, rate, rate);
    hourglass.sound.schedule(speaker, speaker.destination, burst, harmonics, 0);
    const wave = (await speaker.startRendering()).getChannelData(0);
    const from = Math.round(rate * 0.03), to = Math.round(rate * 0.11);
    const level = hz => {
        let re = 0, im = 0;
        for (let i = from; i < to; i += 1) {
            re += wave[i] * Math.cos(2 * Math.PI * hz * i / rate);
            im += wave[i] * Math.sin(2 * Math.PI * hz * i / rate);
        }
        return 20 * Math.log10(Math.hypot(re, im));
    };
    const base = burst.fundamental_hz;
    const found = [1, 2, 3, 4, 5].map(n => [base * n, level(base * n) - level(base)]);
    return {found, between: level(base * 1.5) - level(base)};
}"""
"""What sounds within the first pulse: Hz and dB against the fundamental."""


UNTOUCHED = """
    let isTouched = false;
    addEventListener('keydown', () => { isTouched = true; }, true);
    const own = Object.getOwnPropertyDescriptor(BaseAudioContext.prototype, 'state');
    Object.defineProperty(BaseAudioContext.prototype, 'state', {
        get() { return isTouched ? own.get.call(this) : 'suspended'; },
    });
"""
"""A page that nobody has touched yet: what a test evaluates counts as a touch in Chromium."""


WANTED = """() => {
    const want = hourglass.sound.want;
    hourglass.sound.want = (priority, ...more) => {
        window.wanted = String(priority);
        want(priority, ...more);
    };
}"""
"""What a screen wants to be heard now."""


PAUSED = re.compile(r"audio paused 0[01]:\d\d")


def sound(page: Page) -> Any:
    return page.locator("[data-sound]")


BURSTS_EVERY = """ms => {
    const {dataset} = document.querySelector('[data-display]');
    const sounds = JSON.parse(dataset.sounds);
    Object.values(sounds.bursts).forEach(burst => { burst.every_ms = ms; });
    dataset.sounds = JSON.stringify(sounds);
}"""
"""How often a burst is repeated."""


def bursts(page: Page) -> int:
    return int(page.evaluate("hourglass.sound.bursts"))


def wait_for_bursts(page: Page, more_than: int) -> None:
    page.wait_for_function("most => hourglass.sound.bursts > most", arg=more_than)


def test_what_is_played_has_the_pulses_and_the_pitch_of_its_priority(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    page = open_page(scripted_ward(1).ward_url)
    expect(page.locator("[data-display]")).to_have_count(1)
    high = page.evaluate(RENDER, "high")
    onsets = [0, 250, 500, 1000, 1250, 2100, 2350, 2600, 3100, 3350]
    assert [at for at, _ in high] == pytest.approx(onsets, abs=30)
    assert all(75 <= length <= 200 for _, length in high)
    medium = page.evaluate(RENDER, "medium")
    assert [at for at, _ in medium] == pytest.approx([0, 400, 800], abs=30)
    assert all(125 <= length <= 250 for _, length in medium)
    for priority in ("high", "medium"):  # Table 4
        told = page.evaluate(SPECTRUM, priority)
        assert 150 <= told["found"][0][0] <= 1000
        harmonics = [db for hz, db in told["found"][1:] if 300 <= hz <= 4000]
        assert len(harmonics) >= 4
        assert all(abs(db) <= 15 for db in harmonics), harmonics
        assert told["between"] < -20


def test_until_somebody_has_touched_it_a_screen_says_that_its_sound_is_blocked(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(1)
    ward.hold(bed_state(alarms=(alarm(HIGH),), sound=HIGH))
    page = open_page("about:blank")
    page.add_init_script(UNTOUCHED)
    page.goto(ward.ward_url)
    expect(sound(page)).to_have_text("sound blocked: press any key")
    eventually(lambda: {"sound": "blocked"} in ward.told, "the server is not told that it is")
    assert bursts(page) == 0
    page.keyboard.press("a")
    expect(sound(page)).to_have_text("sound on")
    wait_for_bursts(page, 0)
    eventually(lambda: {"sound": "on"} in ward.told, "the server is not told that it sounds")


def test_the_loudest_alarm_repeats_and_a_low_one_is_silent(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(3)
    ward.hold(bed_state("1", alarms=(alarm(LOW),), sound=None), bed_state("2"))
    page = open_page(ward.ward_url)
    page.keyboard.press("a")
    expect(tile(page)).to_have_attribute("data-alarm-priority", "low")
    assert bursts(page) == 0
    page.evaluate(BURSTS_EVERY, 2500)

    ward.hold(bed_state("2", alarms=(alarm(MEDIUM),), sound=MEDIUM))
    wait_for_bursts(page, 0)
    ward.hold(bed_state("3", alarms=(alarm(HIGH),), sound=HIGH))
    wait_for_bursts(page, 1)  # at once, not at the next turn of the medium one
    wait_for_bursts(page, 2)  # and again

    ward.hold(bed_state("2"), bed_state("3"))
    expect(tile(page, "3")).to_have_attribute("data-alarm-priority", "none")
    silent = bursts(page)
    page.wait_for_timeout(3500)  # longer than the alarm waited for its next burst
    assert bursts(page) == silent

    browser = page.context.new_cdp_session(page)
    browser.send("Page.setWebLifecycleState", {"state": "frozen"})
    ward.hold(bed_state("3", alarms=(alarm(HIGH),), sound=HIGH))
    browser.send("Page.setWebLifecycleState", {"state": "active"})
    wait_for_bursts(page, silent)
    expect(sound(page)).to_have_attribute("data-sound", "on")


def test_a_self_test_has_a_burst_of_its_own_where_something_sounds_already(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(2)
    ward.hold(bed_state("1"), bed_state("2", alarms=(alarm(HIGH),), sound=HIGH))
    page = open_page(ward.ward_url)
    page.keyboard.press("a")
    wait_for_bursts(page, 0)
    page.wait_for_function("hourglass.sound.isPlaying()")
    page.evaluate(BURSTS_EVERY, 600_000)  # the alarm's own next burst is far away
    ward.hold(bed_state("2"))
    expect(tile(page, "2")).to_have_attribute("data-alarm-priority", "none")
    again = alarm(HIGH, "HR 140 > 130", name="b")
    ward.hold(bed_state("2", alarms=(again,), sound=HIGH))
    wait_for_bursts(page, 1)
    before = bursts(page)
    test = alarm(HIGH, "SELF-TEST", name="test", subject=SELF_TEST_DEVICE)
    ward.hold(bed_state("1", alarms=(test,), sound=HIGH))
    page.wait_for_function(
        "before => hourglass.sound.bursts > before && hourglass.sound.isPlaying()",
        arg=before,
    )  # fmt: skip
    eventually(lambda: {"sounded": "test"} in ward.told, "the screen does not say that it played")
    eventually(lambda: {"painted": "test"} in ward.told, "the screen does not say that it painted")


def test_without_live_data_the_screen_sounds_its_own_alarm_and_no_beds(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(2)
    ward.hold(bed_state("1", alarms=(alarm(HIGH),), sound=HIGH), bed_state("2"))
    page = open_page(ward.ward_url)
    expect(tile(page)).to_have_attribute("data-alarm-priority", "high")
    page.evaluate(BURSTS_EVERY, 2500)
    page.keyboard.press("a")
    wait_for_bursts(page, 0)
    page.evaluate(
        """() => { const start = OscillatorNode.prototype.start;
            const {dataset} = document.querySelector('main.ward');
            window.played = [];
            OscillatorNode.prototype.start = function (...at) {
                if (dataset.feed === 'down') window.played.push(Math.round(this.frequency.value));
                return start.apply(this, at);
            }; }"""
    )
    ward.set_links(broker=down("lost"))
    expect(page.locator("[data-banner]")).to_be_visible()
    page.wait_for_function("window.played.includes(440)")
    assert set(page.evaluate("window.played")) == {440}, "a medium alarm, whatever the beds had"

    pause = page.locator("[data-own-pause]")
    pause.click()
    expect(pause).to_contain_text(PAUSED)
    before = page.evaluate("window.played.length")
    ward.set_links(ingest=down("lost"))  # another cause breaks through
    page.wait_for_function("before => window.played.length > before", arg=before)


def test_an_own_alarm_that_somebody_acknowledged_is_still_and_silent_and_says_who(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(1, role=Role.NURSE)
    ward.hold(bed_state())
    page = open_page(ward.ward_url)
    page.keyboard.press("a")
    acknowledge = page.locator("[data-own-acknowledge]")
    banner = page.locator("[data-banner]")
    expect(page.locator("[data-to-sign]")).to_be_hidden()
    expect(page.locator('[data-link="broker"]')).to_have_attribute("data-state", "up")
    expect(acknowledge).to_be_hidden()
    ward.to_sign = {"count": 3, "oldest_ms": time.time() * 1000 - 4.5 * 3600 * 1000}
    ward.set_links(broker=down("lost"))
    wait_for_bursts(page, 0)
    expect(page.locator("[data-to-sign]")).to_have_text("3 to sign, oldest 4 h")
    sent: list[str] = []

    def take(route: Route) -> None:
        sent.append(route.request.post_data or "")
        ward.seen_own = {"broker": {"by": "Nina Ott", "at_ms": time.time() * 1000}}
        route.fulfill(json={"done": True})

    page.route("**/ward/demo/alarms/acknowledge", take)
    acknowledge.click()
    expect(banner).to_contain_text("(broker down) ✓ Nina Ott ")
    assert sent == ["alarm=broker"]
    expect(acknowledge).to_be_hidden()
    assert banner.evaluate("node => getComputedStyle(node).animationName") == "none"
    page.evaluate(WANTED)
    page.wait_for_function("window.wanted === 'null'")
    ward.seen_own = {}  # it is over, and the next one has been seen by nobody
    expect(acknowledge).to_be_visible()
    page.wait_for_function("window.wanted === 'medium'")


def test_somebody_wanted_sounds_until_it_is_ended_and_can_be_paused_like_an_own_alarm(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(1, role=Role.NURSE)
    ward.hold(bed_state())
    page = open_page(ward.ward_url)
    page.keyboard.press("a")
    page.evaluate(WANTED)
    page.wait_for_function("window.wanted === 'null'")
    ward.calls = {"1": {"what": "help", "since_ms": time.time() * 1000}}
    ward.set_links()
    page.wait_for_function("window.wanted === 'high'")
    acknowledge = page.locator("[data-own-acknowledge]")
    expect(acknowledge).to_be_hidden()  # a call is ended, not acknowledged
    pause = page.locator("[data-own-pause]")
    pause.click()
    expect(pause).to_contain_text(PAUSED)
    page.wait_for_function("window.wanted === 'null'")
    ward.calls = {"1": {"what": "emergency", "since_ms": time.time() * 1000}}
    ward.set_links()
    page.wait_for_function("window.wanted === 'high'")
    ward.calls = {}
    ward.set_links()
    page.wait_for_function("window.wanted === 'null'")
    expect(pause).to_be_hidden()


def test_a_quiet_room_is_dark_and_silent_and_says_whether_a_station_sounds(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(1)
    ward.stations = 0
    ward.hold(bed_state(alarms=(alarm(HIGH),), sound=HIGH))
    page = open_page(ward.ward_url, theme="light")
    page.keyboard.press("a")
    page.get_by_text("This screen").click()
    page.locator("[data-room-switch]").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("html")).to_have_attribute("data-dim", "yes")
    expect(sound(page)).to_have_text("quiet room: silent here, NO STATION SOUNDS")
    ward.stations = 1
    expect(sound(page)).to_have_text("quiet room: silent here, 1 station sounds")
    page.reload()
    expect(sound(page)).to_have_attribute("data-sound", "quiet")
    page.keyboard.press("a")
    page.wait_for_timeout(1000)
    assert bursts(page) == 0

    page.get_by_text("This screen").click()
    page.locator("[data-room-switch]").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    wait_for_bursts(page, 0)


def test_nobody_turns_a_station_down_to_silence(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    page = open_page(scripted_ward(1).ward_url)
    page.get_by_text("This screen").click()
    expect(page.get_by_text("Volume 70 %")).to_be_visible()
    quieter = page.get_by_role("button", name="quieter")
    for _ in range(6):
        quieter.click()
    expect(page.get_by_text("Volume 30 %")).to_be_visible()
    page.keyboard.press("Escape")  # what covers a bed does not stay
    expect(quieter).to_be_hidden()


def test_a_browser_without_sound_says_so(scripted_ward: StartWard, open_page: OpenPage) -> None:
    ward = scripted_ward(1)
    page = open_page("about:blank")
    page.add_init_script("delete window.AudioContext")
    page.goto(ward.ward_url)
    expect(sound(page)).to_have_text("NO SOUND in this browser")


def test_a_speaker_that_stands_still_is_a_fault(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(1)
    page = open_page("about:blank")
    page.add_init_script(
        "Object.defineProperty(BaseAudioContext.prototype, 'currentTime', {get: () => 7});"
    )
    page.goto(ward.ward_url)
    page.keyboard.press("a")
    expect(sound(page)).to_have_attribute("data-sound", "fault")
