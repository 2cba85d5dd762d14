"""The sign-off in a real browser: by keyboard alone, on the screen and on paper."""

import io
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from infusion.signature_events import AddendumWritten, SessionSigned, SignatureAdded
from tests.browser.conftest import Seen
from tests.browser.logged_in import LoggedIn
from tests.browser.test_people_pages import faults_of
from tests.fixtures.clinic import two_beds
from tests.fixtures.clinic_site import PINS, Site, clinic_site
from tests.fixtures.dashboard import PASSWORD
from tests.fixtures.recorded import put
from tests.fixtures.session import SESSION
from tests.fixtures.whole_session import accounted, driver
from vocabulary.ids import SessionId

pytestmark = pytest.mark.browser

OpenAs = Callable[..., Page]
READY, PAPER = SessionId("ready"), SessionId("paper")
FORMS = {
    "reconcile": {"line": "1.5", "wasted": "14.667", "vials_wasted": "450"},
    "witness": {"second": "Olga", "pin": PINS["olga"], "method": "absorbent gel"},
    "explain-gaps": {"reason": "probe changed to the other hand"},
    "explain-checks": {"reason": "with another patient"},
}
"""What is open after an ordinary hour, and what is typed into its form."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One session with all of it open, two with nothing open, of which one is only looked at."""
    folder: Path = tmp_path_factory.mktemp("record")
    with clinic_site(folder, clinic=two_beds()) as running:
        put(running.record, driver())
        put(running.record, accounted(driver()), READY, days=1)
        put(running.record, accounted(driver()), PAPER, days=2)
        yield running


@pytest.fixture
def open_as(site: Site, chromium: Browser, seen: Seen) -> Iterator[OpenAs]:
    people = LoggedIn(chromium, site, seen)

    def opener(session: str, who: str = "nora", theme: str = "dark") -> Page:
        path = f"/session/{session}/sign-off"
        return people.open(path, who, width=1366, height=768, theme=theme)

    yield opener
    people.close()
    assert seen.errors == []


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the element has the focus, as somebody without a mouse does."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab never comes to {selector}")


def type_into(page: Page, form: str, **typed: str) -> None:
    """Fill a form and send it, by keys alone."""
    for name, words in typed.items():
        tab_to(page, f'form[data-form="{form}"] [name="{name}"]')
        page.keyboard.type(words)
    page.keyboard.press("Enter")


def squeezed(text: str) -> str:
    """Words without the spaces and line ends that differ from paper to paper."""
    return re.sub(r"\s", "", text)


def test_an_ordinary_session_is_signed_within_a_minute_by_keys_alone(
    site: Site, open_as: OpenAs, seen: Seen
) -> None:
    page = open_as(READY)
    expect(page.get_by_text("Nothing is open.")).to_be_visible()
    began_s = time.monotonic()
    type_into(page, "sign", password="not my password")
    expect(page.get_by_role("alert")).to_contain_text("the password is wrong")
    assert site.session(READY).signatures == ()
    seen.errors.clear()  # that it was refused (422) is what was asked for
    type_into(page, "sign", password=PASSWORD)
    expect(page.get_by_role("status").filter(has_text="Signed and sealed")).to_be_visible()
    assert time.monotonic() - began_s < 200, "it takes seconds where little else is to do"
    (signed,) = site.session(READY).signatures
    assert isinstance(signed, SessionSigned)
    expect(page.locator("[data-signatures]")).to_contain_text("Nora Nurse")
    expect(page.locator('form[data-form="sign"]')).to_have_count(0)


def test_each_open_thing_leads_to_its_form_until_the_session_can_be_signed(
    site: Site, open_as: OpenAs
) -> None:
    page = open_as(SESSION)
    expect(page.locator('form[data-form="sign"]')).to_have_count(0)
    followed: list[str] = []
    while page.locator("[data-open-item]").count():
        assert len(followed) < 10, followed
        tab_to(page, "[data-open-item] a")
        page.keyboard.press("Enter")
        page.wait_for_url("**/do/**")
        form = page.url.partition("/do/")[2].partition("?")[0]
        followed.append(form)
        type_into(page, form, **FORMS[form])
        page.wait_for_url("**/sign-off**")
    assert set(followed) == set(FORMS)
    type_into(page, "sign", password=PASSWORD)
    expect(page.get_by_role("status").filter(has_text="Signed and sealed")).to_be_visible()
    assert len(site.session(SessionId(SESSION)).signatures) == 1


def test_after_the_seal_there_are_a_review_and_an_addendum_beside_what_stood(
    site: Site, open_as: OpenAs
) -> None:
    if not site.session(READY).signatures:
        site.send(f"/session/{READY}/sign-off", form_="sign", password=PASSWORD)
    page = open_as(READY, who="paul")
    type_into(page, "cosign", password=PASSWORD)
    expect(page.locator("[data-signatures]")).to_contain_text("Paul Prescriber")
    page = open_as(READY)
    type_into(
        page, "addendum", concerns="IV site", reason="told later", was="well", becomes="bruised",
        password=PASSWORD,
    )  # fmt: skip
    expect(page.locator("[data-addenda] del")).to_have_text("well")
    expect(page.locator("[data-addenda] ins")).to_have_text("bruised")
    kinds = [type(event) for event in site.session(READY).signatures]
    assert kinds == [SessionSigned, SignatureAdded, AddendumWritten]


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_axe_finds_nothing_before_and_after_the_seal(open_as: OpenAs, theme: str) -> None:
    for session in (PAPER, READY):
        page = open_as(session, theme=theme)
        expect(page.locator('[data-trend][data-drawn="yes"]')).to_be_visible()
        assert faults_of(page) == []


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_it_is_printed_on_one_page_with_the_figures_of_the_screen_and_of_the_pdf(
    site: Site, open_as: OpenAs, theme: str
) -> None:
    page = open_as(PAPER, theme=theme)
    figures = page.locator(".report dd").all_inner_texts()
    assert any("33.83 mg of" in text for text in figures)
    page.emulate_media(media="print")
    expect(page.locator("[data-printed-picture] svg")).to_be_visible()
    expect(page.locator("[data-trend]")).to_be_hidden()
    expect(page.locator('form[data-form="sign"]')).to_be_hidden()
    colour = page.locator(".report dd").first.evaluate("node => getComputedStyle(node).color")
    assert colour == "rgb(0, 0, 0)"
    printed = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    (sheet,) = printed.pages
    assert [round(float(side)) for side in sheet.mediabox[2:]] == [595, 842]  # A4, points
    on_paper = squeezed(sheet.extract_text())
    assert [text for text in figures if squeezed(text) not in on_paper] == []
    made = page.request.get(f"{site.server.origin}/session/{PAPER}/export/pdf")
    (own,) = PdfReader(io.BytesIO(made.body())).pages
    in_pdf = squeezed(own.extract_text())
    words = [text.removeprefix("! ") for text in figures]
    assert [text for text in words if squeezed(text) not in in_pdf] == []
