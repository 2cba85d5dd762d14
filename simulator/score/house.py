"""A whole Hourglass that lives for the length of a score: broker, ingest, dashboard, real time."""

import asyncio
import http.client
import os
import pwd
import secrets
import shutil
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from string import Template
from typing import Final
from urllib.parse import urlsplit

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException
from websockets.typing import Origin

from simulator.scenario import Scenario
from simulator.score.rooms import PROJECT, ReceiverFailed, Rooms, answers
from simulator.score.screen import Screen

_TEMPLATE: Final = PROJECT / "config" / "mosquitto" / "demonstration.conf"
_WITHOUT_PATH: Final = "/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin"
"""Where packages put `mosquitto` that are not on every user's PATH."""
UP_WITHIN_S: Final = 90.0
AGAIN_AFTER_S: Final = 0.3
MAX_FRAME: Final = 4 * 2**20
LOWEST_PORT, HIGHEST_PORT = 20_000, 32_000
"""Below those that a system gives to whoever connects (32768 on, on Linux)."""


class House:
    """Its processes, each on a port of its own, from `open` to `close`."""

    def __init__(self, folder: Path, config: Path, scenarios: Sequence[Scenario]) -> None:
        self._mosquitto = _find_mosquitto()
        self._mqtt_port, self._http_port = _free_ports(2)
        self.rooms = Rooms(
            folder,
            config,
            HOURGLASS_MQTT_URL=self.mqtt_url,
            HOURGLASS_HTTP_HOST="127.0.0.1",
            HOURGLASS_HTTP_PORT=str(self._http_port),
        )
        self.rooms.write_wards(scenarios)
        self._wards = [scenario.ward for scenario in scenarios]
        self._links: dict[str, str] = {}

    @property
    def mqtt_url(self) -> str:
        """Where its broker is."""
        return f"mqtt://127.0.0.1:{self._mqtt_port}"

    @property
    def _origin(self) -> str:
        return f"http://127.0.0.1:{self._http_port}"

    def open(self) -> None:
        """Make the record, enrol a screen of each ward, start broker and dashboard.

        Raises ReceiverFailed.
        """
        self.rooms.do("record", "migrate")
        self.rooms.start("broker", [self._mosquitto, "-c", str(self._write_broker_conf())])
        self.rooms.start_module("dashboard")
        printed = self.rooms.do(
            "dashboard", "kiosk", "add", "--ward", *self._wards,
            "--label", "Scored", "--audience", "staff",
        ).decode()  # fmt: skip
        self._links = dict(zip(self._wards, printed.split(), strict=True))
        self._wait("broker", self._has_broker)
        self._wait("dashboard", lambda: answers(f"{self._origin}/healthz"))

    def close(self) -> None:
        """End all of them."""
        self.rooms.close()

    async def watch(self, screen: Screen) -> None:
        """Show a ward's screen until cancelled; it comes back by itself, as a browser does."""
        cookie = await asyncio.to_thread(self._enter, self._links[screen.ward])
        address = f"{self._origin.replace('http', 'ws', 1)}/live?ward={screen.ward}"
        while True:
            try:
                async with connect(
                    address, origin=Origin(self._origin), additional_headers={"Cookie": cookie},
                    max_size=MAX_FRAME, proxy=None,
                ) as socket_:  # fmt: skip
                    async for frame in socket_:
                        screen.take(frame, datetime.now(UTC))
                why = "the server ended it"
            except (OSError, WebSocketException) as error:
                why = str(error)
            screen.troubles.append((datetime.now(UTC), f"the screen lost its server: {why}"))
            await asyncio.sleep(AGAIN_AFTER_S)

    def _enter(self, link: str) -> str:
        """The cookie that a screen gets for the token in its link. Raises ReceiverFailed."""
        parts = urlsplit(link)
        server = http.client.HTTPConnection("127.0.0.1", self._http_port, timeout=30)
        with closing(server):
            server.request("GET", f"{parts.path}?{parts.query}")
            answer = server.getresponse()
            cookie = answer.getheader("Set-Cookie")
        if answer.status != http.client.SEE_OTHER or cookie is None:
            raise ReceiverFailed(f"the screen {parts.path} was not let in: {answer.status}")
        return cookie.partition(";")[0]

    def _wait(self, name: str, is_there: Callable[[], bool]) -> None:
        until = time.monotonic() + UP_WITHIN_S
        while not is_there():
            self.rooms.check()
            if time.monotonic() > until:
                raise ReceiverFailed(
                    f"{name} is not there after {UP_WITHIN_S:.0f} s:\n{self.rooms.last_words(name)}"
                )
            time.sleep(0.05)

    def _has_broker(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self._mqtt_port), timeout=1).close()
        except OSError:
            return False
        return True

    def _write_broker_conf(self) -> Path:
        store = self.rooms.data / "broker"
        store.mkdir()
        conf = self.rooms.folder / "mosquitto.conf"
        user = pwd.getpwuid(os.getuid()).pw_name
        filled = {"port": self._mqtt_port, "persistence_dir": store, "user": user}
        conf.write_text(Template(_TEMPLATE.read_text()).substitute(filled))
        return conf


def _find_mosquitto() -> str:
    path = os.pathsep.join((os.environ.get("PATH", ""), _WITHOUT_PATH))
    found = shutil.which("mosquitto", path=path)
    if found is None:
        raise ReceiverFailed("a live score needs a broker: apt install mosquitto")
    return found


def _free_ports(count: int) -> list[int]:
    """So many ports that nobody listens on now, and nobody's connection will come to have."""
    found: set[int] = set()
    while len(found) < count:
        port = LOWEST_PORT + secrets.randbelow(HIGHEST_PORT - LOWEST_PORT)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            found.add(port)
    return sorted(found)
