"""What a session was given until now, against its order, and when it will be complete."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import msgspec

from infusion.chart import Chart
from infusion.configuration import ClinicConfiguration
from infusion.delivered import Delivered, Fill, SegmentKind, given_mg
from infusion.dose import back_check, dose_rate_of, mg_kg_of, ml_for
from infusion.order import EndsBy, Order, predict_end
from infusion.pump_facts import FlowRules
from infusion.report.delivery import delivered_with, fills_of
from infusion.session import Session
from infusion.session_events import AssociationBasis
from vocabulary.signals import PumpNumber
from vocabulary.states import PumpState

_S_PER_H = 3600


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """Dose and time of a session at a moment. None where it is not known, or nothing is ordered.

    `planned_s`: running seconds in all, at the present rate (while it stands still, the last one).
    `dose_rate_mg_kg_h`: worked out from rate, concentration and dosing weight; `back_check`: how
    the pump's own differs. `is_manual`: a pump of it is charted by hand.
    """

    delivered: Delivered
    given_mg: Decimal | None = None
    given_mg_per_kg: Decimal | None = None
    ordered_mg: Decimal | None = None
    planned_s: float | None = None
    predicted_end: datetime | None = None
    dose_rate_mg_kg_h: Decimal | None = None
    back_check: str = ""
    is_manual: bool = False


def given_in(
    session: Session,
    chart: Chart,
    now: datetime,
    flow: FlowRules,
    clinic: ClinicConfiguration,
) -> Given:
    """What `session` was given by `now` (UTC)."""
    delivered = delivered_with(session, chart.logs, flow)
    is_manual = any(
        held.basis is AssociationBasis.NO_CONNECTION and held.is_standing
        for held in session.associations
    )
    order = session.order
    if order is None:
        return Given(delivered=delivered, is_manual=is_manual)
    fills = fills_of(session, chart.loads)
    mg = given_mg(delivered.segments, fills)
    running = _running(delivered, fills)
    return Given(
        delivered=delivered,
        given_mg=mg,
        given_mg_per_kg=None if mg is None else mg_kg_of(mg, order.weight),
        ordered_mg=order.planned_mg,
        planned_s=_planned_s(order, delivered, mg),
        predicted_end=predict_end(order, delivered, mg, now),
        dose_rate_mg_kg_h=None
        if running is None or delivered.rate_ml_h is None
        else dose_rate_of(delivered.rate_ml_h, order.weight, running.concentration),
        back_check="" if running is None else _back_check(chart, order, running, clinic),
        is_manual=is_manual,
    )


def _running(delivered: Delivered, fills: Sequence[Fill]) -> Fill | None:
    """What the pump that infuses now holds."""
    newest = next((s for s in reversed(delivered.segments) if s.is_open), None)
    if newest is None:
        return None
    held = [f for f in fills if f.device == newest.device and f.at <= newest.ends]
    return max(held, key=lambda fill: fill.at, default=None)


def _back_check(chart: Chart, order: Order, running: Fill, clinic: ClinicConfiguration) -> str:
    """How the pump's own dose rate differs from rate, concentration and weight; empty: it fits."""
    reading = chart.pumps.get(running.device)
    if (
        reading is None
        or reading.dose_rate_mg_kg_h is None
        or reading.state is not PumpState.INFUSING
        or {PumpNumber.RATE.value, PumpNumber.DOSE_RATE.value} & set(reading.implausible)
    ):
        return ""
    mismatch = back_check(
        Decimal(repr(reading.rate_ml_h)),
        order.weight,
        running.concentration,
        Decimal(repr(reading.dose_rate_mg_kg_h)),
        clinic.dosing.back_check,
    )
    return "" if mismatch is None else mismatch.text


def _planned_s(order: Order, delivered: Delivered, mg: Decimal | None) -> float | None:
    planned_min = order.planned_min
    at_start = None if planned_min is None else float(planned_min) * 60
    if order.ends_by is EndsBy.DURATION or order.dose_mg is None or mg is None:
        return at_start
    rates = [
        segment.rate_ml_h
        for segment in delivered.segments
        if segment.kind is SegmentKind.INFUSION and segment.rate_ml_h
    ]
    if not rates:
        return at_start
    left_ml = ml_for(order.dose_mg - mg, order.concentration)
    return delivered.running_s + float(left_ml / rates[-1]) * _S_PER_H
