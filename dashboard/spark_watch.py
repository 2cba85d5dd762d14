"""The task that keeps the spark lines of all beds: read from the record, told to the screens.

The record has everything in order, with what came late in its place; so a dashboard that starts
again, a screen that opens and a link that comes back show the past minutes at once.
"""

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from config.display import SparkLines
from dashboard.session_shelf import SessionShelf
from dashboard.sparks import MICROS, Held, Owned, owned_by
from infusion.configuration import WardPlan
from record.columns import from_micros, to_micros
from record.faults import RecordUnavailable
from record.store import Record
from vocabulary.ids import BedId, DeviceId, WardId

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 5.0
"""A look costs the same whatever has changed; nobody reads a line of half an hour by the second."""
OVERLAP: Final = timedelta(seconds=60)
"""What came within this is read again at each look ..."""
WHOLE_EVERY: Final = timedelta(seconds=15)
"""... and everything this often, so that what came late finds its place (ward.md: within 15 s)."""
AHEAD: Final = timedelta(minutes=1)
"""A device's clock may be a little ahead of this machine's."""


@dataclass(frozen=True, slots=True)
class ShownSpark:
    """A bed's lines as JSON (`null`: none), and a version that goes up when they change."""

    text: str = "null"
    version: int = 0


class SparkWatch:
    """The spark lines of every bed. `of` is for the event loop; `look` blocks."""

    def __init__(
        self,
        record: Record,
        shelf: SessionShelf,
        wards: tuple[WardPlan, ...],
        lines: SparkLines | None,
    ) -> None:
        self._record = record
        self._shelf = shelf
        self._wards = wards
        self._lines = lines
        self._held = Held(1 if lines is None else lines.step_s)
        self._whole_at: datetime | None = None
        self._shown = {(ward.ward, bed.bed): ShownSpark() for ward in wards for bed in ward.beds}

    def of(self, ward: WardId) -> dict[BedId, ShownSpark]:
        """The lines of the beds of `ward`, in the order of its plan."""
        return {bed: shown for (at, bed), shown in self._shown.items() if at == ward}

    def look(self, now: datetime) -> None:
        """Read what is new at `now` (UTC). Blocks; may raise RecordUnavailable."""
        lines = self._lines
        if lines is None:
            return
        begins = now - timedelta(seconds=lines.window_s)
        lately = self._shelf.open_since(begins).sessions
        occupants = {(s.plan.ward, s.bed): s for s in lately if s.bed is not None}
        owned = {
            (ward.ward, bed.bed): owned_by(bed, occupants.get((ward.ward, bed.bed)), lately)
            for ward in self._wards
            for bed in ward.beds
        }
        self._read(sorted({device for one in owned.values() for device, _ in one}), begins, now)
        self._shown = {key: _next(self._shown[key], self._held, one) for key, one in owned.items()}

    def _read(self, devices: list[DeviceId], begins: datetime, now: datetime) -> None:
        is_whole = self._whole_at is None or now - self._whole_at >= WHOLE_EVERY
        step_us = self._held.step_s * MICROS
        since = begins if is_whole else max(begins, now - OVERLAP)
        since = from_micros(to_micros(since) // step_us * step_us)  # steps are read whole
        if devices:
            rows = self._record.spark_between(devices, since, now + AHEAD, self._held.step_s)
            if is_whole:
                self._held = Held(self._held.step_s)
            self._held.take(rows)
        self._held.forget(begins)
        self._whole_at = now if is_whole else self._whole_at

    async def run(self) -> None:
        """Look again and again, for as long as the server runs."""
        while self._lines is not None:
            try:
                await asyncio.to_thread(self.look, datetime.now(UTC))
            except RecordUnavailable as gone:
                log.debug("spark lines cannot be read: %s", gone)
                self._whole_at = None
            await asyncio.sleep(LOOK_EVERY_S)


def _next(shown: ShownSpark, held: Held, owned: list[Owned]) -> ShownSpark:
    text = msgspec.json.encode(held.spark(owned)).decode()
    return shown if text == shown.text else ShownSpark(text, shown.version + 1)
