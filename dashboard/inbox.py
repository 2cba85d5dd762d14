"""From the feed's thread to the event loop: the newest of each topic, and never a queue."""

import asyncio
import threading
from collections.abc import Callable

from dashboard.arrivals import Arrived


class Inbox:
    """Hands what arrived from the thread to the loop, the newest of each topic only."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, Arrived] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._take: Callable[[list[Arrived]], None] | None = None

    def open(self, loop: asyncio.AbstractEventLoop, take: Callable[[list[Arrived]], None]) -> None:
        """From now on call `take` in `loop` with what arrived."""
        self._loop, self._take = loop, take

    def close(self) -> None:
        """Hand over nothing more."""
        with self._lock:
            self._loop = None

    def put(self, topic: str, arrived: Arrived) -> None:
        """Take in what arrived on `topic`, in place of what waits there; from any thread."""
        with self._lock:
            is_first = not self._waiting
            self._waiting.pop(topic, None)
            self._waiting[topic] = arrived
            if is_first and self._loop is not None:
                self._loop.call_soon_threadsafe(self._hand_over)

    def _hand_over(self) -> None:
        with self._lock:
            arrived, self._waiting = list(self._waiting.values()), {}
        if self._take is not None:
            self._take(arrived)
