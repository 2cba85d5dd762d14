"""What the pumps of a session delivered, from the record. Blocks; may raise RecordUnavailable."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Final

from dashboard.context import Services
from infusion.delivered import Delivered
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
from vocabulary.ids import DeviceId, SessionId
from vocabulary.states import DeviceKind

AT_ONCE: Final = timedelta(seconds=1)
"""What is asked for again within this, for one page, is the same."""
WHOLE_EVERY: Final = timedelta(minutes=1)
OVERLAP: Final = timedelta(seconds=30)
MOST_KEPT: Final = 64
_LONGEST: Final = timedelta(hours=24)
"""A session and its stay are over within a day."""


@dataclass(frozen=True, slots=True)
class SessionDelivery:
    """What was delivered, by volume and by rate; `segments` and `rate_changes` in words."""

    delivered: Delivered
    segments: tuple[SegmentLine, ...]
    rate_changes: tuple[RateChangeLine, ...]
    dose: DoseGiven


def delivery_of(parts: Services, session: Session) -> SessionDelivery:
    """What the session's pumps delivered up to now."""
    return parts.deliveries.of(parts, session, datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class _Held:
    """What was made of a session as it stood, from which readings, and when."""

    session: Session
    facts: tuple[PumpReadingArrived, ...]
    whole_at: datetime
    made_at: datetime
    made: SessionDelivery


class Deliveries:
    """Deliveries of the sessions that are looked at, each kept while only new readings come.

    Once in a while, and when the session changed, everything is read again: readings that came
    late find their place then.
    """

    def __init__(self) -> None:
        self._held: dict[SessionId, _Held] = {}
        self._lock = Lock()

    def of(self, parts: Services, session: Session, now: datetime) -> SessionDelivery:
        """What the session's pumps delivered up to `now`. Blocks; may raise RecordUnavailable."""
        with self._lock:
            held = self._held.get(session.id)
            if held is not None and held.session is session and now - held.made_at < AT_ONCE:
                return held.made
            fresh = _read(parts, session, held, now)
            self._held.pop(session.id, None)
            self._held[session.id] = fresh
            while len(self._held) > MOST_KEPT:
                del self._held[next(iter(self._held))]
            return fresh.made


def _read(parts: Services, session: Session, held: _Held | None, now: datetime) -> _Held:
    begins, ends = span_of(session, now)
    is_same = held is not None and held.session is session and now - held.whole_at < WHOLE_EVERY
    if held is None or not is_same:
        facts = tuple(pump_readings(parts, session, begins, ends))
        return _Held(session, facts, now, now, _made(parts, session, facts))
    since = max(begins, held.made_at - OVERLAP)
    known = {(fact.device, fact.boot, fact.seq) for fact in held.facts if fact.observed_at >= since}
    news = [
        fact
        for fact in pump_readings(parts, session, since, ends)
        if (fact.device, fact.boot, fact.seq) not in known
    ]
    if not news:
        return replace(held, made_at=now)
    facts = (*held.facts, *news)
    return replace(held, facts=facts, made_at=now, made=_made(parts, session, facts))


def _made(
    parts: Services, session: Session, facts: Sequence[PumpReadingArrived]
) -> SessionDelivery:
    rules = flow_rules(parts.configuration)
    delivered = delivered_in(session, facts, rules)
    events = parts.record.chains.read(session_chain(session.id)).events
    fills = fills_of(session, events)
    lines = segment_lines(session, delivered, fills)
    return SessionDelivery(
        delivered=delivered,
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
    """What the session's pumps reported of their flow in that time."""
    pumps = devices_ever(session, DeviceKind.PUMP)
    if not pumps:
        return []
    return parts.record.flow_between(pumps, begins, ends + timedelta(seconds=1))


def devices_ever(session: Session, kind: DeviceKind) -> tuple[DeviceId, ...]:
    """The devices of a kind that were the session's at any time."""
    return tuple(a.device for a in session.associations if a.kind is kind)
