"""The broker connection against a real Mosquitto."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import paho.mqtt.publish
import pytest

from config.broker_address import parse_mqtt_url
from config.settings import MqttProtocol
from ingest.mqtt import BrokerConnection, RawMessage, Session
from tests.fixtures.mosquitto import Mosquitto
from vocabulary.ids import WardId
from wire.topics import device_filter

pytestmark = pytest.mark.broker
EARLY: list[RawMessage] = []
"""What came while a connection was made; the next wait begins with it."""
TOPIC = "hourglass/v1/north/device/m/vitals"


@contextmanager
def connected(
    broker: Mosquitto, protocol: MqttProtocol = MqttProtocol.AUTO, *, is_buffered: bool = True
) -> Iterator[BrokerConnection]:
    connection = BrokerConnection(
        parse_mqtt_url(broker.url),
        Session("worker", (device_filter(WardId("north")),), "test/will", b"gone"),
        lambda: datetime.now(UTC),
        protocol=protocol,
        is_buffered=is_buffered,
    )
    subscribed: list[bool] = []
    connection.on_connect = subscribed.append
    EARLY[:] = poll_until(connection, lambda _: bool(subscribed)) + poll_for(connection, 0.1)
    yield connection
    connection.close()


def poll_until(
    connection: BrokerConnection, is_enough: Callable[[list[RawMessage]], bool]
) -> list[RawMessage]:
    received = list(EARLY)
    EARLY.clear()
    until = time.monotonic() + 90
    while not is_enough(received):
        assert time.monotonic() < until, f"only {len(received)} arrived"
        received += connection.poll(0.05)
    return received


def poll_for(connection: BrokerConnection, seconds: float) -> list[RawMessage]:
    received: list[RawMessage] = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        received += connection.poll(0.02)
    return received


def publish(broker: Mosquitto, payloads: list[bytes], *, retain: bool = False) -> None:
    paho.mqtt.publish.multiple(
        [{"topic": TOPIC, "payload": payload, "qos": 1, "retain": retain} for payload in payloads],
        hostname="127.0.0.1",
        port=broker.port,
    )


@pytest.mark.parametrize("protocol", [MqttProtocol.V5, MqttProtocol.V311])
@pytest.mark.parametrize("is_buffered", [True, False])
def test_what_was_not_acknowledged_comes_again(
    broker: Mosquitto, protocol: MqttProtocol, is_buffered: bool
) -> None:
    payloads = [b"%d" % n for n in range(50)]
    with connected(broker, protocol, is_buffered=is_buffered) as connection:
        publish(broker, payloads)
        received = poll_until(connection, lambda r: len(r) >= 50)
        assert [message.payload for message in received] == payloads
        connection.acknowledge(received[:30])
        poll_for(connection, 0.2)
    with connected(broker, protocol, is_buffered=is_buffered) as connection:
        again = poll_until(connection, lambda r: len(r) >= 20)
        assert [message.payload for message in again] == payloads[30:]
        assert all(message.is_redelivery for message in again)


def test_acknowledgements_of_an_earlier_connection_are_not_sent(broker: Mosquitto) -> None:
    with connected(broker) as connection:
        publish(broker, [b"a", b"b"])
        old = poll_until(connection, lambda r: len(r) >= 2)
        broker.stop()
        poll_until(connection, lambda _: not connection.is_connected)
        broker.start()
        again = poll_until(connection, lambda r: len(r) >= 2)
        connection.acknowledge(old)
        poll_for(connection, 0.2)
        assert [m.generation for m in again] == [old[0].generation + 1] * 2
    with connected(broker) as connection:
        assert len(poll_until(connection, lambda r: len(r) >= 2)) == 2


def test_what_was_published_while_away_arrives_later(broker: Mosquitto) -> None:
    with connected(broker):
        pass
    publish(broker, [b"%d" % n for n in range(3000)])
    with connected(broker) as connection:
        received = poll_until(connection, lambda r: len(r) >= 3000)
        assert [int(message.payload) for message in received] == list(range(3000))


def test_a_retained_message_is_told_apart(broker: Mosquitto) -> None:
    publish(broker, [b"old"], retain=True)
    with connected(broker) as connection:
        publish(broker, [b"new"])
    with connected(broker) as connection:
        received = poll_until(connection, lambda r: len(r) >= 2)
        assert {m.payload: m.is_retained for m in received} == {b"old": True, b"new": False}


def test_it_comes_back_after_every_restart_of_the_broker(broker: Mosquitto) -> None:
    with connected(broker) as connection:
        for round_ in range(20):
            broker.kill() if round_ % 2 else broker.stop()
            broker.start()
            poll_until(connection, lambda _: connection.is_connected)
            publish(broker, [b"%d" % round_])
            wanted = b"%d" % round_
            received = poll_until(connection, lambda r: wanted in [m.payload for m in r])  # noqa: B023
            connection.acknowledge(received)


def test_a_frozen_broker_is_noticed_and_left(broker: Mosquitto) -> None:
    with connected(broker) as connection:
        broker.freeze()
        poll_until(connection, lambda _: not connection.is_connected)
        broker.thaw()
        poll_until(connection, lambda _: connection.is_connected)


def test_messages_of_any_size_come_whole(broker: Mosquitto) -> None:
    payloads = [bytes([n % 256]) * size for n, size in enumerate([0, 1, 127, 128, 16384, 300_000])]
    with connected(broker) as connection:
        publish(broker, payloads)
        received = poll_until(connection, lambda r: len(r) >= len(payloads))
        assert [message.payload for message in received] == payloads
