"""Devices look for the broker once somebody is there to listen."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from simulator.gate import LOOK_EVERY_S, Gate


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


class Health:
    """An address whose answer is set, and how often it was asked."""

    def __init__(self) -> None:
        self.status = 503
        self.asked = 0
        health = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                health.asked += 1
                self.send_response(health.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Answer)
        self.address = f"http://127.0.0.1:{self._server.server_port}/healthz"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def health() -> Iterator[Health]:
    found = Health()
    yield found
    found.close()


def test_it_opens_when_the_address_says_that_all_is_well_and_stays_open(health: Health) -> None:
    clock = Clock()
    gate = Gate(health.address, clock=clock)
    assert not gate.is_open()
    health.status = 200
    assert not gate.is_open(), "not asked at every turn"
    assert health.asked == 1
    clock.now_s += LOOK_EVERY_S
    assert gate.is_open()
    health.status = 503
    clock.now_s += LOOK_EVERY_S
    assert gate.is_open()
    assert health.asked == 2


def test_it_opens_by_itself_where_nobody_ever_says_so(health: Health) -> None:
    clock = Clock()
    gate = Gate(health.address, wait_s=30.0, clock=clock)
    assert not gate.is_open()
    clock.now_s += 30.0
    assert gate.is_open()
