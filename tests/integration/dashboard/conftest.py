"""A running dashboard, and something that speaks as ingest does."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest
from argon2 import PasswordHasher
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from dashboard import own_alarm_desk, passwords, watch
from dashboard.own_alarms import OwnAlarms
from tests.fixtures.dashboard import (
    NORTH,
    MemoryAccounts,
    RunningServer,
    a_server,
    a_store,
    bed_state,
    heartbeat,
    running,
)
from tests.fixtures.measured import DEMO
from tests.fixtures.mosquitto import Mosquitto, free_port
from vocabulary.ids import BedId, WardId, WorkerId
from vocabulary.states import LinkState
from wire.bed_state import BedState
from wire.ingest_status import IngestStatus
from wire.published import encode
from wire.topics import bed_state_topic, ingest_status_topic

WORKER = WorkerId("ingest-1")


class FakeIngest:
    """Publishes heartbeats twice a second while it runs, and bed states when told to.

    `says`: what stands in its heartbeats besides.
    """

    def __init__(self, broker: Mosquitto) -> None:
        self.says: dict[str, Any] = {}
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="fake-ingest")
        self._client.will_set(
            ingest_status_topic(NORTH, WORKER),
            encode(heartbeat(state=LinkState.DOWN)),
            qos=1,
            retain=True,
        )
        self._client.reconnect_delay_set(0.1, 0.2)
        self._client.connect("127.0.0.1", broker.port)
        self._client.loop_start()
        self._silent = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)
        self._thread.start()

    def publish(self, state: BedState, *, retain: bool = True) -> None:
        state_topic = bed_state_topic(state.ward, state.bed)
        self._client.publish(state_topic, encode(state), retain=retain).wait_for_publish(60)

    def publish_raw(self, bed: str, payload: bytes, ward: WardId = NORTH) -> None:
        topic = bed_state_topic(ward, BedId(bed))
        self._client.publish(topic, payload, retain=True).wait_for_publish(60)

    def publish_now(self, bed: str = "1", **fields: Any) -> None:
        self.publish(bed_state(bed, published_at=datetime.now(UTC), **fields))

    def beat(self, status: IngestStatus) -> None:
        for ward in (NORTH, DEMO):
            self._client.publish(ingest_status_topic(ward, WORKER), encode(status), retain=True)

    def fall_silent(self) -> None:
        self._silent.set()

    def speak_again(self) -> None:
        self._silent.clear()

    def end(self) -> None:
        self._ended.set()
        self._thread.join()
        self._client.disconnect()
        self._client.loop_stop()

    def die(self) -> None:
        """End without a goodbye, as a killed process does: the broker publishes the will."""
        self._ended.set()
        self._thread.join()
        socket = self._client.socket()
        self._client.loop_stop()
        if socket is not None:
            socket.close()

    def _beat(self) -> None:
        while not self._ended.wait(0.5):
            if not self._silent.is_set():
                self.beat(heartbeat(published_at=datetime.now(UTC), lag_s=0.05, **self.says))


@pytest.fixture(scope="session", autouse=True)
def _cheap_hashes() -> Iterator[None]:
    """What a password costs to try is the unit tests' concern; here hundreds of people log in."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=64))
        yield


@pytest.fixture(autouse=True)
def _patience_with_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was alarmed before a start is known after it, and a loop that is held up for seconds
    does not close its screens.
    """
    monkeypatch.setattr(own_alarm_desk, "START_WAITS_S", 60.0)
    monkeypatch.setattr(watch, "STUCK_AFTER_S", 60.0)


@pytest.fixture
def alarms_of_links() -> None:
    """For a test of what the dashboard alarms by itself when it is without live data."""


@pytest.fixture(autouse=True)
def _no_alarms_of_links(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where that is not what is tested, pages and the ward's chain do not depend on how long it
    takes: most sites have neither broker nor ingest, and would soon alarm of it.
    """
    if "alarms_of_links" not in request.fixturenames:
        monkeypatch.setattr(OwnAlarms, "judged", lambda *_: None)


@pytest.fixture
def ingest(broker: Mosquitto) -> Iterator[FakeIngest]:
    speaker = FakeIngest(broker)
    yield speaker
    speaker.end()


@pytest.fixture
def store() -> MemoryAccounts:
    return a_store()


Start = Callable[..., RunningServer]


@pytest.fixture
def start(store: MemoryAccounts) -> Iterator[Start]:
    """Start a dashboard, with settings and clinic as given; without a broker if none is named."""
    with ExitStack() as running_servers:

        def start_one(**settings: Any) -> RunningServer:
            settings.setdefault("mqtt_url", f"mqtt://127.0.0.1:{free_port()}")
            return running_servers.enter_context(running(a_server(store, **settings)))

        yield start_one
