"""Whatever devices say and people do, in whatever order: what always holds of the engine."""

from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infusion.alarms.engine import AlarmDraft, SituationChanged
from infusion.alarms.events import (
    AlarmChanged,
    AlarmEnded,
    AlarmEscalated,
    AlarmEvent,
    AlarmLatched,
    AlarmRaised,
    AlarmReturned,
    AlarmsAcknowledged,
    AlarmTransition,
)
from infusion.alarms.rules import RANK
from infusion.alarms.state import BedAlarms
from infusion.alarms.technical import is_monitor_gone
from tests.fixtures.alarm_histories import Move, Step, histories, phase_change, played
from tests.fixtures.alarmed import BOOK, AlarmedBed, pass_time
from tests.fixtures.clinic import START
from vocabulary.alarms import AlarmCode, AlarmKind, AlarmPriority
from vocabulary.signals import SignalName
from vocabulary.states import InvalidReason


def fresh() -> BedAlarms:
    return AlarmedBed(empty=True).state


def replay(steps: list[Step], state: BedAlarms | None = None) -> list[AlarmEvent]:
    """All of it in one batch."""
    draft = AlarmDraft(state or fresh(), BOOK)
    for item, at in steps:
        if item is None:
            draft.pass_deadlines(at)
        else:
            draft.take(item, at, 7)
    return list(draft.finished()[1])


@given(histories)
@settings(max_examples=150, deadline=None)
def test_the_same_inputs_give_the_same_transitions_one_by_one_or_in_a_batch(
    history: list[Move],
) -> None:
    bed = played(history)
    assert replay(bed.steps) == bed.events


@given(histories, st.data())
@settings(max_examples=100, deadline=None)
def test_a_restart_from_a_snapshot_changes_nothing(
    history: list[Move], data: st.DataObject
) -> None:
    bed = played(history)
    cut = data.draw(st.integers(0, len(bed.steps)))
    draft = AlarmDraft(fresh(), BOOK)
    for item, at in bed.steps[:cut]:
        if item is None:
            draft.pass_deadlines(at)
        else:
            draft.take(item, at, 7)
    before, events = draft.finished()
    snapshot = msgspec.json.encode(before)
    after = msgspec.json.decode(snapshot, type=BedAlarms)
    assert after == before
    assert [*events, *replay(bed.steps[cut:], after)] == bed.events


@given(histories, st.floats(0.3, 20))
@settings(max_examples=100, deadline=None)
def test_it_does_not_matter_how_often_anybody_looks(history: list[Move], every_s: float) -> None:
    bed = played(history)
    draft = AlarmDraft(fresh(), BOOK)
    looked = START
    for item, at in bed.steps:
        while looked < at:
            draft.pass_deadlines(looked)
            looked += timedelta(seconds=every_s)
        if item is None:
            draft.pass_deadlines(at)
        else:
            draft.take(item, at, 7)
    assert [_told(event) for event in draft.finished()[1]] == [_told(e) for e in bed.events]


def _told(event: AlarmEvent) -> AlarmEvent:
    """Whether a deadline or the input after it is the cause depends on who looks."""
    return msgspec.structs.replace(event, cause=None)


@given(histories)
@settings(max_examples=100, deadline=None)
def test_silence_ends_no_alarm_of_the_patient(history: list[Move]) -> None:
    bed = played(history)
    _, events = pass_time(bed.state, bed.now + timedelta(hours=2), BOOK)
    ended = [e for e in events if isinstance(e, AlarmEnded | AlarmLatched)]
    assert [e for e in ended if e.kind is AlarmKind.PHYSIOLOGICAL and _is_watched(e)] == []


def _is_watched(event: AlarmTransition) -> bool:
    """A prompt to repeat the cuff ends by becoming the alarm it asked about."""
    return event.code.value != "repeat_cuff"


@given(histories)
@settings(max_examples=100, deadline=None)
def test_what_is_not_known_ends_no_alarm_of_the_patient(history: list[Move]) -> None:
    bed = played(history)
    bed.events.clear()
    bad = dict.fromkeys(SignalName, InvalidReason.ARTIFACT)
    bed.run(120, hr=None, pr=None, spo2=None, rr=None, etco2=None, invalid=bad)
    ended = bed.told(AlarmEnded) + bed.told(AlarmLatched)
    assert [e for e in ended if e.kind is AlarmKind.PHYSIOLOGICAL and _is_watched(e)] == []


@given(histories)
@settings(max_examples=100, deadline=None)
def test_an_alarm_is_raised_once_and_ends_before_it_returns(history: list[Move]) -> None:
    bed = played(history)
    standing: set[str] = set()
    known: set[str] = set()
    for event in bed.events:
        if not isinstance(event, AlarmTransition):
            continue
        assert event.text
        assert event.since <= event.at
        if isinstance(event, AlarmRaised):
            assert event.alarm not in known
            known.add(event.alarm)
            standing.add(event.alarm)
        elif isinstance(event, AlarmReturned):
            assert event.alarm in known
            standing.add(event.alarm)
        else:
            assert event.alarm in standing
        if isinstance(event, AlarmEnded):
            standing.remove(event.alarm)
        if isinstance(event, AlarmEscalated):
            assert event.priority is not AlarmPriority.LOW
    assert standing == {alarm.id for alarm in bed.state.alarms.values()}
    assert [event.at for event in bed.events] == sorted(event.at for event in bed.events)


@given(histories)
@settings(max_examples=100, deadline=None)
def test_every_transition_says_why_since_when_and_by_which_configuration(
    history: list[Move],
) -> None:
    names = {rule.limit for rule in BOOK.rules.limits}
    for event in played(history).events:
        if isinstance(event, AlarmTransition):
            assert event.version == BOOK.clinic.version
            assert event.text
            assert event.since <= event.at
        if isinstance(event, AlarmRaised | AlarmChanged | AlarmReturned):
            gravest = event.reasons[0]
            assert (event.value, event.limit, event.since) == (
                gravest.value,
                gravest.limit,
                gravest.since,
            )
            for reason in event.reasons:
                assert reason.key not in names or None not in (reason.value, reason.limit)


@given(histories)
@settings(max_examples=200, deadline=None)
def test_nobody_hears_a_second_alert_of_the_patient_within_a_minute(history: list[Move]) -> None:
    bed = played(history)
    seen = [at for item, at in bed.steps if isinstance(item, AlarmsAcknowledged)]
    began: list[AlarmRaised | AlarmChanged | AlarmReturned] = []
    for event in bed.events:
        if not isinstance(event, AlarmRaised | AlarmChanged | AlarmReturned):
            continue
        urgency = RANK[event.reasons[0].priority]
        is_news = isinstance(event, AlarmRaised) or event.sounds_again
        if not is_news or event.kind is not AlarmKind.PHYSIOLOGICAL or urgency == 1:
            continue
        assert [
            before
            for before in began
            if before.code is event.code
            and (event.at - before.at).total_seconds() < 60
            and RANK[before.reasons[0].priority] >= urgency
            and not [at for at in seen if before.at <= at <= event.at]
        ] == []
        began.append(event)


@given(histories)
@settings(max_examples=100, deadline=None)
def test_what_concerns_the_patient_and_nobody_saw_is_never_shown_as_seen(
    history: list[Move],
) -> None:
    """Whatever returned or got worse after the last acknowledgement is not acknowledged."""
    bed = played(history)
    news: dict[str, datetime] = {}
    for event in bed.events:
        if isinstance(event, AlarmRaised | AlarmReturned):
            news[event.alarm] = event.at
    for alarm in bed.state.alarms.values():
        if alarm.kind is AlarmKind.PHYSIOLOGICAL and alarm.acknowledged is not None:
            assert alarm.acknowledged.at >= news[alarm.id]


@given(histories)
@settings(max_examples=150, deadline=None)
def test_equipment_that_came_back_after_it_was_seen_is_heard_if_it_stays(
    history: list[Move],
) -> None:
    """Unless nobody can know whether it is still there."""
    bed = played(history).wait(61)
    back: dict[str, datetime] = {}
    for event in bed.told(AlarmReturned):
        back[event.alarm] = event.at
    for alarm in bed.state.alarms.values():
        if alarm.acknowledged is None or alarm.id not in back:
            continue
        is_lost = alarm.code is AlarmCode.SIGNAL_MISSING and is_monitor_gone(bed.situation)
        if bed.situation.is_feed_up and not is_lost:
            assert back[alarm.id] <= alarm.acknowledged.at


@given(histories)
@settings(max_examples=100, deadline=None)
def test_nothing_happens_before_the_next_deadline(history: list[Move]) -> None:
    bed = played(history)
    state = bed.state
    due_at = state.deadline
    assert due_at is None or due_at > bed.now, "else timers would never rest"
    if due_at is None:
        assert pass_time(state, START + timedelta(days=2), BOOK)[1] == ()
    else:
        assert pass_time(state, due_at - timedelta(microseconds=1), BOOK)[1] == ()


@given(histories)
@settings(max_examples=50, deadline=None)
def test_an_empty_chair_has_no_alarm_of_a_patient(history: list[Move]) -> None:
    bed = played([*history, phase_change(None)])
    assert [a for a in bed.state.alarms.values() if a.kind is AlarmKind.PHYSIOLOGICAL] == []
    assert bed.state.changes == {}
    assert bed.state.off_monitor is None


@pytest.mark.parametrize("seconds", [4, 9])
def test_a_running_delay_goes_on_after_a_restart(seconds: int) -> None:
    bed = AlarmedBed().run(20).run(seconds, spo2=89.0)
    bed.state = msgspec.json.decode(msgspec.json.encode(bed.state), type=BedAlarms)
    bed.run(10 - seconds, spo2=89.0)
    assert bed.raised() == []
    bed.run(1, spo2=89.0)
    assert bed.raised() == ["SpO2 89 < 90"]


def test_the_situation_is_taken_up_only_when_it_is_another() -> None:
    bed = AlarmedBed().run(5)
    state = bed.state
    bed.take(SituationChanged(situation=bed.situation))
    assert bed.state == state
