"""What the dashboard publishes, handed to the thread that owns the connection."""

import queue
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias

Publish: TypeAlias = Callable[[str, bytes, bool], int]
"""Publishes with QoS 1: topic, payload, retain; answers with the number the broker will name."""


@dataclass(slots=True)
class Outgoing:
    """Something to publish. Monotonic seconds: when it left, when the broker had it; else None."""

    topic: str
    payload: bytes
    retain: bool
    published_s: float | None = None
    acked_s: float | None = None


class Outbound:
    """Waits for the connection, and is told what the broker took. `put` is for any thread."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[Outgoing] = queue.SimpleQueue()
        self._unacked: dict[int, Outgoing] = {}

    def put(self, outgoing: Outgoing) -> None:
        """Let it go out with the next turn of the connection's loop."""
        self._waiting.put(outgoing)

    def publish(self, publish: Publish) -> None:
        """Send all that waits."""
        with suppress(queue.Empty):
            while True:
                outgoing = self._waiting.get_nowait()
                outgoing.published_s = time.monotonic()
                mid = publish(outgoing.topic, outgoing.payload, outgoing.retain)
                self._unacked[mid] = outgoing

    def take_ack(self, mid: int) -> None:
        """The broker has what was sent under this number."""
        outgoing = self._unacked.pop(mid, None)
        if outgoing is not None:
            outgoing.acked_s = time.monotonic()

    def forget(self) -> None:
        """Another connection counts anew."""
        self._unacked.clear()
