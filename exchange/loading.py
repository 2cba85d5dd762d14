"""Sessions out of the record: the chain, what the devices told, and what is known of gaps."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from exchange.material import KnownSession, SessionExport
from infusion.alarms.events import (
    AlarmChanged,
    AlarmEnded,
    AlarmEscalated,
    AlarmLatched,
    AlarmRaised,
    AlarmReturned,
    AlarmsAcknowledged,
    OffMonitorBegun,
    OffMonitorEnded,
    OffMonitorOver,
)
from infusion.alarms.log import AlarmRecord, alarm_log
from infusion.association import is_within
from infusion.configuration import ClinicConfiguration
from infusion.course import course_of
from infusion.events import DeviceLinkChanged, IngestOutageEnded
from infusion.fold import SessionInput, fold
from infusion.happenings import patient_chain, session_chain, ward_chain
from infusion.patient import PatientId
from infusion.patient_events import (
    CourseBegun,
    CourseReviewed,
    OutcomeScored,
    PatientRegistered,
)
from infusion.report import KnownCause, SessionMaterial
from infusion.report.build import report_of_delivered
from infusion.report.delivery import delivered_in, flow_rules
from infusion.scored import scores_of
from infusion.session import Session
from infusion.sign_off_events import AlarmsReviewed
from infusion.summary import SessionSummary
from record.device_rows import DeviceRows, RowMark
from record.store import Record
from vocabulary.ids import DeviceId, SessionId
from vocabulary.states import DeviceKind, DeviceLink

_AROUND: Final = timedelta(hours=12)
"""A link that broke before the session, or came back after it, is looked for this far away."""


_LOGGED: Final = (
    AlarmRaised, AlarmChanged, AlarmReturned, AlarmLatched, AlarmEnded, AlarmEscalated,
    AlarmsAcknowledged, AlarmsReviewed,
)  # fmt: skip
_OF_COURSE: Final = (PatientRegistered, CourseBegun, OutcomeScored, CourseReviewed)


class NoSuchSession(LookupError):
    """A session that the record does not have."""


class Shelf:
    """Sessions of a record, one after the other. May raise RecordUnavailable, NoSuchSession."""

    def __init__(
        self,
        record: Record,
        configuration: ClinicConfiguration,
        look_up: Callable[[SessionId], Session | None] | None = None,
    ) -> None:
        """`look_up`: another way to a session as it stands, for who has it at hand."""
        self._record = record
        self._configuration = configuration
        self._look_up = look_up or (lambda name: fold(self.events(name)))
        self._courses: dict[PatientId, list[SessionSummary]] = {}

    def names(
        self, since: datetime | None = None, until: datetime | None = None
    ) -> list[SessionId]:
        """The sessions that were planned for a time, in the order they were planned."""
        return [
            plan.session
            for plan in self._record.chains.sessions()
            if (since is None or plan.planned_for >= since)
            and (until is None or plan.planned_for < until)
        ]

    def events(self, name: SessionId) -> tuple[SessionInput, ...]:
        """The chain of a session."""
        events = self._record.chains.read(session_chain(name)).events
        if not events:
            raise NoSuchSession(f"the record has no session {name}")
        return events

    def load(self, name: SessionId, now: datetime) -> SessionExport:
        """A session with its report as it is known at `now` (UTC)."""
        known = self.known(name, now)
        return self.complete(known, self.rows(known), now)

    def known(self, name: SessionId, now: datetime) -> KnownSession:
        """What is known at `now` (UTC) of a session but for the numbers of its devices."""
        events = self.events(name)
        session = fold(events)
        since, until = _time_of(session, now)
        return KnownSession(
            session=session,
            events=events,
            devices=tuple(held.device for held in session.associations),
            since=since,
            until=until,
            causes=(*self._causes(session, since, until), *_off_monitor(events, until)),
            position=self._position(session, now),
        )

    def marks(self, known: KnownSession) -> tuple[RowMark, ...]:
        """The same as long as `rows` would find the same. Ask it first: rows only grow."""
        return self._record.marks_of_devices(known.devices, known.since, known.until)

    def rows(self, known: KnownSession) -> DeviceRows:
        """What its devices told."""
        return self._record.rows_of_devices(known.devices, known.since, known.until)

    def complete(self, known: KnownSession, rows: DeviceRows, now: datetime) -> SessionExport:
        """The session with its report as it is known at `now` (UTC)."""
        session = known.session
        material = SessionMaterial(
            events=known.events,
            vitals=rows.vitals,
            pump_facts=[*rows.pump_readings, *rows.device_events],
            statuses=rows.statuses,
            causes=known.causes,
            scores=scores_of(session, self._configuration),
            alarms=_alarms(known.events),
            position=known.position,
        )
        rules = flow_rules(self._configuration)
        delivered = delivered_in(session, material.pump_facts, rules)
        return SessionExport(
            report=report_of_delivered(delivered, material, self._configuration, now),
            vitals=_ours(session, rows.vitals),
            pump_readings=_ours(session, rows.pump_readings),
            events=known.events,
            delivered=delivered,
        )

    def _causes(self, session: Session, since: datetime, until: datetime) -> Iterator[KnownCause]:
        """When our own service was down, or a monitor of the session was not heard."""
        monitors = {a.device for a in session.associations if a.kind is DeviceKind.MONITOR}
        told = self._record.chains.of_kinds(
            ward_chain(session.plan.ward),
            (DeviceLinkChanged, IngestOutageEnded),
            since - _AROUND,
            until + _AROUND,
        )
        down: dict[DeviceId, DeviceLinkChanged] = {}
        for event in told:
            if isinstance(event, IngestOutageEnded):
                yield KnownCause(begins=event.since, ends=event.at, text="Hourglass was down")
            elif isinstance(event, DeviceLinkChanged) and event.device in monitors:
                before = down.pop(event.device, None)
                if before is not None:
                    yield _unheard(before, event.since)
                if event.link is not DeviceLink.ONLINE:
                    down[event.device] = event
        for before in down.values():
            yield _unheard(before, until)

    def _position(self, session: Session, now: datetime) -> str:
        patient = session.patient.patient
        if patient not in self._courses:
            self._courses[patient] = list(self._summaries(patient))
        told = self._record.chains.read(patient_chain(patient)).events
        course = course_of(
            session.indication,
            self._courses[patient],
            [event for event in told if isinstance(event, _OF_COURSE)],
            now,
            self._configuration.course,
        )
        return course.position_of(session.id)

    def _summaries(self, patient: PatientId) -> Iterator[SessionSummary]:
        for plan in self._record.chains.sessions(patient=patient):
            session = self._look_up(plan.session)
            if session is not None and session.started_at is not None:
                yield SessionSummary(
                    session=session.id,
                    indication=session.indication,
                    started_at=session.started_at,
                )


def _alarms(events: Sequence[Any]) -> tuple[AlarmRecord, ...]:
    return alarm_log(event for event in events if isinstance(event, _LOGGED))


def _off_monitor(events: Sequence[Any], until: datetime) -> Iterator[KnownCause]:
    """When the patient was unplugged on purpose."""
    begun: OffMonitorBegun | None = None
    for event in events:
        if isinstance(event, OffMonitorBegun):
            begun = begun or event
        elif isinstance(event, OffMonitorEnded | OffMonitorOver) and begun is not None:
            yield KnownCause(begins=begun.at, ends=event.at, text="off the monitor")
            begun = None
    if begun is not None:
        yield KnownCause(begins=begun.at, ends=until, text="off the monitor")


def _time_of(session: Session, now: datetime) -> tuple[datetime, datetime]:
    """The time in which anything of a session can have been measured."""
    begins = [interval.since for held in session.associations for interval in held.intervals]
    begins += [stay.interval.since for stay in session.stays]
    since = min(begins, default=session.plan.planned_for)
    until = now if session.closed is None else session.closed.at + timedelta(seconds=1)
    return since, max(since, until)


def _ours(session: Session, rows: Sequence[Any]) -> list[Any]:
    """The messages of devices while they were the session's."""
    intervals = {held.device: held.intervals for held in session.associations}
    return [row for row in rows if is_within(intervals.get(row.device, ()), row.observed_at)]


def _unheard(event: DeviceLinkChanged, ends: datetime) -> KnownCause:
    return KnownCause(
        begins=event.since,
        ends=max(event.since, ends),
        text=f"{event.device} not heard ({event.link.value})",
    )
