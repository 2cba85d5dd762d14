"""What is done between the checks, and what holds because of it."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from infusion import commands as c
from infusion.association import Interval
from infusion.interventions import commands as ic
from infusion.interventions.effects import (
    adverse_events,
    emergencies,
    is_emergency,
    open_call,
    open_help,
    oxygen_l_min,
    uncertain_delivery,
)
from infusion.interventions.events import OrderedBy
from tests.fixtures.session import (
    ADA,
    NORA,
    OLGA,
    PAUL,
    Driver,
    infusing,
    planned,
    preparing,
    recovering,
)
from vocabulary.ids import AdverseEventId
from vocabulary.roles import Role


def rescue(**fields: Any) -> ic.GiveRescueDrug:
    plain = ic.GiveRescueDrug(
        by=NORA,
        drug="midazolam",
        dose=Decimal(1),
        unit="mg",
        route="iv",
        ordered_by=OrderedBy.STANDING,
    )
    return msgspec.structs.replace(plain, **fields)


def adverse(name: str = "a1", **fields: Any) -> ic.RecordAdverseEvent:
    plain = ic.RecordAdverseEvent(by=NORA, adverse=AdverseEventId(name), what="vomiting", grade=2)
    return msgspec.structs.replace(plain, **fields)


REFUSALS = [
    (planned, ic.ChangeOxygen(by=NORA, flow_l_min=2),
     "cannot chart oxygen: the session's state is planned"),
    (infusing, ic.ChangeOxygen(by=ADA, flow_l_min=2), "administrator may not chart oxygen"),
    (infusing, ic.ChangeOxygen(by=NORA, flow_l_min=26), "oxygen is from 0 to 25 L/min"),
    (infusing, ic.ChangeOxygen(by=NORA, flow_l_min=-1), "oxygen is from 0 to 25 L/min"),
    (infusing, ic.ChangeOxygen(by=NORA, flow_l_min=0), "the patient is on air already"),
    (infusing, rescue(dose=Decimal(0)), "0 is no dose"),
    (infusing, rescue(dose=Decimal(3)), "Midazolam 3 mg: usual is 0.5 to 2"),
    (infusing, rescue(drug="water"), "water mg iv is not of the list"),
    (infusing, rescue(route="oral"), "midazolam mg oral is not of the list"),
    (infusing, rescue(unit="g"), "midazolam g iv is not of the list"),
    (infusing, rescue(drug="propofol", is_listed=False),
     "a drug that is not of the list needs its name, unit, route and a reason"),
    (infusing, rescue(ordered_by=OrderedBy.PRESENT), "whose order is it?"),
    (infusing, rescue(ordered_by=OrderedBy.VERBAL, prescriber="Paul"),
     "a verbal order counts once it was read back"),
    (infusing, ic.CallPrescriber(by=NORA, prescriber=""), "who was called?"),
    (infusing, ic.ChartAnswer(by=NORA, prescriber=""), "who answered?"),
    (infusing, ic.ReportIvFailed(by=NORA, what=" "), "what is wrong with the IV?"),
    (infusing, ic.ResiteIv(by=NORA, site=" "), "where is the IV now?"),
    (infusing, adverse(what=" "), "what happened?"),
    (infusing, adverse(grade=6), "grade 6 is not one of 1, 2, 3, 4, 5"),
    (infusing, ic.EndAdverseEvent(by=NORA, adverse=AdverseEventId("a1"), grade=1),
     "no such event goes on"),
    (infusing, ic.ReportSymptoms(by=NORA, symptoms=()), "no symptom is chosen"),
    (infusing, ic.ReportSymptoms(by=NORA, symptoms=("joy",)), "'joy' is not of the list"),
    (infusing, ic.EndHelp(by=NORA), "nobody called for help"),
    (infusing, ic.StampEmergency(by=NORA, what="suction"), "there is no emergency"),
    (infusing, ic.EndEmergency(by=NORA), "there is no emergency"),
]  # fmt: skip


@pytest.mark.parametrize(("situation", "command", "reason"), REFUSALS)
def test_what_is_refused_says_why(situation: type[Driver], command: c.Command, reason: str) -> None:
    assert situation().refuse(command).reason == reason


def test_oxygen_holds_from_when_it_was_given_until_it_changes() -> None:
    driver = infusing()
    assert oxygen_l_min(driver.session, driver.now) is None
    driver.do(ic.ChangeOxygen(by=NORA, flow_l_min=2)).move(5)
    began = driver.now
    driver.do(ic.ChangeOxygen(by=NORA, flow_l_min=4)).move(5)
    driver.do(ic.ChangeOxygen(by=NORA, flow_l_min=0))
    assert oxygen_l_min(driver.session, driver.now) == 0
    assert oxygen_l_min(driver.session, began) == 4


def test_a_rescue_drug_keeps_dose_route_and_whose_order_it_was() -> None:
    driver = infusing().do(
        rescue(ordered_by=OrderedBy.VERBAL, prescriber="Paul", was_read_back=True)
    )
    driver.do(rescue(dose=Decimal(3), reason="very agitated, 110 kg"))
    driver.do(
        rescue(drug="propofol", is_listed=False, dose=Decimal(20), reason="airway team", route="iv")
    )
    first, second, third = driver.session.interventions
    assert (first.prescriber, first.dose, first.unit, first.route) == (
        "Paul", Decimal(1), "mg", "iv",
    )  # fmt: skip
    assert second.reason == "very agitated, 110 kg"
    assert not third.is_listed


def test_what_was_delivered_after_the_iv_failed_is_uncertain_until_it_carries_again() -> None:
    driver = infusing()
    failed_at = driver.now
    driver.do(ic.ReportIvFailed(by=NORA, what="swollen"))
    assert uncertain_delivery(driver.session) == (Interval(since=failed_at),)
    refused = driver.refuse(ic.ReportIvFailed(by=OLGA, what="swollen"))
    assert refused.reason == "the IV has failed already"
    driver.move(6).do(ic.ResiteIv(by=NORA, site="left hand"))
    assert uncertain_delivery(driver.session) == (Interval(since=failed_at, until=driver.now),)


def test_an_adverse_event_has_onset_end_and_its_worst_grade() -> None:
    driver = infusing().do(adverse())
    began_at = driver.now
    assert driver.refuse(adverse()).reason == "this event is saved already"
    driver.move(10).do(ic.EndAdverseEvent(by=NORA, adverse=AdverseEventId("a1"), grade=3))
    [event] = adverse_events(driver.session)
    assert (event.what, event.grade, event.began_at, event.ended_at) == (
        "vomiting", 3, began_at, driver.now,
    )  # fmt: skip
    over = driver.refuse(ic.EndAdverseEvent(by=NORA, adverse=AdverseEventId("a1"), grade=3))
    assert over.reason == "no such event goes on"


def test_an_adverse_event_never_ends_before_it_began() -> None:
    driver = infusing()
    early = adverse(ended_at=driver.session.started_at)
    assert driver.refuse(early).reason == "it ended before it began"
    driver.do(adverse())
    end = ic.EndAdverseEvent(
        by=NORA, adverse=AdverseEventId("a1"), grade=2, at=driver.session.started_at
    )
    assert driver.refuse(end).reason == "it ended before it began"


def test_a_call_waits_until_the_prescriber_answers() -> None:
    driver = infusing().do(ic.CallPrescriber(by=NORA, prescriber="Paul", about="BP 182/110"))
    waiting = open_call(driver.session)
    assert waiting is not None
    assert waiting.about == "BP 182/110"
    driver.move(1).do(ic.ChartAnswer(by=NORA, prescriber="Paul", words="lower to 0.4"))
    assert open_call(driver.session) is None


def test_help_is_called_by_anybody_and_by_a_screen_and_ended_by_who_may_chart() -> None:
    driver = preparing()
    screen = msgspec.structs.replace(ADA, printed_name="Screen at the desk", role=Role.DISPLAY)
    driver.do(ic.CallHelp(by=screen))
    called = open_help(driver.session)
    assert called is not None
    assert called.by.printed_name == "Screen at the desk"
    again = driver.refuse(ic.CallHelp(by=NORA))
    assert again.reason == "help is called since 14:01:00 UTC"
    assert driver.refuse(ic.EndHelp(by=screen)).reason == "display may not end a call for help"
    driver.do(ic.EndHelp(by=OLGA))
    assert open_help(driver.session) is None
    driver.do(ic.CallHelp(by=ADA))
    assert open_help(driver.session) is not None


def test_an_emergency_is_stamps_until_it_ends() -> None:
    driver = infusing()
    began_at = driver.now
    driver.do(ic.BeginEmergency(by=NORA))
    assert is_emergency(driver.session)
    assert driver.refuse(ic.BeginEmergency(by=OLGA)).what_to_do == "stamp what is done"
    driver.move(1).do(ic.StampEmergency(by=NORA, what="mask ventilation"))
    driver.move(1).do(ic.EndEmergency(by=PAUL))
    assert emergencies(driver.session) == (Interval(since=began_at, until=driver.now),)
    assert not is_emergency(driver.session)
    driver.move(5).do(ic.StampEmergency(by=NORA, what="suction", at=began_at))


def test_an_emergency_never_ends_before_it_began_and_ends_when_the_patient_leaves() -> None:
    driver = recovering()
    driver.do(ic.BeginEmergency(by=NORA))
    early = driver.refuse(ic.EndEmergency(by=NORA, at=driver.session.started_at))
    assert early.reason == "it ended before it began"
    driver.move(2).do(
        c.LeaveBeforeReady(
            by=NORA, reason="to hospital", is_iv_removed=False, escort="ambulance",
            prescriber_told="Paul", call_back="ward 3",
        )
    )  # fmt: skip
    [only] = emergencies(driver.session)
    assert only.until == driver.now


def test_symptoms_are_of_the_list_or_in_the_patients_words() -> None:
    driver = infusing().do(
        ic.ReportSymptoms(by=NORA, symptoms=("chest pain",)),
        ic.ReportSymptoms(by=NORA, symptoms=(), words="tastes metal"),
    )
    assert len(driver.session.interventions) == 2
