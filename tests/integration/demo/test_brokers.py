"""The brokers that the demonstration may run: each starts and ends as it should."""

import asyncio
import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from config.settings import Settings
from demo.broker import Broker, choose_broker, install_broker
from demo.obstacles import CannotStart
from demo.steps import Steps

pytestmark = [pytest.mark.broker, pytest.mark.xdist_group("demo")]

WAIT_S = 60.0


@contextmanager
def running(broker: Broker, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    assert broker.command is not None
    process = subprocess.Popen(broker.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(1200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            try:
                process.wait(timeout=0.05)
            except subprocess.TimeoutExpired:
                continue
            pytest.fail(f"{broker.command} ended with {process.returncode}")
        yield process
    finally:
        process.terminate()
        process.wait(timeout=WAIT_S)


def echo(port: int) -> bytes:
    """Publish and hear one message, MQTT 3.1.1 and QoS 1."""
    heard = threading.Event()
    got: list[bytes] = []
    client = paho.Client(
        CallbackAPIVersion.VERSION2, client_id="echo", protocol=MQTTProtocolVersion.MQTTv311
    )
    client.on_connect = lambda *_: client.subscribe("hourglass/echo", qos=1)
    client.on_subscribe = lambda *_: client.publish("hourglass/echo", b"heard", qos=1)

    def on_message(_client: object, _data: object, message: paho.MQTTMessage) -> None:
        got.append(message.payload)
        heard.set()

    client.on_message = on_message
    client.connect("127.0.0.1", port)
    client.loop_start()
    try:
        assert heard.wait(WAIT_S)
        return got[0]
    finally:
        client.disconnect()
        client.loop_stop()


def test_mosquitto_runs_with_its_store_in_the_data_directory(
    mosquitto: Path, free_ports: list[int], tmp_path: Path
) -> None:
    data_dir = tmp_path / "data of the demonstration"
    data_dir.mkdir(mode=0o700)
    settings = Settings(data_dir=data_dir, mqtt_port=free_ports[0])
    with running(choose_broker(settings, lambda: mosquitto), free_ports[0]) as process:
        assert echo(free_ports[0]) == b"heard"
    assert process.returncode == 0
    assert (data_dir / "broker" / "mosquitto.db").stat().st_uid == os.getuid()


def test_the_embedded_broker_runs_from_its_own_environment(
    free_ports: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("demo.broker._ENVIRONMENT", tmp_path / ".venv-broker")
    settings = Settings(data_dir=tmp_path, mqtt_port=free_ports[0])
    steps = Steps(os.environ, tmp_path, tmp_path / "start.log")
    try:
        asyncio.run(install_broker(steps))
    except CannotStart as error:
        pytest.skip(f"amqtt cannot be installed: {error}")
    broker = choose_broker(settings, lambda: None)
    with running(broker, free_ports[0]) as process:
        assert echo(free_ports[0]) == b"heard"
        refuses_a_newer_greeting_at_once(free_ports[0])
        sends_a_newcomer_only_what_it_asked_for(free_ports[0])
    assert process.returncode == 0


def refuses_a_newer_greeting_at_once(port: int) -> None:
    refused = threading.Event()
    client = paho.Client(
        CallbackAPIVersion.VERSION2, client_id="newer", protocol=MQTTProtocolVersion.MQTTv5,
        reconnect_on_failure=False,
    )  # fmt: skip
    client.will_set("hourglass/will", b"gone", qos=1, retain=True)
    client.on_disconnect = lambda *_: refused.set()
    greeting = Properties(PacketTypes.CONNECT)
    greeting.SessionExpiryInterval = 604800
    greeting.ReceiveMaximum = 1000
    client.connect("127.0.0.1", port, clean_start=False, properties=greeting)
    client.loop_start()
    try:
        # an amqtt that reads on waits for more than comes, until its client gives up at 60 s
        assert refused.wait(30.0)
    finally:
        client.loop_stop()


def sends_a_newcomer_only_what_it_asked_for(port: int) -> None:
    def client(name: str, wanted: str) -> tuple[paho.Client, list[str], threading.Event]:
        heard: list[str] = []
        subscribed = threading.Event()
        made = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=name, protocol=MQTTProtocolVersion.MQTTv311
        )
        made.on_connect = lambda *_: made.subscribe(wanted, qos=1)
        made.on_subscribe = lambda *_: subscribed.set()
        made.on_message = lambda _client, _data, message: heard.append(message.topic)
        made.connect("127.0.0.1", port)
        made.loop_start()
        assert subscribed.wait(WAIT_S)
        return made, heard, subscribed

    first, _, _ = client("first", "hourglass/bed/+")
    kept = threading.Event()
    first.on_publish = lambda *_: kept.set()
    first.publish("hourglass/bed/1", b"kept", qos=1, retain=True)
    assert kept.wait(WAIT_S)
    second, heard, _ = client("second", "hourglass/ack/2")
    done = threading.Event()
    second.on_message = lambda _client, _data, message: (heard.append(message.topic), done.set())
    first.publish("hourglass/ack/2", b"news", qos=1)
    try:
        assert done.wait(WAIT_S)
        assert heard == ["hourglass/ack/2"]
    finally:
        for made in (first, second):
            made.disconnect()
            made.loop_stop()


def test_the_embedded_broker_is_installed_again_only_for_other_pins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = tmp_path / ".venv-broker"
    monkeypatch.setattr("demo.broker._ENVIRONMENT", environment)
    settings = Settings(data_dir=tmp_path)
    done: list[str] = []

    class FakeSteps(Steps):
        async def run(self, doing: str, *_: object, **__: object) -> str:
            done.append(doing)
            environment.mkdir(exist_ok=True)
            return ""

    assert choose_broker(settings, lambda: None).needs_install
    asyncio.run(install_broker(FakeSteps({}, tmp_path, tmp_path / "start.log")))
    assert done == ["making .venv-broker", "installing the demonstration broker"]
    assert not choose_broker(settings, lambda: None).needs_install
    (environment / "installed.txt").write_text("amqtt==0.0.1\n")
    assert choose_broker(settings, lambda: None).needs_install


def test_without_an_index_the_person_is_told_what_else_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("demo.broker._ENVIRONMENT", tmp_path / ".venv-broker")
    monkeypatch.setattr("demo.broker.sys.executable", "/nowhere/python")
    steps = Steps(os.environ, tmp_path, tmp_path / "start.log")
    with pytest.raises(CannotStart) as caught:
        asyncio.run(install_broker(steps))
    assert "apt install mosquitto" in str(caught.value)
    assert "HOURGLASS_MQTT_URL" in str(caught.value)
