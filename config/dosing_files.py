"""The part of `protocol.yaml` about drugs, doses and rates. Numbers are taken as written."""

from decimal import Decimal
from itertools import pairwise
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from config.forms import Form, FromText, Label, Name, NotNegative
from infusion.dose_rules import LimitedQuantity


def _exactly(value: object) -> Decimal:
    """The number that is written, without a float's tail: 0.1 is one tenth."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PydanticCustomError("number_type", "Input should be a valid number")
    number = Decimal(str(value))
    if not number.is_finite():
        raise PydanticCustomError("finite_number", "Input should be a finite number")
    # one way to write each, so that the same rules always have the same version
    return number.quantize(Decimal(1)) if number == number.to_integral() else number.normalize()


Exact = Annotated[Decimal, BeforeValidator(_exactly)]
ExactPositive = Annotated[Exact, Field(gt=0)]
ExactNotNegative = Annotated[Exact, Field(ge=0)]


class LimitsEntry(Form):
    """Up to four limits of one quantity; a missing one is no limit."""

    lower_hard: ExactNotNegative | None = None
    lower_soft: ExactNotNegative | None = None
    upper_soft: ExactNotNegative | None = None
    upper_hard: ExactNotNegative | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "LimitsEntry":
        limits = (self.lower_hard, self.lower_soft, self.upper_soft, self.upper_hard)
        written = [limit for limit in limits if limit is not None]
        if not written:
            raise ValueError("at least one limit")
        if any(below > above for below, above in pairwise(written)):
            raise ValueError("lower_hard, lower_soft, upper_soft, upper_hard must rise")
        return self


class TitrationEntry(Form):
    """`titration` of a drug."""

    between_steps_up_min: NotNegative
    largest_step_up_mg_kg_h: ExactPositive
    none_up_in_last_min: NotNegative
    checks: list[str]
    checks_within_min: NotNegative
    fresh_set_after_pause_min: NotNegative


class DrugEntry(Form):
    """One of `drugs`."""

    drug: Annotated[str, Name]
    label: Label
    start_rate_mg_kg_h: ExactPositive
    concentrations_mg_ml: Annotated[list[ExactPositive], Field(min_length=1)]
    never_above_mg_ml: ExactPositive
    limits: dict[Annotated[LimitedQuantity, FromText], LimitsEntry]
    titration: TitrationEntry


class WeightEntry(Form):
    """`weight`."""

    older_than_days: Annotated[int, Field(ge=1)]
    changed_by_percent: ExactPositive


class BackCheckEntry(Form):
    """`back_check`."""

    percent: ExactPositive
    mg_kg_h: ExactPositive


class RateMatchEntry(Form):
    """`rate_match`."""

    percent: ExactPositive
    after_s: NotNegative
    slip_factor: Annotated[Exact, Field(gt=1)]


class BalanceEntry(Form):
    """`balance`."""

    mg: ExactNotNegative
    percent: ExactNotNegative


class DosingEntry(Form):
    """`dosing`."""

    pump_step_ml_h: ExactPositive
    weight: WeightEntry
    back_check: BackCheckEntry
    rate_match: RateMatchEntry
    balance: BalanceEntry
    drugs: Annotated[list[DrugEntry], Field(min_length=1)]
