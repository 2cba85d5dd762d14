"""Links, batteries, clocks, gaps, conflicts; and one root cause that is one alarm."""

import pytest

from infusion.alarms.events import AlarmRaised
from infusion.conflicts import Conflict, ConflictKind
from tests.fixtures.alarmed import AlarmedBed, situation
from tests.fixtures.session import MONITOR, PUMP
from vocabulary.alarms import AlarmCode, AlarmKind, AlarmPriority
from vocabulary.ids import BedId
from vocabulary.states import DeviceLink, SessionState

LOW, MEDIUM, HIGH = AlarmPriority.LOW, AlarmPriority.MEDIUM, AlarmPriority.HIGH


@pytest.mark.parametrize(
    ("link", "text"),
    [
        (DeviceLink.SILENT, "monitor-1 silent"),
        (DeviceLink.OFFLINE, "monitor-1 offline"),
        (DeviceLink.SHUTDOWN, "monitor-1 switched off"),
    ],
)
def test_a_monitor_that_is_lost_is_one_technical_alarm_at_once(link: DeviceLink, text: str) -> None:
    bed = AlarmedBed().run(30).wait(10).link(MONITOR, link)
    assert bed.texts() == [f"!! {text}"]
    bed.wait(600)
    assert [event.code for event in bed.told(AlarmRaised)] == [AlarmCode.DEVICE_LOST]
    assert bed.alarm(AlarmCode.DEVICE_LOST).kind is AlarmKind.TECHNICAL


def test_a_monitor_that_is_back_gets_its_time_before_a_signal_is_missing() -> None:
    bed = AlarmedBed().run(30).wait(10).link(MONITOR, DeviceLink.SILENT).wait(60)
    bed.link(MONITOR, DeviceLink.ONLINE).run(2, spo2=None).run(4)
    assert bed.raised() == ["monitor-1 silent"]
    assert bed.texts() == []


def test_a_signal_that_does_not_come_back_with_its_monitor_is_missing() -> None:
    bed = AlarmedBed().run(30).wait(10).link(MONITOR, DeviceLink.SILENT).wait(60)
    bed.link(MONITOR, DeviceLink.ONLINE).run(15, spo2=None)
    assert bed.texts() == ["!! no SpO2 for 15 s"]


def test_a_monitor_that_is_back_gets_all_of_its_time_and_not_what_was_left() -> None:
    bed = AlarmedBed().run(30).wait(10).link(MONITOR, DeviceLink.SILENT).wait(60)
    bed.link(MONITOR, DeviceLink.ONLINE).run(14, spo2=None)
    assert bed.raised() == ["monitor-1 silent"]
    bed.run(1, spo2=None)
    assert bed.raised() == ["monitor-1 silent", "no SpO2 for 15 s"]


def test_a_pump_that_is_back_gives_no_signal_more_time() -> None:
    bed = AlarmedBed().run(10).run(5, spo2=None).link(PUMP, DeviceLink.OFFLINE)
    bed.run(2, spo2=None).link(PUMP, DeviceLink.ONLINE).run(8, spo2=None)
    assert "no SpO2 for 15 s" in bed.raised()
    assert bed.second == 25


def test_a_flapping_link_is_one_alarm() -> None:
    bed = AlarmedBed().run(10)
    for _ in range(10):
        bed.link(MONITOR, DeviceLink.OFFLINE).wait(8).link(MONITOR, DeviceLink.ONLINE).run(7)
    assert bed.raised() == ["monitor-1 offline"]


@pytest.mark.parametrize(
    ("phase", "priority"),
    [
        (SessionState.INFUSING, MEDIUM),
        (SessionState.PREPARING, LOW),
        (SessionState.RECOVERY, LOW),
    ],
)
def test_a_lost_pump_is_at_most_medium(phase: SessionState, priority: AlarmPriority) -> None:
    bed = AlarmedBed(situation(phase)).run(5).link(PUMP, DeviceLink.OFFLINE).run(600)
    assert bed.alarm(AlarmCode.DEVICE_LOST).priority is priority


def test_a_pump_lost_before_the_start_is_more_urgent_once_it_infuses() -> None:
    bed = AlarmedBed(situation(SessionState.PREPARING)).link(PUMP, DeviceLink.OFFLINE).run(5)
    bed.situate(phase=SessionState.INFUSING, phase_since=bed.now)
    assert bed.alarm(AlarmCode.DEVICE_LOST).priority is MEDIUM
    assert len(bed.raised()) == 1


def test_a_device_of_which_nothing_is_known_gets_the_time_of_a_silent_one() -> None:
    bed = AlarmedBed().run(5).link(MONITOR, DeviceLink.UNKNOWN).wait(9)
    assert bed.raised() == []
    bed.wait(1)
    assert bed.raised() == ["monitor-1 not heard yet"]


def test_nobody_in_the_chair_misses_no_device() -> None:
    bed = AlarmedBed(empty=True).situate(situation(None)).link(MONITOR, DeviceLink.OFFLINE)
    assert bed.wait(600).raised() == []


def test_while_the_feed_is_down_no_device_and_no_signal_is_alarmed() -> None:
    bed = AlarmedBed().run(30).situate(is_feed_up=False).wait(10)
    bed.link(MONITOR, DeviceLink.SILENT).link(PUMP, DeviceLink.SILENT).wait(600)
    assert bed.raised() == []
    bed.situate(is_feed_up=True)
    assert sorted(bed.raised()) == ["monitor-1 silent", "pump-1 silent"]


def test_an_alarm_does_not_end_because_the_feed_is_down() -> None:
    bed = AlarmedBed().run(30).link(MONITOR, DeviceLink.OFFLINE)
    bed.situate(is_feed_up=False).wait(600)
    assert bed.alarm(AlarmCode.DEVICE_LOST).current is MEDIUM


@pytest.mark.parametrize(
    ("percent", "mains", "text"),
    [
        (21, False, []),
        (19, False, ["! pump-1 battery 19 %"]),
        (9, False, ["!! pump-1 battery 9 %"]),
        (9, True, []),
        (None, None, []),
    ],
)
def test_a_battery_that_runs_low(
    percent: float | None, mains: bool | None, text: list[str]
) -> None:
    bed = AlarmedBed().device(PUMP, battery_percent=percent, on_mains=mains)
    assert bed.texts() == text


def test_a_battery_round_its_limit_is_one_alarm_until_it_is_charged() -> None:
    bed = AlarmedBed()
    for percent in (19, 21, 19, 22, 24):
        bed.run(5).device(PUMP, battery_percent=percent, on_mains=False)
    assert len(bed.raised()) == 1
    assert bed.texts()
    bed.device(PUMP, battery_percent=25, on_mains=False)
    assert bed.texts() == []


def test_a_clock_over_its_limit() -> None:
    bed = AlarmedBed().device(MONITOR, clock_offset_s=-1440.2).wait(5)
    assert bed.texts() == ["! clock of monitor-1 24 min ahead"]
    bed.device(MONITOR, clock_offset_s=4.9)
    assert bed.texts() == []
    behind = AlarmedBed().device(MONITOR, clock_offset_s=6.0).wait(5)
    assert behind.texts() == ["! clock of monitor-1 6 s behind"]


def test_a_gap_that_is_filled_in_time_is_no_alarm_and_one_that_stays_is() -> None:
    bed = AlarmedBed().device(MONITOR, missing=12).run(29).device(MONITOR, missing=0).run(60)
    assert bed.raised() == []
    bed.device(MONITOR, missing=3).run(30)
    assert bed.texts() == ["! 3 messages of monitor-1 never came"]


def test_a_flood_of_refused_messages() -> None:
    bed = AlarmedBed().device(MONITOR, quarantined_per_min=29)
    assert bed.raised() == []
    bed.device(MONITOR, quarantined_per_min=30)
    assert bed.texts() == ["! 30 messages a minute of monitor-1 refused"]


def test_a_device_that_belongs_to_two_beds() -> None:
    both = Conflict(
        kind=ConflictKind.DEVICE_AT_TWO_BEDS, beds=(BedId("1"), BedId("2")), devices=(PUMP,)
    )
    bed = AlarmedBed().situate(conflicts=(both,))
    assert bed.texts() == ["!! pump-1 belongs to two beds: 1 and 2"]
    bed.situate(conflicts=())
    assert bed.texts() == []


def test_a_device_that_was_taken_away_has_no_alarm_here() -> None:
    bed = AlarmedBed().run(5).link(MONITOR, DeviceLink.OFFLINE)
    assert bed.texts()
    bed.situate(devices=bed.situation.devices[1:])
    assert bed.texts() == []
