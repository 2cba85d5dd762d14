"""Ends a worker that no longer turns, so that the supervisor starts a new one."""

import faulthandler
import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Final

log = logging.getLogger(__name__)

EXIT_STUCK: Final = 75
"""EX_TEMPFAIL of sysexits.h: try again."""


def _exit_at_once() -> None:
    faulthandler.dump_traceback(file=sys.stderr)
    os._exit(EXIT_STUCK)


class Watchdog:
    """Watches from a thread of its own that `beat` is called at least every `limit_s` seconds."""

    def __init__(
        self,
        limit_s: float,
        end_process: Callable[[], None] = _exit_at_once,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit_s = limit_s
        self._end_process = end_process
        self._now_s = now_s
        self._last_beat_s = self._looked_s = now_s()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self.beat()
        self._looked_s = self._last_beat_s
        self._thread.start()

    def beat(self) -> None:
        """The loop has turned once more."""
        self._last_beat_s = self._now_s()

    def beat_age_s(self) -> float:
        """Seconds since the loop turned last."""
        return self._now_s() - self._last_beat_s

    def stop(self) -> None:
        """End the watch: the worker stops as planned."""
        self._stopped.set()

    def is_stuck(self) -> bool:
        """Whether the loop alone stands still; asked again and again.

        Where the whole process stood still, as on a machine that slept, nobody could turn: the
        loop has its time again.
        """
        looked_s, self._looked_s = self._looked_s, self._now_s()
        if self._looked_s - looked_s > self._limit_s / 3:
            self._last_beat_s = self._looked_s
        return self.beat_age_s() > self._limit_s

    def _watch(self) -> None:
        while not self._stopped.wait(self._limit_s / 10):
            if self.is_stuck():
                log.critical("the ingest loop stood still for %.0f s; ending", self.beat_age_s())
                self._end_process()
                return
