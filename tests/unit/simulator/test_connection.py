"""A connection against a broker that speaks only MQTT 3.1.1, or none of it."""

import selectors
import socket
import time
from collections.abc import Iterator

import pytest

from simulator.broker import BadBrokerUrl, Broker, parse_broker
from simulator.connection import Connection, Endpoint
from vocabulary.ids import DeviceId

CONNACK_ACCEPTED = b"\x20\x02\x00\x00"
CONNACK_REFUSED_PROTOCOL = b"\x20\x03\x00\x84\x00"
MQTT_5, MQTT_311 = 5, 4


class Heard:
    """Remembers what a connection says."""

    def __init__(self) -> None:
        self.ups = 0
        self.downs: list[str] = []

    def on_up(self) -> None:
        self.ups += 1

    def on_down(self, reason: str) -> None:
        self.downs.append(reason)

    def on_ack(self, payload: bytes) -> None:
        raise AssertionError(payload)

    def on_published(self, seq: int) -> None:
        raise AssertionError(seq)


class Bench:
    """A listening socket, a connection to it, and both driven in turn."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(5)
        self.selector = selectors.DefaultSelector()
        self.heard = Heard()
        broker = Broker("127.0.0.1", self.listener.getsockname()[1])
        endpoint = Endpoint(DeviceId("m-1"), "status", b"{}", "ack")
        self.connection = Connection(broker, endpoint, self.selector, self.heard)

    def take_connect(self) -> tuple[socket.socket, int]:
        """The device's connection and the MQTT version it asks for."""
        peer, _ = self.listener.accept()
        peer.settimeout(5)
        packet = peer.recv(4096)
        assert packet[4:8] == b"MQTT"
        assert b"hourglass-m-1" in packet
        return peer, packet[8]

    def drive(self, seconds: float = 5.0) -> None:
        """Let the connection handle what comes, until something was heard."""
        until = time.monotonic() + seconds
        before = (self.heard.ups, len(self.heard.downs))
        while (self.heard.ups, len(self.heard.downs)) == before:
            assert time.monotonic() < until, "nothing was heard"
            for key, events in self.selector.select(0.05):
                key.data.handle(events)

    def settle(self) -> None:
        """Let the connection handle what is there, and what follows from it."""
        events = self.selector.select(5)
        while events:
            for key, mask in events:
                key.data.handle(mask)
            events = self.selector.select(0.02)


@pytest.fixture
def bench() -> Iterator[Bench]:
    found = Bench()
    yield found
    found.connection.drop()
    found.listener.close()
    found.selector.close()


def _accept(bench: Bench, peer: socket.socket) -> None:
    peer.sendall(CONNACK_ACCEPTED)
    bench.settle()
    subscribe = peer.recv(4096)
    assert subscribe[0] == 0x82
    peer.sendall(b"\x90\x03" + subscribe[2:4] + b"\x01")
    bench.drive()


@pytest.mark.parametrize("refusal", [b"", CONNACK_REFUSED_PROTOCOL, CONNACK_ACCEPTED[:1]])
def test_a_broker_that_lacks_mqtt_5_is_asked_for_311_next(bench: Bench, refusal: bytes) -> None:
    bench.connection.open()
    peer, version = bench.take_connect()
    assert version == MQTT_5
    peer.sendall(refusal)
    peer.close()
    bench.drive()
    assert len(bench.heard.downs) == 1
    assert not bench.connection.is_open

    bench.connection.open()
    peer, version = bench.take_connect()
    assert version == MQTT_311
    _accept(bench, peer)
    assert bench.heard.ups == 1
    assert bench.connection.is_up
    peer.close()


def test_a_drop_says_no_goodbye_and_a_goodbye_does(bench: Bench) -> None:
    for way, last in ((bench.connection.drop, b""), (bench.connection.say_goodbye, b"\xe0\x00")):
        bench.connection.open()
        peer, version = bench.take_connect()
        if version == MQTT_5:
            peer.close()
            bench.drive()
            bench.connection.open()
            peer, _ = bench.take_connect()
        _accept(bench, peer)
        way()
        assert peer.recv(10) == last
        peer.close()


def test_a_broker_that_is_not_there_is_a_reason_and_no_crash() -> None:
    heard = Heard()
    with selectors.DefaultSelector() as selector, socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        held.close()
        endpoint = Endpoint(DeviceId("m-1"), "status", b"{}", "ack")
        connection = Connection(Broker("127.0.0.1", port), endpoint, selector, heard)
        connection.open()
        assert heard.downs == ["Connection refused"]
        assert not connection.is_open
        assert connection.room == 0


def test_a_broker_is_named_with_user_and_password() -> None:
    broker = parse_broker("mqtts://nurse:p%40ss@broker.example:8884")
    assert broker == Broker("broker.example", 8884, is_tls=True, user="nurse", password="p@ss")
    assert "p@ss" not in str(broker)
    assert parse_broker("mqtt://localhost").port == 1883


def test_a_url_that_is_no_broker_is_refused() -> None:
    for url in ("broker:1883", "http://x", "mqtt://"):
        with pytest.raises(BadBrokerUrl):
            parse_broker(url)


def test_a_missing_file_of_certificates_is_said_before_anything_starts() -> None:
    with pytest.raises(BadBrokerUrl, match="certificates"):
        parse_broker("mqtts://localhost", "nowhere/ca.pem")
