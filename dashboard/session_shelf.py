"""Sessions as the record has them, each folded once and kept until its chain grows.

Every method blocks and may raise RecordUnavailable: call them in `asyncio.to_thread`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from infusion.fold import fold
from infusion.happenings import session_chain
from infusion.session import Session
from record.store import Record
from vocabulary.ids import BedId, DeviceId, SessionId, WardId

MOST_KEPT: Final = 512
"""Sessions of some weeks; one has a few hundred events."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A session, and the position of its chain's last event."""

    session: Session
    position: int


@dataclass(frozen=True, slots=True)
class OpenSessions:
    """The sessions that are neither signed nor cancelled, in the order they were planned."""

    kept: tuple[Kept, ...]

    @property
    def sessions(self) -> tuple[Session, ...]:
        """The sessions themselves."""
        return tuple(kept.session for kept in self.kept)

    def at_bed(self, ward: WardId, bed: BedId) -> Session | None:
        """Whose bed it is now; None if it is free."""
        found = (s for s in self.sessions if s.plan.ward == ward and s.bed == bed)
        return next(found, None)

    def holder(self, device: DeviceId) -> Session | None:
        """Whose device it is now; None if it is free."""
        return next(
            (
                session
                for session in self.sessions
                if any(a.device == device and a.is_standing for a in session.associations)
            ),
            None,
        )


class SessionShelf:
    """Reads sessions. Safe for several threads: what two of them keep at once is the same."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._kept: dict[SessionId, Kept] = {}

    def read(self, session: SessionId) -> Kept | None:
        """A session as it stands; None if there is none of that name."""
        found = self._read([session])
        return found[0] if found else None

    def open(self, ward: WardId | None = None) -> OpenSessions:
        """The open sessions of a ward, or of all."""
        plans = self._record.chains.sessions(ward, only_open=True)
        return OpenSessions(self._read([plan.session for plan in plans]))

    def open_since(self, since: datetime) -> OpenSessions:
        """The sessions of all wards that were neither signed nor cancelled before `since`, UTC."""
        plans = self._record.chains.sessions(open_since=since)
        return OpenSessions(self._read([plan.session for plan in plans]))

    def all_of(self, sessions: Iterable[SessionId]) -> tuple[Kept, ...]:
        """These sessions as they stand, in that order."""
        return self._read(list(sessions))

    def _read(self, names: list[SessionId]) -> tuple[Kept, ...]:
        chains = {session_chain(name): name for name in names}
        heads = self._record.chains.heads(list(chains)) if chains else {}
        for chain, position in heads.items():
            name = chains[chain]
            known = self._kept.get(name)
            if known is not None and known.position == position:
                continue
            log = self._record.chains.read(chain)
            self._kept[name] = Kept(fold(log.events), log.position)
        found = tuple(self._kept[name] for name in names if session_chain(name) in heads)
        while len(self._kept) > max(MOST_KEPT, len(names)):
            self._kept.pop(next(iter(self._kept)), None)
        return found
