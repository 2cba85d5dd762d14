"""Puts scenarios through Hourglass as it is: its own processes, a configuration, a new record.

Devices' arrivals and people's deeds go in as files, on the file's clock, and the events of the
record come out.
"""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from simulator.faults import MS_PER_MIN
from simulator.recorded import EPOCH, record_run
from simulator.scenario import Scenario
from simulator.score.raised import EVENT_KINDS, Onset, read_onsets
from simulator.score.rooms import Rooms
from simulator.ward import build_ward
from vocabulary.ids import WardId
from wire.arrivals import RecordedArrival, write_arrivals


class Run(NamedTuple):
    """Scenarios to run together, as they are named, and from when, with which seed."""

    names: Sequence[str]
    scenarios: Sequence[Scenario]
    start: datetime
    seed: int
    beds: int | None = None

    @property
    def start_ms(self) -> int:
        """Minute 0 of all of them, true ms since 1970."""
        return (self.start - EPOCH) // timedelta(milliseconds=1)


class Receiver:
    """One Hourglass with a record of its own in `folder`, configured as in `config`."""

    def __init__(self, folder: Path, config: Path) -> None:
        self._rooms = Rooms(folder, config)

    def take(self, run: Run) -> list[Onset]:
        """Let it take up a run; returns every alarm that it raised. Raises ReceiverFailed."""
        rooms = self._rooms
        arrivals, people = rooms.folder / "arrivals.jsonl", rooms.folder / "people.jsonl"
        rooms.write_wards(run.scenarios)
        write_arrivals(arrivals, _arrivals(run))
        beds = () if run.beds is None else ("--beds", str(run.beds))
        rooms.do(
            "demo", "people", *run.names, "--start", run.start.isoformat(),
            "--seed", str(run.seed), *beds, "--file", str(people),
        )  # fmt: skip
        rooms.do("record", "migrate")
        rooms.do("ingest", "--from", str(arrivals), "--people", str(people))
        return read_record(rooms)


def read_record(rooms: Rooms) -> list[Onset]:
    """Every alarm in the record of a receiver. Raises ReceiverFailed, UnreadableAlarm."""
    kinds = [part for kind in EVENT_KINDS for part in ("--kind", kind)]
    return read_onsets(rooms.do("record", "events", "--json", *kinds).splitlines())


def _arrivals(run: Run) -> Iterator[RecordedArrival]:
    """Everything that arrives of all scenarios, each until its own end, in order of arrival."""
    streams: list[Iterable[RecordedArrival]] = []
    for scenario in run.scenarios:
        stations = build_ward(scenario, seed=run.seed, start_ms=run.start_ms)
        end_ms = run.start_ms + round(scenario.history_min * MS_PER_MIN)
        streams.append(record_run(stations, WardId(scenario.ward), seed=run.seed, end_ms=end_ms))
    return heapq.merge(*streams, key=attrgetter("received_at"))
