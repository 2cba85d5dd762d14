"""What ingest notices of a device's messages, told to the rules when it becomes so or no longer is.

Gaps and refused messages are no part of the stream; that there are some is, so that an alarm of
them is concluded, stored and replayed like any other.
"""

from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from infusion.inputs import MessagesNoticed
from infusion.receipts import Receipts
from vocabulary.ids import DeviceId, WardId

LOOKED_EVERY: Final = timedelta(seconds=1)
OPEN_FOR: Final = timedelta(seconds=10)
"""A gap that is younger may be disorder, or be filled by what the device sends again."""
COUNTED_OVER: Final = timedelta(seconds=60)


class _Gap(NamedTuple):
    """The first message that is missing, since when it is, and how many are in all."""

    first: int
    since: datetime
    missing: int


class Noticing:
    """Counts as messages are put in order. `told`: what the rules know already."""

    def __init__(self, flood_per_min: int, told: Mapping[DeviceId, MessagesNoticed]) -> None:
        self._flood_per_min = flood_per_min
        self._told = {name: (notice.missing > 0, notice.refused_per_min > 0)
                      for name, notice in told.items()}  # fmt: skip
        self._ward_of = {name: notice.ward for name, notice in told.items()}
        self._refused: dict[DeviceId, deque[datetime]] = {}
        self._gaps: dict[DeviceId, _Gap] = {}
        self._looked_at: datetime | None = None

    def receive(self, receipts: Receipts, at: datetime) -> None:
        """The boot of a device that speaks now has one message more."""
        name, missing = receipts.device, receipts.missing
        if not missing:
            if name in self._gaps:
                del self._gaps[name]
            return
        first = missing[0][0]
        known = self._gaps.get(name)
        since = at if known is None or known.first != first else known.since
        self._gaps[name] = _Gap(first, since, receipts.missing_count())
        self._ward_of[name] = receipts.ward

    def restart(self, device: DeviceId) -> None:
        """A device has a new boot; the gaps of the last one are history."""
        self._gaps.pop(device, None)

    def refuse(self, ward: WardId, device: DeviceId, at: datetime) -> None:
        """A message of a device was refused."""
        times = self._refused.setdefault(device, deque(maxlen=self._flood_per_min))
        times.append(at)
        self._ward_of[device] = ward

    def next(self, at: datetime, position: int) -> MessagesNoticed | None:
        """One thing that is so at `at` and was not told, for that place in the stream."""
        if self._looked_at is not None and at - self._looked_at < LOOKED_EVERY:
            return None
        for name in sorted({*self._refused, *self._gaps, *self._told}):
            missing, refused = self._missing(name, at), self._flood(name, at)
            if self._told.get(name, (False, False)) != (missing > 0, refused > 0):
                self._told[name] = missing > 0, refused > 0
                return MessagesNoticed(
                    position=position,
                    at=at,
                    ward=self._ward_of[name],
                    about=name,
                    missing=missing,
                    refused_per_min=refused,
                )
        self._looked_at = at
        return None

    def _missing(self, device: DeviceId, at: datetime) -> int:
        """How many never came, if the first of them has been missing for a while; else 0."""
        gap = self._gaps.get(device)
        return 0 if gap is None or at - gap.since < OPEN_FOR else gap.missing

    def _flood(self, device: DeviceId, at: datetime) -> int:
        """How many were refused within the last minute, if that is a flood; else 0."""
        times = self._refused.get(device)
        if times is None:
            return 0
        is_flood = len(times) == self._flood_per_min and times[0] > at - COUNTED_OVER
        return len(times) if is_flood else 0
