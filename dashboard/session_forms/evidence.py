"""What the record tells of a session, as far as its checks depend on it. Blocks.

The stream works the same out as things happen; this is for what is made of a session apart from it.
May raise RecordUnavailable.
"""

from collections.abc import Sequence
from datetime import datetime

from dashboard.context import Services
from dashboard.session_forms.delivery import SessionDelivery
from infusion.baseline import CuffPressure
from infusion.delivered import SegmentKind
from infusion.happenings import session_chain
from infusion.observations.evidence import Evidence, rate_steps
from infusion.order import predict_end
from infusion.session import Session
from infusion.unplugged import unplugged_of


def evidence_of(
    parts: Services,
    session: Session,
    delivery: SessionDelivery,
    cuffs: Sequence[CuffPressure],
    now: datetime,
) -> Evidence:
    """Cuff readings, changes of the rate, the expected end and the time off the monitor."""
    delivered, order = delivery.delivered, session.order
    rates = {
        segment.begins: float(segment.rate_ml_h)
        for segment in delivered.segments
        if segment.kind is SegmentKind.INFUSION and segment.rate_ml_h is not None
    }
    events = parts.record.chains.read(session_chain(session.id)).events
    given_mg = delivery.dose.by_volume_mg
    return Evidence(
        cuffs=tuple(cuffs),
        rate_steps=rate_steps(rates),
        off_monitor=unplugged_of(events, parts.configuration.alarms.off_monitor.limit_s),
        expected_end=None if order is None else predict_end(order, delivered, given_mg, now),
    )
