"""A nurse takes a patient through a whole session at the screen: real broker, ingest, dashboard."""

import re
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

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
    """A house where cuffs may follow each other at once, the stay is short, and the next session
    may be soon.
    """
    built = House(tmp_path, beds=2)
    protocol = tmp_path / "config" / "protocol.yaml"
    text = protocol.read_text()
    text = text.replace("cuff_apart_min: 2", "cuff_apart_min: 0.01")
    text = text.replace("stay_after_drug_min: 60", "stay_after_drug_min: 0.01")
    text = text.replace("recovery_min: 60", "recovery_min: 0.01")
    text = text.replace("hard_minimum_h: 24", "hard_minimum_h: 0.001")
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
        recover(nora, session, (monitor, pump), house)
        second_time(nora, session, (monitor, pump), house)
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
    fill(page, kg="70", prescriber="Paul Prescriber")
    press(page, "Check, then give the order")
    expect(page.locator(".explain")).to_contain_text("35.00 mg (0.50 mg/kg)")
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
    """The course of the fact sheet: 20 min at 35 mL/h, titrated to 42 for 25 min, a pause of 5 min,
    10 min at 28. Each at the pump, whose counter shows what flowed, then on the screen.
    """
    page.goto(f"{house.url}/ward/{house.ward}/bed/1")
    tile = page.locator('[data-bed="1"]')
    rate = tile.locator('[data-signal="rate"]')
    pump.run(35.0)
    expect(tile).to_have_attribute("data-session-state", "infusing", timeout=SOON_MS)
    expect(page.locator('[data-do="pause"]')).to_be_visible(timeout=SOON_MS)
    expect(rate).to_have_text("35.0")
    pump.reach(35 * 20 / 60)
    pump.run(42.0)
    expect(rate).to_have_text("42.0", timeout=SOON_MS)
    question = page.locator('[data-question="rate"]')
    expect(question.first).to_contain_text("35 to 42 mL/h", timeout=SOON_MS)
    question.first.get_by_role("link").click()
    expect(page.locator("[data-titration]")).to_contain_text("less than 15")
    fill(page, reason="titration: effect too weak")
    press(page, "Save")
    done(page, "Rate change explained")
    expect(page.locator('[data-question="rate"]')).to_have_count(0)
    pump.reach(35 * 20 / 60 + 42 * 25 / 60)
    expect(page.locator('[data-do="pause"]')).to_be_visible(timeout=SOON_MS)
    pump.pause()
    page.locator('[data-do="pause"]').click()
    fill(page, reason="bathroom")
    press(page, "I paused at the pump")
    done(page, "Pause confirmed")
    expect(tile).to_have_attribute("data-session-state", "paused", timeout=SOON_MS)
    pump.run(28.0)
    expect(tile).to_have_attribute("data-session-state", "infusing", timeout=SOON_MS)
    pump.reach(VECTOR_ML)
    expect(tile.locator('[data-signal="dose"]')).to_have_text("33.8 mg", timeout=SOON_MS)
    pump.finish()
    expect(tile).to_have_attribute("data-session-state", "recovery", timeout=SOON_MS)


VECTOR_ML = 35 * 20 / 60 + 42 * 25 / 60 + 28 * 10 / 60
"""33.833 mL of 1 mg/mL: 33.833 mg, 0.48333 mg/kg of 70 kg."""
Devices = tuple[HandMonitor, HandPump]


def recover(page: Page, session: str, devices: Devices, house: House) -> None:
    """Two good cuffs, everything looked at, the questions answered: the patient goes home."""
    monitor, pump = devices
    for sys in (131, 126):
        monitor.cuff(sys)
        time_apart(page)
    path = f"{house.url}/session/{session}/do"
    page.goto(f"{path}/observe?set=whole")
    fill(page, sedation="5", airway="clear", dissociation="2", perception="none", pain="0",
         pump_check="yes", safety="none", consciousness="alert", expected="no")  # fmt: skip
    page.get_by_label("None of these").check()
    press(page, "Save")
    expect(page).to_have_url(re.compile(r"/bed/1\?done="))
    page.goto(f"{path}/discharge")
    expect(page.get_by_role("heading", name="Discharge")).to_be_visible()
    for question in page.locator('main input[name^="home-"][value="yes"]').all():
        question.check()
    fill(page, escort="Max Muster", helped="music")
    press(page, "Discharge")
    done(page, "Discharged")
    page.goto(f"{house.url}/ward/{house.ward}/bed/1")
    expect(page.get_by_role("heading", name="This chair is free")).to_be_visible()
    expect(page.locator("body")).not_to_contain_text("Muster")
    row = course_row(page, session, house)
    expect(row).to_contain_text("1/6")
    expect(row).to_contain_text("33.83 mg (0.48 mg/kg)")
    assert round(pump.volume_ml, 3) == 33.833


def course_row(page: Page, session: str, house: House) -> Locator:
    page.goto(f"{house.url}/patients?q=4711")
    page.get_by_role("link", name="Muster, Anna").click()
    return page.locator(f'[data-session-row="{session}"]')


def second_time(page: Page, first: str, devices: Devices, house: House) -> None:
    """The second session says 2/6 and what happened last time, and lies over the first."""
    monitor, pump = devices
    page.get_by_role("link", name="Plan a session").click()
    fill(page, indication="depression", ward=house.ward)
    press(page, "Plan it")
    done(page, "Session planned")
    fill(page, bed="1")
    press(page, "The patient is in this chair")
    page.goto(f"{house.url}/ward/{house.ward}/bed/1")
    tile = page.locator('[data-bed="1"]')
    expect(tile).to_have_attribute("data-session-state", "preparing", timeout=SOON_MS)
    expect(tile).to_contain_text("2/6", timeout=SOON_MS)
    card = page.locator(f'[data-last-time="{first}"]')
    for words in ("131/78", "2 of 10", "0.50 mg/kg/h", "33.83 mg (0.48 mg/kg)", "none", "music"):
        expect(card).to_contain_text(words)
    monitor.cuff(122)
    pump.run(35.0)
    page.get_by_role("link", name="Infusion, priming or flush?").click(timeout=SOON_MS)
    fill(page, kind="infusion")
    press(page, "Save")
    done(page, "Run explained")
    pump.reach(VECTOR_ML + 1)
    course_row(page, first, house)
    overlay = page.locator("[data-trend]")
    expect(overlay).to_have_attribute("data-drawn", "yes")
    lanes = overlay.locator("[data-trend-plot]").evaluate(
        "plot => plot.data.filter(trace => trace.yaxis === 'y2').map(trace => trace.y.at(-1))"
    )
    assert len(lanes) == 2
    assert round(lanes[0], 2) == 33.83
