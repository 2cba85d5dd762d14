"""Checking one event after another, and the rows that digests and seals pin."""

from collections.abc import Iterable
from typing import Final

import msgspec
from sqlalchemy import Connection

from infusion.digests import DeviceDigest, QuarantineDigested, SamplesDigested
from infusion.happenings import ward_chain
from infusion.signature_events import SessionSigned
from record import event_rows
from record.chain import NO_EVENT, hash_of
from record.differences import Difference, changed_event, first_difference
from record.heads import Head
from record.pinned_rows import (
    DIGEST_KINDS,
    UNREADABLE,
    PinnedRow,
    decode_digest,
    hash_of_rows,
    rows_of,
)
from record.schema import EventRow
from record.seals import sealed_rows

_signed: Final = msgspec.json.Decoder(SessionSigned)
_Rows = dict[str, list[PinnedRow]]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked at, and what differs, the first first.

    `unpinned`: rows since the last digest; nothing can be said of them yet.
    """

    chains: int
    events: int
    rows: int
    unpinned: int
    differences: tuple[Difference, ...]


class ChainCheck:
    """What was found so far."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.heads: dict[str, str] = {}
        self.differences: list[Difference] = []
        self.events = 0
        self.rows = 0

    def take_event(self, row: EventRow) -> None:
        """An event must give its own hash, and follow the last one of its chain."""
        self.events += 1
        if hash_of(row) != row.hash:
            self.tell_event(row, "was changed: its content does not give its hash")
        if row.previous_hash != self.heads.get(row.chain, NO_EVENT):
            self.tell_event(
                row, f"does not follow the event before it in {row.chain}: one was removed, "
                "put in, moved or changed"
            )  # fmt: skip
        self.heads[row.chain] = row.hash

    def digest_in(self, row: EventRow) -> SamplesDigested | QuarantineDigested | None:
        """The digest that an event is, if it is one."""
        if row.kind not in DIGEST_KINDS:
            return None
        try:
            return decode_digest(row.payload)
        except UNREADABLE:
            return None  # its hash has told already

    def compare_seal(self, row: EventRow) -> None:
        """The rows that a signature sealed must still be those."""
        if row.kind != SessionSigned.__name__:
            return
        try:
            signed = _signed.decode(row.payload)
        except UNREADABLE:
            return  # its hash has told already
        for span in signed.samples:
            found = sealed_rows(self._connection, span)
            if hash_of_rows(found) != span.hash:
                self.tell_event(
                    row,
                    f"the rows of {span.device} are not those that it sealed: "
                    f"{len(found)} now, {span.rows} then",
                )

    def compare_session(self, digest: SamplesDigested, row: EventRow) -> None:
        """The rows of a session's devices must give the digest."""
        found = rows_of(
            self._connection, digest.ward, digest.after, digest.upto, frozenset(digest.devices)
        )
        self.rows += sum(len(rows) for rows in found.values())
        marks = self._marks_of_ward(digest)
        self.compare_devices(digest, found, row, marks)

    def compare_devices(
        self,
        digest: SamplesDigested,
        found: _Rows,
        row: EventRow,
        marks: dict[str, DeviceDigest] | None = None,
    ) -> None:
        """The rows of each device must give its digest; marks help to find the row."""
        differences = []
        for device, pinned in digest.devices.items():
            rows = found.get(device, [])
            if hash_of_rows(rows) == pinned.hash:
                continue
            marked = pinned if marks is None else marks.get(device, pinned)
            differences.append(first_difference(device, marked, rows, row))
        self.differences += [each for _, each in sorted(differences, key=lambda found: found[0])]

    def compare_heads(self, heads: Iterable[Head]) -> None:
        """The events that were heads once must still be there as they were."""
        for head in heads:
            row = event_rows.event_in_place(self._connection, head.position)
            if row is None or (row.chain, row.hash) != (head.chain, head.hash):
                found = "is gone" if row is None else "is another one"
                self.differences.append(
                    Difference(
                        table="event",
                        place=f"position {head.position} ({head.chain})",
                        what=f"{found}: it was the head of its chain on {head.day}",
                    )
                )

    def tell_event(self, row: EventRow, what: str) -> None:
        """Note an event that is not as it was."""
        self.differences.append(changed_event(row, what))

    def report(self, unpinned: int) -> Report:
        """What was looked at and found."""
        return Report(
            chains=len(self.heads),
            events=self.events,
            rows=self.rows,
            unpinned=unpinned,
            differences=tuple(self.differences),
        )

    def _marks_of_ward(self, digest: SamplesDigested) -> dict[str, DeviceDigest]:
        """The digests of the ward over the same rows: they have the marks."""
        rows = event_rows.events_at(self._connection, ward_chain(digest.ward), digest.at)
        for row in rows:
            other = self.digest_in(row)
            if isinstance(other, SamplesDigested) and other.after == digest.after:
                return other.devices
        return {}
