"""The open sessions of the wards while a batch is taken up: their events, charts and conclusions.

A session is the fold of what people did at it and of what its pumps did, in the order of the
stream. What its pumps did is concluded here from their logs, each change once.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TypeAlias

import msgspec

from infusion.alarms.events import AlarmDeeds, OffMonitorBegun, OffMonitorEnded, OffMonitorOver
from infusion.chart import Chart, chart_pump, chart_vitals, copy_of, relogged
from infusion.checks_draft import check_session
from infusion.device_facts import facts_to_conclude
from infusion.flow_changes import goes_on
from infusion.fold import take
from infusion.happenings import Concluded
from infusion.inputs import PeopleActed
from infusion.preparation import find_hold
from infusion.pump_facts import Fact
from infusion.routing import Owners
from infusion.schedule import Schedule
from infusion.session import Session
from infusion.session_events import PeoplesEvent, SessionPlanned, SyringeLoaded
from infusion.stream import DeviceEventArrived, NumberedArrival, PumpReadingArrived, VitalsArrived
from infusion.unplugged import OffMonitorEvent, take_unplugged
from infusion.ward_state import Rules
from vocabulary.ids import BedId, DeviceId, SessionId, WardId
from vocabulary.states import SessionState

BedKey: TypeAlias = tuple[WardId, BedId]
_OVER = frozenset({SessionState.SIGNED, SessionState.CANCELLED})


class SessionsDraft:
    """Copies what it changes, once. `conclude` is told every conclusion as it is drawn."""

    def __init__(
        self,
        sessions: dict[SessionId, Session],
        charts: dict[SessionId, Chart],
        schedules: dict[SessionId, Schedule],
        rules: Rules,
        conclude: Callable[[Concluded], None],
    ) -> None:
        self.sessions = sessions
        self.charts = charts
        self.schedules = schedules
        self._rules = rules
        self._conclude = conclude
        self._owners: Owners | None = None
        self._copied: set[SessionId] = set()

    def owners(self, arrival: NumberedArrival) -> list[SessionId]:
        """The sessions to which a device belonged when it measured what it sent."""
        if not self.sessions:
            return []
        if self._owners is None:
            self._owners = Owners(self.sessions)
        return self._owners.at(arrival.ward, arrival.device, arrival.observed_at)

    def take_act(self, act: PeopleActed, event: PeoplesEvent) -> tuple[BedKey, ...]:
        """Take up what a person did; the beds that thereby are another's, or nobody's.

        At a session that is over for good nothing changes any more.
        """
        before = self.sessions.get(event.session)
        if before is None and not isinstance(event, SessionPlanned):
            return ()
        self._forget_old_charts(act.at)
        session = take(before, event)
        self._put(session)
        if session.state in _OVER:
            return _beds_changed(before, None)
        if before is not None and session.id not in self.charts:
            return _beds_changed(before, session)
        chart = self._chart(session.id)
        if isinstance(event, SyringeLoaded):
            chart = msgspec.structs.replace(chart, loads=(*chart.loads, event))
        self.charts[session.id] = relogged(chart, session, act.history, self._rules.flow)
        for held in session.associations:
            self._conclude_changes(session.id, held.device, act.at, act.position)
        self.check(session.id, act.at, act.position)
        return _beds_changed(before, session)

    def take_arrival(self, owner: SessionId, arrival: NumberedArrival) -> None:
        """Take up what a device of a session told."""
        if owner not in self.charts:
            return
        if isinstance(arrival, VitalsArrived):
            self._take_vitals(owner, arrival)
        elif isinstance(arrival, PumpReadingArrived | DeviceEventArrived):
            grown = chart_pump(self._chart(owner), arrival)
            now, cause = arrival.received_at, arrival.position
            if any(not goes_on(before.last, after.last, after) for before, after in grown):
                self._conclude_changes(owner, arrival.device, now, cause)
                self.check(owner, now, cause)
            elif any(_has_other_rate(before.last, after.last) for before, after in grown):
                self.check(owner, now, cause)

    def _take_vitals(self, owner: SessionId, vitals: VitalsArrived) -> None:
        chart = self._chart(owner)
        pressure = chart_vitals(chart, vitals)
        session = self.sessions[owner]
        if pressure is None or any(
            known.observed_at == pressure.observed_at for known in chart.pressures
        ):
            return
        chart = msgspec.structs.replace(chart, pressures=(*chart.pressures, pressure))
        self.charts[owner] = chart
        held = find_hold(session, chart.pressures, vitals.received_at, self._rules.clinic.sessions)
        if held is not None:
            self._put(take(session, held))
            self._conclude(held)
        self.check(owner, vitals.received_at, vitals.position)

    def take_deed(self, deed: AlarmDeeds, now: datetime, cause: int) -> None:
        """Take up what a person did at the alarms of a bed, as far as it concerns checks."""
        if isinstance(deed, OffMonitorBegun | OffMonitorEnded):
            self._take_unplugged(deed, now, cause)

    def end_off_monitor(self, over: OffMonitorOver) -> None:
        """The patient is on the monitor again, by the signals themselves."""
        self._take_unplugged(over, over.at, over.cause)

    def _take_unplugged(self, event: OffMonitorEvent, now: datetime, cause: int | None) -> None:
        name = event.session
        if name is None or name not in self.sessions or name not in self.charts:
            return
        chart = self._chart(name)
        limit_s = self._rules.clinic.alarms.off_monitor.limit_s
        unplugged = take_unplugged(chart.unplugged, event, limit_s)
        self.charts[name] = msgspec.structs.replace(chart, unplugged=unplugged)
        self.check(name, now, cause)

    def check(self, name: SessionId, now: datetime, cause: int | None) -> None:
        """Look at what is due at a session, and conclude what follows from it."""
        if name not in self.sessions or name not in self.charts:
            return
        checked = check_session(self.sessions[name], self.charts[name], now, cause, self._rules)
        if checked.concluded:
            self._put(checked.session)
            for event in checked.concluded:
                self._conclude(event)
        if checked.schedule is not None:
            self.schedules = {**self.schedules, name: checked.schedule}

    def pass_deadlines(self, due: Iterable[SessionId], moment: datetime) -> None:
        """Look again at the schedules that hold no longer at `moment`."""
        for name in sorted(due):
            self.check(name, moment, None)

    def _conclude_changes(
        self, owner: SessionId, device: DeviceId, at: datetime, cause: int
    ) -> None:
        """Conclude what the logs of a pump tell and nobody has concluded yet."""
        session = self.sessions[owner]
        for log in self.charts[owner].logs.get(device, ()):
            for fact in facts_to_conclude(session, log, at, cause):
                session = take(session, fact)
                self._conclude(fact)
        if session is not self.sessions[owner]:
            self._put(session)

    def _put(self, session: Session) -> None:
        """Keep a session as it is now, unless it is over for good."""
        self.sessions = {**self.sessions, session.id: session}
        self._owners = None
        if session.state in _OVER:
            del self.sessions[session.id]
            self._let_go({session.id})

    def _chart(self, name: SessionId) -> Chart:
        """The chart of a session, which may be changed in place."""
        if name not in self._copied:
            if not self._copied:
                self.charts = dict(self.charts)
            self.charts[name] = copy_of(self.charts.get(name, Chart()))
            self._copied.add(name)
        return self.charts[name]

    def _forget_old_charts(self, now: datetime) -> None:
        """Let go of the charts of sessions that were closed longer ago than anything is entered."""
        kept = timedelta(seconds=self._rules.clinic.sessions.back_entry_max_s)
        old = {
            name
            for name in self.charts
            if (closed := self.sessions[name].closed) is not None and closed.at + kept < now
        }
        if old:
            self._let_go(old)

    def _let_go(self, names: set[SessionId]) -> None:
        self.charts = {s: held for s, held in self.charts.items() if s not in names}
        self.schedules = {s: held for s, held in self.schedules.items() if s not in names}


def _has_other_rate(before: Fact | None, after: Fact | None) -> bool:
    return before is None or after is None or before.rate_ml_h != after.rate_ml_h


def _beds_changed(before: Session | None, after: Session | None) -> tuple[BedKey, ...]:
    was, now = (None if s is None or s.bed is None else (s.plan.ward, s.bed)
                for s in (before, after))  # fmt: skip
    return () if was == now else tuple(bed for bed in (was, now) if bed is not None)
