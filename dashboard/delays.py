"""How long a message was under way beyond the usual, without trusting that two clocks agree.

The smallest of received minus published over some minutes is clock difference plus the shortest
way; what a message took beyond it is delay. A broker that hangs and then delivers its backlog
thus makes nothing look new. If every arrival agrees on another difference for some seconds, a
clock was set, and that is the new usual.
"""

from collections import deque
from datetime import datetime, timedelta
from typing import Final

WINDOW_S: Final = 300.0
"""As long as a device's offset is taken over (config, `clock.window_s`): drift stays in the ms."""
STEADY_S: Final = 5.0
STEADY_SPREAD_S: Final = 0.3
"""A backlog drains within a second or so and never looks this even for this long."""
_SLICES: Final = 10


class Delays:
    """The delays of what one run of one sender publishes, in seconds."""

    def __init__(self) -> None:
        self._slices: deque[tuple[float, float]] = deque(maxlen=_SLICES)
        self._run_since_s = 0.0
        self._run_low = self._run_high = float("nan")

    def delay_s(self, published_at: datetime, received_at: datetime, now_s: float) -> float:
        """How much longer than usual this message was under way. `now_s` is monotonic."""
        way_s = (received_at - published_at) / timedelta(seconds=1)
        self._note(way_s, now_s)
        if self._is_steady(way_s, now_s):
            self._slices.clear()
            self._slices.append((now_s, self._run_low))
        return max(0.0, way_s - min(low for _, low in self._slices))

    def _note(self, way_s: float, now_s: float) -> None:
        while self._slices and now_s - self._slices[0][0] > WINDOW_S:
            self._slices.popleft()
        if not self._slices or now_s - self._slices[-1][0] >= WINDOW_S / _SLICES:
            self._slices.append((now_s, way_s))
            return
        begun_s, low = self._slices[-1]
        self._slices[-1] = (begun_s, min(low, way_s))

    def _is_steady(self, way_s: float, now_s: float) -> bool:
        low, high = min(self._run_low, way_s), max(self._run_high, way_s)
        if not high - low <= STEADY_SPREAD_S:  # also where no run has begun
            self._run_since_s, self._run_low, self._run_high = now_s, way_s, way_s
            return False
        self._run_low, self._run_high = low, high
        return now_s - self._run_since_s >= STEADY_S
