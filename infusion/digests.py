"""What pins rows of the record into a chain: how many there are of a device, and their hash.

Written by ingest about once a minute and at the end, by nobody's decision; they change nothing in
what a session is. How a hash is made is in `record.canonical`.
"""

from datetime import datetime
from typing import Final

import msgspec

from vocabulary.ids import SessionId, WardId

MARKS: Final = ""
"""In the place of a device: rows of the ward's stream that no device sent."""


class DeviceDigest(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of one device: how many, and their hash, which is the proof.

    For finding a row: `places`, the first position and the step to each next one, and `marks`,
    the beginning of the hash of each, hexadecimal.
    """

    rows: int
    hash: str
    places: tuple[int, ...] = ()
    marks: str = ""


class SamplesDigested(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The rows of a ward from positions above `after` to `upto`, by device.

    In a session's chain: those of its devices, as proof only. In the ward's: all, and the events
    of the whole record from above `events_after` to `events_upto`. `at`: when, UTC.
    """

    ward: WardId
    at: datetime
    after: int
    upto: int
    devices: dict[str, DeviceDigest]
    session: SessionId | None = None
    events_after: int = 0
    events_upto: int = 0
    events_hash: str = ""


class QuarantineDigested(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The refused messages with ids from above `after` to `upto`. `at`: when, UTC."""

    at: datetime
    after: int
    upto: int
    digest: DeviceDigest


class RetiredRows(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of devices between two positions, as one digest pinned them."""

    after: int
    upto: int
    devices: tuple[str, ...]


class RowsRetired(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Rows of a ward that belonged to no session and were older than `before` were taken out.

    They were as they had been pinned until then. `at`: when, UTC.
    """

    ward: WardId
    at: datetime
    before: datetime
    parts: tuple[RetiredRows, ...]


class RetiredRefused(msgspec.Struct, frozen=True, kw_only=True):
    """Refused messages with ids from above `after` to `upto`, as one digest pinned them."""

    after: int
    upto: int
    rows: int


class RefusedRetired(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Refused messages that were pinned before `before` were taken out.

    They were as they had been pinned until then. `at`: when, UTC.
    """

    at: datetime
    before: datetime
    parts: tuple[RetiredRefused, ...]


DIGESTS: Final = (SamplesDigested, QuarantineDigested, RowsRetired, RefusedRetired)
QUARANTINE_CHAIN: Final = "quarantine"
