"""`/patient/<patient>/plan`: a session is planned, with what the course says about it."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final

import htpy as h
from fastapi import APIRouter, Request
from starlette.responses import Response

from dashboard.acting import Deed, Done, commanding, do
from dashboard.components.course_card import course_card
from dashboard.context import Services, services
from dashboard.document import Document, page_document
from dashboard.forms.answering import Answering, answer, form_data, keeping, person_here
from dashboard.forms.fields import ChoiceField, MomentField
from dashboard.forms.form import TOKEN, Form, Sent, form_view, fresh
from dashboard.local_time import clinic_zone, day_text, in_local_time
from dashboard.patient_shelf import KnownPatient
from dashboard.routes.patients import known_patient, name_of, note_patient
from dashboard.routes.session_forms import not_found
from dashboard.session_forms.profile import chosen_at_planning, profile_fields_of_plan
from dashboard.summaries import sessions_of, summaries_of
from dashboard.words import INDICATION_WORDS
from infusion import commands as c
from infusion.course import course_of
from infusion.happenings import session_chain
from infusion.patient import Indication, Person
from vocabulary.ids import SessionId, WardId

NOBODY: Final = "There is no such patient."
_QUARTER: Final = 15


def routes() -> APIRouter:
    """GET and POST of the plan."""
    router = APIRouter()

    @router.get("/patient/{patient}/plan")
    async def show_plan(request: Request) -> Response:
        by, known = person_here(), await known_patient(request)
        if known is None:
            return not_found(NOBODY)
        await asyncio.to_thread(note_patient, by, "plan", known)
        return (await asyncio.to_thread(_plan_page, known, fresh())).answer()

    @router.post("/patient/{patient}/plan")
    @keeping
    async def plan(request: Request) -> Response:
        by, known = person_here(), await known_patient(request)
        if known is None:
            return not_found(NOBODY)
        data, parts = await form_data(request), services()
        session = SessionId(f"s{name_of(str(data.get(TOKEN, '')))}")
        form = await asyncio.to_thread(_plan_form, parts, known)
        return await answer(
            data,
            Answering(
                form=form,
                do=lambda sent: _plan(parts, by, (known, session), sent),
                show=lambda sent: _plan_page(known, sent),
                next_path=f"/session/{session}/prepare",
                done_words="Session planned",
            ),
        )

    return router


def _plan_form(parts: Services, known: KnownPatient) -> Form:
    zone, now = clinic_zone(), datetime.now(UTC)
    local = now.astimezone(zone)
    begins = local - timedelta(minutes=local.minute % _QUARTER) + timedelta(minutes=_QUARTER)
    wards = parts.configuration.wards
    return Form(
        name="plan",
        action=f"/patient/{known.identity.patient}/plan",
        title="Plan a session",
        submit="Plan it",
        fields=(
            ChoiceField(
                name="indication",
                label="Indication",
                options=[(i.value, words) for i, words in INDICATION_WORDS.items()],
                initial=_last_indication(parts, known),
            ),
            ChoiceField(
                name="ward",
                label="Ward",
                options=[(str(w.ward), w.label) for w in wards],
                initial=str(wards[0].ward) if len(wards) == 1 else "",
            ),
            MomentField(name="at", label="Planned for", initial=f"{begins:%Y-%m-%dT%H:%M}"),
            *profile_fields_of_plan(parts.configuration),
        ),
    )


def _last_indication(parts: Services, known: KnownPatient) -> str:
    plans = parts.record.chains.sessions(patient=known.identity.patient)
    return plans[-1].indication.value if plans else ""


def _plan_page(known: KnownPatient, sent: Sent) -> Document:
    parts, who = services(), known.identity
    kept = sessions_of(parts, who.patient)
    summaries, now = summaries_of(parts, kept), datetime.now(UTC)
    rules = parts.configuration.course
    indications = dict.fromkeys(k.session.indication for k in kept if k.session.has_drug)
    cards = [
        course_card(i, course_of(i, summaries, known.events, now, rules), clinic_zone(), now)
        for i in indications
    ]
    head = h.p[
        h.a(href=f"/patient/{who.patient}")[f"{who.family_name}, {who.given_name}"],
        f", born {day_text(who.date_of_birth)}, no. {who.identifier}",
    ]
    form = _plan_form(parts, known)
    return page_document(form.title, [head, h.div(".inset.stack")[cards], form_view(form, sent)])


def _plan(
    parts: Services, by: Person, whom: tuple[KnownPatient, SessionId], sent: Sent
) -> Done | c.Refused:
    known, session = whom
    last = [
        k.session.started_at
        for k in sessions_of(parts, known.identity.patient)
        if k.session.started_at is not None
    ]
    command = c.PlanSession(
        by=by,
        session=session,
        patient=known.identity,
        indication=Indication(sent.values["indication"]),
        ward=WardId(sent.values["ward"]),
        planned_for=sent.values["at"],
        last_drug_at=max(last, default=None),
    )
    chosen = chosen_at_planning(sent, command, parts.configuration, by)
    deed = Deed(
        chain=session_chain(session),
        by=by,
        token=sent.token,
        decide=commanding(lambda *_: (command, *chosen), parts.configuration),
    )
    outcome = do(parts.record, deed)
    if isinstance(outcome, Done):
        return outcome
    now, zone = datetime.now(UTC), clinic_zone()
    return c.Refused(
        reason=in_local_time(outcome.reason, now, zone),
        what_to_do=in_local_time(outcome.what_to_do, now, zone),
    )
