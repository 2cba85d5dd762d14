"""`/ward/<ward>/bed/<bed>/help` and `/end-help`: for any bed, with or without a session."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from dashboard.acting import Done
from dashboard.context import Services, require_ward, services
from dashboard.document import Document, page_document
from dashboard.forms.answering import (
    Answering,
    answer,
    form_data,
    keeping,
    person_here,
)
from dashboard.forms.form import Form, Sent, form_view, fresh
from dashboard.help_desk import call_help, end_help
from dashboard.local_time import clinic_zone, in_local_time
from dashboard.routes.alarm_deeds import who_acts
from dashboard.routes.session_forms import not_found
from infusion.commands import Refused
from infusion.configuration import BedPlan
from infusion.patient import Person
from vocabulary.ids import BedId, WardId

BED = "/ward/{ward}/bed/{bed}"
Acting = Callable[[Services, Person, tuple[WardId, BedId], str], Done | Refused]


def routes() -> APIRouter:
    """The call, which a staff screen may make without a name, and its end, which needs one."""
    router = APIRouter()

    @router.get(f"{BED}/help")
    async def show_call(request: Request) -> Response:
        return _shown(request, "help", "Call for help")

    @router.get(f"{BED}/end-help")
    async def show_end(request: Request) -> Response:
        return _shown(request, "end-help", "End the call for help")

    @router.post(f"{BED}/help")
    @keeping
    async def call(request: Request) -> Response:
        plan, by = _bed(request), who_acts()
        if plan is None:
            return not_found("There is no such chair in this ward.")
        if "application/json" in request.headers.get("accept", ""):
            outcome = await asyncio.to_thread(call_help, services(), by, _where(request))
            return _word(outcome)
        return await _answered(request, by, call_help, ("help", "Call for help", "Help called"))

    @router.post(f"{BED}/end-help")
    @keeping
    async def end(request: Request) -> Response:
        by = person_here()  # whoever came, by name: no screen ends a call
        if _bed(request) is None:
            return not_found("There is no such chair in this ward.")
        words = ("end-help", "End the call for help", "Call ended")
        return await _answered(request, by, end_help, words)

    return router


def _where(request: Request) -> tuple[WardId, BedId]:
    return WardId(request.path_params["ward"]), BedId(request.path_params["bed"])


def _bed(request: Request) -> BedPlan | None:
    """The bed of the address; None if the ward has none such. Raises Forbidden."""
    ward, bed = _where(request)
    require_ward(ward)
    plan = services().ward(ward)
    return None if plan is None else next((b for b in plan.beds if b.bed == bed), None)


def _path(request: Request, name: str = "") -> str:
    ward, bed = _where(request)
    return f"/ward/{quote(ward)}/bed/{quote(bed)}{name and f'/{name}'}"


def _form(request: Request, name: str, words: str) -> Form:
    plan = _bed(request)
    label = "" if plan is None else f"{plan.label}: "
    title = f"{label}{words[0].lower()}{words[1:]}" if label else words
    return Form(name=name, action=_path(request, name), title=title, submit=words)


def _shown(request: Request, name: str, words: str) -> Response:
    person_here()
    if _bed(request) is None:
        return not_found("There is no such chair in this ward.")
    return _page(_form(request, name, words), fresh()).answer()


def _page(form: Form, sent: Sent) -> Document:
    return page_document(form.title, [form_view(form, sent)])


async def _answered(
    request: Request, by: Person, act: Acting, words: tuple[str, str, str]
) -> Response:
    name, title, done_words = words
    form, where, parts = _form(request, name, title), _where(request), services()
    return await answer(
        await form_data(request),
        Answering(
            form=form,
            do=lambda sent: _localised(act(parts, by, where, sent.token)),
            show=lambda sent: _page(form, sent),
            next_path=_path(request),
            done_words=done_words,
        ),
    )


def _localised(outcome: Done | Refused) -> Done | Refused:
    if isinstance(outcome, Done):
        return outcome
    reason = in_local_time(outcome.reason, datetime.now(UTC), clinic_zone())
    return Refused(reason=reason, what_to_do=outcome.what_to_do)


def _word(outcome: Done | Refused) -> Response:
    told = _localised(outcome)
    if isinstance(told, Done):
        return JSONResponse({"done": True})
    return JSONResponse(
        {"done": False, "reason": told.reason, "what_to_do": told.what_to_do},
        HTTPStatus.CONFLICT,
    )
