"""`/session/<session>/observations`: every form that was saved, version beside version."""

import htpy as h
from fastapi import APIRouter, Request
from starlette.responses import Response

from dashboard.audit import note_view, view_of
from dashboard.components.laid_out import laid_out_view
from dashboard.components.profile_line import profile_line
from dashboard.components.session_head import session_head
from dashboard.components.versions import versions_view
from dashboard.document import Document, page_document
from dashboard.local_time import moment_text
from dashboard.routes.session_forms import answer_page, session_path
from dashboard.session_forms.session_form import Scene, form_path
from infusion.decisions import allowed
from infusion.observations.commands import AmendObservation
from infusion.observations.versions import FormVersions, versions_of
from vocabulary.ids import SessionId


def routes() -> APIRouter:
    """The page."""
    router = APIRouter()

    @router.get("/session/{session}/observations")
    async def show(request: Request) -> Response:
        return await answer_page(request, _page)

    return router


def observations_path(session: SessionId) -> str:
    """The address of the page."""
    return f"/session/{session}/observations"


def _page(scene: Scene, done: h.Node) -> Document:
    session = scene.session
    note_view(scene.parts.record, view_of(session, scene.by, "observations"))
    forms = [versions_of(form, session.amendments) for form in session.observations]
    forms.sort(key=lambda form: form.seen_at, reverse=True)
    return page_document(
        "Observations",
        [
            done,
            session_head(session, scene.now, scene.zone),
            h.p[h.a(href=session_path(session))["Back to the bed"]],
            profile_line(
                session, scene.by, scene.parts.configuration, observations_path(session.id)
            ),
            laid_out_view(session, scene.parts.configuration.observations, scene.zone, scene.now),
            [_form(scene, form) for form in forms] if forms else h.p["Nothing was observed yet."],
        ],
    )


def _form(scene: Scene, form: FormVersions) -> h.Element:
    rules = scene.parts.configuration.observations
    found = rules.find_set(form.form.set)
    label = form.form.set if found is None else found.label
    who = form.form.judged_by or form.form.by.printed_name
    may = AmendObservation in allowed(scene.session, scene.by, scene.parts.configuration.sessions)
    link = form_path(
        scene.session.id,
        "amend",
        observation=form.form.observation,
        next=observations_path(scene.session.id),
    )
    return h.section(".card.inset", aria_label=label)[
        h.h2[f"{label}, {moment_text(form.seen_at, scene.zone, scene.now)}"],
        h.p(".soft")[
            who,
            f", {form.form.late_s / 60:.0f} min late" if form.form.late_s else "",
            f", from paper: {form.form.paper_reason}" if form.form.paper_reason else "",
            ", amended" if form.is_amended else "",
        ],
        versions_view(form, rules, scene.zone, scene.now),
        h.p[h.a(".link-button", href=link, data_do="amend")["Amend"]] if may else None,
    ]
