"""What people may do to a session now, and why not: every refusal, every button."""

from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest

from infusion import commands as c
from infusion import signing_commands as sign
from infusion.answers import Choice, Text, YesNo
from infusion.commands import Command
from infusion.decisions import allowed
from infusion.decisions.permission import PERMISSIONS
from infusion.dose import ListedConcentration
from infusion.fold import SessionInput
from infusion.interventions import commands as ic
from infusion.patient import Identifier
from infusion.session_events import (
    Discharged,
    MadeReadyForSignOff,
    ManualStep,
    PumpRunKind,
)
from tests.fixtures.clinic import START
from tests.fixtures.session import (
    ADA,
    MONITOR,
    NORA,
    OLGA,
    PAUL,
    PUMP,
    SESSION,
    STATED,
    Driver,
    asked,
    baseline_readings,
    begin,
    chart,
    infusing,
    order,
    plan,
    planned,
    preparing,
    ready,
    recovering,
    signed,
)
from vocabulary.ids import BedId, DeviceId, SessionId, WardId
from vocabulary.states import DeviceKind, SessionState

MINUTE = timedelta(minutes=1)


def by_hand() -> Driver:
    device = DeviceId("old-pump")
    driver = preparing()
    driver.do(c.AssociateDevice(by=NORA, device=device, kind=DeviceKind.PUMP, is_manual=True))
    return driver.move(1).do(chart(device, ManualStep.STARTED, 35, 10)).move(1)


OLD = DeviceId("old-pump")
LEAVE = c.LeaveBeforeReady(
    by=NORA, reason="x", is_iv_removed=True, escort="", prescriber_told="Paul", call_back=""
)
REFUSALS = [
    (Driver, begin(), "there is no such session"),
    (planned, plan(), "the session is planned already"),
    (Driver, plan(by=ADA), "administrator may not plan a session"),
    (Driver, plan(ward=WardId("south")), "there is no ward 'south'"),
    (
        Driver, plan(last_drug_at=START - timedelta(hours=23)),
        "less than 24 h since the start of the last infusion",
    ),
    (planned, begin(by=ADA), "administrator may not take a chair"),
    (planned, begin(bed=BedId("9")), "ward north has no bed '9'"),
    (planned, begin(occupied_by=SessionId("s2")), "1 is another patient's"),
    (planned, begin(at=START + MINUTE), "2026-11-22 14:01:00 UTC is in the future"),
    (planned, begin(at=START - timedelta(hours=25)), "that is more than 24 h ago"),
    (preparing, begin(), "cannot take a chair: the session's state is preparing"),
    (
        preparing, c.IdentifyPatient(by=NORA, stated={Identifier.NAME: "Anna Muster"}),
        "a patient is identified by two identifiers",
    ),
    (
        preparing,
        c.IdentifyPatient(by=NORA, stated={**STATED, Identifier.DATE_OF_BIRTH: "1980-02-02"}),
        "date of birth is not that of the planned patient",
    ),
    (preparing, c.GiveOrder(by=NORA, order=order()), "nurse may not give an order"),
    (
        preparing, c.GiveOrder(by=PAUL, order=order(prescriber="Petra Other")),
        "the order is Petra Other's, not Paul Prescriber's",
    ),
    (
        preparing, c.GiveOrder(by=NORA, order=order(), is_verbal=True),
        "a verbal order counts once it was read back",
    ),
    (
        preparing,
        c.GiveOrder(by=NORA, order=order(prescriber=" "), is_verbal=True, was_read_back=True),
        "a verbal order is taken down in the name of another, the prescriber",
    ),
    (
        preparing, c.GiveOrder(by=PAUL, order=order(), reasons=("because",)),
        "there is nothing to give a reason for",
    ),
    (recovering, c.GiveOrder(by=PAUL, order=order()), "the infusion is over"),
    (
        preparing, c.AnswerPreparation(by=NORA, item="x", answer=YesNo(is_yes=True)),
        "there is no item 'x'",
    ),
    (
        preparing,
        c.AnswerPreparation(by=NORA, item="substance_use_seen", answer=YesNo(is_yes=True)),
        "Prescriber has seen the substance-use history: nurse may not answer",
    ),
    (
        preparing, c.AnswerPreparation(by=NORA, item="pregnancy", answer=Choice(option="perhaps")),
        "Pregnancy is one of not relevant, test negative, test positive",
    ),
    (
        preparing, c.AnswerPreparation(by=NORA, item="escort", answer=Text(text=" ")),
        "Escort, name and phone is empty",
    ),
    (
        preparing, c.FreezeBaseline(by=NORA, readings=()),
        "too few readings before the drug: hr (2 more), nibp_sys (2 more), nibp_dia (2 more)",
    ),
    (
        asked, c.FreezeBaseline(by=NORA, readings=baseline_readings(START)),
        "the baseline is frozen already",
    ),
    (
        infusing, c.FreezeBaseline(by=NORA, readings=(), reason="x"),
        "the baseline is frozen, and drug was given since",
    ),
    (preparing, c.OverrideHold(by=NORA, reason="x"), "nurse may not override the hold"),
    (preparing, c.OverrideHold(by=PAUL, reason="x"), "nothing holds the start"),
    (asked, c.ConfirmPreparation(by=NORA), "Nora Nurse prepared this session"),
    (asked, c.ConfirmPreparation(by=ADA), "administrator may not confirm the preparation"),
    (asked, c.ConfirmPreparation(by=OLGA), "still open: pump-1 unconfirmed: new pump"),
    (ready, c.ConfirmPreparation(by=PAUL), "Olga Other confirmed it already"),
    (
        ready, c.ConfirmPreparation(by=PAUL, at=START),
        "a confirmation counts from when it is given",
    ),
    (
        preparing, c.ConfirmPreparationAlone(by=NORA, reason="x", recalculated_ml_h=Decimal(35)),
        ("still open: identify the patient; order; Consent signed; Prescriber has seen the "
         "substance-use history (prescriber); Pregnancy; Last food; Escort, name and phone; "
         "baseline"),
    ),
    (
        asked, c.ConfirmDeviceAlone(by=NORA, device=PUMP, reason="", recalculated_ml_h=Decimal(1)),
        "confirming alone needs a reason",
    ),
    (
        asked,
        c.ConfirmDeviceAlone(by=NORA, device=PUMP, reason="x", recalculated_ml_h=Decimal(36)),
        "the recalculated 36 mL/h is not what the order gives",
    ),
    (
        preparing,
        c.ConfirmDeviceAlone(by=NORA, device=PUMP, reason="x", recalculated_ml_h=Decimal(35)),
        "there is no order to check",
    ),
    (infusing, c.ReleaseDevice(by=NORA, device=PUMP), "pump-1 still delivers"),
    (
        recovering, c.ReleaseDevice(by=NORA, device=PUMP, at=START + 30 * MINUTE),
        "pump-1 delivered until 15:22:00 UTC, later than that",
    ),
    (infusing, c.ReleaseDevice(by=NORA, device=OLD), "old-pump is not this session's"),
    (
        infusing,
        c.ExplainPumpRun(by=NORA, device=PUMP, began_at=START, kind=PumpRunKind.PRIMING),
        "no run of pump-1 in this session began then",
    ),
    (
        infusing, c.ExplainRateChange(by=NORA, device=OLD, changed_at=START, reason="x"),
        "old-pump was not this session's then",
    ),
    (
        infusing,
        c.ExplainRateChange(by=NORA, device=PUMP, changed_at=START + 15 * MINUTE, reason=" "),
        "a rate change needs a reason",
    ),
    (
        preparing, c.ConfirmPause(by=NORA, reason="x"),
        "cannot confirm a pause: the session's state is preparing",
    ),
    (infusing, c.ConfirmPause(by=NORA, reason=" "), "a pause needs a reason"),
    (infusing, c.EndInfusionEarly(by=NORA, reason=""), "ending early needs a reason"),
    (
        infusing, chart(PUMP, ManualStep.STARTED, 35, 0),
        "pump-1 is not a pump without a connection of this session",
    ),
    (by_hand, chart(OLD, ManualStep.STARTED, 35, 0), "old-pump cannot be started after started"),
    (by_hand, chart(OLD, ManualStep.PAUSED, 5, 11), "a pump that is paused does not run at 5 mL/h"),
    (by_hand, chart(OLD, ManualStep.PAUSED, 0, 9), "9 mL is less than the 10 mL before"),
    (by_hand, chart(OLD, ManualStep.PAUSED, -1, 9), "a pump cannot show -1 mL/h and 9 mL"),
    (
        by_hand,
        msgspec.structs.replace(chart(OLD, ManualStep.PAUSED, 0, 11), at=START + MINUTE * 2),
        "the last step was charted for 14:02:00 UTC",
    ),
    (
        infusing, c.Discharge(by=NORA, escort="Max"),
        "cannot discharge: the session's state is infusing",
    ),
    (recovering, c.Discharge(by=NORA, escort=" "), "no escort is named"),
    (
        recovering, c.Discharge(by=NORA, escort="Max", unmet=("MOAA/S 4",)),
        "not yet, because: MOAA/S 4",
    ),
    (
        recovering, c.Discharge(by=NORA, escort="Max"),
        "the stay after the last drug ends at 16:22 UTC",
    ),
    (infusing, LEAVE, "cannot leave before ready: the session's state is infusing"),
    (
        recovering, msgspec.structs.replace(LEAVE, prescriber_told=""),
        "leaving before ready needs a reason and which prescriber was told",
    ),
    (
        recovering, msgspec.structs.replace(LEAVE, at=START),
        "the pump delivered until 15:22:00 UTC, later than that",
    ),
    (
        infusing, c.CancelSession(by=NORA, reason="x"),
        "cannot cancel the session: the session's state is infusing",
    ),
    (
        recovering, c.CancelSession(by=NORA, reason="x"),
        "cannot cancel the session: the session's state is recovery",
    ),
    (preparing, c.CancelSession(by=NORA, reason=""), "cancelling needs a reason"),
]  # fmt: skip


@pytest.mark.parametrize(("situation", "command", "reason"), REFUSALS)
def test_what_is_refused_says_why(situation: type[Driver], command: Command, reason: str) -> None:
    assert situation().refuse(command).reason == reason


def test_nothing_is_cancelled_while_a_pump_primes() -> None:
    driver = preparing().move(1).started()
    driver.do(c.ExplainPumpRun(by=NORA, device=PUMP, began_at=driver.now, kind=PumpRunKind.PRIMING))
    refused = driver.refuse(c.CancelSession(by=NORA, reason="x"))
    assert refused.reason == "pump-1 still delivers"


def test_a_second_infusion_within_24_h_is_not_confirmed() -> None:
    driver = Driver().do(plan(last_drug_at=START - timedelta(hours=24)))
    assert driver.session.state is SessionState.PLANNED
    late = asked()
    late.session_or_none = msgspec.structs.replace(
        late.session,
        plan=msgspec.structs.replace(late.session.plan, last_drug_at=START - timedelta(hours=23)),
    )
    refused = late.refuse(c.ConfirmPreparation(by=OLGA))
    assert refused.reason == "less than 24 h since the start of the last infusion"
    assert refused.what_to_do == "start at 2026-11-22 15:00 UTC or later"


def test_an_order_beyond_a_hard_limit_is_refused_and_beyond_a_soft_one_needs_a_reason() -> None:
    driver = preparing()
    hard = driver.refuse(c.GiveOrder(by=PAUL, order=order(dose_mg=Decimal(400))))
    assert "hard limit" in hard.reason
    soft = c.GiveOrder(by=PAUL, order=order(highest_mg_kg_h=Decimal("0.8")))
    assert "give a reason" in driver.refuse(soft).reason
    driver.do(msgspec.structs.replace(soft, reasons=("tolerated last time",)))
    [given] = driver.session.orders
    assert [explained.reason for explained in given.explained] == ["tolerated last time"]


def test_a_verbal_order_names_the_prescriber_and_who_took_it_down() -> None:
    driver = infusing()
    changed = order(highest_mg_kg_h=Decimal("0.75"))
    driver.do(c.GiveOrder(by=NORA, order=changed, is_verbal=True, was_read_back=True))
    given = driver.session.orders[-1]
    assert (given.kind.value, given.by, given.order.prescriber) == (
        "verbal",
        NORA,
        "Paul Prescriber",
    )
    assert driver.session.order == changed


def test_a_signed_session_takes_addenda_signatures_and_others_corrections_but_every_fact() -> None:
    driver = recovering().move(51).do(c.Discharge(by=NORA, escort="Max"))
    driver.take(MadeReadyForSignOff(session=SESSION, at=driver.now, by=NORA))
    driver.take(signed(driver.now))
    allowed_now = allowed(driver.session, NORA, driver.clinic.sessions)
    assert allowed_now == {sign.WriteAddendum, sign.AddSignature, c.CorrectSealedAssociation}
    assert driver.refuse(c.CancelSession(by=NORA, reason="x")).what_to_do == "write an addendum"
    before = driver.session.taken
    driver.started()
    assert (driver.session.state, driver.session.taken) == (SessionState.SIGNED, before + 1)


@pytest.mark.parametrize("situation", [planned, preparing, asked, ready, infusing, recovering])
def test_buttons_are_those_of_commands_that_state_and_role_do_not_refuse(
    situation: type[Driver],
) -> None:
    driver = situation()
    rules = driver.clinic.sessions
    for person in (NORA, PAUL, ADA):
        for command, permission in PERMISSIONS.items():
            has_button = command in allowed(driver.session, person, rules)
            assert has_button == (
                driver.session.state in permission.states and person.role in permission.roles(rules)
            )
    assert allowed(driver.session, ADA, rules) <= {ic.CallHelp, ic.BeginEmergency}
    assert c.CancelSession in allowed(planned().session, NORA, rules)
    assert c.CancelSession not in allowed(infusing().session, NORA, rules)


def test_only_who_may_chart_may_plan() -> None:
    rules = Driver().clinic.sessions
    assert allowed(None, NORA, rules) == {c.PlanSession}
    assert allowed(None, ADA, rules) == frozenset()


def events_of(driver: Driver, kind: type[SessionInput]) -> list[SessionInput]:
    return [event for event in driver.events if isinstance(event, kind)]


def test_a_refused_discharge_leaves_no_trace() -> None:
    driver = recovering()
    before = len(driver.events)
    driver.refuse(c.Discharge(by=NORA, escort=""))
    assert len(driver.events) == before
    assert events_of(driver, Discharged) == []


def test_another_concentration_is_another_drug_for_the_pump() -> None:
    driver = infusing()
    stronger = order(concentration=ListedConcentration(mg_ml=Decimal(2)))
    driver.do(c.GiveOrder(by=PAUL, order=stronger))
    [pump] = [held for held in driver.session.associations if held.device == PUMP]
    assert not pump.is_confirmed
    [monitor] = [held for held in driver.session.associations if held.device == MONITOR]
    assert monitor.is_confirmed
