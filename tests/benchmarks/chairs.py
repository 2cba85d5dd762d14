"""How fast one worker empties the queue of a ward whose chairs are taken, with all that means."""

import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.benchmarks.ingest import rate_of
from tests.benchmarks.ward import Publisher, write_configuration
from tests.fixtures.mosquitto import Mosquitto, free_port
from tests.fixtures.processes import Program, wait_for
from wire.arrivals import RecordedArrival, read_arrivals, write_arrivals

SCENARIO = "normal_hours"
"""Its ward is called the same. Everybody's infusion begins at its minute 14."""
TAKEN_UP = timedelta(minutes=20)
QUEUED = timedelta(minutes=10)
PLAYED_WITHIN_S = 300.0


@dataclass(frozen=True, slots=True)
class Chairs:
    """Messages a second, and of how many messages and sessions."""

    per_s: float
    messages: int
    beds: int


def measure_chairs(beds: int) -> Chairs:
    """The first minutes are history; the ten minutes after them wait in the queue."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        queue = _play(folder, beds)
        broker = Mosquitto(folder / "broker")
        broker.start()
        metrics_port = free_port()
        environment = {
            "HOURGLASS_MQTT_URL": broker.url,
            "HOURGLASS_DATA_DIR": str(folder),
            "HOURGLASS_CONFIG_DIR": str(folder / "config"),
            "HOURGLASS_METRICS_PORT": str(metrics_port),
        }
        worker = Program(folder / "log", "ingest", **environment)
        try:
            for command in (
                ("record", "migrate"),
                ("ingest", "--from", _file(folder, "before"), "--people", _file(folder, "people")),
            ):
                assert Program(folder / "log", *command, **environment).run(PLAYED_WITHIN_S) == 0
            worker.start()
            wait_for("the subscription", lambda: "connected" in worker.output())
            worker.end(signal.SIGTERM)
            publisher = Publisher(broker.port)
            for arrival in queue:
                publisher.publish(arrival.topic, arrival.payload_bytes())
            publisher.close()
            worker.start()
            return Chairs(rate_of(metrics_port, len(queue)), len(queue), beds)
        finally:
            worker.kill()
            broker.kill()


def _play(folder: Path, beds: int) -> list[RecordedArrival]:
    """Write configuration, people and the history; returns what came after it."""
    configuration = str(write_configuration(folder / "config", beds, SCENARIO))
    now = datetime.now(UTC)
    start, until = now - TAKEN_UP - QUEUED, now - QUEUED
    played = (SCENARIO, "--beds", str(beds), "--start", start.isoformat())
    whole = _file(folder, "whole")
    for command in (
        ("simulator", "run", *played, "--end", now.isoformat(), "--file", whole),
        ("demo", "people", *played, "--end", until.isoformat(), "--file", _file(folder, "people")),
    ):
        program = Program(folder / "log", *command, HOURGLASS_CONFIG_DIR=configuration)
        assert program.run(PLAYED_WITHIN_S) == 0
    arrivals = list(read_arrivals(Path(whole)))
    before = (arrival for arrival in arrivals if arrival.received_at < until)
    write_arrivals(Path(_file(folder, "before")), before)
    return list(_numbered(arrival for arrival in arrivals if arrival.received_at >= until))


def _numbered(arrivals: Iterator[RecordedArrival]) -> Iterator[RecordedArrival]:
    return (arrival for arrival in arrivals if not arrival.topic.endswith("/status"))


def _file(folder: Path, name: str) -> str:
    return str(folder / f"{name}.jsonl")
