"""The live half of a screen: the newest state of every bed, pushed over `/live` as it changes.

What the screens (`view_models`, `pages`, `callbacks`, `assets`) and the server agree on:

**Tiles.** `dashboard.view_models.tile_frame(state, audience, elapsed_s, retained=False) -> bytes`
is a pure function that gives the JSON of one tile. `elapsed_s` is how long ago, in seconds,
`state.published_at` was, so an age is the age at `published_at` plus `elapsed_s`. `retained` is
true for a state that came with the retain flag: its numbers are shown as last known, never live.

**Frames.** A browser opens `/live?ward=W` and gets JSON text:

    {"n": 7, "sent_ms": 1795446187250, "full": true, "ward": "demo",
     "links": {"device": {"state": "up", "since": null, "detail": ""},
               "broker": {...}, "ingest": {...}, "record": {...}},
     "lag_s": 0.2, "stations": 1, "own": [],
     "calls": {"4": {"what": "help", "since_ms": 1795446182000}},
     "beds": {"1": {"held_ms": 12, "tile": {...}}, "2": {"held_ms": 0, "tile": null}}}

`n` counts the frames of this connection from 1. `full` is only there (and true) in the first
frame, which has every bed of the ward's plan, `tile` null where nothing is known. Every later
frame holds only the beds that changed; a bed whose state is gone comes with `tile` null. A
frame goes out at most every 100 ms and at least once a second. `held_ms` is how old the tile is
when the frame is sent: every age in the tile is that much more, so that a frame never makes an
old number look new. A bed that nothing new comes in for is made anew every second, so the states
in its tile (live, late, stale) keep moving too. `since` is RFC 3339 or null. `lag_s` is how far
the screen is behind, in seconds, null when that is not known. `stations`: how many screens of the
ward can be heard. `own`: alarms of the dashboard itself besides a dead link, each with `id`,
`priority`, `text` and `since_ms`. `seen`: who has seen which of all of them.
`sparks`: only there where some changed, a few times a minute: the spark lines of beds
(`sparks.Spark`), null where a bed has none any more. `to_sign`: for those who may sign, how many
sessions of the ward wait for it, and since when the oldest. `calls`: who is wanted at which bed and
since when, straight from the record, so that it is seen without ingest and at beds that have no
session.

A browser says of itself `{"sound": "on"}` (or blocked, quiet, fault, none), and of a self-test
`{"painted": ALARM}` and `{"sounded": ALARM}`, each when it changes. Whatever else it says is read
and forgotten.

**Close codes.** 4401: the session is gone, go to `/login`. 4403: this login may not see the
ward. 4408: this screen read too slowly. 4409: too many open screens for this login. 1001, 1011
and 1012: the server goes away or is not itself, connect again. A browser that is refused before
the socket opens sees 1006: after some of those it should fetch its own page, which leads it to
`/login` if need be.

**Who is asking.** The audience (public or staff) comes from the login, never from the browser.
In layouts and callbacks `dashboard.context.services()` gives the record, the configuration, the
feed and the hub; `current_login()` who is asking; `require(Role.NURSE, ...)` must be called
first in every callback that writes; `require_ward(ward)` in every layout or callback that shows
a ward. Both raise Forbidden, which the browser sees as 403.

**Pages.** `dashboard.pages.register_pages()` calls `dash.register_page(name, path_template=...,
layout=function)` for each page; the path list of the server is read from Dash's registry, and
what is not there is 404. A layout is a plain function that reads nothing from disk (Dash calls it
in the event loop); it takes `**_query` for whatever stands behind `?`.
`dashboard.callbacks.register_callbacks(app)` declares all callbacks on that app. Callbacks are
`async def`; what blocks goes to `asyncio.to_thread`.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

from starlette.websockets import WebSocket, WebSocketDisconnect

from dashboard.context import Login, current_login, services
from dashboard.metrics import Metrics
from dashboard.open_screen import HEARTBEAT_S, Screen
from dashboard.sessions import Sessions
from dashboard.stations import Stations, read_said
from vocabulary.ids import WardId

SEND_LIMIT_S: Final = 5.0
SESSION_CHECK_EVERY_S: Final = 2.0
"""A session that ended is noticed within this and the 2 s that `sessions` remembers an answer."""
MAX_SCREENS_PER_LOGIN: Final = 20
"""More than a ward has walls and desks; a runaway page or script ends here."""

SESSION_GONE: Final = 4401
OUT_OF_ORDER: Final = 1011
WARD_REFUSED: Final = 4403
TOO_SLOW: Final = 4408
TOO_MANY: Final = 4409


class OpenScreens:
    """How many screens each login has open, and which of them can be heard."""

    def __init__(self, metrics: Metrics) -> None:
        self.stations = Stations()
        self._open: Counter[str] = Counter()
        self._metrics = metrics

    def enter(self, login: Login) -> bool:
        """Count one more screen of `login`; False if it has its fill."""
        if self._open[login.key] >= MAX_SCREENS_PER_LOGIN:
            return False
        self._open[login.key] += 1
        self._metrics.screens.inc()
        return True

    def leave(self, login: Login) -> None:
        """Count one screen less."""
        self._open[login.key] -= 1
        self._metrics.screens.dec()
        if not self._open[login.key]:
            del self._open[login.key]


async def serve_screen(socket: WebSocket, session: str, screens: OpenScreens) -> None:
    """One connection to `/live`, from its first frame until one side ends it.

    The middleware has let it in: there is a login, and its origin is ours.
    """
    login, parts = current_login(), services()
    ward = WardId(socket.query_params.get("ward", ""))
    await socket.accept()
    if login is None:
        await socket.close(SESSION_GONE, "log in again")
    elif ward not in parts.beds or not login.may_see(ward):
        await socket.close(WARD_REFUSED, "no such ward for this login")
    elif not screens.enter(login):
        await socket.close(TOO_MANY, f"at most {MAX_SCREENS_PER_LOGIN} screens for each login")
    else:
        screen = Screen(ward, login, parts, screens.stations)
        try:
            await _serve(socket, screen, parts.sessions, session, parts.metrics)
        finally:
            screen.leave()
            screens.leave(login)


async def _serve(
    socket: WebSocket, screen: Screen, sessions: Sessions, session: str, metrics: Metrics
) -> None:
    code = await _first_of(
        _send_frames(socket, screen, metrics),
        _watch_session(sessions, session),
        _listen(socket, screen),
    )
    if code is not None:
        with suppress(WebSocketDisconnect, RuntimeError, TimeoutError):
            # a screen that does not read does not take the close either
            async with asyncio.timeout(1.0):
                await socket.close(code)


async def _first_of(*works: Coroutine[Any, Any, int | None]) -> int | None:
    """The result of whichever ends first; the others are cancelled."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return min(done, key=tasks.index).result()


async def _send_frames(socket: WebSocket, screen: Screen, metrics: Metrics) -> int | None:
    while True:
        change = screen.parts.beds.change(screen.ward)
        now_s = time.monotonic()
        if not screen.parts.links.is_judging(now_s):
            return OUT_OF_ORDER
        frame = screen.next_frame(now_s, datetime.now(UTC))
        if frame is not None:
            try:
                async with asyncio.timeout(SEND_LIMIT_S):
                    await socket.send_text(frame)
            except TimeoutError:
                return TOO_SLOW
            except WebSocketDisconnect:
                return None
            metrics.frames.inc()
            metrics.frame_bytes.inc(len(frame))
        await asyncio.sleep(screen.rest_s(time.monotonic()))
        with suppress(TimeoutError):
            async with asyncio.timeout_at(
                asyncio.get_running_loop().time()
                + max(0.0, screen.sent_s + HEARTBEAT_S - time.monotonic())
            ):
                await change.wait()


async def _watch_session(sessions: Sessions, session: str) -> int:
    while True:
        await asyncio.sleep(SESSION_CHECK_EVERY_S)
        if await sessions.is_gone(session):
            return SESSION_GONE


async def _listen(socket: WebSocket, screen: Screen) -> None:
    """Read what the browser says, until it goes."""
    while (message := await socket.receive())["type"] != "websocket.disconnect":
        said = read_said(message.get("text") or "")
        if said is not None:
            screen.hear(said)
