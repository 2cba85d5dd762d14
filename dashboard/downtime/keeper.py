"""The work that keeps the downtime pack young, and says so where it cannot.

Rounds are made in a thread of their own, one at a time: a disk that is full or hangs keeps nobody
waiting but the pack itself. What it reads is read bed by bed with pauses between, so that screens
go on in the meantime.
"""

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from dashboard.downtime.folder import COVER, PackFolder, name_of
from dashboard.downtime.paper import cover_of, paper_of
from dashboard.downtime.sheet import RUNNING, Heard, Sheet, sheet_of
from dashboard.own_alarm import OwnAlarm
from dashboard.shown import display_of
from infusion.session import Session
from record.faults import RecordUnavailable
from vocabulary.alarms import AlarmPriority, OwnAlarmCode
from vocabulary.ids import BedId, WardId

if TYPE_CHECKING:
    from dashboard.context import Services

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 0.5
FIRST_AFTER_S: Final = 5.0
"""After the start, so that beds were heard."""
BREATH_S: Final = 0.2
"""Between two beds of a round."""
TROUBLE: Final = "downtime"
_Heard = Mapping[tuple[WardId, BedId], Heard]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a round went: `fault` is empty if all sheets were written. `ended_at` UTC."""

    ended_at: datetime
    sheets: int
    fault: str = ""


class DowntimeKeeper:
    """Keeps the pack until it is cancelled. `run` is for the event loop."""

    def __init__(self, parts: "Services", path: Path, every_s: float) -> None:
        self._parts = parts
        self._folder = PackFolder(path)
        self._every = timedelta(seconds=every_s)
        self._thread: Thread | None = None
        self._outcome: Outcome | None = None
        self._written_at: datetime | None = None
        self._began_at = datetime.now(UTC)

    async def run(self) -> None:
        """Begin a round whenever it is time, and tell how the last one went."""
        due_s = time.monotonic() + FIRST_AFTER_S
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            is_busy = self._thread is not None and self._thread.is_alive()
            if time.monotonic() >= due_s and not is_busy:
                due_s = time.monotonic() + self._every.total_seconds()
                self._thread = Thread(
                    target=self._round, args=(self._heard(),), name="downtime pack", daemon=True
                )
                self._thread.start()
            self._tell(datetime.now(UTC))

    def _heard(self) -> _Heard:
        """What every bed was heard to be; a state from the broker's memory is told by its time."""
        found = {}
        for ward in self._parts.beds.wards:
            for bed, held in self._parts.beds.of(ward).items():
                if held.state is not None:
                    found[ward, bed] = Heard(state=held.state, at=held.state.published_at)
        return found

    def _round(self, heard: _Heard) -> None:
        """Make and write every sheet. A thread's boundary: the next round tries again."""
        try:
            self._outcome = self.write(heard)
        except OSError as error:
            log.warning("the downtime pack was not written: %s", error)
            self._fail(error.strerror or str(error))
        except RecordUnavailable as gone:
            log.warning("the downtime pack could not be made: %s", gone)
            self._fail("")  # that link has an alarm of its own
        except Exception:
            log.exception("the downtime pack could not be made")
            self._fail("a sheet could not be made, see the log of the dashboard")

    def _fail(self, fault: str) -> None:
        self._parts.metrics.downtime_failures.inc()
        self._outcome = Outcome(ended_at=datetime.now(UTC), sheets=0, fault=fault)

    def write(self, heard: _Heard) -> Outcome:
        """Write the sheet of every running bed, then the cover; take away those of the ended.

        Blocks; may raise OSError and RecordUnavailable.
        """
        zone = ZoneInfo(display_of(self._parts.settings.config_dir).time_zone)
        sessions = self._running()
        written: list[tuple[str, Sheet]] = []
        for session in sessions:
            bed = session.bed
            if bed is None:
                continue
            now = datetime.now(UTC)
            sheet = sheet_of(self._parts, session, heard.get((session.plan.ward, bed)), now, zone)
            name = name_of(session.plan.ward, bed, session.id)
            self._folder.write(name, paper_of(sheet))
            written.append((name, sheet))
            time.sleep(BREATH_S)
        self._folder.keep_only({name for name, _ in written})
        ended_at = datetime.now(UTC)
        self._folder.write(COVER, cover_of(written, ended_at, zone))
        self._written_at = ended_at
        self._parts.metrics.downtime_written.set(ended_at.timestamp())
        self._parts.metrics.downtime_sheets.set(len(written))
        return Outcome(ended_at=ended_at, sheets=len(written))

    def _running(self) -> list[Session]:
        found = (s for s in self._parts.shelf.open().sessions if s.state in RUNNING)
        return sorted(found, key=lambda session: (session.plan.ward, session.bed or ""))

    def _tell(self, now: datetime) -> None:
        """An alarm of the dashboard's own while sheets cannot be written, or are too old."""
        since = self._written_at or self._began_at
        fault = "" if self._outcome is None else self._outcome.fault
        is_old = now - since > 2 * self._every and self._parts.links.is_record_alive
        if not fault and not is_old:
            if self._outcome is not None:  # before the first round nobody knows
                self._parts.own_alarms.end(TROUBLE, now)
            return
        age = "" if self._written_at is None else f", the last are {_minutes(now - since)} min old"
        why = fault or "the folder does not answer"
        self._parts.own_alarms.raise_one(
            OwnAlarm(
                name=TROUBLE,
                code=OwnAlarmCode.SHEETS_NOT_WRITTEN,
                priority=AlarmPriority.LOW,
                text=f"downtime sheets are not written: {why}{age}",
                since=since,
                value=_minutes(now - since),
                limit=2 * self._every.total_seconds() / 60,
            ),
            now,
        )


def _minutes(age: timedelta) -> int:
    return int(age.total_seconds() // 60)
