"""Alarms of what a person judged, and of a saturation under a cuff that was charted."""

from decimal import Decimal

import msgspec
import pytest

from infusion import commands as c
from infusion.alarms.situating import order_facts
from infusion.answers import Choice
from infusion.chart import Chart
from infusion.interventions.commands import ReportSymptoms
from infusion.observations.events import ObservedItem
from infusion.observations.values import Level
from infusion.stream import DeviceEventArrived
from tests.fixtures.acted_ward import ActedWard
from tests.fixtures.alarmed_ward import (
    HIGH,
    LOW,
    MEDIUM,
    NORTH,
    alarm,
    alarms,
    infuse,
    infusing,
    texts,
)
from tests.fixtures.observing import form, judged, left_out, whole
from tests.fixtures.session import MONITOR, NORA, order
from vocabulary.alarms import AlarmCode, DeviceEventCode
from vocabulary.ids import BootId
from vocabulary.states import SessionState


@pytest.fixture
def ward() -> ActedWard:
    return ActedWard()


def observe(ward: ActedWard, *observed: ObservedItem, form_of: str = "whole") -> ActedWard:
    return ward.do(form(*observed, set=form_of, seen=len(ward.session().observations)))


def test_a_news2_of_6_before_the_start_is_an_alarm_until_the_next_is_better(
    ward: ActedWard,
) -> None:
    observe(ward.chair().move(60), *whole(hr=135, rr=25))
    assert texts(ward) == ["NEWS2 6 ≥ 5"]
    assert alarm(ward, AlarmCode.NEWS2_HIGH).priority is MEDIUM
    observe(ward.move(60), *whole())
    assert texts(ward) == []


def test_three_points_in_one_item_are_told_silently_and_confusion_is_not(ward: ActedWard) -> None:
    observe(ward.chair().move(60), *whole(rr=25))
    assert texts(ward) == ["NEWS2 in one item 3 ≥ 3"]
    assert alarm(ward, AlarmCode.NEWS2_HIGH).priority is LOW
    observe(ward.move(60), *whole(level="new confusion"))
    assert texts(ward) == []


def test_a_news2_from_before_the_start_is_history_in_recovery(ward: ActedWard) -> None:
    observe(ward.chair().move(60), *whole(hr=135, rr=25))
    ward.ready_now()
    infuse(ward.move(1).hold(), 30)
    ward.do(c.EndInfusionEarly(by=NORA, reason="headache"))
    ward.move(1).hold().move(1).hold()
    assert ward.session().state is SessionState.RECOVERY
    assert [text for text in texts(ward) if "NEWS2" in text] == []
    observe(ward.move(60), *whole(hr=135, rr=25))
    assert [text for text in texts(ward) if "NEWS2" in text] == ["NEWS2 6 ≥ 5"]


@pytest.mark.parametrize(
    ("level", "code", "text"),
    [
        (3, AlarmCode.AGITATION, "RASS 3 ≥ 3"),
        (-4, AlarmCode.SEDATION_DEEP, "RASS -4 ≤ -4"),
    ],
)
def test_rass_that_a_nurse_saw_is_an_alarm_at_once(
    ward: ActedWard, level: int, code: AlarmCode, text: str
) -> None:
    observe(infusing(ward), judged("rass", Level(level=level)), form_of="rass")
    assert texts(ward) == [text]
    assert alarm(ward, code).priority is HIGH


def inflating(ward: ActedWard) -> DeviceEventArrived:
    return DeviceEventArrived(
        position=0, ward=NORTH, device=MONITOR, boot=BootId("b1"), seq=9_000,
        device_time=ward.now, observed_at=ward.now, received_at=ward.now,
        event=DeviceEventCode.NIBP_STARTED,
    )  # fmt: skip


def charted(ward: ActedWard, where: str) -> ActedWard:
    answer = Choice(option=where)
    return ward.do(c.AnswerPreparation(by=NORA, item="cuff_limb", answer=answer))


@pytest.mark.parametrize(("where", "is_raised"), [("same arm", False), ("other arm", True)])
def test_a_saturation_that_falls_under_the_cuff_waits_if_they_are_charted_on_one_arm(
    ward: ActedWard, where: str, is_raised: bool
) -> None:
    charted(infusing(ward), where)
    ward.say(inflating(ward))
    infuse(ward, 20, spo2=88.0)
    assert (texts(ward) == ["SpO2 88 < 90"]) is is_raised


def test_a_probe_that_was_moved_to_the_other_arm_is_heard_again(ward: ActedWard) -> None:
    charted(charted(infusing(ward), "same arm"), "other arm")
    ward.say(inflating(ward))
    assert texts(infuse(ward, 20, spo2=88.0)) == ["SpO2 88 < 90"]


def test_a_deep_saturation_is_told_even_with_the_cuff_on_the_same_arm(ward: ActedWard) -> None:
    charted(infusing(ward), "same arm")
    ward.say(inflating(ward))
    assert texts(infuse(ward, 10, spo2=80.0)) == ["SpO2 80 < 85"]


def test_a_news2_that_cannot_be_computed_ends_no_alarm_of_one_that_could(ward: ActedWard) -> None:
    observe(ward.chair().move(60), *whole(hr=135, rr=25))
    assert texts(ward) == ["NEWS2 6 ≥ 5"]
    without = [item for item in whole() if item.item != "rr"]
    ward.move(7200).do(
        form(
            *without,
            set="whole",
            seen=len(ward.session().observations),
            not_observed=(left_out("rr", "refused"),),
        )
    )
    assert texts(ward) == ["NEWS2 6 ≥ 5"]
    observe(ward.move(60), *whole())
    assert texts(ward) == []


def test_a_patient_who_asks_to_stop_is_an_alarm_until_the_pump_stands(ward: ActedWard) -> None:
    infusing(ward).do(ReportSymptoms(by=NORA, symptoms=("asks to stop",)))
    assert texts(ward) == ["asks to stop"]
    ward.do(c.ConfirmPause(by=NORA, reason="asks to stop"))
    ward.move(1).hold()
    assert texts(ward) == []


def test_soft_limits_count_where_the_order_is_within_them(ward: ActedWard) -> None:
    infusing(ward)
    facts = alarms(ward).situation.order
    assert facts is not None
    assert (facts.soft_mg, facts.soft_min) == (42, 75)
    session = ward.session()
    beyond = msgspec.structs.replace(
        session.orders[-1], order=order(dose_mg=Decimal(45), duration_min=Decimal(80))
    )
    session = msgspec.structs.replace(session, orders=(*session.orders, beyond))
    facts = order_facts(session, Chart(), ward.rules.clinic)
    assert facts is not None
    assert (facts.soft_mg, facts.soft_min) == (None, None)
