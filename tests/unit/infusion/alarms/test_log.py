"""The log and the burden: folds over what was concluded and what people did."""

from datetime import timedelta

import msgspec
import pytest

from infusion.alarms.burden import burden_by_bed, burden_by_session, burden_of
from infusion.alarms.events import (
    AlarmEnd,
    AlarmId,
    AlarmRaised,
    AlarmsAcknowledged,
    OffMonitorBegun,
    SignalsHeldBack,
)
from infusion.alarms.log import (
    COLUMNS,
    AlarmRecord,
    LogFilter,
    Logged,
    alarm_log,
    filtered,
    row_of,
)
from infusion.alarms.shown import shown_alarms
from infusion.sign_off_events import AlarmsReviewed, AlarmVerdict
from tests.fixtures.alarmed import BOOK, AlarmedBed, situation
from tests.fixtures.clinic import START
from tests.fixtures.session import NORA, OLGA, SESSION
from vocabulary.alarms import AlarmCode, AlarmKind, AlarmPriority, Inactivation
from vocabulary.ids import SELF_TEST_DEVICE, BedId, SessionId

LOW, MEDIUM, HIGH = AlarmPriority.LOW, AlarmPriority.MEDIUM, AlarmPriority.HIGH
RULES = BOOK.rules.signals


def acknowledged(bed: AlarmedBed, code: AlarmCode) -> AlarmsAcknowledged:
    return AlarmsAcknowledged(
        ward=bed.state.ward,
        bed=bed.state.bed,
        session=SESSION,
        at=bed.now,
        by=NORA,
        alarms=(bed.alarm(code).id,),
    )


def log_of(bed: AlarmedBed, *more: Logged) -> tuple[AlarmRecord, ...]:
    return alarm_log([*bed.events, *more])


def an_hour() -> tuple[AlarmRecord, ...]:
    """A high alarm seen after 8 s, a medium one never seen, a probe that was off."""
    bed = AlarmedBed(situation(baseline={})).run(60).run(12, spo2=88.0)
    bed.now += timedelta(seconds=8)
    seen = acknowledged(bed, AlarmCode.SPO2_LOW)
    bed.take(seen).run(60)
    bed.run(15, hr=115.0).run(60)
    bed.run(20, spo2=None).run(30)
    first = AlarmId("north.1.1")
    review = AlarmsReviewed(
        session=SESSION, at=bed.now, by=OLGA, alarms=(first,), verdict=AlarmVerdict.ACTED_ON
    )
    other = AlarmsReviewed(
        session=SESSION,
        at=bed.now,
        by=OLGA,
        alarms=("north.1.2",),
        verdict=AlarmVerdict.FALSE,
        note="moved",
    )
    return log_of(bed, seen, review, other)


def test_an_alarm_has_onset_acknowledgement_and_end() -> None:
    first = an_hour()[0]
    assert (first.text, first.value, first.limit) == ("SpO2 88 < 90", 88, 90)
    assert first.acknowledged_by == NORA
    assert first.response_s == 9
    assert (first.raised_at - first.since).total_seconds() == 10
    assert first.how is AlarmEnd.CLEARED
    assert first.lasted_s == 25
    assert first.verdict is AlarmVerdict.ACTED_ON
    assert first.version == BOOK.clinic.version


def test_a_self_test_at_somebodys_chair_is_no_alarm_of_the_patient() -> None:
    bed = AlarmedBed().run(20, spo2=88.0)
    [raised] = [event for event in bed.events if isinstance(event, AlarmRaised)]
    test = msgspec.structs.replace(
        raised, alarm=AlarmId("north.1.9"), subject=SELF_TEST_DEVICE, text="SELF-TEST"
    )
    seen = AlarmsAcknowledged(
        ward=bed.state.ward, bed=bed.state.bed, session=SESSION, at=bed.now, by=NORA,
        alarms=(test.alarm,),
    )  # fmt: skip
    assert [record.alarm for record in log_of(bed, test, seen)] == [raised.alarm]


def test_what_nobody_saw_says_so() -> None:
    second = an_hour()[1]
    assert second.acknowledged_at is None
    assert second.response_s is None
    assert (second.verdict, second.note) == (AlarmVerdict.FALSE, "moved")


def test_an_alarm_that_got_worse_is_logged_as_its_worst() -> None:
    bed = AlarmedBed().run(20, spo2=91.0).run(12, spo2=88.0)
    record = log_of(bed)[0]
    assert record.priority is HIGH
    assert record.text == "SpO2 88 < 90"
    assert record.sounded == 2, "as it was raised, and as it got worse"
    assert record.ended_at is None
    assert record.lasted_s is None


def test_an_alarm_that_comes_back_is_one_line() -> None:
    bed = AlarmedBed().run(15, hr=115.0).run(30).run(15, hr=115.0).run(30)
    record = log_of(bed)[0]
    assert (record.times, record.sounded) == (2, 1), "nobody had seen it: its signal went on"
    assert record.how is AlarmEnd.CLEARED


def test_a_latched_alarm_was_over_before_it_was_seen() -> None:
    bed = AlarmedBed().run(60).run(8, spo2=84.0).run(300)
    seen = acknowledged(bed, AlarmCode.SPO2_LOW)
    bed.take(seen)
    record = log_of(bed, seen)[0]
    assert record.over_at is not None
    assert record.ended_at == bed.now
    assert record.over_at < record.ended_at
    assert record.how is AlarmEnd.SEEN


def test_escalation_is_counted_and_other_events_are_passed_over() -> None:
    bed = AlarmedBed().run(4, spo2=82.0).run(70, spo2=82.0)
    bed.deed(SignalsHeldBack, inactivation=Inactivation.AUDIO_PAUSED, until=bed.now, by=NORA)
    bed.deed(OffMonitorBegun, by=NORA).run(5)
    assert log_of(bed)[0].escalated == 2


def test_the_first_who_saw_it_counts() -> None:
    bed = AlarmedBed().run(15, spo2=88.0)
    first = acknowledged(bed, AlarmCode.SPO2_LOW)
    bed.take(first).run(5, spo2=82.0)
    again = acknowledged(bed, AlarmCode.SPO2_LOW)
    assert log_of(bed, first, again)[0].acknowledged_at == first.at


def test_the_log_is_filtered() -> None:
    records = an_hour()
    assert len(records) == 3
    assert len(filtered(records, LogFilter())) == 3
    technical = LogFilter(kinds=frozenset({AlarmKind.TECHNICAL}))
    assert [r.code for r in filtered(records, technical)] == [AlarmCode.SIGNAL_MISSING]
    high = LogFilter(priorities=frozenset({HIGH}))
    assert [r.code for r in filtered(records, high)] == [AlarmCode.SPO2_LOW]
    late = LogFilter(since=START + timedelta(seconds=150))
    assert len(filtered(records, late)) == 2
    early = LogFilter(until=START + timedelta(seconds=150))
    assert len(filtered(records, early)) == 1
    assert filtered(records, LogFilter(beds=frozenset({BedId("2")}))) == ()
    assert [r.code for r in filtered(records, LogFilter(only_open=True))] == [
        AlarmCode.HR_HIGH,
        AlarmCode.SIGNAL_MISSING,
    ]


def test_a_row_says_what_the_screen_said() -> None:
    row = dict(zip(COLUMNS, row_of(an_hour()[0]), strict=True))
    assert row["text"] == "SpO2 88 < 90"
    assert row["raised_at"] == "2026-11-22T14:01:11.000+00:00"
    assert row["acknowledged_by"] == "Nora Nurse"
    assert row["response_s"] == "9"
    assert row["kind"] == "physiological"
    open_row = dict(zip(COLUMNS, row_of(an_hour()[1]), strict=True))
    assert open_row["acknowledged_at"] == ""


def test_the_burden_matches_the_sums_of_the_log() -> None:
    burden = burden_of(an_hour(), 0.5)
    assert burden.alarms == 3
    assert burden.audible == 3
    assert burden.audible_per_hour == 6
    assert burden.acknowledged_percent == pytest.approx(100 / 3)
    assert (burden.reviewed, burden.acted_on_percent) == (2, 50)
    assert burden.technical_percent == pytest.approx(100 / 3)
    assert burden.median_response_s == {HIGH: 9}


def test_silent_alarms_are_no_burden_of_the_ear() -> None:
    bed = AlarmedBed().run(15, hr=103.0)
    burden = burden_of(log_of(bed), 1)
    assert (burden.alarms, burden.audible, burden.sounded) == (1, 0, 0)
    assert burden.acknowledged_percent is None


def test_without_hours_there_is_no_rate() -> None:
    burden = burden_of((), 0)
    assert burden.audible_per_hour is None
    assert burden.technical_percent is None


def test_the_burden_of_each_session_and_bed_those_without_an_alarm_too() -> None:
    records = an_hour()
    by_session = burden_by_session(records, {SESSION: 1.0, SessionId("s2"): 2.0})
    assert by_session[SESSION].alarms == 3
    assert by_session[SessionId("s2")].audible_per_hour == 0
    by_bed = burden_by_bed(records, {BedId("1"): 1.0, BedId("2"): 1.0})
    assert [burden.alarms for burden in by_bed.values()] == [3, 0]


# What a screen shows.


def test_the_most_urgent_comes_first_and_of_those_the_newest() -> None:
    bed = AlarmedBed().run(15, hr=115.0).run(1, hr=115.0).cuff(190, 112, hr=115.0)
    bed.run(5, spo2=82.0, hr=115.0)
    shown = shown_alarms(bed.state, bed.now, RULES)
    assert [a.code for a in shown.standing] == [
        AlarmCode.SPO2_LOW,
        AlarmCode.REPEAT_CUFF,
        AlarmCode.HR_HIGH,
    ]
    assert shown.sound is HIGH


def test_what_is_over_stays_on_the_list_for_ten_minutes() -> None:
    bed = AlarmedBed().run(15, hr=115.0).run(30)
    assert len(shown_alarms(bed.state, bed.now, RULES).recent) == 1
    assert len(shown_alarms(bed.state, bed.now + timedelta(minutes=9), RULES).recent) == 1
    assert shown_alarms(bed.state, bed.now + timedelta(minutes=11), RULES).recent == ()


def test_paused_sound_is_silent_and_says_so() -> None:
    bed = AlarmedBed().run(15, spo2=88.0)
    until = bed.now + timedelta(seconds=60)
    bed.deed(SignalsHeldBack, inactivation=Inactivation.AUDIO_PAUSED, until=until, by=NORA)
    shown = shown_alarms(bed.state, bed.now, RULES)
    assert shown.sound is None
    assert shown.held is not None
