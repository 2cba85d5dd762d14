"""Stories in real time through a whole Hourglass, judged by what its ward screens were told.

All stories run at once, a ward each. Of each, the past up to this moment is taken up as recorded
arrivals; then the same devices go on live, with the same boot and seq, until its window is over.
"""

import asyncio
import heapq
import logging
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from simulator.broker import parse_broker
from simulator.clock import present_ms
from simulator.control import Desk, control_folder
from simulator.faults import MS_PER_MIN
from simulator.live import LiveRun
from simulator.recorded import EPOCH, record_run
from simulator.scenario import Scenario
from simulator.score.house import House
from simulator.score.receiver import read_record
from simulator.score.rooms import ReceiverFailed
from simulator.score.screen import Screen
from simulator.score.watched import Seen, Watched, seen
from simulator.story import LiveWindow
from vocabulary.ids import WardId
from vocabulary.signals import SignalName
from wire.arrivals import RecordedArrival, write_arrivals

log = logging.getLogger(__name__)

LEAD_S: Final = 45.0
"""So long before the windows begin, at least, the past is made and taken up, and all goes live."""
OPENINGS: Final = 6.0
OPENINGS_PER_BED: Final = 0.2
"""On a busy machine it takes so many times as long as opening the house did."""
LOOK_EVERY_S: Final = 0.5


class Plan(NamedTuple):
    """What to watch, and where everything random comes from.

    `lead_s`: how long before the windows begin; None: as long as this machine seems to need.
    `allowance`: how long after it was due an alarm may be on its screen.
    """

    stories: Sequence[tuple[str, Scenario]]
    seed: int
    lead_s: float | None
    allowance: timedelta

    @property
    def beds(self) -> list[str]:
        """Every bed of all of them."""
        return [bed.bed for _, scenario in self.stories for bed in scenario.beds]


class NotLive(ReceiverFailed):
    """Beds were not live when the windows began."""


def watch_live(folder: Path, config: Path, plan: Plan) -> list[Seen]:
    """Run the stories of a plan; returns how each went. Raises ReceiverFailed, UnreadableAlarm.

    A machine that became busier meanwhile than it was at the beginning is tried once more.
    """
    for name, scenario in plan.stories:
        _window(name, scenario)
    try:
        return _watch_once(folder, config, plan, 1.0)
    except NotLive as late:
        if plan.lead_s is not None:
            raise
        log.warning("%s; once more, with twice the time", late)
        return _watch_once(folder, config, plan, 2.0)


def _watch_once(folder: Path, config: Path, plan: Plan, patience: float) -> list[Seen]:
    house = House(folder, config, [scenario for _, scenario in plan.stories])
    try:
        begun_s = time.monotonic()
        house.open()
        took_s = time.monotonic() - begun_s
        needed_s = took_s * (OPENINGS + OPENINGS_PER_BED * len(plan.beds))
        lead_s = plan.lead_s or patience * max(LEAD_S, needed_s)
        log.info("the house is open after %.0f s; windows begin in %.0f s", took_s, lead_s)
        watched = _watched(plan, lead_s)
        screens = [Screen(one.scenario.ward) for one in watched]
        return asyncio.run(_Showing(house, watched, screens, plan).run())
    finally:
        house.close()


def _window(name: str, scenario: Scenario) -> LiveWindow:
    if scenario.live is None:
        raise ReceiverFailed(f"{name} has no part that can be watched live: give it `live`")
    return scenario.live


def _watched(plan: Plan, lead_s: float) -> list[Watched]:
    begin_ms = present_ms() + round(lead_s * 1000)
    found = []
    for name, scenario in plan.stories:
        window = _window(name, scenario)
        start_ms = begin_ms - round(window.from_min * MS_PER_MIN)
        found.append(Watched(name, scenario, start_ms, window))
    return found


class _Showing:
    """One performance in a house that is open."""

    def __init__(
        self, house: House, watched: Sequence[Watched], screens: Sequence[Screen], plan: Plan
    ) -> None:
        self._house = house
        self._rooms = house.rooms
        self._watched = watched
        self._screens = screens
        self._seed = plan.seed
        self._allowance = plan.allowance
        self._until = max(one.until for one in watched)

    async def run(self) -> list[Seen]:
        await asyncio.to_thread(self._take_up_past)
        self._rooms.start_module("ingest")
        devices = self._devices()
        playing = asyncio.create_task(asyncio.to_thread(devices.run))
        watching = [asyncio.create_task(self._house.watch(screen)) for screen in self._screens]
        try:
            await self._go_through([playing, *watching])
        finally:
            devices.stop()
            for task in watching:
                task.cancel()
            await asyncio.gather(playing, *watching, return_exceptions=True)
        record = await asyncio.to_thread(read_record, self._rooms)
        pairs = zip(self._watched, self._screens, strict=True)
        return [seen(one, screen, record, self._allowance) for one, screen in pairs]

    def _take_up_past(self) -> None:
        """The past of all wards until now, and what people did; then what they are still to do."""
        arrivals, people = (
            self._rooms.folder / "arrivals.jsonl",
            self._rooms.folder / "people.jsonl",
        )
        self._rooms.do(
            "demo", "people", *(one.name for one in self._watched),
            "--start", *(one.starts_at.isoformat() for one in self._watched),
            "--seed", str(self._seed), "--end", self._until.isoformat(), "--file", str(people),
        )  # fmt: skip
        now_ms = present_ms()
        past, ahead = _split(people, EPOCH + timedelta(milliseconds=now_ms))
        write_arrivals(arrivals, self._arrivals(now_ms))
        self._rooms.do("ingest", "--from", str(arrivals), "--people", str(past))
        if ahead.stat().st_size:
            self._rooms.start_module("demo", "act", "--file", str(ahead), may_end=True)

    def _arrivals(self, end_ms: int) -> Iterable[RecordedArrival]:
        streams = [
            record_run(
                one.stations(self._seed), WardId(one.scenario.ward), seed=self._seed, end_ms=end_ms
            )
            for one in self._watched
        ]
        return heapq.merge(*streams, key=attrgetter("received_at"))

    def _devices(self) -> LiveRun:
        wards = {WardId(one.scenario.ward): one.stations(self._seed) for one in self._watched}
        names = [station.device.device for stations in wards.values() for station in stations]
        desk = Desk(control_folder(self._rooms.data), f"score-{self._seed}", names)
        return LiveRun(wards, parse_broker(self._house.mqtt_url), desk)

    async def _go_through(self, tasks: Sequence["asyncio.Task[None]"]) -> None:
        """Until the last window is over. Raises ReceiverFailed if not all are live at the first."""
        await self._wait_until(min(one.from_at for one in self._watched), tasks)
        log.info("the windows begin")
        if waiting := self._not_live():
            raise NotLive(
                f"{len(waiting)} beds were not live when the windows began, {waiting[0]} among "
                "them: give more time with --lead-s"
            )
        await self._wait_until(self._until, tasks)

    async def _wait_until(self, moment: datetime, tasks: Sequence["asyncio.Task[None]"]) -> None:
        while (now := datetime.now(UTC)) < moment:
            await asyncio.sleep(min(LOOK_EVERY_S, (moment - now).total_seconds()))
            self._rooms.check()
            for task in tasks:
                if task.done():
                    task.result()  # it ends by a fault only

    def _not_live(self) -> list[str]:
        return [
            f"{screen.ward}/{bed}"
            for one, screen in zip(self._watched, self._screens, strict=True)
            for bed in one.monitored
            if not screen.is_live(bed, SignalName.HR.value)
        ]


class _Act(msgspec.Struct, frozen=True):
    at: datetime


def _split(people: Path, now: datetime) -> tuple[Path, Path]:
    """What people have done by now, and what they are still to do, in files of their own."""
    past, ahead = people.with_name("people-past.jsonl"), people.with_name("people-ahead.jsonl")
    with people.open("rb") as all_, past.open("wb") as before, ahead.open("wb") as after:
        for line in all_:
            (before if msgspec.json.decode(line, type=_Act).at <= now else after).write(line)
    return past, ahead
