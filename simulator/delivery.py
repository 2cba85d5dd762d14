"""What a pump does over time, in stretches of one state and one rate.

Between two changes a pump delivers at a constant rate, so its volume at any moment is exact. The
same course tells the patient how much drug came in.
"""

from bisect import bisect_right
from dataclasses import dataclass

from simulator.occurrence import Occurrence
from vocabulary.states import PumpState

MS_PER_H = 3_600_000


@dataclass(frozen=True, slots=True)
class Segment:
    """From `start_ms` on the pump is in one state at one rate (mL/h).

    `volume_ml` is what this counter stood at then, `total_ml` all that was ever delivered.
    """

    start_ms: int
    state: PumpState
    rate_ml_h: float = 0.0
    rate_set_ml_h: float | None = None
    counter: int = 1
    volume_ml: float = 0.0
    total_ml: float = 0.0
    to_infuse_ml: float | None = None

    def delivered_ml(self, at_ms: int) -> float:
        """What flows from the start of this segment until `at_ms`."""
        return self.rate_ml_h * (at_ms - self.start_ms) / MS_PER_H

    def reaches_ms(self, volume_ml: float) -> int:
        """When the counter stands at `volume_ml`, at this rate."""
        hours = max(0.0, volume_ml - self.volume_ml) / self.rate_ml_h
        return self.start_ms + round(hours * MS_PER_H)


class Delivery:
    """The whole course of a pump. Times are true ms since 1970."""

    def __init__(
        self,
        segments: list[Segment],
        occurrences: list[Occurrence],
        infusion_starts_ms: list[int],
    ) -> None:
        self.segments = tuple(segments)
        self.occurrences = tuple(sorted(occurrences, key=lambda occurrence: occurrence.at_ms))
        self.infusion_starts_ms = tuple(infusion_starts_ms)
        self._starts = [segment.start_ms for segment in segments]

    def at(self, at_ms: int) -> Segment:
        """What the pump does at `at_ms`."""
        return self.segments[max(0, bisect_right(self._starts, at_ms) - 1)]

    def total_ml(self, at_ms: int) -> float:
        """All that the pump delivered until `at_ms`, over every counter."""
        segment = self.at(at_ms)
        return segment.total_ml + segment.delivered_ml(at_ms)


def counter_name(number: int) -> str:
    """How a pump calls its n-th run of the volume counter."""
    return f"c{number}"
