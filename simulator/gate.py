"""What devices wait for before they look for the broker: that somebody is there to listen."""

import logging
import time
import urllib.error
import urllib.request
from collections.abc import Callable

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.2
ANSWER_WITHIN_S = 1.0
WAIT_AT_MOST_S = 180.0


class Gate:
    """Open once `address` (http) has answered that all is well, and from then on.

    It opens by itself after `wait_s` seconds: no device keeps silent for ever.
    """

    def __init__(
        self,
        address: str,
        *,
        wait_s: float = WAIT_AT_MOST_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._address = address
        self._clock = clock
        self._opens_s = clock() + wait_s
        self._look_s = clock()
        self._is_open = False

    def is_open(self) -> bool:
        """Whether devices may connect; looks now and then, and may block for a moment."""
        now_s = self._clock()
        if not self._is_open and now_s >= self._look_s:
            self._look_s = now_s + LOOK_EVERY_S
            self._is_open = now_s >= self._opens_s or self._answers()
            if self._is_open:
                log.info("%s is there, or was waited for long enough", self._address)
        return self._is_open

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self._address, timeout=ANSWER_WITHIN_S) as answer:  # noqa: S310 - checked where it is given
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False
