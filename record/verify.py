"""Proof that nothing in the record was added, changed, removed or reordered, from its tables alone.

Every event is hashed again and must follow the one before it in its chain; every digest is made
again from the rows it pins. What was rewritten as a whole, hashes and all, shows against heads that
were kept elsewhere (`record.heads`). Meant for a copy: it reads everything in one transaction.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec
from sqlalchemy import Connection, text

from infusion.digests import QuarantineDigested, SamplesDigested
from infusion.happenings import session_chain
from record import event_rows, reading
from record.chain_check import ChainCheck, Report
from record.database import Database
from record.differences import added_row, first_difference
from record.heads import Head
from record.pinned_rows import (
    count_quarantine,
    count_rows,
    events_hash,
    hash_of_rows,
    quarantine_rows,
    retired_parts,
    rows_of,
)
from record.refused_retention import retired_spans
from record.schema import EventRow
from vocabulary.ids import SessionId, WardId

_AT_ONCE: Final = 2000

_Range = tuple[WardId, int, int]


class UnknownSession(Exception):
    """There is no chain of a session of that name."""


def verify_session(database: Database, session: SessionId, heads: Iterable[Head] = ()) -> Report:
    """Check the chain of one session and the rows its digests pin. Raises UnknownSession."""
    chain = session_chain(session)
    with database.reading_long() as connection:
        check = ChainCheck(connection)
        for row in _events(connection, chain):
            check.take_event(row)
            check.compare_seal(row)
            digest = check.digest_in(row)
            if isinstance(digest, SamplesDigested):
                check.compare_session(digest, row)
        if not check.heads:
            raise UnknownSession(f"there is no session {session}")
        check.compare_heads(head for head in heads if head.chain == chain)
        return check.report(unpinned=0)


def verify_all(database: Database, heads: Iterable[Head] = ()) -> Report:
    """Check every chain, every event, and every row that a digest pins."""
    with database.reading_long() as connection:
        check = _WholeCheck(connection)
        for row in _events(connection, None):
            check.take_position(row)
            check.take_event(row)
            check.compare_seal(row)
            digest = check.digest_in(row)
            if isinstance(digest, QuarantineDigested):
                check.take_quarantine(digest, row)
            elif digest is not None:
                check.take_samples(digest, row)
        check.finish()
        check.compare_heads(heads)
        return check.report(unpinned=check.count_unpinned())


class _WholeCheck(ChainCheck):
    """The whole record: nothing may be missing between, and every ward's rows are pinned on end."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._last = 0
        self._pinned: dict[WardId, SamplesDigested] = {}
        self._refused = 0
        self._retired_refused = retired_spans(connection)
        self._gone: dict[WardId, dict[tuple[int, int], frozenset[str]]] = {}
        self._of_sessions: dict[_Range, list[tuple[SamplesDigested, EventRow]]] = {}

    def take_position(self, row: EventRow) -> None:
        """Positions of events have no holes."""
        if row.position != self._last + 1:
            missing = f"{self._last + 1} to {row.position - 1}"
            self.tell_event(row, f"the events before it, positions {missing}, are missing")
        self._last = row.position

    def take_samples(self, digest: SamplesDigested, row: EventRow) -> None:
        """A ward's digest follows its last one; a session's waits for the ward's, right after."""
        span = (digest.ward, digest.after, digest.upto)
        if digest.session is not None:
            self._of_sessions.setdefault(span, []).append((digest, row))
            return
        self._check_follows(digest, row)
        found = rows_of(self._connection, *span)
        self.rows += sum(len(rows) for rows in found.values())
        retired = self._retired(digest)
        kept = {name: held for name, held in digest.devices.items() if name not in retired}
        self.compare_devices(msgspec.structs.replace(digest, devices=kept), found, row)
        for device in sorted(found.keys() - kept.keys()):
            self.differences.append(added_row(device, found[device][0], row))
        for other, other_row in self._of_sessions.pop(span, []):
            self._compare_with_ward(other, other_row, digest)
            for device in sorted(retired & other.devices.keys()):
                self.tell_event(other_row, f"the rows of {device} that it pins were taken out")

    def _retired(self, digest: SamplesDigested) -> frozenset[str]:
        """The devices whose rows were taken out, as an event of the ward says."""
        if digest.ward not in self._gone:
            self._gone[digest.ward] = retired_parts(self._connection, digest.ward)
        return self._gone[digest.ward].get((digest.after, digest.upto), frozenset())

    def take_quarantine(self, digest: QuarantineDigested, row: EventRow) -> None:
        """Refused messages are pinned by their ids, on end."""
        if digest.after != self._refused:
            self.tell_event(row, f"pins quarantine from {digest.after}, not from {self._refused}")
        self._refused = digest.upto
        rows = quarantine_rows(self._connection, digest.after, digest.upto)
        self.rows += len(rows)
        retired = self._retired_refused.get((digest.after, digest.upto))
        if retired is not None and digest.at < retired:
            self.differences += [added_row("", added, row) for added in rows[:1]]
        elif hash_of_rows(rows) != digest.digest.hash:
            self.differences.append(first_difference("", digest.digest, rows, row)[1])

    def finish(self) -> None:
        """What waited for a digest of the ward that is not there."""
        for waiting in self._of_sessions.values():
            for digest, row in waiting:
                self.compare_session(digest, row)

    def count_unpinned(self) -> int:
        """Rows of the wards that no digest spans yet, and refused messages likewise."""
        upto = reading.last_position(self._connection)
        rows = sum(
            count_rows(self._connection, ward, self._upto(ward), upto) for ward in self._wards()
        )
        return rows + count_quarantine(self._connection, self._refused, sys.maxsize)

    def _wards(self) -> Sequence[WardId]:
        found = self._connection.execute(
            text(
                "SELECT ward FROM vitals UNION SELECT ward FROM pump_reading "
                "UNION SELECT ward FROM device_event UNION SELECT ward FROM device_alarm "
                "UNION SELECT ward FROM device_status"
            )
        )
        return sorted({*(WardId(ward) for ward in found.scalars()), *self._pinned}, key=repr)

    def _upto(self, ward: WardId) -> int:
        last = self._pinned.get(ward)
        return 0 if last is None else last.upto

    def _check_follows(self, digest: SamplesDigested, row: EventRow) -> None:
        last = self._pinned.get(digest.ward)
        after, events_after = (0, 0) if last is None else (last.upto, last.events_upto)
        if (digest.after, digest.events_after) != (after, events_after):
            self.tell_event(row, "does not pin on from the last digest of its ward")
        if digest.events_hash != events_hash(
            self._connection, digest.events_after, digest.events_upto
        ):
            self.tell_event(
                row,
                f"the events from {digest.events_after + 1} to {digest.events_upto} are not those "
                "that it pinned",
            )
        self._pinned[digest.ward] = digest

    def _compare_with_ward(
        self, digest: SamplesDigested, row: EventRow, ward: SamplesDigested
    ) -> None:
        for device, pinned in digest.devices.items():
            other = ward.devices.get(device)
            if other is None or other.hash != pinned.hash:
                self.tell_event(row, f"pins other rows of {device} than its ward does")


def _events(connection: Connection, chain: str | None) -> Iterator[EventRow]:
    after = -1
    while rows := event_rows.events(connection, after, chain, _AT_ONCE):
        yield from rows
        after = rows[-1].position
