"""The state of a ward while one batch of its stream is taken up."""

from datetime import datetime

import msgspec

from infusion.alarms.events import AlarmDeeds, OffMonitorOver
from infusion.alarms_draft import AlarmsDraft
from infusion.alarms_sight import Known
from infusion.beds_draft import BedsDraft
from infusion.deadlines import check_again_at, next_deadline
from infusion.device import (
    Device,
    boots_of,
    fall_silent,
    follow,
    forget_link,
    hear,
    is_old_news,
    newcomer,
    read_clock,
    read_power,
    silent_at,
    take_status,
)
from infusion.duty.events import DutyEvent
from infusion.duty.roster import Roster, take_duty
from infusion.events import (
    ActRefused,
    DeviceBooted,
    DeviceLinkChanged,
    IngestOutageEnded,
)
from infusion.happenings import Concluded
from infusion.inputs import MessagesNoticed, PeopleActed, StreamInput, moment_of
from infusion.session_events import PeoplesEvent
from infusion.sessions_draft import SessionsDraft
from infusion.stream import (
    DeviceStatusArrived,
    IngestStarted,
    NumberedArrival,
    PumpReadingArrived,
)
from infusion.ward_state import Rules, StreamState
from vocabulary.ids import BootId, DeviceId, WardId


class Draft:
    """The state while a batch is taken up; copies what it changes, once.

    `take` each input in order, then ask for what is `finished`.
    """

    def __init__(self, state: StreamState, rules: Rules) -> None:
        self._state = state
        self._rules = rules
        self._position = state.position
        self._now = state.now
        self._acts_upto = state.acts_upto
        self._devices = dict(state.devices)
        self._sessions = SessionsDraft(
            state.sessions, state.charts, state.schedules, rules, self._conclude
        )
        self._beds = BedsDraft(state.wards, rules.places, self._conclude)
        self._events: list[Concluded] = []
        self._back: list[OffMonitorOver] = []
        self._schedules = state.schedules
        self._rosters = dict(state.rosters)
        self._notices = dict(state.notices)
        self._alarms = AlarmsDraft(
            state.alarms, state.feed, self._known_now(), rules, self._conclude
        )
        self._deadline = next_deadline(state, rules)
        self._cause: int | None = None

    def take(self, item: StreamInput) -> None:
        """Take up the deadlines that passed before `item`, then `item`."""
        now = moment_of(item)
        if self._deadline is not None and self._deadline <= now:
            self._pass_deadlines(now)
        self._position = item.position
        self._cause = item.position
        self._take_up(item)
        if not isinstance(item, NumberedArrival):
            self._alarms.look(self._known_now(), now, self._cause)
        self._take_back(now)
        if self._now is None or now > self._now:
            self._now = now
        if self._sessions.schedules is not self._schedules:
            self._schedules = self._sessions.schedules
            self._deadline = self._next_deadline()
        elif (soonest := self._alarms.soonest) is not None:
            self._deadline = soonest if self._deadline is None else min(soonest, self._deadline)

    def _take_up(self, item: StreamInput) -> None:
        if isinstance(item, PeopleActed):
            self._take_act(item)
        elif isinstance(item, IngestStarted):
            self._take_start(item)
        elif isinstance(item, MessagesNoticed):
            self._notices[item.about] = item
            self._alarms.touch_device_named(item.about)
        elif isinstance(item, DeviceStatusArrived):
            self._take_status(item)
        elif isinstance(item, NumberedArrival):
            self._take_numbered(item)

    def finished(self) -> tuple[StreamState, tuple[Concluded, ...]]:
        """The state now, and all that was concluded."""
        state = msgspec.structs.replace(
            self._now_state(), alarms=self._alarms.finished(), feed=self._alarms.feed
        )
        return state, tuple(self._events)

    def _known_now(self) -> Known:
        return Known(
            sessions=self._sessions.sessions,
            charts=self._sessions.charts,
            schedules=self._sessions.schedules,
            rosters=self._rosters,
            devices=self._devices,
            wards=self._beds.wards,
            notices=self._notices,
        )

    def _next_deadline(self) -> datetime | None:
        due = (next_deadline(self._now_state(), self._rules), self._alarms.next_due())
        return min((at for at in due if at is not None), default=None)

    def _now_state(self) -> StreamState:
        """All but the alarms, which are looked at where they are taken up."""
        return StreamState(
            position=self._position,
            now=self._now,
            acts_upto=self._acts_upto,
            devices=self._devices,
            wards=self._beds.wards,
            sessions=self._sessions.sessions,
            charts=self._sessions.charts,
            schedules=self._sessions.schedules,
            rosters=self._rosters,
            notices=self._notices,
        )

    def _pass_deadlines(self, now: datetime) -> None:
        """Take up every deadline that has passed by `now`, in the order of the deadlines."""
        while self._deadline is not None and self._deadline <= now:
            moment, self._cause = self._deadline, None
            state = self._now_state()
            silent = sorted(
                device.device
                for device in self._devices.values()
                if (at := silent_at(device, self._rules.clinic.devices)) is not None
                and at <= moment
            )
            for name in silent:
                self._replace_device(self._devices[name], fall_silent(self._devices[name]), moment)
            again = [
                name
                for name in state.charts
                if (at := check_again_at(state, name)) is not None and at <= moment
            ]
            self._sessions.pass_deadlines(again, moment)
            if silent:
                self._alarms.find_outage(self._known_now(), moment)
            self._alarms.pass_deadlines(self._known_now(), moment)
            self._take_back(moment)
            self._deadline = self._next_deadline()

    def _take_act(self, act: PeopleActed) -> None:
        self._acts_upto = max(self._acts_upto, act.event_position)
        if act.refusal:
            self._events.append(
                ActRefused(
                    ward=act.ward,
                    at=act.at,
                    cause=self._cause,
                    chain=act.chain,
                    event_position=act.event_position,
                    reason=act.refusal,
                )
            )
        elif isinstance(act.event, DutyEvent):
            held = self._rosters.get(act.ward, Roster())
            self._rosters[act.ward] = take_duty(held, act.event)
        elif isinstance(act.event, AlarmDeeds):
            self._alarms.take_deed(act.event, act.at, act.position)
            self._sessions.take_deed(act.event, act.at, act.position)
        elif isinstance(act.event, PeoplesEvent):
            for ward, bed in self._sessions.take_act(act, act.event):
                self._beds.clear(ward, bed)

    def _conclude(self, event: Concluded) -> None:
        self._events.append(event)
        if isinstance(event, OffMonitorOver):
            self._back.append(event)

    def _take_back(self, now: datetime) -> None:
        """Patients who are on the monitor again are asked for what a device gives again."""
        while self._back:
            back, self._back = self._back, []
            for event in back:
                self._sessions.end_off_monitor(event)
            self._alarms.look(self._known_now(), now, self._cause)

    def _take_start(self, start: IngestStarted) -> None:
        if self._now is not None:
            for ward in self._rules.clinic.wards:
                self._events.append(
                    IngestOutageEnded(
                        ward=ward.ward,
                        at=start.at,
                        cause=start.position,
                        worker=start.worker,
                        since=self._now,
                    )
                )
        for device in list(self._devices.values()):
            self._devices[device.device] = forget_link(device, start.at)
        self._alarms.touch_all()

    def _take_status(self, status: DeviceStatusArrived) -> None:
        now = status.received_at
        device = self._known(status.ward, status.device, now)
        if is_old_news(device, status):
            return
        device = self._take_boot(device, status.boot, now)
        self._replace_device(device, take_status(device, status), now)

    def _take_numbered(self, arrival: NumberedArrival) -> None:
        now = arrival.received_at
        device = self._known(arrival.ward, arrival.device, now)
        if not arrival.buffered and not arrival.retained:
            device = self._take_boot(device, arrival.boot, now)
        heard = hear(device, arrival)
        if isinstance(arrival, PumpReadingArrived):
            heard = read_power(heard, arrival)
        heard = read_clock(heard, arrival, self._rules.clinic.clocks.limit_s)
        self._replace_device(device, heard, now)
        owners = self._sessions.owners(arrival)
        for owner in owners:
            self._sessions.take_arrival(owner, arrival)
        if not owners and (bed := self._beds.take_arrival(arrival)) is not None:
            self._alarms.touch_bed(arrival.ward, bed)
        if self._alarms.has_changed(self._sessions.sessions, self._sessions.schedules):
            self._alarms.look(self._known_now(), now, self._cause)
        self._alarms.take_arrival(arrival, owners, self._sessions.charts)

    def _known(self, ward: WardId, name: DeviceId, now: datetime) -> Device:
        device = self._devices.get(name)
        if device is None:
            return newcomer(ward, name, now)
        return device if device.ward == ward else msgspec.structs.replace(device, ward=ward)

    def _take_boot(self, device: Device, boot: BootId, now: datetime) -> Device:
        if boot == device.boot:
            return device
        boots = boots_of(device).after(boot)
        if boots.current == device.boot:
            return device
        self._events.append(
            DeviceBooted(
                ward=device.ward,
                at=now,
                cause=self._cause,
                device=device.device,
                boot=boot,
                previous=device.boot,
            )
        )
        self._alarms.take_restart(device.device, boot, now, self._cause)
        return follow(device, boots, now)

    def _replace_device(self, before: Device, after: Device, at: datetime) -> None:
        self._devices[after.device] = after
        self._alarms.touch_device(before, after)
        if after.link is before.link:
            return
        self._events.append(
            DeviceLinkChanged(
                ward=after.ward,
                at=at,
                cause=self._cause,
                device=after.device,
                link=after.link,
                since=after.link_since,
            )
        )
        deadline = silent_at(after, self._rules.clinic.devices)
        if deadline is not None and (self._deadline is None or deadline < self._deadline):
            self._deadline = deadline
