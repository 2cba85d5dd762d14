"""The drug and its pump: rate, dose and time against the order; pumps that should not run."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from infusion.alarms.events import AlarmEnded, AlarmRaised, AlarmReturned
from infusion.alarms.situation import DoseNow
from infusion.alarms.state import AlarmBook
from infusion.conflicts import Conflict, ConflictKind
from tests.fixtures.alarmed import ORDER, AlarmedBed, situation
from tests.fixtures.clinic import two_beds
from tests.fixtures.session import PUMP
from vocabulary.alarms import (
    AlarmCode,
    AlarmKind,
    AlarmPhase,
    AlarmPriority,
    DeviceAlarmCode,
)
from vocabulary.ids import BedId, DeviceId
from vocabulary.states import DeviceLink, PumpState, SessionState

LOW, MEDIUM, HIGH = AlarmPriority.LOW, AlarmPriority.MEDIUM, AlarmPriority.HIGH


def dose(mg: float | None = 10.0, minutes: float = 17, ends_in_min: float | None = 43) -> DoseNow:
    ends_in_s = None if ends_in_min is None else ends_in_min * 60
    return DoseNow(given_mg=mg, running_s=minutes * 60, ends_in_s=ends_in_s)


def pumping(bed: AlarmedBed, seconds: int, given: DoseNow | None = None, **fields: Any) -> None:
    """A reading a second, and the monitor beside it."""
    for _ in range(seconds):
        bed.run(1).pump(dose=given, **fields)


def test_the_ordered_rate_raises_nothing() -> None:
    bed = AlarmedBed()
    pumping(bed, 150, dose(), dose_rate_mg_kg_h=0.5, drug="ketamine")
    assert bed.events == []


@pytest.mark.parametrize("rate", [35.0, 35.04, 34.5, 35.69])
def test_a_rate_within_2_percent_is_the_ordered_one(rate: float) -> None:
    bed = AlarmedBed()
    pumping(bed, 200, rate_ml_h=rate)
    assert bed.events == []


def test_another_rate_is_an_alarm_after_2_min_and_not_before() -> None:
    bed = AlarmedBed()
    pumping(bed, 120, rate_ml_h=42.0)
    assert bed.events == []
    pumping(bed, 1, rate_ml_h=42.0)
    assert bed.texts() == ["!! rate 42, ordered 35 mL/h"]
    alarm = bed.alarm(AlarmCode.RATE_WRONG)
    assert alarm.kind is AlarmKind.DELIVERY
    assert alarm.subject == PUMP


def test_a_rate_that_was_explained_meanwhile_is_no_alarm() -> None:
    bed = AlarmedBed()
    pumping(bed, 60, rate_ml_h=42.0)
    bed.situate(order=msgspec.structs.replace(ORDER, rate_ml_h=42.0))
    pumping(bed, 200, rate_ml_h=42.0)
    assert bed.events == []


@pytest.mark.parametrize("rate", [400.0, 3.5])
def test_a_slipped_decimal_point_is_high_at_once(rate: float) -> None:
    bed = AlarmedBed(situation(order=msgspec.structs.replace(ORDER, most_ml_h=None)))
    pumping(bed, 1, rate_ml_h=rate)
    alarm = bed.alarm(AlarmCode.RATE_WRONG)
    assert alarm.priority is HIGH
    assert "check the decimal point" in alarm.text
    assert alarm.raised_at == bed.now


def test_over_the_hard_limit_and_ten_times_the_order_is_one_alarm_with_both_reasons() -> None:
    bed = AlarmedBed()
    pumping(bed, 1, rate_ml_h=350.0)
    assert [r.key for r in bed.alarm(AlarmCode.RATE_WRONG).reasons] == [
        f"rate_over_limit:{PUMP}",
        f"rate_slipped:{PUMP}",
    ]
    assert len(bed.told(AlarmRaised)) == 1


def test_a_rate_alarm_ends_with_the_right_rate_and_stays_if_nobody_saw_it() -> None:
    bed = AlarmedBed()
    pumping(bed, 1, rate_ml_h=350.0)
    pumping(bed, 1)
    assert bed.alarm(AlarmCode.RATE_WRONG).current is None
    bed.acknowledge()
    assert bed.texts() == []


def test_a_silent_pump_says_nothing_of_its_rate() -> None:
    bed = AlarmedBed()
    pumping(bed, 125, rate_ml_h=42.0)
    bed.link(PUMP, DeviceLink.SILENT).run(300)
    assert bed.alarm(AlarmCode.RATE_WRONG).current is MEDIUM


def test_a_delay_of_the_rate_stands_still_while_the_pump_is_silent() -> None:
    bed = AlarmedBed()
    pumping(bed, 60, rate_ml_h=42.0)
    bed.link(PUMP, DeviceLink.SILENT).run(300)
    assert [text for text in bed.raised() if "rate" in text] == []


@pytest.mark.parametrize(("mg", "is_over"), [(36.0, False), (36.75, False), (36.8, True)])
def test_the_dose_speaks_above_105_percent_of_the_order(mg: float, is_over: bool) -> None:
    bed = AlarmedBed()
    pumping(bed, 1, dose(mg, 60, None))
    assert (bed.texts() == ["!! given 36.8 of 35 mg"]) is is_over


def test_over_the_hard_limit_of_the_dose_is_high() -> None:
    bed = AlarmedBed()
    pumping(bed, 1, dose(70.5, 60, None))
    assert bed.texts() == ["!!! given 70.5 > 70 mg, the hard limit"]
    assert len(bed.alarm(AlarmCode.DOSE_OVER).reasons) == 2


@pytest.mark.parametrize(
    ("mg", "text"),
    [(42.0, "given 42.0 of 35 mg"), (42.1, "given 42.1 > 42 mg, the soft limit"),
     (70.5, "given 70.5 > 70 mg, the hard limit")],
)  # fmt: skip
def test_over_the_soft_limit_of_the_dose_is_high_too(mg: float, text: str) -> None:
    bed = AlarmedBed(situation(order=msgspec.structs.replace(ORDER, soft_mg=42.0)))
    pumping(bed, 1, dose(mg, 60, None))
    alarm = bed.alarm(AlarmCode.DOSE_OVER)
    assert alarm.text == text
    assert alarm.priority is (MEDIUM if mg == 42.0 else HIGH)


def test_an_unknown_dose_raises_and_ends_nothing_by_itself() -> None:
    bed = AlarmedBed()
    pumping(bed, 1, dose(None, 60, None))
    assert bed.events == []


@pytest.mark.parametrize(("minutes", "is_long"), [(60, False), (61.2, False), (61.3, True)])
def test_the_time_speaks_2_percent_past_the_order(minutes: float, is_long: bool) -> None:
    bed = AlarmedBed(situation(order=msgspec.structs.replace(ORDER, ordered_min=60.0)))
    pumping(bed, 1, dose(20, minutes, None))
    assert (bed.texts() == ["!! infusing for 61 min, ordered 60"]) is is_long


def test_still_infusing_past_the_soft_limit_of_the_time_is_high() -> None:
    order = msgspec.structs.replace(ORDER, ordered_min=60.0, soft_min=75.0)
    bed = AlarmedBed(situation(order=order))
    pumping(bed, 1, dose(20, 75, None))
    assert bed.alarm(AlarmCode.INFUSION_LONG).priority is MEDIUM
    pumping(bed, 1, dose(20, 75.1, None))
    assert bed.texts() == ["!!! infusing for 75 min, the soft limit is 75"]
    by_dose = AlarmedBed(situation(order=msgspec.structs.replace(ORDER, soft_min=75.0)))
    pumping(by_dose, 1, dose(20, 80, None))
    assert by_dose.events == [], "a rate that was stepped down takes its time"


def test_the_minutes_say_nothing_where_the_dose_ends_the_infusion() -> None:
    bed = AlarmedBed()
    pumping(bed, 1, dose(20, 80, None))
    assert bed.events == []
    pumping(bed, 1, dose(20, 121, None))
    assert bed.texts() == ["!!! infusing for 121 min, the hard limit is 120"]


def test_a_pump_that_delivers_after_the_end_is_high_at_once() -> None:
    bed = AlarmedBed(situation(SessionState.RECOVERY)).run(5)
    bed.situate(phase=SessionState.INFUSING, phase_since=bed.now)
    assert bed.texts() == ["!!! pump delivers after the end of the infusion"]
    bed.run(30).situate(phase=SessionState.RECOVERY)
    assert bed.alarm(AlarmCode.DELIVERY_AFTER_END).current is None


def test_a_resumed_pause_is_no_delivery_after_the_end() -> None:
    bed = AlarmedBed(situation(SessionState.PAUSED)).run(5)
    bed.situate(phase=SessionState.INFUSING, phase_since=bed.now)
    assert bed.events == []


def test_a_pump_of_which_nobody_said_what_it_runs_for() -> None:
    bed = AlarmedBed(situation(SessionState.INFUSING, unconfirmed=(PUMP,)))
    pumping(bed, 1)
    assert bed.texts() == ["!! PUMP RUNNING, NOT CONFIRMED 35.0 mL/h"]
    bed.situate(unconfirmed=())
    assert bed.texts() == []


def test_a_pump_that_runs_at_an_empty_chair_is_told() -> None:
    bed = AlarmedBed(empty=True).pump()
    assert bed.texts() == ["!! PUMP RUNNING, NOT CONFIRMED 35.0 mL/h"]
    bed.pump(state=PumpState.STOPPED, rate_ml_h=0.0)
    assert bed.texts() == []


def test_a_pump_that_is_not_the_sessions_is_told() -> None:
    bed = AlarmedBed().pump(device=DeviceId("pump-9"))
    assert bed.texts() == ["!! PUMP RUNNING, NOT CONFIRMED 35.0 mL/h"]


def test_the_rate_of_a_pump_that_is_not_the_sessions_is_not_compared_with_its_order() -> None:
    bed = AlarmedBed().pump(device=DeviceId("pump-9"), rate_ml_h=350.0)
    assert bed.texts() == ["!! PUMP RUNNING, NOT CONFIRMED 350.0 mL/h"]


def test_before_any_pump_is_associated_the_one_at_the_bed_is_compared() -> None:
    bed = AlarmedBed(situation(own_devices=())).pump()
    assert bed.events == []
    bed.run(1).pump(rate_ml_h=350.0)
    assert bed.alarm(AlarmCode.RATE_WRONG).priority is HIGH


def test_a_pump_that_infuses_nothing_does_not_run() -> None:
    bed = AlarmedBed(situation(SessionState.RECOVERY, unconfirmed=(PUMP,)))
    pumping(bed, 5, rate_ml_h=0.0)
    assert bed.events == []


def test_half_the_smallest_step_of_a_pump_is_the_same_rate() -> None:
    bed = AlarmedBed(situation(order=msgspec.structs.replace(ORDER, rate_ml_h=1.0)))
    pumping(bed, 200, rate_ml_h=1.04)
    assert bed.events == []


@pytest.mark.parametrize(("step_ml_h", "codes"), [("2", []), ("1", [AlarmCode.RATE_WRONG])])
def test_the_smallest_step_is_that_of_the_clinics_pumps(
    step_ml_h: str, codes: list[AlarmCode]
) -> None:
    clinic = two_beds()
    dosing = msgspec.structs.replace(clinic.dosing, pump_step_ml_h=Decimal(step_ml_h))
    book = AlarmBook(msgspec.structs.replace(clinic, dosing=dosing))
    bed = AlarmedBed(situation(), book)
    pumping(bed, 200, rate_ml_h=36.0)
    assert [event.code for event in bed.events if isinstance(event, AlarmRaised)] == codes


def test_priming_is_neither_a_wrong_rate_nor_unconfirmed() -> None:
    bed = AlarmedBed(situation(SessionState.PREPARING, not_drug=(PUMP,)))
    pumping(bed, 10, rate_ml_h=400.0)
    assert bed.events == []


def test_a_pump_still_running_15_s_after_its_pause_was_confirmed() -> None:
    bed = AlarmedBed()
    pumping(bed, 5)
    bed.situate(pause_said_at=bed.now)
    pumping(bed, 14)
    assert bed.events == []
    pumping(bed, 1)
    assert bed.texts() == ["!! STILL RUNNING 35.0 mL/h"]
    bed.run(1).pump(state=PumpState.PAUSED, rate_ml_h=0.0)
    assert bed.texts() == []


def test_still_running_is_told_even_if_the_pump_falls_silent_then() -> None:
    bed = AlarmedBed()
    pumping(bed, 5)
    bed.situate(pause_said_at=bed.now).run(15)
    assert bed.texts() == ["!! STILL RUNNING 35.0 mL/h"]


@pytest.mark.parametrize(
    ("fields", "text", "priority", "delay_s"),
    [
        ({"drug": "propofol"}, "pump set up for propofol, ordered ketamine", HIGH, 2),
        ({"concentration_mg_ml": 2.0}, "pump set up for 2 mg/mL, ordered 1", HIGH, 2),
        ({"weight_kg": 80.0}, "pump set up for 80 kg, ordered 70", MEDIUM, 2),
        ({"dose_rate_mg_kg_h": 0.75}, "pump says 0.750 mg/kg/h, its rate gives 0.500", MEDIUM, 10),
    ],
)
def test_a_pump_set_up_otherwise_than_ordered(
    fields: dict[str, Any], text: str, priority: AlarmPriority, delay_s: int
) -> None:
    bed = AlarmedBed()
    pumping(bed, delay_s, **fields)
    assert bed.events == []
    pumping(bed, 1, **fields)
    alarm = bed.alarm(AlarmCode.PUMP_SETUP_WRONG)
    assert (alarm.text, alarm.priority) == (text, priority)


def test_a_wrong_weight_is_told_once_and_not_by_the_dose_rate_again() -> None:
    bed = AlarmedBed()
    pumping(bed, 20, weight_kg=80.0, dose_rate_mg_kg_h=35 / 80)
    assert len(bed.alarm(AlarmCode.PUMP_SETUP_WRONG).reasons) == 1


def test_an_impossible_number_of_the_pump_is_not_compared() -> None:
    bed = AlarmedBed()
    fields = {"weight_kg": 0.0, "rate_ml_h": 9999.0}
    pumping(bed, 20, implausible=("weight", "rate"), **fields)
    assert bed.events == []


def test_two_pumps_that_run_at_one_bed() -> None:
    both = Conflict(
        kind=ConflictKind.TWO_PUMPS_RUNNING,
        beds=(BedId("1"),),
        devices=(PUMP, DeviceId("pump-9")),
    )
    bed = AlarmedBed().situate(conflicts=(both,)).run(3)
    assert bed.texts() == ["!!! two pumps run here: pump-1 and pump-9"]


# The end.


def test_the_end_is_one_silent_notice_and_nothing_else() -> None:
    bed = AlarmedBed()
    for left_s in range(400, 0, -1):
        pumping(bed, 1, DoseNow(given_mg=35 - left_s * 35 / 3600, running_s=0, ends_in_s=left_s))
        if left_s == 360:
            bed.device_alarm(DeviceAlarmCode.NEAR_END, priority=LOW, alarm_id="n")
    bed.device_alarm(DeviceAlarmCode.NEAR_END, AlarmPhase.END, alarm_id="n")
    bed.device_alarm(DeviceAlarmCode.COMPLETE, priority=MEDIUM, alarm_id="c")
    bed.situate(phase=SessionState.RECOVERY, phase_since=bed.now)
    bed.run(1).pump(state=PumpState.KVO, rate_ml_h=1.0).run(120)
    bed.device_alarm(DeviceAlarmCode.COMPLETE, AlarmPhase.END, alarm_id="c")
    assert [event.code for event in bed.told(AlarmRaised)] == [AlarmCode.INFUSION_ENDING]
    assert bed.told(AlarmRaised)[0].priority is LOW
    assert bed.told(AlarmReturned) == []
    assert len(bed.told(AlarmEnded)) == 1
    assert bed.texts() == []


def test_the_notice_comes_5_min_before_the_end() -> None:
    bed = AlarmedBed()
    pumping(bed, 1, DoseNow(given_mg=30, running_s=0, ends_in_s=301))
    assert bed.events == []
    pumping(bed, 1, DoseNow(given_mg=30, running_s=0, ends_in_s=300))
    assert bed.texts() == ["! infusion ends in 5 min"]


def test_a_titration_does_not_tell_the_end_twice() -> None:
    bed = AlarmedBed()
    for left_s in (300, 250, 400, 380, 299, 200):
        pumping(bed, 5, DoseNow(given_mg=30, running_s=0, ends_in_s=left_s))
    assert len(bed.raised()) == 1
    assert bed.told(AlarmReturned) == []


def test_an_empty_syringe_at_the_end_is_no_interruption_and_before_it_is_one() -> None:
    bed = AlarmedBed().pump(dose=dose(34.0)).device_alarm(DeviceAlarmCode.EMPTY)
    assert bed.alarm(AlarmCode.INFUSION_ENDING).priority is LOW
    early = AlarmedBed().pump(dose=dose(20.0)).device_alarm(DeviceAlarmCode.EMPTY)
    assert early.alarm(AlarmCode.DELIVERY_STOPPED).priority is HIGH
    unknown = AlarmedBed().pump(dose=dose(None)).device_alarm(DeviceAlarmCode.EMPTY)
    assert unknown.alarm(AlarmCode.DELIVERY_STOPPED).priority is HIGH


@pytest.mark.parametrize(
    "code",
    [DeviceAlarmCode.OCCLUSION_DOWNSTREAM, DeviceAlarmCode.AIR_IN_LINE, DeviceAlarmCode.DOOR_OPEN],
)
def test_near_the_end_whatever_stops_the_pump_is_still_high(code: DeviceAlarmCode) -> None:
    bed = AlarmedBed().pump(dose=dose(34.0)).device_alarm(code)
    assert bed.alarm(AlarmCode.DELIVERY_STOPPED).priority is HIGH


def test_a_late_reading_raises_nothing() -> None:
    bed = AlarmedBed().pump(rate_ml_h=350.0, late=True)
    assert bed.events == []
    assert bed.state.pumps == {}


def test_the_next_patient_has_nothing_of_the_last_ones_dose() -> None:
    bed = AlarmedBed()
    pumping(bed, 1, dose(36.8, 60, None))
    bed.situate(situation(None)).wait(60)
    bed.now += timedelta(minutes=10)
    bed.situate(situation(SessionState.PREPARING))
    assert bed.texts() == []
