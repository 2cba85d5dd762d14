"""Dose arithmetic: the clinic's table, what a pump can be set to, the back-check, the balance."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infusion.dose import (
    DrugBalance,
    ListedConcentration,
    PatientBag,
    back_check,
    dose_rate_of,
    mg_h_of,
    mg_in,
    mg_kg_of,
    ml_for,
    ml_h_of,
    programmable_ml_h,
    round_to_step,
    ug_kg_min_of,
)
from infusion.dose_rules import LimitedQuantity
from infusion.limits import Within, check_limit
from tests.fixtures.dosing import dosing_rules, ketamine, weighing

HALF = Decimal("0.5")
STEP = Decimal("0.1")


def of(mg_ml: str) -> ListedConcentration:
    return ListedConcentration(mg_ml=Decimal(mg_ml))


@pytest.mark.parametrize(
    ("kg", "mg_h", "at_half", "at_one", "at_two"),
    [
        ("50", "25", "50", "25", "12.5"),
        ("60", "30", "60", "30", "15"),
        ("70", "35", "70", "35", "17.5"),
        ("80", "40", "80", "40", "20"),
        ("100", "50", "100", "50", "25"),
        ("120", "60", "120", "60", "30"),
    ],
)
def test_half_a_mg_per_kg_and_hour_by_weight_and_concentration(
    kg: str, mg_h: str, at_half: str, at_one: str, at_two: str
) -> None:
    weight = weighing(kg)
    assert mg_h_of(HALF, weight) == Decimal(mg_h)
    for mg_ml, ml_h in (("0.5", at_half), ("1", at_one), ("2", at_two)):
        assert ml_h_of(HALF, weight, of(mg_ml)) == Decimal(ml_h)
        assert dose_rate_of(Decimal(ml_h), weight, of(mg_ml)) == HALF


def test_the_titration_vector_is_33_833_ml_and_mg_and_0_48333_mg_per_kg() -> None:
    minutes_at = ((20, HALF), (25, Decimal("0.6")), (5, Decimal(0)), (10, Decimal("0.4")))
    weight = weighing("70")
    rates = [ml_h_of(dose_rate, weight, of("1")) for _, dose_rate in minutes_at]
    assert rates == [35, 42, 0, 28]
    ml = sum(
        (rate * minutes / 60 for rate, (minutes, _) in zip(rates, minutes_at, strict=True)),
        Decimal(0),
    )
    assert ml.quantize(Decimal("0.001")) == Decimal("33.833")
    mg = mg_in(ml, of("1"))
    assert mg.quantize(Decimal("0.001")) == Decimal("33.833")
    assert mg_kg_of(mg, weight).quantize(Decimal("0.00001")) == Decimal("0.48333")


def test_half_a_mg_per_kg_and_hour_is_8_333_micrograms_per_kg_and_minute() -> None:
    assert ug_kg_min_of(HALF).quantize(Decimal("0.001")) == Decimal("8.333")


def test_the_forty_minute_regimen_is_0_75_mg_per_kg_and_hour() -> None:
    assert mg_kg_of(Decimal(35), weighing("70")) / 40 * 60 == Decimal("0.75")


def test_a_bag_made_for_one_patient_has_its_own_concentration() -> None:
    bag = PatientBag(drug_mg=Decimal(35), volume_ml=Decimal(100))
    assert bag.mg_ml == Decimal("0.35")
    assert ml_h_of(HALF, weighing("70"), bag) == 100
    assert ml_for(Decimal(35), bag) == 100


@pytest.mark.parametrize("bad", [0.5, 35, "0.5"])
def test_whatever_is_no_decimal_is_a_programmers_error(bad: object) -> None:
    with pytest.raises(TypeError, match="doses are Decimal"):
        mg_h_of(bad, weighing("70"))  # type: ignore[arg-type]  # that is the error
    with pytest.raises(TypeError, match="doses are Decimal"):
        ListedConcentration(mg_ml=bad)  # type: ignore[arg-type]  # that is the error


@pytest.mark.parametrize("bad", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_not_calculated_with(bad: str) -> None:
    with pytest.raises(ValueError, match="not a number to calculate with"):
        mg_h_of(Decimal(bad), weighing("70"))


def test_a_bag_without_drug_or_volume_cannot_be() -> None:
    with pytest.raises(ValueError, match="cannot be"):
        PatientBag(drug_mg=Decimal(35), volume_ml=Decimal(0))
    with pytest.raises(ValueError, match="cannot be"):
        ListedConcentration(mg_ml=Decimal(0))


@pytest.mark.parametrize(
    ("rate", "lowest", "highest", "programmed"),
    [
        ("36.625", None, None, "36.6"),
        ("36.65", None, None, "36.6"),
        ("36.75", None, None, "36.8"),
        ("36.651", None, None, "36.7"),
        ("41.96", None, "41.99", "41.9"),
        ("1.02", "1.02", None, "1.1"),
        ("35.04", "35.03", "35.06", "35.0"),
        ("500", None, "200", "200.0"),
    ],
)
def test_a_rate_is_rounded_to_the_step_and_then_kept_within_its_limits(
    rate: str, lowest: str | None, highest: str | None, programmed: str
) -> None:
    bounds = [None if bound is None else Decimal(bound) for bound in (lowest, highest)]
    assert round_to_step(Decimal(rate), STEP, *bounds) == Decimal(programmed)


def test_rounding_never_lifts_a_dose_rate_over_its_hard_limit() -> None:
    weight = weighing("56.58")
    assert ml_h_of(Decimal(1), weight, of("1")) == Decimal("56.58")
    programmed = programmable_ml_h(Decimal(1), weight, of("1"), ketamine(), STEP)
    assert programmed == Decimal("56.5")
    assert dose_rate_of(programmed, weight, of("1")) <= 1


def test_the_volume_rate_has_its_own_hard_limit() -> None:
    bag = PatientBag(drug_mg=Decimal(35), volume_ml=Decimal(250))
    assert ml_h_of(Decimal("0.75"), weighing("70"), bag) == 375
    assert programmable_ml_h(Decimal("0.75"), weighing("70"), bag, ketamine(), STEP) == 200


@given(
    dose=st.decimals("0.05", "1", places=3),
    kg=st.decimals(30, 250, places=1),
    mg_ml=st.sampled_from(["0.35", "1", "2"]),
)
def test_a_programmed_rate_is_always_a_step_within_the_hard_limits(
    dose: Decimal, kg: Decimal, mg_ml: str
) -> None:
    weight, concentration, drug = weighing(str(kg)), of(mg_ml), ketamine()
    rate = programmable_ml_h(dose, weight, concentration, drug, STEP)
    assert rate % STEP == 0
    wanted = ml_h_of(dose, weight, concentration)
    if 1 <= wanted <= 200:
        assert abs(rate - wanted) <= STEP
    dose_rate = dose_rate_of(rate, weight, concentration)
    assert dose_rate <= 1
    assert rate <= 200
    bolus = check_limit(LimitedQuantity.BOLUS, Decimal(0), drug.limits[LimitedQuantity.BOLUS])
    assert isinstance(bolus, Within)


@pytest.mark.parametrize(
    ("reported", "fits"),
    [
        ("0.5", True),
        ("0.51", True),
        ("0.49", True),
        ("0.5101", False),
        ("0.4899", False),
        ("0.05", False),
    ],
)
def test_a_dose_rate_that_the_pump_reports_is_checked_against_its_rate(
    reported: str, fits: bool
) -> None:
    rules = dosing_rules().back_check
    found = back_check(Decimal(35), weighing("70"), of("1"), Decimal(reported), rules)
    assert (found is None) is fits


def test_at_a_low_rate_the_percentage_catches_what_the_hundredth_does_not() -> None:
    rules = dosing_rules().back_check
    found = back_check(Decimal(7), weighing("70"), of("1"), Decimal("0.105"), rules)
    assert found is not None
    assert found.calculated == Decimal("0.1")
    assert back_check(Decimal(7), weighing("70"), of("1"), Decimal("0.102"), rules) is None


def test_at_a_high_rate_the_hundredth_catches_what_the_percentage_does_not() -> None:
    rules = dosing_rules().back_check
    assert back_check(Decimal(70), weighing("70"), of("1"), Decimal("1.015"), rules) is not None


def test_a_held_pump_reports_no_dose_rate() -> None:
    rules = dosing_rules().back_check
    assert back_check(Decimal(0), weighing("70"), of("1"), Decimal(0), rules) is None
    assert back_check(Decimal(0), weighing("70"), of("1"), Decimal("0.001"), rules) is not None


def test_the_back_check_says_what_to_look_at() -> None:
    found = back_check(
        Decimal(35), weighing("70"), of("1"), Decimal("0.25"), dosing_rules().back_check
    )
    assert found is not None
    assert found.text == (
        "the pump says 0.250 mg/kg/h; 35 mL/h of 1.000 mg/mL at 70 kg are 0.500 mg/kg/h: "
        "check weight and concentration at the pump"
    )


def balance(wasted: str) -> DrugBalance:
    return DrugBalance(
        drawn_mg=Decimal(50),
        infused_mg=Decimal("33.833"),
        line_residual_mg=Decimal("1.5"),
        wasted_mg=Decimal(wasted),
    )


def test_the_balance_of_the_vector_closes() -> None:
    closed = balance("14.667")
    assert closed.difference_mg == 0
    assert not closed.is_told(dosing_rules().balance)


@pytest.mark.parametrize(
    ("wasted", "difference", "told"),
    [
        ("14.63", "0.037", False),
        ("14.617", "0.05", False),
        ("14.2", "0.467", False),
        ("14.1", "0.567", True),
        ("15.2", "-0.533", True),
    ],
)
def test_a_large_difference_of_a_balance_is_told(wasted: str, difference: str, told: bool) -> None:
    found = balance(wasted)
    assert found.difference_mg == Decimal(difference)
    assert found.is_told(dosing_rules().balance) is told


def test_two_percent_of_a_small_syringe_is_told_below_half_a_milligram() -> None:
    small = DrugBalance(
        drawn_mg=Decimal(10),
        infused_mg=Decimal(9),
        line_residual_mg=Decimal(0),
        wasted_mg=Decimal("0.7"),
    )
    assert small.is_told(dosing_rules().balance)


def test_what_is_returned_is_accounted_for() -> None:
    vial = DrugBalance(
        drawn_mg=Decimal(500),
        infused_mg=Decimal("33.833"),
        line_residual_mg=Decimal("1.5"),
        wasted_mg=Decimal("14.667"),
        returned_mg=Decimal(450),
    )
    assert vial.difference_mg == 0
