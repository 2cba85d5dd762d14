"""How far a self-test of the alarms has got, and what the screens say of it."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from infusion.patient import Person
from infusion.station_events import LegReached, SelfTestFinished, SelfTestLeg
from vocabulary.ids import BedId, WardId


@dataclass(slots=True)
class SelfTest:
    """One test of a ward. `*_s` are monotonic; `painted`, `sounded`: the screens that told so."""

    ward: WardId
    bed: BedId
    by: Person
    name: str
    began_at: datetime
    raised_s: float | None = None
    alarm: str = ""
    reached: dict[SelfTestLeg, float] = field(default_factory=dict)
    painted: set[int] = field(default_factory=set)
    sounded: set[int] = field(default_factory=set)
    failed: SelfTestLeg | None = None
    is_over: bool = False
    is_recorded: bool = False

    def reach(self, leg: SelfTestLeg, at_s: float) -> None:
        """The alarm got there at `at_s` (monotonic); only the first time counts."""
        if self.raised_s is not None:
            self.reached.setdefault(leg, max(0.0, at_s - self.raised_s))

    def result(self) -> SelfTestFinished:
        """What stands in the record."""
        return SelfTestFinished(
            ward=self.ward,
            at=datetime.now(UTC),
            test=self.name,
            bed=self.bed,
            by=self.by,
            began_at=self.began_at,
            reached=tuple(
                LegReached(leg=leg, after_s=round(self.reached[leg], 3))
                for leg in SelfTestLeg
                if leg in self.reached
            ),
            failed=self.failed,
            painted_on=len(self.painted),
            sounded_on=len(self.sounded),
        )


class SelfTests:
    """The last test of each ward; one runs at a time. For the event loop only."""

    def __init__(self) -> None:
        self.last: dict[WardId, SelfTest] = {}
        self._running: asyncio.Task[None] | None = None

    @property
    def is_running(self) -> bool:
        """Whether a test is under way."""
        return self._running is not None and not self._running.done()

    def start(self, test: SelfTest, run: Callable[[], Coroutine[Any, Any, None]]) -> bool:
        """Let a test run; False while another is under way."""
        if self.is_running:
            return False
        self.last[test.ward] = test
        self._running = asyncio.create_task(run(), name="self-test")
        return True

    def screen_said(self, ward: WardId, screen: int, *, painted: str, sounded: str) -> None:
        """Take in what a screen says it has painted or played."""
        test = self.last.get(ward)
        if test is None or test.is_over or not test.alarm:
            return
        now_s = time.monotonic()
        if painted == test.alarm:
            test.painted.add(screen)
            test.reach(SelfTestLeg.SCREEN, now_s)
        if sounded == test.alarm:
            test.sounded.add(screen)
            test.reach(SelfTestLeg.SPEAKER, now_s)
