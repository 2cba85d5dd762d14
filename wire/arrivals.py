"""Recorded arrivals: what reached ingest and when, one JSON object a line.

`python -m simulator … --file` writes them, `python -m ingest --from` takes them up on the file's
clock. Payloads that are not JSON are kept byte for byte as base64.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec


class RecordedArrival(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message as it arrived. Exactly one of `payload` and `payload_base64` is there."""

    received_at: Annotated[datetime, msgspec.Meta(tz=True)]
    topic: str
    # an empty Raw stands for "not there": in a union with None msgspec decodes no Raw
    payload: msgspec.Raw = msgspec.Raw(b"")
    payload_base64: bytes | None = None
    retained: bool = False

    def payload_bytes(self) -> bytes:
        """The payload as it was published."""
        if self.payload_base64 is not None:
            return self.payload_base64
        return bytes(self.payload)


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(RecordedArrival)


class BadArrivalLine(ValueError):
    """A line of a file of recorded arrivals that cannot be read: which, and why."""


def record_arrival(
    received_at: datetime, topic: str, payload: bytes, *, retained: bool = False
) -> RecordedArrival:
    """An arrival from the raw bytes of its payload."""
    if _is_one_line_of_json(payload):
        return RecordedArrival(
            received_at=received_at, topic=topic, payload=msgspec.Raw(payload), retained=retained
        )
    return RecordedArrival(
        received_at=received_at, topic=topic, payload_base64=payload, retained=retained
    )


def _is_one_line_of_json(payload: bytes) -> bool:
    try:
        msgspec.json.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    # white space around a value is not kept by a JSON reader, so such a payload goes as base64
    return b"\n" not in payload and payload == payload.strip()


def write_arrivals(path: Path, arrivals: Iterable[RecordedArrival]) -> int:
    """Write `arrivals` to `path`, in their order; returns how many."""
    count = 0
    with path.open("wb") as file:
        for arrival in arrivals:
            file.write(_encoder.encode(arrival) + b"\n")
            count += 1
    return count


def read_arrivals(path: Path) -> Iterator[RecordedArrival]:
    """Read arrivals in the order of the file. Raises BadArrivalLine naming the line."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                yield _decoder.decode(line)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
                raise BadArrivalLine(f"{path}, line {number}: {error}") from error
