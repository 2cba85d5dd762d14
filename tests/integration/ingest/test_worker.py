"""The worker as a process, with a real broker and both databases: killed, cut off, flooded."""

import json
import signal
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from infusion.stream import VitalsArrived
from record.store import Record, open_record
from tests.fixtures.mosquitto import Mosquitto
from tests.fixtures.postgresql import PostgreSql
from tests.fixtures.processes import Program, wait_for
from wire.bed_state import Ack, BedState, IngestStatus, decode_ack, decode_bed_state
from wire.bed_state import decode_ingest_status as decode_status

pytestmark = pytest.mark.broker
VITALS = "hourglass/v1/demo/device/monitor-1/vitals"


class Bedside:
    """A device's side of the broker, and an ear for what ingest says."""

    def __init__(self, broker: Mosquitto) -> None:
        self.acks: list[Ack] = []
        self.beds: list[tuple[BedState, bool]] = []
        self.statuses: list[IngestStatus] = []
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="bedside")
        self._client.max_queued_messages_set(0)
        self._client.on_message = self._hear
        self._client.on_connect = lambda client, *_: client.subscribe(
            [
                ("hourglass/v1/demo/ack/+", 1),
                ("hourglass/v1/demo/bed/1/state", 1),
                ("hourglass/v1/demo/ingest/+/status", 1),
            ]
        )
        self._client.reconnect_delay_set(1, 1)
        self._client.connect("127.0.0.1", broker.port)
        self._client.loop_start()

    def say(self, topic: str, payload: dict[str, Any] | bytes, *, retain: bool = False) -> None:
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        self._client.publish(topic, body, qos=1, retain=retain)

    def vitals(self, seq: int, **fields: Any) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        self.say(VITALS, {"boot": "b1", "seq": seq, "time": now, "spo2": 97, **fields})

    def last_ack(self) -> Ack | None:
        return self.acks[-1] if self.acks else None

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _hear(self, _client: object, _userdata: object, message: mqtt.MQTTMessage) -> None:
        kind = message.topic.split("/")[3]
        if kind == "ack":
            self.acks.append(decode_ack(message.payload))
        elif kind == "bed":
            self.beds.append((decode_bed_state(message.payload), message.retain))
        else:
            self.statuses.append(decode_status(message.payload))


@pytest.fixture
def bedside(broker: Mosquitto) -> Iterator[Bedside]:
    device = Bedside(broker)
    yield device
    device.close()


@pytest.fixture
def worker(broker: Mosquitto, database_url: str, tmp_path: Path) -> Iterator[Program]:
    program = Program(
        tmp_path / "ingest.log",
        "ingest",
        HOURGLASS_MQTT_URL=broker.url,
        HOURGLASS_DATABASE_URL=database_url,
        HOURGLASS_DATA_DIR=str(tmp_path),
        HOURGLASS_METRICS_PORT="0",
    )
    yield program
    program.kill()


def start(worker: Program, bedside: Bedside) -> None:
    """Start a worker for the first time; what is said before it subscribed, nobody hears."""
    worker.start()
    wait_for("the first heartbeat", lambda: bedside.statuses)


@contextmanager
def looking(url: str) -> Iterator[Record]:
    record = open_record(url)
    yield record
    record.close()


def stored_seqs(url: str) -> list[int]:
    with looking(url) as record:
        return [i.seq for i in record.read_stream() if isinstance(i, VitalsArrived)]


def test_ten_kills_lose_nothing_and_double_nothing(
    broker: Mosquitto, bedside: Bedside, worker: Program, database_url: str
) -> None:
    count = 3000
    start(worker, bedside)
    sent = threading.Event()
    paused = threading.Event()

    def send() -> None:
        for seq in range(count):
            bedside.vitals(seq)
            paused.wait(0.003)
        sent.set()

    threading.Thread(target=send, daemon=True).start()
    for _ in range(10):
        before = len(bedside.acks)
        wait_for("an ack", lambda before=before: len(bedside.acks) > before)  # type: ignore[misc]
        worker.kill()
        worker.start()
    wait_for("the last message", sent.is_set)
    wait_for("everything on disk", lambda: (a := bedside.last_ack()) and a.seq == count - 1)
    assert stored_seqs(database_url) == list(range(count))
    ack = bedside.last_ack()
    assert ack is not None
    assert ack.missing == ()


def test_every_kind_of_garbage_gets_its_reason_and_stops_nothing(
    bedside: Bedside, worker: Program, database_url: str
) -> None:
    start(worker, bedside)
    garbage = [
        (VITALS, b""),
        (VITALS, b"\xff\xfe\x00"),
        (VITALS, b"{"),
        (VITALS, b"[" * 5000),
        (VITALS, b'{"boot": "g", "seq": "one"}'),
        (VITALS, b'{"boot": "g", "seq": 1, "time": "yesterday"}'),
        (VITALS, b" " * 20_000),
        (VITALS.replace("vitals", "feelings"), b"{}"),
        (VITALS.replace("demo", "elsewhere"), b"{}"),
        (VITALS.replace("vitals", "pump"), b'{"boot": "g", "seq": 2}'),
    ]
    for topic, payload in garbage:
        bedside.say(topic, payload)
    bedside.vitals(0)
    wait_for("the good message", bedside.last_ack)
    with looking(database_url) as record:
        kept = wait_for(
            "the garbage",
            lambda: (q := record.quarantine_recent(50)) and len(q) == len(garbage) and q,
        )
    assert sorted((i.topic, i.payload) for i in kept) == sorted(garbage)
    assert all(item.detail for item in kept)
    assert stored_seqs(database_url) == [0]


def test_a_record_that_refuses_is_shown_and_nothing_is_lost(
    bedside: Bedside, worker: Program, postgresql: PostgreSql, database_url: str
) -> None:
    start(worker, bedside)
    bedside.vitals(0)
    wait_for("the first ack", bedside.last_ack)
    with refusing(database_url, postgresql):
        for seq in range(1, 50):
            bedside.vitals(seq)
        wait_for(
            "the heartbeat to say so",
            lambda: bedside.statuses and bedside.statuses[-1].record.value == "down",
        )
        assert bedside.statuses[-1].record_detail
        ack = bedside.last_ack()
        assert ack is not None
        assert ack.seq == 0
    wait_for("the rest", lambda: (a := bedside.last_ack()) and a.seq == 49)
    wait_for("the heartbeat", lambda: bedside.statuses[-1].record.value == "up")
    assert stored_seqs(database_url) == list(range(50))


@contextmanager
def refusing(url: str, postgresql: PostgreSql) -> Iterator[None]:
    """A database that refuses to write for a while."""
    if url.startswith("sqlite"):
        other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
        other.close()
    else:
        postgresql.stop()
        yield
        postgresql.start()


def test_a_retained_reading_is_kept_but_never_live(
    bedside: Bedside, worker: Program, database_url: str
) -> None:
    hour_ago = "2026-11-22T13:00:00.000+00:00"
    bedside.say(VITALS, {"boot": "b0", "seq": 7, "time": hour_ago, "spo2": 97}, retain=True)
    worker.start()
    wait_for("the bed", lambda: [b for b, _ in bedside.beds if b.signals.get("spo2")])  # type: ignore[call-overload]
    wait_for("it to be on disk", lambda: stored_seqs(database_url) == [7])
    seen = {state.signals["spo2"].state.value for state, _ in bedside.beds}  # type: ignore[index]
    assert seen <= {"never", "stale"}


def test_a_planned_end_is_said_and_a_kill_leaves_the_will(
    bedside: Bedside, worker: Program
) -> None:
    worker.start()
    wait_for("a heartbeat", lambda: bedside.statuses)
    assert worker.end(signal.SIGTERM) == 0
    wait_for("the goodbye", lambda: bedside.statuses[-1].state.value == "down")
    worker.start()
    wait_for("a heartbeat", lambda: bedside.statuses[-1].state.value == "up")
    worker.kill()
    wait_for("the will", lambda: bedside.statuses[-1].state.value == "down")


def test_it_goes_on_after_the_broker_was_restarted(
    broker: Mosquitto, bedside: Bedside, worker: Program, database_url: str
) -> None:
    start(worker, bedside)
    for round_ in range(5):
        bedside.vitals(2 * round_)
        bedside.vitals(2 * round_ + 1)
        wanted = 2 * round_ + 1
        wait_for("both", lambda wanted=wanted: (a := bedside.last_ack()) and a.seq == wanted)  # type: ignore[misc]
        broker.stop()
        broker.start()
    assert sorted(stored_seqs(database_url)) == list(range(10))


def test_a_second_worker_stands_by_and_takes_over(
    bedside: Bedside, worker: Program, broker: Mosquitto, database_url: str, tmp_path: Path
) -> None:
    start(worker, bedside)
    bedside.vitals(0)
    wait_for("the first ack", bedside.last_ack)
    standby = Program(
        tmp_path / "standby.log",
        "ingest",
        HOURGLASS_MQTT_URL=broker.url,
        HOURGLASS_DATABASE_URL=database_url,
        HOURGLASS_METRICS_PORT="0",
    )
    standby.start()
    try:
        wait_for("it to stand by", lambda: "standing by" in standby.output())
        worker.kill()
        bedside.vitals(1)
        wait_for("the second ack", lambda: (a := bedside.last_ack()) and a.seq == 1)
        assert stored_seqs(database_url) == [0, 1]
    finally:
        standby.kill()
