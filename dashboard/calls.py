"""Who is wanted where: calls for help and emergencies, known within a moment of being recorded.

They come from the record, not from ingest, so that a call is seen on every screen of people while
ingest or the broker is down.
"""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from dashboard.session_shelf import SessionShelf
from infusion.happenings import session_of_chain
from infusion.interventions.effects import emergencies, is_emergency, open_help
from infusion.session import Session
from record.faults import RecordUnavailable
from record.store import Record
from vocabulary.ids import BedId, SessionId, WardId

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 0.3


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody is wanted at a bed since a moment (UTC). `by`: a printed name, or a screen."""

    ward: WardId
    bed: BedId
    since: datetime
    by: str
    is_emergency: bool


class Calls:
    """The open calls of all wards. `open` is for the event loop; `look` blocks."""

    def __init__(self, record: Record, shelf: SessionShelf) -> None:
        self._record = record
        self._shelf = shelf
        self._upto: int | None = None
        self._open: dict[SessionId, Call] = {}

    def open(self, ward: WardId | None = None) -> tuple[Call, ...]:
        """The open calls of a ward, or of all, the oldest first."""
        found = [call for call in self._open.values() if ward is None or call.ward == ward]
        return tuple(sorted(found, key=lambda call: call.since))

    def look(self) -> None:
        """Take in what people did since the last look. May raise RecordUnavailable."""
        if self._upto is None:
            upto = self._record.chains.newest()
            self._take(kept.session for kept in self._shelf.open().kept)
            self._upto = upto
            return
        tail = self._record.chains.tail(self._upto)
        chains = {appended.chain for appended in tail.appended}
        changed = {name for chain in chains if (name := session_of_chain(chain)) is not None}
        self._take(kept.session for kept in self._shelf.all_of(sorted(changed)))
        self._upto = tail.upto

    async def run(self) -> None:
        """Look again and again, for as long as the server runs."""
        while True:
            try:
                await asyncio.to_thread(self.look)
            except RecordUnavailable as gone:
                log.debug("calls cannot be looked for: %s", gone)
            await asyncio.sleep(LOOK_EVERY_S)

    def _take(self, sessions: Iterable[Session]) -> None:
        held = dict(self._open)
        for session in sessions:
            held.pop(session.id, None)
            call = call_of(session)
            if call is not None:
                held[session.id] = call
        self._open = held


def call_of(session: Session) -> Call | None:
    """Who is wanted at a session: an emergency stands before a call for help."""
    bed = session.bed
    if bed is None:
        return None
    if is_emergency(session):
        return Call(session.plan.ward, bed, emergencies(session)[-1].since, "", is_emergency=True)
    called = open_help(session)
    if called is None:
        return None
    return Call(session.plan.ward, bed, called.at, called.by.printed_name, is_emergency=False)
