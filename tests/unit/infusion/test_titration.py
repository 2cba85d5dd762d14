"""What a change of the rate is warned of, at each edge."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from infusion.titration import RateChange, TitrationRule, warn_of
from tests.fixtures.clinic import START
from tests.fixtures.dosing import ketamine, order


def minute(number: float) -> Any:
    return START + timedelta(minutes=number)


def change(at: float, before: str, after: str, **fields: Any) -> RateChange:
    """A change that no rule speaks against, but for `fields`."""
    usual: dict[str, Any] = {
        "started_at": START,
        "predicted_end": minute(60),
        "checks_at": minute(at - 1),
    }
    return RateChange(
        at=minute(at),
        from_mg_kg_h=Decimal(before),
        to_mg_kg_h=Decimal(after),
        **(usual | fields),
    )


def rules_against(asked: RateChange, **order_fields: Any) -> list[TitrationRule]:
    found = warn_of(asked, order(**order_fields), ketamine().titration)
    return [warning.rule for warning in found]


def test_a_small_step_up_after_a_quarter_of_an_hour_with_checks_is_well() -> None:
    assert rules_against(change(20, "0.5", "0.6")) == []


@pytest.mark.parametrize(("at", "warned"), [(14.99, True), (15, False)])
def test_a_step_up_waits_for_the_effect_of_the_start(at: float, warned: bool) -> None:
    expected = [TitrationRule.TOO_SOON] if warned else []
    assert rules_against(change(at, "0.5", "0.6")) == expected


@pytest.mark.parametrize(("last", "warned"), [(20, False), (20.1, True)])
def test_a_step_up_waits_for_the_effect_of_the_last_one(last: float, warned: bool) -> None:
    asked = change(35, "0.6", "0.7", last_step_up_at=minute(last))
    assert rules_against(asked) == ([TitrationRule.TOO_SOON] if warned else [])


def test_a_step_is_no_larger_than_the_clinic_or_the_order_allows() -> None:
    large = [TitrationRule.STEP_TOO_LARGE]
    assert rules_against(change(20, "0.5", "0.61")) == large
    assert rules_against(change(20, "0.5", "0.6"), step_mg_kg_h=Decimal("0.05")) == large
    assert rules_against(change(20, "0.5", "0.65"), step_mg_kg_h=Decimal("0.2")) == large


@pytest.mark.parametrize(("end", "warned"), [(60, False), (59.9, True), (40, True)])
def test_nothing_goes_up_in_the_last_quarter_of_an_hour(end: float, warned: bool) -> None:
    asked = change(45, "0.5", "0.6", predicted_end=minute(end))
    assert rules_against(asked) == ([TitrationRule.TOO_LATE] if warned else [])


def test_without_a_predicted_end_nothing_is_said_of_it() -> None:
    assert rules_against(change(59, "0.5", "0.6", predicted_end=None)) == []


@pytest.mark.parametrize(("checked", "warned"), [(15, False), (14.9, True), (None, True)])
def test_a_step_up_needs_normal_checks_of_the_last_five_minutes(
    checked: float | None, warned: bool
) -> None:
    at = None if checked is None else minute(checked)
    asked = change(20, "0.5", "0.6", checks_at=at)
    assert rules_against(asked) == ([TitrationRule.CHECKS_OPEN] if warned else [])


def test_a_step_up_upon_checks_that_are_not_normal_is_warned_of_with_what_they_said() -> None:
    asked = change(20, "0.5", "0.6", amiss=("BP 171/101", "Sedation (MOAA/S) 3"))
    [warning] = warn_of(asked, order(), ketamine().titration)
    assert warning.rule is TitrationRule.NOT_NORMAL
    assert warning.text == "not normal: BP 171/101, Sedation (MOAA/S) 3"
    assert rules_against(change(20, "0.6", "0.5", amiss=("BP 171/101",))) == []


@pytest.mark.parametrize("after", ["0.4", "0.25", "0.1", "0.5"])
def test_a_step_down_is_right_at_any_time(after: str) -> None:
    asked = change(
        59, "0.5", after, last_step_up_at=minute(58), checks_at=None, predicted_end=minute(60)
    )
    assert rules_against(asked) == []


def test_after_a_pause_the_rate_is_not_higher_than_before() -> None:
    asked = change(30, "0.5", "0.6", paused_at=minute(25))
    assert rules_against(asked) == [TitrationRule.HIGHER_AFTER_PAUSE]
    assert rules_against(change(30, "0.5", "0.5", paused_at=minute(25))) == []


@pytest.mark.parametrize(
    ("pause_min", "set_after_min", "warned"),
    [(10, None, False), (10.1, None, True), (10.1, -1.0, True), (10.1, 3.0, False)],
)
def test_a_long_pause_asks_for_a_fresh_full_set(
    pause_min: float, set_after_min: float | None, warned: bool
) -> None:
    paused = 40 - pause_min
    asked = change(
        40,
        "0.5",
        "0.4",
        paused_at=minute(paused),
        full_set_at=None if set_after_min is None else minute(paused + set_after_min),
    )
    assert rules_against(asked) == ([TitrationRule.FULL_SET_AFTER_PAUSE] if warned else [])


def test_a_warning_gives_the_numbers() -> None:
    found = warn_of(
        change(47, "0.5", "0.7", last_step_up_at=minute(40), checks_at=None),
        order(),
        ketamine().titration,
    )
    assert [warning.text for warning in found] == [
        "7 min since the last step up, less than 15: the effect is still rising",
        "up by 0.2 mg/kg/h at once, more than 0.1",
        "13 min before the end, less than 15: the effect would peak after the infusion",
        "no complete vitals, sedation and dissociation checks in the last 5 min",
    ]
