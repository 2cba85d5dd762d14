"""The rules of drugs, doses and rates, from `protocol.yaml`."""

from collections.abc import Iterator
from decimal import Decimal

from config.dosing_files import DosingEntry, DrugEntry, LimitsEntry, TitrationEntry
from config.files import ProtocolFile
from config.problems import Problem
from infusion.dose_rules import (
    BackCheckRules,
    BalanceRules,
    DosingRules,
    DrugRules,
    LimitedQuantity,
    Limits,
    RateMatchRules,
    TitrationRules,
    WeightRules,
)
from infusion.limits import HardLimit, SoftLimit, Within, check_limit


def problems_of_dosing(source: str, file: ProtocolFile) -> Iterator[Problem]:
    """What does not fit together: a drug's own defaults must be within its limits."""
    names = set()
    for number, drug in enumerate(file.dosing.drugs):
        key = f"dosing.drugs[{number}]"
        if drug.drug in names:
            yield Problem(source, f"{key}.drug", f"{drug.drug!r} is there twice")
        names.add(drug.drug)
        missing = [quantity for quantity in LimitedQuantity if quantity not in drug.limits]
        for quantity in missing:
            yield Problem(source, f"{key}.limits.{quantity.value}", "is missing")
        if not missing:
            yield from _problems_of_drug(source, key, drug)
    if file.dosing.drugs and LimitedQuantity.DURATION in file.dosing.drugs[0].limits:
        limits = _limits(file.dosing.drugs[0].limits[LimitedQuantity.DURATION])
        planned = Decimal(str(file.planned_infusion_min))
        outcome = check_limit(LimitedQuantity.DURATION, planned, limits)
        if not isinstance(outcome, Within):
            yield Problem(source, "planned_infusion_min", _outside(outcome))


def _problems_of_drug(source: str, key: str, drug: DrugEntry) -> Iterator[Problem]:
    rate_limits = _limits(drug.limits[LimitedQuantity.DOSE_RATE])
    start = check_limit(LimitedQuantity.DOSE_RATE, drug.start_rate_mg_kg_h, rate_limits)
    if not isinstance(start, Within):
        yield Problem(source, f"{key}.start_rate_mg_kg_h", _outside(start))
    allowed = _limits(drug.limits[LimitedQuantity.CONCENTRATION])
    listed: set[Decimal] = set()
    for number, concentration in enumerate(drug.concentrations_mg_ml):
        place = f"{key}.concentrations_mg_ml[{number}]"
        if concentration in listed:
            yield Problem(source, place, f"{concentration} is there twice")
        listed.add(concentration)
        outcome = check_limit(LimitedQuantity.CONCENTRATION, concentration, allowed)
        if isinstance(outcome, HardLimit):
            yield Problem(source, place, _outside(outcome))
    if allowed.upper_hard is None or allowed.upper_hard > drug.never_above_mg_ml:
        yield Problem(
            source,
            f"{key}.limits.{LimitedQuantity.CONCENTRATION.value}.upper_hard",
            f"must be set, and not be above never_above_mg_ml {drug.never_above_mg_ml}",
        )


def _outside(found: SoftLimit | HardLimit) -> str:
    return (
        f"{found.value} is not within {found.which.value} {found.limit} of {found.quantity.value}"
    )


def dosing_rules(file: ProtocolFile) -> DosingRules:
    """Drugs, doses and rates, as the rules use them."""
    dosing: DosingEntry = file.dosing
    weight, back_check, match = dosing.weight, dosing.back_check, dosing.rate_match
    return DosingRules(
        drugs=tuple(_drug(entry) for entry in dosing.drugs),
        pump_step_ml_h=dosing.pump_step_ml_h,
        weight=WeightRules(
            older_than_days=weight.older_than_days,
            changed_by_percent=weight.changed_by_percent,
        ),
        back_check=BackCheckRules(percent=back_check.percent, mg_kg_h=back_check.mg_kg_h),
        rate_match=RateMatchRules(
            percent=match.percent, after_s=match.after_s, slip_factor=match.slip_factor
        ),
        balance=BalanceRules(mg=dosing.balance.mg, percent=dosing.balance.percent),
    )


def _drug(entry: DrugEntry) -> DrugRules:
    return DrugRules(
        drug=entry.drug,
        label=entry.label,
        start_rate_mg_kg_h=entry.start_rate_mg_kg_h,
        concentrations_mg_ml=tuple(entry.concentrations_mg_ml),
        never_above_mg_ml=entry.never_above_mg_ml,
        limits={quantity: _limits(entry.limits[quantity]) for quantity in LimitedQuantity},
        titration=_titration(entry.titration),
    )


def _limits(entry: LimitsEntry) -> Limits:
    return Limits(
        lower_hard=entry.lower_hard,
        lower_soft=entry.lower_soft,
        upper_soft=entry.upper_soft,
        upper_hard=entry.upper_hard,
    )


def _titration(entry: TitrationEntry) -> TitrationRules:
    return TitrationRules(
        between_steps_up_s=entry.between_steps_up_min * 60,
        largest_step_up_mg_kg_h=entry.largest_step_up_mg_kg_h,
        none_up_in_last_s=entry.none_up_in_last_min * 60,
        checks=tuple(entry.checks),
        checks_within_s=entry.checks_within_min * 60,
        fresh_set_after_pause_s=entry.fresh_set_after_pause_min * 60,
    )
