"""Pages for people on a real record: what axe says of each, on a desk and on a phone."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Seen
from tests.browser.logged_in import LoggedIn
from tests.fixtures.clinic_site import Site, clinic_site
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
    people = LoggedIn(chromium, site, seen)

    def opener(path: str, who: str = "nora", width: int = 1920, theme: str = "dark") -> Page:
        return people.open(path, who, width=width, theme=theme)

    yield opener
    people.close()
    assert seen.errors == []


PAGES = (
    "/worklist",
    "/patient/p1",
    "/patient/p1/score",
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


def look_at(page: Page, path: str) -> list[str]:
    """Open a page and name what is wrong with it."""
    page.goto(path)
    if path.endswith("/bed/1"):
        expect(page.locator('[data-trend][data-drawn="yes"]')).to_be_visible()
    wrong = [f"{path} {fault}" for fault in faults_of(page)]
    size = page.viewport_size
    assert size is not None
    if page.evaluate("document.documentElement.scrollWidth") > size["width"]:
        wrong.append(f"{path} scrolls sideways at {size['width']} px")
    return wrong


def test_axe_finds_nothing_on_a_phone_which_scrolls_only_down(open_as: OpenAs) -> None:
    page = open_as("/worklist", width=390)
    origin = page.url.removesuffix("/worklist")
    assert [fault for path in PAGES for fault in look_at(page, origin + path)] == []


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_axe_finds_nothing_at_a_desk(open_as: OpenAs, theme: str) -> None:
    page = open_as("/worklist", theme=theme)
    origin = page.url.removesuffix("/worklist")
    wanted = ("/patient/p1", "/session/s1/prepare", "/ward/demo/bed/1", "/ward/demo/next")
    assert [fault for path in wanted for fault in look_at(page, origin + path)] == []


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


def test_what_was_typed_outlives_a_reload_but_no_pin_does(open_as: OpenAs) -> None:
    page = open_as("/session/s1/do/end-early")
    page.get_by_label("Reason").fill("the IV failed")
    page.reload()
    expect(page.get_by_label("Reason")).to_have_value("the IV failed")
    expect(page.locator("[data-draft]")).to_contain_text("not saved yet")
    page.goto(page.url.replace("/end-early", "/confirm-device?device=pump-1"))
    page.get_by_label("PIN of the second person").fill("230942")
    page.reload()
    expect(page.get_by_label("PIN of the second person")).to_have_value("")


def test_what_was_saved_is_not_offered_again(open_as: OpenAs) -> None:
    page = open_as("/patient/p1/score")
    page.get_by_label("Sum").fill("12")
    page.get_by_role("button", name="Save the score").click()
    expect(page.locator(".done")).to_contain_text("Score saved")
    page.goto(page.url.partition("?")[0] + "/score")
    expect(page.get_by_label("Sum")).to_have_value("")
