"""What people did, from a file: appended to the record at its own time, once.

One JSON object a line: `at` (when it was appended, RFC 3339), its `chain`, its `author`, and the
`event` with its type, as it lies in the record.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec

from infusion.alarms.events import AlarmDeeds
from infusion.duty.events import WardDeed
from infusion.happenings import (
    PEOPLE,
    PeoplesAct,
    chain_of_deed,
    patient_chain,
    session_chain,
    ward_chain,
)
from infusion.patient_events import PatientEvent
from record.act import Act, append_behind
from record.store import Record


class PeoplesLine(msgspec.Struct, frozen=True, kw_only=True):
    """One event that a person appended; `token` tells it from every other."""

    at: Annotated[datetime, msgspec.Meta(tz=True)]
    chain: str
    author: str
    event: PeoplesAct
    token: str = ""


class BadPeoplesLine(ValueError):
    """A line of a file of people's events that cannot be taken: which, and why."""


_decoder = msgspec.json.Decoder(PeoplesLine)


def read_people(path: Path) -> Iterator[PeoplesLine]:
    """Read what people did in the order of the file. Raises BadPeoplesLine naming the line."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                try:
                    yield _read(line)
                except (msgspec.MsgspecError, ValueError, RecursionError) as error:
                    raise BadPeoplesLine(f"{path}, line {number}: {error}") from error


def append_lines(record: Record, lines: Sequence[PeoplesLine]) -> None:
    """Append events as their people did, all or none; one that is there already stays.

    Raises RecordUnavailable.
    """
    with record.write() as transaction:
        for line in lines:
            act = Act(author=line.author, now=line.at, seen=0, token=line.token)
            append_behind(transaction, line.chain, [line.event], act)


def _read(line: bytes) -> PeoplesLine:
    read = _decoder.decode(line)
    event = read.event
    own = _chain_of(event)
    if read.chain != own:
        raise ValueError(f"the event belongs to {own}, not to {read.chain}")
    if not read.author.startswith(PEOPLE):
        raise ValueError(f"the author must be {PEOPLE}NAME, not {read.author}")
    token = f"file/{hashlib.sha256(line.strip()).hexdigest()}"
    return msgspec.structs.replace(read, token=token)


def _chain_of(event: PeoplesAct) -> str:
    if isinstance(event, PatientEvent):
        return patient_chain(event.patient)
    if isinstance(event, WardDeed):
        return ward_chain(event.ward)
    if isinstance(event, AlarmDeeds):
        return chain_of_deed(event)
    return session_chain(event.session)
