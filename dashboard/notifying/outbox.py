"""The notices on their way: each tried again with a growing pause, until taken or given up.

A receiver hears that an alarm is seen or over if it may know of that alarm, and then for certain.
Pure: `now` is a parameter.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import msgspec

from dashboard.notifying.notices import Notice, NoticeWord

PAUSES_S: Final = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0)
"""Between tries; the last again and again."""
GIVEN_UP_AFTER: Final = timedelta(minutes=15)
"""What an alarm said a quarter of an hour ago misleads more than it tells."""
TROUBLE_AFTER_TRIES: Final = 3
MOST_WAITING: Final = 500
_CLOSING: Final = (NoticeWord.ACKNOWLEDGED, NoticeWord.OVER)


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A notice that is not taken yet. Times UTC; `why` the last try failed."""

    notice: Notice
    first_at: datetime
    due_at: datetime
    tries: int = 0
    why: str = ""
    is_under_way: bool = False


class Outbox:
    """What waits to be delivered, in the order it came."""

    def __init__(self) -> None:
        self._waiting: dict[str, Waiting] = {}
        self._known: set[str] = set()
        self._failing_since: datetime | None = None
        self._why = ""

    def __len__(self) -> int:
        return len(self._waiting)

    def know(self, alarms: Iterable[str]) -> None:
        """The receiver knows of these alarms, or may do so."""
        self._known.update(alarms)

    def put(self, notice: Notice, now: datetime) -> None:
        """Take in a notice; what waits to be told of an alarm that is seen or over is dropped.

        That it is seen or over is itself dropped if the receiver cannot know of it.
        """
        if notice.what in _CLOSING:
            self._drop(notice.alarm)
            if notice.alarm not in self._known and not self._of(notice.alarm):
                return
        self._waiting[notice.id] = Waiting(notice=notice, first_at=now, due_at=now)

    def _of(self, alarm: str) -> list[Waiting]:
        return [waiting for waiting in self._waiting.values() if waiting.notice.alarm == alarm]

    def _drop(self, alarm: str) -> None:
        for waiting in self._of(alarm):
            if not waiting.is_under_way:
                del self._waiting[waiting.notice.id]

    def due(self, now: datetime) -> list[Waiting]:
        """What should be tried now; of one alarm only the first that waits, so order is kept."""
        seen: set[str] = set()
        found = []
        for waiting in self._waiting.values():
            is_first = waiting.notice.alarm not in seen
            seen.add(waiting.notice.alarm)
            if is_first and not waiting.is_under_way and waiting.due_at <= now:
                found.append(waiting)
        return found

    def begin(self, waiting: Waiting) -> None:
        """It is being tried."""
        self._waiting[waiting.notice.id] = msgspec.structs.replace(waiting, is_under_way=True)

    def delivered(self, waiting: Waiting) -> None:
        """It was taken; so the way is open again."""
        notice = waiting.notice
        self._waiting.pop(notice.id, None)
        if notice.what is NoticeWord.OVER:
            self._known.discard(notice.alarm)
        else:
            self._known.add(notice.alarm)
        self._failing_since, self._why = None, ""

    def failed(
        self, waiting: Waiting, why: str, now: datetime, *, is_perhaps_known: bool = False
    ) -> Waiting | None:
        """It was not taken; tried again later, if it still says how it is.

        Given back if it is too old for that; that an alarm is over is never too old.
        """
        alarm = waiting.notice.alarm
        if is_perhaps_known:
            self._known.add(alarm)
        tries = waiting.tries + 1
        self._why = why
        if tries >= TROUBLE_AFTER_TRIES and self._failing_since is None:
            self._failing_since = waiting.first_at
        pause_s = PAUSES_S[min(tries, len(PAUSES_S)) - 1]
        after = msgspec.structs.replace(
            waiting,
            tries=tries,
            why=why,
            due_at=now + timedelta(seconds=pause_s),
            is_under_way=False,
        )
        is_over = waiting.notice.what is NoticeWord.OVER
        is_old = now - waiting.first_at >= GIVEN_UP_AFTER and not is_over
        if is_old or len(self._waiting) > MOST_WAITING:
            self._waiting.pop(waiting.notice.id, None)
            if alarm not in self._known:
                self._drop(alarm)
            return after
        self._waiting[waiting.notice.id] = after
        self._settle(after)
        return None

    def _settle(self, failed: Waiting) -> None:
        """Of an alarm that was seen, or is over, since this was sent only that is still told."""
        alarm = failed.notice.alarm
        later = [w for w in self._of(alarm) if w.notice.id != failed.notice.id]
        if any(w.notice.what in _CLOSING for w in later):
            del self._waiting[failed.notice.id]
            if alarm not in self._known:
                self._drop(alarm)

    @property
    def trouble(self) -> tuple[datetime, str] | None:
        """Since when (UTC) nothing is taken, and why; None while the way is open."""
        return None if self._failing_since is None else (self._failing_since, self._why)
