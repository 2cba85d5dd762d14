"""What was corrected after the seal: what was signed stands beside what is worked out now."""

from collections.abc import Sequence
from decimal import Decimal

from infusion.fold import SessionInput, fold
from infusion.pump_facts import FlowRules, PumpFact
from infusion.report.content import Recalculated
from infusion.report.delivery import delivered_in, fills_of
from infusion.report.dose import dose_given
from infusion.report.material import SessionMaterial
from infusion.session import Session
from infusion.signature_events import SessionSigned
from infusion.signatures import corrections_waiting


def recalculated_since(
    session: Session, material: SessionMaterial, rules: FlowRules
) -> Recalculated | None:
    """The corrections after the seal, and the dose as it was signed; None if there are none."""
    if not session.corrected_since_sealed:
        return None
    return Recalculated(
        corrections=session.corrected_since_sealed,
        waiting=len(corrections_waiting(session)),
        sealed_mg=sealed_dose_mg(material.events, material.pump_facts, rules),
    )


def sealed_dose_mg(
    events: tuple[SessionInput, ...], facts: Sequence[PumpFact], rules: FlowRules
) -> Decimal | None:
    """The dose of a session as it was signed, mg, whatever was corrected since."""
    sealed = sealed_events(events)
    signed = fold(sealed)
    delivered = delivered_in(signed, facts, rules)
    return dose_given(signed.order, delivered, fills_of(signed, sealed)).by_volume_mg


def sealed_events(events: tuple[SessionInput, ...]) -> tuple[SessionInput, ...]:
    """What had happened until the signature that sealed, itself included; all of it before that."""
    for number, event in enumerate(events, start=1):
        if isinstance(event, SessionSigned):
            return events[:number]
    return events
