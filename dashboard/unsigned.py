"""What waits to be signed: the sessions that are over, the oldest first, counted for each ward.

The report of each is made once as soon as it is over, so that nobody waits for it who signs.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from dashboard.report_shelf import MOST_KEPT, ReportShelf
from dashboard.session_shelf import Kept, SessionShelf
from infusion.happenings import SESSION_CHAINS
from infusion.session import Session
from infusion.session_events import AssociationCorrected
from infusion.signature_events import LateDataArrived
from infusion.signatures import corrections_waiting, late_data_waiting
from record.faults import RecordUnavailable
from record.store import Record
from vocabulary.ids import SessionId, WardId
from vocabulary.states import SessionState

log = logging.getLogger(__name__)

UNSIGNED: Final = (SessionState.DISCHARGED, SessionState.READY_FOR_SIGN_OFF)
LOOK_EVERY_S: Final = 10.0
LOOKED_BACK: Final = timedelta(days=28)
NOTHING: Final = '{"count":0}'


def unsigned(kept: Sequence[Kept]) -> list[Kept]:
    """The sessions that are over and not signed, the oldest first."""
    found = [one for one in kept if one.session.state in UNSIGNED]
    return sorted(found, key=lambda one: ended_at(one.session))


def changed_since_signed(shelf: SessionShelf, record: Record, now: datetime) -> list[Kept]:
    """The signed sessions for which an addendum is waited: late data, or worked out anew.

    Of what came in the last weeks: older ones are told on their own pages. Blocks; may raise
    RecordUnavailable.
    """
    chains = record.chains.told_of((AssociationCorrected, LateDataArrived), now - LOOKED_BACK)
    names = [SessionId(chain.removeprefix(SESSION_CHAINS)) for chain in chains]
    return [
        kept
        for kept in shelf.all_of(names)
        if kept.session.signed is not None
        and (corrections_waiting(kept.session) or late_data_waiting(kept.session))
    ]


def ended_at(session: Session) -> datetime:
    """When a session was over: from then on its signature is waited for."""
    return session.plan.planned_for if session.closed is None else session.closed.at


class UnsignedCount:
    """How many sessions of each ward wait to be signed. `text` is for the event loop."""

    def __init__(self, shelf: SessionShelf, reports: ReportShelf) -> None:
        self._shelf = shelf
        self._reports = reports
        self._texts: dict[WardId, str] = {}
        self._known: set[SessionId] = set()

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
        self._report_new([kept.session.id for kept in waiting])

    def _report_new(self, waiting: Sequence[SessionId]) -> None:
        """Make the reports of those that were not there at the last look, as many as are kept."""
        new = [name for name in waiting if name not in self._known]
        self._known = set(waiting)
        for name in new[-MOST_KEPT:]:
            self._reports.load(name, datetime.now(UTC))

    async def run(self) -> None:
        """Look again and again, for as long as the server runs."""
        while True:
            try:
                await asyncio.to_thread(self.look)
            except RecordUnavailable as gone:
                log.debug("what is unsigned cannot be counted: %s", gone)
            except Exception:  # a task's boundary: one odd session must not stop the count for good
                log.exception("a report cannot be made beforehand: see what it says when opened")
            await asyncio.sleep(LOOK_EVERY_S)


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
