"""The `now` of a worker: wall time that never goes back."""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

log = logging.getLogger(__name__)

NOTICED_STEP_S: Final = 1.0


def _wall_time() -> datetime:
    return datetime.now(UTC)


class StreamClock:
    """Wall time (UTC) carried on by the monotonic clock.

    A wall clock that is set back would make old numbers look new, so it is not followed until
    the next start; one that is set forward is followed at once.
    """

    def __init__(
        self,
        wall: Callable[[], datetime] = _wall_time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._has_warned = False
        self._anchor()

    def now(self) -> datetime:
        """The present moment, UTC; never earlier than the one before."""
        now = self._anchor_wall + timedelta(seconds=self._monotonic() - self._anchor_s)
        ahead_s = (self._wall() - now).total_seconds()
        if ahead_s > NOTICED_STEP_S:
            log.warning("this machine's clock was set forward by %.1f s", ahead_s)
            self._anchor()
            return self._anchor_wall
        if ahead_s < -NOTICED_STEP_S and not self._has_warned:
            self._has_warned = True
            log.error(
                "this machine's clock was set back by %.1f s; times go on as before until ingest "
                "is started again",
                -ahead_s,
            )
        return now

    def _anchor(self) -> None:
        self._anchor_wall = self._wall()
        self._anchor_s = self._monotonic()
