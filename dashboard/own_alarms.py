"""The alarms that the dashboard concludes by itself: what must be known when others are gone.

One root cause is one alarm of the whole ward. A dead link stands in the banner of every screen;
everything else is sent with the frames.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from dashboard.links import Links, LinkView
from vocabulary.alarms import AlarmPriority
from vocabulary.ids import WardId
from vocabulary.roles import Audience
from vocabulary.states import Link

ROOT_LINKS: Final = (Link.BROKER, Link.INGEST, Link.RECORD)
"""Without any of these nothing on a screen is news; the first that is down is the cause."""


class OwnAlarm(msgspec.Struct, frozen=True, kw_only=True):
    """One alarm of the dashboard itself; times UTC. All of them are technical.

    `acknowledged_by`: a printed name; empty while nobody has seen it.
    """

    id: str
    priority: AlarmPriority
    text: str
    since: datetime
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None


def link_alarm(ward: WardId, links: Links, now: datetime) -> OwnAlarm | None:
    """The one alarm of a ward that has no live data at `now` (UTC); None while data flows."""
    views = links.views()
    down = next(((link, views[link]) for link in ROOT_LINKS if not views[link].is_up), None)
    if down is None:
        return None
    link, view = down
    return OwnAlarm(
        id=id_of_link(ward, link),
        priority=AlarmPriority.MEDIUM,
        text=_no_live_data(link, view),
        since=view.since or now,
    )


def id_of_link(ward: WardId, link: Link) -> str:
    """What the alarm of a dead link is called; screens call it by the link alone."""
    return f"{ward}.{link.value}"


def _no_live_data(link: Link, view: LinkView) -> str:
    why = f"{link.value} down: {view.detail}" if view.detail else f"{link.value} down"
    return f"NO LIVE DATA, watch the bedside monitors ({why})"


@dataclass(frozen=True, slots=True)
class Seen:
    """Who has seen the alarm that began at `since`, and when (UTC)."""

    since: datetime
    by: str
    at: datetime


class OwnAlarms:
    """What stands besides the links, for every ward, and what of all was seen. For the event loop.

    `version` goes up whenever what screens are told of them is another: `text`, the JSON of those
    besides the links, or who has seen which.
    """

    def __init__(self) -> None:
        self._standing: dict[str, OwnAlarm] = {}
        self._seen: dict[str, Seen] = {}
        self.version = 0
        self.text = "[]"

    @property
    def standing(self) -> tuple[OwnAlarm, ...]:
        """All of them, in the order they came."""
        return tuple(self._as_seen(alarm) for alarm in self._standing.values())

    def of_ward(self, ward: WardId, links: Links, now: datetime) -> tuple[OwnAlarm, ...]:
        """All that stands for a ward at `now` (UTC): that of its links first."""
        link = self.of_link(ward, links, now)
        return (() if link is None else (link,)) + self.standing

    def of_link(self, ward: WardId, links: Links, now: datetime) -> OwnAlarm | None:
        """The one alarm of a ward that has no live data at `now` (UTC); None while data flows."""
        link = link_alarm(ward, links, now)
        return None if link is None else self._as_seen(link)

    def raise_one(self, alarm: OwnAlarm) -> None:
        """Let an alarm stand; one of the same id takes its words and keeps its beginning."""
        held = self._standing.get(alarm.id)
        if held is not None:
            alarm = msgspec.structs.replace(alarm, since=held.since)
        if alarm != held:
            self._standing[alarm.id] = alarm
            self._renew()

    def end(self, name: str) -> None:
        """It is over."""
        if self._standing.pop(name, None) is not None:
            self._renew()

    def acknowledge(self, alarm: OwnAlarm, by: str, at: datetime) -> None:
        """`by` has seen it; that holds until it is over, and not for the next of its kind."""
        self._seen[alarm.id] = Seen(since=alarm.since, by=by, at=at)
        self.version += 1

    def seen_text(self, ward: WardId, links: Links, audience: Audience, now: datetime) -> str:
        """The JSON of who has seen what still stands, as the screens call it; empty for nothing.

        A public screen is not told who.
        """
        if not self._seen:
            return ""
        seen = {
            alarm.id.removeprefix(f"{ward}."): {
                "by": alarm.acknowledged_by if audience is Audience.STAFF else "",
                "at_ms": round(alarm.acknowledged_at.timestamp() * 1000),
            }
            for alarm in self.of_ward(ward, links, now)
            if alarm.acknowledged_at is not None
        }
        return msgspec.json.encode(seen).decode() if seen else ""

    def _as_seen(self, alarm: OwnAlarm) -> OwnAlarm:
        seen = self._seen.get(alarm.id)
        if seen is None or seen.since != alarm.since:
            return alarm
        return msgspec.structs.replace(alarm, acknowledged_by=seen.by, acknowledged_at=seen.at)

    def _renew(self) -> None:
        self.version += 1
        shown = [
            {
                "id": alarm.id,
                "priority": alarm.priority.value,
                "text": alarm.text,
                "since_ms": round(alarm.since.timestamp() * 1000),
            }
            for alarm in self._standing.values()
        ]
        self.text = msgspec.json.encode(shown).decode()
