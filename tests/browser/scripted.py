"""A server with the real pages, scripts and styles, whose `/live` says what a test tells it."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import fields
from types import SimpleNamespace
from typing import Any

import uvicorn
from fastapi import FastAPI, WebSocket
from starlette.responses import RedirectResponse
from starlette.websockets import WebSocketDisconnect

from config.settings import Settings
from dashboard.app import Screens, create_app, warm_up
from dashboard.callbacks import register_callbacks
from dashboard.context import Login, Services, asking
from dashboard.links import Links
from dashboard.pages import register_pages
from dashboard.view_models import tile_frame
from tests.browser.held import ALL_UP, WARD, ward_of
from tests.fixtures.alarms import alarm_rules
from vocabulary.roles import Audience, Role
from wire.bed_state import (
    BedState,
)


class ScriptedWard:
    """The server. Every method may be called from the test's thread."""

    def __init__(
        self,
        beds: int,
        audience: Audience = Audience.STAFF,
        *,
        role: Role = Role.DISPLAY,
        record: object = None,
        devices: Mapping[str, tuple[str, ...]] = {},
        port: int,
    ) -> None:
        self.port = port
        self.plan = ward_of(beds, devices)
        self.audience = audience
        self.login = Login(key="k", role=role, audience=audience, name="screen", ward=None)
        self.links: dict[str, Any] = dict(ALL_UP)
        self.lag_s: float | None = 0.1
        self.sent_late_ms = 0.0
        self.build: str | None = None
        self.own: list[dict[str, Any]] = []
        self.sparks: dict[str, Any] = {}
        self.seen_own: dict[str, Any] = {}
        self.calls: dict[str, Any] = {}
        self.to_sign: dict[str, Any] = {}
        self.stations: int | None = None
        self.told: list[dict[str, Any]] = []
        self.is_silent = False
        self.refuses = False
        self.is_logged_out = False
        self.record = record
        self.opened = 0
        self.frames = 0
        self.login_requests = 0
        self._held: dict[str, tuple[BedState, float, bool]] = {}
        self._held_until_s = time.monotonic()
        self._sockets: set[WebSocket] = set()
        self.judged = Links()
        self._seen: tuple[BedState, ...] = ()
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def url(self) -> str:
        """Where the server is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def ward_url(self) -> str:
        """Where the ward screen is."""
        return f"{self.url}/ward/{WARD}"

    @property
    def screens(self) -> int:
        """How many screens are open."""
        return len(self._sockets)

    # --- what it says ----------------------------------------------------------------------------

    def hold(self, *states: BedState, retained: bool = False) -> None:
        """Make these the newest states and send their tiles to every screen."""
        self._held_until_s = time.monotonic()
        for state in states:
            self._held[state.bed] = (state, self._held_until_s, retained)
        self._do(self._send_all({state.bed: self._entry(state.bed) for state in states}))

    def show_beds(self, *states: BedState) -> None:
        """Make these the states that pages read from the server's memory."""
        self._seen = states

    def rewind(self, bed: str, seconds: float) -> None:
        """Hold the state of a bed as if it had come so much earlier; screens hear of it anew."""
        state, since_s, retained = self._held[bed]
        self._held[bed] = (state, since_s - seconds, retained)
        self._do(self._send_all({bed: self._entry(bed)}))

    def _wait_for_nobody(self) -> None:
        """What was held while a browser started is as fresh as when it was held.

        A test's first screen shall not depend on how fast this machine opens a page.
        """
        waited_s = time.monotonic() - self._held_until_s
        self._held = {
            bed: (state, since_s + waited_s, retained)
            for bed, (state, since_s, retained) in self._held.items()
        }

    def forget(self, bed: str) -> None:
        """The state of a bed is gone."""
        self._held.pop(bed, None)
        self._do(self._send_all({bed: {"held_ms": 0, "tile": None}}))

    def set_links(self, **links: Any) -> None:
        """Change links and tell every screen."""
        self.links = ALL_UP | links
        self._do(self._send_all({}))

    def say(self, beds: dict[str, Any]) -> None:
        """Send a frame with just these entries, whatever they are."""
        self._do(self._send_all(beds))

    def pour(self, frames: int) -> None:
        """Send so many frames with news of every bed, as fast as the browser takes them.

        The heart rate of the last one is 60 + frames % 40.
        """

        async def send() -> None:
            for number in range(1, frames + 1):
                beds = {bed.bed: self._entry(bed.bed) for bed in self.plan.beds}
                for entry in beds.values():
                    entry["tile"]["numbers"]["hr"]["text"] = str(60 + number % 40)
                await self._send_all(beds)

        self._do(send(), within_s=200)

    def close_sockets(self, code: int) -> None:
        """Close every socket with `code`."""

        async def close() -> None:
            for open_socket in list(self._sockets):
                await open_socket.close(code)

        self._do(close())

    # --- the server itself -----------------------------------------------------------------------

    def start(self) -> "ScriptedWard":
        """Serve on the same port as before."""
        config = uvicorn.Config(
            self._app(), host="127.0.0.1", port=self.port, log_level="error",
            timeout_graceful_shutdown=1,
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + 60
        while not self._server.started:
            assert time.monotonic() < deadline, "the scripted server did not start"
            assert self._thread.is_alive(), "the scripted server ended at once"
            threading.Event().wait(0.02)
        return self

    def stop(self) -> None:
        """Stop serving, as a server that is shut down does."""
        if self._server is None or self._thread is None:
            return
        self._server.should_exit = True
        self._thread.join(60)
        assert not self._thread.is_alive(), "the scripted server did not stop"
        self._server = self._thread = self._loop = None

    def _app(self) -> Any:
        @asynccontextmanager
        async def lifespan(_: FastAPI) -> AsyncIterator[None]:
            self._loop = asyncio.get_running_loop()
            await warm_up(app)
            beating = asyncio.create_task(self._beat())
            yield
            beating.cancel()

        fastapi = FastAPI(lifespan=lifespan)

        @fastapi.websocket("/live")
        async def live(open_socket: WebSocket) -> None:
            await self._serve(open_socket)

        @fastapi.get("/login")
        async def login() -> str:
            self.login_requests += 1
            return "log in"

        @fastapi.get("/calls")
        async def calls() -> list[str]:
            return []

        app = create_app(fastapi, Screens(register_pages, register_callbacks, tile_frame))
        given: dict[str, Any] = {
            "settings": Settings(),
            "configuration": SimpleNamespace(
                wards=(self.plan,), clocks=SimpleNamespace(limit_s=5.0), alarms=alarm_rules()
            ),
            "record": self.record,
            "beds": SimpleNamespace(wards=(WARD,), states=lambda _: self._seen),
            "links": SimpleNamespace(links=lambda _: SimpleNamespace(links=self.judged)),
        }
        services = Services(**(dict.fromkeys(f.name for f in fields(Services)) | given))

        async def asgi(scope: Any, receive: Any, send: Any) -> None:
            if self.is_logged_out and scope["path"].startswith("/ward"):
                await self._refuse(scope, receive, send)
                return
            with asking(services, self.login):
                await fastapi(scope, receive, send)

        return asgi

    async def _refuse(self, scope: Any, receive: Any, send: Any) -> None:
        await RedirectResponse("/login")(scope, receive, send)

    async def _serve(self, open_socket: WebSocket) -> None:
        if not self.opened:
            self._wait_for_nobody()
        self.opened += 1
        if self.refuses:
            await open_socket.close(4403)
            return
        await open_socket.accept()
        if not self.is_silent:
            beds = {bed.bed: self._entry(bed.bed) for bed in self.plan.beds}
            await open_socket.send_text(self._frame(beds, full=True))
        self._sockets.add(open_socket)
        try:
            while True:
                self.told.append(json.loads(await open_socket.receive_text()))
        except WebSocketDisconnect:
            pass
        finally:
            self._sockets.discard(open_socket)

    def _entry(self, bed: str) -> dict[str, Any]:
        held = self._held.get(bed)
        if held is None:
            return {"held_ms": 0, "tile": None}
        state, since_s, retained = held
        tile = json.loads(tile_frame(state, self.audience, 0.0, retained))
        return {"held_ms": round((time.monotonic() - since_s) * 1000), "tile": tile}

    def _frame(self, beds: dict[str, Any], *, full: bool = False) -> str:
        self.frames += 1
        frame: dict[str, Any] = {
            "n": self.frames,
            "sent_ms": round(time.time() * 1000 - self.sent_late_ms),
            "ward": WARD,
            "links": self.links,
            "lag_s": self.lag_s,
            "beds": beds,
        }
        said = {
            "sparks": self.sparks, "seen": self.seen_own, "to_sign": self.to_sign,
            "calls": self.calls,
        }  # fmt: skip
        frame |= {name: value for name, value in said.items() if value}
        if self.own:
            frame["own"] = self.own
        if self.stations is not None:
            frame["stations"] = self.stations
        if full:
            frame["full"] = True
        if self.build is not None:
            frame["build"] = self.build
        return json.dumps(frame)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(0.5)
            await self._send_all({})

    async def _send_all(self, beds: dict[str, Any]) -> None:
        if self.is_silent:
            return
        for open_socket in list(self._sockets):
            try:
                await open_socket.send_text(self._frame(beds))
            except (RuntimeError, WebSocketDisconnect):
                self._sockets.discard(open_socket)

    def _do(self, work: Any, within_s: float = 60) -> None:
        if self._loop is None:
            work.close()
            return
        asyncio.run_coroutine_threadsafe(work, self._loop).result(within_s)
