"""The alarms that the dashboard concludes by itself: what must be known when others are gone.

One root cause is one alarm of the whole ward. A dead link stands in the banner of every screen;
everything else is sent with the frames. Whatever begins, ends or is seen is told as an event, which
`own_alarm_desk` brings into the record.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec

from dashboard.links import Links
from dashboard.own_alarm import (
    ROOT_LINKS,
    OwnAlarm,
    acknowledged,
    alarm_of,
    as_recorded,
    ended,
    heard_again,
    link_alarm,
    raised,
    unseen,
    with_words_of,
)
from infusion.alarms.events import AlarmEnd
from infusion.alarms.log import AlarmRecord
from infusion.alarms.own import cause_of, latest_of
from infusion.patient import Person
from infusion.station_events import OwnAlarmEvent
from vocabulary.ids import WardId
from vocabulary.roles import Audience

STARTING: Final = timedelta(seconds=5)
"""What is over so soon after the start was over before it; when, nobody saw."""
STAYS: Final = timedelta(seconds=5)
"""Another dashboard that saw the end knew better, unless it is still so here after this."""


@dataclass(slots=True)
class _Held:
    """An alarm that stands, or did until `over_at`. `begun_at`: when it was last told to begin."""

    alarm: OwnAlarm
    begun_at: datetime
    over_at: datetime | None = None
    is_taken_up: bool = False


class OwnAlarms:
    """All alarms of the dashboard itself, of every ward, and who saw them. For the event loop.

    `version` goes up whenever what screens are told of them is another: `text`, the JSON of those
    besides the links, or who has seen which. `events`: what became of them and is not recorded yet,
    in order; each ward has its own. `unkept`: those of them that are not on our own disk either.
    """

    def __init__(
        self,
        wards: Iterable[WardId] = (),
        returns_within: timedelta = timedelta(0),
        configuration: str = "",
    ) -> None:
        """`returns_within`: what comes back so soon is the same alarm, and what was seen stays so.

        `configuration`: its version.
        """
        self._wards = tuple(wards)
        self._within = returns_within
        self._configuration = configuration
        self._held: dict[str, _Held] = {}
        self.events: list[OwnAlarmEvent] = []
        self.unkept: list[OwnAlarmEvent] = []
        self.version = 0
        self.text = "[]"

    @property
    def standing(self) -> tuple[OwnAlarm, ...]:
        """Those of the whole clinic, in the order they came."""
        return tuple(
            held.alarm
            for held in self._held.values()
            if held.over_at is None and held.alarm.ward is None
        )

    def of_ward(self, ward: WardId) -> tuple[OwnAlarm, ...]:
        """All that stands for a ward: that of its links first."""
        link = self.of_link(ward)
        return (() if link is None else (link,)) + self.standing

    def of_link(self, ward: WardId) -> OwnAlarm | None:
        """The one alarm of a ward that has no live data; None while data flows."""
        found = (self._held.get(f"{ward}.{link.value}") for link in ROOT_LINKS)
        return next((h.alarm for h in found if h is not None and h.over_at is None), None)

    # --- what begins and ends -------------------------------------------------------------------

    def judged(self, ward: WardId, links: Links, now: datetime) -> None:
        """The links of a ward are so at `now` (UTC). What hides behind a first cause waits."""
        views = links.views()
        for link in ROOT_LINKS:
            if views[link].is_up:
                self.end(f"{ward}.{link.value}", now)
        root = link_alarm(ward, links, now)
        if root is not None:
            self.raise_one(root, now)

    def raise_one(self, alarm: OwnAlarm, now: datetime) -> None:
        """Let an alarm stand at `now` (UTC); one that stands only takes its words.

        One that was over just now goes on as the same, seen if it was seen just now.
        """
        held = self._held.get(alarm.id)
        if held is not None and held.over_at is None:
            said = with_words_of(held.alarm, alarm)
            if said != held.alarm:
                held.alarm = said
                self._renew()
            return
        if held is not None and held.over_at is not None:
            if alarm.since <= held.over_at:  # a cause may be older than the last time it was well
                alarm = msgspec.structs.replace(alarm, since=now)
            if alarm.since - held.over_at <= self._within:
                again = msgspec.structs.replace(
                    held.alarm, back_since=alarm.since, times=held.alarm.times + 1
                )
                alarm = with_words_of(again, alarm)
                if self._is_seen_long_ago(alarm, now):
                    alarm = unseen(alarm)
        self._held[alarm.id] = held = _Held(alarm, now)
        self._tell_begun(held, self._wards_of(alarm), alarm.now_since, now)
        self._renew()

    def end(self, name: str, now: datetime) -> None:
        """An alarm (by its id) is over at `now` (UTC), if it stood."""
        held = self._held.get(name)
        if held is None or held.over_at is not None:
            return
        held.over_at = now
        is_unwatched = held.is_taken_up and now - held.begun_at <= STARTING
        how = AlarmEnd.UNKNOWN if is_unwatched else AlarmEnd.CLEARED
        self._tell(
            ended(held.alarm, ward, now, how, self._configuration)
            for ward in self._wards_of(held.alarm)
        )
        self._renew()

    def acknowledge(self, alarm: OwnAlarm, by: Person, at: datetime) -> None:
        """`by` has seen it; that holds until it is over, and not for the next of its kind."""
        held = self._held[alarm.id]
        held.alarm = msgspec.structs.replace(
            held.alarm, acknowledged_by=by.printed_name, acknowledged_at=at
        )
        self._tell(acknowledged(alarm, ward, by, at) for ward in self._wards_of(alarm))
        self.version += 1

    def pass_time(self, now: datetime) -> None:
        """What came back after it was seen, and is still there at `now` (UTC), is heard again."""
        for held in self._held.values():
            alarm, seen_at = held.alarm, held.alarm.acknowledged_at
            is_back = seen_at is not None and alarm.now_since > seen_at
            if held.over_at is None and is_back and self._is_seen_long_ago(alarm, now):
                held.alarm = unseen(alarm)
                self._tell(
                    heard_again(alarm, ward, now, self._configuration)
                    for ward in self._wards_of(alarm)
                )
                self._renew()

    def _is_seen_long_ago(self, alarm: OwnAlarm, now: datetime) -> bool:
        seen_at = alarm.acknowledged_at
        return seen_at is not None and now >= seen_at + self._within

    # --- what the record knows ------------------------------------------------------------------

    def take_up(
        self, ward: WardId, records: Iterable[AlarmRecord], now: datetime, tended: Collection[str]
    ) -> None:
        """Go on with what a ward's record says stands, or was over just now, where nothing is held.

        For the start at `now` (UTC), so that nothing begins anew that goes on. `tended`: the alarms
        of the whole clinic that are this dashboard's to go on with. Of two that stand for the same
        cause, told by dashboards that did not know of each other, the older one ended unseen.
        """
        latest: dict[str, AlarmRecord] = {}
        for record in records:
            alarm = alarm_of(record, cause_of(record.alarm).removeprefix(f"{ward}."))
            if alarm.ward is None and alarm.name not in tended:
                continue
            before = latest.get(alarm.id)
            if before is not None and before.ended_at is None:
                self._end_unseen(alarm_of(before, alarm.name), ward, record.since)
            latest[alarm.id] = record
        for name, record in latest.items():
            is_past = record.ended_at is not None and now - record.ended_at > self._within
            if name not in self._held and not is_past:
                alarm = alarm_of(record, cause_of(record.alarm).removeprefix(f"{ward}."))
                self._held[name] = _Held(alarm, now, record.ended_at, is_taken_up=True)
        self._renew()

    def _end_unseen(self, alarm: OwnAlarm, ward: WardId, at: datetime) -> None:
        self._tell([ended(alarm, ward, at, AlarmEnd.UNKNOWN, self._configuration)])

    def compare(self, ward: WardId, records: Sequence[AlarmRecord], now: datetime) -> None:
        """Take in what other dashboards wrote of a ward, all of our own being written too.

        What still stands here at `now` (UTC) although it is over for another begins again.
        """
        is_news = False
        for held in self._held.values():
            if ward not in self._wards_of(held.alarm):
                continue
            record = latest_of(records, f"{ward}.{held.alarm.name}")
            # wards may tell of an alarm of the clinic differently: the first has the say
            has_say = held.alarm.ward is not None or ward == self._wards[0]
            if record is not None and has_say and self._is_same(held, record):
                known = as_recorded(held.alarm, record)
                is_news = is_news or known != held.alarm
                held.alarm = known
            if held.over_at is None and not _stands(record):
                ended_at = None if record is None else record.ended_at
                if now - max(held.begun_at, ended_at or held.begun_at) > STAYS:
                    held.begun_at = now
                    self._tell_begun(held, (ward,), now, now)
        if is_news:
            self._renew()

    def _is_same(self, held: _Held, record: AlarmRecord) -> bool:
        """Whether an alarm of the record is the one that is held."""
        if held.over_at is not None and record.since > held.over_at:
            return False
        ended_at = record.ended_at
        return ended_at is None or held.alarm.now_since <= ended_at + self._within

    # --- what screens are told ------------------------------------------------------------------

    def seen_text(self, ward: WardId, audience: Audience) -> str:
        """The JSON of who has seen what still stands, as the screens call it; empty for nothing.

        A public screen is not told who.
        """
        seen = {
            alarm.name: {
                "by": alarm.acknowledged_by if audience is Audience.STAFF else "",
                "at_ms": round(alarm.acknowledged_at.timestamp() * 1000),
            }
            for alarm in self.of_ward(ward)
            if alarm.acknowledged_at is not None
        }
        return msgspec.json.encode(seen).decode() if seen else ""

    def _wards_of(self, alarm: OwnAlarm) -> tuple[WardId, ...]:
        return self._wards if alarm.ward is None else (alarm.ward,)

    def _tell_begun(
        self, held: _Held, wards: Iterable[WardId], since: datetime, now: datetime
    ) -> None:
        self._tell(raised(held.alarm, ward, since, now, self._configuration) for ward in wards)

    def _tell(self, events: Iterable[OwnAlarmEvent]) -> None:
        told = list(events)
        self.events += told
        self.unkept += told

    def _renew(self) -> None:
        self.version += 1
        shown = [
            {
                "id": alarm.name,
                "priority": alarm.priority.value,
                "text": alarm.text,
                "since_ms": round(alarm.since.timestamp() * 1000),
            }
            for alarm in self.standing
        ]
        self.text = msgspec.json.encode(shown).decode()


def _stands(record: AlarmRecord | None) -> bool:
    return record is not None and record.ended_at is None
