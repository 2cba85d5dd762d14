"""What a clinic configures of orders, doses and rates. Numbers are exact; units in the names."""

from decimal import Decimal
from enum import Enum

import msgspec


class LimitedQuantity(str, Enum):
    """What has limits in an order or at a pump, with its unit."""

    DOSE_RATE = "dose_rate_mg_kg_h"
    SESSION_DOSE_PER_KG = "session_dose_mg_kg"
    SESSION_DOSE = "session_dose_mg"
    VOLUME_RATE = "volume_rate_ml_h"
    CONCENTRATION = "concentration_mg_ml"
    DURATION = "duration_min"
    WEIGHT = "weight_kg"
    AGE = "age_y"
    BOLUS = "bolus_mg"


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Beyond a soft limit a reason is needed; beyond a hard one nothing goes. None: no limit."""

    lower_hard: Decimal | None = None
    lower_soft: Decimal | None = None
    upper_soft: Decimal | None = None
    upper_hard: Decimal | None = None


class TitrationRules(msgspec.Struct, frozen=True, kw_only=True):
    """What a rate change is warned of; nothing here blocks one.

    `between_steps_up_s`: since the start or the last step up. `largest_step_up_mg_kg_h`: in one
    change. `none_up_in_last_s`: before the predicted end. `checks`: the observation items that
    must be complete and normal for a step up, `checks_within_s`: how fresh.
    `fresh_set_after_pause_s`: a longer pause asks for a full observation set before the restart.
    """

    between_steps_up_s: float
    largest_step_up_mg_kg_h: Decimal
    none_up_in_last_s: float
    checks: tuple[str, ...]
    checks_within_s: float
    fresh_set_after_pause_s: float


class DrugRules(msgspec.Struct, frozen=True, kw_only=True):
    """One drug as this clinic gives it.

    `concentrations_mg_ml`: the list an order chooses from, the usual one first; a bag made for
    one patient is judged by the limits instead. `never_above_mg_ml`: not even by configuration.
    """

    drug: str
    label: str
    start_rate_mg_kg_h: Decimal
    concentrations_mg_ml: tuple[Decimal, ...]
    never_above_mg_ml: Decimal
    limits: dict[LimitedQuantity, Limits]
    titration: TitrationRules


class WeightRules(msgspec.Struct, frozen=True, kw_only=True):
    """When a dosing weight asks for confirmation.

    `older_than_days`: since it was measured. `changed_by_percent`: against the last session.
    """

    older_than_days: int
    changed_by_percent: Decimal


class BackCheckRules(msgspec.Struct, frozen=True, kw_only=True):
    """How far a reported dose rate may be from the one that mL/h, mg/mL and kg give."""

    percent: Decimal
    mg_kg_h: Decimal


class RateMatchRules(msgspec.Struct, frozen=True, kw_only=True):
    """When the running rate is not the ordered one.

    `percent`: more than this differs, told after `after_s`. `slip_factor`: so many times off, up
    or down, is a slipped decimal point, told at once.
    """

    percent: Decimal
    after_s: float
    slip_factor: Decimal


class BalanceRules(msgspec.Struct, frozen=True, kw_only=True):
    """Over which difference a drug balance needs a reason, and is told to the drug lead."""

    mg: Decimal
    percent: Decimal


class DosingRules(msgspec.Struct, frozen=True, kw_only=True):
    """All that orders, doses and rates are judged by. The first of `drugs` is the usual one.

    `pump_step_ml_h`: the smallest step in which a rate can be set at the clinic's pumps.
    """

    drugs: tuple[DrugRules, ...]
    pump_step_ml_h: Decimal
    weight: WeightRules
    back_check: BackCheckRules
    rate_match: RateMatchRules
    balance: BalanceRules

    def find_drug(self, drug: str) -> DrugRules | None:
        """The rules of the drug of that name."""
        return next((rules for rules in self.drugs if rules.drug == drug), None)
