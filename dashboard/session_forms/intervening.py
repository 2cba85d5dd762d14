"""Forms of what is done between the checks: two taps, the usual filled in, the time editable."""

from decimal import Decimal
from typing import Final

import htpy as h

from dashboard.forms.fields import (
    ChoiceField,
    Field,
    HiddenField,
    NumberField,
    TextField,
    TickField,
)
from dashboard.forms.form import Sent
from dashboard.session_forms.session_form import Commands, Scene, SessionForm, when, when_field
from infusion.exact import plain
from infusion.interventions import commands as ic
from infusion.interventions.effects import open_call, oxygen_l_min
from infusion.interventions.events import OrderedBy
from infusion.interventions.rules import InterventionRules, RescueDrug

DRUG: Final = "drug"
OTHER: Final = "other"
IV_FAULTS: Final = ("swollen", "painful", "leaking", "blocked", "pulled out")
IV_SITES: Final = ("left hand", "right hand", "left forearm", "right forearm", "left elbow")


def rules_of(scene: Scene) -> InterventionRules:
    """What the clinic offers to do between the checks."""
    return scene.parts.configuration.interventions


def _oxygen_fields(scene: Scene) -> tuple[Field, ...]:
    flows = rules_of(scene).oxygen_flows
    now = oxygen_l_min(scene.session, scene.now)
    options = [("0", "Off, on air"), *((f"{flow:g}", f"{flow:g} L/min") for flow in flows)]
    return (
        ChoiceField(
            name="flow",
            label="Oxygen",
            options=options,
            as_list=False,
            initial="0" if now else f"{flows[0]:g}",
        ),
        when_field(),
    )


def _oxygen(scene: Scene, sent: Sent) -> Commands:
    flow = float(sent.values["flow"])
    return ic.ChangeOxygen(by=scene.by, at=when(sent), flow_l_min=flow)


def _explain_oxygen(scene: Scene) -> h.Node:
    now = oxygen_l_min(scene.session, scene.now)
    told = "nobody said" if now is None else f"{now:g} L/min" if now else "on air"
    return h.p[f"Now: {told}. Oxygen counts in NEWS2, and nobody is discharged on it."]


def _drug_of(scene: Scene) -> RescueDrug | None:
    return rules_of(scene).find_drug(scene.about.get(DRUG, ""))


def _drug_fields(scene: Scene) -> tuple[Field, ...]:
    drug = _drug_of(scene)
    known = [(d.drug, d.label) for d in rules_of(scene).rescue_drugs]
    unit = "mg" if drug is None else drug.unit
    routes = ("iv",) if drug is None else drug.routes
    return (
        ChoiceField(
            name=DRUG,
            label="Drug",
            options=[*known, (OTHER, "Another one")],
            as_list=True,
            initial="" if drug is None else drug.drug,
        ),
        TextField(name="name", label="Another drug: name", is_required=False),
        NumberField(
            name="dose",
            label="Dose",
            unit=unit,
            initial="" if drug is None else plain(drug.usual_dose),
        ),
        TextField(name="route", label="Route", initial=routes[0], suggestions=routes),
        ChoiceField(
            name="order",
            label="Order",
            options=[(order.value, order.value.capitalize()) for order in OrderedBy],
            initial=OrderedBy.STANDING.value,
        ),
        TextField(name="prescriber", label="Prescriber", is_required=False),
        TickField(name="read_back", label="Read back", is_required=False),
        TextField(name="reason", label="Reason, if not usual", is_required=False),
        HiddenField(name="unit", initial=unit),
        when_field(),
    )


def _give(scene: Scene, sent: Sent) -> Commands:
    is_listed = sent.values[DRUG] != OTHER
    drug = rules_of(scene).find_drug(sent.values[DRUG])
    dose: Decimal = sent.values["dose"]
    return ic.GiveRescueDrug(
        by=scene.by,
        at=when(sent),
        drug=sent.values[DRUG] if is_listed else sent.get("name") or "",
        dose=dose,
        unit=(sent.get("unit") or "mg") if drug is None else drug.unit,
        route=sent.values["route"],
        ordered_by=OrderedBy(sent.values["order"]),
        prescriber=sent.get("prescriber") or "",
        was_read_back=bool(sent.get("read_back")),
        is_listed=is_listed,
        reason=sent.get("reason") or "",
    )


def _prescriber_field(scene: Scene) -> TextField:
    order, call = scene.session.order, open_call(scene.session)
    known = (order.prescriber,) if order is not None else ()
    initial = call.prescriber if call is not None else (known[0] if known else "")
    return TextField(name="prescriber", label="Prescriber", initial=initial, suggestions=known)


def _call(scene: Scene, sent: Sent) -> Commands:
    return ic.CallPrescriber(
        by=scene.by,
        at=when(sent),
        prescriber=sent.values["prescriber"],
        about=sent.get("about") or "",
    )


def _answered(scene: Scene, sent: Sent) -> Commands:
    return ic.ChartAnswer(
        by=scene.by,
        at=when(sent),
        prescriber=sent.values["prescriber"],
        words=sent.get("words") or "",
    )


FORMS: Final = (
    SessionForm(
        name="oxygen", title="Oxygen", submit="Save", command=ic.ChangeOxygen, make=_oxygen,
        fields=_oxygen_fields, explain=_explain_oxygen, done="Oxygen charted",
    ),
    SessionForm(
        name="rescue-drug", title="Rescue drug", submit="Given", command=ic.GiveRescueDrug,
        make=_give, fields=_drug_fields, done="Rescue drug charted",
    ),
    SessionForm(
        name="call", title="Prescriber called", submit="Save", command=ic.CallPrescriber,
        make=_call, done="Call charted",
        fields=lambda scene: (
            _prescriber_field(scene),
            TextField(name="about", label="About", is_required=False),
            when_field(),
        ),
    ),
    SessionForm(
        name="answered", title="Prescriber answered", submit="Save", command=ic.ChartAnswer,
        make=_answered, done="Answer charted",
        fields=lambda scene: (
            _prescriber_field(scene),
            TextField(name="words", label="What they said", lines=2, is_required=False),
            when_field(),
        ),
    ),
    SessionForm(
        name="iv-failed", title="IV failed", submit="Save", command=ic.ReportIvFailed,
        make=lambda scene, sent: ic.ReportIvFailed(
            by=scene.by, at=when(sent), what=sent.values["what"]
        ),
        fields=lambda _: (
            TextField(name="what", label="What is wrong", suggestions=IV_FAULTS),
            when_field(),
        ),
        explain=lambda _: h.p[
            "Pause at the pump. What was delivered since then is marked uncertain; "
            "nothing is suggested to make up for it."
        ],
        done="IV failure charted",
    ),
    SessionForm(
        name="iv-resited", title="IV resited", submit="Save", command=ic.ResiteIv,
        make=lambda scene, sent: ic.ResiteIv(by=scene.by, at=when(sent), site=sent.values["site"]),
        fields=lambda _: (
            TextField(name="site", label="Site", suggestions=IV_SITES),
            when_field(),
        ),
        done="IV site charted",
    ),
)  # fmt: skip
