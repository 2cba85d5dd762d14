"""The spark lines of a tile: SpO2 and systolic pressure of the last minutes, from the record.

Pure. A tile's lines are of whoever sits there now: a device's numbers count from when it became
the session's, and those of a bed without a session from when the last session gave it back.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, TypeAlias

import msgspec

from infusion.association import Interval
from infusion.configuration import BedPlan
from infusion.session import Session
from record.columns import to_micros
from record.trends import SparkRows
from vocabulary.ids import DeviceId

MICROS: Final = 1_000_000
Owned: TypeAlias = tuple[DeviceId, Interval]


class Spark(msgspec.Struct, frozen=True, kw_only=True):
    """The lines as a browser gets them. Times are Unix time in ms.

    `spo2`: the lowest of each step of `step_ms` from `first_ms` on, in %; None where nothing was
    measured. `sbp`: cuff readings, each a spot: when it was taken, and mmHg.
    """

    first_ms: int
    step_ms: int
    spo2: tuple[int | None, ...] = ()
    sbp: tuple[tuple[int, int], ...] = ()


@dataclass(slots=True)
class Held:
    """What monitors measured lately: by device and step the lowest SpO2, and by moment the cuffs.

    Never more than was measured since the last `forget`, so it does not grow.
    """

    step_s: int
    lowest: dict[DeviceId, dict[int, float]] = field(default_factory=dict)
    cuffs: dict[DeviceId, dict[int, float]] = field(default_factory=dict)

    def take(self, rows: SparkRows) -> None:
        """Take in what was read; a step that is known already gets its new lowest."""
        for device, step, low in rows.lowest:
            self.lowest.setdefault(DeviceId(device), {})[step] = low
        for device, at_us, sys in rows.cuffs:
            self.cuffs.setdefault(DeviceId(device), {})[at_us] = sys

    def forget(self, before: datetime) -> None:
        """Drop what is older than a moment (UTC)."""
        first_us = to_micros(before)
        for steps in self.lowest.values():
            for step in [step for step in steps if step * self.step_s * MICROS < first_us]:
                del steps[step]
        for cuffs in self.cuffs.values():
            for at_us in [at_us for at_us in cuffs if at_us < first_us]:
                del cuffs[at_us]

    def spark(self, owned: Sequence[Owned]) -> Spark | None:
        """The lines of a bed from what was its own; None where nothing was measured."""
        steps: dict[int, float] = {}
        cuffs: dict[int, float] = {}
        for device, interval in owned:
            for step, low in self._steps_within(device, interval):
                steps[step] = min(low, steps.get(step, low))
            since_us, until_us = _micros(interval)
            cuffs |= {
                at_us: sys
                for at_us, sys in self.cuffs.get(device, {}).items()
                if since_us <= at_us < until_us
            }
        if not steps and not cuffs:
            return None
        first, last = min(steps, default=0), max(steps, default=-1)
        shown = ((steps.get(step)) for step in range(first, last + 1))
        return Spark(
            first_ms=first * self.step_s * 1000,
            step_ms=self.step_s * 1000,
            spo2=tuple(None if low is None else round(low) for low in shown),
            sbp=tuple((at_us // 1000, round(cuffs[at_us])) for at_us in sorted(cuffs)),
        )

    def _steps_within(self, device: DeviceId, interval: Interval) -> Iterator[tuple[int, float]]:
        """The whole steps of an interval: one that another patient has a part in is nobody's."""
        since_us, until_us = _micros(interval)
        step_us = self.step_s * MICROS
        for step, low in self.lowest.get(device, {}).items():
            if since_us <= step * step_us and (step + 1) * step_us <= until_us:
                yield step, low


def owned_by(bed: BedPlan, occupant: Session | None, lately: Iterable[Session]) -> list[Owned]:
    """Which devices are a bed's own, and when: its session's, or those that stand there.

    `lately`: the sessions that had devices in the time that the lines show.
    """
    if occupant is not None:
        return [
            (held.device, interval) for held in occupant.associations for interval in held.intervals
        ]
    held_by = [
        (held.device, interval)
        for session in lately
        for held in session.associations
        for interval in held.intervals
    ]
    owned = []
    for device in bed.devices:
        ends = [interval.until for name, interval in held_by if name == device]
        given_back = [end for end in ends if end is not None]
        if len(given_back) == len(ends):
            owned.append((device, Interval(since=max(given_back, default=_EVER))))
    return owned


_EVER: Final = datetime.min.replace(tzinfo=UTC)


def _micros(interval: Interval) -> tuple[int, int]:
    until = interval.until
    return to_micros(interval.since), _NEVER_US if until is None else to_micros(until)


_NEVER_US: Final = 2**63
