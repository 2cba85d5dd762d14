"""`/ward/<ward>/bed/<bed>/off-monitor`: a patient goes off the monitor for a while and back."""

import asyncio
from collections.abc import Callable
from typing import Final
from urllib.parse import quote

import htpy as h
from fastapi import APIRouter, Request
from starlette.responses import Response

from dashboard.acting import Done
from dashboard.alarm_desk import act_on_alarms
from dashboard.context import services
from dashboard.document import Document, page_document
from dashboard.forms.answering import Answering, answer, form_data, keeping, person_here
from dashboard.forms.fields import TextField
from dashboard.forms.form import Form, Sent, form_view, fresh
from dashboard.routes.alarms import ward_here
from infusion.alarms.commands import BeginOffMonitor, EndOffMonitor
from infusion.commands import Refused
from vocabulary.ids import BedId

PATH: Final = "/ward/{ward}/bed/{bed}/off-monitor"
ACCOMPANIED: Final = "accompanied"


def routes() -> APIRouter:
    """The form to go, and the button to be back."""
    router = APIRouter()

    @router.get(PATH)
    async def show_form(request: Request) -> Response:
        return (await asyncio.to_thread(_page, _form(request), fresh())).answer()

    @router.post(PATH)
    @keeping
    async def go(request: Request) -> Response:
        by = person_here()

        def begin(sent: Sent) -> BeginOffMonitor:
            return BeginOffMonitor(by=by, accompanied_by=sent.get(ACCOMPANIED) or "")

        return await _take(request, _form(request), begin, "Off the monitor")

    @router.post(f"{PATH}/end")
    @keeping
    async def come_back(request: Request) -> Response:
        by, back = person_here(), "Back on the monitor"
        form = Form(name="end-off-monitor", action="", title=back, submit="Back")
        return await _take(request, form, lambda _: EndOffMonitor(by=by), back)

    return router


async def _take(
    request: Request,
    form: Form,
    make: Callable[[Sent], BeginOffMonitor | EndOffMonitor],
    done_words: str,
) -> Response:
    parts = services()
    where = (ward_here(request).ward, BedId(request.path_params["bed"]))

    def do(sent: Sent) -> Done | Refused:
        command = make(sent)
        return act_on_alarms(parts, command.by, where, command, sent.token)

    return await answer(
        await form_data(request),
        Answering(
            form=form,
            do=do,
            show=lambda sent: _page(form, sent),
            next_path=_bed(request),
            done_words=done_words,
        ),
    )


def _bed(request: Request) -> str:
    ward, bed = request.path_params["ward"], request.path_params["bed"]
    return f"/ward/{quote(ward)}/bed/{quote(bed)}"


def _form(request: Request) -> Form:
    plan = ward_here(request)
    minutes = services().configuration.alarms.off_monitor.limit_s / 60
    bed = BedId(request.path_params["bed"])
    label = next((b.label for b in plan.beds if b.bed == bed), bed)
    return Form(
        name="off-monitor",
        action=f"{_bed(request)}/off-monitor",
        title=f"{label}: off the monitor",
        submit="Off the monitor now",
        fields=(
            TextField(
                name=ACCOMPANIED,
                label="Who goes along",
                is_required=False,
                hint="Needed while the pump infuses: pause at the pump, or accompany.",
            ),
        ),
        explain=h.p[
            f"For {minutes:g} min at most. Only what is missing because it is unplugged is held "
            "back; pump alarms go on. It ends by itself when the signals return."
        ],
    )


def _page(form: Form, sent: Sent) -> Document:
    return page_document(form.title, [form_view(form, sent)])
