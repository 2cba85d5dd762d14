"""Limits hard and soft, each at its edge, in words that a nurse understands."""

from decimal import Decimal

import pytest

from infusion.dose_rules import LimitedQuantity, Limits
from infusion.limits import HardLimit, LimitName, SoftLimit, Within, check_limit
from tests.fixtures.dosing import ketamine

Q = LimitedQuantity


@pytest.mark.parametrize(
    ("quantity", "value", "kind", "which"),
    [
        (Q.DOSE_RATE, "0.049", HardLimit, LimitName.LOWER_HARD),
        (Q.DOSE_RATE, "0.05", SoftLimit, LimitName.LOWER_SOFT),
        (Q.DOSE_RATE, "0.1", Within, None),
        (Q.DOSE_RATE, "0.75", Within, None),
        (Q.DOSE_RATE, "0.751", SoftLimit, LimitName.UPPER_SOFT),
        (Q.DOSE_RATE, "1.0", SoftLimit, LimitName.UPPER_SOFT),
        (Q.DOSE_RATE, "1.001", HardLimit, LimitName.UPPER_HARD),
        (Q.SESSION_DOSE_PER_KG, "0.29", SoftLimit, LimitName.LOWER_SOFT),
        (Q.SESSION_DOSE_PER_KG, "0.6", Within, None),
        (Q.SESSION_DOSE_PER_KG, "0.61", SoftLimit, LimitName.UPPER_SOFT),
        (Q.SESSION_DOSE_PER_KG, "1.01", HardLimit, LimitName.UPPER_HARD),
        (Q.SESSION_DOSE, "1", Within, None),
        (Q.SESSION_DOSE, "60.1", SoftLimit, LimitName.UPPER_SOFT),
        (Q.SESSION_DOSE, "100.1", HardLimit, LimitName.UPPER_HARD),
        (Q.VOLUME_RATE, "0.9", HardLimit, LimitName.LOWER_HARD),
        (Q.VOLUME_RATE, "4.9", SoftLimit, LimitName.LOWER_SOFT),
        (Q.VOLUME_RATE, "100.1", SoftLimit, LimitName.UPPER_SOFT),
        (Q.VOLUME_RATE, "200.1", HardLimit, LimitName.UPPER_HARD),
        (Q.CONCENTRATION, "0.09", HardLimit, LimitName.LOWER_HARD),
        (Q.CONCENTRATION, "0.14", SoftLimit, LimitName.LOWER_SOFT),
        (Q.CONCENTRATION, "2.01", SoftLimit, LimitName.UPPER_SOFT),
        (Q.CONCENTRATION, "10.1", HardLimit, LimitName.UPPER_HARD),
        (Q.DURATION, "19", HardLimit, LimitName.LOWER_HARD),
        (Q.DURATION, "29", SoftLimit, LimitName.LOWER_SOFT),
        (Q.DURATION, "76", SoftLimit, LimitName.UPPER_SOFT),
        (Q.DURATION, "121", HardLimit, LimitName.UPPER_HARD),
        (Q.WEIGHT, "29", HardLimit, LimitName.LOWER_HARD),
        (Q.WEIGHT, "39", SoftLimit, LimitName.LOWER_SOFT),
        (Q.WEIGHT, "151", SoftLimit, LimitName.UPPER_SOFT),
        (Q.WEIGHT, "251", HardLimit, LimitName.UPPER_HARD),
        (Q.AGE, "17", HardLimit, LimitName.LOWER_HARD),
        (Q.AGE, "18", Within, None),
        (Q.AGE, "76", SoftLimit, LimitName.UPPER_SOFT),
        (Q.AGE, "120", SoftLimit, LimitName.UPPER_SOFT),
        (Q.BOLUS, "0", Within, None),
        (Q.BOLUS, "0.1", HardLimit, LimitName.UPPER_HARD),
    ],
)
def test_each_limit_of_the_treatment(
    quantity: LimitedQuantity, value: str, kind: type, which: LimitName | None
) -> None:
    outcome = check_limit(quantity, Decimal(value), ketamine().limits[quantity])
    assert type(outcome) is kind
    assert outcome.quantity is quantity
    assert outcome.value == Decimal(value)
    assert getattr(outcome, "which", None) is which


@pytest.mark.parametrize(
    ("quantity", "value", "text"),
    [
        (Q.DOSE_RATE, "0.8", "Dose rate 0.80 mg/kg/h is above 0.75: give a reason"),
        (Q.DOSE_RATE, "1.2", "Dose rate 1.20 mg/kg/h is above 1.00, the hard limit: not possible"),
        (Q.DOSE_RATE, "0.7501", "Dose rate 0.7501 mg/kg/h is above 0.7500: give a reason"),
        (Q.AGE, "17", "Age 17 years is below 18, the hard limit: not possible"),
        (Q.VOLUME_RATE, "350", "Rate 350.0 mL/h is above 200.0, the hard limit: not possible"),
        (Q.BOLUS, "20", "Bolus 20.0 mg is above 0.0, the hard limit: not possible"),
        (Q.DURATION, "75.5", "Duration 76 min is above 75: give a reason"),
    ],
)
def test_a_nurse_reads_what_is_beyond_which_limit(
    quantity: LimitedQuantity, value: str, text: str
) -> None:
    outcome = check_limit(quantity, Decimal(value), ketamine().limits[quantity])
    assert not isinstance(outcome, Within)
    assert outcome.text == text


def test_a_limit_is_shown_with_all_its_digits() -> None:
    outcome = check_limit(Q.DOSE_RATE, Decimal("0.2"), Limits(upper_soft=Decimal("0.125")))
    assert isinstance(outcome, SoftLimit)
    assert outcome.text == "Dose rate 0.200 mg/kg/h is above 0.125: give a reason"


def test_a_hard_limit_comes_before_a_soft_one() -> None:
    limits = Limits(lower_soft=Decimal(5), upper_hard=Decimal(4))
    assert isinstance(check_limit(Q.SESSION_DOSE, Decimal("4.5"), limits), HardLimit)


def test_a_float_is_never_compared_with_a_limit() -> None:
    with pytest.raises(TypeError, match="doses are Decimal"):
        check_limit(Q.DOSE_RATE, 0.5, Limits())  # type: ignore[arg-type]  # that is the error
