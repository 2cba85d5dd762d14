"""The devices' own alarms: each with its priority and text, one with ours where it is the same."""

from typing import Any

import pytest

from infusion.alarms.engine import DeviceRestarted
from infusion.alarms.events import AlarmEnd, AlarmEnded, AlarmLatched, AlarmRaised
from tests.fixtures.alarmed import AlarmedBed
from tests.fixtures.session import MONITOR, PUMP
from vocabulary.alarms import AlarmCode, AlarmPhase, AlarmPriority, DeviceAlarmCode, SignalState
from vocabulary.ids import BootId

LOW, MEDIUM, HIGH = AlarmPriority.LOW, AlarmPriority.MEDIUM, AlarmPriority.HIGH
C, A = DeviceAlarmCode, AlarmCode

PLACES = {
    C.OCCLUSION_DOWNSTREAM: (A.DELIVERY_STOPPED, HIGH),
    C.OCCLUSION_UPSTREAM: (A.DELIVERY_STOPPED, HIGH),
    C.AIR_IN_LINE: (A.DELIVERY_STOPPED, HIGH),
    C.DOOR_OPEN: (A.DELIVERY_STOPPED, HIGH),
    C.EMPTY: (A.DELIVERY_STOPPED, HIGH),
    C.BATTERY_LOW: (A.BATTERY, MEDIUM),
    C.BATTERY_EMPTY: (A.BATTERY, HIGH),
    C.NEAR_END: (A.INFUSION_ENDING, LOW),
    C.COMPLETE: (A.INFUSION_ENDING, LOW),
    C.STANDBY_TIMEOUT: (A.DEVICE_TROUBLE, LOW),
    C.SPO2_LOW: (A.SPO2_LOW, MEDIUM),
    C.HR_HIGH: (A.HR_HIGH, MEDIUM),
    C.HR_LOW: (A.HR_LOW, MEDIUM),
    C.APNEA: (A.APNOEA, HIGH),
    C.ASYSTOLE: (A.ASYSTOLE, HIGH),
    C.SENSOR_OFF: (A.SIGNAL_MISSING, LOW),
    C.TECHNICAL: (A.DEVICE_TROUBLE, MEDIUM),
    C.OTHER: (A.DEVICE_TROUBLE, MEDIUM),
}


@pytest.mark.parametrize("code", list(C))
def test_every_alarm_of_a_device_is_relayed_at_once_until_it_ends_there(
    code: DeviceAlarmCode,
) -> None:
    bed = AlarmedBed().run(5).device_alarm(code, priority=MEDIUM, text="AS SHOWN")
    alarm = next(iter(bed.state.alarms.values()))
    assert (alarm.code, alarm.priority) == PLACES[code]
    assert alarm.text == "pump-1: AS SHOWN"
    assert alarm.raised_at == bed.now
    bed.acknowledge().run(30)
    assert bed.state.alarms, "nothing here ends a device's own alarm"
    bed.device_alarm(code, AlarmPhase.END)
    assert bed.texts() == []


@pytest.mark.parametrize(
    ("code", "sent", "shown"),
    [(C.SPO2_LOW, LOW, MEDIUM), (C.SPO2_LOW, HIGH, HIGH), (C.HR_HIGH, LOW, LOW),
     (C.TECHNICAL, HIGH, HIGH)],
)  # fmt: skip
def test_a_device_decides_on_its_priority_but_a_low_saturation_is_at_least_medium(
    code: DeviceAlarmCode, sent: AlarmPriority, shown: AlarmPriority
) -> None:
    bed = AlarmedBed().device_alarm(code, device=MONITOR, priority=sent)
    assert next(iter(bed.state.alarms.values())).priority is shown


def test_an_occlusion_that_nobody_saw_stays_after_its_end() -> None:
    bed = AlarmedBed().device_alarm(C.OCCLUSION_DOWNSTREAM)
    bed.run(10).device_alarm(C.OCCLUSION_DOWNSTREAM, AlarmPhase.END)
    assert bed.alarm(A.DELIVERY_STOPPED).state is SignalState.LATCHED
    bed.acknowledge()
    assert bed.texts() == []


def test_the_monitors_alarm_and_ours_of_the_same_are_one() -> None:
    bed = AlarmedBed().run(5)
    bed.device_alarm(C.SPO2_LOW, device=MONITOR, priority=MEDIUM, text="SPO2 LOW 88")
    bed.run(15, spo2=88.0)
    assert [event.code for event in bed.told(AlarmRaised)] == [A.SPO2_LOW]
    texts = [reason.text for reason in bed.alarm(A.SPO2_LOW).reasons]
    assert texts[0] == "SpO2 88 < 90"
    assert "monitor-1: SPO2 LOW 88" in texts


def test_a_probe_that_the_monitor_alarms_and_leaves_out_is_one_alarm() -> None:
    bed = AlarmedBed().run(5)
    bed.device_alarm(C.SENSOR_OFF, device=MONITOR, priority=LOW, text="SPO2 SENSOR OFF")
    bed.run(20, spo2=None, pr=None)
    assert [event.code for event in bed.told(AlarmRaised)] == [A.SIGNAL_MISSING]
    assert bed.alarm(A.SIGNAL_MISSING).priority is MEDIUM
    assert len(bed.alarm(A.SIGNAL_MISSING).reasons) == 2


def test_two_alarms_of_one_pump_that_stop_it_are_one_with_two_reasons() -> None:
    bed = AlarmedBed().device_alarm(C.AIR_IN_LINE, alarm_id="x").acknowledge()
    bed.run(5).device_alarm(C.DOOR_OPEN, alarm_id="y")
    alarm = bed.alarm(A.DELIVERY_STOPPED)
    assert len(alarm.reasons) == 2
    assert alarm.state is SignalState.ACTIVE, "the second one is news"


def test_an_update_keeps_the_beginning_and_takes_the_new_priority() -> None:
    bed = AlarmedBed().device_alarm(C.TECHNICAL, priority=LOW)
    began = bed.now
    bed.run(5).device_alarm(C.TECHNICAL, AlarmPhase.UPDATE, priority=HIGH)
    alarm = bed.alarm(A.DEVICE_TROUBLE)
    assert alarm.priority is HIGH
    assert alarm.since == began
    assert len(bed.told(AlarmRaised)) == 1


def test_a_new_boot_leaves_what_stood_unknown_and_it_stays_until_seen() -> None:
    bed = AlarmedBed().device_alarm(C.TECHNICAL, priority=MEDIUM).run(5)
    bed.take(DeviceRestarted(device=PUMP, boot=BootId("b2")))
    assert bed.alarm(A.DEVICE_TROUBLE).state is SignalState.LATCHED
    assert len(bed.told(AlarmLatched)) == 1
    bed.acknowledge()
    assert bed.texts() == []
    assert len(bed.told(AlarmEnded)) == 1


def test_a_low_alarm_that_a_new_boot_leaves_unknown_is_over() -> None:
    bed = AlarmedBed().device_alarm(C.TECHNICAL, priority=LOW).run(5)
    bed.take(DeviceRestarted(device=PUMP, boot=BootId("b2")))
    assert bed.texts() == []
    assert bed.told(AlarmEnded)[0].how is AlarmEnd.UNKNOWN


def test_the_boot_that_alarms_is_no_new_boot() -> None:
    bed = (
        AlarmedBed().device_alarm(C.TECHNICAL).take(DeviceRestarted(device=PUMP, boot=BootId("b1")))
    )
    assert bed.alarm(A.DEVICE_TROUBLE).state is SignalState.ACTIVE


def test_a_late_beginning_raises_nothing_and_a_late_end_ends() -> None:
    late = AlarmedBed().device_alarm(C.AIR_IN_LINE, late=True, buffered=True)
    assert late.events == []
    bed = AlarmedBed().device_alarm(C.AIR_IN_LINE).acknowledge()
    bed.device_alarm(C.AIR_IN_LINE, AlarmPhase.END, late=True, buffered=True)
    assert bed.texts() == []


def test_what_began_while_its_link_was_down_and_still_stands_is_told_once_its_queue_is_empty() -> (
    None
):
    late: dict[str, Any] = {"late": True, "buffered": True}
    bed = AlarmedBed().device(PUMP, boot=BootId("b1")).device_alarm(C.AIR_IN_LINE, **late)
    bed.run(9)
    assert bed.raised() == []
    bed.run(1)
    assert bed.texts() == ["!!! pump-1: AIR_IN_LINE"]
    bed.device_alarm(C.AIR_IN_LINE, AlarmPhase.END).acknowledge()
    assert bed.texts() == []


def test_what_began_and_ended_while_its_link_was_down_is_never_told() -> None:
    late: dict[str, Any] = {"late": True, "buffered": True}
    bed = AlarmedBed().device(PUMP, boot=BootId("b1")).device_alarm(C.AIR_IN_LINE, **late)
    bed.run(2).device_alarm(C.AIR_IN_LINE, AlarmPhase.END, **late).run(60)
    assert bed.raised() == []


def test_what_an_earlier_boot_had_in_its_queue_begins_nothing() -> None:
    late: dict[str, Any] = {"late": True, "buffered": True}
    bed = AlarmedBed().device(PUMP, boot=BootId("b2")).device_alarm(C.AIR_IN_LINE, **late)
    assert bed.run(60).raised() == []


def test_a_late_beginning_that_is_told_again_live_is_an_alarm_at_once() -> None:
    bed = AlarmedBed().device(PUMP, boot=BootId("b1"))
    bed.device_alarm(C.AIR_IN_LINE, late=True, buffered=True).run(2)
    bed.device_alarm(C.AIR_IN_LINE, AlarmPhase.UPDATE)
    assert bed.texts() == ["!!! pump-1: AIR_IN_LINE"]


def test_what_the_broker_remembered_begins_nothing() -> None:
    bed = AlarmedBed().device(PUMP, boot=BootId("b1"))
    assert bed.device_alarm(C.AIR_IN_LINE, retained=True).run(60).raised() == []


def test_a_late_word_on_what_stands_ends_nothing() -> None:
    bed = AlarmedBed().device_alarm(C.AIR_IN_LINE)
    bed.device_alarm(C.AIR_IN_LINE, AlarmPhase.UPDATE, late=True, buffered=True).run(60)
    assert bed.alarm(A.DELIVERY_STOPPED).current is HIGH


def test_an_alarm_without_words_of_its_own_is_told_by_its_code() -> None:
    bed = AlarmedBed().device_alarm(C.OCCLUSION_UPSTREAM, text="")
    assert bed.texts() == ["!!! pump-1: OCCLUSION UPSTREAM"]


def test_an_end_without_a_beginning_is_nothing() -> None:
    assert AlarmedBed().device_alarm(C.AIR_IN_LINE, AlarmPhase.END).events == []


def test_a_pump_at_an_empty_chair_still_alarms_and_a_loose_probe_does_not() -> None:
    bed = AlarmedBed(empty=True).device_alarm(C.BATTERY_LOW)
    bed.device_alarm(C.SPO2_LOW, device=MONITOR).device_alarm(
        C.SENSOR_OFF, device=MONITOR, alarm_id="s"
    )
    assert bed.texts() == ["!! pump-1: BATTERY_LOW"]
