"""Who is wanted where: calls for help and emergencies, known within a moment of being recorded.

They come from the record, not from ingest, so that a call is seen on every screen of people while
ingest or the broker is down.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import msgspec

from dashboard.help_desk import bed_help_events
from dashboard.session_shelf import SessionShelf
from infusion.bed_help import open_bed_help
from infusion.happenings import session_of_chain, ward_of_chain
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


def calls_text(calls: Iterable[Call]) -> str:
    """The calls of one ward as JSON: by bed what it is, and since when (Unix ms)."""
    told = {
        call.bed: {
            "what": "emergency" if call.is_emergency else "help",
            "since_ms": round(call.since.timestamp() * 1000),
        }
        for call in calls
    }
    return msgspec.json.encode(told).decode()


class Calls:
    """The open calls of all wards. `open` is for the event loop; `look` blocks.

    `version` grows with every change of any call.
    """

    def __init__(
        self,
        record: Record,
        shelf: SessionShelf,
        wards: Iterable[WardId],
        announce: Callable[[WardId], None],
    ) -> None:
        self._record = record
        self._shelf = shelf
        self._wards = tuple(wards)
        self._announce = announce
        self._upto: int | None = None
        self._open: dict[SessionId, Call] = {}
        self._at_beds: dict[WardId, tuple[Call, ...]] = {}
        self.version = 0

    @property
    def are_known(self) -> bool:
        """Whether the record was looked at since the start."""
        return self._upto is not None

    def open(self, ward: WardId | None = None) -> tuple[Call, ...]:
        """The open calls of a ward, or of all, the oldest first; one for each bed."""
        at_beds = (call for calls in self._at_beds.values() for call in calls)
        found: dict[tuple[WardId, BedId], Call] = {}
        for call in (*self._open.values(), *at_beds):
            if ward is None or call.ward == ward:
                found.setdefault((call.ward, call.bed), call)
        return tuple(sorted(found.values(), key=lambda call: call.since))

    def look(self) -> None:
        """Take in what people did since the last look. May raise RecordUnavailable."""
        if self._upto is None:
            upto = self._record.chains.newest()
            self._take(kept.session for kept in self._shelf.open().kept)
            self._look_at_beds(self._wards)
            self._upto = upto
            return
        tail = self._record.chains.tail(self._upto)
        chains = {appended.chain for appended in tail.appended}
        changed = {name for chain in chains if (name := session_of_chain(chain)) is not None}
        self._take(kept.session for kept in self._shelf.all_of(sorted(changed)))
        self._look_at_beds({w for chain in chains if (w := ward_of_chain(chain)) is not None})
        self._upto = tail.upto

    async def run(self) -> None:
        """Look again and again, for as long as the server runs."""
        while True:
            before = set(self.open())
            try:
                await asyncio.to_thread(self.look)
            except RecordUnavailable as gone:
                log.debug("calls cannot be looked for: %s", gone)
            changed = {call.ward for call in before ^ set(self.open())}
            self.version += bool(changed)
            for ward in changed:
                self._announce(ward)
            await asyncio.sleep(LOOK_EVERY_S)

    def _look_at_beds(self, wards: Iterable[WardId]) -> None:
        """Calls at beds that have no session."""
        now = datetime.now(UTC)
        at_beds = dict(self._at_beds)
        for ward in wards:
            called = open_bed_help(bed_help_events(self._record, ward, now))
            at_beds[ward] = tuple(
                Call(ward, bed, event.at, event.by.printed_name, is_emergency=False)
                for bed, event in called.items()
            )
        self._at_beds = at_beds

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
