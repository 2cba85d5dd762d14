"""The dashboard's process is killed while a form is open: nothing that was typed is lost."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

from infusion.fold import fold
from infusion.happenings import session_chain
from record.store import Record, open_record
from tests.browser.conftest import WITHIN_MS, Seen
from tests.fixtures.clinic_site import CONFIG_DIR, clinic_site
from tests.fixtures.dashboard import eventually
from tests.fixtures.mosquitto import free_port
from tests.fixtures.processes import Program, wait_for
from tests.fixtures.running_hour import record_hour
from vocabulary.ids import SessionId

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

S1 = SessionId("s1")
FULL = "/session/s1/do/observe?set=full"
OpenAs = Callable[..., Page]


class Server:
    """A real dashboard process on a record of its own, that is killed and started again."""

    def __init__(self, folder: Path, url: str, cookie: str) -> None:
        port = free_port()
        self.origin = f"http://127.0.0.1:{port}"
        self.cookie = cookie
        self.is_running = False
        self.record: Record = open_record(url)
        self.program = Program(
            folder / "dashboard.log", "dashboard",
            HOURGLASS_DATA_DIR=str(folder), HOURGLASS_CONFIG_DIR=str(CONFIG_DIR),
            HOURGLASS_DATABASE_URL=url, HOURGLASS_HTTP_PORT=str(port),
            HOURGLASS_MQTT_URL=f"mqtt://127.0.0.1:{free_port()}",
            HOURGLASS_METRICS_PORT=str(free_port()),
        )  # fmt: skip

    def start(self) -> None:
        """Start it where it does not run, and wait until it answers."""
        if not self.is_running:
            self.program.start()
            self.is_running = True
        wait_for("the dashboard", self._answers, 120)

    def kill(self) -> None:
        self.program.kill()
        self.is_running = False

    def _answers(self) -> bool:
        try:
            with urlopen(f"{self.origin}/login", timeout=5) as page:
                return bool(page.status == 200)
        except (URLError, OSError):
            assert not self.program.has_ended(), self.program.output()
            return False

    def forms(self) -> int:
        return len(fold(self.record.chains.read(session_chain(S1)).events).observations)

    def draft(self) -> dict[str, str]:
        held = self.record.drafts.of(S1, "observe-full")
        return next((d.typed for d in held if d.account == "nora"), {})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("record")
    with clinic_site(folder) as site:
        record_hour(site, is_measured=False)
        cookie = site.cookie("nora")
    started = Server(folder, f"sqlite:///{folder / 'record.sqlite3'}", cookie)
    started.start()
    yield started
    started.kill()
    started.record.close()


@pytest.fixture
def open_form(server: Server, chromium: Browser, seen: Seen) -> Iterator[OpenAs]:
    """The form of a full set, each time at another device of the same person."""
    contexts = []
    server.start()  # a try before may have ended in the middle

    def opener() -> Page:
        context = chromium.new_context(viewport={"width": 390, "height": 844})
        cookie = {"name": "hourglass", "value": server.cookie, "url": server.origin}
        context.add_cookies([cookie])  # type: ignore[list-item]
        context.set_default_timeout(WITHIN_MS)
        contexts.append(context)
        page = context.new_page()
        seen.watch(page)
        page.goto(server.origin + FULL)
        return page

    yield opener
    for context in contexts:
        context.close()


def answer(page: Page, question: str, words: str) -> None:
    group = page.locator("fieldset").filter(has_text=question)
    group.get_by_text(words, exact=True).first.click()


def test_a_draft_survives_a_killed_server_and_is_saved_once(
    server: Server, open_form: OpenAs, seen: Seen
) -> None:
    before = server.forms()
    page = open_form()
    answer(page, "Sedation", "5 prompt reply to name in an ordinary voice")
    answer(page, "Breathing", "Clear")
    eventually(lambda: server.draft().get("airway") == "clear", "the draft never arrived")
    server.kill()
    answer(page, "Dissociation", "3")
    answer(page, "Perceptual change", "Pleasant")
    page.get_by_text("None of these").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("[data-draft=waiting]")).to_contain_text("kept on this device")
    assert server.forms() == before

    server.start()
    eventually(lambda: server.forms() == before + 1, "it was not sent again")
    expect(page).not_to_have_url(server.origin + FULL)
    [recorded] = fold(server.record.chains.read(session_chain(S1)).events).observations[before:]
    assert {item.item for item in recorded.observed} == {
        "sedation", "airway", "dissociation", "perception", "nausea", "distress", "iv_site",
    }  # fmt: skip
    fresh = open_form()
    expect(fresh.get_by_role("radio", name="Clear")).not_to_be_checked()
    expect(fresh.locator("[data-draft=restored]")).to_have_count(0)
    seen.errors.clear()  # that nothing answered is what was asked for


def test_what_the_killed_server_had_kept_is_at_another_device_after_the_restart(
    server: Server, open_form: OpenAs, seen: Seen
) -> None:
    page = open_form()
    page.get_by_text("Laboured", exact=True).click()
    eventually(lambda: server.draft().get("airway") == "laboured", "the draft never arrived")
    page.context.close()
    server.kill()
    server.start()
    other = open_form()
    expect(other.get_by_role("radio", name="Laboured")).to_be_checked()
    expect(other.locator("[data-draft=restored]")).to_contain_text("is back")
    seen.errors.clear()
