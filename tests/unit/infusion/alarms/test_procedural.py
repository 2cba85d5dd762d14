"""What people still have to do: open steps, a second person, overdue checks."""

from datetime import timedelta

from infusion.alarms.situation import OverdueCheck, SecondDue
from tests.fixtures.alarmed import AlarmedBed, situation
from tests.fixtures.clinic import START
from tests.fixtures.session import PUMP
from vocabulary.alarms import AlarmCode, AlarmKind, AlarmPriority
from vocabulary.states import SessionState

SEDATION = OverdueCheck(what="sedation", due_at=START + timedelta(minutes=1))


def test_a_step_that_is_open_while_the_pump_runs() -> None:
    bed = AlarmedBed(situation(open_steps=("Consent signed", "baseline"))).run(5)
    assert bed.texts() == ["!! pump runs, open: Consent signed and 1 more"]
    assert bed.alarm(AlarmCode.START_STEP_OPEN).kind is AlarmKind.PROCEDURAL
    bed.situate(open_steps=())
    assert bed.texts() == []


def test_an_unconfirmed_pump_asks_first_what_it_runs_for() -> None:
    bed = AlarmedBed(situation(open_steps=("baseline",), unconfirmed=(PUMP,)))
    bed.run(10).pump()
    assert [alarm.code for alarm in bed.state.alarms.values()] == [AlarmCode.RUNNING_UNCONFIRMED]


def test_a_second_person_who_is_missing_for_the_start_is_missing_once() -> None:
    due = SecondDue(device=PUMP, due_at=START)
    bed = AlarmedBed(situation(open_steps=("second person confirms",), second_due=(due,))).run(10)
    assert bed.texts() == ["!! pump runs, open: second person confirms"]
    bed.situate(open_steps=())
    assert bed.texts() == ["!! pump-1 runs, second person has not confirmed"]


def test_a_second_person_is_due_at_a_time_and_not_before() -> None:
    due = SecondDue(device=PUMP, due_at=START + timedelta(minutes=10))
    bed = AlarmedBed(situation(second_due=(due,))).run(599)
    assert bed.raised() == []
    bed.run(1)
    assert bed.texts() == ["!! pump-1 runs, second person has not confirmed"]
    bed.situate(second_due=())
    assert bed.texts() == []


def test_an_overdue_check_is_silent_while_spo2_and_pressure_are_current() -> None:
    bed = AlarmedBed(situation(checks=(SEDATION,)))
    for _ in range(15):
        bed.run(60).cuff(124, 80)
    assert bed.raised() == []


def test_an_overdue_check_speaks_10_min_late_without_a_current_saturation() -> None:
    bed = AlarmedBed(situation(checks=(SEDATION,)))
    for _ in range(10):
        bed.run(60, spo2=None).cuff(124, 80, spo2=None)
    assert [text for text in bed.raised() if " late" in text] == []
    bed.run(60, spo2=None)
    alarm = bed.alarm(AlarmCode.CHECK_OVERDUE)
    assert alarm.text == "sedation over 10 min late, no current SpO2"
    assert alarm.priority is AlarmPriority.MEDIUM
    bed.run(1)
    assert [a for a in bed.state.alarms.values() if a.code is AlarmCode.CHECK_OVERDUE] == []


def test_a_saturation_lost_once_a_check_is_long_overdue_speaks_at_once() -> None:
    bed = AlarmedBed(situation(checks=(SEDATION,)))
    for _ in range(15):
        bed.run(60).cuff(124, 80)
    bed.run(10, spo2=None)
    assert bed.alarm(AlarmCode.CHECK_OVERDUE).raised_at == bed.now


def test_an_overdue_check_is_no_alarm_in_recovery_or_an_emergency() -> None:
    for fields in ({"phase": SessionState.RECOVERY}, {"is_emergency": True}):
        bed = AlarmedBed(situation(checks=(SEDATION,))).situate(**fields)
        bed.run(900, spo2=None)
        assert [text for text in bed.raised() if " late" in text] == []


def test_a_check_that_is_done_ends_its_alarm_and_several_are_one() -> None:
    other = OverdueCheck(what="breathing", due_at=START + timedelta(minutes=2))
    bed = AlarmedBed(situation(checks=(SEDATION, other))).run(800, spo2=None)
    assert bed.alarm(AlarmCode.CHECK_OVERDUE).text == (
        "sedation, breathing over 10 min late, no current SpO2, no current BP"
    )
    bed.situate(checks=(other,))
    assert bed.alarm(AlarmCode.CHECK_OVERDUE).text == (
        "breathing over 10 min late, no current SpO2, no current BP"
    )
    bed.situate(checks=())
    assert [text for text in bed.texts() if " late" in text] == []
