"""A nurse takes a patient through a whole session at the screen: real broker, ingest, dashboard."""

import re
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from record.store import open_record
from tests.browser.conftest import Seen
from tests.fixtures.clinic_site import PINS, account
from tests.fixtures.dashboard import PASSWORD
from tests.fixtures.hand_devices import HandMonitor, HandPump
from tests.fixtures.house import House

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.timeout(300)]

SOON_MS = 30_000


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house whose cuff readings may follow each other at once, and whose stay is short."""
    built = House(tmp_path, beds=2)
    protocol = tmp_path / "config" / "protocol.yaml"
    text = protocol.read_text()
    text = text.replace("cuff_apart_min: 2", "cuff_apart_min: 0.01")
    text = text.replace("stay_after_drug_min: 60", "stay_after_drug_min: 0.01")
    protocol.write_text(text)
    built.start()
    with closing(open_record(built.database_url)) as record:
        for login in PINS:
            record.accounts.add(account(login))
    yield built
    built.close()


def log_in(browser: Browser, house: House, login: str, seen: Seen) -> Page:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(SOON_MS)
    page = context.new_page()
    seen.watch(page)
    page.goto(f"{house.url}/login?next=/worklist")
    page.get_by_label("Login").fill(login)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Worklist")).to_be_visible()
    return page


def fill(page: Page, **typed: str) -> None:
    """Type into fields by their names."""
    for name, words in typed.items():
        field = page.locator(f'main [name="{name}"]')
        if field.first.get_attribute("type") == "radio":
            page.locator(f'main [name="{name}"][value="{words}"]').check()
        elif field.first.evaluate("node => node.tagName") == "SELECT":
            field.select_option(words)
        else:
            field.fill(words)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def done(page: Page, words: str) -> None:
    expect(page.locator(".done")).to_contain_text(words)


def tick_all(page: Page) -> None:
    for box in page.get_by_role("checkbox").all():
        box.check()


def test_a_nurse_runs_a_whole_session_at_the_screen(
    house: House, chromium: Browser, seen: Seen
) -> None:
    monitor = HandMonitor(house.ward, "monitor-1", house.broker.port)
    pump = HandPump(house.ward, "pump-1", house.broker.port)
    try:
        nora = log_in(chromium, house, "nora", seen)
        session = plan(nora, house)
        prepare(nora, session, house)
        paul = log_in(chromium, house, "paul", seen)
        paul.goto(f"{house.url}/session/{session}/prepare")
        fill(paul, substance_use_seen="yes")
        press(paul, "Save patient")
        paul.context.close()
        monitor.cuff()
        time_apart(nora)
        monitor.cuff()
        confirm(nora, session, house)
        infuse(nora, pump, house)
        leave(nora, session, pump, house)
        assert not [e for e in seen.errors if "422" not in e]
    finally:
        monitor.close()
        pump.close()
    seen.errors.clear()


def plan(page: Page, house: House) -> str:
    page.goto(f"{house.url}/patients")
    page.get_by_role("link", name="Register a patient").click()
    fill(page, number="4711", family="Muster", given="Anna", born="1980-02-01")
    press(page, "Register")
    done(page, "Registered")
    page.get_by_role("link", name="Plan a session").click()
    fill(page, indication="depression", ward=house.ward)
    press(page, "Plan it")
    done(page, "Session planned")
    found = re.search(r"/session/(\w+)/prepare", page.url)
    assert found is not None
    return found.group(1)


def prepare(page: Page, session: str, house: House) -> None:
    fill(page, bed="1")
    press(page, "The patient is in this chair")
    fill(page, name="Anna Muster", born="1980-02-01")
    press(page, "Compare with the plan")
    page.get_by_role("link", name="Give the order").click()
    fill(page, kg="67.666", prescriber="Paul Prescriber")
    press(page, "Check, then give the order")
    expect(page.locator(".explain")).to_contain_text("33.83 mg (0.50 mg/kg)")
    tick_all(page)
    press(page, "Check, then give the order")
    page.goto(f"{house.url}/session/{session}/prepare")
    for save, answers in ANSWERS.items():
        fill(page, **answers)
        press(page, save)
        expect(page.locator(".open-list")).to_be_visible()


ANSWERS = {
    "Save patient": {
        "consent": "yes",
        "allergies": "none",
        "cautions": "none",
        "pregnancy": "not relevant",
        "substance_use": "none",
    },
    "Save today": {
        "antihypertensives": "none prescribed",
        "benzodiazepines": "none prescribed",
        "last_food": "2026-01-01T08:00",
        "bladder": "yes",
    },
    "Save at the chair": {
        "iv_site": "left forearm, patent",
        "oxygen": "yes",
        "suction": "yes",
        "rescue_drugs": "yes",
        "prescriber_phone": "0660 1",
    },
    "Save way home": {"escort": "Max Muster, 0660 2"},
}


def time_apart(page: Page) -> None:
    """Cuff readings count as two when they are as far apart as this house wants them."""
    page.wait_for_timeout(2000)


def confirm(page: Page, session: str, house: House) -> None:
    path = f"{house.url}/session/{session}/prepare"
    until = time.monotonic() + 60
    while True:
        page.goto(path)
        if page.locator("#baseline .notice").count() == 0:
            break
        assert time.monotonic() < until, page.locator("#baseline").inner_text()
        page.wait_for_timeout(1000)
    press(page, "Freeze this baseline")
    done(page, "Baseline frozen")
    for link, button in (
        ("Second person confirms pump-1", "Confirm the device"),
        ("Second person confirms", "Confirm: may be started at the pump"),
    ):
        page.goto(path)
        page.get_by_role("link", name=link, exact=True).click()
        fill(page, second="olga", pin=PINS["olga"])
        press(page, button)
    page.goto(path)
    expect(page.locator(".open-list")).to_have_attribute("data-open", "0")


def infuse(page: Page, pump: HandPump, house: House) -> None:
    """Start, titrate with a reason, pause, resume, end: each at the pump, then on the screen."""
    page.goto(f"{house.url}/ward/{house.ward}/bed/1")
    tile = page.locator('[data-bed="1"]')
    pump.run(33.8)
    expect(tile).to_have_attribute("data-session-state", "infusing", timeout=SOON_MS)
    expect(page.locator('[data-do="pause"]')).to_be_visible(timeout=SOON_MS)
    expect(tile.locator('[data-signal="rate"]')).to_have_text("33.8")
    pump.run(40.0)
    expect(tile.locator('[data-signal="rate"]')).to_have_text("40.0", timeout=SOON_MS)
    question = page.locator('[data-question="rate"]')
    expect(question.first).to_contain_text("33.8 to 40 mL/h", timeout=SOON_MS)
    question.first.get_by_role("link").click()
    fill(page, reason="titration: effect too weak")
    press(page, "Save")
    done(page, "Rate change explained")
    expect(page.locator('[data-question="rate"]')).to_have_count(0)
    pump.pause()
    expect(tile).to_have_attribute("data-session-state", "paused", timeout=SOON_MS)
    page.goto(f"{house.url}/ward/{house.ward}/bed/1")
    pump.run(40.0)
    expect(tile).to_have_attribute("data-session-state", "infusing", timeout=SOON_MS)
    expect(page.locator('[data-do="pause"]')).to_be_visible(timeout=SOON_MS)
    pump.pause()
    page.locator('[data-do="pause"]').click()
    fill(page, reason="bathroom")
    press(page, "I paused at the pump")
    done(page, "Pause confirmed")
    expect(tile).to_have_attribute("data-session-state", "paused", timeout=SOON_MS)


def leave(page: Page, session: str, pump: HandPump, house: House) -> None:
    """The rest is given, the patient recovers and leaves; the chair is free."""
    tile = page.locator('[data-bed="1"]')
    pump.run(33.8)
    expect(tile).to_have_attribute("data-session-state", "infusing", timeout=SOON_MS)
    pump.finish()
    expect(tile).to_have_attribute("data-session-state", "recovery", timeout=SOON_MS)
    page.goto(f"{house.url}/session/{session}/do/leave")
    fill(page, reason="own wish", iv="yes", told="Paul Prescriber")
    press(page, "Record that the patient left")
    done(page, "Recorded")
    page.goto(f"{house.url}/ward/{house.ward}/bed/1")
    expect(page.get_by_role("heading", name="This chair is free")).to_be_visible()
    expect(page.locator("body")).not_to_contain_text("Muster")
    page.goto(f"{house.url}/patients?q=4711")
    page.get_by_role("link", name="Muster, Anna").click()
    row = page.locator(f'[data-session-row="{session}"]')
    expect(row).to_contain_text("1/6")
    expect(row).to_contain_text(f"{pump.volume_ml:.2f} mg")
