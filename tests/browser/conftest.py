"""A real Chromium, and a ward whose server says what a test tells it."""

import json
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, expect, sync_playwright

from tests.browser.scripted import ScriptedWard

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


expect.set_options(timeout=15_000)
"""What is waited for is looked at again and again: only a test that fails takes longer."""


LONGEST = ("test_whole_ward", "test_outages", "test_alarms_whole", "test_whole_session")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole houses take longest: they begin first, and others run beside them."""
    items.sort(key=lambda item: item.path.stem not in LONGEST)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    if shutil.which(CHROMIUM) is None:
        pytest.skip("chromium is not installed")
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield browser
    browser.close()


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


@pytest.fixture
def open_page(chromium: Browser, seen: Seen) -> Iterator[Callable[..., Page]]:
    """Open an address at a size. A script that failed fails the test at its end."""
    contexts = []

    def opener(url: str, width: int = 1920, height: int = 1080, theme: str = "dark") -> Page:
        context = chromium.new_context(viewport={"width": width, "height": height})
        context.add_init_script(
            f"if (location.protocol === 'http:' && !localStorage.getItem('hourglass-theme'))"
            f" localStorage.setItem('hourglass-theme', {json.dumps(theme)})"
        )
        context.set_default_timeout(20_000)
        page = context.new_page()
        seen.watch(page)
        contexts.append(context)
        page.goto(url)
        return page

    yield opener
    for context in contexts:
        context.close()
    assert seen.errors == []


@pytest.fixture
def scripted_ward() -> Iterator[Callable[..., ScriptedWard]]:
    """Start a ward with so many beds; it is stopped at the end."""
    started: list[ScriptedWard] = []

    def start(beds: int = 2, *args: Any, **kwargs: Any) -> ScriptedWard:
        ward = ScriptedWard(beds, *args, **kwargs).start()
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
