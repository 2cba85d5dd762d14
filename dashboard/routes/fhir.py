"""`/fhir/`: sessions read by other systems, by token; `/fhir/openapi.json` for people."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from dashboard.audit import View, note_view
from dashboard.context import Services, current_login, require, services
from dashboard.interfaces.answers import fhir_answer, no_token, record_gone, too_busy
from dashboard.interfaces.description import describe, of_read, of_search
from dashboard.interfaces.gate import DESCRIPTION_PATH, FHIR_PATH
from dashboard.interfaces.shelf import TooBusy
from dashboard.interfaces.tokens import Interface
from exchange.fhir.capability import capability_statement
from exchange.fhir.parts import READ_ALONE, Resource, stay_of
from exchange.fhir.replies import Reply, problem
from exchange.fhir.search import BadSearch, read, search, stay_asked_for
from record.faults import RecordUnavailable

Answering = Callable[[Services, Interface], Reply]
"""Finds the reply to a request; blocks, and may raise RecordUnavailable."""


def routes() -> APIRouter:
    """Reading and searching for each kind, what the API can do, and its description."""
    router = APIRouter()
    for kind in READ_ALONE:
        _add(router, kind)

    @router.get(
        f"{FHIR_PATH}/metadata",
        summary="CapabilityStatement",
        openapi_extra=of_read("as FHIR asks"),
    )
    async def tell(request: Request) -> Response:
        base = _base(request)
        return await _answer(lambda *_: Reply(200, capability_statement(base, datetime.now(UTC))))

    described = list(router.routes)

    @router.get(DESCRIPTION_PATH)
    async def show_description() -> Response:
        require()
        return JSONResponse(describe(described))

    @router.get(f"{FHIR_PATH}/{{rest:path}}")
    async def nothing() -> Response:
        told = f"served are {', '.join(READ_ALONE)} and metadata"
        return fhir_answer(problem(404, "not-supported", told))

    return router


def _add(router: APIRouter, kind: str) -> None:
    @router.get(f"{FHIR_PATH}/{kind}", summary=f"Search {kind}", openapi_extra=of_search(kind))
    async def look(request: Request) -> Response:
        asked, base = request.query_params.multi_items(), _base(request)
        return await _answer(lambda parts, by: _search(parts, by, kind, (asked, base)))

    @router.get(
        f"{FHIR_PATH}/{kind}/{{name}}", summary=f"Read {kind}", openapi_extra=of_read(f"one {kind}")
    )
    async def look_at(name: str) -> Response:
        return await _answer(lambda parts, by: _read(parts, by, kind, name))


async def _answer(find: Answering) -> Response:
    """In a thread, one request after the other, so that the live screens are not held up."""
    login, parts = current_login(), services()
    if login is None or login.interface is None:
        return no_token()
    by = login.interface
    try:
        async with parts.served.turn():
            return await asyncio.to_thread(lambda: fhir_answer(find(parts, by)))
    except TooBusy:
        return too_busy()
    except RecordUnavailable:
        return record_gone()


def _search(
    parts: Services, by: Interface, kind: str, asked: tuple[list[tuple[str, str]], str]
) -> Reply:
    parameters, base = asked
    if kind not in by.kinds:
        return _not_for(by, kind)
    try:
        stay = stay_asked_for(kind, parameters)
    except BadSearch as error:
        return problem(400, "required", str(error))
    found = _resources(parts, by, stay, f"search {kind}")
    if found is None:
        return problem(404, "not-found", "there is no such session in the ward of this token")
    return search(found, kind, parameters, base)


def _read(parts: Services, by: Interface, kind: str, name: str) -> Reply:
    if kind not in by.kinds:
        return _not_for(by, kind)
    found = _resources(parts, by, stay_of(name), f"read {kind}")
    if found is None:
        return problem(404, "not-found", f"there is no {kind}/{name} in the ward of this token")
    return read(found, kind, name)


def _resources(parts: Services, by: Interface, stay: str, page: str) -> tuple[Resource, ...] | None:
    """Of a session of the token's ward, noted as a look before anything of it goes out."""
    plan = parts.served.plan(stay)
    if plan is None or plan.ward != by.ward:
        return None
    found = parts.served.find(plan)
    view = View(
        by=by.by, page=f"fhir {page} by {by.label}", patient=found.patient, session=plan.session
    )
    note_view(parts.record, view)
    return found.resources


def _not_for(by: Interface, kind: str) -> Reply:
    told = " and ".join(by.kinds)
    return problem(403, "forbidden", f"this token is for {told}, not for {kind}")


def _base(request: Request) -> str:
    origins = services().settings.public_origins
    origin = origins[0] if origins else str(request.base_url).rstrip("/")
    return f"{origin}{FHIR_PATH}"
