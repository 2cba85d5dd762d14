"""Pages about alarms with alarms on them: what axe says of each, at a desk and on a phone."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from playwright.sync_api import Browser, Page, expect

from infusion.alarms.events import AlarmId, AlarmRaised
from infusion.happenings import ward_chain
from tests.browser import held
from tests.browser.conftest import Seen
from tests.browser.logged_in import LoggedIn
from tests.browser.test_people_pages import faults_of
from tests.fixtures.clinic_site import Site, clinic_site
from tests.fixtures.dashboard import eventually
from tests.fixtures.measured import DEMO
from tests.fixtures.mosquitto import MOSQUITTO, Mosquitto
from tests.fixtures.running_hour import record_hour
from vocabulary.alarms import AlarmCode, AlarmKind, AlarmPriority, SignalState
from vocabulary.ids import BedId
from wire.bed_state import AlarmView, BedState
from wire.published import encode
from wire.topics import bed_state_topic

pytestmark = [pytest.mark.browser, pytest.mark.broker]

OpenAs = Callable[..., Page]
BED = "/ward/demo/bed/1"
PAGES = (
    "/ward/demo/alarms",
    "/ward/demo/alarms/log",
    "/ward/demo/alarms/burden",
    "/ward/demo/alarms/self-test",
    f"{BED}/limits",
    f"{BED}/limits/spo2_below_high",
    f"{BED}/off-monitor",
    f"{BED}/hold-back",
    BED,
)


def view(number: int, priority: AlarmPriority, text: str, state: SignalState) -> AlarmView:
    now = datetime.now(UTC)
    is_technical = "battery" in text
    return AlarmView(
        id=f"demo.1.{number}", priority=priority, text=text, since=now, raised_at=now,
        signal_state=state, kind=AlarmKind.TECHNICAL if is_technical else AlarmKind.PHYSIOLOGICAL,
        code=AlarmCode.BATTERY if is_technical else AlarmCode.SPO2_LOW, value=86.0, limit=90.0,
        acknowledged_by="Olga Nurse" if state is SignalState.ACKNOWLEDGED else "",
    )  # fmt: skip


def alarmed_bed() -> BedState:
    now = datetime.now(UTC)
    return msgspec.structs.replace(
        held.bed_state("1"),
        ward=DEMO,
        published_at=now,
        sound=AlarmPriority.HIGH,
        off_monitor_until=now + timedelta(minutes=10),
        alarms=(
            view(1, AlarmPriority.HIGH, "SpO2 86 < 90", SignalState.ACTIVE),
            view(2, AlarmPriority.MEDIUM, "HR 118 > 110", SignalState.ACKNOWLEDGED),
            view(3, AlarmPriority.HIGH, "SBP 205 ≥ 180", SignalState.LATCHED),
            view(4, AlarmPriority.LOW, "pump-1 battery 18 %", SignalState.ACTIVE),
        ),
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One record and one bed with alarms of every kind: pages that are only looked at."""
    if MOSQUITTO is None:
        pytest.skip("mosquitto is not installed: apt install mosquitto")
    folder: Path = tmp_path_factory.mktemp("record")
    broker = Mosquitto(folder / "broker")
    broker.start()
    client = Client(CallbackAPIVersion.VERSION2, client_id="alarmed-bed")
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    try:
        with clinic_site(folder, mqtt_url=broker.url) as running:
            record_hour(running, datetime.now(UTC))
            raise_one(running)
            topic = bed_state_topic(DEMO, BedId("1"))
            client.publish(topic, encode(alarmed_bed()), qos=1, retain=True)
            beds = running.server.server.services.beds
            eventually(lambda: any(s.alarms for s in beds.states(DEMO)), "no alarm came")
            yield running
    finally:
        client.disconnect()
        client.loop_stop()
        broker.kill()


def raise_one(site: Site) -> None:
    """One alarm for the log and the burden."""
    now = datetime.now(UTC)
    raised = AlarmRaised(
        ward=DEMO, at=now, cause=1, bed=BedId("1"), session=None, alarm=AlarmId("demo.1.9"),
        code=AlarmCode.SPO2_LOW, kind=AlarmKind.PHYSIOLOGICAL, subject="",
        priority=AlarmPriority.HIGH, text="SpO2 86 < 90", value=86.0, limit=90.0, since=now,
        version="1", reasons=(),
    )  # fmt: skip
    with site.record.write() as transaction:
        transaction.append(ward_chain(DEMO), [raised], "ingest:one", now)


@pytest.fixture
def open_as(site: Site, chromium: Browser, seen: Seen) -> Iterator[OpenAs]:
    people = LoggedIn(chromium, site, seen)

    def opener(width: int, theme: str) -> Page:
        return people.open("/worklist", width=width, theme=theme)

    yield opener
    people.close()
    assert seen.errors == []


def look_at(page: Page, origin: str, path: str) -> list[str]:
    """Open a page and name what is wrong with it."""
    page.goto(origin + path)
    wrong = [f"{path} {fault}" for fault in faults_of(page)]
    size = page.viewport_size
    assert size is not None
    if page.evaluate("document.documentElement.scrollWidth") > size["width"]:
        wrong.append(f"{path} scrolls sideways at {size['width']} px")
    return wrong


@pytest.mark.parametrize(("width", "theme"), [(1280, "dark"), (390, "light")])
def test_axe_finds_nothing_on_pages_about_alarms(
    site: Site, open_as: OpenAs, width: int, theme: str
) -> None:
    page = open_as(width, theme)
    origin = site.server.origin
    assert [fault for path in PAGES for fault in look_at(page, origin, path)] == []


def test_cards_and_lists_have_alarms_on_them(site: Site, open_as: OpenAs) -> None:
    page = open_as(1280, "dark")
    page.goto(f"{site.server.origin}/ward/demo/alarms")
    main = page.locator("main")
    for text in ("!!! SpO2 86 < 90", "!! HR 118 > 110", "SBP 205 ≥ 180", "pump-1 battery 18 %"):
        expect(main).to_contain_text(text)
    page.goto(site.server.origin + BED)
    expect(page.locator("[data-off-monitor]")).to_contain_text("Off the monitor until")
    page.goto(f"{site.server.origin}/ward/demo/alarms/log")
    expect(page.locator("main")).to_contain_text("SpO2 86 < 90")


def test_on_a_phone_an_alarm_and_help_come_before_the_hour(site: Site, open_as: OpenAs) -> None:
    page = open_as(390, "dark")
    page.goto(site.server.origin + BED)
    parts = (
        page.get_by_role("button", name="Acknowledge").first,
        page.locator(".session-head"),
        page.locator('[data-do="help"]'),
        page.locator(".trend"),
    )
    tops = [(part.bounding_box() or {"y": -1.0})["y"] for part in parts]
    assert tops[0] > 0
    assert tops == sorted(tops), "what is urgent stands on top"
