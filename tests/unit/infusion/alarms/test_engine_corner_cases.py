"""Rare orders of things: one breath before silence, a limit for an empty chair, late news."""

from infusion.alarms.events import AlarmEscalated, AlarmLatched, LimitChanged
from infusion.alarms.rules import LimitName
from tests.fixtures.alarmed import AlarmedBed, situation
from tests.fixtures.session import NORA
from vocabulary.signals import SignalName
from vocabulary.states import InvalidReason


def test_one_breath_and_then_silence_ends_no_apnoea() -> None:
    bed = AlarmedBed().run(10, etco2=37.0)
    no_breath = {SignalName.ETCO2: InvalidReason.UNDER_RANGE}
    bed.run(30, etco2=None, rr=None, invalid=no_breath)
    assert "no breath for 20 s" in bed.raised()
    bed.run(1, etco2=20.0).wait(600)
    assert bed.told(AlarmLatched) == []
    bed.run(7, etco2=37.0)
    assert [event.text for event in bed.told(AlarmLatched)] == ["no breath for 20 s"]


def test_no_limit_is_changed_for_whoever_comes_next() -> None:
    bed = AlarmedBed()
    bed.situate(situation(None, phase_since=bed.now))
    bed.deed(
        LimitChanged, by=NORA, limit=LimitName("spo2_below_high"), before=90, amount=85.0,
        reason="x",
    )  # fmt: skip
    assert bed.state.changes == {}


def test_an_escalation_that_is_due_when_an_alarm_returns_comes_then_and_not_before() -> None:
    bed = AlarmedBed()
    bed.pump(rate_ml_h=350.0).run(2)
    bed.pump(rate_ml_h=0.0).run(29)
    bed.pump(rate_ml_h=350.0).wait(1)
    escalated = bed.told(AlarmEscalated)
    assert escalated
    assert [event for event in escalated if event.at < event.since] == []
    assert [event.at for event in bed.events] == sorted(event.at for event in bed.events)
