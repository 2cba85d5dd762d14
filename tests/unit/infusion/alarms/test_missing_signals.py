"""Signals that are lost: after how long that is an alarm, what it ends, what the cuff explains."""

from typing import Any

import msgspec
import pytest

from infusion.alarms.events import AlarmEnded
from infusion.alarms.situation import CuffLimb
from infusion.alarms.state import AlarmBook
from tests.fixtures.alarmed import BOOK, AlarmedBed, situation
from vocabulary.alarms import (
    AlarmCode,
    AlarmKind,
    AlarmPriority,
    DeviceEventCode,
)
from vocabulary.signals import SignalName
from vocabulary.states import InvalidReason, SessionState

LOW, MEDIUM, HIGH = AlarmPriority.LOW, AlarmPriority.MEDIUM, AlarmPriority.HIGH
SPO2_OFF = {SignalName.SPO2: InvalidReason.SENSOR_OFF, SignalName.PR: InvalidReason.SENSOR_OFF}


# Missing, and not known.


def test_a_probe_that_is_off_is_a_technical_alarm_after_15_s_with_its_reason() -> None:
    bed = AlarmedBed().run(10).run(14, spo2=None, pr=None, invalid=SPO2_OFF)
    assert bed.raised() == []
    bed.run(2, spo2=None, pr=None, invalid=SPO2_OFF)
    assert bed.raised() == ["SpO2: sensor off"]
    alarm = bed.alarm(AlarmCode.SIGNAL_MISSING)
    assert alarm.kind is AlarmKind.TECHNICAL
    bed.run(1)
    assert bed.texts() == []


def test_a_signal_that_is_left_out_is_missing_after_15_s() -> None:
    bed = AlarmedBed().run(10).run(14, spo2=None)
    assert bed.raised() == []
    bed.run(1, spo2=None)
    assert bed.raised() == ["no SpO2 for 15 s"]
    assert bed.second == 25


def test_what_was_never_there_is_missing_only_if_the_infusion_needs_it() -> None:
    bed = AlarmedBed(situation(), empty=True)
    bed.numbers = {"spo2": 97.0}
    bed.situate(situation()).run(20)
    assert bed.texts() == ["!! no HR for 15 s"]
    preparing = AlarmedBed(situation(SessionState.PREPARING), empty=True)
    preparing.numbers = {"spo2": 97.0}
    preparing.situate(situation(SessionState.PREPARING)).run(60)
    assert preparing.raised() == []


@pytest.mark.parametrize(
    ("measure", "after_s", "text"),
    [("rr", 60, "no RR for 60 s"), ("etco2", 30, "no EtCO2 for 30 s")],
)
def test_breath_that_was_measured_and_is_not_is_missing_silently(
    measure: str, after_s: int, text: str
) -> None:
    bed = AlarmedBed()
    bed.numbers |= {"etco2": 37.0}
    lost: dict[str, Any] = {measure: None}
    bed.run(10).run(after_s - 1, **lost)
    assert bed.raised() == []
    bed.run(1, **lost)
    assert bed.texts() == [f"! {text}"]


def test_before_the_start_a_probe_may_be_off() -> None:
    bed = AlarmedBed(situation(SessionState.PREPARING)).run(10).run(120, spo2=None, pr=None)
    assert bed.raised() == []


def test_after_the_infusion_no_cuff_reading_is_missed() -> None:
    bed = AlarmedBed(situation(SessionState.RECOVERY)).run(900)
    assert bed.raised() == []


def test_a_temperature_that_is_taken_now_and_then_is_never_missing() -> None:
    assert AlarmedBed().run(10, temp=36.8).run(300).raised() == []


def test_while_nothing_at_all_is_heard_no_signal_is_missing_by_itself() -> None:
    assert AlarmedBed().run(10).situate(is_feed_up=False).wait(60).raised() == []


def test_every_missing_signal_is_a_reason_of_one_alarm() -> None:
    bed = AlarmedBed().run(10).run(20, spo2=None).run(20, spo2=None, hr=None, pr=None)
    assert bed.raised() == ["no SpO2 for 15 s"]
    assert bed.texts() == ["!! no SpO2 for 15 s, no HR for 15 s"]


@pytest.mark.parametrize("how", ["silence", "off"])
def test_an_alarm_is_not_over_because_its_number_is_gone(how: str) -> None:
    bed = AlarmedBed().run(15, spo2=88.0)
    for _ in range(120):
        if how == "silence":
            bed.wait(1)
        else:
            bed.run(1, spo2=None, pr=None, invalid=SPO2_OFF)
    alarm = bed.alarm(AlarmCode.SPO2_LOW)
    assert alarm.current is HIGH
    assert not [e for e in bed.told(AlarmEnded) if e.code is AlarmCode.SPO2_LOW]


def test_clear_numbers_that_break_off_do_not_end_an_alarm() -> None:
    bed = AlarmedBed().run(15, spo2=88.0).run(5).wait(120)
    assert bed.alarm(AlarmCode.SPO2_LOW).current is HIGH
    bed.run(14)
    assert bed.alarm(AlarmCode.SPO2_LOW).current is HIGH
    bed.run(3)
    assert bed.alarm(AlarmCode.SPO2_LOW).current is None


def test_a_delay_does_not_run_on_what_is_not_known() -> None:
    bed = AlarmedBed().run(5, spo2=91.0).wait(60)
    assert [text for text in bed.raised() if "SpO2 91" in text] == []
    bed.run(6, spo2=91.0)
    assert "SpO2 91 < 92" in bed.raised(), "5 s before, at most 10 s believed, and the rest now"


def test_a_lead_that_comes_and_goes_is_missing_once() -> None:
    bed = AlarmedBed().run(10)
    for _ in range(10):
        bed.run(20, spo2=None, pr=None, invalid=SPO2_OFF).run(5)
    assert len(bed.raised()) == 1


# The cuff on the oximeter's limb.


def test_a_signal_lost_under_the_cuff_waits_for_the_cuff() -> None:
    low = {SignalName.SPO2: InvalidReason.LOW_SIGNAL, SignalName.PR: InvalidReason.LOW_SIGNAL}
    bed = AlarmedBed().run(10).event(DeviceEventCode.NIBP_STARTED)
    bed.run(35, spo2=None, pr=None, invalid=low).cuff(124, 80).run(60)
    assert bed.raised() == []


def test_a_signal_that_stays_lost_after_the_cuff_is_an_alarm() -> None:
    low = {SignalName.SPO2: InvalidReason.LOW_SIGNAL, SignalName.PR: InvalidReason.LOW_SIGNAL}
    bed = AlarmedBed().run(10).event(DeviceEventCode.NIBP_STARTED)
    bed.run(35, spo2=None, pr=None, invalid=low)
    bed.cuff(124, 80, spo2=None, pr=None, invalid=low)
    bed.run(9, spo2=None, pr=None, invalid=low)
    assert bed.raised() == []
    bed.run(2, spo2=None, pr=None, invalid=low)
    assert bed.raised() == ["SpO2: low signal"]


def test_a_cuff_that_never_ends_holds_nothing_back_for_longer_than_a_minute() -> None:
    low = {SignalName.SPO2: InvalidReason.LOW_SIGNAL, SignalName.PR: InvalidReason.LOW_SIGNAL}
    bed = AlarmedBed().run(10).event(DeviceEventCode.NIBP_STARTED)
    bed.run(59, spo2=None, pr=None, invalid=low)
    assert bed.raised() == []
    bed.run(2, spo2=None, pr=None, invalid=low)
    assert bed.raised() == ["SpO2: low signal"]


def test_a_cuff_that_was_done_long_ago_leaves_no_deadline_behind() -> None:
    bed = AlarmedBed(situation(SessionState.PREPARING), empty=True)
    bed.situate(situation(SessionState.PREPARING)).event(DeviceEventCode.NIBP_STARTED).wait(62)
    bed.situate(situation(phase_since=bed.now))
    due_at = bed.state.deadline
    assert due_at is not None
    assert due_at > bed.now


def test_with_the_cuff_on_another_limb_a_lost_signal_is_an_alarm_as_ever() -> None:
    bed = AlarmedBed(situation(cuff_limb=CuffLimb.OTHER)).run(10)
    bed.event(DeviceEventCode.NIBP_STARTED).run(17, spo2=None, pr=None, invalid=SPO2_OFF)
    assert bed.raised() == ["SpO2: sensor off"]


@pytest.mark.parametrize(("limb", "is_held"), [(CuffLimb.SAME, True), (CuffLimb.UNKNOWN, False)])
def test_whether_an_unknown_limb_may_be_the_cuffs_is_the_clinics_choice(
    limb: CuffLimb, is_held: bool
) -> None:
    cuff = msgspec.structs.replace(BOOK.rules.cuff, holds_unknown_limb=False)
    rules = msgspec.structs.replace(BOOK.rules, cuff=cuff)
    book = AlarmBook(msgspec.structs.replace(BOOK.clinic, alarms=rules))
    bed = AlarmedBed(situation(cuff_limb=limb), book=book).run(10)
    bed.event(DeviceEventCode.NIBP_STARTED).run(20, spo2=None, pr=None, invalid=SPO2_OFF)
    assert (bed.raised() == []) is is_held


@pytest.mark.parametrize(
    ("limb", "spo2", "is_raised"),
    [
        (CuffLimb.SAME, 88.0, False),
        (CuffLimb.SAME, 80.0, True),
        (CuffLimb.UNKNOWN, 88.0, True),
        (CuffLimb.OTHER, 88.0, True),
    ],
)
def test_a_saturation_that_falls_under_the_cuff(
    limb: CuffLimb, spo2: float, is_raised: bool
) -> None:
    bed = AlarmedBed(situation(cuff_limb=limb)).run(10).event(DeviceEventCode.NIBP_STARTED)
    bed.run(30, spo2=spo2)
    limits = [text for text in bed.raised() if "<" in text]
    assert bool(limits) is is_raised
    assert is_raised or bed.raised() == []  # nor is the fall itself told


def test_a_saturation_that_is_still_low_after_the_cuff_is_an_alarm() -> None:
    bed = AlarmedBed(situation(cuff_limb=CuffLimb.SAME)).run(10)
    bed.event(DeviceEventCode.NIBP_STARTED).run(30, spo2=88.0).cuff(124, 80, spo2=88.0)
    bed.run(22, spo2=88.0)
    assert bed.alarm(AlarmCode.SPO2_LOW).priority is HIGH
