"""Forms that account for the drug: what was drawn, where it went, who saw it wasted."""

from decimal import Decimal
from typing import Final

import htpy as h

from dashboard.components.facts import facts_view
from dashboard.forms.fields import ChoiceField, DateField, Field, NumberField, TextField
from dashboard.forms.form import Sent
from dashboard.second_person import PIN, SECOND, possible_seconds, second_fields
from dashboard.session_forms.infusing import about_fields
from dashboard.session_forms.session_form import Commands, Scene, SessionForm, when, when_field
from exchange.loading import Shelf
from infusion import commands as c
from infusion import sign_off_commands as sc
from infusion.drug_account import DrugAccount, standing_vials, wasted_mg
from infusion.exact import plain
from infusion.sign_off_events import WasteOf

OF: Final = "of"
_LEAST: Final = Decimal(0)
_METHODS: Final = ("squirted into the waste container", "denaturing kit")


def account_now(scene: Scene) -> DrugAccount:
    """The drug of the session as it is known now. Blocks."""
    shelf = Shelf(scene.parts.record, scene.parts.configuration)
    return shelf.load(scene.session.id, scene.now).report.account


def _draw_fields(scene: Scene) -> tuple[Field, ...]:
    drugs = [(drug.drug, drug.label) for drug in scene.parts.configuration.dosing.drugs]
    number = len(standing_vials(scene.session.drawn)) + 1
    ordered = "" if scene.session.order is None else scene.session.order.drug
    return (
        NumberField(
            name="vial", label="Vial number", initial=str(number), low=Decimal(1),
            hint="The number of a vial that is charted already puts it right.",
        ),
        ChoiceField(name="drug", label="Drug", options=drugs, initial=ordered),
        TextField(name="lot", label="Lot"),
        DateField(name="expires", label="Expires on"),
        NumberField(name="mg_ml", label="Strength of the vial", unit="mg/mL", low=_LEAST),
        NumberField(name="vial_ml", label="Volume of the vial", unit="mL", low=_LEAST),
        NumberField(name="drawn_ml", label="Drawn from it", unit="mL", low=_LEAST),
        when_field(),
    )  # fmt: skip


def _draw(scene: Scene, sent: Sent) -> Commands:
    values = sent.values
    return sc.DrawDrug(
        by=scene.by,
        at=when(sent),
        vial=int(values["vial"]),
        drug=values["drug"],
        lot=values["lot"],
        expires_on=values["expires"],
        vial_mg_ml=values["mg_ml"],
        vial_ml=values["vial_ml"],
        drawn_ml=values["drawn_ml"],
    )


def _mg(name: str, label: str, initial: str = "0", hint: str = "") -> NumberField:
    return NumberField(name=name, label=label, unit="mg", initial=initial, low=_LEAST, hint=hint)


def _reconcile_fields(_: Scene) -> tuple[Field, ...]:
    return (
        _mg("line", "Left in the line"),
        _mg("wasted", "Wasted of what was drawn"),
        _mg("returned", "Returned of what was drawn"),
        _mg("vials_wasted", "Wasted of what stayed in the vials"),
        _mg("vials_returned", "Returned of what stayed in the vials"),
        TextField(
            name="why", label="Reason", is_required=False, lines=2,
            hint="Only where drawn and accounted for differ.",
        ),
        when_field(),
    )  # fmt: skip


def _explain_reconcile(scene: Scene) -> h.Node:
    account = account_now(scene)
    infused = account.infused_mg
    told = "not known" if infused is None else f"{infused:.3f} mg, by the pump"
    return [
        h.p["Drawn = infused + left in the line + wasted + returned."],
        facts_view(
            [
                ("Drawn", f"{account.drawn_mg:.3f} mg"),
                ("Infused", told),
                ("Stayed in the vials", f"{account.remainder_mg:.3f} mg"),
            ]
        ),
    ]


def _reconcile(scene: Scene, sent: Sent) -> Commands:
    values, infused = sent.values, account_now(scene).infused_mg
    return sc.ReconcileDrug(
        by=scene.by,
        at=when(sent),
        infused_mg=_LEAST if infused is None else infused,
        line_residual_mg=values["line"],
        wasted_mg=values["wasted"],
        returned_mg=values["returned"],
        vials_wasted_mg=values["vials_wasted"],
        vials_returned_mg=values["vials_returned"],
        reason=values.get("why", ""),
    )


def _waste_of(scene: Scene) -> WasteOf:
    return WasteOf.VIALS if scene.about.get(OF) == WasteOf.VIALS.value else WasteOf.SYRINGE


def _charted_mg(scene: Scene) -> Decimal | None:
    words = scene.session.reconciled
    return wasted_mg(words[-1], _waste_of(scene)) if words else None


def _witness_fields(scene: Scene) -> tuple[Field, ...]:
    roles = scene.parts.configuration.sessions.two_person.second_may_be
    seconds = possible_seconds(scene.parts.record.accounts, roles, scene.by.account)
    charted = _charted_mg(scene)
    seen = NumberField(
        name="seen", label="How much was seen", unit="mg", low=_LEAST,
        initial="" if charted is None else plain(charted),
    )  # fmt: skip
    return (
        *about_fields(scene, OF),
        seen,
        TextField(name="method", label="How it was made irretrievable", suggestions=_METHODS),
        *second_fields(seconds),
    )


def _witness(scene: Scene, sent: Sent) -> Commands:
    second = scene.parts.seconds.check(sent.values[SECOND], sent.values[PIN], scene.by)
    if isinstance(second, c.Refused):
        return second
    return sc.WitnessWaste(
        by=second,
        of=_waste_of(scene),
        seen_mg=sent.values["seen"],
        method=sent.values["method"],
    )


FORMS: Final = (
    SessionForm(
        name="draw",
        title="Drug drawn",
        submit="Save the vial",
        command=sc.DrawDrug,
        fields=_draw_fields,
        make=_draw,
        done="Vial charted",
    ),
    SessionForm(
        name="reconcile",
        title="Where the drug went",
        submit="Save",
        command=sc.ReconcileDrug,
        fields=_reconcile_fields,
        explain=_explain_reconcile,
        make=_reconcile,
        done="Drug accounted for",
    ),
    SessionForm(
        name="witness",
        title="Waste witnessed",
        submit="Witness",
        command=sc.WitnessWaste,
        fields=_witness_fields,
        explain=lambda _: h.p["By somebody who neither drew, loaded nor wasted the drug."],
        make=_witness,
        done="Waste witnessed",
    ),
)
