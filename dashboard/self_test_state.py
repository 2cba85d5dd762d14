"""How far a self-test of the alarms has got, and what the screens say of it."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from infusion.patient import Person
from infusion.station_events import LegReached, SelfTestFinished, SelfTestLeg
from vocabulary.ids import BedId, WardId

MOST_EARLY: Final = 200
"""More screens than a ward has; whoever tells more than that is not listened to."""


@dataclass(frozen=True, slots=True)
class ToldByScreen:
    """The alarms that a screen says it has painted or played, and when it said so (monotonic)."""

    screen: int
    painted: str
    sounded: str
    at_s: float


@dataclass(slots=True)
class SelfTest:
    """One test of a ward. `*_s` are monotonic; `painted`, `sounded`: the screens that told so.

    `early`: what screens told before it was known here which alarm is the test's.
    """

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
    early: list["ToldByScreen"] = field(default_factory=list)
    failed: SelfTestLeg | None = None
    is_over: bool = False
    is_recorded: bool = False

    def reach(self, leg: SelfTestLeg, at_s: float) -> None:
        """The alarm got there at `at_s` (monotonic); only the first time counts."""
        if self.raised_s is not None:
            self.reached.setdefault(leg, max(0.0, at_s - self.raised_s))

    def at_bed(self, alarm: str, at_s: float) -> None:
        """Its alarm came back from ingest at `at_s` (monotonic); a screen may have been quicker."""
        if self.alarm:
            return
        self.alarm = alarm
        self.reach(SelfTestLeg.INGEST, at_s)
        for said in self.early:
            self.take(replace(said, at_s=max(at_s, said.at_s)))
        self.early.clear()

    def take(self, said: "ToldByScreen") -> None:
        """Take in what a screen told, if it is of this test."""
        if said.painted == self.alarm:
            self.painted.add(said.screen)
            self.reach(SelfTestLeg.SCREEN, said.at_s)
        if said.sounded == self.alarm:
            self.sounded.add(said.screen)
            self.reach(SelfTestLeg.SPEAKER, said.at_s)

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
        if test is None or test.is_over:
            return
        said = ToldByScreen(screen, painted, sounded, time.monotonic())
        if test.alarm:
            test.take(said)
        elif len(test.early) < MOST_EARLY:
            test.early.append(said)
