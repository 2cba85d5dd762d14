"""How a ward screen finds its way back: from lost logins, new versions, frozen pages."""

import base64
import re
import time
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.browser.held import bed_state
from tests.browser.ward_page import (
    OpenPage,
    StartWard,
    hear,
    live_page,
    number,
    page_with_clock,
    still_page,
)
from tests.fixtures.dashboard import eventually
from vocabulary.roles import Role

pytestmark = pytest.mark.browser


def test_a_lost_login_leads_to_the_login_page(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(1, role=Role.NURSE)
    page = live_page(ward, open_page)
    ward.close_sockets(4401)
    page.wait_for_url(re.compile(r"/login\?next=%2Fward%2Fdemo$"))


def test_sockets_that_are_refused_lead_to_the_login_where_the_page_does(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(1, role=Role.NURSE)
    page = live_page(ward, open_page)
    ward.refuses = True
    opened = ward.opened
    ward.close_sockets(1012)
    deadline = time.monotonic() + 90
    while ward.opened < opened + 4:
        assert time.monotonic() < deadline
        page.wait_for_timeout(50)
    assert page.url == ward.ward_url, "the page is still there for who is logged in"
    ward.is_logged_out = True
    page.wait_for_url(re.compile(r"/login\?next=%2Fward%2Fdemo$"))


def test_a_wall_that_lost_its_login_tries_its_own_page_again(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(1, role=Role.DISPLAY)
    page = live_page(ward, open_page)
    page.evaluate("window.before = true")
    ward.close_sockets(4401)
    page.wait_for_function("window.before === undefined")
    expect(number(page, "spo2")).to_have_text("97")
    assert page.url == ward.ward_url


def test_a_socket_that_drops_comes_back_without_a_banner(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(1)
    page = still_page(ward, open_page)
    page.evaluate(
        """() => { window.bannerShown = false;
            const banner = document.querySelector('[data-banner]');
            new MutationObserver(() => { window.bannerShown ||= !banner.hidden; })
                .observe(banner, {attributes: true}); }"""
    )
    opened = ward.opened
    ward.close_sockets(1012)
    eventually(lambda: ward.screens == 0, "the socket was not closed")
    for _ in range(5):
        page.clock.run_for(400)
        until_s = time.monotonic() + 2
        while ward.opened == opened and time.monotonic() < until_s:
            page.wait_for_timeout(50)
    eventually(lambda: ward.screens == 1, "the screen did not come back")
    ward.hold(bed_state())
    hear(ward, page)
    expect(number(page, "spo2")).to_have_attribute("data-state", "live")
    assert page.evaluate("window.bannerShown") is False


def test_a_new_version_is_loaded_by_itself_when_nobody_is_there(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(1)
    ward.build = "one"
    page = page_with_clock(ward, open_page)
    page.evaluate("window.before = true")
    ward.build = "two"
    ward.set_links()
    page.wait_for_timeout(1000)
    assert page.evaluate("window.before") is True, "somebody may just have touched it"
    page.clock.fast_forward(40_000)
    page.wait_for_function("window.before === undefined")


def test_after_a_reconnect_changed_scripts_are_noticed(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(1)
    page = page_with_clock(ward, open_page)
    page.evaluate("window.before = true")

    def change_a_script(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(
            response=answer, body=answer.text().replace("90_ward.js?m=", "90_ward.js?m=9")
        )

    page.route(ward.ward_url, change_a_script)
    opened = ward.opened
    ward.close_sockets(1012)
    deadline = time.monotonic() + 90
    while ward.opened == opened:
        assert time.monotonic() < deadline
        page.clock.run_for(500)
    page.wait_for_timeout(500)
    assert page.evaluate("window.before") is True
    page.clock.fast_forward(40_000)
    page.wait_for_function("window.before === undefined")


LIGHT = """async bytes => {
    const image = await createImageBitmap(new Blob([new Uint8Array(bytes)], {type: 'image/png'}));
    const canvas = new OffscreenCanvas(40, 30);
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0, 40, 30);
    const {data} = context.getImageData(0, 0, 40, 30);
    return data.filter((_, at) => at % 4 < 3).reduce((sum, each) => sum + each, 0) / 3600;
}"""
"""How light a picture is, 0 to 255."""
VEILED = 80


def test_a_frozen_page_is_veiled_without_the_help_of_its_scripts(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    """The script hangs for 8 s; what the compositor shows meanwhile comes as a screencast."""
    ward = scripted_ward(2)
    page = live_page(ward, open_page, theme="light", is_alone=True)
    session = page.context.new_cdp_session(page)
    pictures: list[tuple[float, bytes]] = []
    waiting: list[int] = []

    def keep(event: dict[str, Any]) -> None:
        pictures.append((event["metadata"]["timestamp"], base64.b64decode(event["data"])))
        waiting.append(event["sessionId"])

    session.on("Page.screencastFrame", keep)
    session.send("Page.startScreencast", {"format": "png", "maxWidth": 320, "maxHeight": 180})
    page.evaluate(
        "setTimeout(() => { window.begunMs = Date.now(); const end = performance.now() + 8000;"
        " while (performance.now() < end); window.endedMs = Date.now(); }, 20)"
    )
    began = time.monotonic()
    while time.monotonic() - began < 8:
        page.wait_for_timeout(100)
        while waiting:
            session.send("Page.screencastFrameAck", {"sessionId": waiting.pop(0)})
    page.wait_for_function("window.endedMs")
    begun_s, ended_s = (ms / 1000 for ms in page.evaluate("[begunMs, endedMs]"))
    session.send("Page.stopScreencast")
    veiled_s = (at for at, it in pictures if page.evaluate(LIGHT, list(it)) < VEILED)
    assert begun_s + 4.5 < next(veiled_s, 0.0) < ended_s, "veiled although no script ran"
    page.wait_for_function(
        "getComputedStyle(document.querySelector('[data-veil]')).opacity === '0'"
    )


def test_the_veil_stays_away_while_the_server_is_silent(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(1)
    page = live_page(ward, open_page, is_strict=True)
    ward.is_silent = True
    expect(page.locator("[data-banner]")).to_be_visible()
    page.wait_for_timeout(4000)
    assert page.evaluate("getComputedStyle(document.querySelector('[data-veil]')).opacity") == "0"
