"""What a session was given at a reading of its pump: worked out now and then, counted on between.

To work it out from the log of the pump is exact and slow; between two readings that say the same
but for the counter, the rise of the counter is all there is to add.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import msgspec

from infusion.alarms.situation import DoseNow
from infusion.alarms.state import PumpHeard
from infusion.chart import Chart
from infusion.delivered import Fill, given_mg
from infusion.order import predict_end
from infusion.pump_facts import FlowRules
from infusion.report.delivery import delivered_with, fills_of
from infusion.session import Session
from infusion.stream import PumpReadingArrived

WORKED_OUT_EVERY_S = 60.0
"""However long a pump runs on evenly; so that nothing drifts."""


_SURPRISE_ML = 0.05
"""A counter that rises by this much more than the rate explains is worked out anew."""
_S_PER_H = 3600


def dose_at(
    reading: PumpReadingArrived,
    before: PumpHeard | None,
    session: Session,
    chart: Chart,
    flow: FlowRules,
) -> DoseNow:
    """What `session` was given when its pump sent `reading`, which `chart` has taken up."""
    if before is not None and before.dose is not None and len(chart.pumps) == 1:
        counted = _count_on(reading, before, before.dose, session, flow)
        if counted is not None:
            return counted
    return _work_out(reading, session, chart, flow)


def _work_out(
    reading: PumpReadingArrived, session: Session, chart: Chart, flow: FlowRules
) -> DoseNow:
    now = reading.observed_at
    delivered = delivered_with(session, chart.logs, flow)
    fills = fills_of(session, chart.loads)
    mg = given_mg(delivered.segments, fills)
    order = session.order
    end = None if order is None else predict_end(order, delivered, mg, now)
    is_drug = not any(r.device == reading.device and not r.is_drug and r.is_running
                      for r in session.runs)  # fmt: skip
    held = _held_mg_ml(fills, reading.device, now)
    return DoseNow(
        given_mg=None if mg is None else float(mg),
        running_s=delivered.running_s,
        ends_in_s=None if end is None else (end - now).total_seconds(),
        mg_ml=float(held) if is_drug and held is not None else None,
        worked_out_at=now,
        taken=session.taken,
    )


def _held_mg_ml(fills: Sequence[Fill], device: str, at: datetime) -> Decimal | None:
    held = [fill for fill in fills if fill.device == device and fill.at <= at]
    return max(held, key=lambda fill: fill.at).concentration.mg_ml if held else None


def _count_on(
    reading: PumpReadingArrived,
    before: PumpHeard,
    dose: DoseNow,
    session: Session,
    flow: FlowRules,
) -> DoseNow | None:
    """The dose if the pump went on as before; None if it has to be worked out."""
    last = before.reading
    elapsed = reading.observed_at - last.observed_at
    if (
        dose.taken != session.taken
        or dose.worked_out_at is None
        or (reading.observed_at - dose.worked_out_at).total_seconds() > WORKED_OUT_EVERY_S
        or not 0 < elapsed.total_seconds() <= flow.believed_for.total_seconds()
        or _what_it_does(reading) != _what_it_does(last)
    ):
        return None
    risen_ml = reading.volume_ml - last.volume_ml
    if risen_ml == 0 and not reading.rate_ml_h:
        return dose
    seconds = elapsed.total_seconds()
    expected_ml = reading.rate_ml_h * seconds / _S_PER_H
    if dose.mg_ml is None or not 0 <= risen_ml <= expected_ml + _SURPRISE_ML:
        return None
    return msgspec.structs.replace(
        dose,
        given_mg=None if dose.given_mg is None else dose.given_mg + risen_ml * dose.mg_ml,
        running_s=dose.running_s + seconds,
        ends_in_s=None if dose.ends_in_s is None else dose.ends_in_s - seconds,
    )


def _what_it_does(reading: PumpReadingArrived) -> tuple[object, ...]:
    return (
        reading.device,
        reading.boot,
        reading.state,
        reading.rate_ml_h,
        reading.rate_set_ml_h,
        reading.counter,
        reading.implausible,
    )
