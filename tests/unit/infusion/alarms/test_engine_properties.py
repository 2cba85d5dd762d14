"""Whatever devices say and people do, in whatever order: what always holds of the engine."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infusion.alarms.engine import (
    AlarmDraft,
    AlarmInput,
    DeviceRestarted,
    SituationChanged,
    next_deadline,
    pass_time,
)
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
    LimitChanged,
    OffMonitorBegun,
    OffMonitorEnded,
    SignalsHeldBack,
    SignalsResumed,
)
from infusion.alarms.rules import RANK, LimitName
from infusion.alarms.situation import CuffLimb, Duty, OverdueCheck
from infusion.alarms.state import BedAlarms
from tests.fixtures.alarmed import BOOK, DUTY, AlarmedBed, situation
from tests.fixtures.clinic import START
from tests.fixtures.session import MONITOR, NORA, PUMP
from vocabulary.alarms import (
    AlarmKind,
    AlarmPhase,
    AlarmPriority,
    DeviceAlarmCode,
    DeviceEventCode,
    Inactivation,
    LimitedMeasure,
)
from vocabulary.ids import BootId
from vocabulary.signals import SignalName
from vocabulary.states import DeviceLink, InvalidReason, SessionState

PHASES = (
    None,
    SessionState.PREPARING,
    SessionState.INFUSING,
    SessionState.PAUSED,
    SessionState.RECOVERY,
)
CHECK = OverdueCheck(what="sedation", due_at=START + timedelta(minutes=2))
Move = Callable[[AlarmedBed], object]

numbers = st.fixed_dictionaries(
    {},
    optional={
        "spo2": st.sampled_from([70.0, 84.0, 88.0, 89.0, 90.0, 91.0, 97.0, None]),
        "hr": st.sampled_from([38.0, 78.0, 109.0, 112.0, 140.0, None]),
        "rr": st.sampled_from([5.0, 9.0, 14.0, 26.0]),
        "etco2": st.sampled_from([20.0, 37.0, 58.0]),
        "invalid": st.dictionaries(
            st.sampled_from([SignalName.SPO2, SignalName.HR, SignalName.ETCO2]),
            st.sampled_from([InvalidReason.SENSOR_OFF, InvalidReason.UNDER_RANGE]),
            max_size=2,
        ),
        "late": st.booleans(),
    },
)
fields = st.one_of(
    st.fixed_dictionaries({"is_feed_up": st.booleans()}),
    st.fixed_dictionaries({"has_symptoms": st.booleans()}),
    st.fixed_dictionaries({"cuff_limb": st.sampled_from(list(CuffLimb))}),
    st.fixed_dictionaries({"duty": st.sampled_from([DUTY, Duty()])}),
    st.fixed_dictionaries({"unconfirmed": st.sampled_from([(), (PUMP,)])}),
    st.fixed_dictionaries({"open_steps": st.sampled_from([(), ("baseline",)])}),
    st.fixed_dictionaries({"checks": st.sampled_from([(), (CHECK,)])}),
    st.fixed_dictionaries({"scores": st.sampled_from([{}, {LimitedMeasure.MOAAS: 2.0}])}),
)
rates = st.sampled_from([0.0, 35.0, 42.0, 350.0])


def _phase(phase: SessionState | None) -> Move:
    def change(bed: AlarmedBed) -> object:
        return bed.situate(situation(phase, phase_since=bed.now))

    return change


def _deed(kind: Any, **more: Any) -> Move:
    return lambda bed: bed.deed(kind, **more)


def _hold(how: Inactivation) -> Move:
    return lambda bed: bed.deed(
        SignalsHeldBack, inactivation=how, until=bed.now + timedelta(seconds=90), by=NORA
    )


moves: st.SearchStrategy[Move] = st.one_of(
    st.tuples(st.integers(1, 40), numbers).map(lambda x: lambda bed: bed.run(x[0], **x[1])),
    st.tuples(st.integers(1, 40), numbers).map(lambda x: lambda bed: bed.run(x[0], **x[1])),
    st.floats(0.001, 400).map(lambda s: lambda bed: bed.wait(s)),
    st.tuples(st.integers(60, 210), st.integers(40, 59)).map(
        lambda x: lambda bed: bed.run(1).cuff(*x)
    ),
    st.sampled_from(PHASES).map(_phase),
    fields.map(lambda f: lambda bed: bed.situate(**f)),
    st.tuples(st.sampled_from([MONITOR, PUMP]), st.sampled_from(list(DeviceLink))).map(
        lambda x: lambda bed: bed.link(*x)
    ),
    st.integers(0, 100).map(
        lambda p: lambda bed: bed.device(PUMP, battery_percent=p, on_mains=False)
    ),
    rates.map(lambda rate: lambda bed: bed.pump(rate_ml_h=rate)),
    st.tuples(st.sampled_from(list(DeviceAlarmCode)), st.sampled_from(list(AlarmPhase))).map(
        lambda x: lambda bed: bed.device_alarm(*x)
    ),
    st.sampled_from([DeviceEventCode.NIBP_STARTED, DeviceEventCode.NIBP_FAILED]).map(
        lambda code: lambda bed: bed.event(code)
    ),
    st.just(lambda bed: bed.take(DeviceRestarted(device=PUMP, boot=BootId("b2")))),
    st.just(lambda bed: bed.acknowledge()),
    st.sampled_from(list(Inactivation)).map(_hold),
    st.just(_deed(SignalsResumed, by=NORA)),
    st.sampled_from([85.0, 88.0, None]).map(
        lambda a: _deed(
            LimitChanged, by=NORA, limit=LimitName("spo2_below_high"), before=90, amount=a,
            reason="x",
        )
    ),
    st.just(_deed(OffMonitorBegun, by=NORA)),
    st.just(_deed(OffMonitorEnded, by=NORA)),
)  # fmt: skip
histories = st.lists(moves, min_size=1, max_size=25)
Step = tuple[AlarmInput | None, Any]


class Recorder(AlarmedBed):
    """A bed that keeps what it took up, and when; None is time that passed."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        super().__init__()

    def take(self, item: AlarmInput) -> AlarmedBed:
        self.steps.append((item, self.now))
        return super().take(item)

    def wait(self, seconds: float) -> AlarmedBed:
        bed = super().wait(seconds)
        self.steps.append((None, self.now))
        return bed


def played(history: list[Move]) -> Recorder:
    bed = Recorder()
    for move in history:
        move(bed)
    return bed


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
@settings(max_examples=100, deadline=None)
def test_nothing_happens_before_the_next_deadline(history: list[Move]) -> None:
    bed = played(history)
    state = bed.state
    due_at = next_deadline(state)
    assert due_at is None or due_at > bed.now, "else timers would never rest"
    if due_at is None:
        assert pass_time(state, START + timedelta(days=2), BOOK)[1] == ()
    else:
        assert pass_time(state, due_at - timedelta(microseconds=1), BOOK)[1] == ()


@given(histories)
@settings(max_examples=50, deadline=None)
def test_an_empty_chair_has_no_alarm_of_a_patient(history: list[Move]) -> None:
    bed = played([*history, _phase(None)])
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
