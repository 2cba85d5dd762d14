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

    A wall clock that is set back would make old numbers look new, so it is not followed until it
    is past the newest time in the record; one that is set forward is followed at once.
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
                "this machine's clock is %.1f s behind the times in the record, which go on as "
                "before; to follow it again, stop ingest for that long while no chair is taken",
                -ahead_s,
            )
        return now

    def go_on_from(self, recorded: datetime | None) -> None:
        """Begin no earlier than `recorded`, the newest time in the record (UTC).

        What was heard then would be newer than all that is heard now, and be shown as live.
        """
        if recorded is not None and recorded > self.now():
            self._anchor()
            self._anchor_wall = recorded

    def _anchor(self) -> None:
        self._anchor_wall = self._wall()
        self._anchor_s = self._monotonic()
