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

from simulator.clock import present_ms
from simulator.connection import parse_broker
from simulator.control import Desk, control_folder
from simulator.faults import MS_PER_MIN
from simulator.live import LiveRun
from simulator.recorded import EPOCH, record_run
from simulator.scenario import Scenario
from simulator.score.house import House
from simulator.score.matching import SLACK, Outcome, judge
from simulator.score.raised import Onset, Sign
from simulator.score.receiver import read_record
from simulator.score.rooms import ReceiverFailed
from simulator.score.screen import Screen, ShownOnset
from simulator.story import LiveWindow
from simulator.truth import TrueAlarm, truth_of
from simulator.ward import Station, build_ward
from vocabulary.ids import WardId
from vocabulary.signals import SignalName
from wire.arrivals import RecordedArrival, write_arrivals

log = logging.getLogger(__name__)

WAY_TO_SCREEN: Final = timedelta(seconds=1)
"""From ingest over broker and dashboard to a screen: sample to painted alarm is promised in 1 s."""
ALLOWANCE: Final = SLACK + WAY_TO_SCREEN
LEAD_S: Final = 45.0
"""So long before the windows begin, at least, the past is made and taken up, and all goes live."""
LEAD_PER_OPENING: Final = 8.0
"""On a busy machine it takes this many times as long as opening the house did."""
LOOK_EVERY_S: Final = 0.5
SAME_MOMENT: Final = timedelta(milliseconds=100)
"""A screen is told when an alarm was first signalled in whole milliseconds."""


class Watched(NamedTuple):
    """A story, as it is named, when its minute 0 is (true ms since 1970), and what is watched."""

    name: str
    scenario: Scenario
    start_ms: int
    window: LiveWindow

    @property
    def starts_at(self) -> datetime:
        """Minute 0."""
        return EPOCH + timedelta(milliseconds=self.start_ms)

    @property
    def from_at(self) -> datetime:
        """When the window begins."""
        return self.starts_at + timedelta(minutes=self.window.from_min)

    @property
    def until(self) -> datetime:
        """When the window is over."""
        return self.from_at + timedelta(seconds=self.window.for_s)

    @property
    def monitored(self) -> list[str]:
        """The beds with a monitor."""
        return [bed.bed for bed in self.scenario.beds if bed.monitor]

    def stations(self, seed: int) -> Sequence[Station]:
        """Its devices, as they are switched on at minute 0."""
        return build_ward(self.scenario, seed=seed, start_ms=self.start_ms)

    def truth(self, allowance: timedelta) -> list[TrueAlarm]:
        """What must be shown within the window; how it ends only if that is within it, too."""
        ward, until_ms = self.scenario.ward, (self.until - EPOCH) // timedelta(milliseconds=1)
        return [
            alarm if alarm.over_by is None or alarm.over_by + allowance < self.until
            else msgspec.structs.replace(alarm, over_by=None, becomes=None)
            for alarm in truth_of(self.scenario, ward, self.start_ms, until_ms)
            if alarm.holds_since is None or alarm.holds_since >= self.from_at
        ]  # fmt: skip


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """How a story went on its screen, and how that differs from the record.

    `unshown`: what the record raised and the screen was never told. `unrecorded`: the reverse, or
    with another priority or since another moment.
    `pieces`: how often a speaker began for a signal that only went on, as what flaps is heard.
    `troubles`: what the screen said of the house itself meanwhile.
    """

    starts_at: datetime
    outcome: Outcome
    unshown: tuple[Onset, ...]
    unrecorded: tuple[Onset, ...]
    pieces: int
    troubles: tuple[str, ...]


class Plan(NamedTuple):
    """What to watch, and where everything random comes from.

    `lead_s`: how long before the windows begin; None: as long as this machine seems to need.
    `allowance`: how long after it was due an alarm may be on its screen.
    """

    stories: Sequence[tuple[str, Scenario]]
    seed: int
    lead_s: float | None
    allowance: timedelta


def watch_live(folder: Path, config: Path, plan: Plan) -> list[Seen]:
    """Run the stories of a plan; returns how each went. Raises ReceiverFailed, UnreadableAlarm."""
    for name, scenario in plan.stories:
        _window(name, scenario)
    house = House(folder, config, [scenario for _, scenario in plan.stories])
    try:
        begun_s = time.monotonic()
        house.open()
        took_s = time.monotonic() - begun_s
        lead_s = plan.lead_s or max(LEAD_S, LEAD_PER_OPENING * took_s)
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
            raise ReceiverFailed(
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


def seen(watched: Watched, screen: Screen, record: Iterable[Onset], allowance: timedelta) -> Seen:
    """How a story went on its screen within its window, and whether the record says the same."""
    shown = [
        onset
        for onset in screen.onsets
        if watched.from_at <= onset.at < watched.until
        and (onset.sign is not Sign.RAISED or onset.raised_at >= watched.from_at)
    ]
    own = [onset for onset in record if onset.ward == screen.ward]
    pieces = [onset for onset in shown if onset.is_audible and _goes_on(onset, own, allowance)]
    for onset in pieces:
        onset.sounds_again = False
    return Seen(
        starts_at=watched.starts_at,
        outcome=judge(watched.name, watched.truth(allowance), shown, watched.until, allowance),
        unshown=tuple(
            onset
            for onset in own
            if onset.sign in (Sign.RAISED, Sign.RISEN)
            and watched.from_at <= onset.at < watched.until - allowance
            and not screen.was_told(onset)
        ),
        unrecorded=tuple(onset for onset in shown if not _is_recorded(onset, own)),
        pieces=len(pieces),
        troubles=tuple(
            text for at, text in screen.troubles if watched.from_at <= at < watched.until
        ),
    )


def _is_recorded(shown: ShownOnset, record: Iterable[Onset]) -> bool:
    """Whether the record has this alarm: as urgent, and first signalled when the screen says."""
    own = [o for o in record if o.alarm_id == shown.alarm_id and o.alarm is shown.alarm]
    return any(onset.priority is shown.priority for onset in own) and any(
        onset.sign is Sign.RAISED and abs(onset.at - shown.raised_at) <= SAME_MOMENT
        for onset in own
    )


def _goes_on(shown: Onset, record: Iterable[Onset], allowance: timedelta) -> bool:
    """Whether an alarm came back whose signal, as the record has it, only went on."""
    return shown.sign is Sign.RETURNED and any(
        onset.alarm_id == shown.alarm_id
        and onset.sign is Sign.RETURNED
        and not onset.sounds_again
        and onset.at <= shown.at <= onset.at + allowance
        for onset in record
    )
