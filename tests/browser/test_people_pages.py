"""Pages for people on a real record: what axe says of each, on a desk and on a phone."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Seen
from tests.fixtures.clinic_site import Site, clinic_site
from tests.fixtures.dashboard import eventually
from tests.fixtures.running_hour import record_hour

pytestmark = pytest.mark.browser

OpenAs = Callable[..., Page]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One record for all: pages that are only looked at."""
    folder: Path = tmp_path_factory.mktemp("record")
    with clinic_site(folder) as running:
        record_hour(running, datetime.now(UTC))
        yield running


@pytest.fixture
def open_as(site: Site, chromium: Browser, seen: Seen) -> Iterator[OpenAs]:
    """Open a page as somebody who is logged in."""
    contexts = []

    def opener(path: str, who: str = "nora", width: int = 1920, theme: str = "dark") -> Page:
        context = chromium.new_context(viewport={"width": width, "height": 844})
        context.add_cookies(
            [{"name": "hourglass", "value": site.cookie(who), "url": site.server.origin}]
        )
        context.add_init_script(f"localStorage.setItem('hourglass-theme', '{theme}')")
        context.set_default_timeout(20_000)
        page = context.new_page()
        seen.watch(page)
        contexts.append(context)
        page.goto(site.server.origin + path)
        return page

    yield opener
    for context in contexts:
        context.close()
    assert seen.errors == []


PAGES = (
    "/patients",
    "/patients/new",
    "/patient/p1/plan",
    "/session/s1/prepare",
    "/session/s1/do/pause",
    "/session/s1/do/order",
    "/session/s1/do/confirm-device?device=pump-1",
    "/session/s1/do/chart",
    "/ward/demo/bed/1",
    "/ward/demo/bed/2",
)


def faults_of(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {[n['html'][:120] for n in v['nodes'][:3]]}" for v in found]


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_and_a_phone_scrolls_only_down(open_as: OpenAs, path: str) -> None:
    page = open_as(path)
    if "/bed/1" in path:
        expect(page.locator('[data-trend][data-drawn="yes"]')).to_be_visible()
    assert faults_of(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    eventually(
        lambda: page.evaluate("document.documentElement.scrollWidth") <= 390,
        "the page scrolls sideways",
    )
    assert faults_of(page) == []


@pytest.mark.parametrize("path", ["/session/s1/prepare", "/ward/demo/bed/1"])
def test_axe_finds_nothing_in_the_light_either(open_as: OpenAs, path: str) -> None:
    page = open_as(path, theme="light")
    if "/bed/1" in path:
        expect(page.locator('[data-trend][data-drawn="yes"]')).to_be_visible()
    assert faults_of(page) == []


def test_the_graph_cannot_be_sent_anywhere_and_asks_nobody_else(
    open_as: OpenAs, seen: Seen, site: Site
) -> None:
    page = open_as("/ward/demo/bed/1")
    plot = page.locator("[data-trend-plot]")
    expect(plot.locator(".main-svg").first).to_be_visible()
    plot.hover()
    titles = plot.locator(".modebar-btn").evaluate_all("all => all.map(b => b.dataset.title)")
    assert titles
    assert not [title for title in titles if "share" in title.lower() or "cloud" in title.lower()]
    here = site.server.origin.removeprefix("http://")
    assert [url for url in seen.requests if here not in url and not url.startswith("data:")] == []


def test_a_form_works_by_keyboard_and_leads_to_what_is_wrong(open_as: OpenAs, seen: Seen) -> None:
    page = open_as("/session/s1/do/pause")
    page.get_by_label("When").press("Enter")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Reason: needed")
    expect(page.get_by_label("Reason")).to_have_attribute("aria-invalid", "true")
    alert.get_by_role("link").press("Enter")
    expect(page.get_by_label("Reason")).to_be_focused()
    seen.errors.clear()  # that it was refused (422) is what was asked for
