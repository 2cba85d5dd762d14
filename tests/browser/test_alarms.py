"""What people see and hear of alarms: priority, who has seen it, the order of beds, the sound."""

import re
import time
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.held import bed_state, down
from tests.browser.scripted import ScriptedWard
from tests.browser.ward_page import OpenPage, StartWard, held
from tests.fixtures.dashboard import eventually
from vocabulary.alarms import AlarmPriority, Inactivation, SignalState
from wire.bed_state import AlarmView, HeldBackView

pytestmark = pytest.mark.browser

HIGH, MEDIUM, LOW = AlarmPriority.HIGH, AlarmPriority.MEDIUM, AlarmPriority.LOW


def alarm(
    priority: AlarmPriority, text: str = "SpO2 86 < 90", *, name: str = "a", **parts: Any
) -> AlarmView:
    now = datetime.now(UTC)
    state = parts.pop("state", SignalState.ACTIVE)
    return AlarmView(
        id=name, priority=priority, text=text, since=now, signal_state=state, raised_at=now, **parts
    )


def tile(page: Page, bed: str = "1") -> Locator:
    return page.locator(f'[data-bed="{bed}"]')


def one_of_each(ward: ScriptedWard) -> None:
    """Beds 1 to 3 alarm high, medium and low; 4 is latched, 5 acknowledged, 6 well."""
    texts = {"1": alarm(HIGH), "2": alarm(MEDIUM, "HR 134 > 120"), "3": alarm(LOW, "ends in 5 min")}
    texts["4"] = alarm(HIGH, "SpO2 84 < 90", state=SignalState.LATCHED)
    seen = {"state": SignalState.ACKNOWLEDGED, "acknowledged_by": "Nina Ott"}
    texts["5"] = alarm(HIGH, "SBP 190 ≥ 180", **seen)
    ward.hold(*(bed_state(bed, alarms=(shown,)) for bed, shown in texts.items()), bed_state("6"))


LOOK = """tile => {
    const line = tile.querySelector('.alarm-line');
    const [own, frame] = [getComputedStyle(line), getComputedStyle(tile)];
    const shape = getComputedStyle(line, '::before');
    return {text: line.querySelector('.alarm-text').textContent,
            period: own.animationName === 'none' ? 0 : parseFloat(own.animationDuration),
            shape: shape.clipPath.split('(')[0], frame: frame.borderTopStyle};
}"""


def test_each_priority_has_its_mark_shape_and_flashing(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(6)
    one_of_each(ward)
    page = open_page(ward.ward_url)
    expect(tile(page, "6")).to_have_attribute("data-alarm-priority", "none")
    for bed, priority in (("1", "high"), ("2", "medium"), ("3", "low"), ("4", "high")):
        expect(tile(page, bed)).to_have_attribute("data-alarm-priority", priority)

    looks = {bed: tile(page, bed).evaluate(LOOK) for bed in "12345"}
    assert looks["1"] == {
        "text": "!!! SpO2 86 < 90", "period": 0.5, "shape": "polygon", "frame": "solid",
    }  # fmt: skip
    assert looks["2"]["text"] == "!! HR 134 > 120"
    assert looks["2"]["period"] == pytest.approx(1 / 0.6, abs=0.001)
    assert looks["3"] == {
        "text": "! ends in 5 min", "period": 0, "shape": "circle", "frame": "dashed",
    }  # fmt: skip
    assert looks["4"]["period"] == looks["5"]["period"] == 0, "what is over or seen flashes no more"
    expect(tile(page, "4").locator(".alarm-word")).to_have_text("over, not seen")
    expect(tile(page, "5").locator(".alarm-word")).to_have_text("✓ Ott")

    page.emulate_media(reduced_motion="reduce")
    assert [tile(page, bed).evaluate(LOOK)["period"] for bed in "12"] == [0, 0]


GREYS = """async ([bytes, boxes]) => {
    const image = await createImageBitmap(new Blob([new Uint8Array(bytes)], {type: 'image/png'}));
    return boxes.map(box => {
        const canvas = new OffscreenCanvas(120, 24);
        const context = canvas.getContext('2d');
        context.drawImage(image, box.x, box.y, box.width, box.height, 0, 0, 120, 24);
        const {data} = context.getImageData(0, 0, 120, 24);
        const grey = [];
        for (let at = 0; at < data.length; at += 4)
            grey.push(0.2126 * data[at] + 0.7152 * data[at + 1] + 0.0722 * data[at + 2]);
        return grey;
    });
}"""
"""The grey of every pixel in each of some boxes of a picture."""


def still_picture(page: Page, beds: str) -> tuple[bytes, list[Any]]:
    """The page, and where the alarm lines of some beds stand on it.

    Taken again where something moved meanwhile: on a busy machine a banner comes and goes.
    """
    for _ in range(10):
        before = [tile(page, bed).locator(".alarm-line").bounding_box() for bed in beds]
        picture = page.screenshot()  # a picture with animations ended is one of the veil
        after = [tile(page, bed).locator(".alarm-line").bounding_box() for bed in beds]
        if before == after and page.locator("[data-banner]").is_hidden():
            return picture, after
    raise AssertionError("the page does not stand still")


def test_in_grey_scale_every_priority_and_every_state_of_an_alarm_can_be_told_apart(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(6)
    same = [
        alarm(HIGH), alarm(MEDIUM), alarm(LOW), alarm(HIGH, state=SignalState.LATCHED),
        alarm(HIGH, state=SignalState.ACKNOWLEDGED),
    ]  # fmt: skip
    ward.hold(*(bed_state(str(n), alarms=(shown,)) for n, shown in enumerate(same, 1)))
    page = open_page(ward.ward_url)
    expect(tile(page, "5")).to_have_attribute("data-alarm-state", "acknowledged")
    page.emulate_media(reduced_motion="reduce")  # the hardest case: nothing flashes
    picture, boxes = still_picture(page, "12345")
    greys = page.evaluate(GREYS, [list(picture), boxes])
    pictures = dict(zip("12345", greys, strict=True))
    for (one, first), (other, second) in combinations(pictures.items(), 2):
        apart = sum(abs(a - b) for a, b in zip(first, second, strict=True)) / len(first)
        assert apart > 12, f"beds {one} and {other} look alike: {apart:.1f} of 255"


def test_the_line_says_how_many_more_there_are_and_what_is_held_back(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(2)
    now = datetime.now(UTC)
    paused = HeldBackView(
        inactivation=Inactivation.AUDIO_PAUSED, since=now, until=now + timedelta(seconds=105)
    )
    alarms = (alarm(HIGH), alarm(MEDIUM, "HR 134 > 120", name="b"))
    ward.hold(
        bed_state("1", alarms=alarms, held_back=paused),
        bed_state("2", off_monitor_until=now + timedelta(seconds=400)),
    )
    page = open_page(ward.ward_url)
    expect(tile(page).locator(".alarm-more")).to_have_text("+1 !!")
    left = tile(page).locator(".alarm-left")
    expect(left).to_have_text(re.compile(r"^01:[0-4]\d$"))
    expect(left).not_to_have_text(left.inner_text())  # it counts down
    expect(tile(page).locator(".alarm-held")).to_have_attribute("title", "audio paused")
    expect(tile(page, "2").locator(".alarm-held")).to_contain_text(
        re.compile(r"off monitor 0[56]:\d\d")
    )
    assert tile(page).evaluate(LOOK)["period"] == 0.5, "paused sound flashes on"
    all_paused = msgspec.structs.replace(paused, inactivation=Inactivation.ALARM_PAUSED)
    ward.hold(bed_state("1", alarms=alarms, held_back=all_paused))
    expect(tile(page).locator(".alarm-held")).to_contain_text(
        re.compile(r"alarm paused 0[01]:\d\d")
    )
    assert tile(page).evaluate(LOOK)["period"] == 0, "paused alarms do not"


def test_on_a_phone_an_alarm_is_whole_whatever_stands_beside_it(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    """Seven alarms, all paused, one seen by a long name: the text keeps most of its line."""
    ward, now = scripted_ward(2), datetime.now(UTC)
    paused = HeldBackView(
        inactivation=Inactivation.ALARM_PAUSED, since=now, until=now + timedelta(seconds=100)
    )
    seen = alarm(
        HIGH, "SpO2 84 < 90, HR 38 < 40", state=SignalState.ACKNOWLEDGED,
        acknowledged_by="Maximiliane Hohenstein-Wartburg",
    )  # fmt: skip
    more = tuple(alarm(MEDIUM, name=f"b{n}") for n in range(6))
    ward.hold(
        bed_state("1", alarms=(seen, *more), held_back=paused),
        bed_state("2", alarms=(seen,), off_monitor_until=now + timedelta(seconds=400)),
    )
    page = open_page(ward.ward_url, 390, 844)
    for bed in "12":
        text = tile(page, bed).locator(".alarm-text")
        expect(text).to_have_text("!!! SpO2 84 < 90, HR 38 < 40")
        size = text.evaluate("node => [node.offsetWidth, node.scrollWidth, node.offsetHeight]")
        assert size[0] >= 190, "not squeezed to a column of letters"
        assert size[1] <= size[0]
        assert size[2] < 50
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_new_alarm_is_said_once_to_who_does_not_see_the_screen(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(2)
    ward.hold(bed_state("1", alarms=(alarm(HIGH, name="old"),)), bed_state("2"))
    page = open_page(ward.ward_url)
    expect(tile(page)).to_have_attribute("data-alarm-priority", "high")
    said = page.get_by_role("log", name="new alarms")
    expect(said).to_be_empty()
    hr = alarm(MEDIUM, "HR 134 > 120", name="new")
    ward.hold(bed_state("2", alarms=(hr,)))
    expect(said).to_have_text("Chair 2: medium alarm, HR 134 > 120")
    ward.hold(bed_state("2", alarms=(msgspec.structs.replace(hr, text="HR 139 > 120"),)))
    ward.hold(bed_state("1", alarms=(alarm(LOW, name="silent"),)))
    expect(tile(page)).to_have_attribute("data-alarm-priority", "low")
    expect(said).to_have_text("Chair 2: medium alarm, HR 134 > 120")


def test_a_bed_that_alarms_is_marked_within_a_second_and_stays_in_its_place(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(12)
    held(ward, 12)
    page = open_page(ward.ward_url)
    expect(tile(page, "9")).to_have_attribute("data-alarm-priority", "none")
    before = tile(page, "9").bounding_box()
    page.evaluate(
        """() => new MutationObserver(() => { window.markedMs = performance.now(); })
            .observe(document.querySelector('[data-bed="9"]'),
                     {attributeFilter: ['data-alarm-priority']})"""
    )
    took_ms = []
    for text in ("SpO2 86 < 90", "HR 134 > 120", "RR 6 < 8"):
        ward.hold(bed_state("9"))
        expect(tile(page, "9")).to_have_attribute("data-alarm-priority", "none")
        begun_ms = page.evaluate("performance.now()")
        ward.hold(bed_state("9", alarms=(alarm(HIGH, text),)))
        expect(tile(page, "9")).to_have_attribute("data-alarm-priority", "high")
        took_ms.append(page.evaluate("window.markedMs") - begun_ms)
    assert min(took_ms) <= 1000, "at its best, on a machine with much else to do"
    assert tile(page, "9").bounding_box() == before
    ward.set_links(device=down("monitor-1, monitor-2, monitor-3, monitor-4"))
    expect(page.locator('[data-link="device"]')).to_have_attribute("data-state", "down")
    assert tile(page, "9").bounding_box() == before, "the strip keeps its line"

    page.get_by_text("This screen").click()
    page.locator("[data-order-switch]").click()
    expect(page.locator("[data-order-switch]")).to_have_text("Order: by urgency")
    first = tile(page, "9").bounding_box()
    assert first is not None
    boxes = [tile(page, str(n)).bounding_box() for n in range(1, 13) if n != 9]
    assert all((first["y"], first["x"]) < (box["y"], box["x"]) for box in boxes if box)
    ward.calls = {"12": {"what": "help", "since_ms": time.time() * 1000}}
    ward.set_links()
    expect(tile(page, "12")).to_have_attribute("data-call", "help")
    called = tile(page, "12").bounding_box()
    assert called is not None
    assert (called["y"], called["x"]) == (first["y"], first["x"]), "who is wanted comes first"
    ward.calls = {}
    page.reload()
    page.get_by_text("This screen").click()
    expect(page.locator("[data-order-switch]")).to_have_text("Order: by urgency")
    page.locator("[data-order-switch]").click()
    eventually(lambda: tile(page, "9").bounding_box() == before, "it is not in its place again")


def test_without_live_data_the_last_known_alarms_flash_no_more(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(2)
    ward.hold(bed_state("1", alarms=(alarm(HIGH),), sound=HIGH))
    page = open_page(ward.ward_url)
    expect(tile(page)).to_have_attribute("data-alarm-priority", "high")
    ward.set_links(broker=down("lost"))
    expect(page.locator("[data-banner]")).to_be_visible()
    assert tile(page).evaluate(LOOK)["period"] == 0
