"""Who is in which chair, with which devices, and what contradicts itself, for the alarms."""

from collections.abc import Mapping
from datetime import datetime
from typing import TypeAlias

import msgspec

from infusion.alarms.feed import Feed
from infusion.alarms.rules import IN_THE_CHAIR
from infusion.alarms.situating import duty_of, situation_of
from infusion.alarms.situation import DeviceFacts, Situation, device_facts
from infusion.bed import Bed
from infusion.chart import Chart
from infusion.conflicts import Conflict, conflicts
from infusion.device import Device
from infusion.duty.roster import Roster
from infusion.inputs import MessagesNoticed
from infusion.pump import DeliveryPhase
from infusion.schedule import Schedule
from infusion.session import Session, running_devices
from infusion.ward_state import Rules
from vocabulary.ids import BedId, DeviceId, SessionId, WardId
from vocabulary.states import DeviceLink

BedKey: TypeAlias = tuple[WardId, BedId]
_SHOULD_SPEAK = frozenset({DeviceLink.ONLINE, DeviceLink.SILENT})


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """All that situations are made of, as it is now."""

    sessions: Mapping[SessionId, Session]
    charts: Mapping[SessionId, Chart]
    schedules: Mapping[SessionId, Schedule]
    rosters: Mapping[WardId, Roster]
    devices: Mapping[DeviceId, Device]
    wards: Mapping[WardId, Mapping[BedId, Bed]]
    notices: Mapping[DeviceId, MessagesNoticed]

    def chart(self, session: SessionId | None) -> Chart:
        """What the devices of a session told; nothing without one."""
        held = None if session is None else self.charts.get(session)
        return Chart() if held is None else held


class AlarmsSight:
    """The wards at one moment; made anew when a session is another."""

    def __init__(self, known: Known, rules: Rules) -> None:
        self._rules = rules
        self.occupants = {
            (session.plan.ward, session.bed): session
            for session in known.sessions.values()
            if session.bed is not None and session.state in IN_THE_CHAIR
        }
        self.bed_of: dict[DeviceId, BedKey] = dict(rules.places.bed_of)
        for key, session in self.occupants.items():
            self.bed_of |= {held.device: key for held in session.associations if held.is_standing}

    def situation(
        self, key: BedKey, before: Situation, feed: Feed, known: Known, now: datetime
    ) -> Situation:
        """The situation of a bed at `now` (UTC), but for conflicts; `before`: the last one."""
        ward, bed = key
        session = self.occupants.get(key)
        name = None if session is None else session.id
        schedule = None if name is None else known.schedules.get(name)
        situation = situation_of(
            session,
            known.chart(name),
            () if schedule is None else schedule.open,
            before,
            now,
            self._rules.clinic,
        )
        devices = (known.devices.get(device) for device in self._devices_at(key))
        return msgspec.structs.replace(
            situation,
            conflicts=before.conflicts,
            devices=tuple(
                _facts(device, known.notices.get(device.device))
                for device in devices
                if device is not None
            ),
            duty=duty_of(known.rosters.get(ward), bed),
            is_feed_up=feed.is_up,
        )

    def conflicts_in(self, ward: WardId, known: Known) -> dict[BedId, tuple[Conflict, ...]]:
        """What contradicts itself at each bed of a ward."""
        plan = next((p for p in self._rules.clinic.wards if p.ward == ward), None)
        if plan is None:
            return {}
        lone = {
            bed.bed: {d.device for d in bed.deliveries.values() if d.phase is DeliveryPhase.RUNNING}
            for bed in known.wards.get(ward, {}).values()
        }
        running = {device for devices in lone.values() for device in devices}
        devices: dict[BedId, set[DeviceId]] = {}
        for bed in plan.beds:
            session = self.occupants.get((ward, bed.bed))
            devices[bed.bed] = {*self._devices_at((ward, bed.bed)), *lone.get(bed.bed, ())}
            running |= set() if session is None else running_devices(session)
        found = conflicts(devices, running)
        return {bed.bed: tuple(c for c in found if bed.bed in c.beds) for bed in plan.beds}

    def beds_that_should_speak(self, known: Known) -> int:
        """At how many beds a device was heard until now."""
        devices = ((known.devices.get(name), key) for name, key in self.bed_of.items())
        return len({key for d, key in devices if d is not None and d.link in _SHOULD_SPEAK})

    def _devices_at(self, key: BedKey) -> tuple[DeviceId, ...]:
        session = self.occupants.get(key)
        if session is None:  # what somebody's session has taken away is not here any more
            fixed = self._rules.places.at(*key)
            return tuple(device for device in fixed if self.bed_of.get(device) == key)
        return tuple(held.device for held in session.associations if held.is_standing)


def _facts(device: Device, notice: MessagesNoticed | None) -> DeviceFacts:
    if notice is None:
        return device_facts(device)
    return device_facts(device, notice.missing, notice.refused_per_min)
