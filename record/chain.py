"""The hash that ties each event to the one before it, so that a change anywhere shows.

hash = SHA-256 over the canonical JSON (keys sorted, no white space, UTF-8) of everything the row
says, the previous hash included. The first event of a chain follows NO_EVENT.
"""

import hashlib
from typing import Final

import msgspec

from record.schema import EventRow

NO_EVENT: Final = "0" * 64


def hash_of(row: EventRow) -> str:
    """The hash of an event's content, hexadecimal; whatever `row.hash` says is left out."""
    content = msgspec.structs.asdict(row)
    del content["hash"]
    return hashlib.sha256(msgspec.json.encode(content, order="sorted")).hexdigest()


def sealed(row: EventRow) -> EventRow:
    """`row` with its hash."""
    return msgspec.structs.replace(row, hash=hash_of(row))
