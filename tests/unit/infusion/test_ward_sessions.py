"""Sessions in the ordered stream: what people did and what pumps told, in one place."""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infusion import commands as c
from infusion.events import InfusionEnded, InfusionPaused, InfusionResumed, InfusionStarted
from infusion.fold import fold
from infusion.happenings import Concluded, chain_of
from infusion.inputs import PeopleActed
from infusion.report.delivery import delivered_with
from infusion.session_events import Discharged, StartHeld
from infusion.ward import advance
from infusion.ward_state import StreamState, without_logs
from tests.fixtures.acted_ward import BERT, OTHER, ActedWard
from tests.fixtures.arrivals import pump_reading
from tests.fixtures.clinic import START
from tests.fixtures.pumps import event
from tests.fixtures.session import NORA, PUMP, SESSION
from vocabulary.alarms import DeviceEventCode
from vocabulary.ids import BedId, CounterId, DeviceId, WardId
from vocabulary.signals import SignalName
from vocabulary.states import DeviceKind, PumpState, SessionState

PUMP_2 = DeviceId("pump-2")


@pytest.fixture
def ward() -> ActedWard:
    return ActedWard()


def facts(ward: ActedWard) -> list[tuple[str, float]]:
    """What was concluded of pumps: kind, and when it was so, in seconds."""
    return [
        (type(f).__name__.removeprefix("Infusion"), (f.observed_at - START).total_seconds())
        for f in ward.concluded
        if isinstance(f, InfusionStarted | InfusionPaused | InfusionResumed | InfusionEnded)
    ]


def test_an_infusion_starts_pauses_goes_on_and_ends_by_the_pump(ward: ActedWard) -> None:
    ward.ready().move(10)
    ward.hold().move(10).run(60)
    assert ward.session().state is SessionState.INFUSING
    ward.move(1).hold().move(9).hold()
    assert ward.session().state is SessionState.PAUSED
    ward.move(10).run(30).move(1).complete()
    assert ward.session().state is SessionState.RECOVERY
    assert facts(ward) == [("Started", 20), ("Paused", 81), ("Resumed", 100), ("Ended", 131)]
    assert {chain_of(fact) for fact in ward.found(InfusionStarted)} == {"session/s1"}
    assert ward.session().runs[0].kind is not None


def test_a_sessions_chain_folds_to_the_session_that_ingest_knows(ward: ActedWard) -> None:
    ward.ready().move(10).run(60).move(1).hold().move(10).run(10)
    acts = [i.event for i in ward.inputs if isinstance(i, PeopleActed)]
    concluded = [event for event in ward.concluded if chain_of(event) == "session/s1"]
    assert fold([*acts, *concluded]) == ward.session()  # type: ignore[list-item]


def test_delivered_is_known_to_the_microlitre(ward: ActedWard) -> None:
    ward.ready().move(10).hold().move(1).run(1200)
    ward.run(1500, 42.0).move(1).hold().move(299).run(600, 28.0).move(1).hold()
    logs = ward.state.charts[SESSION].logs
    delivered = delivered_with(ward.session(), logs, ward.rules.flow)
    assert delivered.drug_ml == pytest.approx(Decimal("33.833"), abs=Decimal("0.001"))
    assert delivered.running_s == pytest.approx(3300, abs=3)


def test_a_new_counter_after_the_end_is_a_new_infusion(ward: ActedWard) -> None:
    ward.ready().move(1).run(30).move(1).complete()
    ward.volume_ml.clear()
    ward.move(60).run(10, counter=CounterId("c2"))
    assert [kind for kind, _ in facts(ward)] == ["Started", "Ended", "Started"]
    ward.volume_ml.clear()
    ward.move(1).hold().move(60).run(10, counter=CounterId("c3"))
    assert [kind for kind, _ in facts(ward)][3:] == ["Paused", "Resumed"]


def test_what_comes_late_tells_of_the_pause_it_was_in(ward: ActedWard) -> None:
    ward.ready().move(1).run(60)
    ward.move(30).run(60)
    late = pump_reading(
        75, state=PumpState.PAUSED, rate_ml_h=0.0, volume_ml=0.5833, late=True, buffered=True,
        received_at=ward.now,
    )  # fmt: skip
    assert [kind for kind, _ in facts(ward)] == ["Started"]
    ward.say(late)
    assert facts(ward)[1:] == [("Paused", 75), ("Resumed", 91)]
    runs = [(run.began_at, run.stopped_at) for run in ward.session().runs]
    assert len(runs) == 2
    assert ward.session().state is SessionState.INFUSING


def test_a_pump_that_ran_while_nobody_heard_it_is_told_by_its_volume(ward: ActedWard) -> None:
    ward.ready().move(1).run(30).move(1).hold()
    ward.move(60).hold(volume_ml=0.5)
    assert facts(ward) == [("Started", 1), ("Paused", 32), ("Resumed", 32), ("Paused", 92)]
    assert ward.session().state is SessionState.PAUSED


def test_an_event_before_its_reading_moves_the_start_and_is_no_second_run(ward: ActedWard) -> None:
    ward.ready().move(10).hold().move(10).run(5)
    ward.say(event(19.5, DeviceEventCode.DELIVERY_STARTED, rate_to_ml_h=35.0, seq=9,
                   received_at=ward.now))  # fmt: skip
    assert facts(ward) == [("Started", 20), ("Started", 19.5)]
    (run,) = ward.session().runs
    assert run.began_at == START + timedelta(seconds=19.5)


def test_a_pump_that_ran_before_it_was_known_to_be_ours_is_ours_from_then_on(
    ward: ActedWard,
) -> None:
    ward.chair()
    stray = DeviceId("pump-9")
    ward.move(60).run(120, device=stray)
    associate = c.AssociateDevice(
        by=NORA, at=START + timedelta(seconds=90), device=stray, kind=DeviceKind.PUMP
    )
    assert facts(ward) == []
    ward.do(associate)
    assert facts(ward) == [("Started", 90)]
    delivered = delivered_with(ward.session(), ward.state.charts[SESSION].logs, ward.rules.flow)
    assert delivered.drug_ml == pytest.approx(Decimal("0.875"), abs=Decimal("0.001"))


def correct(*, is_ours: bool, since_s: float, device: DeviceId = PUMP) -> c.CorrectAssociation:
    return c.CorrectAssociation(
        by=NORA, device=device, kind=DeviceKind.PUMP, is_ours=is_ours,
        since=START + timedelta(seconds=since_s), reason="swapped lines",
    )  # fmt: skip


def test_a_correction_from_the_past_gives_each_session_what_it_was_given(ward: ActedWard) -> None:
    ward.ready().ready(OTHER, BERT, "2")
    ward.move(10).run(600)
    ward.do(correct(is_ours=False, since_s=310)).do(
        correct(is_ours=True, since_s=310), session=OTHER
    )
    volumes = [
        delivered_with(ward.session(name), ward.state.charts[name].logs, ward.rules.flow).drug_ml
        for name in (SESSION, OTHER)
    ]
    assert volumes == pytest.approx([Decimal("2.9167")] * 2, abs=Decimal("0.011"))
    assert [ward.session(name).has_drug for name in (SESSION, OTHER)] == [True, True]
    started = ward.found(InfusionStarted)
    assert [(f.session, f.observed_at) for f in started] == [
        (SESSION, START + timedelta(seconds=10)),
        (OTHER, START + timedelta(seconds=310)),
    ]
    ward.move(1).hold()
    assert ward.session(OTHER).state is SessionState.PAUSED
    assert ward.session().runs[-1].stopped_at == START + timedelta(seconds=310)


def test_a_device_of_two_sessions_is_heard_by_both(ward: ActedWard) -> None:
    ward.ready().ready(OTHER, BERT, "2")
    ward.do(correct(is_ours=True, since_s=0), session=OTHER)
    ward.move(10).run(10)
    assert {f.session for f in ward.found(InfusionStarted)} == {SESSION, OTHER}


def test_a_pump_of_no_session_is_concluded_in_the_wards_chain(ward: ActedWard) -> None:
    ward.run(10)
    (started,) = ward.found(InfusionStarted)
    assert (started.session, started.bed, chain_of(started)) == (None, BedId("1"), "ward/north")


def cuff(ward: ActedWard, sys: float, dia: float, monitor: str = "monitor-1") -> None:
    ward.numbers(monitor, nibp_sys=sys, nibp_dia=dia)


def test_a_pressure_over_the_limit_twice_holds_the_start_once(ward: ActedWard) -> None:
    ward.chair().move(1)
    cuff(ward, 152, 88)
    ward.move(60)
    cuff(ward, 150, 88)  # too near to the first
    assert ward.found(StartHeld) == []
    ward.move(70)
    cuff(ward, 148, 92)
    (held,) = ward.found(StartHeld)
    assert [reading.sys for reading in held.readings] == [152, 148]
    assert ward.session().held == held
    assert chain_of(held) == "session/s1"
    ward.move(130)
    cuff(ward, 160, 99)
    assert len(ward.found(StartHeld)) == 1


def test_the_next_patient_never_sees_the_last_ones_numbers(ward: ActedWard) -> None:
    ward.numbers(spo2=91.0).hold().move(1)
    ward.chair()
    assert ward.state.wards[WardId("north")][BedId("1")].readings == {}
    ward.move(1).numbers(spo2=97.0)
    assert ward.state.charts[SESSION].readings[SignalName.SPO2].value == 97.0
    assert ward.state.wards[WardId("north")][BedId("1")].readings == {}
    ward.do(c.CancelSession(by=NORA, reason="unwell"))
    assert ward.state.charts == {}
    ward.chair(OTHER, BERT)
    assert ward.state.charts[OTHER].readings == {}
    bed = ward.state.wards[WardId("north")][BedId("1")]
    assert (bed.readings, bed.deliveries) == ({}, {})


def test_discharge_clears_what_is_shown_and_keeps_what_was_delivered(ward: ActedWard) -> None:
    ward.ready().move(1).run(60).move(1).complete()
    ward.move(1).numbers(spo2=97.0).move(7200)
    ward.do(c.Discharge(by=NORA, escort="Max"))
    chart = ward.state.charts[SESSION]
    assert (chart.readings, chart.pumps) == ({}, {})
    assert delivered_with(ward.session(), chart.logs, ward.rules.flow).drug_ml > 0
    ward.move(1).numbers(spo2=80.0)
    assert ward.state.charts[SESSION].readings == {}


def test_a_late_word_after_discharge_is_still_the_sessions(ward: ActedWard) -> None:
    ward.ready().move(1).run(60)
    stopped_at = ward.move(5).now
    ward.move(7200).do(c.EndInfusionEarly(by=NORA, reason="tired"))
    ward.act(_discharged(ward))
    ward.move(60).say(
        pump_reading((stopped_at - START).total_seconds(), state=PumpState.PAUSED, rate_ml_h=0.0,
                     volume_ml=0.58, late=True, buffered=True, received_at=ward.now)
    )  # fmt: skip
    assert facts(ward)[-1] == ("Paused", 66)
    assert ward.session().drug_stopped_at == stopped_at


def test_charts_are_let_go_when_nothing_late_is_expected_any_more(ward: ActedWard) -> None:
    ward.ready().move(1).run(60).move(1).complete().move(7200).act(_discharged(ward))
    assert SESSION in ward.state.charts
    ward.move(90_000).chair(OTHER, BERT)
    assert set(ward.state.charts) == {OTHER}
    assert ward.session().state is SessionState.DISCHARGED


def _discharged(ward: ActedWard) -> Discharged:
    return Discharged(session=SESSION, at=ward.now, by=NORA, escort="Max")


def test_a_snapshot_leaves_out_the_logs_only(ward: ActedWard) -> None:
    ward.ready().move(1).numbers(spo2=97.0).run(120)
    bare = without_logs(ward.state)
    assert msgspec.json.decode(msgspec.json.encode(bare), type=StreamState) == bare
    assert bare.sessions == ward.state.sessions
    assert bare.charts[SESSION].readings == ward.state.charts[SESSION].readings
    assert ward.state.charts[SESSION].logs


def busy_ward() -> ActedWard:
    """Two sessions, late words, a correction, a pump without a session."""
    ward = ActedWard()
    ward.run(5, device=PUMP_2)
    ward.ready().move(3).numbers(spo2=97.0)
    ward.chair(OTHER, BERT, "2").move(2).run(20).move(1).hold()
    cuff(ward.move(1), 150, 95, "monitor-2")
    ward.move(6).run(10).wait(30)
    ward.say(pump_reading(14.5, state=PumpState.PAUSED, rate_ml_h=0.0, volume_ml=0.02, late=True,
                          received_at=ward.now, seq=99))  # fmt: skip
    cuff(ward.move(130), 151, 95, "monitor-2")
    ward.do(correct(is_ours=False, since_s=20)).do(correct(is_ours=True, since_s=20), session=OTHER)
    return ward.move(1).run(5).move(1).complete()


BUSY = busy_ward()


@given(cuts=st.sets(st.integers(1, len(BUSY.inputs) - 1)))
@settings(deadline=None, max_examples=40)
def test_how_a_busy_stream_is_cut_changes_nothing(cuts: set[int]) -> None:
    state, found = StreamState(), list[Concluded]()
    for low, high in pairwise([0, *sorted(cuts), len(BUSY.inputs)]):
        before = msgspec.json.encode(state)
        after, events = advance(state, BUSY.inputs[low:high], BUSY.rules)
        assert msgspec.json.encode(state) == before
        state, found = after, [*found, *events]
    assert found == BUSY.concluded
    assert state == BUSY.state


def test_the_busy_stream_is_worth_cutting() -> None:
    kinds = {type(event).__name__ for event in BUSY.concluded}
    assert {"StartHeld", "InfusionStarted", "InfusionPaused", "InfusionEnded"} <= kinds
    assert {f.session for f in BUSY.found(InfusionStarted)} == {None, SESSION, OTHER}
