"""Devices and links in the ordered stream: lost, silent together, back again, restarted."""

from datetime import timedelta

import msgspec
import pytest

from infusion.alarms.events import AlarmRaised
from infusion.inputs import MessagesNoticed
from tests.fixtures.acted_ward import ActedWard
from tests.fixtures.alarmed_ward import NORMAL, infuse, infusing, occlusion, texts
from tests.fixtures.arrivals import ingest_started, status
from tests.fixtures.clinic import START
from vocabulary.ids import BootId, DeviceId, WardId
from vocabulary.states import DeviceState


@pytest.fixture
def ward() -> ActedWard:
    return ActedWard()


def heard(ward: ActedWard, seconds: int, *, but: str = "") -> ActedWard:
    """Every device of the ward but one speaks each second."""
    for _ in range(seconds):
        ward.move(1)
        for device in ("monitor-1", "monitor-2"):
            if device != but:
                ward.numbers(device, **NORMAL)
        for device in ("pump-1", "pump-2"):
            if device != but:
                ward.hold(device)
    return ward


def test_a_monitor_that_falls_silent_is_alarmed_after_10_s(ward: ActedWard) -> None:
    ward.ready()
    heard(ward, 5)
    heard(ward, 9, but="monitor-1")
    assert texts(ward) == []
    heard(ward, 2, but="monitor-1")
    assert texts(ward) == ["monitor-1 silent"]
    raised = ward.found(AlarmRaised)[0]
    assert raised.at == START + timedelta(seconds=15)
    heard(ward, 6)
    assert texts(ward) == []


def test_when_nothing_at_all_is_heard_no_device_is_alarmed_by_itself(ward: ActedWard) -> None:
    ward.ready()
    heard(ward, 5)
    ward.wait(60)
    assert ward.found(AlarmRaised) == []
    assert not ward.state.feed.is_up


def test_after_an_outage_of_all_every_device_gets_its_time_to_come_back(ward: ActedWard) -> None:
    ward.ready()
    heard(ward, 5)
    ward.wait(60)
    heard(ward, 16, but="monitor-1")
    assert ward.found(AlarmRaised) != []
    assert texts(ward) == ["monitor-1 silent"]
    raised = ward.found(AlarmRaised)
    assert [e.text for e in raised] == ["monitor-1 silent"]
    assert raised[0].at == START + timedelta(seconds=5 + 60 + 1 + 15)
    assert ward.state.feed.is_up


def test_a_restart_of_ingest_raises_no_alarm_of_devices_that_come_back(ward: ActedWard) -> None:
    ward.ready()
    heard(ward, 5)
    ward.move(120).take(ingest_started(ward.second))
    heard(ward, 30)
    assert ward.found(AlarmRaised) == []


def test_a_device_that_does_not_come_back_after_a_restart_is_alarmed(ward: ActedWard) -> None:
    ward.ready()
    heard(ward, 5)
    ward.move(3).take(ingest_started(ward.second))
    heard(ward, 30, but="monitor-1")
    assert texts(ward) == ["monitor-1 not heard yet"]


def test_a_monitor_with_its_clock_wrong_is_told_once(ward: ActedWard) -> None:
    ward.ready()
    for _ in range(10):
        ward.move(1)
        behind = ward.now - timedelta(seconds=60)
        ward.numbers(**NORMAL, device_time=behind)
    assert texts(ward) == ["clock of monitor-1 60 s behind"]
    ward.move(1).numbers(**NORMAL)
    assert texts(ward) == []


def test_an_occlusion_that_began_while_the_link_was_down_is_told_when_it_still_stands(
    ward: ActedWard,
) -> None:
    infusing(ward, 30)
    ward.say(msgspec.structs.replace(occlusion(ward), late=True, buffered=True))
    assert texts(infuse(ward, 9)) == []
    assert texts(infuse(ward, 2)) == ["pump-1: DOWNSTREAM OCCLUSION"]


def test_a_goodbye_during_a_session_is_told(ward: ActedWard) -> None:
    ward.ready()
    heard(ward, 5)
    ward.take(status(ward.second, state=DeviceState.SHUTDOWN))
    assert texts(ward) == ["monitor-1 switched off"]


def test_what_ingest_notices_of_messages_is_alarmed_until_it_is_over(ward: ActedWard) -> None:
    ward.ready()
    heard(ward, 5)
    ward.take(noticed(ward, missing=7, refused_per_min=30))
    assert texts(ward) == ["30 messages a minute of monitor-1 refused"]
    heard(ward, 31)
    assert "7 messages of monitor-1 never came" in texts(ward)
    ward.take(noticed(ward, missing=0, refused_per_min=0))
    assert texts(ward) == []


def noticed(ward: ActedWard, *, missing: int, refused_per_min: int) -> MessagesNoticed:
    return MessagesNoticed(
        position=0,
        at=ward.now,
        ward=WardId("north"),
        about=DeviceId("monitor-1"),
        missing=missing,
        refused_per_min=refused_per_min,
    )


def test_two_devices_under_one_name_are_a_conflict_until_one_of_them_is_gone(
    ward: ActedWard,
) -> None:
    ward.ready()
    heard(ward, 5)
    for _ in range(10):
        ward.move(1).numbers(**NORMAL, boot=BootId("b2"))
        ward.numbers(**NORMAL, boot=BootId("b1"), late=True).hold()
    assert texts(ward) == ["two devices call themselves monitor-1"]
    for _ in range(62):
        ward.move(1).numbers(**NORMAL, boot=BootId("b2")).hold()
    assert texts(ward) == []


def test_a_restart_is_no_conflict_whatever_its_last_boot_still_had_to_say(ward: ActedWard) -> None:
    ward.ready()
    heard(ward, 5)
    before = ward.now
    for _ in range(20):
        ward.move(1).numbers(**NORMAL, boot=BootId("b2"))
        held_back = {"boot": BootId("b1"), "late": True, "observed_at": before}
        ward.numbers(**NORMAL, **held_back)
        ward.numbers(**NORMAL, **{**held_back, "observed_at": ward.now, "buffered": True})
        ward.hold()
    assert ward.found(AlarmRaised) == []
