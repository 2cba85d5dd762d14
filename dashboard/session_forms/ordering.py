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
    ChoiceField,
    DateField,
    Field,
    FormClock,
    NumberField,
    TextField,
    TickField,
)
from dashboard.forms.form import Form, Sent, read_form
from dashboard.session_forms.concentration import (
    TIMES,
    concentration_fields,
    concentration_in,
    number_text,
)
from dashboard.session_forms.session_form import Commands, Scene, SessionForm
from infusion import commands as c
from infusion.configuration import ClinicConfiguration
from infusion.dose import mg_h_of, mg_kg_of, programmable_ml_h, ug_kg_min_of
from infusion.order import EndsBy, Finding, Order, PatientFacts, check_order, is_refused
from infusion.patient import age_years
from infusion.weight import DosingWeight, WeightKind

CHECKED: Final = "checked"
WHY: Final = "why"
_MG: Final = Decimal("0.001")
_ENDS: Final = (
    (EndsBy.DOSE.value, "the mg are in"),
    (EndsBy.DURATION.value, "the minutes have run"),
)
_WEIGHTS: Final = (
    (WeightKind.TOTAL.value, "total"),
    (WeightKind.IDEAL.value, "ideal"),
    (WeightKind.ADJUSTED.value, "adjusted"),
)


def _gives_own(scene: Scene) -> bool:
    return scene.by.role in scene.parts.configuration.sessions.people.may_order


def last_order(scene: Scene) -> Order | None:
    """The order of the patient's session before this one."""
    plans = scene.parts.record.chains.sessions(patient=scene.session.patient.patient)
    earlier = [p.session for p in plans if p.session != scene.session.id]
    kept = scene.parts.shelf.all_of(earlier)
    orders = [k.session.order for k in kept if k.session.has_drug and k.session.order is not None]
    return orders[-1] if orders else None


def _asked(scene: Scene) -> tuple[Field, ...]:
    """What is entered; what was ordered before stands in it already."""
    rules = scene.parts.configuration.dosing
    order, drug = scene.session.order, rules.drugs[0]
    known = order or last_order(scene)
    rate = drug.start_rate_mg_kg_h if known is None else known.start_rate_mg_kg_h
    minutes = Decimal(str(scene.parts.configuration.planned_infusion_s)) / 60
    lowest = known.lowest_mg_kg_h if known else _soft(scene, "lower_soft", rate)
    highest = known.highest_mg_kg_h if known else _soft(scene, "upper_soft", rate)
    step = known.step_mg_kg_h if known else drug.titration.largest_step_up_mg_kg_h
    today = f"{scene.now.astimezone(scene.zone):%Y-%m-%d}"
    return (
        ChoiceField(name="drug", label="Drug", initial=known.drug if known else drug.drug,
                    options=[(d.drug, d.label) for d in rules.drugs]),
        NumberField(name="kg", label="Dosing weight", unit="kg",
                    initial=number_text(known.weight.kg) if known else "",
                    hint="In kg. Weigh again if the last time is long ago."),
        ChoiceField(name="weight_kind", label="Which weight", options=_WEIGHTS,
                    initial=known.weight.kind.value if known else WeightKind.TOTAL.value),
        NumberField(name="total_kg", label="Total weight, if another one is dosed by", unit="kg",
                    is_required=False),
        DateField(name="weighed_on", label="Weighed on",
                  initial=f"{order.weight.measured_on}" if order else today),
        NumberField(name="rate", label="Starting dose rate", unit="mg/kg/h",
                    initial=number_text(rate)),
        *concentration_fields(rules, known),
        ChoiceField(name="ends_by", label="Ends when", options=_ENDS,
                    initial=known.ends_by.value if known else EndsBy.DOSE.value),
        NumberField(name="minutes", label="Running minutes", unit="min", is_required=False,
                    initial=number_text(known.duration_min if known and known.duration_min
                                        else minutes)),
        NumberField(name="mg", label="Dose", unit="mg", is_required=False,
                    hint="Leave empty: worked out from rate, weight and minutes."),
        NumberField(name="lowest", label="Rate may go down to", unit="mg/kg/h",
                    initial=number_text(lowest)),
        NumberField(name="highest", label="Rate may go up to", unit="mg/kg/h",
                    initial=number_text(highest)),
        NumberField(name="step", label="Largest step up at once", unit="mg/kg/h",
                    initial=number_text(step)),
        *(() if _gives_own(scene) else (
            TextField(name="prescriber", label="Verbal order of (prescriber)"),
        )),
    )  # fmt: skip


def _soft(scene: Scene, which: str, rate: Decimal) -> Decimal:
    limits = scene.parts.configuration.dosing.drugs[0].limits
    found = next(
        (getattr(v, which) for k, v in limits.items() if k.value == "dose_rate_mg_kg_h"), None
    )
    return rate if found is None else found


def order_in(sent: Sent, scene: Scene) -> Order | c.Refused:
    """The order that was entered, or what is missing of it."""
    values = sent.values
    concentration = concentration_in(sent)
    if isinstance(concentration, c.Refused):
        return concentration
    prescriber = scene.by.printed_name if _gives_own(scene) else values["prescriber"]
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
        drug=values["drug"],
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
    form = Form(name="order", action="", title="", submit="", fields=_asked(scene))
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
    asked, order = _asked(scene), _entered(scene)
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
    planned = (
        "" if order.planned_mg is None else f", {number_text(order.planned_mg.quantize(_MG))} mg"
    )
    checked = TickField(
        name=name, label=f"Checked: {order.start_rate_ml_h:.2f} mL/h{planned} in all"
    )
    if _gives_own(scene):
        return (checked,)
    return (
        checked,
        TickField(name=f"{name}-read-back", label=f"Read back to {order.prescriber}, who said yes"),
    )


def arithmetic(order: Order, configuration: ClinicConfiguration) -> list[tuple[str, str]]:
    """How an order comes out, with each step shown."""
    kg, rate = order.weight.kg, order.start_rate_mg_kg_h
    mg_h, mg_ml = mg_h_of(rate, order.weight), order.concentration.mg_ml
    shown_mg_ml = number_text(mg_ml.quantize(Decimal("0.0001")))
    lines = [
        (
            "mg/h",
            (
                f"{number_text(rate)} mg/kg/h {TIMES} {number_text(kg)} kg = "
                f"{number_text(mg_h)} mg/h ({ug_kg_min_of(rate):.2f} µg/kg/min)"
            ),
        ),
        (
            "mL/h",
            (f"{number_text(mg_h)} mg/h ÷ {shown_mg_ml} mg/mL = {order.start_rate_ml_h:.2f} mL/h"),
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
        return h.p["Send it once to see the arithmetic, then again to give it."]
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
    is_verbal = not _gives_own(scene)
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
