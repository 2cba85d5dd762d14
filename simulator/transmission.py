"""What the link of a device does to its messages: nothing, or one of the faults of a link."""

from collections.abc import Sequence
from random import Random

from simulator.faults import LINK_DOWN_FAULTS, Delay, Disorder, Duplicates, Fault, Loss


class Transmission:
    """Says when each message leaves the device, and when the link is down.

    Times are true ms since 1970.
    """

    def __init__(self, faults: Sequence[Fault], start_ms: int, random: Random) -> None:
        self._random = random
        self._delays = [(f.window(start_ms), f) for f in faults if isinstance(f, Delay)]
        self._disorders = [(f.window(start_ms), f) for f in faults if isinstance(f, Disorder)]
        self._duplicates = [(f.window(start_ms), f) for f in faults if isinstance(f, Duplicates)]
        self._losses = [f.window(start_ms) for f in faults if isinstance(f, Loss)]
        self._downs = [f.window(start_ms) for f in faults if isinstance(f, LINK_DOWN_FAULTS)]
        self._is_plain = not (self._delays or self._disorders or self._duplicates or self._losses)

    def leaves_ms(self, at_ms: int) -> tuple[int, ...]:
        """When the message measured at `at_ms` leaves: once, twice for a duplicate, or never.

        To be asked once for each message, in order.
        """
        if self._is_plain:
            return (at_ms,)
        if any(window.contains(at_ms) for window in self._losses):
            return ()
        leaves = at_ms
        for window, delay in self._delays:
            if window.contains(at_ms):
                leaves += round(delay.by_s * 1000)
        for window, disorder in self._disorders:
            if window.contains(at_ms) and self._random.random() < disorder.share:
                leaves += self._random.randint(1, round(disorder.within_s * 1000))
        for window, duplicates in self._duplicates:
            if window.contains(at_ms) and self._random.random() < duplicates.share:
                again = self._random.randint(1, round(duplicates.within_s * 1000))
                return leaves, leaves + again
        return (leaves,)

    def down_until_ms(self, at_ms: int) -> float | None:
        """Until when the link that is down at `at_ms` stays so; None if it is up."""
        ends = [window.end_ms(at_ms) for window in self._downs if window.contains(at_ms)]
        return max(ends) if ends else None
