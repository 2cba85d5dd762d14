"""Signals: latched, acknowledged, held back, broken through, escalated; one alarm stays one."""

from datetime import timedelta

import msgspec
import pytest

from infusion.alarms.events import (
    AlarmChanged,
    AlarmEnd,
    AlarmEnded,
    AlarmEscalated,
    AlarmLatched,
    AlarmRaised,
    AlarmReturned,
    AlarmsAcknowledged,
    InactivationEnd,
    InactivationEnded,
    SignalsHeldBack,
    SignalsResumed,
)
from infusion.alarms.signal_rules import EscalationTarget
from infusion.alarms.signals import sound_of
from infusion.alarms.situation import Duty
from infusion.alarms.state import AlarmBook
from tests.fixtures.alarmed import BOOK, AlarmedBed, situation
from tests.fixtures.clinic import START
from tests.fixtures.session import NORA, OLGA, PAUL
from vocabulary.alarms import (
    AlarmCode,
    AlarmPriority,
    DeviceAlarmCode,
    Inactivation,
    SignalState,
)
from vocabulary.ids import SessionId

LOW, MEDIUM, HIGH = AlarmPriority.LOW, AlarmPriority.MEDIUM, AlarmPriority.HIGH
ACTIVE, SEEN, LATCHED = SignalState.ACTIVE, SignalState.ACKNOWLEDGED, SignalState.LATCHED


def sound(bed: AlarmedBed) -> AlarmPriority | None:
    return sound_of(bed.state.alarms.values(), bed.state.held)


def hold(bed: AlarmedBed, how: Inactivation, seconds: float = 120) -> AlarmedBed:
    until = bed.now + timedelta(seconds=seconds)
    return bed.deed(SignalsHeldBack, inactivation=how, until=until, by=NORA)


# Latching and acknowledging.


def test_a_high_alarm_that_cleared_by_itself_stays_silently_until_it_is_seen() -> None:
    bed = AlarmedBed().run(60).run(8, spo2=84.0).run(120)
    alarm = bed.alarm(AlarmCode.SPO2_LOW)
    assert alarm.state is LATCHED
    assert alarm.priority is HIGH
    assert sound(bed) is None
    assert len(bed.told(AlarmLatched)) == 1
    bed.acknowledge()
    assert bed.texts() == []
    assert bed.told(AlarmEnded)[0].how is AlarmEnd.SEEN


def test_a_medium_alarm_that_cleared_is_over_and_on_the_list() -> None:
    bed = AlarmedBed().run(15, hr=115.0).run(30)
    assert bed.texts() == []
    assert [past.alarm.text for past in bed.state.recent] == ["HR 115 > 110"]
    assert bed.told(AlarmEnded)[0].how is AlarmEnd.CLEARED


def test_what_latches_is_the_clinics_choice() -> None:
    signals = msgspec.structs.replace(BOOK.rules.signals, latching=(HIGH, MEDIUM))
    rules = msgspec.structs.replace(BOOK.rules, signals=signals)
    book = AlarmBook(msgspec.structs.replace(BOOK.clinic, alarms=rules))
    bed = AlarmedBed(book=book).run(15, hr=115.0).run(30)
    assert bed.alarm(AlarmCode.HR_HIGH).state is LATCHED


def test_an_acknowledged_alarm_is_silent_and_ends_with_its_condition() -> None:
    bed = AlarmedBed().run(15, spo2=88.0)
    assert sound(bed) is HIGH
    bed.acknowledge()
    alarm = bed.alarm(AlarmCode.SPO2_LOW)
    assert alarm.state is SEEN
    assert alarm.acknowledged is not None
    assert alarm.acknowledged.by == NORA
    assert alarm.acknowledged.at == bed.now
    assert sound(bed) is None
    bed.run(20)
    assert bed.told(AlarmEnded)[0].how is AlarmEnd.CLEARED


def test_who_saw_it_first_stays_its_name() -> None:
    bed = AlarmedBed().run(15, spo2=88.0).acknowledge()
    seen = bed.alarm(AlarmCode.SPO2_LOW)
    bed.run(5, spo2=88.0).deed(AlarmsAcknowledged, by=OLGA, alarms=(seen.id,))
    assert bed.alarm(AlarmCode.SPO2_LOW).acknowledged == seen.acknowledged


def test_acknowledging_one_alarm_leaves_the_other_sounding() -> None:
    bed = AlarmedBed().run(15, spo2=88.0, hr=115.0).acknowledge(AlarmCode.SPO2_LOW)
    assert sound(bed) is MEDIUM


def test_what_is_worse_than_what_was_acknowledged_sounds_again() -> None:
    bed = AlarmedBed().run(20, spo2=91.0).acknowledge().run(12, spo2=88.0)
    alarm = bed.alarm(AlarmCode.SPO2_LOW)
    assert alarm.state is ACTIVE
    assert alarm.priority is HIGH
    changed = bed.told(AlarmChanged)[-1]
    assert changed.sounds_again
    assert changed.was is MEDIUM


def test_what_gets_better_unseen_is_still_shown_as_it_was() -> None:
    bed = AlarmedBed().run(60, spo2=88.0).run(60, spo2=91.0)
    alarm = bed.alarm(AlarmCode.SPO2_LOW)
    assert alarm.current is MEDIUM
    assert alarm.priority is HIGH
    assert alarm.text == "SpO2 88 < 90, then SpO2 88 < 92"
    assert sound(bed) is MEDIUM
    bed.acknowledge()
    assert bed.alarm(AlarmCode.SPO2_LOW).priority is MEDIUM
    assert bed.alarm(AlarmCode.SPO2_LOW).text == "SpO2 88 < 92"


def test_what_is_back_less_urgently_says_why_it_is_still_shown_so() -> None:
    bed = AlarmedBed().run(8, spo2=84.0).run(300).run(16, spo2=91.0)
    assert bed.texts() == ["!!! SpO2 84 < 85, then SpO2 91 < 92"]
    assert bed.acknowledge().texts() == ["!! SpO2 91 < 92"]


def test_a_low_alarm_is_silent() -> None:
    bed = AlarmedBed().run(15, hr=103.0)
    assert bed.alarm(AlarmCode.HR_HIGH).priority is LOW
    assert sound(bed) is None


# The same alarm again.


def test_what_is_back_within_a_minute_is_the_same_alarm() -> None:
    bed = AlarmedBed().run(15, hr=115.0).run(30)
    first = bed.told(AlarmRaised)[0].alarm
    bed.run(15, hr=115.0)
    assert len(bed.raised()) == 1
    back = bed.told(AlarmReturned)[0]
    assert back.alarm == first
    assert back.times == 2
    assert bed.alarm(AlarmCode.HR_HIGH).state is ACTIVE
    assert bed.state.recent == ()


def test_what_is_back_after_a_minute_is_another_alarm() -> None:
    bed = AlarmedBed().run(15, hr=115.0).run(90).run(15, hr=115.0)
    assert len(bed.raised()) == 2
    assert len({event.alarm for event in bed.told(AlarmRaised)}) == 2


def test_a_latched_alarm_whose_condition_is_back_sounds_again_as_the_same() -> None:
    bed = AlarmedBed().run(8, spo2=84.0).run(300).run(8, spo2=84.0)
    assert len(bed.raised()) == 1
    assert bed.alarm(AlarmCode.SPO2_LOW).state is ACTIVE
    assert bed.alarm(AlarmCode.SPO2_LOW).times == 2


def test_what_was_acknowledged_and_comes_back_sounds_again() -> None:
    bed = AlarmedBed().run(15, hr=115.0).acknowledge().run(20).run(15, hr=115.0)
    assert bed.alarm(AlarmCode.HR_HIGH).state is ACTIVE


def test_an_alarm_of_the_last_patient_does_not_come_back_with_the_next() -> None:
    bed = AlarmedBed().run(15, hr=115.0).situate(situation(None))
    bed.situate(situation(session="s2", phase_since=bed.now)).run(15, hr=115.0)
    assert len(bed.raised()) == 2


def test_what_nobody_saw_of_a_patient_who_left_is_not_shown_at_the_chair() -> None:
    bed = AlarmedBed().device_alarm(DeviceAlarmCode.BATTERY_LOW).run(8, spo2=84.0).run(30)
    assert bed.alarm(AlarmCode.SPO2_LOW).state is LATCHED
    bed.situate(situation(None))
    assert [alarm.code for alarm in bed.state.alarms.values()] == [AlarmCode.BATTERY]
    assert bed.told(AlarmEnded)[-1].how is AlarmEnd.NOT_WATCHED


# Held back.


def test_paused_sound_comes_back_after_two_minutes() -> None:
    bed = hold(AlarmedBed().run(15, spo2=88.0), Inactivation.AUDIO_PAUSED)
    assert sound(bed) is None
    bed.run(119, spo2=88.0)
    assert sound(bed) is None
    bed.run(1, spo2=88.0)
    assert sound(bed) is HIGH
    ended = bed.told(InactivationEnded)[0]
    assert ended.how is InactivationEnd.TIME_OVER
    assert ended.inactivation is Inactivation.AUDIO_PAUSED


@pytest.mark.parametrize("how", list(Inactivation))
def test_nothing_holds_signals_back_longer_than_the_clinic_allows(how: Inactivation) -> None:
    bed = hold(AlarmedBed().run(15, spo2=88.0), how, 86_400)
    assert bed.state.held is not None
    longest = timedelta(seconds=BOOK.rules.signals.longest_s[how])
    assert bed.state.held.until == bed.now + longest


def test_a_higher_alarm_breaks_through_and_one_as_urgent_does_not() -> None:
    bed = hold(AlarmedBed().run(15, hr=115.0), Inactivation.AUDIO_PAUSED)
    bed.cuff(190, 112)
    assert sound(bed) is None, "REPEAT CUFF is medium as well"
    bed.run(5, spo2=82.0)
    assert sound(bed) is HIGH
    ended = bed.told(InactivationEnded)[0]
    assert ended.how is InactivationEnd.BROKEN_THROUGH
    assert ended.by_alarm == bed.alarm(AlarmCode.SPO2_LOW).id


def test_an_alarm_that_gets_worse_breaks_through_too() -> None:
    bed = hold(AlarmedBed().run(20, spo2=91.0), Inactivation.AUDIO_PAUSED)
    bed.run(12, spo2=88.0)
    assert sound(bed) is HIGH


def test_alarms_paused_beforehand_let_only_high_ones_through() -> None:
    bed = hold(AlarmedBed().run(5), Inactivation.ALARM_PAUSED)
    bed.run(15, hr=115.0)
    assert bed.state.held is not None
    bed.run(5, spo2=82.0)
    assert bed.state.held is None


def test_what_was_held_back_of_one_patient_is_heard_of_the_next() -> None:
    bed = hold(AlarmedBed().run(15, spo2=88.0), Inactivation.AUDIO_OFF, 1800)
    bed.situate(situation(None))
    assert bed.state.held is None
    assert [e.how for e in bed.told(InactivationEnded)] == [InactivationEnd.OTHER_PATIENT]
    bed.situate(situation(session=SessionId("s2"), phase_since=bed.now)).run(15, hr=115.0)
    assert sound(bed) is MEDIUM


def test_a_person_lets_signals_go_on_before_their_time() -> None:
    bed = hold(AlarmedBed().run(15, spo2=88.0), Inactivation.AUDIO_OFF, 1800)
    bed.deed(SignalsResumed, by=NORA)
    assert sound(bed) is HIGH
    assert bed.told(InactivationEnded) == []


# Escalation.


def told(bed: AlarmedBed) -> list[tuple[float, EscalationTarget, tuple[str, ...]]]:
    return [
        ((event.at - START).total_seconds(), event.to, event.told)
        for event in bed.told(AlarmEscalated)
    ]


def test_a_high_alarm_nobody_sees_goes_on_to_the_next_each_step_once() -> None:
    bed = AlarmedBed().run(4, spo2=82.0)
    assert bed.second == 4
    bed.run(600, spo2=82.0)
    assert told(bed) == [
        (34, EscalationTarget.RESPONSIBLE, (NORA.account,)),
        (64, EscalationTarget.SECOND_NURSE, (OLGA.account,)),
        (124, EscalationTarget.PRESCRIBER, (PAUL.account,)),
    ]


def test_a_medium_alarm_goes_on_after_two_and_five_minutes() -> None:
    bed = AlarmedBed(situation(baseline={})).run(60).cuff(168, 90).run(30).cuff(170, 90)
    began = bed.second
    bed.run(600)
    assert [(at - began, to) for at, to, _ in told(bed)] == [
        (120, EscalationTarget.RESPONSIBLE),
        (300, EscalationTarget.SECOND_NURSE),
    ]


def test_a_low_alarm_is_never_escalated() -> None:
    assert told(AlarmedBed().run(700, hr=103.0)) == []


def test_an_acknowledged_alarm_is_not_escalated() -> None:
    bed = AlarmedBed().run(40, spo2=82.0).acknowledge().run(600, spo2=82.0)
    assert [to for _, to, _ in told(bed)] == [EscalationTarget.RESPONSIBLE]


def test_an_alarm_that_is_over_is_not_escalated() -> None:
    assert told(AlarmedBed().run(8, spo2=84.0).run(600)) == []


def test_escalation_follows_who_is_on_duty_now() -> None:
    bed = AlarmedBed().run(40, spo2=82.0)
    bed.situate(duty=Duty(responsible=OLGA.account, nurses=(NORA.account, OLGA.account)))
    bed.run(120, spo2=82.0)
    assert told(bed)[1:] == [
        (64, EscalationTarget.SECOND_NURSE, (NORA.account,)),
        (124, EscalationTarget.PRESCRIBER, ()),
    ]


def test_with_nobody_on_duty_the_whole_ward_is_told_again_and_again() -> None:
    bed = AlarmedBed(situation(duty=Duty())).run(4, spo2=82.0).run(300, spo2=82.0)
    assert [at for at, _, _ in told(bed)] == [34, 64, 124, 184, 244, 304]
    assert {who for _, _, who in told(bed)} == {()}
    assert told(bed)[-1][1] is EscalationTarget.WARD


def test_a_clinic_may_leave_out_that_the_ward_is_told_again() -> None:
    rule = msgspec.structs.replace(BOOK.rules.signals.escalation[HIGH], repeat_s=None)
    escalation = {**BOOK.rules.signals.escalation, HIGH: rule}
    signals = msgspec.structs.replace(BOOK.rules.signals, escalation=escalation)
    rules = msgspec.structs.replace(BOOK.rules, signals=signals)
    book = AlarmBook(msgspec.structs.replace(BOOK.clinic, alarms=rules))
    bed = AlarmedBed(situation(duty=Duty()), book=book).run(4, spo2=82.0).run(300, spo2=82.0)
    assert [at for at, _, _ in told(bed)] == [34, 64, 124]


def test_worse_is_news_and_begins_to_escalate_anew() -> None:
    bed = AlarmedBed().run(120, spo2=91.0).run(12, spo2=88.0)
    changed = bed.second - 1
    bed.run(40, spo2=88.0)
    assert [at for at, _, _ in told(bed)][-1] == changed + 30


def test_paused_sound_does_not_stop_the_escalation_and_paused_alarms_delay_it() -> None:
    bed = hold(AlarmedBed().run(4, spo2=82.0), Inactivation.AUDIO_PAUSED).run(40, spo2=82.0)
    assert len(told(bed)) == 1
    paused = hold(AlarmedBed().run(4, spo2=82.0), Inactivation.ALARM_PAUSED).run(119, spo2=82.0)
    assert told(paused) == []
    paused.run(1, spo2=82.0)
    assert len(told(paused)) == 3, "what fell due meanwhile is told at its end"
