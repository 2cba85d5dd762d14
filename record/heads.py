"""The heads of chains, printed to be kept elsewhere: a chain that was rewritten whole, hashes and
all, can only be told by a head that its writer could not reach.

One line a chain: the day, the chain, the position and the hash of its last event of that day.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import msgspec
from sqlalchemy import func, select

from record import schema
from record.columns import to_micros
from record.database import Database


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The last event that a chain had at the end of a day, UTC."""

    day: str
    chain: str
    position: int
    hash: str

    def __str__(self) -> str:
        """One line of a file of heads."""
        return f"{self.day} {self.chain} {self.position} {self.hash}"


class BadHeads(ValueError):
    """A file of heads that cannot be read."""


def heads_on(database: Database, day: date) -> list[Head]:
    """The heads of all chains at the end of a day (UTC)."""
    event = schema.event.c
    end = to_micros(datetime.combine(day + timedelta(days=1), time(), UTC))
    last = (
        select(event.chain, func.max(event.position).label("position"))
        .where(event.recorded_at < end)
        .group_by(event.chain)
        .subquery()
    )
    wanted = (
        select(event.chain, event.position, event.hash)
        .join(last, event.position == last.c.position)
        .order_by(event.chain)
    )
    with database.reading_long() as connection:
        return [
            Head(day=day.isoformat(), chain=row.chain, position=row.position, hash=row.hash)
            for row in connection.execute(wanted)
        ]


def heads_in(path: Path) -> list[Head]:
    """The heads that a file holds. Raises BadHeads."""
    try:
        return read_heads(path.read_text().splitlines())
    except OSError as error:
        raise BadHeads(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadHeads(f"{path} is no text: give what `python -m record heads` printed") from error


def read_heads(lines: Iterable[str]) -> list[Head]:
    """Heads from the lines of a file; empty lines and `#` remarks are skipped. Raises BadHeads."""
    found = []
    for number, line in enumerate(lines, 1):
        parts = line.split()
        if not parts or parts[0].startswith("#"):
            continue
        if len(parts) != 4 or not parts[2].isdecimal():
            raise BadHeads(f"line {number} is no head: write DAY CHAIN POSITION HASH")
        day, chain, position, hash_ = parts
        found.append(Head(day=day, chain=chain, position=int(position), hash=hash_))
    return found
