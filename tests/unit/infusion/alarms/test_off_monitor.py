"""Off the monitor: what is unplugged is not alarmed, the rest is, for ten minutes at most."""

from datetime import timedelta
from typing import Any

from infusion.alarms.events import (
    AlarmEnd,
    AlarmEnded,
    AlarmRaised,
    OffMonitorBegun,
    OffMonitorEnded,
    OffMonitorOver,
)
from infusion.alarms.situation import OverdueCheck
from tests.fixtures.alarmed import AlarmedBed, situation
from tests.fixtures.clinic import START
from tests.fixtures.session import MONITOR, NORA
from vocabulary.alarms import AlarmCode, AlarmPriority, DeviceAlarmCode, SignalState
from vocabulary.signals import SignalName
from vocabulary.states import DeviceLink, InvalidReason, SessionState

UNPLUGGED: dict[str, Any] = {
    "hr": None,
    "pr": None,
    "spo2": None,
    "rr": None,
    "invalid": {
        SignalName.HR: InvalidReason.LEAD_OFF,
        SignalName.PR: InvalidReason.SENSOR_OFF,
        SignalName.SPO2: InvalidReason.SENSOR_OFF,
        SignalName.RR: InvalidReason.LEAD_OFF,
    },
}


def away(bed: AlarmedBed | None = None) -> AlarmedBed:
    bed = bed or AlarmedBed(situation(SessionState.PAUSED)).run(30)
    return bed.deed(OffMonitorBegun, by=NORA, accompanied_by="")


def test_what_is_missing_because_it_is_unplugged_is_no_alarm() -> None:
    bed = away().run(5).run(400, **UNPLUGGED)
    assert bed.raised() == []


def test_a_cannula_that_was_taken_off_is_no_apnoea() -> None:
    flat = {SignalName.ETCO2: InvalidReason.UNDER_RANGE}
    fields = {**UNPLUGGED, "invalid": {**UNPLUGGED["invalid"], **flat}}
    bed = away().run(5).run(400, **fields)
    assert bed.raised() == []


def test_an_unplugged_monitor_is_not_lost() -> None:
    bed = away().run(5).link(MONITOR, DeviceLink.SHUTDOWN).wait(400)
    assert bed.raised() == []


def test_who_takes_the_monitor_off_the_net_is_gone_at_once_and_back_with_it() -> None:
    bed = away().run(2).link(MONITOR, DeviceLink.OFFLINE)
    assert bed.state.off_monitor is not None
    assert bed.state.off_monitor.has_left
    bed.wait(3).link(MONITOR, DeviceLink.ONLINE).run(6)
    assert bed.state.off_monitor is None


def test_the_pump_alarms_as_ever() -> None:
    bed = away().run(5, **UNPLUGGED).device_alarm(DeviceAlarmCode.OCCLUSION_DOWNSTREAM)
    assert bed.alarm(AlarmCode.DELIVERY_STOPPED).priority is AlarmPriority.HIGH


def test_after_ten_minutes_it_is_a_medium_alarm() -> None:
    bed = away()
    began = bed.second
    bed.run(599, **UNPLUGGED)
    assert bed.raised() == []
    bed.run(1, **UNPLUGGED)
    assert bed.texts() == ["!! off the monitor for 10 min"]
    assert bed.second == began + 600


def test_signals_that_stay_for_5_s_end_it() -> None:
    bed = away().run(60, **UNPLUGGED).run(5)
    assert bed.state.off_monitor is not None
    bed.run(1)
    assert bed.state.off_monitor is None
    over = bed.told(OffMonitorOver)[0]
    assert (over.since - START).total_seconds() == 30
    bed.run(20, spo2=None)
    assert bed.raised() == ["no SpO2 for 15 s"]


def test_a_signal_that_shows_up_for_a_moment_does_not_end_it() -> None:
    bed = away().run(60, **UNPLUGGED).run(3).run(60, **UNPLUGGED)
    assert bed.state.off_monitor is not None
    assert bed.raised() == []


def test_signals_that_have_not_gone_yet_do_not_end_it() -> None:
    bed = away().run(60)
    assert bed.state.off_monitor is not None


def test_a_person_ends_it_and_the_signals_get_their_time() -> None:
    bed = away().run(200, **UNPLUGGED).deed(OffMonitorEnded, by=NORA)
    assert bed.state.off_monitor is None
    assert bed.told(OffMonitorOver) == []
    bed.run(14, **UNPLUGGED)
    assert bed.raised() == []
    bed.run(2, **UNPLUGGED)
    assert [event.code for event in bed.told(AlarmRaised)] == [AlarmCode.SIGNAL_MISSING]


def test_the_alarm_of_a_long_absence_ends_with_it() -> None:
    bed = away().run(700, **UNPLUGGED).run(10)
    assert bed.texts() == []


def test_an_alarm_that_stood_when_the_patient_went_is_not_over() -> None:
    bed = away(AlarmedBed(situation(SessionState.PAUSED)).run(15, spo2=88.0))
    bed.run(300, **UNPLUGGED)
    assert bed.alarm(AlarmCode.SPO2_LOW).current is AlarmPriority.HIGH


def test_it_ends_with_the_session() -> None:
    bed = away().run(60, **UNPLUGGED).situate(situation(None))
    assert bed.state.off_monitor is None
    assert len(bed.told(OffMonitorOver)) == 1


def test_what_was_missing_when_the_patient_went_is_suspended_and_not_called_over() -> None:
    bed = AlarmedBed(situation(SessionState.PAUSED)).run(30).run(20, **UNPLUGGED)
    assert bed.alarm(AlarmCode.SIGNAL_MISSING).state is SignalState.ACTIVE
    away(bed)
    assert bed.texts() == []
    assert [e.how for e in bed.told(AlarmEnded)] == [AlarmEnd.NOT_WATCHED]
    bed.run(300, **UNPLUGGED).deed(OffMonitorEnded, by=NORA).run(20, **UNPLUGGED)
    assert bed.alarm(AlarmCode.SIGNAL_MISSING).state is SignalState.ACTIVE


def test_a_monitor_that_was_switched_off_before_the_patient_went_is_not_lost_meanwhile() -> None:
    bed = AlarmedBed(situation(SessionState.PAUSED)).run(30).link(MONITOR, DeviceLink.SHUTDOWN)
    bed.wait(20)
    assert [alarm.code for alarm in bed.state.alarms.values()] == [AlarmCode.DEVICE_LOST]
    away(bed)
    assert bed.texts() == []
    bed.deed(OffMonitorEnded, by=NORA)
    assert [alarm.code for alarm in bed.state.alarms.values()] == [AlarmCode.DEVICE_LOST]


# A check that is late meanwhile.

LATE = OverdueCheck(what="Quick set", due_at=START + timedelta(minutes=1))


def accompanied(seconds: int) -> AlarmedBed:
    """Infusing, a check late for so long, the patient away with somebody from the first minute."""
    bed = AlarmedBed(situation(checks=(LATE,))).run(60)
    return away(bed).run(seconds, **UNPLUGGED)


def test_a_check_that_is_long_late_is_no_alarm_while_the_patient_is_off_the_monitor() -> None:
    bed = accompanied(599)
    assert bed.raised() == []
    bed.run(300, **UNPLUGGED)
    assert bed.texts() == ["!! off the monitor for 10 min"], "one cause, one alarm"


def test_a_check_that_is_long_late_gives_signals_their_time_when_the_patient_is_back() -> None:
    bed = accompanied(700).deed(OffMonitorEnded, by=NORA).run(14, **UNPLUGGED)
    assert bed.texts() == []
    bed.run(1, **UNPLUGGED)
    assert "!! Quick set over 10 min late, no current SpO2, no current BP" in bed.texts()


def test_a_check_that_is_long_late_may_wait_once_the_signals_are_back() -> None:
    bed = accompanied(700).run(300)
    assert bed.state.off_monitor is None
    assert bed.texts() == []


def test_an_alarm_of_a_late_check_is_suspended_while_the_patient_is_off_the_monitor() -> None:
    bed = AlarmedBed(situation(checks=(LATE,))).run(60).run(601, spo2=None)
    assert bed.alarm(AlarmCode.CHECK_OVERDUE).state is SignalState.ACTIVE
    away(bed)
    assert bed.texts() == []
