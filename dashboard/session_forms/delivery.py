"""What the pumps of a session delivered, from the record. Blocks; may raise RecordUnavailable."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from dashboard.context import Services
from infusion.delivered import Delivered, Fill
from infusion.happenings import session_chain
from infusion.report.delivery import delivered_in, fills_of, flow_rules
from infusion.report.dose import (
    DoseGiven,
    RateChangeLine,
    SegmentLine,
    dose_given,
    rate_changes,
    segment_lines,
)
from infusion.session import Session
from infusion.stream import PumpReadingArrived
from vocabulary.ids import DeviceId
from vocabulary.states import DeviceKind

_LONGEST: Final = timedelta(hours=24)
"""A session and its stay are over within a day."""


@dataclass(frozen=True, slots=True)
class SessionDelivery:
    """What was delivered, by volume and by rate; `segments` and `rate_changes` in words."""

    delivered: Delivered
    fills: tuple[Fill, ...]
    segments: tuple[SegmentLine, ...]
    rate_changes: tuple[RateChangeLine, ...]
    dose: DoseGiven


def delivery_of(parts: Services, session: Session) -> SessionDelivery:
    """What the session's pumps delivered up to now."""
    span = span_of(session, datetime.now(UTC))
    facts = pump_readings(parts, session, *span)
    rules = flow_rules(parts.configuration)
    delivered = delivered_in(session, facts, rules)
    events = parts.record.chains.read(session_chain(session.id)).events
    fills = fills_of(session, events)
    lines = segment_lines(session, delivered, fills)
    return SessionDelivery(
        delivered=delivered,
        fills=fills,
        segments=lines,
        rate_changes=rate_changes(session, lines, rules.believed_for),
        dose=dose_given(session.order, delivered, fills),
    )


def span_of(session: Session, now: datetime) -> tuple[datetime, datetime]:
    """From when the patient took a chair until they left it, or now; UTC."""
    if not session.stays:
        return now, now
    begins = session.stays[0].interval.since
    ends = now if session.closed is None else session.closed.at
    return begins, max(begins, min(ends, begins + _LONGEST))


def pump_readings(
    parts: Services, session: Session, begins: datetime, ends: datetime
) -> list[PumpReadingArrived]:
    """What the session's pumps reported in that time."""
    pumps = devices_ever(session, DeviceKind.PUMP)
    if not pumps:
        return []
    return parts.record.pump_readings_between(pumps, begins, ends + timedelta(seconds=1))


def devices_ever(session: Session, kind: DeviceKind) -> tuple[DeviceId, ...]:
    """The devices of a kind that were the session's at any time."""
    return tuple(a.device for a in session.associations if a.kind is kind)
