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

from config.settings import Settings
from demo.broker import Broker, choose_broker, install_broker
from demo.obstacles import CannotStart
from demo.steps import Steps

pytestmark = [pytest.mark.broker, pytest.mark.xdist_group("demo")]

WAIT_S = 15.0


@contextmanager
def running(broker: Broker, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    assert broker.command is not None
    process = subprocess.Popen(broker.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
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
    with running(broker, free_ports[0]):
        assert echo(free_ports[0]) == b"heard"


def test_the_embedded_broker_is_installed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = tmp_path / ".venv-broker"
    monkeypatch.setattr("demo.broker._ENVIRONMENT", environment)
    done: list[str] = []

    class FakeSteps(Steps):
        async def run(self, doing: str, *_: object, **__: object) -> str:
            done.append(doing)
            environment.mkdir(exist_ok=True)
            return ""

    steps = FakeSteps({}, tmp_path, tmp_path / "start.log")
    asyncio.run(install_broker(steps))
    assert len(done) == 2
    asyncio.run(install_broker(steps))
    assert len(done) == 2
    (environment / "installed.txt").write_text("amqtt==0.0.1\n")
    asyncio.run(install_broker(steps))
    assert len(done) == 4


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
