"""Associations corrected from a past time: whose facts were whose."""

from datetime import timedelta

import msgspec
import pytest

from infusion import commands as c
from infusion.events import InfusionStarted
from infusion.session import (
    devices_of,
    unconfirmed_runs,
)
from tests.fixtures.clinic import START
from tests.fixtures.session import (
    KINDS,
    MONITOR,
    NORA,
    PUMP,
    Driver,
    fact,
    infusing,
    plan,
    preparing,
    recovering,
)
from vocabulary.ids import BedId, DeviceId, SessionId
from vocabulary.states import DeviceKind, SessionState

MINUTE = timedelta(minutes=1)
OTHER = DeviceId("pump-9")


def correction(**fields: object) -> c.CorrectAssociation:
    plain = c.CorrectAssociation(
        by=NORA,
        device=PUMP,
        kind=DeviceKind.PUMP,
        is_ours=False,
        since=START + 25 * MINUTE,
        reason="pumps mixed up",
    )
    return msgspec.structs.replace(plain, **fields)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"reason": " "}, "a correction needs a reason"),
        ({"since": START + 90 * MINUTE}, "a correction begins in the past"),
        (
            {"is_ours": True, "since": START},
            "the patient took the chair at 14:01:00 UTC, later than that",
        ),
        ({"device": OTHER}, "pump-9 is not this session's"),
        ({"until": START + 20 * MINUTE}, "the correction ends before it begins"),
    ],
)  # fmt: skip
def test_a_correction_that_cannot_be_is_refused(changed: dict[str, object], reason: str) -> None:
    assert infusing().refuse(correction(**changed)).reason == reason


def test_a_correction_from_a_past_time_gives_both_sessions_what_was_theirs() -> None:
    ours, theirs = infusing(), Driver(START).do(plan(session=SessionId("s2"))).move(1)
    theirs.do(c.BeginPreparation(by=NORA, bed=BedId("2"), kinds={})).move(31)
    began_at = ours.session.runs[0].began_at
    wrong_since = began_at + 4 * MINUTE

    ours.do(correction(since=wrong_since))
    theirs.do(correction(is_ours=True, since=wrong_since))

    assert PUMP in devices_of(ours.session, wrong_since - MINUTE)
    assert PUMP not in devices_of(ours.session, wrong_since)
    assert devices_of(theirs.session, wrong_since) == (PUMP,)
    assert devices_of(theirs.session, wrong_since - MINUTE) == ()
    [own] = ours.session.runs
    assert (own.began_at, own.stopped_at) == (began_at, wrong_since)
    assert len(ours.session.corrections) == len(theirs.session.corrections) == 1


def test_a_device_is_the_sessions_that_had_it_then() -> None:
    ours = recovering().move(51).do(c.Discharge(by=NORA, escort="Max"))
    left_at = ours.now
    next_one = Driver(left_at).do(plan(session=SessionId("s2"))).move(1)
    next_one.do(c.BeginPreparation(by=NORA, bed=BedId("1"), kinds=KINDS))
    moments = (left_at - MINUTE, left_at, left_at + MINUTE)
    assert [PUMP in devices_of(ours.session, at) for at in moments] == [True, False, False]
    assert [PUMP in devices_of(next_one.session, at) for at in moments] == [False, False, True]


def test_a_correction_in_the_middle_leaves_what_was_before_and_after() -> None:
    driver = infusing()
    since = driver.session.runs[0].began_at + 2 * MINUTE
    driver.do(correction(since=since, until=since + 3 * MINUTE))
    spans = [(run.began_at, run.stopped_at) for run in driver.session.runs]
    assert spans == [(since - 2 * MINUTE, since), (since + 3 * MINUTE, None)]
    driver.do(correction(is_ours=True, since=since, until=since + 3 * MINUTE))
    [run] = driver.session.runs
    assert (run.began_at, run.stopped_at) == (since - 2 * MINUTE, None)


def test_a_correction_after_discharge_leaves_no_device_standing() -> None:
    driver = recovering().move(51).do(c.Discharge(by=NORA, escort="Max"))
    left_at = driver.now
    driver.move(5).do(correction(is_ours=True, device=OTHER))
    assert OTHER in devices_of(driver.session, left_at - MINUTE)
    assert devices_of(driver.session, driver.now) == ()
    assert driver.session.state is SessionState.DISCHARGED


def test_the_next_patient_sees_nothing_of_the_last_one() -> None:
    driver = recovering().move(51).do(c.Discharge(by=NORA, escort="Max"))
    assert devices_of(driver.session, driver.now) == ()
    assert devices_of(driver.session, driver.now - MINUTE) == (MONITOR, PUMP)


def test_a_pump_that_runs_already_when_it_is_associated_runs_for_this_patient_from_then_on() -> (
    None
):
    driver = preparing()
    driver.take(fact(InfusionStarted, driver.now - MINUTE, OTHER))
    assert driver.session.state is SessionState.PREPARING
    driver.move(1).do(c.AssociateDevice(by=NORA, device=OTHER, kind=DeviceKind.PUMP))
    [run] = unconfirmed_runs(driver.session)
    assert run.began_at == driver.now
    assert driver.session.state is SessionState.INFUSING
