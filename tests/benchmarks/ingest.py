"""How fast one worker makes messages durable, and how soon."""

import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from config.broker_address import parse_mqtt_url
from config.clinic import read_clinic
from infusion.stream import Arrival, WardGroup
from infusion.ward_state import Rules
from ingest.announcements import Announcer
from ingest.health import Metrics, WorkerHealth
from ingest.intake import Identity, Intake, Prepared
from ingest.mqtt import BrokerConnection, Session
from ingest.publish import Publisher as BedPublisher
from ingest.recovery import recover_sequencer, recover_state
from ingest.stream_clock import StreamClock
from ingest.worker import BatchLimits, Surroundings, Worker
from record.store import open_record
from tests.benchmarks.figures import Spread
from tests.benchmarks.ward import (
    WARD,
    Publisher,
    paced,
    vitals,
    vitals_topic,
    write_configuration,
)
from tests.fixtures.mosquitto import Mosquitto, free_port
from tests.fixtures.processes import ROOT, Program, wait_for
from vocabulary.ids import BootId, WardId, WorkerId
from wire.topics import device_filter

DEVICES = 200


@dataclass(frozen=True, slots=True)
class Drained:
    """Messages a second of one worker that empties a filled queue."""

    ours_per_s: float
    stock_per_s: float
    peer_per_s: float


def measure_drain(count: int) -> Drained:
    """Ours (buffered and stock paho) and the plain worker, each from its own full queue."""
    return Drained(
        ours_per_s=_drain_ours(count, "buffered"),
        stock_per_s=_drain_ours(count // 2, "stock"),
        peer_per_s=_drain_peer(max(2000, count // 10)),
    )


def _fill(port: int, count: int) -> None:
    publisher = Publisher(port)
    for number in range(count):
        device = number % DEVICES + 1
        publisher.publish(vitals_topic(device), vitals("b", number // DEVICES))
    publisher.close()


def _drain_ours(count: int, client: str) -> float:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        broker = Mosquitto(folder / "broker")
        broker.start()
        metrics_port = free_port()
        worker = Program(
            folder / "log",
            "ingest",
            HOURGLASS_MQTT_URL=broker.url,
            HOURGLASS_DATA_DIR=str(folder),
            HOURGLASS_CONFIG_DIR=str(write_configuration(folder / "config", DEVICES)),
            HOURGLASS_METRICS_PORT=str(metrics_port),
            HOURGLASS_MQTT_CLIENT=client,
        )
        Program(folder / "log", "record", "migrate", HOURGLASS_DATA_DIR=str(folder)).run()
        try:
            worker.start()
            wait_for("the subscription", lambda: "connected" in worker.output())
            worker.end(signal.SIGTERM)
            _fill(broker.port, count)
            worker.start()
            return rate_of(metrics_port, count)
        finally:
            worker.kill()
            broker.kill()


def rate_of(metrics_port: int, count: int) -> float:
    """Messages a second from the first look that finds some until all but the last are stored."""
    seen: list[tuple[float, int]] = []
    while not seen or seen[-1][1] < count:
        stored = _stored(metrics_port)
        if stored > 0:
            seen.append((time.perf_counter(), stored))
        time.sleep(0.02)
    (start_s, first), (end_s, last) = seen[0], seen[-1]
    return (last - first) / (end_s - start_s)


def _stored(metrics_port: int) -> int:
    wanted = 'hourglass_ingest_messages_total{outcome="stored"}'
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{metrics_port}/metrics", timeout=5) as page:
            lines = page.read().decode().splitlines()
    except OSError:
        return 0
    return next((int(float(line.split()[-1])) for line in lines if line.startswith(wanted)), 0)


def _drain_peer(count: int) -> float:
    with tempfile.TemporaryDirectory() as name:
        broker = Mosquitto(Path(name) / "broker")
        broker.start()
        arguments = [sys.executable, "-m", "tests.benchmarks.peer", str(broker.port)]
        database = str(Path(name) / "peer.sqlite3")
        try:
            subprocess.run([*arguments, database, "0"], cwd=ROOT, check=True)
            _fill(broker.port, count)
            done = subprocess.run(
                [*arguments, database, str(count)], cwd=ROOT, check=True, capture_output=True
            )
        finally:
            broker.kill()
        messages, seconds = done.stdout.decode().split()
        return int(messages) / float(seconds)


def measure_latency(rate_per_s: float, seconds: float) -> Spread:
    """From the moment a message is made to the end of its commit, in seconds."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        broker = Mosquitto(folder / "broker")
        broker.start()
        Program(folder / "log", "record", "migrate", HOURGLASS_DATA_DIR=str(folder)).run()
        stopped = threading.Event()
        latencies: list[float] = []
        worker = _worker_in_process(folder, broker, stopped, latencies)
        thread = threading.Thread(target=worker.run, daemon=True)
        thread.start()
        code = (
            "from tests.benchmarks.ingest import publish_paced as p; import sys; p(*sys.argv[1:])"
        )
        subprocess.run(
            [sys.executable, "-c", code, str(broker.port), str(rate_per_s), str(seconds)],
            cwd=ROOT,
            check=True,
        )
        wait_for("the last", lambda: len(latencies) >= int(rate_per_s * seconds))
        stopped.set()
        thread.join()
        broker.kill()
    return Spread(latencies[len(latencies) // 5 :])


def publish_paced(port: str, rate_per_s: str, seconds: str) -> None:
    """Publish at a steady rate; runs in a process of its own."""
    publisher = Publisher(int(port))
    time.sleep(1)
    for number in paced(float(rate_per_s), float(seconds)):
        publisher.publish(vitals_topic(number % DEVICES + 1), vitals("b", number // DEVICES))
    publisher.close()


class _TimedIntake(Intake):
    """An intake that notes how old each message is once it is durable."""

    latencies: list[float]

    def commit(self, prepared: Prepared) -> None:
        super().commit(prepared)
        now = datetime.now(UTC)
        self.latencies += (
            (now - item.device_time).total_seconds()
            for item in prepared.batch.inputs
            if isinstance(item, Arrival)
        )


def _worker_in_process(
    folder: Path, broker: Mosquitto, stopped: threading.Event, latencies: list[float]
) -> Worker:
    clock = StreamClock()
    rules = Rules(read_clinic(write_configuration(folder / "config", DEVICES)))
    record = open_record(f"sqlite:///{folder / 'hourglass.sqlite3'}")
    group = WardGroup((WardId(WARD),))
    epoch = record.leases.acquire(group.name, "bench", clock.now(), timedelta(hours=1)) or 0
    identity = Identity(WorkerId("bench"), BootId("bench"), group, epoch)
    state = recover_state(record, rules, group)
    intake = _TimedIntake(record, identity, rules, recover_sequencer(record, rules, state), state)
    intake.latencies = latencies
    session = Session("bench", (device_filter(WardId(WARD)),), "bench/will", b"")
    connection = BrokerConnection(parse_mqtt_url(broker.url), session, clock.now)
    publisher = BedPublisher(rules.clinic, identity.worker, identity.boot)
    announcer = Announcer(connection, publisher, intake)
    around = Surroundings(
        identity, clock.now, lambda: None, stopped.is_set, Metrics(), WorkerHealth()
    )
    return Worker(connection, intake, announcer, BatchLimits(2000, 0.05), around)
