"""What a dashboard saw of its own alarms, on its own disk until the record has it. Blocks.

`own-alarms-N.jsonl` in the data directory: an event a line, as JSON, on the disk before the record
is asked. Each dashboard holds a file of its own, the first that is free, and takes along what
those left that are gone: to settle it in the record twice adds nothing. A line that cannot be read
is set aside in `own-alarms.unreadable`. May raise OSError.
"""

import errno
import fcntl
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Final

import msgspec

from infusion.station_events import OwnAlarmEvent

log = logging.getLogger(__name__)

MOST_FILES: Final = 16
"""So many dashboards may share a data directory."""
MOST_BYTES: Final = 1_000_000
"""Some 2,000 events: a link that flaps for hours. What comes after is in memory only."""
_FOR_OWNER: Final = 0o600
"""The lines name who has seen an alarm."""
_decoder: Final = msgspec.json.Decoder(OwnAlarmEvent)


class OwnAlarmSpool:
    """The file of one dashboard. Safe for several threads.

    `count`: how many events were kept or found so far. `is_empty`: all of them were let go.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: list[int] = []
        self._lock = Lock()
        self.path: Path | None = None
        self.count = 0
        self._emptied_at = 0
        self._is_full = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing lies in it."""
        return self.count == self._emptied_at

    def open(self) -> tuple[OwnAlarmEvent, ...]:
        """Take a file, and what lies in it and in those that nobody holds, in order of time."""
        self._folder.mkdir(parents=True, exist_ok=True)
        found: list[OwnAlarmEvent] = []
        with self._lock:
            for number in range(1, MOST_FILES + 1):
                path = self._folder / f"own-alarms-{number}.jsonl"
                if self.path is not None and not path.exists():
                    continue
                handle = _hold(path)
                if handle is None:
                    continue
                self._held.append(handle)
                self.path = self.path or path
                found += self._read(handle, path)
            if self.path is None:
                raise OSError(f"{MOST_FILES} dashboards hold a file in {self._folder} already")
            self.count += len(found)
        return tuple(sorted(found, key=lambda event: event.at))

    def keep(self, events: Sequence[OwnAlarmEvent]) -> None:
        """Put events on the disk."""
        with self._lock:
            if not self._held or self._is_full:
                return
            handle = self._held[0]
            lines = b"".join(msgspec.json.encode(event) + b"\n" for event in events)
            size = os.fstat(handle).st_size
            if size + len(lines) > MOST_BYTES:
                self._is_full = True
                log.warning("%s is full: what follows is kept in memory only", self.path)
                return
            if os.write(handle, lines) < len(lines):
                os.ftruncate(handle, size)  # half a line would spoil the next one
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))
            os.fsync(handle)
            self.count += len(events)

    def empty(self, count: int) -> None:
        """Let go of what is in the record now, if nothing was kept since `count` was read."""
        with self._lock:
            if self.count != count:
                return
            for handle in self._held:
                if os.fstat(handle).st_size:
                    os.ftruncate(handle, 0)
                    os.fsync(handle)
            while len(self._held) > 1:
                os.close(self._held.pop())
            self._emptied_at, self._is_full = self.count, False

    def close(self) -> None:
        """Let another dashboard have the file."""
        with self._lock:
            while self._held:
                os.close(self._held.pop())

    def _read(self, handle: int, path: Path) -> list[OwnAlarmEvent]:
        text = os.pread(handle, 2 * MOST_BYTES, 0)
        if text and not text.endswith(b"\n"):
            os.write(handle, b"\n")  # what a crash left of a line is not to spoil the next one
        found, unreadable = [], []
        for line in text.splitlines():
            try:
                found.append(_decoder.decode(line))
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                if line.strip():
                    unreadable.append(line)
        if unreadable:
            self._set_aside(unreadable, path)
        return found

    def _set_aside(self, lines: Sequence[bytes], path: Path) -> None:
        aside = self._folder / "own-alarms.unreadable"
        handle = os.open(aside, os.O_RDWR | os.O_CREAT | os.O_APPEND, _FOR_OWNER)
        try:
            there = os.pread(handle, MOST_BYTES, 0).splitlines()
            news = b"".join(line + b"\n" for line in lines if line not in there)
            if len(news) + os.fstat(handle).st_size <= MOST_BYTES:
                os.write(handle, news)
                os.fsync(handle)
        finally:
            os.close(handle)
        log.warning(
            "%d lines of %s cannot be read: the log of alarms may lack an outage; they are in %s",
            len(lines), path, aside,
        )  # fmt: skip


def _hold(path: Path) -> int | None:
    """The file, held for as long as this process lives; None if another one holds it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, _FOR_OWNER)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle
