"""Pages for people: devices with quarantine, the list of wards; and what axe says of all."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from dashboard.answers import login_page
from dashboard.links import Links, LinkView
from infusion.device import Device
from infusion.stream import Quarantined
from record.reading import QuarantineCount
from tests.browser.conftest import Seen
from tests.browser.held import WARD, bed_state, down, identified
from tests.browser.scripted import ScriptedWard
from vocabulary.alarms import AlarmPriority, SignalState
from vocabulary.ids import DeviceId
from vocabulary.roles import Role
from vocabulary.states import DeviceKind, DeviceLink, LinkState, QuarantineReason
from wire.bed_state import AlarmView

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]
StartWard = Callable[..., ScriptedWard]
NOW = datetime(2026, 11, 23, 13, 2, 7, tzinfo=UTC)
EVIL = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'


class Shelf:
    """A record that holds what a test puts into it."""

    def __init__(self) -> None:
        self.devices: list[Device] = []
        self.refused: list[Quarantined] = []

    def load_devices(self) -> Sequence[Device]:
        return tuple(self.devices)

    def quarantine_recent(self, limit: int, device: DeviceId | None) -> Sequence[Quarantined]:
        found = [item for item in self.refused if device in (None, item.device)]
        return sorted(found, key=lambda item: item.received_at, reverse=True)[:limit]

    def quarantine_counts(self) -> Sequence[QuarantineCount]:
        return [
            QuarantineCount(device=item.device, reason=item.reason, count=1)
            for item in self.refused
        ]


def device(name: str, **parts: Any) -> Device:
    return Device(
        **{
            "ward": WARD,
            "device": DeviceId(name),
            "link": DeviceLink.ONLINE,
            "link_since": NOW,
            "kind": DeviceKind.MONITOR,
            "make": "Hourglass",
            "model": "SimMonitor",
            "serial": "0001",
            "firmware": "1.0",
            "last_received_at": NOW,
            "clock_offset_s": 0.1,
        }
        | parts
    )


def refused(payload: str, name: str | None = "monitor-9", seconds: int = 0) -> Quarantined:
    return Quarantined(
        received_at=NOW + timedelta(seconds=seconds),
        topic=f"hourglass/v1/demo/device/{name}/vitals",
        payload=payload.encode(),
        reason=QuarantineReason.WRONG_TYPE,
        detail="Expected `float`, got `str` - at `$.hr`",
        ward=WARD,
        device=None if name is None else DeviceId(name),
    )


def devices_page(start: StartWard, open_page: OpenPage, shelf: Shelf, **size: int) -> Page:
    ward = start(2, role=Role.NURSE, record=shelf)
    page = open_page(f"{ward.url}/devices", **size)
    expect(page.locator("[data-as-of]")).to_contain_text("As of")
    return page


def test_the_device_page_names_the_unassigned_first_and_a_wrong_clock(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    shelf = Shelf()
    shelf.devices = [
        device("monitor-1"),
        device("pump-9", kind=DeviceKind.PUMP, battery_percent=88, on_mains=True, missing=3),
        device("monitor-2", clock_offset_s=-1440, link=DeviceLink.OFFLINE),
    ]
    ward = scripted_ward(2, role=Role.NURSE, record=shelf, devices={"1": ("monitor-1",)})
    ward.show_beds(bed_state("2"))
    page = open_page(f"{ward.url}/devices")
    lines = page.locator("tr[data-device]")
    expect(lines).to_have_count(3)
    names = lines.evaluate_all("rows => rows.map(r => r.dataset.device)")
    assert names == ["pump-9", "monitor-1", "monitor-2"]
    expect(lines.nth(0)).to_contain_text("at no bed")
    expect(lines.nth(0)).to_contain_text("88 %, mains")
    expect(lines.nth(1)).to_contain_text("Chair 1")
    expect(lines.nth(2)).to_contain_text("Chair 2")
    expect(page.locator('[data-device="monitor-2"] .badge')).to_have_count(0)


def test_a_wrong_clock_is_a_badge(scripted_ward: StartWard, open_page: OpenPage) -> None:
    shelf = Shelf()
    shelf.devices = [device("monitor-5", clock_offset_s=-1440)]
    page = devices_page(scripted_ward, open_page, shelf)
    expect(page.locator('[data-device="monitor-5"] .badge')).to_have_text("+24 min ahead")


def test_with_ingest_gone_no_device_is_said_to_be_online(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    shelf = Shelf()
    shelf.devices = [device("monitor-5")]
    ward = scripted_ward(1, role=Role.NURSE, record=shelf)
    page = open_page(f"{ward.url}/devices")
    link = page.locator('[data-device="monitor-5"] .device-link')
    expect(link).to_have_text("online")
    ward.judged = Links(ingest=LinkView(LinkState.DOWN))
    expect(link).to_have_text("last known: online")
    expect(link).to_have_attribute("data-state", "down")
    expect(page.locator('[data-device="monitor-5"]')).to_contain_text("not known")


def test_quarantine_shows_what_it_holds_as_text_newest_first(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    shelf = Shelf()
    shelf.refused = [
        refused(EVIL),
        refused('{"hr": "' + "9" * 400 + '"}', seconds=5),
        refused("{", name=None, seconds=-5),
    ]
    page = devices_page(scripted_ward, open_page, shelf)
    lines = page.locator("#quarantine tbody tr")
    expect(lines).to_have_count(3)
    expect(lines.nth(1).locator(".payload")).to_have_text(EVIL)
    assert page.evaluate("window.hacked") is None
    expect(lines.nth(0)).to_contain_text("wrong type")
    expect(lines.nth(0)).to_contain_text("Expected `float`, got `str`")
    whole = lines.nth(0).locator(".whole")
    expect(whole).to_be_hidden()
    lines.nth(0).locator("summary").click()
    expect(whole).to_contain_text("9" * 400)


def test_an_open_message_stays_open_and_itself_while_newer_ones_come(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    shelf = Shelf()
    shelf.refused = [refused("a" * 300)]
    page = devices_page(scripted_ward, open_page, shelf)
    page.locator("#quarantine summary").click()
    shelf.refused.append(refused("b" * 300, seconds=9))
    expect(page.locator("#quarantine tbody tr")).to_have_count(2)
    is_open = page.locator("#quarantine details").evaluate_all("all => all.map(d => d.open)")
    assert is_open == [False, True]


def test_quarantine_can_be_narrowed_to_one_device(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    shelf = Shelf()
    shelf.devices = [device("monitor-9"), device("monitor-8")]
    shelf.refused = [refused("{", "monitor-9"), refused("[", "monitor-8")]
    page = devices_page(scripted_ward, open_page, shelf)
    expect(page.locator("#quarantine tbody tr")).to_have_count(2)
    page.locator('[data-device="monitor-9"]').get_by_role("link").click()
    expect(page.locator("#quarantine tbody tr")).to_have_count(1)
    expect(page.get_by_text("Only from")).to_contain_text("monitor-9")
    page.get_by_role("link", name="Show all").click()
    expect(page.locator("#quarantine tbody tr")).to_have_count(2)


def test_the_device_page_says_when_it_is_no_longer_refreshed(
    scripted_ward: StartWard, open_page: OpenPage, seen: Seen
) -> None:
    ward = scripted_ward(1, role=Role.NURSE, record=Shelf())
    page = open_page(f"{ward.url}/devices")
    expect(page.locator("[data-as-of]")).to_contain_text("As of")
    ward.stop()
    expect(page.locator("[data-as-of]")).to_have_attribute("data-as-of", "old")
    seen.errors.clear()  # Dash says of each callback that the server did not answer


def test_wide_tables_scroll_in_their_own_box_on_a_phone(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    shelf = Shelf()
    shelf.devices = [device("monitor-9")]
    shelf.refused = [refused("x" * 5000)]
    page = devices_page(scripted_ward, open_page, shelf, width=390, height=844)
    expect(page.locator("#quarantine tbody tr")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = page.locator(".scroll-box").first
    assert box.evaluate("b => b.scrollWidth > b.clientWidth")


def fail_on(results: Any) -> None:
    found = [(v["id"], [n["html"] for n in v["nodes"]][:4]) for v in results.response["violations"]]
    assert found == []


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_axe_finds_nothing_on_the_ward(
    scripted_ward: StartWard, open_page: OpenPage, theme: str
) -> None:
    ward = scripted_ward(6)
    now = datetime.now(UTC)
    alarms = [
        AlarmView(
            id="a",
            priority=priority,
            text="SpO2 86 < 90",
            since=now,
            signal_state=SignalState.ACTIVE,
        )
        for priority in AlarmPriority
    ]
    ward.hold(*(bed_state(str(n), now=now, alarms=(alarm,), session=identified(now))
                for n, alarm in enumerate(alarms, 1)))  # fmt: skip
    ward.hold(bed_state("4", now=now - timedelta(minutes=1)))
    ward.hold(bed_state("5", now=now, signals={}))
    ward.set_links(device=down("monitor-3"))
    page = open_page(ward.ward_url, theme=theme)
    expect(page.locator('[data-bed="1"] [data-signal="hr"]')).to_have_text("78")
    fail_on(Axe().run(page))
    ward.set_links(broker=down())
    expect(page.locator("[data-banner]")).to_be_visible()
    fail_on(Axe().run(page))


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("path", ["/devices", "/"])
def test_axe_finds_nothing_on_pages_for_people(
    scripted_ward: StartWard, open_page: OpenPage, path: str, theme: str
) -> None:
    shelf = Shelf()
    shelf.devices = [device("monitor-9", clock_offset_s=90, link=DeviceLink.SILENT), device("m-1")]
    shelf.refused = [refused("x" * 500), refused("{")]
    ward = scripted_ward(2, role=Role.NURSE, record=shelf)
    page = open_page(ward.url + path, theme=theme)
    expect(page.locator("h1")).to_be_visible()
    if path == "/devices":
        expect(page.locator("#quarantine tbody tr")).to_have_count(2)
        page.locator("#quarantine summary").click()
    fail_on(Axe().run(page))


def test_axe_finds_nothing_on_the_login_page(scripted_ward: StartWard, open_page: OpenPage) -> None:
    for problem in ("", "Login or password is wrong."):
        html = login_page("/", problem=problem).body.decode()
        page = open_page("about:blank", 390, 844)
        page.set_content(html)
        fail_on(Axe().run(page))
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
