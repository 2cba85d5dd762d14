"""The cuff: a first reading over a limit asks for a repeat; the repeat decides."""

import msgspec
import pytest

from infusion.alarms.events import AlarmEnded, AlarmRaised
from infusion.alarms.rules import LimitName
from infusion.alarms.state import AlarmBook
from tests.fixtures.alarmed import BOOK, AlarmedBed, situation
from vocabulary.alarms import (
    AlarmCode,
    AlarmKind,
    AlarmPriority,
    DeviceEventCode,
    LimitedMeasure,
)
from vocabulary.signals import SignalName
from vocabulary.states import InvalidReason, SessionState

MEDIUM, HIGH = AlarmPriority.MEDIUM, AlarmPriority.HIGH


def test_a_first_reading_over_a_limit_asks_for_a_repeat_at_once() -> None:
    bed = AlarmedBed().run(60).cuff(190, 112)
    assert bed.texts() == ["!! REPEAT CUFF 190/112"]
    alarm = bed.alarm(AlarmCode.REPEAT_CUFF)
    assert (alarm.priority, alarm.kind) == (MEDIUM, AlarmKind.PHYSIOLOGICAL)
    assert alarm.raised_at == bed.now


def test_a_repeat_that_is_over_too_is_the_alarm_with_all_its_reasons() -> None:
    bed = AlarmedBed().run(60).cuff(190, 112).run(45).cuff(186, 104)
    assert bed.texts() == ["!!! SBP 186 ≥ 180, MAP 131 > 130"]
    reasons = [reason.text for reason in bed.alarm(AlarmCode.BP_HIGH).reasons]
    assert "DBP 104 ≥ 100" in reasons
    assert "SBP 186 > 158.6 (+30 % of 122)" in reasons
    assert bed.raised() == ["REPEAT CUFF 190/112", "SBP 186 ≥ 180, MAP 131 > 130"]


def test_a_repeat_that_is_normal_ends_the_prompt_and_raises_nothing() -> None:
    bed = AlarmedBed().run(60).cuff(190, 112).run(45).cuff(140, 85).run(300)
    assert bed.raised() == ["REPEAT CUFF 190/112"]
    assert bed.texts() == []


def test_without_a_repeat_within_2_min_the_first_reading_counts() -> None:
    bed = AlarmedBed().run(60).cuff(168, 96).run(119)
    assert bed.texts() == ["!! REPEAT CUFF 168/96"]
    bed.run(1)
    assert bed.texts() == ["!! SBP 168 ≥ 165, SBP 168 > 158.6 (+30 % of 122)"]
    assert bed.second == 180


def test_no_repeat_counts_even_if_nothing_at_all_is_heard() -> None:
    bed = AlarmedBed().run(60).cuff(168, 96).wait(120)
    raised = next(e for e in bed.told(AlarmRaised) if e.code is AlarmCode.BP_HIGH)
    assert (raised.at - bed.now).total_seconds() == 0


def test_a_cuff_that_fails_counts_as_confirmed() -> None:
    bed = AlarmedBed().run(60).cuff(168, 96).run(30).event(DeviceEventCode.NIBP_FAILED)
    assert bed.alarm(AlarmCode.BP_HIGH).priority is MEDIUM
    told_bad = AlarmedBed().run(60).cuff(168, 96).run(30)
    told_bad.say(invalid={SignalName.NIBP: InvalidReason.ARTIFACT})
    assert told_bad.alarm(AlarmCode.BP_HIGH).priority is MEDIUM


@pytest.mark.parametrize(("sys", "dia"), [(200, 95), (150, 120), (230, 130)])
def test_200_or_120_and_above_wait_for_nothing(sys: int, dia: int) -> None:
    bed = AlarmedBed().run(60).cuff(sys, dia)
    assert bed.alarm(AlarmCode.BP_HIGH).priority is HIGH
    assert not [event for event in bed.told(AlarmRaised) if event.code is AlarmCode.REPEAT_CUFF]


def test_symptoms_wait_for_nothing_and_make_a_medium_pressure_high() -> None:
    bed = AlarmedBed(situation(has_symptoms=True)).run(60).cuff(168, 96)
    assert bed.alarm(AlarmCode.BP_HIGH).priority is HIGH
    later = AlarmedBed().run(60).cuff(168, 96).situate(has_symptoms=True)
    assert later.alarm(AlarmCode.BP_HIGH).priority is HIGH


@pytest.mark.parametrize(("sys", "dia"), [(151, 80), (155, 99), (158, 96), (164, 97)])
def test_a_pressure_over_150_or_20_percent_is_no_alarm(sys: int, dia: int) -> None:
    bed = AlarmedBed(situation(baseline={})).run(60).cuff(sys, dia)
    assert bed.events == []


def test_a_clinics_low_limit_of_the_pressure_asks_for_no_repeat() -> None:
    medium = BOOK.rules.find_limit(LimitName("sys_above_medium"))
    assert medium is not None
    low = msgspec.structs.replace(
        medium, limit=LimitName("sys_above_low"), amount=150.0, priority=AlarmPriority.LOW
    )
    rules = msgspec.structs.replace(BOOK.rules, limits=(*BOOK.rules.limits, low))
    book = AlarmBook(msgspec.structs.replace(BOOK.clinic, alarms=rules))
    bed = AlarmedBed(situation(baseline={}), book=book).run(60).cuff(155, 80)
    assert bed.texts() == ["! SBP 155 ≥ 150"]


@pytest.mark.parametrize(("sys", "dia"), [(165, 80), (140, 100)])
def test_on_the_medium_limit_is_over_it(sys: int, dia: int) -> None:
    assert AlarmedBed().run(60).cuff(sys, dia).texts() == [f"!! REPEAT CUFF {sys}/{dia}"]


@pytest.mark.parametrize(
    ("sys", "dia", "text"),
    [
        (165, 80, "!! SBP 165 ≥ 165"),
        (180, 80, "!!! SBP 180 ≥ 180"),
        (140, 100, "!! DBP 100 ≥ 100"),
        (140, 110, "!!! DBP 110 ≥ 110"),
        (164, 99, "!! MAP 121 > 120"),
        (179, 109, "!!! MAP 132 > 130"),
        (90, 60, "!!! SBP 90 ≤ 90"),
        (95, 40, "!!! MAP 58 < 60"),
    ],
)
def test_every_limit_of_the_pressure_has_its_priority(sys: int, dia: int, text: str) -> None:
    bed = AlarmedBed(situation(baseline={})).run(60).cuff(sys, dia).run(45).cuff(sys, dia)
    assert bed.texts()[0].startswith(text)


@pytest.mark.parametrize(
    ("baseline", "sys", "dia", "text"),
    [
        ({LimitedMeasure.NIBP_SYS: 110.0}, 144, 70, "!! SBP 144 > 143 (+30 % of 110)"),
        ({LimitedMeasure.NIBP_SYS: 140.0}, 160, 70, None),
        ({LimitedMeasure.NIBP_DIA: 70.0}, 120, 92, "!! DBP 92 > 91 (+30 % of 70)"),
        ({LimitedMeasure.NIBP_DIA: 80.0}, 120, 92, None),
        ({LimitedMeasure.NIBP_MAP: 80.0}, 140, 90, "!! MAP 107 > 104 (+30 % of 80)"),
    ],
)
def test_30_percent_over_the_patients_own_baseline_is_medium_and_20_percent_nothing(
    baseline: dict[LimitedMeasure, float], sys: int, dia: int, text: str | None
) -> None:
    bed = AlarmedBed(situation(baseline=baseline)).run(60).cuff(sys, dia).run(45).cuff(sys, dia)
    assert bed.texts() == ([] if text is None else [text])


def test_a_low_pressure_is_repeated_too() -> None:
    bed = AlarmedBed().run(60).cuff(84, 50)
    assert bed.texts() == ["!! REPEAT CUFF 84/50"]
    bed.run(40).cuff(86, 48)
    assert bed.texts() == ["!!! SBP 86 ≤ 90"]


def test_once_confirmed_a_higher_reading_is_an_alarm_without_a_repeat() -> None:
    bed = AlarmedBed().run(60).cuff(168, 96).run(40).cuff(170, 97)
    assert bed.alarm(AlarmCode.BP_HIGH).priority is MEDIUM
    bed.run(240).cuff(184, 100)
    assert bed.alarm(AlarmCode.BP_HIGH).priority is HIGH
    assert len([text for text in bed.raised() if text.startswith("REPEAT")]) == 1


def test_a_pressure_5_mmhg_inside_every_limit_ends_the_alarm() -> None:
    bed = AlarmedBed(situation(baseline={})).run(60).cuff(168, 96).run(40).cuff(170, 97)
    bed.run(240).cuff(162, 93)
    assert bed.texts(), "162 is inside, but not by 5"
    bed.run(240).cuff(160, 90)
    assert bed.texts() == []


def test_an_alarm_of_the_pressure_stands_until_the_next_reading() -> None:
    bed = AlarmedBed(situation(baseline={})).run(60).cuff(168, 96).run(40).cuff(170, 97).run(1200)
    assert bed.alarm(AlarmCode.BP_HIGH).current is MEDIUM
    assert "no BP for 12 min" in bed.raised()


def test_the_same_reading_sent_again_is_no_repeat() -> None:
    bed = AlarmedBed().run(60).cuff(190, 112)
    first = bed.now
    bed.run(5).cuff(190, 112, nibp_observed_at=first)
    assert bed.texts() == ["!! REPEAT CUFF 190/112"]


def test_the_mean_is_worked_out_where_the_monitor_sends_none() -> None:
    bed = AlarmedBed().run(60).cuff(150, 110).run(30).cuff(150, 111)
    assert "MAP 124 > 120" in [r.text for r in bed.alarm(AlarmCode.BP_HIGH).reasons]


def test_a_relative_limit_does_not_hold_before_the_infusion() -> None:
    bed = AlarmedBed(situation(SessionState.PREPARING)).run(60).cuff(160, 80).run(200)
    assert bed.raised() == []


def test_no_cuff_reading_for_12_min_while_infusing_is_missing() -> None:
    bed = AlarmedBed().run(719)
    assert bed.raised() == []
    bed.run(1)
    assert bed.raised() == ["no BP for 12 min"]
    bed.cuff(124, 80)
    assert bed.texts() == []
    assert len(bed.told(AlarmEnded)) == 1
