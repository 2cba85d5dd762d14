"""A simulator in its own process, and an ingest that only remembers and acknowledges."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests.fixtures.mosquitto import Mosquitto
from vocabulary.ids import BootId, DeviceId, WardId
from wire.arrivals import read_arrivals
from wire.decoding import decode
from wire.ingest_status import Ack
from wire.messages import DeviceMessage, Status
from wire.published import encode
from wire.topics import ack_topic, device_filter

PROJECT = Path(__file__).parents[3]
BUFFERED = b',"buffered":true'
Stream = tuple[WardId, DeviceId, str]


class SmallIngest:
    """Takes in what devices send, checks it, and says what it has, once a second or on demand."""

    def __init__(self, broker: Mosquitto) -> None:
        self.stored: dict[Stream, dict[int, bytes]] = defaultdict(dict)
        self.messages: list[tuple[DeviceId, DeviceMessage]] = []
        self.changed: list[tuple[bytes, bytes]] = []
        self.doubles = 0
        self.refuse_once: set[tuple[DeviceId, int]] = set()
        self._lock = threading.Lock()
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id="small-ingest", clean_session=False
        )
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = lambda client, *_: client.subscribe(device_filter(), qos=1)
        self._client.on_message = self._on_message
        self._client.connect("127.0.0.1", broker.port)
        self._client.loop_start()

    def take_file(self, path: Path) -> None:
        """As if ingest had taken recorded arrivals up."""
        for arrival in read_arrivals(path):
            self.take(arrival.topic, arrival.payload_bytes())

    def take(self, topic: str, payload: bytes) -> None:
        """One message; raises Refused if it is not of the contract."""
        where, message = decode(topic, payload)
        with self._lock:
            self.messages.append((where.device, message))
            if isinstance(message, Status):
                return
            if (where.device, message.seq) in self.refuse_once:
                self.refuse_once.discard((where.device, message.seq))
                return
            stored = self.stored[where.ward, where.device, message.boot]
            before = stored.setdefault(message.seq, payload)
            if before is not payload:
                self.doubles += 1
                if before.replace(BUFFERED, b"") != payload.replace(BUFFERED, b""):
                    self.changed.append((before, payload))

    def acknowledge(self) -> None:
        """Say of every device what is on disk."""
        with self._lock:
            acks = [(key, _ack(key[2], stored)) for key, stored in self.stored.items()]
        for (ward, device, _), ack in acks:
            self._client.publish(ack_topic(ward, device), encode(ack), qos=1, retain=True)

    def holes(self) -> list[Stream]:
        """Streams that lack a message between their first and their last, or the first."""
        with self._lock:
            return [key for key, found in self.stored.items() if max(found) + 1 != len(found)]

    def count(self, kind: type[DeviceMessage], device: str | None = None) -> int:
        """How many messages of a kind came."""
        with self._lock:
            return sum(
                isinstance(message, kind) and device in {None, name}
                for name, message in self.messages
            )

    def states(self, device: str) -> list[str]:
        """What the status topic of a device said, in order."""
        with self._lock:
            return [
                m.state.value for d, m in self.messages if d == device and isinstance(m, Status)
            ]

    def newest_seq(self, device: str) -> int:
        """The highest seq of a device, -1 if none."""
        with self._lock:
            return max((max(s) for (_, d, _), s in self.stored.items() if d == device), default=-1)

    def close(self) -> None:
        """Leave the broker."""
        self._client.disconnect()
        self._client.loop_stop()

    def _on_message(
        self, _client: mqtt.Client, _userdata: object, message: mqtt.MQTTMessage
    ) -> None:
        if not message.retain:
            self.take(message.topic, bytes(message.payload))


def _ack(boot: str, stored: dict[int, bytes]) -> Ack:
    missing, expected = [], 0
    for seq in sorted(stored):
        if seq > expected:
            missing.append((expected, seq - 1))
        expected = seq + 1
    return Ack(boot=BootId(boot), seq=expected - 1, missing=tuple(missing))


class Simulator:
    """`python -m simulator`, as an operator runs it."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder = folder
        self._environment = {
            **os.environ,
            "PYTHONPATH": str(PROJECT),
            "HOURGLASS_DATA_DIR": str(folder / "data"),
            "HOURGLASS_MQTT_URL": url,
        }
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Run a command that stays."""
        with (self._folder / "simulator.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "simulator", *arguments],
                env=self._environment, stderr=log, stdout=log,
            )  # fmt: skip
        self._running.append(process)
        return process

    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command that ends."""
        return subprocess.run(
            [sys.executable, "-m", "simulator", *arguments],
            env=self._environment, capture_output=True, text=True, timeout=180, check=False,
        )  # fmt: skip

    def log(self) -> str:
        """What was said so far."""
        return (self._folder / "simulator.log").read_text()

    def end_all(self) -> None:
        """Leave nothing running."""
        for process in self._running:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.wait(60)


@pytest.fixture
def ingest(broker: Mosquitto) -> Iterator[SmallIngest]:
    small = SmallIngest(broker)
    yield small
    small.close()


@pytest.fixture
def simulator(tmp_path: Path, broker: Mosquitto) -> Iterator[Simulator]:
    found = Simulator(tmp_path, broker.url)
    yield found
    found.end_all()


@pytest.fixture
def wait_until() -> Callable[..., None]:
    """Poll, with a generous deadline."""

    def wait(is_so: Callable[[], bool], within_s: float = 90.0) -> None:
        until = time.monotonic() + within_s
        while not is_so():
            assert time.monotonic() < until, "it did not become so"
            time.sleep(0.02)

    return wait
