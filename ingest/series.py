"""Where each session stands in the series of its patient, as the record has it.

Only shown, never concluded from; so it is looked up beside the stream, seldom, and kept.
"""

import logging
from datetime import datetime, timedelta
from typing import Final

from infusion.configuration import ClinicConfiguration
from infusion.course import Place, course_of
from infusion.fold import fold
from infusion.happenings import patient_chain, session_chain
from infusion.session import Session
from infusion.summary import SessionSummary
from infusion.ward_sight import occupants
from infusion.ward_state import StreamState
from record.store import Record, RecordUnavailable
from vocabulary.ids import SessionId

log = logging.getLogger(__name__)

LOOKED_UP_AGAIN_AFTER: Final = timedelta(seconds=30)
"""A course that was begun anew, or an earlier session entered late, shows within this."""


class Series:
    """The places that are known; one is looked up a time, so that a large ward costs no moment."""

    def __init__(self, record: Record, clinic: ClinicConfiguration) -> None:
        self._record = record
        self._clinic = clinic
        self._started: dict[SessionId, datetime | None] = {}
        self._looked_up: dict[SessionId, datetime] = {}
        self.known: dict[SessionId, Place] = {}

    def look(self, state: StreamState, now: datetime) -> None:
        """Look up one place that is due, of the sessions that have a chair."""
        for session in occupants(state).values():
            last = self._looked_up.get(session.id)
            if last is None or now - last >= LOOKED_UP_AGAIN_AFTER:
                self._looked_up[session.id] = now
                try:
                    self.known[session.id] = self._place(session, state, now)
                except RecordUnavailable as refused:
                    log.warning("a place in a series cannot be looked up: %s", refused)
                return

    def _place(self, session: Session, state: StreamState, now: datetime) -> Place:
        chains = self._record.chains
        patient = session.patient.patient
        summaries = []
        for plan in chains.sessions(patient=patient):
            started_at = self._started_at(plan.session, state)
            if started_at is not None:
                summaries.append(
                    SessionSummary(
                        session=plan.session, indication=plan.indication, started_at=started_at
                    )
                )
        events = chains.read(patient_chain(patient)).events
        course = course_of(session.indication, summaries, events, now, self._clinic.course)
        return course.place_of(session.id)

    def _started_at(self, name: SessionId, state: StreamState) -> datetime | None:
        """When a session gave drug first; that of one that is over is read once."""
        held = state.sessions.get(name)
        if held is not None:
            return held.started_at
        if name not in self._started:
            self._started[name] = fold(
                self._record.chains.read(session_chain(name)).events
            ).started_at
        return self._started[name]
