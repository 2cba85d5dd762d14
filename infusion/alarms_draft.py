"""The alarms of all beds while a batch is taken up: whose word concerns which bed, and when.

A bed's situation is looked at only after something of it changed; what devices send goes to the
bed of the session that they belong to, else to the one at which they stand.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Final

import msgspec

from infusion.alarms.dosing import dose_at
from infusion.alarms.engine import AlarmDraft, AlarmInput, DeviceRestarted, SituationChanged
from infusion.alarms.events import AlarmDeeds, AlarmEvent
from infusion.alarms.feed import Feed, find_outage, hear, settled_at
from infusion.alarms.state import PumpHeard
from infusion.alarms_sight import AlarmsSight, BedKey, Known
from infusion.bed_drafts import Alarms, BedDrafts
from infusion.chart import Chart
from infusion.device import Device
from infusion.schedule import Schedule
from infusion.session import Session
from infusion.stream import (
    DeviceAlarmArrived,
    DeviceEventArrived,
    NumberedArrival,
    PumpReadingArrived,
    VitalsArrived,
)
from infusion.ward_state import Rules
from vocabulary.ids import BedId, BootId, DeviceId, SessionId, WardId


class AlarmsDraft:
    """Copies what it changes, once. `conclude` is told every transition as it comes about.

    `soonest`: a deadline that came up since deadlines were passed last, or before it.
    """

    def __init__(
        self,
        alarms: Alarms,
        feed: Feed,
        known: Known,
        rules: Rules,
        conclude: Callable[[AlarmEvent], None],
    ) -> None:
        self.feed = feed
        self.soonest: datetime | None = None
        self._beds = BedDrafts(alarms, rules.book)
        self._known = known
        self._charts = known.charts
        self._rules = rules
        self._conclude = conclude
        self._touched: dict[BedKey, None] = {}
        self._rearranged: set[WardId] = set()
        self._sight = AlarmsSight(known, rules)

    # What may have changed.

    def touch_all(self) -> None:
        """Every bed is looked at anew: after a start, by rules that may be others."""
        for ward in self._rules.clinic.wards:
            for bed in ward.beds:
                self.touch_bed(ward.ward, bed.bed)

    def touch_device(self, before: Device, after: Device) -> None:
        """A device was heard, or not; most often that changes nothing."""
        if (
            before.link is not after.link
            or before.battery_percent != after.battery_percent
            or before.on_mains is not after.on_mains
            or before.clock_offset_s != after.clock_offset_s
            or before.kind is not after.kind
            or (before.rival_at is None) is not (after.rival_at is None)
        ):
            self.touch_device_named(after.device)

    def touch_device_named(self, device: DeviceId) -> None:
        """The bed of a device is looked at anew."""
        key = self._sight.bed_of.get(device)
        if key is not None:
            self._touched[key] = None

    def touch_bed(self, ward: WardId, bed: BedId) -> None:
        """A bed is looked at anew, and whether its devices contradict those of others."""
        self._touched[ward, bed] = None
        self._rearranged.add(ward)

    def has_changed(
        self, sessions: Mapping[SessionId, Session], schedules: Mapping[SessionId, Schedule]
    ) -> bool:
        """Whether something changed since the last look; duty and chairs change by acts alone."""
        known = self._known
        is_same = sessions is known.sessions and schedules is known.schedules
        return bool(self._touched) or not is_same

    def look(self, known: Known, now: datetime, cause: int | None) -> None:
        """Look at the beds of which something changed since the last look."""
        self._compare(known)
        if not self._touched and not self._rearranged:
            return
        for ward in sorted(self._rearranged):
            for bed, found in self._sight.conflicts_in(ward, known).items():
                before = self._beds.situation_at((ward, bed))
                if before.conflicts != found:
                    self._touched[ward, bed] = None
                    changed = msgspec.structs.replace(before, conflicts=found)
                    self._take((ward, bed), SituationChanged(situation=changed), now, cause)
        others = []
        for key in list(self._touched):
            before = self._beds.situation_at(key)
            situation = self._sight.situation(key, before, self.feed, known, now)
            if situation != before:
                brought = self._beds.brought_to(key, situation.session)
                others.append((key, SituationChanged(situation=situation, brought=brought)))
        for key, item in others:
            self._take(key, item, now, cause)
        self._touched.clear()
        self._rearranged.clear()

    # What arrives.

    def take_arrival(
        self,
        arrival: NumberedArrival,
        owners: Iterable[SessionId],
        charts: Mapping[SessionId, Chart],
    ) -> None:
        """Take up what a device told; `owners`: the sessions that it belongs to."""
        self._charts = charts
        if not self.feed.is_up and not arrival.late and not arrival.retained:
            self.feed = hear(self.feed, arrival.received_at)
            self._come_up(settled_at(self.feed, self._rules.clinic.alarms.technical))
        is_owned = False
        for owner in owners:
            is_owned = True
            session = self._known.sessions.get(owner)
            if session is not None and session.bed is not None:
                self._take_at((arrival.ward, session.bed), arrival, session)
        if not is_owned:
            bed = self._rules.places.of(arrival.ward, arrival.device)
            if bed is not None:
                self._take_at((arrival.ward, bed), arrival, None)

    def take_restart(
        self, device: DeviceId, boot: BootId, now: datetime, cause: int | None
    ) -> None:
        """A device has a new boot."""
        key = self._sight.bed_of.get(device)
        if key is not None:
            self._take(key, DeviceRestarted(device=device, boot=boot), now, cause)

    def take_deed(self, deed: AlarmDeeds, now: datetime, cause: int) -> None:
        """Take up what a person did about alarms."""
        self._take((deed.ward, deed.bed), deed, now, cause)

    # What time brings.

    def find_outage(self, known: Known, now: datetime) -> None:
        """A device fell silent: whether everything did, so that the cause is not at the bedside."""
        feed = find_outage(
            self.feed,
            known.devices.values(),
            self._sight.beds_that_should_speak(known),
            now,
            self._rules.clinic.alarms.technical,
        )
        if feed.is_up is not self.feed.is_up:
            self.touch_all()
        self.feed = feed

    def pass_deadlines(self, known: Known, now: datetime) -> None:
        """Take up what is due at `now`, bed by bed."""
        settled = settled_at(self.feed, self._rules.clinic.alarms.technical)
        if settled is not None and settled <= now:
            self.feed = Feed()
            self.touch_all()
        self.look(known, now, None)
        for key in sorted(key for key, at in self._beds.deadlines() if at <= now):
            draft = self._beds.draft(key)
            draft.pass_deadlines(now)
            self._tell(draft)
        self.soonest = None

    def next_due(self) -> datetime | None:
        """When something is concluded if nothing more arrives."""
        due = [at for _, at in self._beds.deadlines()]
        settled = settled_at(self.feed, self._rules.clinic.alarms.technical)
        return min([*due, *([] if settled is None else [settled])], default=None)

    def finished(self) -> Alarms:
        """The alarms of all beds now."""
        return self._beds.finished()

    def _compare(self, known: Known) -> None:
        """Touch the beds of sessions, schedules and wards that are others now."""
        before, self._known = self._known, known
        for ward in known.rosters:
            if known.rosters[ward] is not before.rosters.get(ward):
                self._touched |= {key: None for key in self._sight.occupants if key[0] == ward}
        if known.schedules is not before.schedules:
            for name in _differing(before.schedules, known.schedules):
                self._touch_session(known.sessions.get(name))
        if known.sessions is not before.sessions:
            for name in _differing(before.sessions, known.sessions):
                self._touch_session(before.sessions.get(name))
                self._touch_session(known.sessions.get(name))
            self._sight = AlarmsSight(known, self._rules)

    def _touch_session(self, session: Session | None) -> None:
        if session is None:
            return
        self._rearranged.add(session.plan.ward)
        if session.bed is not None:
            self._touched[session.plan.ward, session.bed] = None

    def _take_at(self, key: BedKey, arrival: NumberedArrival, session: Session | None) -> None:
        item: AlarmInput | None = None
        if isinstance(arrival, VitalsArrived | DeviceEventArrived):
            item = None if session is None else arrival
        elif isinstance(arrival, DeviceAlarmArrived):
            item = arrival
        elif isinstance(arrival, PumpReadingArrived):
            item = self._heard(key, arrival, session)
        if item is not None:
            self._take(key, item, arrival.received_at, arrival.position)

    def _heard(
        self, key: BedKey, reading: PumpReadingArrived, session: Session | None
    ) -> PumpHeard | None:
        if reading.late or reading.retained:
            return None
        if session is None:
            return PumpHeard(reading=reading)
        before = self._beds.draft(key).pumps.get(reading.device)
        chart = self._charts.get(session.id, _NO_CHART)
        dose = dose_at(reading, before, session, chart, self._rules.flow)
        return PumpHeard(reading=reading, dose=dose)

    def _take(self, key: BedKey, item: AlarmInput, now: datetime, cause: int | None) -> None:
        draft = self._beds.draft(key)
        draft.take(item, now, cause)
        self._come_up(draft.deadline)
        self._tell(draft)

    def _come_up(self, due_at: datetime | None) -> None:
        if due_at is not None and (self.soonest is None or due_at < self.soonest):
            self.soonest = due_at

    def _tell(self, draft: AlarmDraft) -> None:
        for event in draft.told():
            self._conclude(event)


_NO_CHART: Final = Chart()


def _differing(
    before: Mapping[SessionId, object], after: Mapping[SessionId, object]
) -> set[SessionId]:
    names = before.keys() | after.keys()
    return {name for name in names if before.get(name) is not after.get(name)}
