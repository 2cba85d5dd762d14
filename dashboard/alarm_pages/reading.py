"""The log of alarms as the record has it. Blocks; may raise RecordUnavailable."""

from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple, get_args

from dashboard.context import Services
from infusion.alarms.events import (
    AlarmChanged,
    AlarmEnded,
    AlarmEscalated,
    AlarmLatched,
    AlarmRaised,
    AlarmReturned,
    AlarmsAcknowledged,
)
from infusion.alarms.held_log import HELD_EVENTS, HeldRecord, held_log
from infusion.alarms.log import AlarmRecord, LogFilter, alarm_log, filtered
from infusion.happenings import session_chain
from infusion.sign_off_events import AlarmsReviewed
from infusion.station_events import OwnAlarmEvent
from vocabulary.ids import BedId, SessionId, WardId

_KINDS: Final = (
    AlarmRaised,
    AlarmChanged,
    AlarmReturned,
    AlarmLatched,
    AlarmEnded,
    AlarmEscalated,
    AlarmsAcknowledged,
    AlarmsReviewed,
    *get_args(OwnAlarmEvent),
)
_BEGAN_BEFORE: Final = timedelta(days=2)
"""An alarm of a time may have been raised so long before its first event in it."""


def read_log(parts: Services, ward: WardId, wanted: LogFilter) -> tuple[AlarmRecord, ...]:
    """The alarms of a ward that are wanted, in order of their first signal."""
    now = datetime.now(UTC)
    since = (wanted.since or now - _BEGAN_BEFORE) - _BEGAN_BEFORE
    recorded = parts.record.chains.across(_KINDS, since, now + timedelta(days=1))
    records = alarm_log(item.event for item in recorded)  # type: ignore[misc] # of these kinds
    return filtered([record for record in records if record.ward == ward], wanted)


def read_held(parts: Services, ward: WardId, wanted: LogFilter) -> tuple[HeldRecord, ...]:
    """What was held back, changed or excused at the beds of a ward, in order."""
    now = datetime.now(UTC)
    since = wanted.since or now - _BEGAN_BEFORE
    recorded = parts.record.chains.across(HELD_EVENTS, since - _BEGAN_BEFORE, now + _BEGAN_BEFORE)
    limit_s = parts.configuration.alarms.off_monitor.limit_s
    return tuple(
        record
        for record in held_log((item.event for item in recorded), limit_s)
        if record.ward == ward
        and record.at >= since
        and (wanted.until is None or record.at < wanted.until)
        and (not wanted.beds or record.bed in wanted.beds)
    )


def alarms_of_session(parts: Services, session: SessionId) -> tuple[AlarmRecord, ...]:
    """The alarms of a session, in order of their first signal."""
    return alarm_log(parts.record.chains.read(session_chain(session)).events)


class TimeInBed(NamedTuple):
    """A patient of a session was in a bed `since` (UTC), for so many hours."""

    session: SessionId
    bed: BedId
    since: datetime
    hours: float


def times_in_bed(parts: Services, ward: WardId, span: tuple[datetime, datetime]) -> list[TimeInBed]:
    """Who was in which bed of a ward for how long of a time."""
    found = []
    plans = parts.record.chains.sessions(ward)
    for kept in parts.shelf.all_of([plan.session for plan in plans]):
        for stay in kept.session.stays:
            begins = max(stay.interval.since, span[0])
            ends = min(stay.interval.until or datetime.now(UTC), span[1])
            if ends > begins:
                hours = (ends - begins).total_seconds() / 3600
                found.append(TimeInBed(kept.session.id, stay.bed, begins, hours))
    return found
