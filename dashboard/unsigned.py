"""What waits to be signed: the sessions that are over, the oldest first, counted for each ward."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from dashboard.session_shelf import Kept, SessionShelf
from infusion.session import Session
from record.faults import RecordUnavailable
from vocabulary.ids import WardId
from vocabulary.states import SessionState

log = logging.getLogger(__name__)

UNSIGNED: Final = (SessionState.DISCHARGED, SessionState.READY_FOR_SIGN_OFF)
LOOK_EVERY_S: Final = 10.0
NOTHING: Final = '{"count":0}'


def unsigned(kept: Sequence[Kept]) -> list[Kept]:
    """The sessions that are over and not signed, the oldest first."""
    found = [one for one in kept if one.session.state in UNSIGNED]
    return sorted(found, key=lambda one: ended_at(one.session))


def ended_at(session: Session) -> datetime:
    """When a session was over: from then on its signature is waited for."""
    return session.plan.planned_for if session.closed is None else session.closed.at


class UnsignedCount:
    """How many sessions of each ward wait to be signed. `text` is for the event loop."""

    def __init__(self, shelf: SessionShelf) -> None:
        self._shelf = shelf
        self._texts: dict[WardId, str] = {}

    def text(self, ward: WardId) -> str:
        """The count, and since when the oldest waits (Unix ms), as JSON."""
        return self._texts.get(ward, NOTHING)

    def look(self) -> None:
        """Count anew. Blocks; may raise RecordUnavailable."""
        waiting = unsigned(self._shelf.open().kept)
        found: dict[WardId, list[Session]] = {}
        for kept in waiting:
            found.setdefault(kept.session.plan.ward, []).append(kept.session)
        self._texts = {
            ward: f'{{"count":{len(sessions)},"oldest_ms":{_ms(ended_at(sessions[0]))}}}'
            for ward, sessions in found.items()
        }

    async def run(self) -> None:
        """Look again and again, for as long as the server runs."""
        while True:
            try:
                await asyncio.to_thread(self.look)
            except RecordUnavailable as gone:
                log.debug("what is unsigned cannot be counted: %s", gone)
            await asyncio.sleep(LOOK_EVERY_S)


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
