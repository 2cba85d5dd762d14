"""Devices and disks as they really are, against a real broker and a worker on a SQLite file."""

import itertools
import json
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from config.clinic import read_clinic
from infusion.receipts import MOST_RANGES
from infusion.stream import DeviceStatusArrived, VitalsArrived
from ingest.publish import ACK_RANGES
from tests.fixtures.ingest_side import VITALS, Bedside, looking, start, stored_seqs
from tests.fixtures.intakes import intake_of, message, take
from tests.fixtures.migrated import migrated_sqlite
from tests.fixtures.mosquitto import Mosquitto
from tests.fixtures.processes import ROOT, Program, wait_for
from vocabulary.signals import SignalName

pytestmark = pytest.mark.broker


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """One database is enough here: it makes no difference, or the test is about its file."""
    return migrated_sqlite(tmp_path / "record.sqlite3")


def test_a_device_that_leaves_out_every_second_number_is_acknowledged_in_small_messages(
    bedside: Bedside, worker: Program, database_url: str
) -> None:
    start(worker, bedside)
    seqs = range(0, 1600, 2)  # more ranges than one ack names, fewer than are kept
    assert ACK_RANGES < len(seqs) < MOST_RANGES
    for seq in seqs:
        bedside.vitals(seq)
    wait_for("all on disk", lambda: len(stored_seqs(database_url)) == len(seqs), 180)
    bedside.vitals(1)
    wait_for("the ack of a gap that closed", lambda: first_missing(bedside) == 3)
    assert max(len(ack.missing) for ack in bedside.acks) == ACK_RANGES


def first_missing(bedside: Bedside) -> int | None:
    """The lowest number that the newest ack calls missing."""
    ack = bedside.last_ack()
    return ack.missing[0][0] if ack is not None and ack.missing else None


MESSAGES = 20


def speaks_and_falls_over(
    broker: Mosquitto, name: str, protocol: MQTTProtocolVersion, qos: int
) -> mqtt.Client:
    """A monitor with a will that has sent its messages and whose connection then breaks."""
    device = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=protocol)
    topic = VITALS.replace("monitor-1", name)
    will = json.dumps({"state": "offline", "boot": "b1"})
    device.will_set(topic.replace("vitals", "status"), will, qos=qos, retain=True)
    device.connect("127.0.0.1", broker.port)
    device.loop_start()
    for seq in range(MESSAGES):
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        sent = {"boot": "b1", "seq": seq, "time": now, "spo2": 97}
        device.publish(topic, json.dumps(sent), qos=qos).wait_for_publish(90)
    device.loop_stop()
    sock = device.socket()
    assert sock is not None
    sock.close()
    return device


def test_devices_of_either_protocol_and_any_quality_of_service_are_taken_up_once(
    broker: Mosquitto, bedside: Bedside, worker: Program, database_url: str
) -> None:
    start(worker, bedside)
    kinds = list(
        itertools.product((MQTTProtocolVersion.MQTTv311, MQTTProtocolVersion.MQTTv5), range(3))
    )
    names = [f"m-{protocol.name}-{qos}" for protocol, qos in kinds]
    for name, (protocol, qos) in zip(names, kinds, strict=True):
        speaks_and_falls_over(broker, name, protocol, qos)
    wait_for("the wills", lambda: set(offline(database_url)) == set(names))
    with looking(database_url) as record:
        stored = [i for i in record.read_stream() if isinstance(i, VitalsArrived)]
    for name in names:
        assert [i.seq for i in stored if i.device == name] == list(range(MESSAGES))


def offline(url: str) -> list[str]:
    """The devices whose will was stored."""
    with looking(url) as record:
        return [
            i.device
            for i in record.read_stream()
            if isinstance(i, DeviceStatusArrived) and i.state.value == "offline"
        ]


@contextmanager
def full_disk(worker: Program, file: Path) -> Iterator[None]:
    """No file of the worker may become larger than `file` is: writing fails amid a commit."""
    _, hard = resource.prlimit(worker.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (file.stat().st_size, hard))
    yield
    resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (hard, hard))


def test_a_disk_that_is_full_is_shown_and_nothing_is_lost(
    bedside: Bedside, worker: Program, database_url: str
) -> None:
    start(worker, bedside)
    bedside.vitals(0)
    wait_for("the first ack", bedside.last_ack)
    seqs = itertools.count(1)
    log = Path(database_url.removeprefix("sqlite:///") + "-wal")
    with full_disk(worker, log):
        wait_for(
            "a refusal", lambda: bedside.vitals(next(seqs)) or bedside.statuses[-1].record_detail
        )
        assert bedside.statuses[-1].record.value == "down"
        on_disk = stored_seqs(database_url)[-1]
        wait_for("the ack of the last", lambda: (a := bedside.last_ack()) and a.seq == on_disk)
        assert stored_seqs(database_url)[-1] == on_disk
    last = next(seqs)
    bedside.vitals(last)
    wait_for("the rest", lambda: (a := bedside.last_ack()) and a.seq == last)
    assert stored_seqs(database_url) == list(range(last + 1))
    assert worker.end(signal.SIGTERM) == 0
    assert "Traceback" not in worker.output()


def test_a_server_whose_clock_was_set_back_shows_what_is_heard_now(
    bedside: Bedside, worker: Program, database_url: str
) -> None:
    """What was recorded by the clock that was ahead must not stay on the screen as the newest."""
    ahead = datetime.now(UTC) + timedelta(hours=1)
    with looking(database_url) as record:
        intake = intake_of(record, read_clinic(ROOT / "config"))
        for seq in range(10):
            heard_at = ahead + timedelta(seconds=seq)
            take(intake, [message("monitor-1", seq, heard_at, "demo", boot="b0", spo2=97)])
        record.leases.release(intake.identity.group.name, intake.identity.epoch)
    start(worker, bedside)
    seqs = itertools.count()
    wait_for("its number", lambda: bedside.vitals(next(seqs), spo2=88) or _spo2(bedside) == 88)


def _spo2(bedside: Bedside) -> object:
    shown = bedside.beds[-1][0].signals.get(SignalName.SPO2) if bedside.beds else None
    return None if shown is None else shown.value
