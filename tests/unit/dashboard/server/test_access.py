"""Who gets in: every kind of request, of every kind of login, from every kind of origin."""

import asyncio
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from starlette.types import Message, Receive, Scope, Send

from dashboard.access import Access
from dashboard.addresses import Page, pages_of_routes, safe_next
from dashboard.context import current_login, services
from dashboard.routes import ROUTERS
from dashboard.server import Server
from tests.fixtures.dashboard import (
    KIOSK_TOKEN,
    MemoryAccounts,
    a_server,
    a_store,
    kiosk,
    nurse,
)
from vocabulary.roles import Role

OURS = "http://ward.example:8050"
PEOPLE = {
    "nobody": None,
    "display": kiosk(),
    "nurse": nurse(),
    "administrator": nurse(Role.ADMINISTRATOR, "ada"),
}
GATES: dict[str, str | None] = {
    "ours": OURS,
    "another": "http://evil.example",
    "null": "null",
    "another port": "http://ward.example:9999",
    "missing": None,
}


@dataclass
class Outcome:
    """What came of a request: the status (0: it got through) and headers, or a close code."""

    status: int
    headers: dict[str, str]
    login: str | None = None

    @property
    def got_in(self) -> bool:
        return self.status == 0


class Door:
    """The access layer with nothing behind it but a note of who got through."""

    def __init__(self, server: Server, store: MemoryAccounts) -> None:
        self.store = store
        plain = pages_of_routes([make_routes() for make_routes in ROUTERS])
        pages = [*(Page.of_template(t) for t in ("/", "/devices", "/ward/<ward>")), *plain]
        self._access = Access(self._inside, server.services, pages, lambda: ("'sha256-x'",))
        self._got_in: str | None = None
        self._is_in = False

    async def _inside(self, _scope: Scope, _receive: Receive, _send: Send) -> None:
        self._is_in = True
        assert services().sessions is not None
        login = current_login()
        self._got_in = None if login is None else login.role.value

    def knock(
        self,
        target: str,
        *,
        method: str = "GET",
        who: str = "nobody",
        origin: str | None = OURS,
        client: str = "10.0.0.7",
        **headers: str,
    ) -> Outcome:
        """One request; `method` WS is a WebSocket."""
        login = PEOPLE[who]
        if login is not None:
            headers["cookie"] = f"hourglass={self.store.enter(f'session-of-{who:_<20}', login)}"
        if origin is not None:
            headers["origin"] = origin
        headers.setdefault("host", "ward.example:8050")
        parts = urlsplit(target)
        scope: dict[str, Any] = {
            "type": "websocket" if method == "WS" else "http",
            "method": method,
            "path": parts.path,
            "query_string": parts.query.encode(),
            "headers": [
                (name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()
            ],
            "client": (client, 4711),
        }
        return asyncio.run(self._knock(scope))

    async def _knock(self, scope: Scope) -> Outcome:
        outcome = Outcome(0, {})

        async def receive() -> Message:
            return {"type": f"{scope['type']}.connect"}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                outcome.status = message["status"]
                outcome.headers.update(
                    {name.decode(): value.decode() for name, value in message["headers"]}
                )
            elif message["type"] == "websocket.close":
                outcome.status = message["code"]

        self._is_in, self._got_in = False, None
        await self._access(scope, receive, send)
        assert self._is_in == outcome.got_in
        outcome.login = self._got_in
        return outcome


@pytest.fixture
def store() -> MemoryAccounts:
    return a_store()


@pytest.fixture
def door(store: MemoryAccounts) -> Door:
    return Door(a_server(store), store)


READS = {
    # address: (nobody, display, nurse, administrator); 0 is in
    "/": (303, 303, 0, 0),
    "/devices": (303, 403, 0, 0),
    "/ward/north": (303, 0, 0, 0),
    "/ward/north/": (303, 0, 0, 0),
    "/ward/south": (303, 403, 0, 0),
    "/ward/west": (401, 404, 404, 404),
    "/ward/north/bed/1": (303, 403, 0, 0),
    "/ward/north/bed/1/panel": (303, 403, 0, 0),
    "/ward/north/bed/1/trend": (303, 403, 0, 0),
    "/ward/west/bed/1": (401, 404, 404, 404),
    "/patients": (303, 403, 0, 0),
    "/patients/new": (303, 403, 0, 0),
    "/patient/p1": (303, 403, 0, 0),
    "/patient/p1/plan": (303, 403, 0, 0),
    "/patient/p1/score": (303, 403, 0, 0),
    "/session/s1": (303, 403, 0, 0),
    "/session/s1/prepare": (303, 403, 0, 0),
    "/session/s1/do/pause": (303, 403, 0, 0),
    "/worklist": (303, 403, 0, 0),
    "/no/such/page": (401, 404, 404, 404),
    "/fhir/metadata": (401, 401, 401, 401),
    "/fhir/Observation": (401, 401, 401, 401),
    "/fhir/openapi.json": (303, 403, 0, 0),
    "/docs": (401, 404, 404, 404),
    "/openapi.json": (401, 404, 404, 404),
    "/_dash-layout": (401, 0, 0, 0),
    "/_dash-dependencies": (401, 0, 0, 0),
    "/_dash-component-suites/dash/deps/x.js": (401, 0, 0, 0),
    "/assets/live.js": (401, 0, 0, 0),
    "/_favicon.ico": (401, 0, 0, 0),
    "/_mcp": (401, 404, 404, 404),
    "/_dash-ws-callback": (401, 404, 404, 404),
    "/login": (0, 0, 0, 0),
    "/healthz": (0, 0, 0, 0),
    "/metrics": (403, 403, 403, 0),
    "/live": (401, 404, 404, 404),
}


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("target", READS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_reading_is_for_who_may_see_it(door: Door, method: str, target: str, who: str) -> None:
    expected = READS[target][list(PEOPLE).index(who)]
    outcome = door.knock(target, method=method, who=who, origin=None)
    assert outcome.status == expected
    is_known = outcome.got_in and target not in ("/login", "/healthz")
    assert outcome.login == (who if is_known else None)


POSTS = {
    "/session/s1/do/pause": (401, 403, 0, 0),
    "/patients/new": (401, 403, 0, 0),
    "/patient/p1/plan": (401, 403, 0, 0),
    "/fhir/openapi.json": (401, 403, 0, 0),
    "/_dash-update-component": (401, 0, 0, 0),
    "/logout": (401, 0, 0, 0),
    "/login": (0, 0, 0, 0),
    "/something/that/writes": (401, 403, 0, 0),
}


def test_no_page_that_names_a_patient_is_for_screens() -> None:
    plain = pages_of_routes([make_routes() for make_routes in ROUTERS])
    assert plain
    assert not [page.pattern.pattern for page in plain if page.for_screens]


@pytest.mark.parametrize("gate", GATES)
@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("target", POSTS)
def test_writing_needs_our_origin_and_a_role(door: Door, target: str, who: str, gate: str) -> None:
    outcome = door.knock(target, method="POST", who=who, origin=GATES[gate])
    expected = POSTS[target][list(PEOPLE).index(who)] if gate == "ours" else 403
    assert outcome.status == expected


@pytest.mark.parametrize("gate", GATES)
@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("target", ["/live", "/_dash-ws-callback", "/ward/north"])
def test_sockets_are_closed_before_they_open_but_for_live(
    door: Door, target: str, who: str, gate: str
) -> None:
    outcome = door.knock(target, method="WS", who=who, origin=GATES[gate])
    may = target == "/live" and gate == "ours" and who != "nobody"
    assert outcome.status == (0 if may else 4401)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_not_known(door: Door, method: str) -> None:
    assert door.knock("/ward/north", method=method, who="administrator").status == 405


def test_a_public_origin_from_the_settings_is_ours(store: MemoryAccounts) -> None:
    door = Door(a_server(store, public_origins=("https://hourglass.clinic.example",)), store)
    origin = "https://hourglass.clinic.example"
    assert door.knock("/live", method="WS", who="nurse", origin=origin).got_in


def test_a_request_without_a_host_has_no_origin_of_ours(door: Door) -> None:
    assert door.knock("/login", method="POST", origin="http://", host="").status == 403


def test_a_stranger_is_led_to_login_and_back(door: Door) -> None:
    outcome = door.knock("/ward/north?sort=urgent")
    assert outcome.headers["location"] == "/login?next=%2Fward%2Fnorth%3Fsort%3Durgent"


def test_who_comes_by_a_link_from_elsewhere_is_bounced_once_so_that_the_cookie_comes_along(
    door: Door,
) -> None:
    outcome = door.knock("/ward/north", sec_fetch_site="cross-site")
    assert outcome.status == 200
    assert door.knock("/ward/north", sec_fetch_site="same-origin").status == 303


def test_a_screen_is_led_from_the_start_page_to_its_ward(door: Door) -> None:
    assert door.knock("/", who="display").headers["location"] == "/ward/north"


def test_a_token_becomes_a_cookie_and_leaves_the_address(door: Door) -> None:
    outcome = door.knock(f"/ward/north?token={KIOSK_TOKEN}&theme=light")
    assert outcome.status == 303
    assert outcome.headers["location"] == "/ward/north?theme=light"
    cookie = outcome.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert KIOSK_TOKEN not in cookie
    assert "Secure" not in cookie


def test_cookies_are_secure_behind_tls(store: MemoryAccounts) -> None:
    outcome = Door(a_server(store, secure_cookies=True), store).knock(
        f"/ward/north?token={KIOSK_TOKEN}"
    )
    assert "Secure" in outcome.headers["set-cookie"]
    assert "strict-transport-security" in outcome.headers


@pytest.mark.parametrize(
    "target", [f"/ward/south?token={KIOSK_TOKEN}", "/ward/north?token=wrong", "/ward/north?token="]
)
def test_a_token_that_does_not_hold_is_refused_with_what_to_do(door: Door, target: str) -> None:
    assert door.knock(target).status == 403


def test_a_token_elsewhere_opens_nothing(door: Door) -> None:
    assert door.knock(f"/devices?token={KIOSK_TOKEN}").status == 303
    assert door.knock(f"/ward/north?token={KIOSK_TOKEN}", method="HEAD").status == 303
    assert "set-cookie" not in door.knock(f"/devices?token={KIOSK_TOKEN}").headers


def test_metrics_are_for_this_machine(door: Door) -> None:
    assert door.knock("/metrics", client="127.0.0.1").got_in
    assert door.knock("/metrics", client="10.0.0.7").status == 403


@pytest.mark.parametrize("length", ["1048577", "-1", "ten", ""])
def test_a_body_too_large_or_of_no_known_length_is_refused(door: Door, length: str) -> None:
    outcome = door.knock("/login", method="POST", content_length=length)
    assert outcome.status == 413
    chunked = door.knock("/login", method="POST", transfer_encoding="chunked")
    assert chunked.status == 411


def test_nobody_gets_in_while_the_record_does_not_answer(door: Door, store: MemoryAccounts) -> None:
    store.is_gone = True
    assert door.knock("/ward/north", who="nurse").status == 503
    assert door.knock("/live", method="WS", who="nurse").status == 4401
    assert door.knock("/healthz").got_in


@pytest.mark.parametrize("target", ["/", "/login?next=x", "/ward/north?token=wrong", "/nowhere"])
def test_refusals_carry_the_security_headers_too(door: Door, target: str) -> None:
    outcome = door.knock(target, method="POST", origin=None)
    policy = outcome.headers["content-security-policy"]
    assert "script-src 'self' 'sha256-x';" in policy
    assert "unsafe-eval" not in policy
    assert "script-src 'self' 'unsafe-inline'" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "ws://ward.example:8050" in policy
    assert outcome.headers["x-content-type-options"] == "nosniff"
    assert outcome.headers["referrer-policy"] == "same-origin"
    assert outcome.headers["cache-control"] == "no-store"


def test_a_host_that_is_none_never_gets_into_the_policy(door: Door) -> None:
    outcome = door.knock("/", host="x; script-src *")
    assert "script-src *" not in outcome.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("address", "led_to"),
    [
        ("/ward/north?sort=urgent", "/ward/north?sort=urgent"),
        ("", "/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("/a\\b", "/"),
        ("javascript:alert(1)", "/"),
        ("/x\r\nset-cookie: a", "/"),
        ("/\t/evil.example", "/"),
        ("/login", "/"),
        ("/login?next=/login", "/"),
    ],
)
def test_login_leads_to_our_own_pages_alone(address: str, led_to: str) -> None:
    assert safe_next(address) == led_to
