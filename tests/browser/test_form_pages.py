"""Every form of a session on a phone: axe, labels, thumbs, errors; and by keyboard alone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from dashboard.session_forms import SESSION_FORMS
from infusion.events import InfusionEnded
from infusion.session_events import Discharged
from infusion.signature_events import Meaning
from tests.browser.test_people_pages import faults_of
from tests.fixtures.clinic_site import Site, clinic_site
from tests.fixtures.dashboard import PASSWORD, eventually
from tests.fixtures.measured import DEMO, monitor_between, store
from tests.fixtures.running_hour import record_hour
from tests.fixtures.session import fact
from vocabulary.ids import SessionId
from vocabulary.states import SessionState

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

S1 = SessionId("s1")
THUMB_PX = 44
"""Source: target size of WCAG 2.2, enhanced; AA asks for 24."""
OTHER_PAGES = (
    "/session/s1/observations", "/session/s1/sign-off", "/patient/p1/phq9", "/patient/p1/plan",
    "/ward/demo/bed/2/help", "/ward/demo/bed/2", "/ward/demo/bed/1",
)  # fmt: skip
SETS = ("quick", "full", "whole", "rass", "aldrete", "padss", "cadss", "pain", "safety")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A session whose infusion ended more than an hour ago, and who is well."""
    folder: Path = tmp_path_factory.mktemp("record")
    now = datetime.now(UTC)
    ended_at = now - timedelta(minutes=75)
    with clinic_site(folder) as running:
        record_hour(running, ended_at)
        ended = msgspec.structs.replace(fact(InfusionEnded, ended_at), ward=DEMO)
        running.take(S1, [ended], "ingest")
        store(running.record, monitor_between("monitor-1", now - timedelta(minutes=12), now))
        saved = running.send(
            "/session/s1/do/observe?set=whole",
            sedation="5", airway="clear", dissociation="0", perception="none", none="yes",
            pain="0", pump_check="yes", safety="none", consciousness="alert", expected="no",
            spo2="98",
        )  # fmt: skip
        assert saved.status == 303, saved.text
        assert running.session(S1).state is SessionState.RECOVERY
        yield running


@pytest.fixture(scope="module")
def phone(site: Site, chromium: Browser) -> Iterator[Page]:
    """One page for all that is only looked at."""
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    context.add_cookies(
        [{"name": "hourglass", "value": site.cookie("nora"), "url": site.server.origin}]
    )
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


def about(site: Site, form: str) -> str:
    """What the link to a form names, as the bed page writes it."""
    observation = site.session(S1).observations[0].observation
    return {
        "amend": f"?observation={observation}",
        "confirm-device": "?device=pump-1",
        "release-device": "?device=pump-1",
    }.get(form, "")


PATHS = (
    *(f"/session/s1/do/{form.name}" for form in SESSION_FORMS if form.name != "observe"),
    *(f"/session/s1/do/observe?set={name}" for name in SETS),
    *OTHER_PAGES,
)


@pytest.mark.parametrize("path", PATHS)
def test_axe_finds_nothing_on_a_phone_and_every_thumb_finds_its_mark(
    site: Site, phone: Page, path: str
) -> None:
    phone.goto(site.server.origin + path + about(site, path.rpartition("/")[2]))
    expect(phone.get_by_role("heading").first).to_be_visible()
    assert faults_of(phone) == []
    found: dict[str, Any] = phone.evaluate(LOOK_AT)
    assert found["width"] <= 390
    assert found["unlabelled"] == []
    assert found["out_of_order"] == []
    assert [each for each in found["targets"] if each[1] < THUMB_PX] == []


LOOK_AT = """() => {
    const form = document.querySelector("main form.form");
    const shown = node => node.offsetParent !== null;
    const controls = form === null ? [] : Array.from(form.elements).filter(
        node => shown(node) && node.type !== "hidden" && node.tagName !== "FIELDSET");
    const target = node => node.closest(".choice") || node;
    return {
        width: document.documentElement.scrollWidth,
        unlabelled: controls.filter(node => node.tagName !== "BUTTON" && !Array.from(
            node.labels || []).some(label => label.textContent.trim())).map(n => n.name),
        out_of_order: Array.from(document.querySelectorAll("[tabindex]"))
            .filter(node => Number(node.tabIndex) > 0).map(node => node.outerHTML.slice(0, 80)),
        targets: controls.map(node => [node.name || node.textContent,
            Math.round(target(node).getBoundingClientRect().height)]),
    };
}"""


@pytest.mark.parametrize(
    "path",
    ["/session/s1/do/amend", "/session/s1/do/note", "/session/s1/do/leave",
     "/session/s1/do/discharge", "/session/s1/do/adverse-event", "/session/s1/do/cadss"],
)  # fmt: skip
def test_what_is_wrong_is_read_out_and_leads_to_its_field(
    site: Site, phone: Page, path: str
) -> None:
    """An empty form is sent: the alert has the focus, each fault is tied to its field."""
    form = path.rpartition("/")[2]
    address = "/session/s1/do/observe?set=cadss" if form == "cadss" else path + about(site, form)
    phone.goto(site.server.origin + address)
    phone.evaluate(
        "document.querySelectorAll('form.form :is(input[type=text], input[type=datetime-local], "
        "textarea)').forEach(node => { node.value = ''; })"
    )
    phone.locator("main form.form button.do").press("Enter")
    alert = phone.get_by_role("alert").first
    expect(alert).to_contain_text("Not saved")
    expect(alert).to_be_focused()
    assert phone.evaluate(LOOK_AT_FAULTS) == []
    assert faults_of(phone) == []


LOOK_AT_FAULTS = """() => Array.from(document.querySelectorAll("[data-problem] a")).filter(link => {
    const field = document.getElementById(link.hash.slice(1));
    if (field === null) return true;
    const told = (field.getAttribute("aria-describedby") || "").split(" ")
        .map(id => document.getElementById(id)).filter(node => node !== null);
    const isMarked = field.getAttribute("aria-invalid") === "true" || field.tagName === "FIELDSET";
    return !isMarked || !told.some(node => node.classList.contains("fault"));
}).map(link => link.outerHTML)"""


class Keys:
    """A person without a mouse: Tab, arrows, Space and Enter, and where that leads."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def tab_to(self, wanted: Locator, most: int = 80) -> None:
        """Tab on until `wanted` or something in it has the focus, which can be seen."""
        for _ in range(most):
            if wanted.evaluate("node => node.contains(document.activeElement)"):
                break
            self.page.keyboard.press("Tab")
        else:
            raise AssertionError(f"Tab never came to {wanted}")
        assert self.page.evaluate(IS_SEEN), "nobody can see where the focus is"

    def choose(self, question: str, answer: str) -> None:
        group = self.page.locator("fieldset").filter(has_text=question)
        wanted = group.get_by_role("radio", name=answer, exact=True)
        self.tab_to(group)
        if wanted.evaluate("node => node === document.activeElement"):
            self.page.keyboard.press("Space")
        for _ in range(12):
            if wanted.is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"the arrows never came to {answer!r} of {question!r}")

    def type(self, label: str, words: str) -> None:
        self.tab_to(self.page.get_by_label(label))
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(words)

    def press(self, button: str) -> None:
        self.tab_to(self.page.get_by_role("button", name=button, exact=True))
        self.page.keyboard.press("Enter")


IS_SEEN = """() => {
    const node = document.activeElement;
    return [node, node.closest(".choice")].some(each =>
        each !== null && getComputedStyle(each).outlineStyle !== "none");
}"""


@pytest.fixture
def keys(site: Site, phone: Page) -> Keys:
    return Keys(phone)


def test_a_full_set_is_entered_by_keyboard_alone(site: Site, phone: Page, keys: Keys) -> None:
    before = len(site.session(S1).observations)
    phone.goto(site.server.origin + "/ward/demo/bed/1")
    keys.tab_to(phone.locator('[data-do="observe-full"]'))
    phone.keyboard.press("Enter")
    expect(phone.get_by_role("heading", name="Observations")).to_be_visible()
    keys.choose("Sedation", "5 prompt reply to name in an ordinary voice")
    keys.choose("Breathing", "Clear")
    keys.choose("Dissociation", "3")
    keys.choose("Perceptual change", "Pleasant")
    keys.tab_to(phone.get_by_role("checkbox", name="None of these"))
    phone.keyboard.press("Space")
    keys.press("Save")
    eventually(lambda: len(site.session(S1).observations) == before + 1, "it was not saved")
    expect(phone.locator(".done")).to_contain_text("Observations saved")
    recorded = site.session(S1).observations[-1]
    assert {item.item for item in recorded.observed} >= {
        "sedation", "airway", "dissociation", "perception", "nausea", "distress", "iv_site",
    }  # fmt: skip


def test_discharge_and_its_signature_are_given_by_keyboard_alone(
    site: Site, phone: Page, keys: Keys
) -> None:
    phone.goto(site.server.origin + "/session/s1/sign-off")
    keys.choose("Meaning", "Discharge authorised")
    keys.type("Password of Nora Nurse", PASSWORD)
    keys.press("Sign")
    eventually(
        lambda: [s.meaning for s in site.session(S1).signatures] == [Meaning.DISCHARGE_AUTHORISED],
        "it was not signed",
    )
    expect(phone.locator("[data-signatures]")).to_contain_text("Nora Nurse")
    phone.goto(site.server.origin + "/session/s1/do/discharge")
    for item in site.clinic.discharge.items:
        keys.choose(item.text, "Yes")
    keys.press("Discharge")
    expect(phone.locator(".done")).to_contain_text("Discharged")
    assert isinstance(site.session(S1).closed, Discharged)
