"""The dosing weight: and when it has to be confirmed."""

from datetime import timedelta
from decimal import Decimal

import pytest

from infusion.weight import (
    DosingWeight,
    WeightDoubt,
    WeightKind,
    doubts_about,
)
from tests.fixtures.dosing import TODAY, dosing_rules, weighing

RULES = dosing_rules().weight


def test_a_weight_is_exact_and_above_zero() -> None:
    with pytest.raises(TypeError, match="doses are Decimal"):
        DosingWeight(
            kg=70.0,  # type: ignore[arg-type]  # that is the error
            kind=WeightKind.TOTAL,
            measured_on=TODAY,
            decided_by="Dr Weiss",
        )
    with pytest.raises(ValueError, match="weigh the patient again"):
        DosingWeight(kg=Decimal(0), kind=WeightKind.TOTAL, measured_on=TODAY, decided_by="Dr Weiss")


def doubts(weight: DosingWeight, last: DosingWeight | None = None) -> list[WeightDoubt]:
    return [found.doubt for found in doubts_about(weight, last, TODAY, RULES)]


@pytest.mark.parametrize(("days", "asked"), [(0, False), (30, False), (31, True)])
def test_a_weight_older_than_thirty_days_is_confirmed(days: int, asked: bool) -> None:
    weight = weighing("70", measured_on=TODAY - timedelta(days=days))
    assert doubts(weight) == ([WeightDoubt.OLD] if asked else [])


@pytest.mark.parametrize(("kg", "asked"), [("77", False), ("77.1", True), ("62.9", True)])
def test_a_weight_more_than_a_tenth_from_the_last_is_confirmed(kg: str, asked: bool) -> None:
    assert doubts(weighing(kg), weighing("70")) == ([WeightDoubt.CHANGED] if asked else [])


def test_a_weight_of_tomorrow_is_doubted() -> None:
    assert doubts(weighing("70", measured_on=TODAY + timedelta(days=1))) == [
        WeightDoubt.IN_THE_FUTURE
    ]


def test_an_ideal_weight_above_the_total_one_is_doubted() -> None:
    weight = weighing("75", kind=WeightKind.IDEAL, total_kg=Decimal(50))
    assert doubts(weight) == [WeightDoubt.ABOVE_TOTAL]


def test_a_doubt_says_what_it_is_about() -> None:
    [found] = doubts_about(weighing("77.1"), weighing("70.0"), TODAY, RULES)
    assert found.text == (
        "77.1 kg, 70 kg last time, more than 10 % different: weigh again or confirm"
    )
