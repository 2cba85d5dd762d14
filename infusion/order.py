"""An order: what a prescriber wants given, and what may be changed without asking again."""

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import TypeAlias

import msgspec

from infusion.delivered import Delivered
from infusion.dose import (
    Concentration,
    ListedConcentration,
    mg_h_of,
    mg_kg_of,
    ml_for,
    ml_h_of,
)
from infusion.dose_rules import DosingRules, DrugRules, LimitedQuantity
from infusion.exact import exact, plain
from infusion.limits import HardLimit, LimitOutcome, SoftLimit, Within, check_limit
from infusion.weight import DosingWeight, WeightQuestion, doubts_about


class EndsBy(str, Enum):
    """What ends an infusion: the ordered mg, or the ordered running minutes."""

    DOSE = "dose"
    DURATION = "duration"


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be given.

    `dose_mg` or `duration_min`, whichever `ends_by` names, ends the infusion; the other may be
    stated too. The rate may go from `lowest_mg_kg_h` to `highest_mg_kg_h`, up by at most
    `step_mg_kg_h` at a time; beyond that the prescriber gives another order. `limits_version` is
    the version of the clinic's configuration that the order was checked against.
    """

    drug: str
    start_rate_mg_kg_h: Decimal
    weight: DosingWeight
    concentration: Concentration
    ends_by: EndsBy
    dose_mg: Decimal | None
    duration_min: Decimal | None
    lowest_mg_kg_h: Decimal
    highest_mg_kg_h: Decimal
    step_mg_kg_h: Decimal
    prescriber: str
    limits_version: str

    @property
    def start_rate_ml_h(self) -> Decimal:
        """The starting rate, mL/h, unrounded."""
        return ml_h_of(self.start_rate_mg_kg_h, self.weight, self.concentration)

    @property
    def planned_mg(self) -> Decimal | None:
        """What is in at the end if the starting rate is kept, mg; None if the end is missing."""
        if self.ends_by is EndsBy.DOSE:
            return self.dose_mg
        if self.duration_min is None:
            return None
        return mg_h_of(self.start_rate_mg_kg_h, self.weight) * self.duration_min / 60

    @property
    def planned_min(self) -> Decimal | None:
        """Running minutes if the starting rate is kept; None if the end is missing."""
        if self.ends_by is EndsBy.DURATION:
            return self.duration_min
        mg_h = mg_h_of(self.start_rate_mg_kg_h, self.weight)
        if self.dose_mg is None or mg_h <= 0:
            return None
        return self.dose_mg / mg_h * 60


class OrderFaultKind(str, Enum):
    """Why an order cannot be."""

    UNKNOWN_DRUG = "unknown_drug"
    NOT_LISTED = "not_listed"
    TOO_CONCENTRATED = "too_concentrated"
    NO_END = "no_end"
    NO_RANGE = "no_range"
    NO_STEP = "no_step"
    NO_PRESCRIBER = "no_prescriber"
    NO_AGE = "no_age"


class OrderFault(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The order is refused until this is put right."""

    fault: OrderFaultKind
    text: str


class DoseAndDurationDiffer(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Ordered mg and ordered minutes do not give each other at the starting rate: a reason."""

    dose_mg: Decimal
    dose_by_duration_mg: Decimal
    text: str


Finding: TypeAlias = HardLimit | OrderFault | SoftLimit | DoseAndDurationDiffer | WeightQuestion


def is_refused(findings: tuple[Finding, ...]) -> bool:
    """Whether the order cannot be given; all other findings need a reason each."""
    return any(isinstance(finding, HardLimit | OrderFault) for finding in findings)


class PatientFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What an order is checked against besides limits. `last_weight`: of the last session."""

    age_y: int | None
    today: date
    last_weight: DosingWeight | None = None


def check_order(order: Order, rules: DosingRules, patient: PatientFacts) -> tuple[Finding, ...]:
    """All that keeps an order from being given, then all that needs a reason or confirmation.

    Source of limits: clinical defaults of `protocol.yaml`. Raises TypeError for an inexact number.
    """
    drug = rules.find_drug(order.drug)
    if drug is None:
        known = ", ".join(known.drug for known in rules.drugs)
        return (_fault(OrderFaultKind.UNKNOWN_DRUG, f"{order.drug!r} is not one of {known}"),)
    found: list[Finding] = [
        *_faults(order, drug, patient),
        *(
            outcome
            for outcome in _check_limits(order, drug, patient)
            if not isinstance(outcome, Within)
        ),
        *_difference(order, rules),
        *doubts_about(order.weight, patient.last_weight, patient.today, rules.weight),
    ]
    return tuple(sorted(found, key=lambda finding: not is_refused((finding,))))


def _fault(kind: OrderFaultKind, text: str) -> OrderFault:
    return OrderFault(fault=kind, text=text)


def _faults(order: Order, drug: DrugRules, patient: PatientFacts) -> list[Finding]:
    found = _concentration_faults(order, drug)
    end = order.dose_mg if order.ends_by is EndsBy.DOSE else order.duration_min
    if end is None or exact(end) <= 0:
        what = "dose (mg)" if order.ends_by is EndsBy.DOSE else "duration (running minutes)"
        found.append(_fault(OrderFaultKind.NO_END, f"enter the {what} that ends the infusion"))
    if not order.lowest_mg_kg_h <= order.start_rate_mg_kg_h <= order.highest_mg_kg_h:
        found.append(
            _fault(
                OrderFaultKind.NO_RANGE,
                f"the starting rate {plain(order.start_rate_mg_kg_h)} mg/kg/h is not in "
                f"the permitted range {plain(order.lowest_mg_kg_h)} to "
                f"{plain(order.highest_mg_kg_h)}",
            )
        )
    if exact(order.step_mg_kg_h) <= 0:
        found.append(_fault(OrderFaultKind.NO_STEP, "enter the largest step of the rate, above 0"))
    if not order.prescriber.strip():
        found.append(_fault(OrderFaultKind.NO_PRESCRIBER, "enter the prescriber's name"))
    if patient.age_y is None:
        found.append(_fault(OrderFaultKind.NO_AGE, "enter the date of birth: age has limits"))
    return found


def _concentration_faults(order: Order, drug: DrugRules) -> list[Finding]:
    found: list[Finding] = []
    mg_ml = order.concentration.mg_ml
    if mg_ml > drug.never_above_mg_ml:
        found.append(
            _fault(
                OrderFaultKind.TOO_CONCENTRATED,
                f"{plain(mg_ml)} mg/mL must never go into a vein undiluted "
                f"(above {plain(drug.never_above_mg_ml)}): dilute it",
            )
        )
    if (
        isinstance(order.concentration, ListedConcentration)
        and mg_ml not in drug.concentrations_mg_ml
    ):
        listed = ", ".join(plain(value) for value in drug.concentrations_mg_ml)
        found.append(
            _fault(
                OrderFaultKind.NOT_LISTED,
                f"{plain(mg_ml)} mg/mL is not on the list ({listed}): "
                "choose one, or enter the bag as mg in mL",
            )
        )
    return found


def _check_limits(order: Order, drug: DrugRules, patient: PatientFacts) -> list[LimitOutcome]:
    weight, mg = order.weight, order.planned_mg
    per_kg = None if mg is None else mg_kg_of(mg, weight)
    numbers: list[tuple[LimitedQuantity, Decimal | None]] = [
        (LimitedQuantity.WEIGHT, weight.kg),
        (LimitedQuantity.AGE, None if patient.age_y is None else Decimal(patient.age_y)),
        (LimitedQuantity.CONCENTRATION, order.concentration.mg_ml),
        (LimitedQuantity.SESSION_DOSE_PER_KG, per_kg),
        (LimitedQuantity.SESSION_DOSE, mg),
        (LimitedQuantity.DURATION, order.planned_min),
    ]
    rates = (order.start_rate_mg_kg_h, order.highest_mg_kg_h, order.lowest_mg_kg_h)
    numbers += [(LimitedQuantity.DOSE_RATE, rate) for rate in dict.fromkeys(map(exact, rates))]
    # the limits of mL/h catch a mixed-up concentration; the least that is permitted tells nothing
    numbers += [
        (LimitedQuantity.VOLUME_RATE, ml_h_of(rate, weight, order.concentration))
        for rate in dict.fromkeys(rates[:2])
    ]
    return [
        check_limit(quantity, value, drug.limits[quantity])
        for quantity, value in numbers
        if value is not None
    ]


def _difference(order: Order, rules: DosingRules) -> list[Finding]:
    if order.dose_mg is None or order.duration_min is None:
        return []
    by_duration = mg_h_of(order.start_rate_mg_kg_h, order.weight) * order.duration_min / 60
    if abs(by_duration - order.dose_mg) * 100 <= rules.back_check.percent * by_duration:
        return []
    return [
        DoseAndDurationDiffer(
            dose_mg=order.dose_mg,
            dose_by_duration_mg=by_duration,
            text=f"{plain(order.duration_min)} min at the starting rate are "
            f"{by_duration:.1f} mg, not the ordered {order.dose_mg:.1f} mg; "
            f"the {order.ends_by.value} ends it",
        )
    ]


class OutsideOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A rate that the order does not permit, mg/kg/h."""

    rate_mg_kg_h: Decimal
    text: str


def check_rate(order: Order, rate_mg_kg_h: Decimal) -> OutsideOrder | None:
    """Whether a rate is beyond what the order permits, so that another order is needed."""
    if order.lowest_mg_kg_h <= exact(rate_mg_kg_h) <= order.highest_mg_kg_h:
        return None
    return OutsideOrder(
        rate_mg_kg_h=rate_mg_kg_h,
        text=f"{rate_mg_kg_h:.2f} mg/kg/h is outside the order "
        f"({plain(order.lowest_mg_kg_h)} to {plain(order.highest_mg_kg_h)}): "
        "a new order, or a verbal one with the prescriber's name and read-back",
    )


def predict_end(
    order: Order, delivered: Delivered, given_mg: Decimal | None, now: datetime
) -> datetime | None:
    """When the order will be fulfilled at the present rate, UTC; it moves with rate and pauses.

    None while paused, at an unknown rate, from a silent pump, or if `given_mg` is unknown.
    """
    if order.ends_by is EndsBy.DURATION:
        if order.duration_min is None:
            return None
        return delivered.ends_by_minutes(order.duration_min, now)
    if order.dose_mg is None or given_mg is None:
        return None
    return delivered.ends_by_volume(ml_for(order.dose_mg - given_mg, order.concentration), now)
