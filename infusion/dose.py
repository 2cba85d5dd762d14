"""Dose arithmetic: mg/kg/h, mg/h, mL/h, µg/kg/min, mg and mg/kg. Exact, rounded only for the pump.

Weights are `DosingWeight`, concentrations a `Concentration`; so neither can be taken for the other
or come in another unit. Every number is a Decimal; a float raises TypeError.
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import TypeAlias

import msgspec

from infusion.dose_rules import BackCheckRules, BalanceRules, DrugRules, LimitedQuantity
from infusion.exact import exact, plain
from infusion.weight import DosingWeight

_MIN_PER_H = Decimal(60)
_UG_PER_MG = Decimal(1000)


class ListedConcentration(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A concentration of the clinic's list, mg/mL."""

    mg_ml: Decimal

    def __post_init__(self) -> None:
        if exact(self.mg_ml) <= 0:
            raise ValueError(f"a concentration of {self.mg_ml} mg/mL cannot be")


class PatientBag(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A bag or syringe made for one patient: mg of drug in mL, `35 mg in 100 mL`."""

    drug_mg: Decimal
    volume_ml: Decimal

    def __post_init__(self) -> None:
        if exact(self.drug_mg) <= 0 or exact(self.volume_ml) <= 0:
            raise ValueError(f"{self.drug_mg} mg in {self.volume_ml} mL cannot be")

    @property
    def mg_ml(self) -> Decimal:
        """Its concentration, mg/mL."""
        return self.drug_mg / self.volume_ml


Concentration: TypeAlias = ListedConcentration | PatientBag


def mg_h_of(dose_rate_mg_kg_h: Decimal, weight: DosingWeight) -> Decimal:
    """Drug per hour, mg/h, at a dose rate in mg/kg/h."""
    return exact(dose_rate_mg_kg_h) * weight.kg


def ml_h_of(
    dose_rate_mg_kg_h: Decimal, weight: DosingWeight, concentration: Concentration
) -> Decimal:
    """Volume rate, mL/h, unrounded, at a dose rate in mg/kg/h."""
    return mg_h_of(dose_rate_mg_kg_h, weight) / concentration.mg_ml


def dose_rate_of(rate_ml_h: Decimal, weight: DosingWeight, concentration: Concentration) -> Decimal:
    """Dose rate, mg/kg/h, at a volume rate in mL/h."""
    return exact(rate_ml_h) * concentration.mg_ml / weight.kg


def ug_kg_min_of(dose_rate_mg_kg_h: Decimal) -> Decimal:
    """Dose rate, µg/kg/min, of one in mg/kg/h."""
    return exact(dose_rate_mg_kg_h) * _UG_PER_MG / _MIN_PER_H


def mg_in(volume_ml: Decimal, concentration: Concentration) -> Decimal:
    """Drug in a volume, mg."""
    return exact(volume_ml) * concentration.mg_ml


def ml_for(dose_mg: Decimal, concentration: Concentration) -> Decimal:
    """Volume that holds a dose, mL."""
    return exact(dose_mg) / concentration.mg_ml


def mg_kg_of(dose_mg: Decimal, weight: DosingWeight) -> Decimal:
    """Dose by weight, mg/kg."""
    return exact(dose_mg) / weight.kg


def programmable_ml_h(
    dose_rate_mg_kg_h: Decimal,
    weight: DosingWeight,
    concentration: Concentration,
    drug: DrugRules,
    step_ml_h: Decimal,
) -> Decimal:
    """The rate to set at a pump, mL/h: rounded to its step, then within the hard limits again.

    Half a step goes to the even one. Rounding never lifts a dose rate or volume rate over its
    hard limit nor drops it below; where no step lies between them the lower one is taken. A dose
    rate that is itself beyond a limit is clamped; refuse it first with `check_order`.
    """
    dose_limits = drug.limits[LimitedQuantity.DOSE_RATE]
    rate_limits = drug.limits[LimitedQuantity.VOLUME_RATE]

    def as_ml_h(limit: Decimal | None) -> Decimal | None:
        return None if limit is None else ml_h_of(limit, weight, concentration)

    lowest = max(
        (x for x in (as_ml_h(dose_limits.lower_hard), rate_limits.lower_hard) if x is not None),
        default=None,
    )
    highest = min(
        (x for x in (as_ml_h(dose_limits.upper_hard), rate_limits.upper_hard) if x is not None),
        default=None,
    )
    return round_to_step(
        ml_h_of(dose_rate_mg_kg_h, weight, concentration), step_ml_h, lowest, highest
    )


def round_to_step(
    rate_ml_h: Decimal, step_ml_h: Decimal, lowest: Decimal | None, highest: Decimal | None
) -> Decimal:
    """`rate_ml_h` in whole steps, between `lowest` and `highest` (mL/h; None: no bound)."""
    rounded = _in_steps(rate_ml_h, step_ml_h, ROUND_HALF_EVEN)
    if lowest is not None and rounded < lowest:
        rounded = _in_steps(lowest, step_ml_h, ROUND_CEILING)
    if highest is not None and rounded > highest:
        rounded = _in_steps(highest, step_ml_h, ROUND_FLOOR)
    return rounded


def _in_steps(rate_ml_h: Decimal, step_ml_h: Decimal, rounding: str) -> Decimal:
    steps = (exact(rate_ml_h) / exact(step_ml_h)).to_integral_value(rounding=rounding)
    return steps * step_ml_h


class DoseRateMismatch(msgspec.Struct, frozen=True, kw_only=True):
    """A reported dose rate is not the one that rate, concentration and weight give, mg/kg/h."""

    calculated: Decimal
    reported: Decimal
    text: str


def back_check(
    rate_ml_h: Decimal,
    weight: DosingWeight,
    concentration: Concentration,
    reported_mg_kg_h: Decimal,
    rules: BackCheckRules,
) -> DoseRateMismatch | None:
    """Whether a pump's own dose rate fits; a mismatch means another weight or concentration.

    Source: abs(R * conc / weight - reported) over 2 % or over 0.01 mg/kg/h; configuration.
    """
    calculated = dose_rate_of(rate_ml_h, weight, concentration)
    apart = abs(calculated - exact(reported_mg_kg_h))
    if apart <= rules.mg_kg_h and apart * 100 <= rules.percent * calculated:
        return None
    return DoseRateMismatch(
        calculated=calculated,
        reported=reported_mg_kg_h,
        text=f"the pump says {reported_mg_kg_h:.3f} mg/kg/h; {plain(rate_ml_h)} mL/h of "
        f"{concentration.mg_ml:.3f} mg/mL at {plain(weight.kg)} kg are "
        f"{calculated:.3f} mg/kg/h: check weight and concentration at the pump",
    )


class DrugBalance(msgspec.Struct, frozen=True, kw_only=True):
    """What was drawn up and where it went, mg. `returned_mg` is what went back unopened."""

    drawn_mg: Decimal
    infused_mg: Decimal
    line_residual_mg: Decimal
    wasted_mg: Decimal
    returned_mg: Decimal = Decimal(0)

    @property
    def difference_mg(self) -> Decimal:
        """Drawn minus all that is accounted for, mg; the balance closes at 0."""
        return exact(self.drawn_mg) - (
            exact(self.infused_mg)
            + exact(self.line_residual_mg)
            + exact(self.wasted_mg)
            + exact(self.returned_mg)
        )

    def is_told(self, rules: BalanceRules) -> bool:
        """Whether the difference needs a reason, and goes to the controlled-drug lead.

        Source: more than 0.5 mg or more than 2 % of what was drawn; configuration.
        """
        apart = abs(self.difference_mg)
        return apart > rules.mg or apart * 100 > rules.percent * self.drawn_mg
