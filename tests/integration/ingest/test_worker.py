"""The worker as a process, with a real broker and both databases: killed, cut off, flooded."""

import signal
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.fixtures.ingest_side import VITALS, Bedside, looking, start, stored_seqs
from tests.fixtures.mosquitto import Mosquitto
from tests.fixtures.postgresql import PostgreSql
from tests.fixtures.processes import Program, wait_for
from wire.decoding import MAX_PAYLOAD_BYTES

pytestmark = pytest.mark.broker


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
    assert sorted((i.topic, i.payload) for i in kept) == sorted(
        (topic, payload[:MAX_PAYLOAD_BYTES]) for topic, payload in garbage
    )
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
    bedside: Bedside,
    worker: Program,
    environment: dict[str, str],
    database_url: str,
    tmp_path: Path,
) -> None:
    start(worker, bedside)
    bedside.vitals(0)
    wait_for("the first ack", bedside.last_ack)
    standby = Program(tmp_path / "standby.log", "ingest", **environment)
    standby.start()
    try:
        wait_for("it to stand by", lambda: "standing by" in standby.output())
        worker.kill()
        bedside.vitals(1)
        wait_for("the second ack", lambda: (a := bedside.last_ack()) and a.seq == 1)
        assert stored_seqs(database_url) == [0, 1]
    finally:
        standby.kill()
