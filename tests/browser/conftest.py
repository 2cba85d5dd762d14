"""A real Chromium, and a ward whose server says what a test tells it."""

import json
import secrets
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

from tests.browser.scripted import ScriptedWard
from tests.fixtures.mosquitto import free_port

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


expect.set_options(timeout=30_000)
"""What is waited for is looked at again and again: only a test that fails takes longer."""
WITHIN_MS = 45_000
"""The same for whatever a page is told to do."""
TEST_WITHIN_S = 600
LAUNCH_WITHIN_MS = 120_000


LONGEST = ("test_whole_ward", "test_outages", "test_alarms_whole", "test_whole_session")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole houses take longest: they begin first, and others run beside them.

    All have the time that a machine with much else to do needs.
    """
    items.sort(key=lambda item: item.path.stem not in LONGEST)
    for item in items:
        if item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(TEST_WITHIN_S))


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    if shutil.which(CHROMIUM) is None:
        pytest.skip("chromium is not installed")
    browser = playwright.chromium.launch(
        executable_path=CHROMIUM, args=FLAGS, timeout=LAUNCH_WITHIN_MS
    )
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def pages_together(chromium: Browser) -> Iterator[BrowserContext]:
    """One browser profile for the pages of many tests: what it has loaded once is quick to load."""
    context = chromium.new_context()
    context.set_default_timeout(WITHIN_MS)
    yield context
    context.close()


class Seen:
    """What a page did besides painting: scripts that failed, addresses it asked for."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        self.requests: list[str] = []

    def watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._hear)
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("websocket", lambda socket: self.requests.append(socket.url))

    def _hear(self, message: ConsoleMessage) -> None:
        # a refused connection is what a dead server looks like, not a fault of a script
        if (
            message.type == "error"
            and "ERR_" not in message.text
            and "WebSocket" not in message.text
        ):
            self.errors.append(message.text)


@pytest.fixture
def seen() -> Seen:
    return Seen()


BEGIN_ANEW = """(([token, theme]) => {
    if (location.protocol !== 'http:' || localStorage.getItem('test') === token) return;
    localStorage.clear();
    sessionStorage.clear();
    localStorage.setItem('test', token);
    localStorage.setItem('hourglass-theme', theme);
})(%s)"""
"""Nothing that another test's page kept; a page that is loaded again keeps its own."""

LISTEN = """(patienceMs => {
    const hourglass = (window.hourglass = window.hourglass || {});
    window.frameHeard = 0;
    let open = null;
    Object.defineProperty(hourglass, 'open', {
        set(made) { open = made; },
        get: () => (ward, login, heard) => {
            const live = open(ward, login, (frame, arrivedMs) => {
                const waitedMs = heard(frame, arrivedMs);
                window.frameHeard = frame.n;
                return waitedMs;
            });
            const {link, watch} = live;
            live.link = counterMs => link(counterMs - patienceMs);
            live.watch = counterMs => watch(counterMs - patienceMs);
            return live;
        },
    });
})(%d)"""
"""Notes the last frame of a ward screen, which waits so much longer for each than it would."""

PATIENCE_MS = 60_000
"""A machine with much else to do lets a screen wait longer than the screen believes in its server.
Tests of just that open a screen that is strict.
"""


class Pages:
    """Opens pages; `close` closes them."""

    def __init__(self, chromium: Browser, together: BrowserContext, seen: Seen) -> None:
        self._chromium = chromium
        self._together = together
        self._seen = seen
        self._token = secrets.token_hex(4)
        self._opened: list[Page | BrowserContext] = []

    def open(
        self, url: str, width: int = 1920, height: int = 1080, theme: str = "dark", *,
        is_alone: bool = False, is_strict: bool = False,
    ) -> Page:  # fmt: skip
        """A page at a size in px. `is_alone`: in a browser of its own, for a test that changes it.

        `is_strict`: a ward screen that believes in its server no longer than on a ward.
        """
        if is_alone:
            context = self._chromium.new_context(viewport={"width": width, "height": height})
            context.set_default_timeout(WITHIN_MS)
            self._opened.append(context)
            page = context.new_page()
        else:
            page = self._together.new_page()
            self._opened.append(page)
            page.set_viewport_size({"width": width, "height": height})
        page.add_init_script(BEGIN_ANEW % json.dumps([self._token, theme]))
        page.add_init_script(LISTEN % (0 if is_strict else PATIENCE_MS))
        self._seen.watch(page)
        page.goto(url)
        return page

    def close(self) -> None:
        for each in self._opened:
            each.close()


@pytest.fixture
def open_page(
    chromium: Browser, pages_together: BrowserContext, seen: Seen
) -> Iterator[Callable[..., Page]]:
    """Open an address at a size. A script that failed fails the test at its end."""
    pages = Pages(chromium, pages_together, seen)
    yield pages.open
    pages.close()
    assert seen.errors == []


@pytest.fixture(scope="session")
def ward_port() -> int:
    """Where a scripted ward is found: always at the same address, so that a browser knows it."""
    return free_port()


@pytest.fixture
def scripted_ward(ward_port: int) -> Iterator[Callable[..., ScriptedWard]]:
    """Start a ward with so many beds; it is stopped at the end."""
    started: list[ScriptedWard] = []

    def start(beds: int = 2, *args: Any, **kwargs: Any) -> ScriptedWard:
        port = free_port() if started else ward_port
        ward = ScriptedWard(beds, *args, port=port, **kwargs).start()
        started.append(ward)
        return ward

    yield start
    for ward in started:
        ward.stop()


@pytest.fixture
def glyph_height(chromium: Browser) -> Iterator[Callable[[Page, str], int]]:
    """The height in px of the ink of the first two characters of an element, by its pixels."""
    context = chromium.new_context()
    counter = context.new_page()

    def measure(page: Page, selector: str) -> int:
        box = page.evaluate(
            """selector => {
                const node = document.querySelector(selector).firstChild;
                const range = document.createRange();
                range.setStart(node, 0);
                range.setEnd(node, Math.min(2, node.length));
                const {x, y, width, height} = range.getBoundingClientRect();
                return {x, y, width, height};
            }""",
            selector,
        )
        picture = page.screenshot(clip=box)
        return int(counter.evaluate(COUNT_ROWS, list(picture)))

    yield measure
    context.close()


COUNT_ROWS = """async bytes => {
    const image = await createImageBitmap(new Blob([new Uint8Array(bytes)], {type: 'image/png'}));
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const {data} = context.getImageData(0, 0, image.width, image.height);
    const light = (x, y) => {
        const at = 4 * (y * image.width + x);
        return Math.max(data[at], data[at + 1], data[at + 2]);
    };
    let longest = 0, run = 0;
    for (let y = 0; y < image.height; y += 1) {
        let ink = false;
        for (let x = 0; x < image.width && !ink; x += 1) ink = light(x, y) > 110;
        run = ink ? run + 1 : 0;
        longest = Math.max(longest, run);
    }
    return longest;
}"""
