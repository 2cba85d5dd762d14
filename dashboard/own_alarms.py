"""The alarms that the dashboard concludes by itself: what must be known when others are gone.

One root cause is one alarm of the whole ward. A dead link stands in the banner of every screen;
everything else is sent with the frames.
"""

from datetime import datetime
from typing import Final

import msgspec

from dashboard.links import Links, LinkView
from vocabulary.alarms import AlarmPriority
from vocabulary.ids import WardId
from vocabulary.states import Link

ROOT_LINKS: Final = (Link.BROKER, Link.INGEST, Link.RECORD)
"""Without any of these nothing on a screen is news; the first that is down is the cause."""


class OwnAlarm(msgspec.Struct, frozen=True, kw_only=True):
    """One alarm of the dashboard itself; `since` UTC. All of them are technical."""

    id: str
    priority: AlarmPriority
    text: str
    since: datetime


def link_alarm(ward: WardId, links: Links, now: datetime) -> OwnAlarm | None:
    """The one alarm of a ward that has no live data at `now` (UTC); None while data flows."""
    views = links.views()
    down = next(((link, views[link]) for link in ROOT_LINKS if not views[link].is_up), None)
    if down is None:
        return None
    link, view = down
    return OwnAlarm(
        id=f"{ward}.{link.value}",
        priority=AlarmPriority.MEDIUM,
        text=_no_live_data(link, view),
        since=view.since or now,
    )


def _no_live_data(link: Link, view: LinkView) -> str:
    why = f"{link.value} down: {view.detail}" if view.detail else f"{link.value} down"
    return f"NO LIVE DATA, watch the bedside monitors ({why})"


class OwnAlarms:
    """What stands besides the links, for every ward. For the event loop only.

    `version` goes up whenever `text`, the JSON of all of them for frames, is another.
    """

    def __init__(self) -> None:
        self._standing: dict[str, OwnAlarm] = {}
        self.version = 0
        self.text = "[]"

    @property
    def standing(self) -> tuple[OwnAlarm, ...]:
        """All of them, in the order they came."""
        return tuple(self._standing.values())

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
