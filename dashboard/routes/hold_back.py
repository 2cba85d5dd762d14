"""`/ward/<ward>/bed/<bed>/hold-back`: alarms paused, or audio off, by name and with a reason."""

from typing import Final

import htpy as h
from fastapi import APIRouter, Request
from starlette.responses import Response

from dashboard.alarm_desk import act_on_alarms
from dashboard.alarm_lines import HELD_WORDS
from dashboard.alarm_pages.items import bed_address
from dashboard.context import services
from dashboard.document import Document, page_document
from dashboard.forms.answering import Answering, answer, form_data, keeping, person_here
from dashboard.forms.choices import ChoiceField
from dashboard.forms.fields import TextField
from dashboard.forms.form import Form, Sent, form_view, fresh
from dashboard.routes.alarms import ward_here
from dashboard.routes.session_forms import not_found
from infusion.alarms.commands import HoldBackSignals
from infusion.configuration import BedPlan
from vocabulary.alarms import Inactivation
from vocabulary.ids import WardId

PATH: Final = "/ward/{ward}/bed/{bed}/hold-back"
NO_CHAIR: Final = "There is no such chair."
HOW, REASON = "how", "reason"
HELD_BACK: Final = {
    Inactivation.ALARM_PAUSED: "no sound, and nothing flashes",
    Inactivation.AUDIO_OFF: "no sound",
}
"""The ways that need a reason, and what each holds back."""


def routes() -> APIRouter:
    """The form. Signals go on by the button of the bed page, or by themselves."""
    router = APIRouter()

    @router.get(PATH)
    async def show_form(request: Request) -> Response:
        found = _bed(request)
        if found is None:
            return not_found(NO_CHAIR)
        return _page(_form(*found), fresh()).answer()

    @router.post(PATH)
    @keeping
    async def hold_back(request: Request) -> Response:
        found = _bed(request)
        if found is None:
            return not_found(NO_CHAIR)
        (ward, bed), form, parts, by = found, _form(*found), services(), person_here()

        def command(sent: Sent) -> HoldBackSignals:
            how, reason = Inactivation(sent.get(HOW)), sent.get(REASON) or ""
            return HoldBackSignals(inactivation=how, by=by, reason=reason)

        return await answer(
            await form_data(request),
            Answering(
                form=form,
                do=lambda sent: act_on_alarms(
                    parts, by, (ward, bed.bed), command(sent), sent.token
                ),
                show=lambda sent: _page(form, sent),
                next_path=bed_address(ward, bed),
                done_words="Held back",
            ),
        )

    return router


def _bed(request: Request) -> tuple[WardId, BedPlan] | None:
    plan, name = ward_here(request), request.path_params["bed"]
    return next(((plan.ward, bed) for bed in plan.beds if bed.bed == name), None)


def _form(ward: WardId, bed: BedPlan) -> Form:
    longest_s = services().configuration.alarms.signals.longest_s
    return Form(
        name="hold-back",
        action=f"{bed_address(ward, bed)}/hold-back",
        title=f"{bed.label}: hold alarms back",
        submit="Hold back now",
        fields=(
            ChoiceField(
                name=HOW,
                label="What is held back",
                options=[
                    (how.value, f"{HELD_WORDS[how]}: {what}, {longest_s[how] / 60:g} min")
                    for how, what in HELD_BACK.items()
                ],
            ),
            TextField(name=REASON, label="Why"),
        ),
        explain=h.p[
            "At this chair and in Hourglass only: the bedside monitor and the pump alarm as ever. "
            "It is shown on every screen, ends by itself, and a higher alarm breaks through."
        ],
    )


def _page(form: Form, sent: Sent) -> Document:
    return page_document(form.title, [form_view(form, sent)])
