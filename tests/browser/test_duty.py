"""A chair goes from one nurse to another, and a patient to another chair, as every screen shows it.

Real broker, ingest and dashboard; the pump is worked by hand.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.sessions import COOKIE
from tests.browser.conftest import Seen
from tests.fixtures.clinic_site import clinic_site
from tests.fixtures.hand_devices import HandPump
from tests.fixtures.house import MOSQUITTO, House
from tests.fixtures.measured import DEMO
from tests.fixtures.running_hour import prepared
from tests.fixtures.session import ANNA
from vocabulary.ids import SessionId

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.timeout(240)]

S1 = SessionId("s1")
SOON_MS = 45_000
OpenAs = Callable[[str, str], Page]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    if MOSQUITTO is None:
        pytest.skip("mosquitto is not installed: apt install mosquitto")
    built = House(tmp_path, beds=2, ward=DEMO)
    yield built
    built.close()


@pytest.fixture
def open_as(house: House, chromium: Browser, seen: Seen) -> Iterator[OpenAs]:
    """Anna sits in chair 1, ready; open a page as somebody who is logged in."""
    house.migrate()
    cookies = {}
    with clinic_site(house.folder, database_url=house.database_url) as site:
        site.know(ANNA)
        site.take(S1, prepared(site, datetime.now(UTC) - timedelta(minutes=20), session=S1).events)
        cookies = {who: site.cookie(who) for who in ("nora", "olga", "wall")}
    house.start()
    contexts = []

    def opener(path: str, who: str) -> Page:
        context = chromium.new_context(viewport={"width": 1920, "height": 1080}, base_url=house.url)
        context.add_cookies([{"name": COOKIE, "value": cookies[who], "url": house.url}])
        context.set_default_timeout(SOON_MS)
        page = context.new_page()
        seen.watch(page)
        contexts.append(context)
        page.goto(path)
        return page

    yield opener
    for context in contexts:
        context.close()


def take(page: Page, bed: str, **read: str) -> None:
    """Tick a chair, type what its pump shows, and take it."""
    page.goto(f"/ward/{DEMO}/next")
    page.locator(f"#take-{bed}").check()
    for name, words in read.items():
        page.locator(f"#{name}-pump-1").fill(words)
    if read:
        page.locator("#ordered-pump-1").check()
    page.get_by_role("button", name="Take them").click()


def test_a_chair_is_handed_over_with_a_pump_check_and_a_patient_moves_and_every_screen_shows_it(
    house: House, open_as: OpenAs, seen: Seen
) -> None:
    pump = HandPump(DEMO, "pump-1", house.broker.port)
    try:
        wall = open_as(f"/ward/{DEMO}", "wall")
        first, second = (wall.locator(f'[data-bed="{bed}"]') for bed in ("1", "2"))
        pump.run(35.0)
        expect(first).to_have_attribute("data-session-state", "infusing", timeout=SOON_MS)
        nora = open_as(f"/ward/{DEMO}/next", "nora")
        take(nora, "1", rate="35", volume="0.1")
        expect(nora.locator(".done")).to_contain_text("Duty noted")
        expect(first.locator(".nurse")).to_have_text("Nora N.", timeout=SOON_MS)
        bed = open_as(f"/ward/{DEMO}/bed/1", "nora")
        expect(bed.locator('[data-bed="1"] .nurse')).to_have_text("Nora N.", timeout=SOON_MS)

        olga = open_as(f"/ward/{DEMO}/next", "olga")
        take(olga, "1")
        expect(olga.get_by_role("alert")).to_contain_text("not read yet: pump-1 at 1")
        expect(first.locator(".nurse")).to_have_text("Nora N.")
        take(olga, "1", rate="35", volume="0.2")
        expect(olga.locator(".done")).to_contain_text("Duty noted")
        for screen in (first, bed.locator('[data-bed="1"]')):
            expect(screen.locator(".nurse")).to_have_text("Olga N.", timeout=SOON_MS)
        expect(nora.locator('[data-on-duty="olga"]')).to_have_count(0)
        nora.reload()
        expect(nora.locator('[data-on-duty="olga"]')).to_contain_text("Chair 1")
        expect(nora.locator('[data-on-duty="nora"]')).not_to_contain_text("Chair 1")

        pump.finish()
        expect(first).to_have_attribute("data-session-state", "recovery", timeout=SOON_MS)
        olga.goto(f"/session/{S1}/do/move")
        olga.get_by_label("Chair 2").check()
        olga.locator('main [name="reason"]').fill("the chair is broken")
        olga.get_by_role("button", name="Move", exact=True).click()
        expect(second).to_have_attribute("data-session-state", "recovery", timeout=SOON_MS)
        expect(first).not_to_have_attribute("data-session-state", "recovery", timeout=SOON_MS)
        take(olga, "2")
        expect(second.locator(".nurse")).to_have_text("Olga N.", timeout=SOON_MS)
        bed.goto(f"/ward/{DEMO}/bed/1")
        expect(bed.get_by_role("heading", name="This chair is free")).to_be_visible()
        assert [error for error in seen.errors if "422" not in error] == []
    finally:
        pump.close()
