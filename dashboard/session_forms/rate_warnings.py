"""What a change of the rate at the pump is warned of, from what the record holds. Blocks."""

from datetime import datetime
from typing import Final

from dashboard.context import Services
from dashboard.session_forms.delivery import delivery_of
from dashboard.session_forms.recovering import measured_of
from infusion.order import predict_end
from infusion.report.dose import RateChangeLine
from infusion.session import Session
from infusion.step_checks import step_checks
from infusion.titration import RateChange, TitrationWarning, warn_of
from vocabulary.ids import DeviceId

FULL_SETS: Final = ("full", "full_pain", "whole")
"""The observation sets of those names (config/protocol.yaml) ask for everything."""


def warnings_of(
    parts: Services, session: Session, device: DeviceId, changed_at: datetime
) -> tuple[TitrationWarning, ...]:
    """The titration rules that a change goes against; none where the change is not known."""
    order = session.order
    drug = None if order is None else parts.configuration.dosing.find_drug(order.drug)
    if order is None or drug is None:
        return ()
    delivery = delivery_of(parts, session)
    changes = [line for line in delivery.rate_changes if line.device == device]
    found = next((line for line in changes if line.at == changed_at), None)
    if found is None or found.from_mg_kg_h is None or found.to_mg_kg_h is None:
        return ()
    before = [line for line in changes if line.at < changed_at]
    pause = next((p for p in delivery.delivered.pauses if p.ends == changed_at), None)
    checks = step_checks(
        session.observed,
        measured_of(parts, session, changed_at).cuffs,
        changed_at,
        parts.configuration.observations,
        drug.titration.checks,
        drug.titration.checks_within_s,
    )
    change = RateChange(
        at=changed_at,
        from_mg_kg_h=found.from_mg_kg_h,
        to_mg_kg_h=found.to_mg_kg_h,
        started_at=delivery.delivered.started_at,
        last_step_up_at=max((line.at for line in before if _is_up(line)), default=None),
        predicted_end=predict_end(
            order, delivery.delivered, delivery.dose.by_volume_mg, changed_at
        ),
        paused_at=None if pause is None else pause.begins,
        checks_at=checks.complete_at,
        amiss=checks.amiss,
        full_set_at=_full_set_at(session, changed_at),
    )
    return warn_of(change, order, drug.titration)


def _is_up(line: RateChangeLine) -> bool:
    return line.to_ml_h > line.from_ml_h


def _full_set_at(session: Session, until: datetime) -> datetime | None:
    found = [o.at for o in session.observations if o.set in FULL_SETS and o.at <= until]
    return max(found, default=None)
