"""The fields of an order: what was ordered before, or is usual of the drug, stands in them."""

from decimal import Decimal
from typing import Final

from dashboard.forms.fields import ChoiceField, DateField, Field, NumberField, TextField
from dashboard.session_forms.concentration import concentration_fields
from dashboard.session_forms.session_form import Scene
from infusion.dose_rules import DrugRules, LimitedQuantity
from infusion.exact import plain
from infusion.order import EndsBy, Order
from infusion.weight import WeightKind

DRUG: Final = "drug"
_ENDS: Final = (
    (EndsBy.DOSE.value, "the mg are in"),
    (EndsBy.DURATION.value, "the minutes have run"),
)
_WEIGHTS: Final = (
    (WeightKind.TOTAL.value, "total"),
    (WeightKind.IDEAL.value, "ideal"),
    (WeightKind.ADJUSTED.value, "adjusted"),
)


def gives_own(scene: Scene) -> bool:
    """Whether who is logged in may order; others take down what a prescriber said."""
    return scene.by.role in scene.parts.configuration.sessions.people.may_order


def last_order(scene: Scene) -> Order | None:
    """The order of the patient's session before this one."""
    plans = scene.parts.record.chains.sessions(patient=scene.session.patient.patient)
    earlier = [p.session for p in plans if p.session != scene.session.id]
    kept = scene.parts.shelf.all_of(earlier)
    orders = [k.session.order for k in kept if k.session.has_drug and k.session.order is not None]
    return orders[-1] if orders else None


def drug_of(scene: Scene) -> DrugRules:
    """The drug that the link named, else the one ordered before, else the usual one."""
    rules = scene.parts.configuration.dosing
    order = scene.session.order or last_order(scene)
    named = scene.about.get(DRUG, "") or ("" if order is None else order.drug)
    return rules.find_drug(named) or rules.drugs[0]


def asked_of(scene: Scene) -> tuple[Field, ...]:
    """What is entered; what was ordered before stands in it already."""
    drug, known = drug_of(scene), scene.session.order or last_order(scene)
    of_drug = known if known is not None and known.drug == drug.drug else None
    return (
        ChoiceField(name=DRUG, label="Drug", initial=drug.drug, options=[(drug.drug, drug.label)]),
        *_weight_fields(scene, known),
        NumberField(name="rate", label="Starting dose rate", unit="mg/kg/h",
                    initial=plain(of_drug.start_rate_mg_kg_h if of_drug
                                        else drug.start_rate_mg_kg_h)),
        *concentration_fields((drug,), of_drug),
        *_end_fields(scene, known),
        *_range_fields(drug, of_drug),
        *(() if gives_own(scene) else (
            TextField(name="prescriber", label="Verbal order of (prescriber)"),
        )),
    )  # fmt: skip


def _weight_fields(scene: Scene, known: Order | None) -> tuple[Field, ...]:
    order, today = scene.session.order, f"{scene.now.astimezone(scene.zone):%Y-%m-%d}"
    return (
        NumberField(name="kg", label="Dosing weight", unit="kg",
                    initial=plain(known.weight.kg) if known else "",
                    hint="In kg. Weigh again if the last time is long ago."),
        ChoiceField(name="weight_kind", label="Which weight", options=_WEIGHTS,
                    initial=known.weight.kind.value if known else WeightKind.TOTAL.value),
        NumberField(name="total_kg", label="Total weight, if another one is dosed by", unit="kg",
                    is_required=False),
        DateField(name="weighed_on", label="Weighed on",
                  initial=f"{order.weight.measured_on}" if order else today),
    )  # fmt: skip


def _end_fields(scene: Scene, known: Order | None) -> tuple[Field, ...]:
    planned = Decimal(str(scene.parts.configuration.planned_infusion_s)) / 60
    return (
        ChoiceField(name="ends_by", label="Ends when", options=_ENDS,
                    initial=known.ends_by.value if known else EndsBy.DOSE.value),
        NumberField(name="minutes", label="Running minutes", unit="min", is_required=False,
                    initial=plain(known.duration_min if known and known.duration_min
                                        else planned)),
        NumberField(name="mg", label="Dose", unit="mg", is_required=False,
                    hint="Leave empty: worked out from rate, weight and minutes."),
    )  # fmt: skip


def _range_fields(drug: DrugRules, known: Order | None) -> tuple[Field, ...]:
    """How far the rate may be changed; at first as far as the soft limits of the drug."""
    soft, rate = drug.limits[LimitedQuantity.DOSE_RATE], drug.start_rate_mg_kg_h
    lowest, highest = soft.lower_soft or rate, soft.upper_soft or rate
    step = drug.titration.largest_step_up_mg_kg_h
    if known is not None:
        lowest, highest, step = known.lowest_mg_kg_h, known.highest_mg_kg_h, known.step_mg_kg_h
    return (
        NumberField(name="lowest", label="Rate may go down to", unit="mg/kg/h",
                    initial=plain(lowest)),
        NumberField(name="highest", label="Rate may go up to", unit="mg/kg/h",
                    initial=plain(highest)),
        NumberField(name="step", label="Largest step up at once", unit="mg/kg/h",
                    initial=plain(step)),
    )  # fmt: skip
