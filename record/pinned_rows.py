"""The rows that a digest pins, read again from the tables and hashed."""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

import msgspec
from sqlalchemy import Connection, Table, select

from infusion.digests import (
    MARKS,
    DeviceDigest,
    QuarantineDigested,
    RowsRetired,
    SamplesDigested,
)
from infusion.happenings import ward_chain
from record import schema
from record.canonical import CanonicalRows, Row
from record.reading import STREAM
from vocabulary.ids import WardId

UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, TypeError)
"""What reading an event may raise that somebody forged."""
MARK_BYTES: Final = 3
"""Of each row's hash this much is kept to find the row; the whole hash is the proof."""
SAMPLES_KIND: Final = SamplesDigested.__name__
QUARANTINE_KIND: Final = QuarantineDigested.__name__
DIGEST_KINDS: Final = (SAMPLES_KIND, QUARANTINE_KIND)
QUARANTINE_NAMES: Final = ("id", *schema.QUARANTINE.names, "digest")


class PinnedRow(NamedTuple):
    """One row: its place (position or id), the name of its table, its hash."""

    place: int
    table: str
    hash: bytes


class _Source:
    """One table of the stream: how the rows of a ward are found in it."""

    def __init__(self, table: Table, names: Sequence[str]) -> None:
        self.device = names.index("device") if "device" in names else None
        self._place = names.index("position")
        self._wards = names.index("wards") if "wards" in names else None
        condition = "" if self._wards is not None else " AND ward = {0}"
        self._rows = CanonicalRows(table, names, "position", condition)

    def read(self, connection: Connection, ward: WardId, after: int, upto: int) -> list[Row]:
        if self._wards is None:
            return self._rows.select(connection, after, upto, ward)
        rows = self._rows.select(connection, after, upto)
        return [row for row in rows if ward in str(row[self._wards]).split("+")]

    def count(self, connection: Connection, ward: WardId, after: int, upto: int) -> int:
        if self._wards is None:
            return self._rows.count(connection, after, upto, ward)
        return len(self.read(connection, ward, after, upto))

    def pinned(self, rows: Sequence[Row]) -> Iterator[PinnedRow]:
        table, place = self._rows.table, self._place
        for row, digest in zip(rows, self._rows.hashes(rows), strict=True):
            yield PinnedRow(row[place], table, digest)


_SOURCES: Final = tuple(_Source(table, columns.names) for table, columns in STREAM)
_REFUSED: Final = CanonicalRows(schema.quarantine, QUARANTINE_NAMES, "id")
_EVENTS: Final = CanonicalRows(schema.event, ("hash",), "position")


def rows_of(
    connection: Connection,
    ward: WardId,
    after: int,
    upto: int,
    devices: Collection[str] | None = None,
) -> dict[str, list[PinnedRow]]:
    """The rows of a ward by device, in order; of all devices or of some."""
    found: dict[str, list[PinnedRow]] = {}
    several = set()
    for source in _SOURCES:
        of_device: dict[str, list[Row]] = {}
        for row in source.read(connection, ward, after, upto):
            device = MARKS if source.device is None else _named(row[source.device])
            of_device.setdefault(device, []).append(row)
        for device, rows in of_device.items():
            if devices is None or device in devices:
                if device in found:
                    several.add(device)
                found.setdefault(device, []).extend(source.pinned(rows))
    for device in several:
        found[device].sort()
    return found


def _named(device: object) -> str:
    """A device as it is told; SQLite lets somebody put there what is no text."""
    return device if isinstance(device, str) else repr(device)


def quarantine_rows(connection: Connection, after: int, upto: int) -> list[PinnedRow]:
    """Refused messages by their ids, in order."""
    rows = _REFUSED.select(connection, after, upto)
    hashes = _REFUSED.hashes(rows)
    return [PinnedRow(row[0], _REFUSED.table, each) for row, each in zip(rows, hashes, strict=True)]


def count_quarantine(connection: Connection, after: int, upto: int) -> int:
    """How many refused messages there are, by their ids."""
    return _REFUSED.count(connection, after, upto)


def hash_of_rows(rows: Sequence[PinnedRow]) -> str:
    """The hash of rows in their order."""
    return hashlib.sha256(b"".join(row.hash for row in rows)).hexdigest()


def digest_of_rows(rows: Sequence[PinnedRow]) -> DeviceDigest:
    """The digest of rows in their order, with what it takes to find one of them."""
    places = [row.place for row in rows]
    steps = (place - before for before, place in zip([0, *places], places, strict=False))
    marks = "".join(row.hash[:MARK_BYTES].hex() for row in rows)
    return DeviceDigest(rows=len(rows), hash=hash_of_rows(rows), places=tuple(steps), marks=marks)


def proof_alone(digest: DeviceDigest) -> DeviceDigest:
    """A digest without what it takes to find a row."""
    return DeviceDigest(rows=digest.rows, hash=digest.hash)


def marks_of(digest: DeviceDigest) -> dict[int, bytes]:
    """The mark of each row by its place."""
    marks = bytes.fromhex(digest.marks)
    parts = (marks[n : n + MARK_BYTES] for n in range(0, len(marks), MARK_BYTES))
    return dict(zip(accumulate(digest.places), parts, strict=False))


def events_hash(connection: Connection, after: int, upto: int) -> str:
    """The hash over the hashes of all events from above a position to another."""
    rows = _EVENTS.select(connection, after, upto)
    return hashlib.sha256("".join(str(row[0]) for row in rows).encode()).hexdigest()


def count_rows(connection: Connection, ward: WardId, after: int, upto: int) -> int:
    """How many rows of a ward there are; marks of a group count for each of its wards."""
    return sum(source.count(connection, ward, after, upto) for source in _SOURCES)


def last_digest(connection: Connection, chain: str) -> SamplesDigested | QuarantineDigested | None:
    """The last digest in a chain."""
    event = schema.event.c
    wanted = (
        schema.event.select()
        .with_only_columns(event.payload)
        .where(event.chain == chain, event.kind.in_(DIGEST_KINDS))
        .order_by(event.position.desc())
        .limit(1)
    )
    payload = connection.execute(wanted).scalar()
    return None if payload is None else decode_digest(payload)


def retired_parts(connection: Connection, ward: WardId) -> dict[tuple[int, int], frozenset[str]]:
    """The devices whose rows between two positions of a ward were taken out, by the positions."""
    event = schema.event.c
    wanted = select(event.payload).where(
        event.chain == ward_chain(ward), event.kind == RowsRetired.__name__
    )
    found: dict[tuple[int, int], frozenset[str]] = {}
    for payload in connection.execute(wanted).scalars():
        try:
            parts = _retired.decode(payload).parts
        except UNREADABLE:
            continue  # its hash tells
        for part in parts:
            span = (part.after, part.upto)
            found[span] = found.get(span, frozenset()) | frozenset(part.devices)
    return found


_retired: Final = msgspec.json.Decoder(RowsRetired)
_decoder: Final = msgspec.json.Decoder(SamplesDigested | QuarantineDigested)


def decode_digest(payload: str) -> SamplesDigested | QuarantineDigested:
    """A digest from its canonical JSON. Raises msgspec.MsgspecError if it is none."""
    digest: SamplesDigested | QuarantineDigested = _decoder.decode(payload)
    return digest
