"""Plays what people do at one session, step by step, through the clinic's own rules.

Every event is what `infusion.decisions` makes of a command at that time, so a script that people
could not carry out is told as such.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from demo import script as s
from demo.bedside import MonitorSeen, Played, delivery_of, kinds_of, rate_steps_of
from demo.cast import NURSE, PRESCRIBER
from demo.checking import due_commands, filled_form, with_levels
from demo.conversation import Conversation
from demo.deeds import Scene, commands_of, confirmations
from demo.earlier import starts_before
from demo.usual import order_of, typed_readings, usual_answer
from infusion import commands as c
from infusion.alarms.events import OffMonitorBegun
from infusion.baseline import missing_readings, usable_readings
from infusion.configuration import ClinicConfiguration
from infusion.patient import Identifier, Patient
from infusion.preparation import find_hold
from simulator.scenario import Bed
from vocabulary.ids import DeviceId, SessionId
from vocabulary.states import DeviceKind, SessionState

Act: TypeAlias = Callable[[datetime], Iterable[c.Command]]

_STEPS: Final = {
    s.Step.PLAN: 0.0,
    s.Step.BEGIN: 0.02,
    s.Step.IDENTIFY: 0.1,
    s.Step.ORDER: 0.25,
    s.Step.ANSWER: 0.4,
    s.Step.ASSOCIATE: 0.5,
    s.Step.BASELINE: 0.95,
    s.Step.CONFIRM: 0.97,
}
"""When each step is done, as a share of the time from the plan to the start."""
_CHECKED_AT: Final = 0.96
"""The check before the start comes between the last two of them."""
_LOOKED_AFTER_MIN: Final = 240
"""So long a nurse looks once a minute what is due."""
_CHECKED: Final = frozenset(
    {
        SessionState.PREPARING,
        SessionState.INFUSING,
        SessionState.PAUSED,
        SessionState.RECOVERY,
    }
)


class SessionPlay:
    """One session as people play it."""

    def __init__(
        self,
        played: Played,
        script: s.SessionScript,
        patient: Patient,
        clinic: ClinicConfiguration,
    ) -> None:
        bed = bed_of(played, script)
        self.starts_at = start_of(played, script)
        self.name = script.session or SessionId(
            f"{played.scenario.name}-{script.bed}-{self.starts_at:%Y%m%d%H%M}"
        )
        self.script = script
        self.patient = patient
        self._played = played
        self._clinic = clinic
        self.weight_kg = bed.weight_kg
        self._bed = bed
        self._delivery = delivery_of(played, bed)
        self._monitor = (
            None if bed.monitor is None else MonitorSeen(played, DeviceId(bed.monitor.device))
        )
        self.at_alarms: list[OffMonitorBegun] = []
        self.talk = Conversation(clinic, f"people at bed {script.bed}", played.start)

    def acts(self) -> Iterator[tuple[datetime, Act]]:
        """Everything that people do here, and when; in any order."""
        usual: dict[s.Step, Act] = {
            s.Step.PLAN: self._plan,
            s.Step.BEGIN: self._begin,
            s.Step.IDENTIFY: self._identify,
            s.Step.ORDER: self._order,
            s.Step.ANSWER: self._answer,
            s.Step.ASSOCIATE: self._associate,
            s.Step.BASELINE: self._freeze,
            s.Step.CONFIRM: self._confirm,
        }
        ahead = timedelta(minutes=self.script.prepared_in_min)
        for step, act in usual.items():
            if step not in self.script.skip:
                yield self.starts_at - ahead * (1 - _STEPS[step]), act
        if self.script.checks:
            yield self.starts_at - ahead * (1 - _CHECKED_AT), self._check
            for minute in range(_LOOKED_AFTER_MIN):
                yield self.starts_at + timedelta(minutes=minute + 0.6), self._check
        for deed in self.script.deeds:
            yield self.starts_at + timedelta(minutes=deed.after_min), self._deed(deed)

    def do(self, act: Act, now: datetime) -> None:
        """Carry out one act. Raises BadPeople if the rules refuse it."""
        self.talk.ask(act(now), now)

    def _plan(self, _: datetime) -> Iterator[c.Command]:
        yield c.PlanSession(
            by=NURSE,
            session=self.name,
            patient=self.patient,
            indication=self.script.indication,
            ward=self._played.ward,
            planned_for=self.starts_at,
            last_drug_at=max(starts_before(self.script, self.starts_at), default=None),
        )

    def _begin(self, _: datetime) -> Iterator[c.Command]:
        yield c.BeginPreparation(by=NURSE, bed=self.script.bed, kinds=kinds_of(self._played))

    def _identify(self, _: datetime) -> Iterator[c.Command]:
        stated = {
            Identifier.NAME: self.patient.name,
            Identifier.DATE_OF_BIRTH: self.patient.date_of_birth.isoformat(),
        }
        yield c.IdentifyPatient(by=NURSE, stated=stated)

    def _order(self, now: datetime) -> Iterator[c.Command]:
        script = self.script
        order = order_of(script, self.weight_kg, now, self._clinic)
        yield c.GiveOrder(by=PRESCRIBER, order=order, reasons=script.order_reasons)

    def _answer(self, now: datetime) -> Iterator[c.Command]:
        for block in self._clinic.sessions.blocks:
            for item in block.items:
                if item.is_required and item.item not in self.script.open_items:
                    by = PRESCRIBER if item.roles else NURSE
                    answer = usual_answer(item, now)
                    yield c.AnswerPreparation(by=by, item=item.item, answer=answer)

    def _associate(self, _: datetime) -> Iterator[c.Command]:
        held = {a.device for a in self.talk.session.associations if a.is_standing}
        here = ((self._bed.monitor, DeviceKind.MONITOR), (self._bed.pump, DeviceKind.PUMP))
        for spec, kind in here:
            if spec is not None and spec.device not in held:
                yield c.AssociateDevice(by=NURSE, device=DeviceId(spec.device), kind=kind)

    def _freeze(self, now: datetime) -> Iterator[c.Command]:
        monitor = self._monitor
        if monitor is None:
            raise s.BadPeople(f"people at bed {self.script.bed}: no monitor to take a baseline of")
        monitor.look(now)
        rules = self._clinic.sessions
        readings = tuple(monitor.readings)
        if missing_readings(usable_readings(readings, now, rules.baseline), rules.baseline):
            readings += typed_readings(now)  # the cuff failed: taken by hand
        hold = find_hold(self.talk.session, tuple(monitor.pressures), now, rules)
        yield c.FreezeBaseline(by=NURSE, readings=readings)
        if hold is not None:
            self.talk.see(hold)
            yield c.OverrideHold(by=PRESCRIBER, reason="known hypertension, calm, no symptoms")

    def _check(self, now: datetime) -> Iterator[c.Command]:
        """What the schedule has open, as long as the patient is there."""
        session = self.talk.session
        if self._monitor is None or session.state not in _CHECKED:
            return
        self._monitor.look(now)
        steps = rate_steps_of(self._delivery, now)
        yield from due_commands(session, self._monitor, steps, now, self._clinic)

    def _confirm(self, _: datetime) -> Iterator[c.Command]:
        yield from confirmations(self.talk.session)

    def _deed(self, deed: s.AnyDeed) -> Act:
        if isinstance(deed, s.Observe):
            return lambda now: self._observe(deed, now)
        if isinstance(deed, s.OffMonitor):
            return lambda now: self._go_off_monitor(deed, now)
        return lambda now: commands_of(deed, self._scene(now))

    def _observe(self, deed: s.Observe, now: datetime) -> Iterator[c.Command]:
        if self._monitor is None:
            raise s.BadPeople(f"people at bed {self.script.bed}: no monitor to read")
        self._monitor.look(now)
        form = filled_form(self.talk.session, deed.set, self._monitor, now, self._clinic)
        yield with_levels(form, deed.levels)

    def _go_off_monitor(self, deed: s.OffMonitor, now: datetime) -> Iterator[c.Command]:
        """It is told to the bed's alarms, which have no command of a session."""
        self.at_alarms.append(
            OffMonitorBegun(
                ward=self._played.ward,
                bed=self.script.bed,
                session=self.name,
                at=now,
                by=NURSE,
                accompanied_by=deed.accompanied_by,
            )
        )
        yield from ()

    def _scene(self, now: datetime) -> Scene:
        pump = self._bed.pump
        return Scene(
            session=self.talk.session,
            script=self.script,
            weight_kg=self.weight_kg,
            pump=None if pump is None else DeviceId(pump.device),
            starts_at=self.starts_at,
            now=now,
            clinic=self._clinic,
        )


def bed_of(played: Played, script: s.SessionScript) -> Bed:
    """The bed of a session. Raises BadPeople if the scenario has none of that name."""
    bed = played.bed(script.bed)
    if bed is None:
        raise s.BadPeople(f"people at bed {script.bed}: the scenario has no such bed")
    return bed


def start_of(played: Played, script: s.SessionScript) -> datetime:
    """When the infusion of a session starts. Raises BadPeople if nothing says so."""
    if script.start_min is not None:
        return played.at(script.start_min)
    infusion = bed_of(played, script).infusion
    if infusion is None:
        raise s.BadPeople(f"people at bed {script.bed}: no infusion: give `start_min`")
    return played.at(infusion.start_min)
