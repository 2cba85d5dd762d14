"""What a bed shows of its session: state, minutes, dose, and what is not as it should be."""

from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest

from infusion import commands as c
from infusion.bed import BedView, ShownDose, ShownSession
from infusion.conflicts import ConflictKind
from infusion.course import Place
from infusion.duty.events import ChairsTaken
from infusion.interventions import commands as ic
from infusion.order import EndsBy
from infusion.session_events import ManualStep, PumpRunKind
from infusion.ward import advance
from infusion.ward_sight import WardSight
from infusion.ward_state import StreamState
from tests.fixtures.acted_ward import BERT, OTHER, ActedWard
from tests.fixtures.clinic import START
from tests.fixtures.session import NORA, OLGA, PAUL, PUMP, SESSION, chart, order
from vocabulary.ids import BedId, CounterId, DeviceId, WardId
from vocabulary.signals import SignalName
from vocabulary.states import DeviceKind, ReadingState, SessionState

PUMP_2 = DeviceId("pump-2")


@pytest.fixture
def ward() -> ActedWard:
    return ActedWard()


def bed(ward: ActedWard, name: str = "1") -> BedView:
    places = {SESSION: Place(number=4, of=6)}
    sight = WardSight(ward.state, ward.rules, ward.now, places)
    return sight.bed(WardId("north"), BedId(name))


def session(ward: ActedWard, name: str = "1") -> ShownSession:
    shown = bed(ward, name).session
    assert shown is not None
    return shown


def dose(ward: ActedWard) -> ShownDose:
    shown = bed(ward).dose
    assert shown is not None
    return shown


def test_preparing_says_what_is_open_who_it_is_and_which_infusion(ward: ActedWard) -> None:
    ward.chair()
    shown = session(ward)
    assert shown.state is SessionState.PREPARING
    assert shown.open_steps[0] == "identify the patient"
    assert "Consent signed" in shown.open_steps
    assert (shown.initials, shown.are_initials_shared) == ("AM", False)
    assert shown.place == Place(number=4, of=6)
    assert [wait.device for wait in shown.waiting] == [PUMP]


def test_two_patients_with_the_same_initials_are_told_apart_by_a_warning(ward: ActedWard) -> None:
    alike = msgspec.structs.replace(BERT, given_name="Alma", family_name="Mayer")
    ward.chair().chair(OTHER, alike, "2")
    assert [session(ward, b).are_initials_shared for b in ("1", "2")] == [True, True]


def test_minutes_dose_and_end_follow_the_pump(ward: ActedWard) -> None:
    ward.ready().move(10).hold().move(1).run(2400)
    shown, given = session(ward), dose(ward)
    assert shown.state is SessionState.INFUSING
    assert shown.planned_s is not None
    assert shown.planned_s - shown.running_s == pytest.approx(1200, abs=5)
    assert given.given_mg == pytest.approx(23.3333, abs=0.001)
    assert given.given_mg_per_kg == pytest.approx(0.3333, abs=0.001)
    assert (given.ordered_mg, given.dose_rate_mg_kg_h) == (35, 0.5)
    assert given.predicted_end == pytest.approx(
        ward.now + timedelta(minutes=20), abs=timedelta(seconds=2)
    )
    ward.move(5)
    assert session(ward).running_s == pytest.approx(2405, abs=1)


def test_a_rate_that_changes_moves_the_end(ward: ActedWard) -> None:
    ward.ready().move(10).run(1800).run(10, 42.0)
    left_s = (35 - 17.5) / 42 * 3600
    end = dose(ward).predicted_end
    assert end == pytest.approx(ward.now + timedelta(seconds=left_s - 10), abs=timedelta(seconds=3))
    shown = session(ward)
    assert shown.planned_s is not None
    assert shown.planned_s - shown.running_s == pytest.approx(left_s - 10, abs=3)


def test_a_pause_of_four_minutes_moves_the_end_by_four(ward: ActedWard) -> None:
    ward.ready().move(10).run(1800)
    before = dose(ward).predicted_end
    assert before is not None
    ward.move(1).hold()
    for _ in range(239):
        ward.move(1).hold()
    assert session(ward).state is SessionState.PAUSED
    assert dose(ward).predicted_end is None
    left_s = (session(ward).planned_s or 0) - session(ward).running_s
    assert left_s == pytest.approx(1800, abs=3)
    ward.do(c.ConfirmPause(by=NORA, reason="toilet"))
    assert session(ward).pause_reason == "toilet"
    assert session(ward).since == START + timedelta(seconds=1811)
    ward.run(2)
    after = dose(ward).predicted_end
    assert after == pytest.approx(before + timedelta(minutes=4), abs=timedelta(seconds=3))


def test_the_minutes_of_an_order_by_duration_are_those_of_the_order(ward: ActedWard) -> None:
    ward.ready().move(1)
    minutes = order(ends_by=EndsBy.DURATION, duration_min=Decimal(40), dose_mg=None)
    ward.do(c.GiveOrder(by=PAUL, order=minutes, reasons=()))
    ward.do(c.ConfirmDevice(by=OLGA, device=PUMP))
    ward.move(1).run(600).run(60, 42.0)
    assert session(ward).planned_s == 2400
    assert dose(ward).predicted_end == pytest.approx(
        ward.now + timedelta(seconds=2400 - 660), abs=timedelta(seconds=2)
    )


def test_numbers_are_compared_with_the_frozen_baseline(ward: ActedWard) -> None:
    ward.ready().move(1).numbers(hr=92.0, spo2=97.0, nibp_sys=144.0, nibp_dia=82.0)
    signals = bed(ward).signals
    assert signals[SignalName.HR].baseline_delta == pytest.approx(21.5)
    assert signals[SignalName.NIBP].baseline_delta == pytest.approx(22)
    assert signals[SignalName.SPO2].baseline_delta is None
    assert signals[SignalName.HR].state is ReadingState.LIVE


def test_the_pumps_own_dose_rate_is_checked_against_weight_and_concentration(
    ward: ActedWard,
) -> None:
    ward.ready().move(1).run(5, dose_rate_mg_kg_h=0.5)
    assert dose(ward).back_check == ""
    ward.run(5, dose_rate_mg_kg_h=0.7)
    assert "the pump says 0.700 mg/kg/h" in dose(ward).back_check


def test_a_pump_that_runs_unconfirmed_is_told_with_its_rate(ward: ActedWard) -> None:
    ward.chair().move(1).run(5)
    (running,) = bed(ward).unconfirmed
    assert (running.device, running.rate_ml_h) == (PUMP, 35.0)
    ward.do(c.ExplainPumpRun(by=NORA, device=PUMP, began_at=running.since,
                             kind=PumpRunKind.PRIMING))  # fmt: skip
    assert bed(ward).unconfirmed == ()
    assert dose(ward).given_ml == 0


def test_a_pump_without_a_session_runs_unconfirmed(ward: ActedWard) -> None:
    ward.run(60)
    view = bed(ward)
    assert [pump.device for pump in view.unconfirmed] == [PUMP]
    assert view.session is not None
    assert (view.session.id, view.session.state) == (None, SessionState.INFUSING)
    assert view.dose is not None
    assert view.dose.given_mg == pytest.approx(0.583, abs=0.001)


def test_a_pump_that_goes_on_after_a_confirmed_pause_is_still_running(ward: ActedWard) -> None:
    ward.ready().move(1).run(60)
    ward.do(c.ConfirmPause(by=NORA, reason="nausea")).run(10)
    assert session(ward).still_running == ()
    ward.run(6)
    (running,) = session(ward).still_running
    assert (running.device, running.rate_ml_h) == (PUMP, 35.0)


def test_two_pumps_that_run_at_one_bed_contradict_each_other(ward: ActedWard) -> None:
    ward.ready().move(1).run(5)
    ward.do(c.AssociateDevice(by=NORA, device=PUMP_2, kind=DeviceKind.PUMP)).run(5, device=PUMP_2)
    kinds = {conflict.kind for conflict in bed(ward).conflicts}
    assert kinds == {ConflictKind.TWO_PUMPS_RUNNING, ConflictKind.DEVICE_AT_TWO_BEDS}
    assert {c.kind for c in bed(ward, "2").conflicts} == {ConflictKind.DEVICE_AT_TWO_BEDS}


def test_recovery_counts_from_the_stop_and_discharge_frees_the_bed(ward: ActedWard) -> None:
    ward.ready().move(1).run(60).move(1).complete()
    stopped_at = ward.now
    ward.move(600).hold(counter=CounterId("c2"), volume_ml=0.0)
    shown = session(ward)
    assert (shown.state, shown.stopped_at, shown.since) == (
        SessionState.RECOVERY, stopped_at, stopped_at
    )  # fmt: skip
    ward.move(7200).do(c.Discharge(by=NORA, escort="Max"))
    view = bed(ward)
    assert (view.session, view.pump, view.dose, view.signals) == (None, None, None, {})


def test_a_pump_charted_by_hand_counts_and_is_marked_manual(ward: ActedWard) -> None:
    by_hand = DeviceId("old-pump")
    ward.ready().do(
        c.AssociateDevice(by=NORA, device=by_hand, kind=DeviceKind.PUMP, is_manual=True),
        c.ConfirmDevice(by=OLGA, device=by_hand),
    )
    ward.move(60).do(chart(by_hand, ManualStep.STARTED, 35, 0))
    ward.move(1200).do(chart(by_hand, ManualStep.RATE_CHANGED, 42, 12))
    given = dose(ward)
    assert (given.given_mg, given.is_manual) == (12, True)
    assert session(ward).state is SessionState.INFUSING
    assert session(ward).running_s == pytest.approx(1200, abs=1)


def test_every_moment_of_a_session_can_be_shown(ward: ActedWard) -> None:
    """Nothing that happened may keep a bed from being shown."""
    ward.ready().move(1).run(30).move(1).hold().move(5).run(20).move(1).complete()
    state = StreamState()
    for item in ward.inputs:
        state, _ = advance(state, [item], ward.rules)
        assert state.now is not None
        for later_s in (0, 5, 3600):
            sight = WardSight(state, ward.rules, state.now + timedelta(seconds=later_s))
            for name in ("1", "2"):
                sight.bed(WardId("north"), BedId(name))


def test_a_bed_says_what_is_due_next_and_who_answers_for_it(ward: ActedWard) -> None:
    ward.ready().move(10).hold().move(1).run(2)
    assert bed(ward).checks.next is not None
    ward.act(
        ChairsTaken(ward=WardId("north"), at=ward.now, by=NORA, beds=(BedId("1"),)),
    )
    ward.wait(3 * 60)
    checks = bed(ward).checks
    assert checks.next is not None
    assert (checks.next.what, checks.next.is_cuff, checks.next.is_overdue) == ("BP", True, False)
    assert [check.what for check in checks.checks] == ["BP"]
    ward.wait(7.5 * 60)
    shown = bed(ward).checks
    assert [(check.what, check.is_overdue) for check in shown.checks] == [
        ("BP", True), ("Quick set", False), ("BP", False),
    ]  # fmt: skip
    assert shown.work_s == 45 * (3 + 2) + 90 * 3  # two of the recovery
    assert session(ward).nurse == "Nora N."
    ward.act(ChairsTaken(ward=WardId("north"), at=ward.now, by=OLGA, beds=(BedId("1"),)))
    assert session(ward).nurse == "Olga O."
    assert bed(ward, "2").checks.next is None


def test_a_bed_says_that_help_is_wanted_and_asks_nothing_in_an_emergency(ward: ActedWard) -> None:
    ward.ready().move(10).hold().move(1).run(2).do(ic.CallHelp(by=OLGA))
    shown = bed(ward).checks
    assert shown.help is not None
    assert (shown.help.since, shown.help.by) == (ward.now, "Olga Other")
    ward.do(ic.EndHelp(by=NORA), ic.BeginEmergency(by=NORA)).wait(600)
    shown = bed(ward).checks
    assert (shown.help, shown.next, shown.checks) == (None, None, ())
    assert shown.emergency_since is not None
