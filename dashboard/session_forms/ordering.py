"""The order: what is given, its arithmetic, what is told about it and why it is given nevertheless.

The form is sent twice: first to see the arithmetic and the findings, then, ticked and with a
reason for each finding, to give it. Whatever is changed in between has to be ticked again.
"""

import hashlib
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import htpy as h
from starlette.datastructures import FormData

from dashboard.components.facts import facts_view
from dashboard.forms.fields import (
    Field,
    FormClock,
    TextField,
    TickField,
)
from dashboard.forms.form import Form, Sent, read_form
from dashboard.session_forms.concentration import (
    TIMES,
    concentration_in,
)
from dashboard.session_forms.order_fields import DRUG, asked_of, drug_of, gives_own, last_order
from dashboard.session_forms.session_form import Commands, Scene, SessionForm, form_path
from infusion import commands as c
from infusion.configuration import ClinicConfiguration
from infusion.dose import mg_h_of, mg_kg_of, programmable_ml_h, ug_kg_min_of
from infusion.exact import plain
from infusion.order import EndsBy, Finding, Order, PatientFacts, check_order, is_refused
from infusion.patient import age_years
from infusion.weight import DosingWeight, WeightKind

CHECKED: Final = "checked"
WHY: Final = "why"
_MG: Final = Decimal("0.001")


def _other_drugs(scene: Scene) -> h.Node:
    """Each drug has its own form, filled in with what is usual of it."""
    drug = drug_of(scene)
    others = [d for d in scene.parts.configuration.dosing.drugs if d.drug != drug.drug]
    if not others:
        return None
    session = scene.session.id
    return h.p[
        "Another drug: ",
        ([h.a(href=form_path(session, "order", drug=d.drug))[d.label], " "] for d in others),
    ]


def order_in(sent: Sent, scene: Scene) -> Order | c.Refused:
    """The order that was entered, or what is missing of it."""
    values = sent.values
    concentration = concentration_in(sent)
    if isinstance(concentration, c.Refused):
        return concentration
    prescriber = scene.by.printed_name if gives_own(scene) else values["prescriber"]
    if values["kg"] <= 0:
        return c.Refused(reason="a weight is above 0 kg", what_to_do="weigh the patient again")
    weight = DosingWeight(
        kg=values["kg"],
        kind=WeightKind(values["weight_kind"]),
        measured_on=values["weighed_on"],
        decided_by=prescriber,
        total_kg=sent.get("total_kg"),
    )
    minutes, mg = sent.get("minutes"), sent.get("mg")
    if mg is None and minutes is not None:
        mg = (mg_h_of(values["rate"], weight) * minutes / 60).quantize(_MG)
    return Order(
        drug=values[DRUG],
        start_rate_mg_kg_h=values["rate"],
        weight=weight,
        concentration=concentration,
        ends_by=EndsBy(values["ends_by"]),
        dose_mg=mg,
        duration_min=minutes,
        lowest_mg_kg_h=values["lowest"],
        highest_mg_kg_h=values["highest"],
        step_mg_kg_h=values["step"],
        prescriber=prescriber,
        limits_version=scene.parts.configuration.version,
    )


def _entered(scene: Scene) -> Order | None:
    """The order as far as it was sent; None while something is missing."""
    if "rate" not in scene.about:
        return None
    form = Form(name="order", action="", title="", submit="", fields=asked_of(scene))
    sent = read_form(form, FormData(list(scene.about.items())), FormClock(scene.now, scene.zone))
    if sent.faults:
        return None
    order = order_in(sent, scene)
    return None if isinstance(order, c.Refused) else order


def _findings(order: Order, scene: Scene) -> tuple[Finding, ...]:
    before, today = last_order(scene), scene.now.date()
    facts = PatientFacts(
        age_y=age_years(scene.session.patient, today),
        today=today,
        last_weight=None if before is None else before.weight,
    )
    return check_order(order, scene.parts.configuration.dosing, facts)


def _fields(scene: Scene) -> tuple[Field, ...]:
    asked, order = asked_of(scene), _entered(scene)
    if order is None:
        return asked
    findings = _findings(order, scene)
    reasons = tuple(
        TextField(name=_why(finding), label=f"Why nevertheless: {finding.text}")
        for finding in findings
        if not is_refused((finding,))
    )
    return (*asked, *reasons, *_ticks(order, scene))


def _why(finding: Finding) -> str:
    """The name of a finding's reason: another finding asks for another reason."""
    return f"{WHY}-{hashlib.blake2b(finding.text.encode(), digest_size=6).hexdigest()}"


def _ticks(order: Order, scene: Scene) -> tuple[Field, ...]:
    told = repr(order).encode()
    name = f"{CHECKED}-{hashlib.blake2b(told, digest_size=8).hexdigest()}"
    planned = "" if order.planned_mg is None else f", {plain(order.planned_mg.quantize(_MG))} mg"
    checked = TickField(
        name=name, label=f"Checked: {order.start_rate_ml_h:.2f} mL/h{planned} in all"
    )
    if gives_own(scene):
        return (checked,)
    return (
        checked,
        TickField(name=f"{name}-read-back", label=f"Read back to {order.prescriber}, who said yes"),
    )


def arithmetic(order: Order, configuration: ClinicConfiguration) -> list[tuple[str, str]]:
    """How an order comes out, with each step shown."""
    kg, rate = order.weight.kg, order.start_rate_mg_kg_h
    mg_h, mg_ml = mg_h_of(rate, order.weight), order.concentration.mg_ml
    shown_mg_ml = plain(mg_ml.quantize(Decimal("0.0001")))
    lines = [
        (
            "mg/h",
            (
                f"{plain(rate)} mg/kg/h {TIMES} {plain(kg)} kg = "
                f"{plain(mg_h)} mg/h ({ug_kg_min_of(rate):.2f} µg/kg/min)"
            ),
        ),
        (
            "mL/h",
            (f"{plain(mg_h)} mg/h ÷ {shown_mg_ml} mg/mL = {order.start_rate_ml_h:.2f} mL/h"),
        ),
    ]
    drug = configuration.dosing.find_drug(order.drug)
    if drug is not None:
        step = configuration.dosing.pump_step_ml_h
        to_set = programmable_ml_h(rate, order.weight, order.concentration, drug, step)
        lines.append(("Set at the pump", f"{to_set} mL/h"))
    if order.planned_mg is not None and order.planned_min is not None:
        per_kg = mg_kg_of(order.planned_mg, order.weight)
        lines.append(
            (
                "In all",
                (
                    f"{order.planned_mg:.2f} mg ({per_kg:.2f} mg/kg) "
                    f"in {order.planned_min:.0f} min, "
                    f"{order.planned_mg / mg_ml:.1f} mL"
                ),
            )
        )
    return lines


def _explain(scene: Scene) -> h.Node:
    order = _entered(scene)
    if order is None:
        asked = h.p["Send it once to see the arithmetic, then again to give it."]
        return [_other_drugs(scene), asked]
    hard = [f.text for f in _findings(order, scene) if is_refused((f,))]
    return [
        facts_view(arithmetic(order, scene.parts.configuration)),
        h.div(".notice")[h.p[h.strong["Not possible"]], h.ul[(h.li[w] for w in hard)]]
        if hard
        else None,
    ]


def _give(scene: Scene, sent: Sent) -> Commands:
    order = order_in(sent, scene)
    if isinstance(order, c.Refused):
        return order
    findings = _findings(order, scene)
    is_verbal = not gives_own(scene)
    before = last_order(scene)
    return c.GiveOrder(
        by=scene.by,
        order=order,
        is_verbal=is_verbal,
        was_read_back=is_verbal and _is_read_back(sent.values),
        reasons=tuple(sent.values.get(_why(f), "") for f in findings),
        last_weight=None if before is None else before.weight,
    )


def _is_read_back(values: Mapping[str, object]) -> bool:
    return any(name.endswith("-read-back") for name in values)


FORMS: Final = (
    SessionForm(
        name="order",
        title="Order",
        submit="Check, then give the order",
        command=c.GiveOrder,
        fields=_fields,
        explain=_explain,
        make=_give,
        done="Order given",
    ),
)
