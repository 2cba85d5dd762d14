"""What people appended to the record, for the wards of one worker, at most a moment behind."""

import logging
from collections import deque
from datetime import datetime

from infusion.happenings import session_of_chain, ward_of_chain
from infusion.inputs import PeopleActed
from infusion.ward_state import StreamState
from record.acts import Appended
from record.schema import ActTaken
from record.store import Record
from vocabulary.ids import SessionId, WardId

log = logging.getLogger(__name__)


class ActTail:
    """Looks for acts, and holds those that were found until they have a place in the stream.

    How far acts were taken up is part of the state; so a restart finds what was not committed.
    A session that was over before any of it was taken up is history: there is nothing to watch,
    and nothing of it is taken up.
    """

    def __init__(self, record: Record, wards: frozenset[WardId], state: StreamState) -> None:
        self._record = record
        self._wards = wards
        self._upto = state.acts_upto
        self._found: deque[tuple[WardId, Appended]] = deque()
        self._ward_of: dict[SessionId, WardId | None] = {
            session: held.plan.ward for session, held in state.sessions.items()
        }

    def __len__(self) -> int:
        return len(self._found)

    def look(self) -> None:
        """Look for acts of our wards. Raises RecordUnavailable."""
        tail = self._record.chains.tail(self._upto)
        for appended in tail.appended:
            ward = self._ward(appended)
            if ward is not None and ward in self._wards:
                self._found.append((ward, appended))
            self._upto = appended.position
        self._upto = tail.upto

    def take(self, first_position: int, now: datetime) -> list[PeopleActed]:
        """All that wait, in order, each with its place in the stream from `first_position` on.

        Raises RecordUnavailable; then they go on waiting.
        """
        acts = self._record.chains.place(
            [
                ActTaken(
                    position=position,
                    at=now,
                    ward=ward,
                    event_position=appended.position,
                    refusal="",
                )
                for position, (ward, appended) in enumerate(self._found, first_position)
            ]
        )
        self._found.clear()
        return acts

    def _ward(self, appended: Appended) -> WardId | None:
        """The ward an act concerns; None for a patient's, and for history: they concern none."""
        session = session_of_chain(appended.chain)
        if session is None:
            return ward_of_chain(appended.chain)
        if session not in self._ward_of:
            ward = self._record.chains.ward_of(appended.chain)
            if ward is None:
                log.error(
                    "%s was never planned, so its event %d belongs to no ward",
                    appended.chain,
                    appended.position,
                )
                return None
            is_history = self._record.chains.is_over(appended.chain)
            self._ward_of[session] = None if is_history else ward
        return self._ward_of[session]
