"""Numbers of the patient: delay, hysteresis, levels, trends; what is unknown clears nothing."""

import random

import pytest

from infusion.alarms.events import AlarmEnd, AlarmEnded, AlarmRaised
from tests.fixtures.alarmed import BASELINE, BOOK, AlarmedBed, situation
from vocabulary.alarms import (
    AlarmCode,
    AlarmKind,
    AlarmPriority,
    LimitedMeasure,
)
from vocabulary.signals import SignalName
from vocabulary.states import InvalidReason, SessionState

LOW, MEDIUM, HIGH = AlarmPriority.LOW, AlarmPriority.MEDIUM, AlarmPriority.HIGH
SPO2_OFF = {SignalName.SPO2: InvalidReason.SENSOR_OFF, SignalName.PR: InvalidReason.SENSOR_OFF}
EVERY_PHASE = ("preparing", "infusing", "paused", "recovery")


def test_normal_numbers_raise_nothing() -> None:
    assert AlarmedBed().run(120).events == []


def test_a_saturation_of_88_for_5_s_raises_nothing_and_for_15_s_one_alarm() -> None:
    assert AlarmedBed().run(60).run(5, spo2=88.0).run(120).events == []
    bed = AlarmedBed().run(60).run(15, spo2=88.0)
    assert bed.raised() == ["SpO2 88 < 90"]
    raised = bed.told(AlarmRaised)[0]
    assert raised.priority is HIGH
    assert raised.kind is AlarmKind.PHYSIOLOGICAL
    assert (raised.value, raised.limit) == (88, 90)
    assert (raised.at - raised.since).total_seconds() == 10
    assert raised.version == BOOK.clinic.version


@pytest.mark.parametrize(
    ("numbers", "delay_s", "text", "priority"),
    [
        ({"spo2": 93.0}, 30, "SpO2 93 < 94", LOW),
        ({"spo2": 91.0}, 15, "SpO2 91 < 92", MEDIUM),
        ({"spo2": 89.0}, 10, "SpO2 89 < 90", HIGH),
        ({"spo2": 84.0}, 3, "SpO2 84 < 85", HIGH),
        ({"hr": 101.0}, 10, "HR 101 > 100", LOW),
        ({"hr": 111.0}, 10, "HR 111 > 110", MEDIUM),
        ({"hr": 134.0}, 10, "HR 134 > 130", HIGH),
        ({"hr": 49.0}, 10, "HR 49 < 50", MEDIUM),
        ({"hr": 39.0}, 10, "HR 39 < 40", HIGH),
        ({"rr": 25.0}, 30, "RR 25 > 24", LOW),
        ({"rr": 9.0}, 30, "RR 9 < 10", LOW),
        ({"rr": 7.0}, 30, "RR 7 < 8", MEDIUM),
        ({"rr": 6.0}, 15, "RR 6 ≤ 6", HIGH),
        ({"etco2": 51.0}, 30, "EtCO2 51 > 50", LOW),
        ({"etco2": 29.0}, 30, "EtCO2 29 < 30", LOW),
        ({"etco2": 56.0}, 30, "EtCO2 56 > 55", MEDIUM),
        ({"etco2": 24.0}, 30, "EtCO2 24 < 25", MEDIUM),
    ],
)
def test_a_limit_is_an_alarm_after_its_delay_and_not_before(
    numbers: dict[str, float], delay_s: int, text: str, priority: AlarmPriority
) -> None:
    bed = AlarmedBed()
    bed.numbers |= {"etco2": 37.0}
    bed.run(1).run(delay_s, **numbers)
    before = [t for t in bed.texts() if t.endswith(text)]
    assert not before
    bed.run(1, **numbers)
    alarm = next(a for a in bed.state.alarms.values() if text in a.text)
    assert alarm.priority is priority
    assert bed.second == delay_s + 2  # the first such number came at 2 s


def test_an_end_tidal_co2_10_over_the_patients_own_is_an_alarm_below_the_fixed_limit() -> None:
    baseline = {**BASELINE, LimitedMeasure.ETCO2: 34.0}
    bed = AlarmedBed(situation(baseline=baseline)).run(1).run(30, etco2=45.0)
    assert bed.raised() == []
    bed.run(1, etco2=45.0)
    assert bed.texts() == ["!! EtCO2 45 > 44 (+10 of 34)"]


@pytest.mark.parametrize("numbers", [{"spo2": 94.0}, {"hr": 100.0}, {"hr": 50.0}, {"rr": 24.0}])
def test_a_number_on_its_limit_is_within(numbers: dict[str, float]) -> None:
    assert AlarmedBed().run(90, **numbers).raised() == []


def test_flicker_round_a_limit_for_5_min_is_one_alarm() -> None:
    chance = random.Random(4)
    bed = AlarmedBed()
    for _ in range(300):
        bed.run(1, spo2=90.0 + chance.choice([-1, 1]))
    assert len(bed.raised()) == 1
    assert not bed.told(AlarmEnded)
    assert bed.alarm(AlarmCode.SPO2_LOW).priority is HIGH


def test_an_alarm_is_over_once_the_number_was_clear_for_15_s() -> None:
    bed = AlarmedBed().run(20, hr=115.0).run(60, hr=108.0)
    assert bed.texts() == ["!! HR 115 > 110"], "108 is inside the limit, but not by 3"
    bed.run(10, hr=107.0).run(1, hr=109.0).run(14, hr=107.0)
    assert bed.texts() == ["!! HR 115 > 110"], "it was clear for 10 s, and for 14"
    bed.run(2, hr=78.0)
    assert [t for t in bed.texts() if "110" in t] == []


def test_deeper_is_more_urgent_and_still_the_same_alarm() -> None:
    bed = AlarmedBed().run(20, spo2=91.0)
    first = bed.alarm(AlarmCode.SPO2_LOW)
    assert first.priority is MEDIUM
    bed.run(12, spo2=88.0)
    after = bed.alarm(AlarmCode.SPO2_LOW)
    assert after.id == first.id
    assert after.priority is HIGH
    assert after.text == "SpO2 88 < 90"
    assert len(bed.raised()) == 1


def test_nobody_in_the_chair_is_not_watched() -> None:
    bed = AlarmedBed(empty=True).run(60, spo2=70.0, hr=200.0)
    assert bed.events == []


@pytest.mark.parametrize("phase", EVERY_PHASE)
def test_a_deep_saturation_is_high_in_every_phase(phase: str) -> None:
    bed = AlarmedBed(situation(SessionState(phase))).run(5, spo2=82.0)
    assert bed.alarm(AlarmCode.SPO2_LOW).priority is HIGH


def test_what_came_late_raises_no_live_alarm() -> None:
    bed = AlarmedBed().run(60, spo2=70.0, late=True, buffered=True)
    assert [e for e in bed.told(AlarmRaised) if e.kind is AlarmKind.PHYSIOLOGICAL] == []


def test_the_oximeter_counts_where_there_is_no_ecg() -> None:
    bed = AlarmedBed().run(12, hr=None, pr=140.0)
    assert bed.alarm(AlarmCode.HR_HIGH).text == "HR 140 > 130"
    lead_off = {SignalName.HR: InvalidReason.LEAD_OFF}
    assert AlarmedBed().run(60, hr=None, invalid=lead_off).raised() == []


def test_a_number_that_no_instrument_can_show_is_no_finding_of_the_patient() -> None:
    bad = {SignalName.SPO2: InvalidReason.IMPLAUSIBLE, SignalName.RR: InvalidReason.IMPLAUSIBLE}
    bed = AlarmedBed().run(5).run(40, spo2=0.0, rr=0.0, invalid=bad)
    assert {event.kind for event in bed.told(AlarmRaised)} == {AlarmKind.TECHNICAL}


# Apnoea, and quick changes.


def test_no_breath_in_the_capnogram_for_20_s_is_apnoea() -> None:
    bed = AlarmedBed()
    bed.numbers |= {"etco2": 37.0}
    no_breath = {SignalName.ETCO2: InvalidReason.UNDER_RANGE}
    bed.run(10).run(20, etco2=None, invalid=no_breath)
    assert bed.raised() == []
    bed.run(1, etco2=None, invalid=no_breath)
    assert bed.alarm(AlarmCode.APNOEA).priority is HIGH
    assert bed.alarm(AlarmCode.APNOEA).text == "no breath for 20 s"


def test_a_line_that_is_off_is_no_apnoea() -> None:
    bed = AlarmedBed()
    bed.numbers |= {"etco2": 37.0}
    bed.run(10).run(60, etco2=None, invalid={SignalName.ETCO2: InvalidReason.SENSOR_OFF})
    assert [event.code for event in bed.told(AlarmRaised)] == [AlarmCode.SIGNAL_MISSING]


@pytest.mark.parametrize("why", [InvalidReason.SENSOR_OFF, InvalidReason.ARTIFACT])
def test_apnoea_is_not_over_because_its_line_came_off(why: InvalidReason) -> None:
    bed = AlarmedBed()
    bed.numbers |= {"etco2": 37.0, "rr": None}
    bed.run(10).run(25, etco2=None, invalid={SignalName.ETCO2: InvalidReason.UNDER_RANGE})
    bed.acknowledge().run(120, etco2=None, invalid={SignalName.ETCO2: why})
    assert bed.alarm(AlarmCode.APNOEA).current is HIGH
    bed.run(4)
    assert bed.alarm(AlarmCode.APNOEA).current is HIGH
    bed.run(3)
    assert AlarmCode.APNOEA not in {a.code for a in bed.state.alarms.values()}, "it breathes"


def test_a_heart_rate_that_falls_by_30_within_a_minute_is_told_silently() -> None:
    bed = AlarmedBed().run(60, hr=90.0).run(9, hr=58.0)
    assert bed.raised() == []
    bed.run(3, hr=58.0)
    assert bed.raised() == ["HR fell by 32 within 60 s, now 58"]
    assert bed.alarm(AlarmCode.HR_CHANGING).priority is LOW


def test_a_saturation_that_falls_by_5_is_told_silently_before_a_limit_is() -> None:
    bed = AlarmedBed().run(60, spo2=98.0).run(15, spo2=93.0)
    assert bed.raised() == []
    bed.run(2, spo2=93.0)
    assert bed.texts() == ["! SpO2 fell by 5 within 60 s, now 93"]
    assert bed.alarm(AlarmCode.SPO2_FALLING).priority is LOW
    bed.run(20, spo2=91.0)
    assert bed.alarm(AlarmCode.SPO2_LOW).priority is MEDIUM


def test_a_quick_way_back_to_the_baseline_is_no_trend() -> None:
    bed = AlarmedBed().run(60, hr=105.0).run(30, hr=73.0)
    assert [text for text in bed.raised() if "fell" in text] == []


def test_a_slow_change_is_no_trend() -> None:
    bed = AlarmedBed()
    for rate in range(95, 55, -1):
        bed.run(4, hr=float(rate))
    assert bed.raised() == []


def test_a_dip_of_movement_is_no_alarm() -> None:
    assert AlarmedBed().run(60).run(8, spo2=87.0).run(60).raised() == []


# Who is in the chair.


def test_what_was_alarmed_of_one_patient_ends_with_the_session() -> None:
    bed = AlarmedBed().run(15, spo2=88.0).run(20, hr=115.0)
    bed.situate(situation(None))
    assert bed.texts() == []
    assert {event.how for event in bed.told(AlarmEnded)} == {AlarmEnd.NOT_WATCHED}
    assert bed.state.heard == {}


@pytest.mark.parametrize(
    ("measure", "value", "text"),
    [
        ("moaas", 4.0, None),
        ("moaas", 3.0, "!! MOAA/S 3 ≤ 3"),
        ("moaas", 2.0, "!!! MOAA/S 2 ≤ 2"),
        ("rass", 1.0, None),
        ("rass", 3.0, "!!! RASS 3 ≥ 3"),
        ("rass", -2.0, "! RASS -2 ≤ -2"),
        ("rass", -3.0, "!! RASS -3 ≤ -3"),
        ("rass", -4.0, "!!! RASS -4 ≤ -4"),
        ("dissociation", 6.0, None),
        ("dissociation", 7.0, "! Dissociation 7 ≥ 7"),
        ("distress", 7.0, "!! Distress 7 ≥ 7"),
        ("nausea", 1.0, "! Nausea 1 ≥ 1"),
        ("nausea", 3.0, "!! Nausea 3 ≥ 3"),
    ],
)
def test_each_step_of_a_judged_scale_has_its_priority(
    measure: str, value: float, text: str | None
) -> None:
    bed = AlarmedBed().situate(scores={LimitedMeasure(measure): value})
    assert bed.texts() == ([] if text is None else [text])


def test_a_judged_scale_is_an_alarm_at_once() -> None:
    bed = AlarmedBed().situate(scores={LimitedMeasure.MOAAS: 2.0})
    assert bed.texts() == ["!!! MOAA/S 2 ≤ 2"]
    bed.situate(scores={LimitedMeasure.MOAAS: 4.0}).acknowledge()
    assert bed.texts() == []


def test_a_little_restless_is_told_silently_and_aloud_once_it_lasts() -> None:
    bed = AlarmedBed().situate(scores={LimitedMeasure.RASS: 2.0})
    assert bed.texts() == ["! RASS 2 ≥ 2"]
    bed.run(599)
    assert bed.alarm(AlarmCode.AGITATION).priority is LOW
    bed.run(1)
    assert bed.texts() == ["!! RASS 2 ≥ 2"]
    brief = AlarmedBed().situate(scores={LimitedMeasure.RASS: 2.0}).run(300)
    brief.situate(scores={LimitedMeasure.RASS: 1.0}).run(400)
    assert brief.raised() == ["RASS 2 ≥ 2"]
    assert brief.told(AlarmRaised)[0].priority is LOW


@pytest.mark.parametrize(
    ("nausea", "moaas", "is_risk"),
    [(3.0, 3.0, True), (3.0, 1.0, True), (3.0, 4.0, False), (2.0, 3.0, False)],
)
def test_vomiting_of_somebody_who_is_hard_to_rouse_is_high(
    nausea: float, moaas: float, is_risk: bool
) -> None:
    scores = {LimitedMeasure.NAUSEA: nausea, LimitedMeasure.MOAAS: moaas}
    alarm = AlarmedBed().situate(scores=scores).alarm(AlarmCode.NAUSEA)
    assert (alarm.priority is HIGH) is is_risk
    assert ("aspiration risk" in alarm.text) is is_risk


def test_a_patient_who_asks_to_stop_is_heard_while_the_pump_runs() -> None:
    bed = AlarmedBed().situate(asks_to_stop=True)
    assert bed.texts() == ["!! asks to stop"]
    assert bed.situate(phase=SessionState.PAUSED).texts() == []


@pytest.mark.parametrize(
    ("numbers", "text"),
    [({"rr": 7.8}, "RR 7.8 < 8"), ({"rr": 9.4}, "RR 9 < 10"), ({"spo2": 91.9}, "SpO2 91.9 < 92")],
)
def test_a_number_is_never_rounded_onto_its_limit(numbers: dict[str, float], text: str) -> None:
    assert AlarmedBed().run(31, **numbers).texts()[0].endswith(text)
