"""Alarms of the dashboards themselves: one outage is one alarm, however many of them saw it.

Every dashboard writes down what it saw, perhaps long afterwards. What becomes of that in the record
is settled here, from what the record has of it already. Pure; times UTC.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from infusion.alarms.log import AlarmRecord, alarm_log
from infusion.station_events import (
    OwnAlarmAcknowledged,
    OwnAlarmEnded,
    OwnAlarmEvent,
    OwnAlarmHeardAgain,
    OwnAlarmRaised,
    OwnAlarmReturned,
)
from vocabulary.ids import WardId


def own_alarm_id(ward: WardId, name: str, since: datetime) -> str:
    """What one alarm of a ward is called in the record; `name` as the screens call its cause."""
    return f"{ward}.{name}/{round(since.timestamp() * 1000)}"


def cause_of(alarm: str) -> str:
    """What all alarms of the same cause have in common: ward and name."""
    return alarm.partition("/")[0]


def latest_of(records: Iterable[AlarmRecord], cause: str) -> AlarmRecord | None:
    """The alarm of a cause that began last."""
    found = [record for record in records if cause_of(record.alarm) == cause]
    return max(found, key=lambda record: record.since, default=None)


def settled(
    seen: OwnAlarmEvent, recorded: Sequence[OwnAlarmEvent], within: timedelta
) -> OwnAlarmEvent | None:
    """How what one dashboard saw goes into the record; None if the record needs no word of it.

    `recorded`: what the ward's chain has of such alarms. `within`: what comes back so soon is the
    same alarm. Settling the same again after it was written gives None.
    """
    cause = cause_of(seen.alarm)
    same = [event for event in recorded if cause_of(event.alarm) == cause]
    before = [record for record in reversed(alarm_log(same)) if record.since <= seen.at]
    if isinstance(seen, OwnAlarmAcknowledged):
        return _acknowledged(seen, same, before, within)
    if isinstance(seen, OwnAlarmEnded):
        return _ended(seen, same, before)
    if isinstance(seen, OwnAlarmHeardAgain):
        return _heard_again(seen, before)
    return _begun(seen, before, within)


def _begun(
    seen: OwnAlarmRaised | OwnAlarmReturned, before: Sequence[AlarmRecord], within: timedelta
) -> OwnAlarmEvent | None:
    last = next(iter(before), None)
    if last is None:
        return seen
    if last.ended_at is None or seen.since <= last.ended_at:
        return None
    if seen.since - last.ended_at > within:
        return seen
    return OwnAlarmReturned(
        ward=seen.ward,
        at=seen.at,
        alarm=last.alarm,
        code=seen.code,
        priority=seen.priority,
        text=seen.text,
        value=seen.value,
        limit=seen.limit,
        since=last.since,
        version=seen.version,
        times=last.times + 1,
        sounds_again=last.seen_at is not None and seen.at >= last.seen_at + within,
    )


def _heard_again(seen: OwnAlarmHeardAgain, before: Sequence[AlarmRecord]) -> OwnAlarmEvent | None:
    """That what stands is not seen any more; once, whichever dashboards tell it."""
    last = next(iter(before), None)
    is_seen = last is not None and last.seen_at is not None and last.seen_at <= seen.at
    if last is None or not is_seen or last.ended_at is not None:
        return None
    return msgspec.structs.replace(seen, alarm=last.alarm, since=last.since)


def _ended(
    seen: OwnAlarmEnded, same: Sequence[OwnAlarmEvent], before: Sequence[AlarmRecord]
) -> OwnAlarmEvent | None:
    """The end of what stands; an end from before it came back ends nothing."""
    began = {
        event.alarm: event.at
        for event in same
        if isinstance(event, OwnAlarmRaised | OwnAlarmReturned)
    }
    for record in before:
        if record.ended_at is None and began.get(record.alarm, seen.at) <= seen.at:
            return msgspec.structs.replace(seen, alarm=record.alarm, since=record.since)
    return None


def _acknowledged(
    seen: OwnAlarmAcknowledged,
    same: Sequence[OwnAlarmEvent],
    before: Sequence[AlarmRecord],
    within: timedelta,
) -> OwnAlarmEvent | None:
    for record in before:
        if record.ended_at is None or seen.at <= record.ended_at + within:
            seen = msgspec.structs.replace(seen, alarm=record.alarm, since=record.since)
            break
    mine = [event for event in same if event.alarm == seen.alarm]
    heard = [event.at for event in mine if _is_news(event) and event.at <= seen.at]
    is_there = any(
        isinstance(event, OwnAlarmAcknowledged)
        and event.by.account == seen.by.account
        and event.at >= max(heard, default=event.at)
        for event in mine
    )
    return None if is_there else seen


def _is_news(event: OwnAlarmEvent) -> bool:
    """Whether it asks to be seen once more by who had seen it."""
    is_back = isinstance(event, OwnAlarmReturned) and event.sounds_again
    return is_back or isinstance(event, OwnAlarmHeardAgain)
