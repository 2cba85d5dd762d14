"""The feed and the links it feeds, over a real broker that is killed, frozen and started again."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from websockets.sync.client import ClientConnection

from tests.fixtures.dashboard import (
    MemoryAccounts,
    RunningServer,
    device_view,
    eventually,
    kiosk,
)
from tests.fixtures.mosquitto import Mosquitto
from vocabulary.states import DeviceLink, LinkState

WITHIN_S = 90.0
"""That it shows within 3 s is proven with a clock of their own by the tests of the links; here a
busy machine has the time it needs, and what nobody noticed would be as wrong after it.
"""
WINDOWS = 4


@pytest.fixture
def screen(
    start: Any, broker: Mosquitto, store: MemoryAccounts, ingest: Any
) -> Iterator[ClientConnection]:
    """A screen of ward north on which every link is up and bed 1 is live."""
    site: RunningServer = start(mqtt_url=broker.url)
    session = store.enter("the-session-of-the-wall-0001", kiosk())
    eventually(lambda: site.server.services.feed.connection.is_up, "the feed does not connect")
    ingest.publish_now()
    with site.open_screen(session) as opened:
        until = time.monotonic() + WITHIN_S
        while json.loads(opened.recv(timeout=60))["lag_s"] is None:
            assert time.monotonic() < until, "no heartbeat is heard"
        wait_for(opened, {}, within_s=WITHIN_S)
        yield opened


def broken(frame: dict[str, Any]) -> dict[str, str]:
    """The links that a frame says are down, with their details."""
    return {
        name: link["detail"] for name, link in frame["links"].items() if link["state"] == "down"
    }


def wait_for(
    screen: ClientConnection, names: Any, *, within_s: float, detail: str = ""
) -> dict[str, Any]:
    """The first frame in which exactly these links are down, with `detail` if any is asked for."""
    begun = time.monotonic()
    last = None
    while time.monotonic() - begun < within_s:
        frame = dict(json.loads(screen.recv(timeout=60)))
        last = broken(frame)
        if set(last) == set(names) and (not detail or detail in last.values()):
            return frame
    raise AssertionError(f"after {within_s} s these links are down: {last}")


@pytest.mark.broker
def test_a_killed_broker_shows_alone_and_recovers_by_itself(
    screen: ClientConnection, broker: Mosquitto, ingest: Any
) -> None:
    broker.kill()
    killed_at = datetime.now(UTC)
    frame = wait_for(screen, {"broker"}, within_s=WITHIN_S)
    since = datetime.fromisoformat(frame["links"]["broker"]["since"])
    assert killed_at - timedelta(seconds=10) <= since <= datetime.now(UTC)
    assert frame["lag_s"] is None
    broker.start()
    wait_for(screen, {}, within_s=WITHIN_S)
    ingest.publish_now(spo2=91)
    until = time.monotonic() + WITHIN_S
    while (
        json.loads(screen.recv(timeout=60))["beds"].get("1", {}).get("tile", {}).get("spo2") != 91
    ):
        assert time.monotonic() < until, "the feed did not subscribe again"


@pytest.mark.broker
def test_a_broker_that_stands_still_is_noticed_though_its_connection_stays(
    screen: ClientConnection, broker: Mosquitto
) -> None:
    broker.freeze()
    wait_for(screen, {"broker"}, within_s=WITHIN_S)
    broker.thaw()
    wait_for(screen, {}, within_s=WITHIN_S)


@pytest.mark.broker
def test_a_killed_ingest_shows_alone_and_recovers_by_itself(
    screen: ClientConnection, broker: Mosquitto, ingest: Any
) -> None:
    ingest.die()
    wait_for(screen, {"ingest"}, within_s=WITHIN_S, detail="ingest-1 went offline")
    another = type(ingest)(broker)
    wait_for(screen, {}, within_s=WITHIN_S)
    another.end()


@pytest.mark.broker
def test_an_ingest_that_stands_still_is_noticed(screen: ClientConnection, ingest: Any) -> None:
    ingest.fall_silent()
    wait_for(screen, {"ingest"}, within_s=WITHIN_S, detail="ingest-1 fell silent")
    ingest.speak_again()
    wait_for(screen, {}, within_s=WITHIN_S)


@pytest.mark.broker
def test_a_quiet_broker_is_no_dead_broker(screen: ClientConnection, ingest: Any) -> None:
    """Nothing at all is published: only the feed's own echo shows that the broker is there."""
    ingest.fall_silent()
    # a machine that keeps the echo itself waiting makes its broker look dead, but not every time
    assert any(stays_up(screen, 6) for _ in range(WINDOWS))


def stays_up(screen: ClientConnection, seconds: float) -> bool:
    """Whether the broker is up in every frame for so long."""
    until = time.monotonic() + seconds
    frames = []
    while time.monotonic() < until:
        frames.append(broken(json.loads(screen.recv(timeout=60))))
    return all("broker" not in frame for frame in frames)


@pytest.mark.broker
def test_a_device_that_is_gone_shows_by_name(screen: ClientConnection, ingest: Any) -> None:
    ingest.publish_now(devices=(device_view("monitor-1", DeviceLink.OFFLINE),))
    wait_for(screen, {"device"}, within_s=WITHIN_S, detail="monitor-1")
    ingest.publish_now()
    wait_for(screen, {}, within_s=WITHIN_S)


@pytest.mark.broker
def test_a_record_that_ingest_cannot_write_shows(screen: ClientConnection, ingest: Any) -> None:
    ingest.says = {"record": LinkState.DOWN, "record_detail": "disk full"}
    wait_for(screen, {"record"}, within_s=WITHIN_S, detail="disk full")
    ingest.says = {}
    wait_for(screen, {}, within_s=WITHIN_S)


class OldBroker:
    """Speaks MQTT 3.1.1 alone, and refuses MQTT 5 as its standard says (3.1.2.2, code 1)."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.levels: list[int] = []
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, suppress(ConnectionError):
                self._serve_one(connection)

    def _serve_one(self, connection: socket.socket) -> None:
        level = connection.recv(4096)[8]
        self.levels.append(level)
        if level != 4:
            connection.sendall(b"\x20\x02\x00\x01")
            return
        connection.sendall(b"\x20\x02\x00\x00")
        while packet := connection.recv(4096):
            kind, mid = packet[0] >> 4, packet[2:4]
            if kind == 8:
                connection.sendall(b"\x90\x04" + mid + b"\x00\x00")
            elif kind == 10:
                connection.sendall(b"\xb0\x02" + mid)


def test_a_broker_without_mqtt_5_is_spoken_to_in_3_1_1(start: Any) -> None:
    old = OldBroker()
    site = start(mqtt_url=f"mqtt://127.0.0.1:{old.port}")
    eventually(lambda: site.server.services.feed.connection.is_up, "the feed does not connect")
    assert old.levels[:2] == [5, 4]
    old.close()


def test_a_broker_that_is_not_there_is_said_to_be_down(start: Any, store: MemoryAccounts) -> None:
    site = start()
    session = store.enter("the-session-of-the-wall-0001", kiosk())
    with site.open_screen(session) as screen:
        frame = wait_for(screen, {"broker"}, within_s=WITHIN_S)
        assert "cannot connect" in broken(frame)["broker"]
