"""One alarm of the dashboard itself: what screens show of it, and the events that tell of it."""

from datetime import datetime
from typing import Any, Final

import msgspec

from dashboard.links import Links, LinkView
from infusion.alarms.events import AlarmEnd
from infusion.alarms.log import AlarmRecord
from infusion.alarms.own import own_alarm_id
from infusion.patient import Person
from infusion.station_events import (
    OwnAlarmAcknowledged,
    OwnAlarmEnded,
    OwnAlarmHeardAgain,
    OwnAlarmRaised,
)
from vocabulary.alarms import AlarmPriority, OwnAlarmCode
from vocabulary.ids import WardId
from vocabulary.states import Link

ROOT_LINKS: Final = {
    Link.BROKER: OwnAlarmCode.BROKER_DOWN,
    Link.INGEST: OwnAlarmCode.INGEST_DOWN,
    Link.RECORD: OwnAlarmCode.RECORD_DOWN,
}
"""Without any of these nothing on a screen is news; the first that is down is the cause."""


class OwnAlarm(msgspec.Struct, frozen=True, kw_only=True):
    """One alarm of the dashboard itself; times UTC. All of them are technical.

    `name`: of its cause, as screens call it. `ward`: None where it concerns the whole clinic.
    `since`: when it began first; `back_since`: when it was there for the `times`-th time.
    `acknowledged_by`: a printed name; empty while nobody has seen it.
    """

    name: str
    ward: WardId | None = None
    code: OwnAlarmCode
    priority: AlarmPriority
    text: str
    since: datetime
    back_since: datetime | None = None
    value: float | None = None
    limit: float | None = None
    times: int = 1
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None

    @property
    def id(self) -> str:
        """What it is called among all of this dashboard."""
        return self.name if self.ward is None else f"{self.ward}.{self.name}"

    @property
    def now_since(self) -> datetime:
        """Since when it is so without a break."""
        return self.back_since or self.since


def link_alarm(ward: WardId, links: Links, now: datetime) -> OwnAlarm | None:
    """The one alarm of a ward that has no live data at `now` (UTC); None while data flows."""
    views = links.views()
    link = next((link for link in ROOT_LINKS if not views[link].is_up), None)
    if link is None:
        return None
    return OwnAlarm(
        name=link.value,
        ward=ward,
        code=ROOT_LINKS[link],
        priority=AlarmPriority.MEDIUM,
        text=_no_live_data(link, views[link]),
        since=views[link].since or now,
    )


def _no_live_data(link: Link, view: LinkView) -> str:
    why = f"{link.value} down: {view.detail}" if view.detail else f"{link.value} down"
    return f"NO LIVE DATA, watch the bedside monitors ({why})"


def alarm_of(record: AlarmRecord, name: str) -> OwnAlarm:
    """An alarm as the record has it, to go on with."""
    code = OwnAlarmCode(record.code.value)
    is_link = code in ROOT_LINKS.values()
    alarm = OwnAlarm(
        name=name,
        ward=record.ward if is_link else None,
        code=code,
        priority=record.priority,
        text=record.text,
        since=record.since,
        value=record.value,
        limit=record.limit,
    )
    return as_recorded(alarm, record)


def as_recorded(alarm: OwnAlarm, record: AlarmRecord) -> OwnAlarm:
    """The same with what the record knows of it: since when, how often, who has seen it."""
    by, at = alarm.acknowledged_by, alarm.acknowledged_at
    if record.acknowledged_at is not None:
        by = "" if record.seen_by is None else record.seen_by.printed_name
        at = record.seen_at
    return msgspec.structs.replace(
        alarm,
        since=record.since,
        back_since=alarm.back_since or record.back_at if record.times > 1 else None,
        times=record.times,
        acknowledged_by=by,
        acknowledged_at=at,
    )


def with_words_of(alarm: OwnAlarm, other: OwnAlarm) -> OwnAlarm:
    """The same alarm in the words and numbers of another moment."""
    return msgspec.structs.replace(
        alarm, priority=other.priority, text=other.text, value=other.value, limit=other.limit
    )


def raised(
    alarm: OwnAlarm, ward: WardId, since: datetime, at: datetime, version: str
) -> OwnAlarmRaised:
    """It is so `since`, and shown from `at` on (UTC). `version`: of the configuration."""
    return OwnAlarmRaised(**_told(alarm, ward, since, at, version))


def unseen(alarm: OwnAlarm) -> OwnAlarm:
    """The same alarm once who saw it has not seen that it is back."""
    return msgspec.structs.replace(alarm, acknowledged_by="", acknowledged_at=None)


def heard_again(alarm: OwnAlarm, ward: WardId, at: datetime, version: str) -> OwnAlarmHeardAgain:
    """It is back and still there at `at` (UTC). `version`: of the configuration."""
    return OwnAlarmHeardAgain(**_told(alarm, ward, alarm.since, at, version))


def ended(
    alarm: OwnAlarm, ward: WardId, at: datetime, how: AlarmEnd, version: str
) -> OwnAlarmEnded:
    """It is over at `at` (UTC). `version`: of the configuration."""
    return OwnAlarmEnded(**_told(alarm, ward, alarm.since, at, version), how=how)


def _told(
    alarm: OwnAlarm, ward: WardId, since: datetime, at: datetime, version: str
) -> dict[str, Any]:
    """What the record holds of every transition of an alarm."""
    return {
        "ward": ward,
        "at": at,
        "alarm": own_alarm_id(ward, alarm.name, since),
        "code": alarm.code,
        "priority": alarm.priority,
        "text": alarm.text,
        "value": alarm.value,
        "limit": alarm.limit,
        "since": since,
        "version": version,
    }


def acknowledged(alarm: OwnAlarm, ward: WardId, by: Person, at: datetime) -> OwnAlarmAcknowledged:
    """`by` has seen it at `at` (UTC)."""
    return OwnAlarmAcknowledged(
        ward=ward,
        at=at,
        alarm=own_alarm_id(ward, alarm.name, alarm.since),
        text=alarm.text,
        since=alarm.since,
        by=by,
    )
