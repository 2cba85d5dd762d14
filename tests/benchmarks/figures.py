"""Figures of many measurements, and how they are printed."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """Many times of the same thing, in seconds."""

    seconds: Sequence[float]

    def percentile_ms(self, percent: float) -> float:
        """The time that `percent` of all stay within, milliseconds."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]

    def __str__(self) -> str:
        parts = [f"p{p} {self.percentile_ms(p):.1f} ms" for p in (50, 95, 99)]
        return f"{' · '.join(parts)} ({len(self.seconds)} messages)"
