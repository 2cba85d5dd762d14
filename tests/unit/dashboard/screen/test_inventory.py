from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from dashboard.inventory import (
    PAYLOAD_SHOWN,
    Inventory,
    clock_text,
    device_rows,
    refused_rows,
)
from infusion.configuration import ClinicConfiguration
from infusion.device import Device
from infusion.stream import Quarantined
from vocabulary.ids import DeviceId, WardId
from vocabulary.states import DeviceKind, DeviceLink, QuarantineReason
from wire.bed_state import BedState, DeviceView

MakeBed = Callable[..., BedState]
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def device(now: datetime) -> Callable[..., Device]:
    def make(name: str, **parts: Any) -> Device:
        known: dict[str, Any] = {
            "ward": WardId("north"),
            "device": DeviceId(name),
            "link": DeviceLink.ONLINE,
            "link_since": now,
            "kind": DeviceKind.MONITOR,
            "make": "Hourglass",
            "model": "SimMonitor",
            "last_received_at": now,
        }
        return Device(**(known | parts))

    return make


def inventory(*devices: Device, states: tuple[BedState, ...] = (), **parts: Any) -> Inventory:
    known: dict[str, Any] = {"refused": {}, "is_heard": True}
    return Inventory(devices=devices, states=states, **(known | parts))


def test_devices_at_no_bed_come_first_and_all_in_the_order_people_count(
    clinic: ClinicConfiguration, device: Callable[..., Device]
) -> None:
    found = inventory(*(device(name) for name in ("spare-10", "spare-9", "monitor-2")))
    rows = device_rows(found, clinic, UTC)
    assert [row.device for row in rows] == [
        "spare-9", "spare-10", "monitor-1", "monitor-2", "pump-1", "pump-2",
    ]  # fmt: skip
    assert [row.is_placed for row in rows] == [False] * 2 + [True] * 4
    assert rows[0].place == "at no bed"
    assert rows[3].place == "North, Chair 2"


def test_a_device_of_the_plan_that_was_never_heard_says_so(clinic: ClinicConfiguration) -> None:
    row = device_rows(inventory(), clinic, UTC)[0]
    assert (row.device, row.link_text, row.last_seen) == ("monitor-1", "not heard yet", "never")


def test_what_a_bed_state_says_of_a_device_is_newer_than_the_record(
    clinic: ClinicConfiguration, device: Callable[..., Device], bed: MakeBed, now: datetime
) -> None:
    view = DeviceView(
        device=DeviceId("spare-1"),
        kind=DeviceKind.PUMP,
        link=DeviceLink.SILENT,
        link_since=now,
        last_received_at=now - timedelta(seconds=12),
        battery_percent=88,
        on_mains=False,
        missing=3,
    )
    found = inventory(device("spare-1"), states=(bed(devices=(view,)),))
    row = next(row for row in device_rows(found, clinic, BERLIN) if row.device == "spare-1")
    assert row.place == "North, Chair 1"
    assert (row.link_text, row.last_seen) == ("silent", "23 Nov 15:02:55")
    assert row.power == "88 %, on battery"
    assert row.missing == 3
    assert row.make == "Hourglass SimMonitor"


def test_with_nothing_heard_no_device_is_said_to_be_online(
    clinic: ClinicConfiguration, device: Callable[..., Device]
) -> None:
    found = inventory(device("spare-1"), is_heard=False)
    row = device_rows(found, clinic, UTC)[0]
    assert row.link is not DeviceLink.ONLINE
    assert (row.link_text, row.last_seen) == ("last known: online", "not known")


def test_refused_messages_are_counted_at_their_device(
    clinic: ClinicConfiguration, device: Callable[..., Device]
) -> None:
    found = inventory(device("spare-1"), refused={DeviceId("spare-1"): 4, None: 9})
    assert device_rows(found, clinic, UTC)[0].refused == 4


@pytest.mark.parametrize(
    ("offset_s", "text"),
    [
        (None, "not known"),
        (0.3, "right"),
        (-1440.0, "+24 min ahead"),
        (7.0, "-7 s behind"),
        (-3 * 3600.0, "+3 h ahead"),
    ],
)
def test_a_clock_is_said_as_people_would(offset_s: float | None, text: str) -> None:
    assert clock_text(offset_s) == text


def test_a_clock_over_its_limit_is_marked(
    clinic: ClinicConfiguration, device: Callable[..., Device]
) -> None:
    found = inventory(device("a", clock_offset_s=-5.1), device("b", clock_offset_s=5.0))
    rows = device_rows(found, clinic, UTC)
    assert [row.clock_over_limit for row in rows[:2]] == [True, False]


@pytest.fixture
def refused(now: datetime) -> Quarantined:
    return Quarantined(
        received_at=now,
        topic="hourglass/v1/north/device/x/vitals",
        payload=b'{"hr": "x"}',
        reason=QuarantineReason.WRONG_TYPE,
        detail="Expected `float`",
        device=DeviceId("x"),
    )


def test_a_refused_message_is_shown_whole_where_it_is_short(refused: Quarantined) -> None:
    row = refused_rows([refused], BERLIN)[0]
    assert row.payload == row.whole == '{"hr": "x"}'
    assert (row.time, row.reason, row.device) == ("23 Nov 15:03:07", "wrong type", "x")


def test_a_long_or_binary_payload_is_cut_and_loses_nothing_below_its_limit(
    refused: Quarantined,
) -> None:
    long = msgspec.structs.replace(refused, payload=b"\xff" * 1000)
    row = refused_rows([long], UTC)[0]
    assert row.payload == "\\xff" * (PAYLOAD_SHOWN // 4) + "…"
    assert row.whole == "\\xff" * 1000
    huge = refused_rows([msgspec.structs.replace(refused, payload=b"x" * 50_000)], UTC)[0]
    assert huge.whole.endswith("(50000 bytes in all)")


def test_the_key_of_a_message_stays_when_newer_ones_come(refused: Quarantined) -> None:
    newer = msgspec.structs.replace(refused, received_at=refused.received_at + timedelta(seconds=1))
    before = refused_rows([refused, refused], UTC)
    after = refused_rows([newer, refused, refused], UTC)
    assert [row.key for row in after[1:]] == [row.key for row in before]
    assert len({row.key for row in after}) == 3
