"""Puts scenarios through Hourglass as it is: its own processes, a configuration, a new record.

Nothing of it is imported. Devices' arrivals and people's deeds go in as files, on the file's clock,
and the events of the record come out.
"""

import heapq
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from pathlib import Path
from typing import Final, NamedTuple

import yaml

from simulator.faults import MS_PER_MIN
from simulator.recorded import EPOCH, record_run
from simulator.scenario import Scenario
from simulator.score.raised import EVENT_KINDS, Onset, read_onsets
from simulator.ward import build_ward
from vocabulary.ids import WardId
from wire.arrivals import RecordedArrival, write_arrivals

PROJECT: Final = Path(__file__).resolve().parents[2]
_SHOWN_LINES: Final = 12


class ReceiverFailed(RuntimeError):
    """A step of the receiver did not work: which, and what it said."""


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
        self._folder = folder
        self._config = folder / "config"
        self._config.mkdir(parents=True, exist_ok=True)
        for file in config.glob("*.yaml"):
            shutil.copy(file, self._config / file.name)
        data = folder / "data"
        shutil.rmtree(data, ignore_errors=True)  # a kept one of the run before
        data.mkdir()
        self._environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("HOURGLASS_")},
            "PYTHONPATH": str(PROJECT),
            "HOURGLASS_CONFIG_DIR": str(self._config),
            "HOURGLASS_DATA_DIR": str(data),
            "HOURGLASS_METRICS_PORT": "0",
            "HOURGLASS_LOG_LEVEL": "WARNING",
        }

    def take(self, run: Run) -> list[Onset]:
        """Let it take up a run; returns every alarm that it raised. Raises ReceiverFailed."""
        arrivals, people = self._folder / "arrivals.jsonl", self._folder / "people.jsonl"
        (self._config / "wards.yaml").write_text(_wards_file(run.scenarios), encoding="utf-8")
        write_arrivals(arrivals, _arrivals(run))
        beds = () if run.beds is None else ("--beds", str(run.beds))
        self._do(
            "demo", "people", *run.names, "--start", run.start.isoformat(),
            "--seed", str(run.seed), *beds, "--file", str(people),
        )  # fmt: skip
        self._do("record", "migrate")
        self._do("ingest", "--from", str(arrivals), "--people", str(people))
        kinds = [part for kind in EVENT_KINDS for part in ("--kind", kind)]
        return read_onsets(self._do("record", "events", "--json", *kinds).splitlines())

    def _do(self, module: str, *arguments: str) -> bytes:
        command = [sys.executable, "-m", module, *arguments]
        done = subprocess.run(  # noqa: S603 - our own modules
            command, env=self._environment, cwd=self._folder, capture_output=True, check=False
        )
        if done.returncode != 0:
            said = (done.stderr or done.stdout).decode(errors="replace").splitlines()
            last = "\n".join(f"  {line}" for line in said[-_SHOWN_LINES:])
            raise ReceiverFailed(f"python -m {module} {arguments[0]} failed:\n{last}")
        return done.stdout


def _arrivals(run: Run) -> Iterator[RecordedArrival]:
    """Everything that arrives of all scenarios, each until its own end, in order of arrival."""
    streams: list[Iterable[RecordedArrival]] = []
    for scenario in run.scenarios:
        stations = build_ward(scenario, seed=run.seed, start_ms=run.start_ms)
        end_ms = run.start_ms + round(scenario.history_min * MS_PER_MIN)
        streams.append(record_run(stations, WardId(scenario.ward), seed=run.seed, end_ms=end_ms))
    return heapq.merge(*streams, key=attrgetter("received_at"))


def _wards_file(scenarios: Sequence[Scenario]) -> str:
    """The wards as a clinic would write them down: each bed with a monitor, and what stands there.

    A pump without a monitor beside it belongs to no bed until somebody associates it.
    """
    wards = [
        {
            "ward": scenario.ward,
            "label": scenario.ward,
            "beds": [
                {
                    "bed": bed.bed,
                    "label": f"Chair {bed.bed}",
                    "devices": [spec.device for spec in (bed.monitor, bed.pump) if spec],
                }
                for bed in scenario.beds
                if bed.monitor
            ],
        }
        for scenario in scenarios
    ]
    return yaml.safe_dump({"wards": wards}, sort_keys=False)
