"""Closer checks: after a rate increase, a finding, an intervention; and down again."""

from decimal import Decimal

import pytest

from infusion.answers import Choice
from infusion.commands import Command
from infusion.interventions import commands as ic
from infusion.interventions.events import OrderedBy
from infusion.observations.closer import RateStep
from infusion.observations.events import ObservedItem
from infusion.observations.evidence import rate_steps
from infusion.observations.values import Level
from tests.fixtures.clinic import START
from tests.fixtures.observing import AWAKE, CLEAR, DROWSY, Bedside, judged, whole
from tests.fixtures.session import NORA
from vocabulary.ids import AdverseEventId


def between(minutes: list[float], low: float, high: float) -> list[float]:
    return [minute for minute in minutes if low <= minute <= high]


def test_after_a_rate_increase_every_five_minutes_for_fifteen_if_all_is_normal() -> None:
    bedside = Bedside().cuffs(*range(1, 60, 3))
    bedside.knows(rate_steps=(RateStep(at=bedside.at(31), is_up=True),))
    bedside.quick(36, 41, 46, 50)
    assert between(bedside.minutes_of("sedation"), 30, 60) == [30, 36, 40, 45, 50, 60]
    assert between(bedside.minutes_of("bp"), 30, 60) == [30, 36, 40, 45, 50, 60]
    assert bedside.became("sedation", 36).slot.why == "rate increased"


def test_after_a_decrease_nothing_changes() -> None:
    bedside = Bedside()
    bedside.knows(rate_steps=(RateStep(at=bedside.at(31), is_up=False),)).move_to(45)
    assert between(bedside.minutes_of("sedation"), 30, 60) == [30, 40, 50, 60]


def test_without_two_normal_sets_they_go_on_and_only_the_next_one_is_shown() -> None:
    bedside = Bedside()
    bedside.knows(rate_steps=(RateStep(at=bedside.at(31), is_up=True),)).move_to(53)
    assert between(bedside.minutes_of("sedation"), 30, 70) == [
        30, 36, 40, 45, 50, 55, 60, 65, 70,
    ]  # fmt: skip
    assert bedside.became("sedation", 55).slot.why == "rate increased"


def test_a_finding_asks_for_closer_checks_until_two_normal_sets_in_a_row() -> None:
    bedside = Bedside().cuffs(*range(1, 60, 3))
    bedside.move_to(30).save(DROWSY, CLEAR)
    bedside.quick(35, 41)
    assert between(bedside.minutes_of("sedation"), 30, 60) == [30, 35, 40, 50, 60]
    assert bedside.became("sedation", 35).slot.why == "Sedation (MOAA/S)"


def test_a_second_finding_begins_the_count_anew() -> None:
    bedside = Bedside().cuffs(*range(1, 60, 3))
    bedside.move_to(30).save(DROWSY, CLEAR)
    bedside.quick(35).move_to(40).save(DROWSY, CLEAR)
    bedside.quick(45)
    bedside.move_to(46)
    assert between(bedside.minutes_of("sedation"), 40, 60) == [40, 45, 50, 60]
    bedside.move_to(52)
    assert between(bedside.minutes_of("sedation"), 40, 60) == [40, 45, 50, 55, 60]
    bedside.quick(52).move_to(53)
    assert between(bedside.minutes_of("sedation"), 40, 60) == [40, 45, 50, 60]


def test_a_set_without_a_pressure_is_not_a_normal_one() -> None:
    bedside = Bedside()
    bedside.move_to(30).save(DROWSY, CLEAR)
    bedside.quick(35, 41).move_to(42)
    assert 45 in bedside.minutes_of("sedation")
    bedside.cuffs(34, 40)
    assert 45 not in bedside.minutes_of("sedation")


def test_a_high_cuff_reading_is_a_finding_like_any() -> None:
    bedside = Bedside().cuffs(30, sys=165).move_to(31)
    assert between(bedside.minutes_of("bp"), 30, 40) == [30, 35, 40]
    assert bedside.became("bp", 35).slot.why == "BP"
    fine = Bedside().cuffs(30, sys=164).move_to(31)
    assert between(fine.minutes_of("bp"), 30, 40) == [30, 40]


def test_a_high_cuff_reading_keeps_a_set_from_being_normal() -> None:
    bedside = Bedside().cuffs(29, 30)
    bedside.move_to(30).save(DROWSY, CLEAR)
    bedside.cuffs(34, sys=180).quick(35).cuffs(39, sys=180).quick(40).move_to(41)
    assert 45 in bedside.minutes_of("sedation")


@pytest.mark.parametrize(
    "command",
    [
        ic.GiveRescueDrug(
            by=NORA, drug="ondansetron", dose=Decimal(4), unit="mg", route="iv",
            ordered_by=OrderedBy.STANDING,
        ),
        ic.ChangeOxygen(by=NORA, flow_l_min=2),
        ic.RecordAdverseEvent(
            by=NORA, adverse=AdverseEventId("a1"), what="vomiting", grade=2
        ),
        ic.ReportSymptoms(by=NORA, symptoms=("dizzy",)),
    ],
)  # fmt: skip
def test_an_intervention_asks_for_checks_every_five_minutes(command: Command) -> None:
    bedside = Bedside().cuffs(*range(1, 60, 3))
    bedside.move_to(32).driver.do(command)
    bedside.move_to(33)
    assert between(bedside.minutes_of("sedation"), 30, 60) == [30, 37, 40, 50, 60]
    assert bedside.became("sedation", 37).slot.why
    bedside.move_to(41)
    assert between(bedside.minutes_of("sedation"), 30, 60) == [30, 37, 40, 45, 50, 60]


def test_after_a_rescue_drug_they_last_fifteen_minutes_at_least() -> None:
    bedside = Bedside().cuffs(*range(1, 60, 3))
    bedside.move_to(31).driver.do(
        ic.GiveRescueDrug(
            by=NORA, drug="midazolam", dose=Decimal(1), unit="mg", route="iv",
            ordered_by=OrderedBy.STANDING,
        )
    )  # fmt: skip
    bedside.quick(36, 41).move_to(42)
    assert 45 in bedside.minutes_of("sedation")
    bedside.move_to(47)
    assert 55 not in bedside.minutes_of("sedation")


def test_oxygen_off_and_what_happened_before_the_first_drug_ask_for_nothing() -> None:
    bedside = Bedside()
    bedside.driver.do(ic.ChangeOxygen(by=NORA, flow_l_min=2, at=bedside.at(-3)))
    bedside.move_to(25).driver.do(ic.ChangeOxygen(by=NORA, flow_l_min=0))
    bedside.move_to(32)
    assert between(bedside.minutes_of("sedation"), 20, 40) == [20, 30, 40]


@pytest.mark.parametrize(
    ("observed", "why"),
    [
        (whole(hr=105, rr=22), ""),
        (whole(hr=105, rr=22, level="voice"), "NEWS2 6"),
        (whole(rr=8), "NEWS2 3 for RR"),
        (whole(level="new confusion"), ""),  # 3 points, but of consciousness
    ],
)
def test_a_high_score_asks_for_closer_checks_until_two_normal_sets(
    observed: tuple[ObservedItem, ...], why: str
) -> None:
    bedside = Bedside().cuffs(*range(1, 60, 3))
    bedside.move_to(32).save(*observed, set="whole")
    bedside.move_to(33)
    found = {d.slot.why for d in bedside.schedule.items if d.item == "sedation" and d.slot.why}
    assert found == ({why} if why else set())
    if why:
        assert between(bedside.minutes_of("sedation"), 30, 45) == [30, 37, 40]
        bedside.quick(37, 41).move_to(42)
        assert between(bedside.minutes_of("sedation"), 40, 60) == [40, 50, 60]


def test_a_set_with_a_high_score_is_not_a_normal_one() -> None:
    bedside = Bedside().cuffs(*range(1, 60, 3))
    bedside.move_to(30).save(DROWSY, CLEAR)
    bedside.quick(35).move_to(40).save(*whole(rr=8), set="whole")
    bedside.move_to(41)
    assert 45 in bedside.minutes_of("sedation")
    bedside.quick(45).move_to(46)
    assert 55 not in bedside.minutes_of("sedation")
    assert 50 in bedside.minutes_of("sedation")
    bedside.move_to(52)
    assert 55 in bedside.minutes_of("sedation")


def test_what_cannot_be_told_of_an_item_is_normal_and_a_choice_outside_is_not() -> None:
    bedside = Bedside().cuffs(*range(1, 60, 3))
    bedside.move_to(30).save(AWAKE, judged("airway", Choice(option="snoring")))
    assert 35 in bedside.minutes_of("airway")
    painful = Bedside().move_to(30).save(AWAKE, CLEAR, judged("pain", Level(level=10)))
    assert 35 not in painful.minutes_of("airway")


def test_rate_steps_tell_up_from_down_and_leave_pauses_out() -> None:
    minute = Bedside().at
    rates = {minute(0): 35.0, minute(20): 42.0, minute(30): 0.0, minute(34): 42.0,
             minute(40): 28.0, minute(50): 0.0}  # fmt: skip
    assert rate_steps(rates) == (
        RateStep(at=minute(20), is_up=True),
        RateStep(at=minute(40), is_up=False),
    )
    assert rate_steps({START: 0.0}) == ()
