"""Whatever clocks, queues, reboots and restarts do: nothing is shown as live that is old."""

import itertools
import json
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from infusion.configuration import ClinicConfiguration
from infusion.deadlines import next_deadline
from infusion.inputs import TimersFellDue
from infusion.receipts import Receipts
from infusion.stream import ClockOffset, IngestStarted
from infusion.ward import advance
from infusion.ward_sight import WardSight
from infusion.ward_state import Rules, StreamState
from ingest.clocks import DeviceClocks
from ingest.mqtt import RawMessage
from ingest.stream import BootKey, Sequencer
from tests.fixtures.clinic import START
from vocabulary.ids import BedId, BootId, WardId, WorkerId
from vocabulary.signals import SignalName
from vocabulary.states import ReadingState

TOPIC = "hourglass/v1/north/device/monitor-1/vitals"
NORTH = WardId("north")
LASTS_S = 240
STEP_S = 0.25
LIVE_FOR_S = 3 + 1 + STEP_S
"""Late after 3 s in the fixture's configuration; 1 s is what clocks are known to, and a look."""
YEARS_S = 1e8
JUMPS_S = (-3600, 3600, -90, -30, -5, YEARS_S, -YEARS_S)
"""Forward by less than a minute nobody can tell from a shorter way through a queue."""


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


class Ingest:
    """What a worker does between two restarts, without a record."""

    def __init__(self, clinic: ClinicConfiguration) -> None:
        self.clinic, self.rules, self.state = clinic, Rules(clinic), StreamState()
        self._clocks: dict[BootKey, ClockOffset] = {}
        self._receipts: dict[BootKey, Receipts] = {}
        self._places = itertools.count(1, 1_000_000)
        self.sequencer = self._made()

    def _made(self) -> Sequencer:
        clocks = DeviceClocks(self.clinic.clocks, dict(self._clocks))
        held = list(self._receipts.values())
        made = Sequencer(self.clinic, clocks, held, self.state, lambda _: next(self._places))
        made.reserve(1_000_000)
        return made

    def restart(self, now: datetime) -> None:
        self.sequencer = self._made()
        place = self.sequencer.next_positions(1)
        self._advance(
            IngestStarted(
                position=place, at=now, worker=WorkerId("i"), boot=BootId("i"), wards=NORTH
            )
        )

    def take(self, raw: list[RawMessage]) -> None:
        batch = self.sequencer.order(raw)
        self._clocks |= batch.clocks
        self._receipts |= batch.receipts
        self._advance(*batch.inputs)

    def look(self, now: datetime) -> tuple[ReadingState, float] | None:
        """The state of HR on the screen at `now`, and its value."""
        due = next_deadline(self.state, self.rules)
        if due is not None and due <= now:
            place = self.sequencer.next_positions(1)
            self._advance(TimersFellDue(position=place, at=now, wards=NORTH))
        view = WardSight(self.state, self.rules, now).bed(NORTH, BedId("1"))
        shown = view.signals.get(SignalName.HR)
        if shown is None or shown.reading is None or not isinstance(shown.reading.value, float):
            return None
        return shown.state, shown.reading.value

    def _advance(self, *inputs: Any) -> None:
        self.state, _ = advance(self.state, inputs, self.rules)


class Monitor:
    """A device whose every number tells when it was really measured."""

    def __init__(self, any_of: Random) -> None:
        self._any = any_of
        self.off_s: float = any_of.choice([0, 0, -3, 3, 1440, -1440, YEARS_S, -YEARS_S])
        self.period_s = any_of.choice([0.5, 1.0, 1.0, 2.0])
        self.measured_s: dict[float, float] = {}
        self.waiting: list[tuple[float, dict[str, Any]]] = []
        self._boot, self._seq, self._next_s = 1, 0, 0.0

    def reboot(self) -> None:
        self._boot, self._seq = self._boot + 1, 0
        self.off_s = self._any.choice([self.off_s, 0, -YEARS_S])

    def measure(self, now_s: float, *, is_on: bool) -> None:
        if now_s < self._next_s:
            return
        self._next_s += self.period_s
        if not is_on:
            return
        value = round(60 + len(self.measured_s) / 1000, 3)
        self.measured_s[value] = now_s
        time = at(now_s) + timedelta(seconds=self.off_s)
        told = {"boot": f"b{self._boot}", "seq": self._seq, "time": time.isoformat(), "hr": value}
        self.waiting.append((now_s + self._any.uniform(0.01, 0.2), told))
        self._seq += 1

    def sent(self, now_s: float) -> list[RawMessage]:
        """What arrives by now: what was held back comes all at once."""
        due = [each for each in self.waiting if each[0] <= now_s]
        self.waiting = [each for each in self.waiting if each[0] > now_s]
        return [
            RawMessage(TOPIC, json.dumps(told).encode(), at(now_s + place * 0.0002))
            for place, (_, told) in enumerate(due)
        ]


@pytest.mark.parametrize("seed", range(40))
def test_nothing_old_is_ever_live(clinic: ClinicConfiguration, seed: int) -> None:
    any_of = Random(seed)
    monitor, ingest = Monitor(any_of), Ingest(clinic)
    until_s = dict.fromkeys(("queue", "ingest", "off"), 0.0)
    was_down = False
    for step in range(int(LASTS_S / STEP_S)):
        now_s = step * STEP_S
        chance = any_of.random()
        if chance < 0.004:
            monitor.off_s += any_of.choice(JUMPS_S)
        elif chance < 0.008:
            monitor.reboot()
        elif chance < 0.02:
            name = any_of.choice(sorted(until_s))
            until_s[name] = max(until_s[name], now_s + any_of.choice([2, 8, 30, 60]))
        monitor.measure(now_s, is_on=now_s >= until_s["off"])
        if now_s < until_s["ingest"]:
            was_down = True
            continue
        if was_down:
            ingest.restart(at(now_s))
            was_down = False
        raw = monitor.sent(now_s) if now_s >= until_s["queue"] else []
        if raw:
            ingest.take(raw)
        shown = ingest.look(at(now_s + 0.1))
        if shown is not None and shown[0] is ReadingState.LIVE:
            age_s = now_s - monitor.measured_s[shown[1]]
            assert age_s <= LIVE_FOR_S, f"{age_s} s old at {now_s} s, and live"
