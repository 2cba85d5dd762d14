"""Whose device it is: second persons, swaps, corrections, chairs, and what contradicts itself."""

from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest

from infusion import commands as c
from infusion.association import Change
from infusion.commands import Command
from infusion.conflicts import Conflict, ConflictKind, conflicts
from infusion.dose import ListedConcentration
from infusion.events import InfusionPaused, InfusionStarted
from infusion.preparation import what_is_open
from infusion.session import (
    bed_at,
    devices_of,
    running_devices,
    unconfirmed_runs,
    waiting_for_second,
)
from infusion.session_events import AssociationBasis, DeviceAssociated
from tests.fixtures.clinic import START
from tests.fixtures.session import (
    KINDS,
    MONITOR,
    NORA,
    OLGA,
    PAUL,
    PUMP,
    Driver,
    asked,
    fact,
    infusing,
    order,
    planned,
    preparing,
    ready,
    recovering,
)
from vocabulary.ids import BedId, DeviceId, SessionId
from vocabulary.states import DeviceKind, SessionState

MINUTE = timedelta(minutes=1)
OTHER = DeviceId("pump-9")


def wall(driver: Driver) -> Driver:
    """With another pump at the chair, set up by Nora and not confirmed."""
    return driver.do(c.AssociateDevice(by=NORA, device=OTHER, kind=DeviceKind.PUMP))


def swap(driver: Driver) -> Driver:
    """pump-1 failed and was replaced in an emergency."""
    return driver.do(
        c.AssociateDevice(by=NORA, device=OTHER, kind=DeviceKind.PUMP, is_swap=True, replaces=PUMP)
    )


def syringe(device: DeviceId = PUMP, mg_ml: int = 1, **fields: object) -> c.LoadSyringe:
    plain = c.LoadSyringe(
        by=NORA,
        device=device,
        drug="ketamine",
        concentration=ListedConcentration(mg_ml=Decimal(mg_ml)),
        volume_ml=Decimal(50),
    )
    return msgspec.structs.replace(plain, **fields)


def test_the_devices_of_the_wall_come_with_the_chair() -> None:
    driver = preparing()
    assert devices_of(driver.session, driver.now) == (MONITOR, PUMP)
    assert {a.basis for a in driver.session.associations} == {AssociationBasis.FIXED}


def test_a_device_of_the_wall_that_was_never_heard_is_associated_by_hand() -> None:
    driver = planned().do(
        c.BeginPreparation(by=NORA, bed=BedId("1"), kinds={MONITOR: DeviceKind.MONITOR})
    )
    assert devices_of(driver.session, driver.now) == (MONITOR,)
    assert "associate a pump" in what_is_open(driver.session, driver.clinic)


def test_a_pump_is_shown_at_once_and_waits_for_a_second_person_a_monitor_does_not() -> None:
    driver = preparing()
    [waiting] = waiting_for_second(driver.session, driver.clinic.sessions)
    assert (waiting.device, waiting.changes, waiting.due_at) == (PUMP, (Change.DEVICE,), None)
    driver.do(c.ConfirmDevice(by=OLGA, device=PUMP))
    assert waiting_for_second(driver.session, driver.clinic.sessions) == ()


def test_a_pump_that_runs_unconfirmed_is_due_at_once() -> None:
    driver = wall(ready())
    since = driver.now
    driver.move(5).started(OTHER)
    [waiting] = waiting_for_second(driver.session, driver.clinic.sessions)
    assert (waiting.device, waiting.due_at) == (OTHER, since)
    assert [run.device for run in unconfirmed_runs(driver.session)] == [OTHER]
    driver.do(c.ConfirmDevice(by=OLGA, device=OTHER))
    assert unconfirmed_runs(driver.session) == ()


def test_a_new_syringe_needs_a_second_person_a_pause_does_not() -> None:
    driver = infusing().paused().do(c.ConfirmPause(by=NORA, reason="nausea"))
    assert waiting_for_second(driver.session, driver.clinic.sessions) == ()
    driver.do(syringe())
    [waiting] = waiting_for_second(driver.session, driver.clinic.sessions)
    assert waiting.changes == (Change.SYRINGE,)
    assert driver.refuse(c.ConfirmDevice(by=NORA, device=PUMP)).reason == "Nora Nurse set up pump-1"


def test_who_set_it_up_last_cannot_confirm_but_who_did_before_may() -> None:
    driver = infusing().paused().do(syringe(by=OLGA))
    driver.do(c.ConfirmDevice(by=NORA, device=PUMP))
    driver.do(syringe(by=NORA))
    assert driver.refuse(c.ConfirmDevice(by=NORA, device=PUMP)).reason == "Nora Nurse set up pump-1"
    driver.do(syringe(by=OLGA))
    assert driver.refuse(c.ConfirmDevice(by=OLGA, device=PUMP)).reason == "Olga Other set up pump-1"
    driver.do(c.ConfirmDevice(by=PAUL, device=PUMP))


def test_a_step_down_or_up_within_the_order_needs_no_second_person() -> None:
    driver = infusing()
    driver.do(c.GiveOrder(by=PAUL, order=order(start_rate_mg_kg_h=Decimal("0.4"))))
    assert waiting_for_second(driver.session, driver.clinic.sessions) == ()


def test_an_order_that_changes_before_the_start_is_checked_again_at_the_pump() -> None:
    driver = ready().do(c.GiveOrder(by=PAUL, order=order(dose_mg=Decimal(30))))
    [waiting] = waiting_for_second(driver.session, driver.clinic.sessions)
    assert waiting.changes == (Change.ORDER,)
    assert driver.refuse(c.ConfirmDevice(by=NORA, device=PUMP)).reason == "Nora Nurse set up pump-1"
    driver.do(c.ConfirmDevice(by=OLGA, device=PUMP))


def test_a_syringe_of_another_concentration_than_ordered_is_told() -> None:
    driver = preparing().do(c.GiveOrder(by=PAUL, order=order()), syringe(mg_ml=2))
    told = "pump-1 holds ketamine 2.00 mg/mL, ordered ketamine 1.00 mg/mL"
    assert told in what_is_open(driver.session, driver.clinic)
    driver.do(syringe(mg_ml=1))
    assert told not in what_is_open(driver.session, driver.clinic)


def test_an_emergency_swap_is_confirmed_within_ten_minutes() -> None:
    driver = swap(infusing().paused())
    swapped_at = driver.now
    assert devices_of(driver.session, driver.now) == (MONITOR, OTHER)
    driver.move(1).started(OTHER)
    assert driver.session.state is SessionState.INFUSING
    assert unconfirmed_runs(driver.session) == ()
    [waiting] = waiting_for_second(driver.session, driver.clinic.sessions)
    assert (waiting.device, waiting.due_at) == (OTHER, swapped_at + 10 * MINUTE)
    assert driver.refuse(c.ConfirmDevice(by=NORA, device=OTHER)).reason == (
        "Nora Nurse set up pump-9"
    )
    driver.do(c.ConfirmDevice(by=OLGA, device=OTHER))
    assert waiting_for_second(driver.session, driver.clinic.sessions) == ()


def test_an_emergency_gives_no_time_for_what_was_unconfirmed_before() -> None:
    driver = wall(infusing())
    since = driver.now
    driver.move(1).do(syringe(OTHER, is_swap=True)).move(1).started(OTHER)
    [waiting] = waiting_for_second(driver.session, driver.clinic.sessions)
    assert (waiting.due_at, waiting.changes) == (since, (Change.DEVICE, Change.SYRINGE))
    assert [run.device for run in unconfirmed_runs(driver.session)] == [OTHER]


def test_a_syringe_changed_in_an_emergency_is_confirmed_within_ten_minutes() -> None:
    driver = infusing().paused().do(syringe(is_swap=True))
    [waiting] = waiting_for_second(driver.session, driver.clinic.sessions)
    assert waiting.due_at == driver.now + 10 * MINUTE


def test_a_pump_that_still_delivers_stays_the_sessions_when_it_is_swapped() -> None:
    driver = swap(infusing())
    assert devices_of(driver.session, driver.now) == (MONITOR, PUMP, OTHER)
    driver.move(1).started(OTHER)
    assert running_devices(driver.session) == {PUMP, OTHER}


def test_two_pumps_in_turn_are_one_infusion() -> None:
    driver = swap(infusing().paused())
    assert driver.session.state is SessionState.PAUSED
    driver.move(1).started(OTHER).move(40).ended(OTHER)
    assert driver.session.state is SessionState.RECOVERY
    assert [run.device for run in driver.session.runs] == [PUMP, OTHER]


def test_with_nobody_there_a_reason_and_a_recalculation_go_on_the_exception_list() -> None:
    driver = asked()
    alone = c.ConfirmDeviceAlone(
        by=NORA, device=PUMP, reason="night, alone", recalculated_ml_h=Decimal("35.2")
    )
    driver.do(alone)
    driver.do(
        c.ConfirmPreparationAlone(by=NORA, reason="night, alone", recalculated_ml_h=Decimal("34.9"))
    )
    assert what_is_open(driver.session, driver.clinic) == ()
    assert [e.reason for e in driver.session.exceptions] == ["night, alone"] * 2
    driver.started()
    assert unconfirmed_runs(driver.session) == ()


REFUSALS = [
    (
        preparing, c.AssociateDevice(by=NORA, device=PUMP, kind=DeviceKind.PUMP),
        "pump-1 is this session's already",
    ),
    (
        preparing,
        c.AssociateDevice(
            by=NORA, device=OTHER, kind=DeviceKind.PUMP, held_by=SessionId("s2")
        ),
        "pump-9 belongs to another session",
    ),
    (
        preparing,
        c.AssociateDevice(by=NORA, device=OTHER, kind=DeviceKind.PUMP, is_swap=True),
        "a swap is an emergency of a running or paused infusion",
    ),
    (
        infusing,
        c.AssociateDevice(
            by=NORA, device=OTHER, kind=DeviceKind.PUMP, is_swap=True, replaces=DeviceId("x")
        ),
        "x is not this session's",
    ),
    (
        preparing,
        c.AssociateDevice(by=NORA, device=OTHER, kind=DeviceKind.PUMP, at=START),
        "the patient took the chair at 14:01:00 UTC, later than that",
    ),
    (
        preparing,
        c.AssociateDevice(by=NORA, device=OTHER, kind=DeviceKind.MONITOR, is_manual=True),
        "only a pump is charted by hand",
    ),
    (
        infusing,
        c.AssociateDevice(
            by=NORA, device=OTHER, kind=DeviceKind.PUMP, is_manual=True, is_swap=True
        ),
        "a pump without a connection is no emergency swap by itself",
    ),
    (preparing, syringe(OTHER), "pump-9 is not this session's"),
    (preparing, syringe(MONITOR), "monitor-1 is no pump"),
    (preparing, syringe(volume_ml=Decimal(0)), "0 mL cannot be in a syringe"),
    (preparing, c.ConfirmDevice(by=OLGA, device=OTHER), "pump-9 is not this session's"),
    (
        preparing, c.ConfirmDevice(by=OLGA, device=MONITOR),
        "nothing about monitor-1 is unconfirmed",
    ),
    (preparing, c.ConfirmDevice(by=NORA, device=PUMP), "Nora Nurse set up pump-1"),
    (
        infusing, c.MoveToBed(by=NORA, bed=BedId("2"), reason="x", kinds=KINDS),
        "pump-1 still delivers",
    ),
    (
        recovering, c.MoveToBed(by=NORA, bed=BedId("1"), reason="x", kinds=KINDS),
        "the patient is in that chair already",
    ),
    (
        recovering, c.MoveToBed(by=NORA, bed=BedId("2"), reason="", kinds=KINDS),
        "changing chairs needs a reason",
    ),
    (
        recovering,
        c.MoveToBed(
            by=NORA, bed=BedId("2"), reason="x", kinds=KINDS, occupied_by=SessionId("s2")
        ),
        "2 is another patient's",
    ),
    (
        recovering, c.MoveToBed(by=NORA, bed=BedId("9"), reason="x", kinds=KINDS),
        "ward north has no bed '9'",
    ),
    (
        recovering, c.MoveToBed(by=NORA, bed=BedId("2"), reason="x", kinds=KINDS, at=START),
        "the patient took the chair later than that",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("situation", "command", "reason"), REFUSALS)
def test_what_is_refused_says_why(situation: type[Driver], command: Command, reason: str) -> None:
    assert situation().refuse(command).reason == reason


def test_devices_of_the_wall_stay_and_others_come_along_to_another_chair() -> None:
    driver = wall(recovering()).move(1)
    driver.do(c.MoveToBed(by=NORA, bed=BedId("2"), reason="window", kinds=KINDS))
    assert driver.session.bed == BedId("2")
    assert bed_at(driver.session, driver.now - MINUTE) == BedId("1")
    assert devices_of(driver.session, driver.now) == (
        OTHER, DeviceId("monitor-2"), DeviceId("pump-2"),
    )  # fmt: skip
    assert driver.session.state is SessionState.RECOVERY
    waiting = waiting_for_second(driver.session, driver.clinic.sessions)
    assert {w.device for w in waiting} == {OTHER, DeviceId("pump-2")}


def test_a_device_at_two_beds_and_two_pumps_running_at_one_are_conflicts() -> None:
    bed_1, bed_2 = BedId("1"), BedId("2")
    beds = {bed_1: [PUMP, OTHER], bed_2: [OTHER]}
    twice = Conflict(kind=ConflictKind.DEVICE_AT_TWO_BEDS, beds=(bed_1, bed_2), devices=(OTHER,))
    running = Conflict(kind=ConflictKind.TWO_PUMPS_RUNNING, beds=(bed_1,), devices=(PUMP, OTHER))
    assert conflicts(beds, [PUMP]) == (twice,)
    assert conflicts(beds, [PUMP, OTHER]) == (twice, running)
    assert conflicts({bed_1: [PUMP], bed_2: [OTHER]}, [PUMP, OTHER]) == ()


def test_a_pump_pause_belongs_to_the_session_that_had_it_then() -> None:
    driver = infusing()
    driver.take(fact(InfusionPaused, driver.now))
    driver.move(1).do(c.ReleaseDevice(by=NORA, device=PUMP))
    driver.move(1).take(fact(InfusionStarted, driver.now))
    [run] = driver.session.runs
    assert run.stopped_at == driver.now - 2 * MINUTE
    assert driver.session.state is SessionState.PAUSED


def test_what_a_pump_says_after_its_release_ends_nothing() -> None:
    driver = infusing().paused().do(c.ReleaseDevice(by=NORA, device=PUMP)).move(1).ended()
    assert driver.session.state is SessionState.PAUSED
    driver.do(c.EndInfusionEarly(by=NORA, reason="pump failed"))
    assert driver.session.state is SessionState.RECOVERY


def test_an_association_names_who_made_it() -> None:
    driver = wall(preparing())
    made = [event for event in driver.events if isinstance(event, DeviceAssociated)]
    assert {event.by for event in made} == {NORA}
