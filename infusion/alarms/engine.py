"""One step of the alarms of a bed: (state, input) -> (state, transitions).

The state is immutable for whoever holds it, and can be encoded: a delay that runs goes on after a
restart, what was acknowledged stays so, and nothing is raised twice. Time comes with the input;
deadlines that pass between two inputs are taken up first, at the moment of the deadline, so that
it does not matter how often anybody looks.
"""

from datetime import datetime
from typing import TypeAlias

import msgspec

from infusion.alarms.away import Absence
from infusion.alarms.concluding import Conclusions
from infusion.alarms.equipment import Equipment
from infusion.alarms.events import (
    AlarmDeeds,
    AlarmEnd,
    AlarmEvent,
    AlarmsAcknowledged,
    LimitChanged,
    OffMonitorBegun,
    OffMonitorEnded,
    SignalsHeldBack,
    SignalsResumed,
)
from infusion.alarms.procedural import step_claims
from infusion.alarms.senses import Senses
from infusion.alarms.situation import Situation
from infusion.alarms.state import AlarmBook, BedAlarms, Brought, PumpHeard
from infusion.alarms.table import AlarmTable
from infusion.alarms.watches import WatchTable
from infusion.stream import DeviceAlarmArrived, DeviceEventArrived, VitalsArrived
from vocabulary.alarms import LimitedMeasure
from vocabulary.ids import BootId, DeviceId

_STEPS = "steps"


class SituationChanged(msgspec.Struct, frozen=True, kw_only=True):
    """The bed is in another situation. `brought`: what the patient brings from another chair."""

    situation: Situation
    brought: Brought | None = None


class DeviceRestarted(msgspec.Struct, frozen=True, kw_only=True):
    """A device has a new boot; what its last one alarmed is now unknown."""

    device: DeviceId
    boot: BootId


AlarmInput: TypeAlias = (
    VitalsArrived
    | PumpHeard
    | DeviceEventArrived
    | DeviceAlarmArrived
    | SituationChanged
    | DeviceRestarted
    | AlarmDeeds
)
"""What can change the alarms of a bed, besides time."""


class AlarmDraft:
    """The alarms of one bed while a batch is taken up; the state it began from stays as it is."""

    def __init__(self, state: BedAlarms, book: AlarmBook) -> None:
        self._state = state
        self._book = book
        self._situation = state.situation
        self._changes = state.changes
        self._deadline = state.deadline
        self._watches = WatchTable(state.watches)
        self._senses = Senses(state, self._watches, book)
        self._equipment = Equipment(state, self._watches, book)
        self._conclusions = Conclusions(
            state.ward, state.bed, state.situation.session, book.clinic.version
        )
        self._table = AlarmTable(state, book, self._watches, self._conclusions)
        self._absence = Absence(
            state.off_monitor, book.rules, self._watches, self._conclusions,
            (self._senses, self._equipment),
        )  # fmt: skip

    def take(self, item: AlarmInput, now: datetime, cause: int | None = None) -> None:
        """Take up one input, after every deadline before it."""
        if self._deadline is not None and self._deadline <= now:
            self.pass_deadlines(now)
        self._conclusions.cause = cause
        self._take(item, now)
        if self._watches.touched:
            self._table.settle(now)
        if self._watches.is_changed or self._senses.is_changed or self._table.is_changed:
            self._find_deadline()
            while _has_come(self._deadline, now):  # due because of this input, and not before it
                self._pass_one(now)
                self._find_deadline()

    def pass_deadlines(self, now: datetime) -> None:
        """Take up every deadline that has passed by `now`, in the order of the deadlines."""
        self._conclusions.cause = None
        self._find_deadline()
        at = self._deadline
        while at is not None and at <= now:
            self._pass_one(at)
            self._find_deadline()
            at = None if self._deadline is None else max(at, self._deadline)

    @property
    def deadline(self) -> datetime | None:
        """Before this nothing changes by itself, UTC; it may be early, never late."""
        return self._deadline

    @property
    def situation(self) -> Situation:
        """The situation as it was taken up last."""
        return self._situation

    def leave(self) -> Brought:
        """What the patient takes along to another chair."""
        senses = self._senses
        pressure_at = senses.heard.get(LimitedMeasure.NIBP_SYS)
        return Brought(changes=self._changes, cuff=senses.cuff, pressure_at=pressure_at)

    @property
    def pumps(self) -> dict[DeviceId, PumpHeard]:
        """The newest live reading of each pump."""
        return self._equipment.pumps

    def told(self) -> tuple[AlarmEvent, ...]:
        """What was concluded since this was asked last."""
        events = tuple(self._conclusions.events)
        self._conclusions.events.clear()
        return events

    def finished(self) -> tuple[BedAlarms, tuple[AlarmEvent, ...]]:
        """The state after all that was taken up, and what was concluded and not told yet."""
        self._find_deadline()
        senses, equipment, table = self._senses, self._equipment, self._table
        state = BedAlarms(
            ward=self._state.ward,
            bed=self._state.bed,
            situation=self._situation,
            changes=self._changes,
            heard=senses.heard,
            bad=senses.bad,
            trends=senses.trends.held,
            cuff=senses.cuff,
            pumps=equipment.pumps,
            relayed=equipment.relayed,
            watches=self._watches.held,
            alarms=table.alarms,
            recent=table.recent,
            held=table.held,
            off_monitor=self._absence.off,
            watched_since=senses.watched_since,
            reopened_at=equipment.reopened_at,
            numbered=table.numbered,
            deadline=self._deadline,
        )
        return state, self.told()

    def _find_deadline(self) -> None:
        watch = self._watches.next_due()
        due = (
            None if watch is None else watch[0],
            self._senses.next_due(),
            self._table.next_due(),
            self._absence.back_at(),
        )
        self._deadline = min((at for at in due if at is not None), default=None)
        self._watches.is_changed = self._senses.is_changed = self._table.is_changed = False

    def _pass_one(self, now: datetime) -> None:
        """What is unknown by now is taken up before anything is concluded from it."""
        if _has_come(self._senses.next_due(), now):
            self._senses.pass_deadline(now)
            self._absence.look_for_the_patient(now)
        while (watch := self._watches.next_due()) is not None and watch[0] <= now:
            self._watches.pass_deadline(watch[1], watch[2], now)
        if _has_come(self._absence.back_at(), now):
            self._absence.end(now, by_itself=True)
        self._table.settle(now)
        if _has_come(self._table.next_due(), now):
            self._table.pass_deadline(now)

    def _take(self, item: AlarmInput, now: datetime) -> None:
        if isinstance(item, VitalsArrived):
            self._take_vitals(item, now)
        elif isinstance(item, PumpHeard):
            if not item.reading.late and not item.reading.retained:
                self._equipment.take_pump(item, now)
        elif isinstance(item, DeviceEventArrived):
            if not item.late and not item.retained and self._situation.phase is not None:
                self._senses.take_event(item, now)
        elif isinstance(item, DeviceAlarmArrived):
            self._equipment.take_alarm(item, now)
        elif isinstance(item, SituationChanged):
            self._take_situation(item.situation, item.brought, now)
        elif isinstance(item, DeviceRestarted):
            if self._equipment.take_restart(item.device, item.boot, now):
                self._table.settle(now, AlarmEnd.UNKNOWN)
        else:
            self._take_deed(item, now)

    def _take_vitals(self, vitals: VitalsArrived, now: datetime) -> None:
        if vitals.late or vitals.retained or self._situation.phase is None:
            return
        self._senses.take_vitals(vitals, now)
        self._absence.look_for_the_patient(now)

    def _take_situation(self, after: Situation, brought: Brought | None, now: datetime) -> None:
        before = self._situation
        if after == before:
            return
        if after.session != before.session:
            self._table.hear_the_next(now)
        if after.session != before.session or after.phase is None:
            self._begin_anew(now)
        if brought is not None:
            self._changes = brought.changes
            self._senses.bring(brought.cuff, brought.pressure_at)
        self._situation = self._table.situation = after
        self._conclusions.session = after.session
        self._senses.change(after, self._book.limits(after, self._changes), now)
        self._equipment.change(after, now)
        self._watches.sync(_STEPS, step_claims(after, self._book.rules), now)
        if after.phase is None:
            self._table.settle(now, AlarmEnd.NOT_WATCHED)
        self._absence.look_for_the_patient(now)

    def _begin_anew(self, now: datetime) -> None:
        """Another patient, or none: the clinic's limits again, and nothing of the last one."""
        self._changes = {}
        self._senses.forget()
        self._equipment.forget()
        self._watches.drop(_STEPS)
        self._absence.forget(now)
        self._table.settle(now, AlarmEnd.NOT_WATCHED)
        self._table.drop_latched(now)

    # What people did.

    def _take_deed(self, deed: AlarmDeeds, now: datetime) -> None:
        if isinstance(deed, AlarmsAcknowledged):
            self._table.acknowledge(deed, now)
        elif deed.session != self._situation.session:
            return  # meant for a patient who is not here any more
        elif isinstance(deed, SignalsHeldBack):
            self._table.hold_back(deed)
        elif isinstance(deed, SignalsResumed):
            self._table.resume()
        elif isinstance(deed, LimitChanged):
            self._take_limit(deed, now)
        elif isinstance(deed, OffMonitorBegun):
            self._absence.begin(deed, now)
            self._table.settle(now, AlarmEnd.NOT_WATCHED)
        elif isinstance(deed, OffMonitorEnded):
            self._absence.end(now, by_itself=False)

    def _take_limit(self, deed: LimitChanged, now: datetime) -> None:
        if self._situation.phase is None:
            return  # whoever comes next begins with the clinic's limits
        changes = {name: amount for name, amount in self._changes.items() if name != deed.limit}
        if deed.amount is not None:
            changes[deed.limit] = deed.amount
        self._changes = changes
        self._senses.change(self._situation, self._book.limits(self._situation, changes), now)


def _has_come(due_at: datetime | None, now: datetime) -> bool:
    return due_at is not None and due_at <= now
