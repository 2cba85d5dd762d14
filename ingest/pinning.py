"""When what was stored is pinned into the chains, and which sessions' chains that concerns."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from infusion.stream import IngestStopped, WardGroup
from infusion.ward_state import StreamState
from ingest.stream import Batch
from record.digest import Draft, Minute
from vocabulary.ids import DeviceId, SessionId, WardId

PINNED_AFTER: Final = timedelta(seconds=60)
"""A digest a session-minute (architecture: The record)."""
ROWS_AT_ONCE: Final = 5000
"""Sooner when this much came, so that no commit takes long."""
DRAFTED_AT_ONCE: Final = 500
"""So much is read back and hashed beforehand at a time, so that no commit of a flood waits for all
of it."""


class Pinning:
    """Counts what is stored and not pinned yet, and drafts the digests of it with `draft`."""

    def __init__(
        self, group: WardGroup, draft: Callable[[WardId, int, Draft | None], Draft]
    ) -> None:
        self._group = group
        self._draft = draft
        self._drafts: dict[WardId, Draft] = {}
        self._drafted = 0
        self._at: datetime | None = None
        self._rows = 0

    def drafted(
        self, batch: Batch, state: StreamState, now: datetime
    ) -> list[tuple[Minute, Draft]]:
        """What is `due`, with all of it drafted that is on disk. Raises RecordUnavailable."""
        minutes = self.due(batch, state, now)
        if minutes or self._rows - self._drafted >= DRAFTED_AT_ONCE:
            for ward in self._group.wards:
                begun = self._drafts.pop(ward, None)
                self._drafts[ward] = self._draft(ward, state.position, begun)
            self._drafted = self._rows
        return [(minute, self._drafts[minute.ward]) for minute in minutes]

    def due(self, batch: Batch, state: StreamState, now: datetime) -> list[Minute]:
        """What is to be pinned in the transaction that stores `batch`; empty if nothing is yet.

        `state` is the committed one, before the batch: what is on disk is pinned, and of the last
        batch of a worker all of it. The first batch pins what was left behind.
        """
        is_last = any(isinstance(item, IngestStopped) for item in batch.inputs)
        is_full = self._rows >= ROWS_AT_ONCE
        if self._at is not None and now - self._at < PINNED_AFTER and not (is_full or is_last):
            return []
        since = self._at or datetime.min.replace(tzinfo=UTC)
        upto = batch.inputs[-1].position if is_last else state.position
        return [
            Minute(ward=ward, upto=upto, at=now, sessions=_owners(state, since, ward))
            for ward in sorted(self._group.wards)
        ]

    def note(self, batch: Batch, pinned: Iterable[Minute]) -> None:
        """The transaction was committed."""
        for minute in pinned:
            self._at, self._rows, self._drafted = minute.at, 0, 0
            self._drafts.clear()
        self._rows += len(batch.inputs)


def _owners(
    state: StreamState, since: datetime, ward: str
) -> dict[SessionId, tuple[DeviceId, ...]]:
    """The devices that were a session's at some time since `since`, of the sessions of a ward."""
    found = {}
    for session in state.sessions.values():
        devices = tuple(
            held.device
            for held in session.associations
            if any(i.until is None or i.until >= since for i in held.intervals)
        )
        if devices and session.plan.ward == ward:
            found[session.id] = devices
    return found
