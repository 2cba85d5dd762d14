"""The shipped Mosquitto configuration: who may say and hear what."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

pytestmark = [pytest.mark.broker, pytest.mark.xdist_group("demo")]

NOT_AUTHORIZED = 135
WAIT_S = 60.0


class Client:
    """A client that waits for answers, with a generous deadline."""

    def __init__(self, login: str, authority: Path, version: MQTTProtocolVersion) -> None:
        self.connected = threading.Event()
        self.lost = threading.Event()
        self.heard: list[tuple[str, bytes]] = []
        self._news = threading.Condition()
        self._answers: dict[int, int] = {}
        self.refused: str | None = None
        self.paho = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=f"hourglass-{login}", protocol=version,
            reconnect_on_failure=False,
        )  # fmt: skip
        self.paho.connect_timeout = WAIT_S
        self.paho.username_pw_set(login, login)
        self.paho.tls_set_context(ssl.create_default_context(cafile=str(authority)))
        self.paho.on_connect = self._on_connect
        self.paho.on_disconnect = lambda *_: self.lost.set()
        self.paho.on_publish = self._on_answer
        self.paho.on_subscribe = self._on_answer
        self.paho.on_message = self._on_message

    def _on_connect(self, *told: Any) -> None:
        reason = told[3]
        self.refused = str(reason) if reason.is_failure else None
        self.connected.set()

    def _on_answer(self, *told: Any) -> None:
        mid, reason = told[2], told[3]
        code = reason[0] if isinstance(reason, list) else reason
        with self._news:
            self._answers[mid] = getattr(code, "value", 0)
            self._news.notify_all()

    def _on_message(self, *told: Any) -> None:
        message: paho.MQTTMessage = told[2]
        with self._news:
            self.heard.append((message.topic, message.payload))
            self._news.notify_all()

    def publish(self, topic: str, payload: bytes = b"{}") -> int:
        return self._answer_to(self.paho.publish(topic, payload, qos=1).mid)

    def subscribe(self, topic: str) -> int:
        mid = self.paho.subscribe(topic, qos=1)[1]
        assert mid is not None
        return self._answer_to(mid)

    def wait_for(self, is_there: Callable[[], bool]) -> bool:
        with self._news:
            return self._news.wait_for(is_there, WAIT_S)

    def _answer_to(self, mid: int) -> int:
        assert self.wait_for(lambda: mid in self._answers), "the broker did not answer"
        return self._answers[mid]


@contextmanager
def client(
    port: int,
    certificates: Path,
    login: str,
    version: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv5,
) -> Iterator[Client]:
    made = Client(login, certificates / "ca.crt", version)
    made.paho.connect("localhost", port)
    made.paho.loop_start()
    try:
        assert made.connected.wait(WAIT_S)
        yield made
    finally:
        made.paho.disconnect()
        made.paho.loop_stop()


def test_a_pump_speaks_for_itself_and_for_no_other(clinic_broker: int, certificates: Path) -> None:
    with client(clinic_broker, certificates, "pump-3") as pump:
        assert pump.publish("hourglass/v1/demo/device/pump-3/pump") in (0, 16)
        for other in (
            "hourglass/v1/demo/device/pump-4/pump",
            "hourglass/v1/demo/device/monitor-3/vitals",
            "hourglass/v1/demo/bed/3/state",
            "hourglass/v1/demo/ack/pump-3",
            "hourglass/v1/demo/ingest/ingest-1/status",
            "anything",
        ):
            assert pump.publish(other) == NOT_AUTHORIZED, other


def test_what_a_pump_says_for_another_reaches_nobody_in_mqtt_3_either(
    clinic_broker: int, certificates: Path
) -> None:
    """MQTT 3.1.1 has no word for a refusal, so the proof is what ingest hears."""
    with (
        client(clinic_broker, certificates, "ingest-1") as ingest,
        client(clinic_broker, certificates, "pump-3", MQTTProtocolVersion.MQTTv311) as pump,
    ):
        assert ingest.subscribe("hourglass/v1/+/device/#") == 1
        pump.publish("hourglass/v1/demo/device/pump-4/pump", b"forged")
        pump.publish("hourglass/v1/demo/device/pump-3/pump", b"true")
        assert ingest.wait_for(lambda: bool(ingest.heard))
        assert ingest.heard == [("hourglass/v1/demo/device/pump-3/pump", b"true")]


def test_a_device_hears_its_own_acks_and_nothing_of_the_ward(
    clinic_broker: int, certificates: Path
) -> None:
    with (
        client(clinic_broker, certificates, "pump-3") as pump,
        client(clinic_broker, certificates, "ingest-1") as ingest,
    ):
        assert pump.subscribe("hourglass/v1/demo/ack/pump-3") == 1
        pump.subscribe("hourglass/v1/#")
        for topic in ("bed/3/state", "ack/pump-4", "ack/pump-3"):
            assert ingest.publish(f"hourglass/v1/demo/{topic}") in (0, 16)
        assert pump.wait_for(lambda: bool(pump.heard))
        assert {topic for topic, _ in pump.heard} == {"hourglass/v1/demo/ack/pump-3"}


def test_a_dashboard_hears_beds_and_workers_and_speaks_only_as_the_device_of_self_tests(
    clinic_broker: int, certificates: Path
) -> None:
    with (
        client(clinic_broker, certificates, "dashboard-1") as dashboard,
        client(clinic_broker, certificates, "ingest-1") as ingest,
    ):
        dashboard.subscribe("hourglass/v1/+/bed/+/state")
        dashboard.subscribe("hourglass/v1/+/ingest/+/status")
        ingest.publish("hourglass/v1/demo/bed/3/state", b"bed")
        ingest.publish("hourglass/v1/demo/ingest/ingest-1/status", b"worker")
        assert dashboard.wait_for(lambda: len(dashboard.heard) == 2)
        assert dashboard.publish("hourglass/v1/demo/bed/3/state") == NOT_AUTHORIZED
        assert dashboard.publish("hourglass/v1/demo/device/pump-3/pump") == NOT_AUTHORIZED
        ingest.subscribe("hourglass/v1/+/device/#")
        dashboard.publish("hourglass/v1/demo/device/selftest/alarm")
        assert ingest.wait_for(lambda: bool(ingest.heard))
        assert ingest.heard[0][0] == "hourglass/v1/demo/device/selftest/alarm"


def test_a_device_cannot_take_over_the_session_of_ingest(
    clinic_broker: int, certificates: Path
) -> None:
    with client(clinic_broker, certificates, "ingest-1") as ingest:
        thief = Client("pump-3", certificates / "ca.crt", MQTTProtocolVersion.MQTTv5)
        thief.paho._client_id = b"hourglass-ingest-1"
        thief.paho.connect("localhost", clinic_broker)
        thief.paho.loop_start()
        try:
            assert thief.connected.wait(WAIT_S)
            assert thief.refused is None
            assert ingest.subscribe("hourglass/v1/+/device/#") == 1
            thief.publish("hourglass/v1/demo/device/pump-3/pump")
            assert ingest.wait_for(lambda: bool(ingest.heard))
            assert not ingest.lost.is_set()
        finally:
            thief.paho.disconnect()
            thief.paho.loop_stop()


def test_an_oversize_message_reaches_ingest_so_that_it_can_be_kept(
    clinic_broker: int, certificates: Path
) -> None:
    with (
        client(clinic_broker, certificates, "ingest-1") as ingest,
        client(clinic_broker, certificates, "pump-3", MQTTProtocolVersion.MQTTv311) as pump,
    ):
        ingest.subscribe("hourglass/v1/+/device/#")
        pump.publish("hourglass/v1/demo/device/pump-3/pump", b"x" * 2**20)
        assert ingest.wait_for(lambda: bool(ingest.heard))
        assert len(ingest.heard[0][1]) == 2**20
        pump.paho.publish("hourglass/v1/demo/device/pump-3/pump", b"x" * 2**21, qos=1)
        assert pump.lost.wait(WAIT_S), "far too much is not swallowed in silence"


def test_a_gateway_plays_many_devices_over_one_login(
    clinic_broker: int, free_ports: list[int], certificates: Path
) -> None:
    devices = []
    for device in ("monitor-1", "pump-1"):
        made = Client("simulator", certificates / "ca.crt", MQTTProtocolVersion.MQTTv5)
        made.paho._client_id = f"hourglass-{device}".encode()
        made.paho.connect("localhost", free_ports[1])
        made.paho.loop_start()
        devices.append(made)
    try:
        for made, topic in zip(devices, ("monitor-1/vitals", "pump-1/pump"), strict=True):
            assert made.connected.wait(WAIT_S)
            assert made.publish(f"hourglass/v1/demo/device/{topic}") in (0, 16)
            assert made.publish(f"hourglass/v1/east/device/{topic}") == NOT_AUTHORIZED
        assert not any(made.lost.is_set() for made in devices)
    finally:
        for made in devices:
            made.paho.disconnect()
            made.paho.loop_stop()


@pytest.mark.parametrize(("login", "password"), [("pump-3", "wrong"), ("stranger", "stranger")])
def test_nobody_gets_in_without_a_login(
    clinic_broker: int, certificates: Path, login: str, password: str
) -> None:
    stranger = Client(login, certificates / "ca.crt", MQTTProtocolVersion.MQTTv5)
    stranger.paho.username_pw_set(login, password)
    stranger.paho.connect("localhost", clinic_broker)
    stranger.paho.loop_start()
    try:
        assert stranger.connected.wait(WAIT_S)
        assert stranger.refused == "Not authorized"
    finally:
        stranger.paho.loop_stop()


def test_plain_text_is_not_spoken(clinic_broker: int) -> None:
    plain = paho.Client(CallbackAPIVersion.VERSION2, reconnect_on_failure=False)
    connected = threading.Event()
    lost = threading.Event()
    plain.on_connect = lambda *_: connected.set()
    plain.on_disconnect = lambda *_: lost.set()
    plain.connect("127.0.0.1", clinic_broker)
    plain.loop_start()
    try:
        assert lost.wait(WAIT_S)
        assert not connected.is_set()
    finally:
        plain.loop_stop()
