"""Logging in and out, health and metrics: plain routes beside Dash."""

import asyncio
import logging
import math
import time
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from dashboard.access import set_cookie
from dashboard.addresses import HEALTH_PATH, LOGIN_PATH, LOGOUT_PATH, METRICS_PATH, safe_next
from dashboard.answers import login_page
from dashboard.attempts import Attempt, Attempts
from dashboard.context import VERSION, Services, services
from dashboard.forms.answering import form_data
from dashboard.passwords import is_password
from dashboard.sessions import COOKIE
from record.accounts import Account
from record.faults import RecordUnavailable

log = logging.getLogger(__name__)

HASHES_AT_ONCE: Final = 2
"""Each takes 64 MiB and a core for some 50 ms; more at once would starve the live screens."""
_WRONG: Final = "Login or password is wrong. Check both and try again."
_RECORD_GONE: Final = "The record does not answer, so nobody can log in. Try again in a moment."


def login_routes() -> APIRouter:
    """GET and POST `/login`, POST `/logout`, GET `/healthz`, GET `/metrics`."""
    routes = APIRouter()
    attempts = Attempts()
    hashing = asyncio.Semaphore(HASHES_AT_ONCE)

    @routes.get(LOGIN_PATH)
    async def show_login(request: Request) -> Response:
        return login_page(safe_next(request.query_params.get("next", "/")))

    @routes.post(LOGIN_PATH)
    async def log_in(request: Request) -> Response:
        return await _log_in(request, attempts, hashing)

    @routes.post(LOGOUT_PATH)
    async def log_out(request: Request) -> Response:
        await services().sessions.close(request.cookies.get(COOKIE))
        answer = RedirectResponse(LOGIN_PATH, HTTPStatus.SEE_OTHER)
        answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
        return answer

    @routes.get(HEALTH_PATH)
    async def tell_health() -> Response:
        return _health(services())

    @routes.get(METRICS_PATH)
    async def tell_metrics() -> Response:
        parts = services()
        parts.metrics.tiles.set(parts.beds.made_tiles)
        return Response(parts.metrics.text(), media_type="text/plain; version=0.0.4")

    return routes


async def _log_in(request: Request, attempts: Attempts, hashing: asyncio.Semaphore) -> Response:
    form = await form_data(request, most_fields=8, field_bytes=4096)
    name, password = _field(form, "login").strip(), _field(form, "password")
    next_path = safe_next(_field(form, "next"))
    attempt = Attempt(name, request.client.host if request.client else "")
    if (wait_s := attempts.wait_s(attempt, time.monotonic())) > 0:
        return _refuse(next_path, name, _wait_text(wait_s), HTTPStatus.TOO_MANY_REQUESTS)
    attempts.failed(attempt, time.monotonic())  # before the hash, or many at once slip through
    try:
        account = await services().sessions.account(name)
        async with hashing:
            is_right = await asyncio.to_thread(
                is_password, password, account.password_hash if account else None
            )
        if account is None or not is_right:
            return _refuse(next_path, name, _WRONG, HTTPStatus.UNAUTHORIZED)
        attempts.succeeded(attempt)
        return await _let_in(request, account, next_path)
    except RecordUnavailable:
        return _refuse(next_path, name, _RECORD_GONE, HTTPStatus.SERVICE_UNAVAILABLE)


async def _let_in(request: Request, account: Account, next_path: str) -> Response:
    """A new session for every login, so that one planted before it is worth nothing."""
    parts = services()
    await parts.sessions.close(request.cookies.get(COOKIE))
    session = await parts.sessions.open_for_person(account)
    log.info("%s logged in as %s", account.login, account.role.value)
    answer = RedirectResponse(next_path, HTTPStatus.SEE_OTHER)
    set_cookie(answer, parts, session)
    return answer


def _health(parts: Services) -> Response:
    """Whether the process and its feed work; nothing about any bed."""
    is_up = parts.links.is_judging(time.monotonic())
    return JSONResponse(
        {
            "status": "up" if is_up else "stuck",
            "version": VERSION,
            "feed": "up" if parts.feed.connection.is_up else "down",
            "record": "up" if parts.links.is_record_alive else "down",
        },
        HTTPStatus.OK if is_up else HTTPStatus.SERVICE_UNAVAILABLE,
    )


def _refuse(next_path: str, name: str, problem: str, status: HTTPStatus) -> Response:
    services().metrics.logins_refused.inc()
    return login_page(next_path, login=name[:64], problem=problem, status=status)


def _wait_text(wait_s: float) -> str:
    minutes = math.ceil(wait_s / 60)
    unit = "minute" if minutes == 1 else "minutes"
    return f"Too many wrong passwords. Try again in {minutes} {unit}."


def _field(form: FormData, name: str) -> str:
    """What was sent, as it is: a password may begin or end with a space."""
    value = form.get(name)
    return value if isinstance(value, str) else ""
