"""The concentration of a syringe or bag: one of the list, or a bag made for this patient."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from dashboard.forms.fields import ChoiceField, Field, NumberField
from dashboard.forms.form import Sent
from infusion.commands import Refused
from infusion.dose import Concentration, ListedConcentration, PatientBag
from infusion.dose_rules import DrugRules
from infusion.exact import plain
from infusion.order import Order

TIMES: Final = "\N{MULTIPLICATION SIGN}"
_BAG: Final = "bag"


def concentration_fields(drugs: Sequence[DrugRules], order: Order | None) -> tuple[Field, ...]:
    """The list of these drugs, the bag's two numbers; what is ordered stands in it already."""
    listed = {mg_ml for drug in drugs for mg_ml in drug.concentrations_mg_ml}
    options = [(plain(mg_ml), f"{plain(mg_ml)} mg/mL") for mg_ml in sorted(listed)]
    bag = order.concentration if order is not None else None
    is_bag = isinstance(bag, PatientBag)
    usual = plain(drugs[0].concentrations_mg_ml[0])
    return (
        ChoiceField(
            name="concentration",
            label="Concentration",
            options=[*options, (_BAG, "Bag made for this patient")],
            initial=_BAG if is_bag else (usual if bag is None else plain(bag.mg_ml)),
        ),
        NumberField(
            name="bag_mg",
            label="Drug in the bag",
            unit="mg",
            is_required=False,
            hint="Only for a bag made for this patient.",
            initial=plain(bag.drug_mg) if isinstance(bag, PatientBag) else "",
        ),
        NumberField(
            name="bag_ml",
            label="Volume of the bag",
            unit="mL",
            is_required=False,
            initial=plain(bag.volume_ml) if isinstance(bag, PatientBag) else "",
        ),
    )


def concentration_in(sent: Sent) -> Concentration | Refused:
    """The concentration that was entered, or what is missing of it."""
    chosen = sent.values["concentration"]
    if chosen != _BAG:
        return ListedConcentration(mg_ml=Decimal(chosen))
    drug_mg, volume_ml = sent.get("bag_mg"), sent.get("bag_ml")
    if drug_mg is None or volume_ml is None or drug_mg <= 0 or volume_ml <= 0:
        return Refused(
            reason="a bag made for this patient needs its mg and its mL",
            what_to_do="enter both as they stand on its label",
        )
    return PatientBag(drug_mg=drug_mg, volume_ml=volume_ml)
