"""What a screen that is open for days must not do: grow, or ask anybody else for anything."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.browser.conftest import Seen
from tests.browser.held import bed_state
from tests.browser.scripted import ScriptedWard
from vocabulary.roles import Role

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]
StartWard = Callable[..., ScriptedWard]


def heap_bytes(session: CDPSession) -> float:
    session.send("HeapProfiler.collectGarbage")
    return float(session.send("Runtime.getHeapUsage")["usedSize"])


def pour(ward: ScriptedWard, page: Page, frames: int) -> None:
    """Send frames and wait until the last of them is painted."""
    last = 60 + frames % 40
    ward.pour(frames)
    expect(page.locator('[data-bed="1"] [data-signal="hr"]')).to_have_text(
        str(last), timeout=90_000
    )


def test_two_thousand_frames_leave_the_heap_as_it_was(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(4)  # what grows, grows with the frames, whatever is in them
    ward.hold(*(bed_state(str(n)) for n in range(1, 5)))
    page = open_page(ward.ward_url, is_alone=True)
    session = page.context.new_cdp_session(page)
    expect(page.locator('[data-bed="4"] [data-signal="hr"]')).to_have_text("78")
    pour(ward, page, 401)
    before = heap_bytes(session)
    nodes = session.send("Memory.getDOMCounters")
    pour(ward, page, 2002)
    after = heap_bytes(session)
    assert after <= before * 1.1, f"{before / 1e6:.2f} MB became {after / 1e6:.2f} MB"
    later = session.send("Memory.getDOMCounters")
    assert later["nodes"] <= nodes["nodes"] * 1.1
    assert later["jsEventListeners"] <= nodes["jsEventListeners"]


def test_only_what_changed_is_touched(scripted_ward: StartWard, open_page: OpenPage) -> None:
    ward = scripted_ward(2)
    # without a session: its minutes and their bar go on by themselves
    ward.hold(bed_state("1"), bed_state("2", session=None))
    page = open_page(ward.ward_url)
    expect(page.locator('[data-bed="2"] [data-signal="hr"]')).to_have_text("78")
    page.evaluate(
        """() => { window.touched = 0;
            // an age beside a number (.sub) counts by itself, and it should
            const elementOf = node => node.nodeType === Node.ELEMENT_NODE ? node : node.parentNode;
            const isAge = change => elementOf(change.target).closest('.sub');
            const count = changes => {
                window.touched += changes.filter(change => !isAge(change)).length; };
            new MutationObserver(count).observe(document.querySelector('[data-bed="2"]'),
                {subtree: true, childList: true, characterData: true, attributes: true}); }"""
    )
    state = bed_state("1")
    for _ in range(5):
        ward.hold(state)
    page.wait_for_timeout(500)
    assert page.evaluate("window.touched") == 0


def test_no_request_leaves_the_server(
    scripted_ward: StartWard, open_page: OpenPage, seen: Seen
) -> None:
    ward = scripted_ward(2, role=Role.NURSE)
    ward.hold(bed_state())
    page = open_page(ward.ward_url)
    expect(page.locator('[data-bed="1"] [data-signal="hr"]')).to_have_text("78")
    page.goto(ward.url)
    expect(page.get_by_role("heading", name="Wards")).to_be_visible()
    page.evaluate("document.fonts.ready.then(() => true)")
    asked = {urlsplit(url).netloc for url in seen.requests if not url.startswith("data:")}
    assert asked == {f"127.0.0.1:{ward.port}"}
    paths = [urlsplit(url).path for url in seen.requests]
    assert any(path.endswith(".woff2") for path in paths), "its letters come from the server"
    assert "/live" in paths
