"""A session: what people may do to it, and where its pumps and its people take it."""

from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest

from infusion import commands as c
from infusion.answers import Number
from infusion.events import InfusionPaused, InfusionStarted
from infusion.fold import NotPlanned, fold
from infusion.session import (
    bed_at,
    running_devices,
    still_running,
    unconfirmed_runs,
)
from infusion.session_events import (
    MadeReadyForSignOff,
    ManualStep,
    PeoplesEvent,
    PumpRunKind,
)
from tests.fixtures.clinic import START
from tests.fixtures.session import (
    NORA,
    PUMP,
    SESSION,
    Driver,
    begin,
    chart,
    fact,
    infusing,
    planned,
    preparing,
    ready,
    recovering,
    signed,
)
from vocabulary.ids import BedId, DeviceId
from vocabulary.states import DeviceKind, SessionState

MINUTE = timedelta(minutes=1)


def test_a_whole_session_goes_through_its_states() -> None:
    driver = planned()
    states = [driver.session.state]
    for step in (
        lambda d: d.move(1).do(begin()),
        ready_from,
        lambda d: d.started(),
        lambda d: d.move(20).do(c.ConfirmPause(by=NORA, reason="bathroom")).paused(),
        lambda d: d.move(5).resumed(),
        lambda d: d.move(40).ended(),
        lambda d: d.move(61).do(c.Discharge(by=NORA, escort="Max")),
    ):
        driver = step(driver)
        states.append(driver.session.state)
    assert [state.value for state in states] == [
        "planned", "preparing", "preparing", "infusing", "paused", "infusing", "recovery",
        "discharged",
    ]  # fmt: skip
    for event in (
        MadeReadyForSignOff(session=SESSION, at=driver.now, by=NORA),
        signed(driver.now),
    ):
        driver.take(event)
        states.append(driver.session.state)
    assert [state.value for state in states[-2:]] == ["ready for sign-off", "signed"]


def ready_from(driver: Driver) -> Driver:
    """As `ready`, on a session that is being prepared."""
    other = ready()
    driver.now = other.now
    for event in other.events[4:]:
        driver.take(event)
    return driver


def test_a_session_is_the_fold_of_its_events_and_remembers_every_one() -> None:
    driver = recovering()
    assert fold(driver.events) == driver.session
    assert driver.session.taken == len(driver.events)


def test_events_without_a_plan_are_no_session() -> None:
    with pytest.raises(NotPlanned, match="InfusionStarted came before"):
        fold([fact(InfusionStarted, START)])
    with pytest.raises(NotPlanned, match="no events"):
        fold([])


def test_events_come_back_from_the_record_as_they_were() -> None:
    driver = recovering().do(c.AnswerPreparation(
        by=NORA, item="glucose", answer=Number(value=Decimal("5.50"), unit="mmol/L")
    ))  # fmt: skip
    people = [event for event in driver.events if isinstance(event, PeoplesEvent)]
    written = [msgspec.json.encode(event, order="sorted") for event in people]
    assert len(people) > 10
    assert [msgspec.json.decode(w, type=PeoplesEvent) for w in written] == people


def test_a_session_survives_a_snapshot() -> None:
    session = recovering().session
    assert msgspec.json.decode(msgspec.json.encode(session), type=type(session)) == session


def test_the_infusion_starts_by_what_the_pump_reports() -> None:
    driver = ready()
    assert driver.session.state is SessionState.PREPARING
    driver.started()
    assert driver.session.state is SessionState.INFUSING
    assert driver.session.started_at == driver.now
    assert unconfirmed_runs(driver.session) == ()


def test_a_pump_that_runs_without_a_confirmed_session_is_drug_until_somebody_explains_it() -> None:
    driver = preparing().move(1).started()
    began_at = driver.now
    assert driver.session.state is SessionState.INFUSING
    [run] = unconfirmed_runs(driver.session)
    assert (run.device, run.began_at) == (PUMP, began_at)
    assert "drug" not in driver.refuse(c.CancelSession(by=NORA, reason="x")).reason
    driver.move(1).paused().do(
        c.ExplainPumpRun(by=NORA, device=PUMP, began_at=began_at, kind=PumpRunKind.PRIMING)
    )
    assert driver.session.state is SessionState.PREPARING
    assert unconfirmed_runs(driver.session) == ()
    driver.do(c.CancelSession(by=NORA, reason="patient went home"))
    assert driver.session.state is SessionState.CANCELLED


def test_what_runs_after_priming_asks_again() -> None:
    driver = preparing().move(1).started()
    driver.do(c.ExplainPumpRun(by=NORA, device=PUMP, began_at=driver.now, kind=PumpRunKind.PRIMING))
    driver.move(1).paused().move(1).resumed()
    assert [run.kind for run in driver.session.runs] == [PumpRunKind.PRIMING, None]
    assert driver.session.state is SessionState.INFUSING


def test_a_run_that_was_called_an_infusion_stays_one_over_its_pauses() -> None:
    driver = preparing().move(1).started()
    driver.do(
        c.ExplainPumpRun(by=NORA, device=PUMP, began_at=driver.now, kind=PumpRunKind.INFUSION)
    )
    driver.move(1).paused().move(1).resumed()
    assert [run.kind for run in driver.session.runs] == [PumpRunKind.INFUSION] * 2


def test_a_flush_afterwards_reopens_the_session_until_it_is_explained() -> None:
    driver = recovering().resumed()
    began_at = driver.now
    assert driver.session.state is SessionState.INFUSING
    driver.move(1).ended().do(
        c.ExplainPumpRun(by=NORA, device=PUMP, began_at=began_at, kind=PumpRunKind.FLUSH)
    )
    assert driver.session.state is SessionState.RECOVERY
    assert driver.session.drug_stopped_at == began_at - 10 * MINUTE


def test_delivery_in_recovery_reopens_the_session() -> None:
    driver = recovering().resumed()
    assert driver.session.state is SessionState.INFUSING
    assert driver.session.drug_stopped_at is None


def test_an_early_end_waits_for_the_pump_and_falls_if_it_runs_again() -> None:
    driver = infusing().do(c.EndInfusionEarly(by=NORA, reason="distress"))
    assert driver.session.state is SessionState.INFUSING
    driver.move(1).paused()
    assert driver.session.state is SessionState.RECOVERY
    driver.move(1).resumed().move(1).paused()
    assert driver.session.state is SessionState.PAUSED
    assert driver.session.early_end is None


def test_a_pump_that_goes_on_after_its_pause_was_confirmed_is_told_after_15_s() -> None:
    driver = infusing().do(c.ConfirmPause(by=NORA, reason="nausea"))
    rules, said_at = driver.clinic.sessions, driver.now
    assert still_running(driver.session, said_at + timedelta(seconds=14), rules) == ()
    [run] = still_running(driver.session, said_at + timedelta(seconds=15), rules)
    assert run.device == PUMP
    driver.paused()
    assert still_running(driver.session, said_at + MINUTE, rules) == ()
    assert driver.session.pause is not None
    assert driver.session.pause.reason == "nausea"
    driver.move(1).resumed()
    assert driver.session.pause is None
    assert still_running(driver.session, driver.now + MINUTE, rules) == ()


def test_facts_that_come_late_find_their_place() -> None:
    driver = ready()
    at = driver.now
    driver.take(fact(InfusionPaused, at + 5 * MINUTE)).take(fact(InfusionStarted, at))
    assert driver.session.state is SessionState.PAUSED
    assert driver.session.started_at == at


def test_a_fact_of_another_sessions_device_is_kept_and_changes_nothing() -> None:
    driver = ready().started(DeviceId("pump-2"))
    assert driver.session.state is SessionState.PREPARING
    assert len(driver.session.facts) == 1
    assert driver.session.taken == len(driver.events)


def test_a_late_fact_that_gives_drug_undoes_a_cancellation() -> None:
    driver = ready()
    was_at = driver.now
    driver.move(5).do(c.CancelSession(by=NORA, reason="not today"))
    assert driver.session.state is SessionState.CANCELLED
    driver.take(fact(InfusionStarted, was_at)).take(fact(InfusionPaused, was_at + MINUTE))
    assert driver.session.state is SessionState.RECOVERY
    assert driver.session.has_drug


def test_leaving_while_paused_ends_the_infusion() -> None:
    driver = infusing().paused().move(1)
    driver.do(c.LeaveBeforeReady(
        by=NORA, reason="wants to go", is_iv_removed=True, escort="", prescriber_told="Paul",
        call_back="0660 1",
    ))  # fmt: skip
    assert driver.session.state is SessionState.DISCHARGED
    assert driver.session.early_end is not None
    assert driver.session.bed is None


def test_discharge_frees_bed_and_devices() -> None:
    driver = recovering().move(51).do(c.Discharge(by=NORA, escort="Max"))
    assert driver.session.bed is None
    assert not any(held.is_standing for held in driver.session.associations)
    assert bed_at(driver.session, driver.now - MINUTE) == BedId("1")
    driver.move(5).started()
    assert running_devices(driver.session) == frozenset()
    assert driver.session.state is SessionState.DISCHARGED


def test_the_stay_counts_from_the_last_drug_that_keeps_the_vein_open() -> None:
    driver = recovering().move(51)
    until = driver.now - 5 * MINUTE
    refused = driver.refuse(c.Discharge(by=NORA, escort="Max", drug_until=until))
    assert refused.reason == f"the stay after the last drug ends at {until + 60 * MINUTE:%H:%M} UTC"


def test_a_pump_by_hand_runs_the_session_and_is_marked_manual() -> None:
    driver = preparing()
    by_hand = DeviceId("old-pump")
    driver.do(c.AssociateDevice(by=NORA, device=by_hand, kind=DeviceKind.PUMP, is_manual=True))
    driver.move(1).do(chart(by_hand, ManualStep.STARTED, 35, 0))
    assert driver.session.state is SessionState.INFUSING
    [run] = driver.session.runs
    assert run.is_manual
    driver.move(10).do(chart(by_hand, ManualStep.RATE_CHANGED, 42, 6))
    assert len(driver.session.runs) == 1
    driver.move(10).do(chart(by_hand, ManualStep.PAUSED, 0, 13))
    assert driver.session.state is SessionState.PAUSED
    driver.move(1).do(chart(by_hand, ManualStep.RESUMED, 42, 13))
    driver.move(30).do(chart(by_hand, ManualStep.ENDED, 0, 34))
    assert driver.session.state is SessionState.RECOVERY


def test_a_rate_change_is_explained() -> None:
    driver = infusing()
    changed_at = driver.now - MINUTE
    driver.do(c.ExplainRateChange(by=NORA, device=PUMP, changed_at=changed_at, reason="BP up"))
    (told,) = driver.session.rate_changes
    assert (told.device, told.changed_at, told.reason) == (PUMP, changed_at, "BP up")
