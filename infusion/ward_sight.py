"""The beds of the wards as their tiles show them at one moment.

What concerns several beds (who sits where, same initials, devices that contradict each other) is
looked at once for all of them.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import TypeAlias

import msgspec

from infusion.alarms.shown import ShownAlarms, shown_alarms
from infusion.bed import Bed, BedView, ShownReading
from infusion.chart import Chart
from infusion.checks_sight import short_name, view_checks
from infusion.conflicts import Conflict, conflicts
from infusion.course import Place
from infusion.duty.roster import Roster
from infusion.given import given_in
from infusion.lone_pump import running_pumps, shown_delivery, view_delivery, view_pump
from infusion.lone_pump import view_dose as view_lone_dose
from infusion.patient import PatientId, same_initials
from infusion.readings import Reading, state_of
from infusion.session import Session, devices_of, running_devices
from infusion.session_sight import (
    deltas_of,
    shown_pump,
    unconfirmed,
    view_dose,
    view_session,
)
from infusion.ward_state import Rules, StreamState
from vocabulary.ids import BedId, DeviceId, SessionId, WardId
from vocabulary.signals import SignalName

BedKey: TypeAlias = tuple[WardId, BedId]


class WardSight:
    """Everything as it is at `now` (UTC). `places`: those of sessions in their series, if known."""

    def __init__(
        self,
        state: StreamState,
        rules: Rules,
        now: datetime,
        places: Mapping[SessionId, Place] | None = None,
    ) -> None:
        self._state = state
        self._rules = rules
        self._now = now
        self._places = {} if places is None else places
        self._occupants = occupants(state)
        self._conflicts: dict[WardId, tuple[Conflict, ...]] = {}
        self._alike: dict[WardId, frozenset[PatientId]] = {}

    def bed(self, ward: WardId, bed: BedId) -> BedView:
        """What the tile of a bed shows."""
        held = self._state.wards.get(ward, {}).get(bed, Bed(bed=bed))
        session = self._occupants.get((ward, bed))
        view = (
            self._with_pumps_only(ward, held) if session is None else self._occupied(session, held)
        )
        found = tuple(c for c in self._conflicts_in(ward) if bed in c.beds)
        return msgspec.structs.replace(view, conflicts=found, alarms=self._alarms(ward, bed))

    def devices(self, ward: WardId, bed: BedId) -> tuple[DeviceId, ...]:
        """The devices of the session at a bed, or those that are fixed there."""
        session = self._occupants.get((ward, bed))
        if session is None:
            return self._rules.places.at(ward, bed)
        return devices_of(session, self._now)

    def _alarms(self, ward: WardId, bed: BedId) -> ShownAlarms | None:
        held = self._state.alarms.get(ward, {}).get(bed)
        rules = self._rules.clinic.alarms.signals
        return None if held is None else shown_alarms(held, self._now, rules)

    def _with_pumps_only(self, ward: WardId, bed: Bed) -> BedView:
        clinic = self._rules.clinic
        delivery = shown_delivery(bed)
        return BedView(
            bed=bed.bed,
            signals=self._signals(bed.readings, {}),
            pump=None
            if delivery is None
            else view_pump(delivery.last, delivery.volume_ml, self._now, clinic),
            session=None if delivery is None else view_delivery(delivery, self._now, clinic),
            dose=None if delivery is None else view_lone_dose(delivery),
            unconfirmed=running_pumps(bed),
            devices=self.devices(ward, bed.bed),
        )

    def _occupied(self, session: Session, bed: Bed) -> BedView:
        clinic, now = self._rules.clinic, self._now
        ward = session.plan.ward
        chart = self._state.charts.get(session.id, Chart())
        given = given_in(session, chart, now, self._rules.flow, clinic)
        shown = msgspec.structs.replace(
            view_session(session, chart, given, now, clinic),
            place=self._places.get(session.id),
            are_initials_shared=session.patient.patient in self._alike_in(ward),
            nurse=self._nurse(ward, bed.bed),
        )
        return BedView(
            bed=bed.bed,
            signals=self._signals(chart.readings, deltas_of(session, chart.readings)),
            pump=shown_pump(session, chart, given, now, clinic),
            session=shown,
            dose=view_dose(given),
            unconfirmed=(*unconfirmed(session, chart, now, clinic), *running_pumps(bed)),
            devices=self.devices(ward, bed.bed),
            checks=view_checks(session, self._state.schedules.get(session.id), now, clinic),
        )

    def _nurse(self, ward: WardId, bed: BedId) -> str:
        nurse = self._state.rosters.get(ward, Roster()).nurse_of(bed)
        return "" if nurse is None else short_name(nurse)

    def _signals(
        self, readings: Mapping[SignalName, Reading], deltas: Mapping[SignalName, float]
    ) -> dict[SignalName, ShownReading]:
        freshness = self._rules.clinic.signals
        return {
            signal: ShownReading(
                state=state_of(reading, self._now, freshness[signal]),
                reading=reading,
                baseline_delta=deltas.get(signal),
            )
            for signal, reading in readings.items()
        }

    def _conflicts_in(self, ward: WardId) -> tuple[Conflict, ...]:
        if ward not in self._conflicts:
            plan = next((p for p in self._rules.clinic.wards if p.ward == ward), None)
            beds = () if plan is None else plan.beds
            devices = {bed.bed: self.devices(ward, bed.bed) for bed in beds}
            self._conflicts[ward] = conflicts(devices, self._running_in(ward))
        return self._conflicts[ward]

    def _running_in(self, ward: WardId) -> frozenset[DeviceId]:
        running: set[DeviceId] = set()
        for (of, _), session in self._occupants.items():
            if of == ward:
                running |= running_devices(session)
        for bed in self._state.wards.get(ward, {}).values():
            running.update(pump.device for pump in running_pumps(bed))
        return frozenset(running)

    def _alike_in(self, ward: WardId) -> frozenset[PatientId]:
        if ward not in self._alike:
            self._alike[ward] = same_initials(
                session.patient for (of, _), session in self._occupants.items() if of == ward
            )
        return self._alike[ward]


def occupants(state: StreamState) -> dict[BedKey, Session]:
    """The session whose patient is in each chair."""
    found = {}
    for session in state.sessions.values():
        bed = session.bed
        if bed is not None:
            found[session.plan.ward, bed] = session
    return found
