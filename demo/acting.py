"""What people do now: the lines of a file of people, each appended to the record at its time."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from pathlib import Path

import msgspec

from demo.peoples_file import PeoplesLine
from record.act import Act, append_behind
from record.store import Record


def read_lines(path: Path) -> list[PeoplesLine]:
    """The lines of a file that `python -m demo people` wrote. Raises MsgspecError, OSError."""
    lines = path.read_bytes().splitlines()
    return [msgspec.json.decode(line, type=PeoplesLine) for line in lines if line.strip()]


def act_in_time(
    record: Record,
    lines: Sequence[PeoplesLine],
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    wait_s: Callable[[float], None] = time.sleep,
) -> None:
    """Append `lines`, those of one moment together, none before its time; what is late, at once.

    Raises RecordUnavailable.
    """
    for at, acts in groupby(sorted(lines, key=attrgetter("at")), key=attrgetter("at")):
        wait_s(max(0.0, (at - clock()).total_seconds()))
        with record.write() as transaction:
            for line in acts:
                act = Act(author=line.author, now=at, seen=0)
                append_behind(transaction, line.chain, [line.event], act)
