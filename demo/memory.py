"""What one demonstration leaves for the next in its data directory: logins, wall, its hour."""

import hashlib
import secrets
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Final

import msgspec

from demo.obstacles import CannotStart
from vocabulary.roles import Role

RECORD: Final = "hourglass.sqlite3"
"""The record's file where no other database is chosen."""
STORE: Final = "broker"
"""The directory in which an own broker keeps what is on its way."""
_EARLIER: Final = "earlier"
_SYLLABLES: Final = [first + second for first in "bdfgklmnprstvz" for second in "aeiou"]
_PEOPLE: Final = (
    ("nurse", Role.NURSE, "Nora Nurse"),
    ("second", Role.NURSE, "Sam Second"),
    ("prescriber", Role.PRESCRIBER, "Paul Prescriber"),
    ("administrator", Role.ADMINISTRATOR, "Ada Administrator"),
)


class Login(msgspec.Struct, frozen=True):
    """A login of the demonstration. `made` is false until the dashboard has confirmed it.

    `pin`: of the second person at a screen; empty in a memory from before there were any.
    """

    login: str
    role: Role
    name: str
    password: str
    made: bool = False
    pin: str = ""


class Hour(msgspec.Struct, frozen=True):
    """The ward that is played: the same seed and start are the same devices and readings."""

    seed: int
    starts_at: datetime


class Memory(msgspec.Struct, frozen=True):
    """What was made for one record, named by the digest of its URL."""

    record: str
    logins: tuple[Login, ...]
    token: str | None = None
    hour: Hour | None = None


def new_password() -> str:
    """Five syllables and three digits: easy to type, over 36 bits."""
    word = "".join(secrets.choice(_SYLLABLES) for _ in range(5))
    return f"{word}{secrets.randbelow(1000):03}"


def new_pin() -> str:
    """Six digits that the dashboard takes: not one digit in a row, nor counting."""
    while True:
        pin = f"{secrets.randbelow(1_000_000):06}"
        if len({(int(b) - int(a)) % 10 for a, b in pairwise(pin)}) > 1:
            return pin


def recall(file: Path, database_url: str) -> Memory:
    """What `file` has for this record; new logins if it has none."""
    record = hashlib.sha256(database_url.encode()).hexdigest()[:16]
    if file.exists():
        try:
            memory = msgspec.json.decode(file.read_bytes(), type=Memory)
        except msgspec.MsgspecError as error:
            raise CannotStart(f"{file} is damaged ({error}); delete it") from error
        if memory.record == record:
            return memory
    return Memory(
        record=record,
        logins=tuple(
            Login(login, role, name, new_password(), pin=new_pin()) for login, role, name in _PEOPLE
        ),
    )


def remember(file: Path, memory: Memory) -> None:
    """Write `memory` for nobody but the owner to read."""
    written = file.with_suffix(".part")
    written.unlink(missing_ok=True)
    written.touch(mode=0o600)
    written.write_bytes(msgspec.json.format(msgspec.json.encode(memory), indent=2))
    written.rename(file)


def forget_record(memory: Memory) -> Memory:
    """`memory` for a record that is empty: passwords stay, everything has to be made again."""
    return msgspec.structs.replace(
        memory,
        logins=tuple(msgspec.structs.replace(login, made=False) for login in memory.logins),
        token=None,
        hour=None,
    )


def set_aside(data_dir: Path, now: datetime) -> Path | None:
    """Move the record and the broker's store out of the way; where to, None if there were none."""
    found = [*data_dir.glob(f"{RECORD}*"), *data_dir.glob(STORE)]
    if not (data_dir / RECORD).exists():
        return None
    place = data_dir / _EARLIER / now.strftime("%Y-%m-%dT%H-%M-%S")
    place.mkdir(parents=True)
    for path in found:
        path.rename(place / path.name)
    (data_dir / STORE).mkdir()
    return place
