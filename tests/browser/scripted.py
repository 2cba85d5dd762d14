"""A server with the real pages, scripts and styles, whose `/live` says what a test tells it."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

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
from infusion.configuration import BedPlan, ClinicConfiguration, WardPlan
from vocabulary.ids import BedId, BootId, DeviceId, SessionId, WardId, WorkerId
from vocabulary.roles import Audience, Role
from vocabulary.signals import SignalName
from vocabulary.states import (
    DeviceKind,
    DeviceLink,
    InvalidReason,
    PumpState,
    ReadingState,
    SessionState,
)
from wire.bed_state import (
    BedState,
    DeviceView,
    DoseView,
    NibpValue,
    PumpView,
    ReadingTimes,
    SessionView,
    SignalView,
)

WARD = WardId("demo")
UP = {"state": "up", "since": None, "detail": ""}
ALL_UP = {"device": UP, "broker": UP, "ingest": UP, "record": UP}
LIMITS_S = {SignalName.NIBP: (720.0, 900.0), SignalName.TEMP: (60.0, 900.0)}


def down(detail: str = "", since: datetime | None = None) -> dict[str, Any]:
    """A link that is down, since now unless said otherwise."""
    return {"state": "down", "since": (since or datetime.now(UTC)).isoformat(), "detail": detail}


def ward_of(beds: int, devices: Mapping[str, tuple[str, ...]]) -> WardPlan:
    """A ward with so many chairs, and the devices that are fixed to them."""
    return WardPlan(
        ward=WARD,
        label="Demonstration ward",
        beds=tuple(
            BedPlan(
                bed=BedId(str(number)),
                label=f"Chair {number}",
                devices=tuple(DeviceId(name) for name in devices.get(str(number), ())),
            )
            for number in range(1, beds + 1)
        ),
    )


def times(
    age_s: float, now: datetime, *, late_s: float = 3.0, stale_s: float = 10.0
) -> ReadingTimes:
    """The times of a reading of this age."""
    at = now - timedelta(seconds=age_s)
    return ReadingTimes(
        device_time=at,
        observed_at=at,
        received_at=at,
        fresh_since=at,
        late_after_s=late_s,
        stale_after_s=stale_s,
    )


def reading(
    name: SignalName,
    value: float | NibpValue | None,
    now: datetime,
    *,
    age_s: float = 0.3,
    reason: InvalidReason | None = None,
    delta: float | None = None,
) -> SignalView:
    """One vital sign; invalid where there is a reason, live otherwise (its age may say more)."""
    late_s, stale_s = LIMITS_S.get(name, (3.0, 10.0))
    return SignalView(
        state=ReadingState.LIVE if reason is None else ReadingState.INVALID,
        value=value,
        reason=reason,
        times=times(age_s, now, late_s=late_s, stale_s=stale_s),
        baseline_delta=delta,
        device=DeviceId("monitor-1"),
    )


def bed_state(bed: str = "1", *, now: datetime | None = None, **parts: Any) -> BedState:
    """A bed 40 minutes into its infusion, everything live; `parts` replaces what it is given."""
    now = now or datetime.now(UTC)
    state = {
        "signals": {
            SignalName.SPO2: reading(SignalName.SPO2, 97, now),
            SignalName.HR: reading(SignalName.HR, 78, now),
            SignalName.NIBP: reading(
                SignalName.NIBP, NibpValue(sys=138, dia=86, map=103), now, age_s=190, delta=22
            ),
            SignalName.RR: reading(SignalName.RR, 14, now),
            SignalName.ETCO2: reading(SignalName.ETCO2, 36, now),
            SignalName.TEMP: reading(SignalName.TEMP, 36.8, now),
        },
        "session": SessionView(
            state=SessionState.INFUSING,
            state_since=now - timedelta(minutes=40),
            started_at=now - timedelta(minutes=40),
            running_s=2400,
            is_running=True,
            planned_s=3600,
        ),
        "pump": PumpView(
            device=DeviceId(f"pump-{bed}"),
            reading=ReadingState.LIVE,
            state=PumpState.INFUSING,
            times=times(0.4, now),
            rate_ml_h=35.0,
            rate_set_ml_h=35.0,
            dose_rate_mg_kg_h=0.5,
            volume_ml=23.3,
            drug="ketamine",
            concentration_mg_ml=1.0,
            weight_kg=70.0,
        ),
        "dose": DoseView(given_mg=23.3, given_mg_per_kg=0.333),
        "devices": (
            DeviceView(
                device=DeviceId(f"monitor-{bed}"),
                kind=DeviceKind.MONITOR,
                link=DeviceLink.ONLINE,
                link_since=now - timedelta(minutes=50),
            ),
        ),
    }
    return BedState(
        ward=WARD,
        bed=BedId(bed),
        published_at=now,
        worker=WorkerId("ingest-1"),
        ingest_boot=BootId("i1"),
        **(state | parts),
    )


def identified(now: datetime) -> SessionView:
    """A confirmed session that says whose it is, as staff see it."""
    return SessionView(
        state=SessionState.INFUSING,
        id=SessionId("s1"),
        running_s=1200,
        is_running=True,
        planned_s=3600,
        state_since=now,
        number=4,
        of=6,
        initials="QZ",
        nurse="Berg",
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
    ) -> None:
        self.plan = ward_of(beds, devices)
        self.audience = audience
        self.login = Login(key="k", role=role, audience=audience, name="screen", ward=None)
        self.links: dict[str, Any] = dict(ALL_UP)
        self.lag_s: float | None = 0.1
        self.sent_late_ms = 0.0
        self.build: str | None = None
        self.is_silent = False
        self.refuses = False
        self.is_logged_out = False
        self.record = record
        self.opened = 0
        self.login_requests = 0
        self._held: dict[str, tuple[BedState, float, bool]] = {}
        self._sockets: set[WebSocket] = set()
        self.judged = Links()
        self._seen: tuple[BedState, ...] = ()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
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

    # --- what it says ----------------------------------------------------------------------------

    def hold(self, *states: BedState, retained: bool = False) -> None:
        """Make these the newest states and send their tiles to every screen."""
        for state in states:
            self._held[state.bed] = (state, time.monotonic(), retained)
        self._do(self._send_all({state.bed: self._entry(state.bed) for state in states}))

    def show_beds(self, *states: BedState) -> None:
        """Make these the states that pages read from the server's memory."""
        self._seen = states

    def rewind(self, bed: str, seconds: float) -> None:
        """Hold the state of a bed as if it had come so much earlier; screens hear of it anew."""
        state, since_s, retained = self._held[bed]
        self._held[bed] = (state, since_s - seconds, retained)
        self._do(self._send_all({bed: self._entry(bed)}))

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

        self._do(send(), within_s=60)

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
        deadline = time.monotonic() + 20
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
        self._thread.join(20)
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

        app = create_app(fastapi, Screens(register_pages, register_callbacks, tile_frame))
        services = Services(
            settings=Settings(),
            configuration=cast(
                ClinicConfiguration,
                SimpleNamespace(wards=(self.plan,), clocks=SimpleNamespace(limit_s=5.0)),
            ),
            record=cast(Any, self.record),
            sessions=cast(Any, None),
            feed=cast(Any, None),
            beds=cast(Any, SimpleNamespace(wards=(WARD,), states=lambda _: self._seen)),
            links=cast(Any, SimpleNamespace(links=lambda _: SimpleNamespace(links=self.judged))),
            metrics=cast(Any, None),
        )

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
                await open_socket.receive_text()
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
        frame: dict[str, Any] = {
            "n": 1,
            "sent_ms": round(time.time() * 1000 - self.sent_late_ms),
            "ward": WARD,
            "links": self.links,
            "lag_s": self.lag_s,
            "beds": beds,
        }
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

    def _do(self, work: Any, within_s: float = 10) -> None:
        if self._loop is None:
            work.close()
            return
        asyncio.run_coroutine_threadsafe(work, self._loop).result(within_s)
