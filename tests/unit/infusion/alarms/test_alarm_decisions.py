"""What people ask of alarms: accepted with what follows, or refused with reason and advice."""

from typing import Any

import msgspec
import pytest

from infusion.alarms import commands as c
from infusion.alarms.decisions import AlarmsAccepted, decide_alarms
from infusion.alarms.events import AlarmId, LimitChanged, SignalsHeldBack
from infusion.alarms.rules import LimitName
from infusion.commands import Refused
from tests.fixtures.alarmed import BOOK, AlarmedBed, situation
from tests.fixtures.session import ADA, NORA, OLGA, PAUL
from vocabulary.alarms import AlarmCode, AlarmPriority, Inactivation, SignalState
from vocabulary.ids import SessionId
from vocabulary.states import SessionState

SPO2_HIGH = LimitName("spo2_below_high")


def do(bed: AlarmedBed, command: c.AlarmCommand) -> AlarmedBed:
    decision = decide_alarms(bed.state, command, bed.now, BOOK)
    assert isinstance(decision, AlarmsAccepted), decision
    for event in decision.events:
        bed.take(event)
    return bed


def refuse(bed: AlarmedBed, command: c.AlarmCommand) -> str:
    decision = decide_alarms(bed.state, command, bed.now, BOOK)
    assert isinstance(decision, Refused), decision
    assert decision.what_to_do
    return decision.reason


def desaturated() -> AlarmedBed:
    return AlarmedBed().run(15, spo2=88.0)


def ids(bed: AlarmedBed) -> tuple[AlarmId, ...]:
    return tuple(alarm.id for alarm in bed.state.alarms.values())


def test_an_alarm_is_acknowledged_by_name_once() -> None:
    bed = desaturated()
    do(bed, c.AcknowledgeAlarms(by=NORA, alarms=ids(bed)))
    assert bed.alarm(AlarmCode.SPO2_LOW).state is SignalState.ACKNOWLEDGED
    reason = refuse(bed, c.AcknowledgeAlarms(by=OLGA, alarms=ids(bed)))
    assert reason == "Nora Nurse has acknowledged it already"


def test_an_alarm_that_is_over_cannot_be_acknowledged() -> None:
    assert "over" in refuse(desaturated(), c.AcknowledgeAlarms(by=NORA, alarms=(AlarmId("x"),)))


def test_of_several_those_that_are_open_are_acknowledged() -> None:
    bed = AlarmedBed().run(15, spo2=88.0, hr=115.0)
    do(bed, c.AcknowledgeAlarms(by=NORA, alarms=(bed.alarm(AlarmCode.HR_HIGH).id,)))
    decision = decide_alarms(
        bed.state, c.AcknowledgeAlarms(by=OLGA, alarms=ids(bed)), bed.now, BOOK
    )
    assert isinstance(decision, AlarmsAccepted)
    assert decision.events[0].alarms == (bed.alarm(AlarmCode.SPO2_LOW).id,)  # type: ignore[union-attr]


def test_who_may_not_chart_may_not_acknowledge() -> None:
    bed = desaturated()
    assert "administrator may not" in refuse(bed, c.AcknowledgeAlarms(by=ADA, alarms=ids(bed)))


def test_the_sound_is_paused_from_a_screen_without_a_name() -> None:
    bed = desaturated()
    pause = c.HoldBackSignals(inactivation=Inactivation.AUDIO_PAUSED, screen="station")
    do(bed, pause)
    assert bed.state.held is not None
    assert bed.state.held.by is None
    assert (bed.state.held.until - bed.now).total_seconds() == 120
    assert "already, for another 120 s" in refuse(bed, pause)
    do(bed, c.ResumeSignals(screen="station"))
    assert bed.state.held is None


@pytest.mark.parametrize(
    "command",
    [
        c.HoldBackSignals(inactivation=Inactivation.AUDIO_PAUSED),
        c.HoldBackSignals(inactivation=Inactivation.AUDIO_OFF, screen="station", reason="x"),
        c.HoldBackSignals(inactivation=Inactivation.ALARM_PAUSED, screen="station", reason="x"),
        c.ResumeSignals(),
    ],
)
def test_everything_else_needs_a_name(command: c.AlarmCommand) -> None:
    assert refuse(desaturated(), command) == "that needs a name"


def test_a_pause_of_nothing_is_refused() -> None:
    pause = c.HoldBackSignals(inactivation=Inactivation.AUDIO_PAUSED, screen="station")
    assert refuse(AlarmedBed(), pause) == "no alarm sounds at this bed"
    assert refuse(AlarmedBed().run(15, hr=103.0), pause) == "no alarm sounds at this bed"
    assert "no signal" in refuse(AlarmedBed(), c.ResumeSignals(by=NORA))


@pytest.mark.parametrize("for_s", [0, -1, 121, float("inf"), float("nan")])
def test_a_pause_has_a_length_that_the_clinic_allows(for_s: float) -> None:
    how = Inactivation.AUDIO_PAUSED
    command = c.HoldBackSignals(inactivation=how, by=NORA, for_s=for_s)
    assert refuse(desaturated(), command) == "audio paused is for 2 min at most"


def test_sound_off_and_alarms_paused_need_a_reason() -> None:
    how = Inactivation.AUDIO_OFF
    bed = desaturated()
    assert refuse(bed, c.HoldBackSignals(inactivation=how, by=NORA, reason=" ")) == (
        "audio off needs a reason"
    )
    do(bed, c.HoldBackSignals(inactivation=how, by=NORA, reason="transfer", for_s=60))
    assert bed.state.held is not None
    assert bed.state.held.reason == "transfer"


def change(amount: float | None, **fields: Any) -> c.ChangeLimit:
    plain = c.ChangeLimit(by=NORA, limit=SPO2_HIGH, amount=amount, reason="COPD, target 88")
    return msgspec.structs.replace(plain, **fields)


def test_a_limit_is_changed_for_the_session_with_who_and_why() -> None:
    bed = do(AlarmedBed(), change(88))
    assert bed.state.changes == {SPO2_HIGH: 88}
    assert bed.run(30, spo2=89.0).alarm(AlarmCode.SPO2_LOW).priority is AlarmPriority.MEDIUM
    decision = decide_alarms(bed.state, change(86), bed.now, BOOK)
    assert isinstance(decision, AlarmsAccepted)
    changed = decision.events[0]
    assert isinstance(changed, LimitChanged)
    assert (changed.before, changed.amount, changed.reason) == (88, 86, "COPD, target 88")
    assert changed.by == NORA


def test_the_next_session_has_the_clinics_limits_again() -> None:
    bed = do(AlarmedBed(), change(88)).situate(situation(None))
    assert bed.state.changes == {}
    bed.situate(situation(session=SessionId("s2"))).run(15, spo2=89.0)
    assert bed.alarm(AlarmCode.SPO2_LOW).priority is AlarmPriority.HIGH


def test_what_was_meant_for_one_patient_does_nothing_to_the_next() -> None:
    """The word may be taken up late, when ingest was down and the chair has changed hands."""
    bed = AlarmedBed().run(15, spo2=88.0)
    decided = [
        decide_alarms(bed.state, command, bed.now, BOOK)
        for command in (
            change(86),
            c.HoldBackSignals(inactivation=Inactivation.AUDIO_OFF, by=NORA, reason="transfer"),
            c.BeginOffMonitor(by=NORA, accompanied_by="Olga"),
        )
    ]
    bed.situate(situation(None)).situate(situation(session=SessionId("s2")))
    for decision in decided:
        assert isinstance(decision, AlarmsAccepted)
        bed.take(decision.events[0])
    assert (bed.state.changes, bed.state.held, bed.state.off_monitor) == ({}, None, None)


def test_a_limit_goes_back_to_the_clinics_without_a_reason() -> None:
    bed = do(do(AlarmedBed(), change(88)), change(None, reason=""))
    assert bed.state.changes == {}
    assert refuse(bed, change(None)) == "it is 90 already"


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (change(84), "SpO2 84 is outside 85 to 92"),
        (change(93), "SpO2 93 is outside 85 to 92"),
        (change(float("nan")), "is outside"),
        (change(88, reason=" "), "another limit needs a reason"),
        (change(90), "it is 90 already"),
        (change(80, limit=LimitName("spo2_deep")), "is fixed"),
        (change(80, limit=LimitName("nothing")), "there is no limit"),
        (change(88, by=ADA), "administrator may not do that"),
        (change(88, limit=LimitName("spo2_below_medium")), "passes the high limit 90"),
    ],
)
def test_a_limit_that_cannot_be(command: c.ChangeLimit, reason: str) -> None:
    assert reason in refuse(AlarmedBed(), command)


def test_limits_are_changed_for_somebody() -> None:
    assert refuse(AlarmedBed(empty=True), change(88)) == "nobody is in the chair"


def test_urgent_first_and_then_the_less_urgent_one_moves() -> None:
    bed = do(AlarmedBed(), change(86))
    do(bed, change(88, limit=LimitName("spo2_below_medium")))
    assert bed.state.changes == {SPO2_HIGH: 86, LimitName("spo2_below_medium"): 88}
    assert "passes the medium limit 88" in refuse(bed, change(None))


def test_a_standing_alarm_is_judged_by_the_new_limit() -> None:
    bed = do(desaturated(), change(86)).run(10, spo2=88.0)
    assert bed.alarm(AlarmCode.SPO2_LOW).current is not None
    bed.run(10, spo2=88.0)
    assert bed.alarm(AlarmCode.SPO2_LOW).current is AlarmPriority.MEDIUM


def test_a_delay_against_the_old_limit_does_not_run_on() -> None:
    bed = do(AlarmedBed().run(8, spo2=89.0), change(88)).wait(3)
    assert bed.raised() == []


def test_a_pressure_that_is_known_is_judged_by_the_new_limit_at_once() -> None:
    bed = AlarmedBed(situation(baseline={})).run(60).cuff(155, 85)
    do(bed, change(150, limit=LimitName("sys_above_medium"), reason="aneurysm"))
    assert bed.texts() == ["!! SBP 155 ≥ 150"]


# Off the monitor.


def test_while_the_pump_infuses_somebody_goes_along_or_it_is_paused() -> None:
    bed = AlarmedBed()
    assert refuse(bed, c.BeginOffMonitor(by=NORA)) == "the pump infuses"
    do(bed, c.BeginOffMonitor(by=NORA, accompanied_by="Olga"))
    assert bed.state.off_monitor is not None
    assert bed.state.off_monitor.accompanied_by == "Olga"
    assert "already" in refuse(bed, c.BeginOffMonitor(by=NORA, accompanied_by="Olga"))
    do(bed, c.EndOffMonitor(by=PAUL))
    assert "on the monitor" in refuse(bed, c.EndOffMonitor(by=PAUL))


def test_paused_nobody_has_to_go_along() -> None:
    do(AlarmedBed(situation(SessionState.PAUSED)), c.BeginOffMonitor(by=NORA))
    assert "nobody is in the chair" in refuse(AlarmedBed(empty=True), c.BeginOffMonitor(by=NORA))


def test_a_deed_names_bed_session_and_time() -> None:
    bed = desaturated()
    decision = decide_alarms(
        bed.state,
        c.HoldBackSignals(inactivation=Inactivation.AUDIO_PAUSED, by=NORA),
        bed.now,
        BOOK,
    )
    assert isinstance(decision, AlarmsAccepted)
    deed = decision.events[0]
    assert isinstance(deed, SignalsHeldBack)
    assert (deed.ward, deed.bed, deed.session) == ("north", "1", "s1")
    assert deed.at == bed.now
