"""Who gets in: one ASGI layer outside everything, over HTTP and WebSocket alike.

In this order: the browser's origin, for whatever is not a plain read · the session · what this
address is (unknown ones are 404, Dash would answer 200) · what this role may do there. What is
for other systems opens by their token, and by nothing else. Whatever goes out carries the security
headers, refusals too.
"""

import logging
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.addresses import (
    CALLBACK_PATH,
    DASH_READS,
    LIVE_PATH,
    LOGIN_PATH,
    LOGOUT_PATH,
    METRICS_PATH,
    PUBLIC_PATHS,
    SCREEN_DEEDS,
    Page,
)
from dashboard.answers import bounce_page, plain_page
from dashboard.context import Login, Services, asking
from dashboard.headers import with_headers
from dashboard.interfaces.gate import admit, is_for_interfaces
from dashboard.sessions import COOKIE
from record.faults import RecordUnavailable
from vocabulary.ids import WardId
from vocabulary.roles import Audience, Role

log = logging.getLogger(__name__)

MAX_BODY_BYTES: Final = 1024 * 1024
"""No form or callback of ours is near it; a larger body is a mistake or an attack."""
KIOSK_COOKIE_AGE_S: Final = 400 * 24 * 3600
"""A wall screen keeps its cookie over restarts; browsers allow no longer (RFC 6265bis)."""
ASK_AGAIN_S: Final = 5
"""A wall that starts while the record is away has nobody to reload it."""
_SAFE: Final = ("GET", "HEAD")
_LOOPBACK: Final = ("127.0.0.1", "::1")


class Access:
    """The layer. `app` is all that lies within; `pages` the addresses that show a page."""

    def __init__(
        self,
        app: ASGIApp,
        services: Services,
        pages: Iterable[Page],
        script_hashes: Callable[[], tuple[str, ...]],
    ) -> None:
        self._app = app
        self._services = services
        self._pages = tuple(pages)
        self._script_hashes = script_hashes
        self._origins = frozenset(services.settings.public_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request in, or answer it here."""
        if scope["type"] not in ("http", "websocket"):
            with asking(self._services, None):
                await self._app(scope, receive, send)
            return
        guarded_send = with_headers(
            scope,
            send,
            scripts=self._script_hashes(),
            is_tls=self._services.settings.secure_cookies,
        )
        request = HTTPConnection(scope)
        try:
            login, refusal = await self._decide(request)
        except RecordUnavailable:
            login, refusal = None, _record_gone()
        with asking(self._services, login):
            if refusal is None:
                await self._app(scope, receive, guarded_send)
            elif scope["type"] == "websocket":
                await receive()
                await send({"type": "websocket.close", "code": 4401})
            else:
                await refusal(scope, receive, guarded_send)

    async def _decide(self, request: HTTPConnection) -> tuple[Login | None, Response | None]:
        """Who this is, and how it is refused, None where it may go on. Raises RecordUnavailable."""
        scope, path = request.scope, request.scope["path"]
        if is_for_interfaces(path):
            return await admit(request, self._services)
        is_read = scope["type"] == "http" and scope["method"] in _SAFE
        if not is_read and (problem := self._problem_of_writing(request)) is not None:
            return None, problem
        if path in PUBLIC_PATHS:
            return None, None
        if (enrolled := await self._enrol(request)) is not None:
            return None, enrolled
        return await self._decide_login(request)

    async def _decide_login(self, request: HTTPConnection) -> tuple[Login | None, Response | None]:
        scope, path = request.scope, request.scope["path"]
        session = request.cookies.get(COOKIE)
        login = await self._services.sessions.find(session)
        if path == METRICS_PATH:
            return login, self._refuse_metrics(request, login)
        if session is None or login is None:
            return None, self._refuse_stranger(request)
        if scope["type"] == "websocket":
            return login, None if path == LIVE_PATH else _unknown()
        if not login.is_read_only:
            await self._services.sessions.use(session)
        return login, self._refuse_login(request, login)

    # --- who ------------------------------------------------------------------------------------

    def _problem_of_writing(self, request: HTTPConnection) -> Response | None:
        if not self._is_our_origin(request):
            return _refused(request, "This request comes from another site.")
        return _problem_of_body(request)

    def _is_our_origin(self, request: HTTPConnection) -> bool:
        """Whether the browser says that a page of ours asks. No word is no."""
        origin, host = request.headers.get("origin"), request.headers.get("host")
        if not origin or not host:
            return False
        parts = urlsplit(origin)
        is_same = parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower()
        return is_same or origin in self._origins

    async def _enrol(self, request: HTTPConnection) -> Response | None:
        """Make a session of a screen's token, and lead it to the same address without it."""
        if request.scope["type"] != "http" or request.scope["method"] != "GET":
            return None
        token = request.query_params.get("token")
        page, ward = self._page_of(request.scope["path"])
        if token is None or page is None or ward is None:
            return None
        session = await self._services.sessions.open_for_screen(token, ward)
        if session is None:
            log.warning("a kiosk token was refused for ward %s", ward)
            return plain_page(
                "This link does not open the screen",
                "Its token was revoked, or is for another ward. Ask the administrator for a new"
                " link: python -m dashboard kiosk add",
                HTTPStatus.FORBIDDEN,
            )
        answer = RedirectResponse(_without_token(request), HTTPStatus.SEE_OTHER)
        set_cookie(answer, self._services, session, max_age_s=KIOSK_COOKIE_AGE_S)
        return answer

    # --- what -----------------------------------------------------------------------------------

    def _page_of(self, path: str) -> tuple[Page | None, WardId | None]:
        """The page at `path` and the ward it names; no page where there is no such ward."""
        for page in self._pages:
            match = page.pattern.fullmatch(path if path == "/" else path.rstrip("/"))
            if match is None:
                continue
            named = match.groupdict().get("ward")
            if named is None:
                return page, None
            if self._services.ward(WardId(named)) is not None:
                return page, WardId(named)
        return None, None

    def _refuse_stranger(self, request: HTTPConnection) -> Response:
        page, _ = self._page_of(request.scope["path"])
        if page is None or request.scope.get("method") not in _SAFE:
            return _nobody_is_logged_in()
        here = _local_address(request)
        if request.headers.get("sec-fetch-site") == "cross-site":
            return bounce_page(here)
        return RedirectResponse(f"{LOGIN_PATH}?{urlencode({'next': here})}", HTTPStatus.SEE_OTHER)

    def _refuse_metrics(self, request: HTTPConnection, login: Login | None) -> Response | None:
        client = request.client
        if client is not None and client.host in _LOOPBACK:
            return None
        if login is not None and login.role is Role.ADMINISTRATOR:
            return None
        return PlainTextResponse(
            "Metrics are for this machine and for administrators.\n", HTTPStatus.FORBIDDEN
        )

    def _refuse_login(self, request: HTTPConnection, login: Login) -> Response | None:
        path, method = request.scope["path"], request.scope["method"]
        if method not in _SAFE:
            return _refuse_writing(path, method, login)
        if DASH_READS.fullmatch(path):
            return None
        page, ward = self._page_of(path)
        if page is None:
            return _unknown()
        return self._refuse_screen(page, ward, login) if login.is_read_only else None

    def _refuse_screen(self, page: Page, ward: WardId | None, login: Login) -> Response | None:
        if login.ward is not None and page.pattern.fullmatch("/"):
            return RedirectResponse(f"/ward/{quote(login.ward)}", HTTPStatus.SEE_OTHER)
        if page.for_screens and ward is not None and login.may_see(ward):
            return None
        return plain_page(
            "Not on this screen",
            f"This screen is enrolled for ward {login.ward} and shows nothing else.",
            HTTPStatus.FORBIDDEN,
        )


def set_cookie(
    answer: Response, services: Services, session: str, *, max_age_s: int | None = None
) -> None:
    """Give the browser its session; without `max_age_s` until the browser is closed."""
    answer.set_cookie(
        COOKIE,
        session,
        max_age=max_age_s,
        path="/",
        secure=services.settings.secure_cookies,
        httponly=True,
        samesite="strict",
    )


def _refuse_writing(path: str, method: str, login: Login) -> Response | None:
    """Screens may let Dash lay a page out; callbacks that write ask for a role themselves."""
    if method != "POST":
        return PlainTextResponse("Only GET and POST.\n", HTTPStatus.METHOD_NOT_ALLOWED)
    if login.is_read_only and path not in (CALLBACK_PATH, LOGOUT_PATH):
        if login.audience is Audience.STAFF and SCREEN_DEEDS.fullmatch(path):
            return None
        return PlainTextResponse("This screen only looks.\n", HTTPStatus.FORBIDDEN)
    return None


def _problem_of_body(request: HTTPConnection) -> Response | None:
    if request.scope["type"] != "http":
        return None
    if "transfer-encoding" in request.headers:
        return PlainTextResponse("Say how long it is.\n", HTTPStatus.LENGTH_REQUIRED)
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > MAX_BODY_BYTES:
        return PlainTextResponse("Too large.\n", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return None


def _local_address(request: HTTPConnection) -> str:
    query = request.scope["query_string"].decode("latin-1")
    path = quote(request.scope["path"], safe="/")
    return f"{path}?{query}" if query else path


def _without_token(request: HTTPConnection) -> str:
    query = request.scope["query_string"].decode("latin-1")
    kept = [(key, value) for key, value in parse_qsl(query) if key != "token"]
    path = quote(request.scope["path"], safe="/")
    return f"{path}?{urlencode(kept)}" if kept else path


def _refused(request: HTTPConnection, why: str) -> Response:
    log.warning(
        "refused %s from origin %r to host %r",
        request.scope["path"],
        request.headers.get("origin"),
        request.headers.get("host"),
    )
    return PlainTextResponse(
        f"{why} If it is ours, add its origin to the setting public_origins.\n",
        HTTPStatus.FORBIDDEN,
    )


def _nobody_is_logged_in() -> Response:
    return plain_page(
        "Nobody is logged in here",
        "Nothing was saved. Log in again, open the form once more, and send it: what was typed is"
        " still there.",
        HTTPStatus.UNAUTHORIZED,
        way_on=(LOGIN_PATH, "Log in"),
    )


def _unknown() -> Response:
    return plain_page("Not found", "There is nothing at this address.", HTTPStatus.NOT_FOUND)


def _record_gone() -> Response:
    return plain_page(
        "The record does not answer",
        "Nobody can log in until it does. Watch the bedside monitors, and call IT.",
        HTTPStatus.SERVICE_UNAVAILABLE,
        again_after_s=ASK_AGAIN_S,
    )
