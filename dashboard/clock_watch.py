"""Whether people's times and devices' times are of one clock: this server's and ingest's.

What people do is timed here, what devices tell by ingest. Where the two clocks differ, a device
seems to have been somebody else's when it told something, and a check to be done before it was due.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from dashboard.arrivals import WorkerHeard
from dashboard.own_alarm import OwnAlarm
from dashboard.own_alarms import OwnAlarms
from dashboard.watch import LinkWatch
from vocabulary.alarms import AlarmPriority, OwnAlarmCode
from vocabulary.ids import WorkerId
from vocabulary.states import LinkState

TROUBLE: Final = "clocks"
LOOK_EVERY_S: Final = 1.0
HEARTBEATS: Final = 10
"""So many in a row must say so: one alone may have been held up."""


@dataclass(slots=True)
class ClockWatch:
    """Raises and ends the alarm. For the event loop only.

    `limit_s`: how far two clocks may be apart. `_ways_s`: of the newest heartbeats of each run of
    each worker, received minus published; the smallest is what the clocks differ by.
    """

    links: LinkWatch
    own: OwnAlarms
    limit_s: float
    _ways_s: dict[tuple[WorkerId, str], deque[float]] = field(default_factory=dict)
    _seen: dict[WorkerId, float] = field(default_factory=dict)

    async def run(self) -> None:
        """Look for as long as the server runs."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            self.look(self.links.heard(), datetime.now(UTC))

    def look(self, heartbeats: tuple[WorkerHeard, ...], now: datetime) -> None:
        """Take in the newest heartbeats of all workers at `now` (UTC)."""
        for heard in heartbeats:
            self._take(heard)
        runs = {(heard.worker, heard.status.boot) for heard in heartbeats}
        self._ways_s = {run: ways for run, ways in self._ways_s.items() if run in runs}
        full = [min(ways) for ways in self._ways_s.values() if len(ways) == HEARTBEATS]
        if not full:
            return
        ahead_s = max(full, key=abs)
        if abs(ahead_s) <= self.limit_s:
            self.own.end(TROUBLE, now)
            return
        self.own.raise_one(_alarm(ahead_s, self.limit_s, now), now)

    def _take(self, heard: WorkerHeard) -> None:
        status = heard.status
        is_news = self._seen.get(heard.worker) != heard.received_s
        if heard.retained or status.state is LinkState.DOWN or not is_news:
            return
        if status.published_at is None:
            return
        self._seen[heard.worker] = heard.received_s
        ways = self._ways_s.setdefault((heard.worker, status.boot), deque(maxlen=HEARTBEATS))
        ways.append((heard.received_at - status.published_at) / timedelta(seconds=1))


def _alarm(ahead_s: float, limit_s: float, now: datetime) -> OwnAlarm:
    side = "ahead of" if ahead_s > 0 else "behind"
    size = abs(ahead_s)
    words = f"{size:.0f} s" if size < 120 else f"{size / 60:.0f} min"
    return OwnAlarm(
        name=TROUBLE,
        code=OwnAlarmCode.CLOCKS_DIFFER,
        priority=AlarmPriority.MEDIUM,
        text=f"the clock of the screens is {words} {side} that of ingest: "
        "what people enter is recorded at a wrong time, set the clocks right",
        since=now,
        value=round(size),
        limit=limit_s,
    )
