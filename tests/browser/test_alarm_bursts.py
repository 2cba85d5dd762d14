"""How often a screen is heard: bursts go on in their rhythm, and news does not wait for it."""

import time
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.held import bed_state, down
from tests.browser.test_alarm_sound import bursts, sound, wait_for_bursts
from tests.browser.test_alarms import MEDIUM, alarm, tile
from tests.browser.ward_page import OpenPage, StartWard

pytestmark = pytest.mark.browser

HAND_CLOCK = """
    window.nowS = 0;
    Object.defineProperty(BaseAudioContext.prototype, 'currentTime', {get: () => window.nowS});
"""
"""A speaker whose clock goes by hand."""


PLAY = """told => {
    const {sound} = hourglass;
    return told.map(([atS, alarms, seen]) => {
        window.nowS = atS;
        sound.forget(seen);
        const before = sound.bursts;
        const isNews = sound.isNews(alarms, atS * 1000);
        const loudest = ['high', 'medium'].find(p => alarms.some(a => a.priority === p)) || null;
        sound.want(loudest, atS * 1000, isNews);
        return sound.bursts - before;
    });
}"""
"""At each second, with these alarms, and after those were seen: whether a burst begins."""


def test_a_burst_goes_on_where_it_was_and_only_news_begins_another(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    page = open_page("about:blank")
    page.add_init_script(HAND_CLOCK)
    page.goto(scripted_ward(1).ward_url)
    page.keyboard.press("a")
    expect(sound(page)).to_have_text("sound on")
    sounds, again_s = page.evaluate(
        "() => { const {sounds, soundsAgainS} = document.querySelector('[data-display]').dataset;"
        " document.querySelector('main.ward').remove();"
        " return [JSON.parse(sounds), Number(soundsAgainS)]; }"
    )
    page.wait_for_function("document.querySelector('main.ward') === null")
    medium_s = sounds["bursts"]["medium"]["every_ms"] / 1000
    high_s = sounds["bursts"]["high"]["every_ms"] / 1000
    a, b, c = ({"id": name, "priority": "medium"} for name in "abc")
    worse = {"id": "a", "priority": "high"}
    turn, later = 104 + medium_s, 200 + again_s
    told: list[tuple[float, list[Any], list[str], int, str]] = [
        (100, [a], [], 1, "the first begins at once"),
        (101, [], [], 0, "it is gone"),
        (102, [a], [], 0, "and back: the pause between two bursts is kept"),
        (103, [], [], 0, "gone again"),
        (104, [b], [], 1, "another one is news"),
        (105, [b, c], [], 0, "a third waits for the turn of the one that sounds"),
        (turn, [b, c], [], 1, "which comes"),
        (turn + 1, [a], [], 0, "the first, a moment ago, is no news"),
        (turn + 2, [worse], [], 1, "unless it is more urgent"),
        (turn + 3, [], [], 0, "gone"),
        (turn + 4, [b], [], 0, "no news, and the pause after the high burst is kept"),
        (turn + 2 + high_s, [b], [], 1, "no longer than that"),
        (turn + 3 + high_s, [], ["b"], 0, "somebody has seen it"),
        (turn + 4 + high_s, [b], [], 1, "then it is news when it is back"),
        (later, [], [], 0, "a long silence"),
        (later + 0.1, [a], [], 1, "after which everything is news"),
    ]
    begun = page.evaluate(PLAY, [(at, alarms, seen) for at, alarms, seen, _, _ in told])
    assert [
        (why, found) for (*_, why), found in zip(told, begun, strict=True)
    ] == [(why, due) for *_, due, why in told]  # fmt: skip


def test_a_bed_or_a_link_that_goes_and_comes_is_heard_no_more_often_than_one_that_stays_away(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(1)
    ward.hold(bed_state())
    page = open_page(ward.ward_url)
    page.keyboard.press("a")
    begun = time.monotonic()
    for _ in range(3):
        ward.hold(bed_state(alarms=(alarm(MEDIUM),), sound=MEDIUM))
        expect(tile(page)).to_have_attribute("data-alarm-priority", "medium")
        wait_for_bursts(page, 0)
        ward.hold(bed_state())
        expect(tile(page)).to_have_attribute("data-alarm-priority", "none")
    assert bursts(page) <= 1 + (time.monotonic() - begun) // 9, "every 10 s at most"
    page.reload()
    page.keyboard.press("a")
    banner = page.locator("[data-banner]")
    begun = time.monotonic()
    for _ in range(3):
        ward.set_links(broker=down("lost"))
        expect(banner).to_be_visible()
        wait_for_bursts(page, 0)
        ward.set_links()
        expect(banner).to_be_hidden()
    took_s = time.monotonic() - begun
    assert bursts(page) <= 1 + took_s // 9, "every 10 s at most"
    ward.set_links(broker=down("lost"))
    wait_for_bursts(page, 1)  # it does go on
