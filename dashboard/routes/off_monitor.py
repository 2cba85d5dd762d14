"""`/ward/<ward>/bed/<bed>/off-monitor`: a patient goes off the monitor for a while and back."""

import asyncio
from typing import Final
from urllib.parse import quote

import htpy as h
from fastapi import APIRouter, Request
from starlette.responses import Response

from dashboard.alarm_desk import act_on_alarms
from dashboard.context import services
from dashboard.document import Document, page_document
from dashboard.forms.answering import Answering, answer, form_data, keeping, person_here
from dashboard.forms.fields import TextField
from dashboard.forms.form import Form, Sent, form_view, fresh
from dashboard.routes.alarms import ward_here
from infusion.alarms.commands import BeginOffMonitor, EndOffMonitor
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
        form, parts, by = _form(request), services(), person_here()
        where = (ward_here(request).ward, BedId(request.path_params["bed"]))
        return await answer(
            await form_data(request),
            Answering(
                form=form,
                do=lambda sent: act_on_alarms(
                    parts,
                    by,
                    where,
                    BeginOffMonitor(by=by, accompanied_by=sent.get(ACCOMPANIED) or ""),
                    sent.token,
                ),
                show=lambda sent: _page(form, sent),
                next_path=_bed(request),
                done_words="Off the monitor",
            ),
        )

    @router.post(f"{PATH}/end")
    @keeping
    async def come_back(request: Request) -> Response:
        parts, by = services(), person_here()
        where = (ward_here(request).ward, BedId(request.path_params["bed"]))
        form = Form(name="end-off-monitor", action="", title="Back on the monitor", submit="Back")
        return await answer(
            await form_data(request),
            Answering(
                form=form,
                do=lambda sent: act_on_alarms(parts, by, where, EndOffMonitor(by=by), sent.token),
                show=lambda sent: _page(form, sent),
                next_path=_bed(request),
                done_words="Back on the monitor",
            ),
        )

    return router


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
