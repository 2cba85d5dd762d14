"""`/patient/<patient>`: the course of treatment, its sessions, scores, review, and the overlay."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import htpy as h
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from dashboard.components.course_card import course_card
from dashboard.components.session_head import person_line
from dashboard.components.session_table import score_list, session_table
from dashboard.components.trend_graph import plotly_script, trend_graph
from dashboard.context import Services, services
from dashboard.course_forms import COURSE_FORMS, CourseScene, do_course_form
from dashboard.document import Document, page_document
from dashboard.forms.answering import (
    Answering,
    answer,
    done_view,
    form_data,
    keeping,
    person_here,
)
from dashboard.forms.form import Sent, form_view, fresh
from dashboard.local_time import clinic_zone, day_text, moment_text
from dashboard.patient_shelf import KnownPatient
from dashboard.routes.patients import known_patient, note_patient
from dashboard.routes.session_forms import not_found, session_path
from dashboard.session_forms.delivery import delivery_of
from dashboard.session_shelf import Kept
from dashboard.summaries import sessions_of, summaries_of
from dashboard.trends.overlay import Lane, overlay_of
from dashboard.trends.reading import cuffs_of
from infusion.course import course_of
from infusion.patient import Indication, Person, age_years
from vocabulary.ids import SessionId
from vocabulary.states import SessionState

NOBODY: Final = "There is no such patient."
MOST_LANES: Final = 6
"""More lines over each other cannot be told apart; the acute part has six."""


def routes() -> APIRouter:
    """The page, its forms, and the address of a session by its name."""
    router = APIRouter()

    @router.get("/patient/{patient}")
    async def show(request: Request) -> Response:
        by, known = person_here(), await known_patient(request)
        if known is None:
            return not_found(NOBODY)
        await asyncio.to_thread(note_patient, by, "course", known)
        return (await asyncio.to_thread(_page, by, known, done_view(request))).answer()

    @router.get("/patient/{patient}/{form}")
    async def show_form(request: Request) -> Response:
        return await _show_form(request)

    @router.post("/patient/{patient}/{form}")
    @keeping
    async def take_form(request: Request) -> Response:
        return await _take_form(request)

    @router.get("/session/{session}")
    async def show_session(request: Request) -> Response:
        person_here()
        name = SessionId(request.path_params["session"])
        kept = await asyncio.to_thread(services().shelf.read, name)
        if kept is None:
            return not_found()
        return RedirectResponse(page_of(kept), 303)

    return router


async def _show_form(request: Request) -> Response:
    by, known = person_here(), await known_patient(request)
    wanted = COURSE_FORMS.get(request.path_params["form"])
    if known is None or wanted is None:
        return not_found("There is no such patient or form.")
    scene = _scene(by, known, dict(request.query_params))
    sent = fresh(0, request.query_params.get("next", ""))
    return (await asyncio.to_thread(_form_page, scene, wanted.name, sent)).answer()


async def _take_form(request: Request) -> Response:
    by, known = person_here(), await known_patient(request)
    wanted = COURSE_FORMS.get(request.path_params["form"])
    if known is None or wanted is None:
        return not_found("There is no such patient or form.")
    scene, name = _scene(by, known), wanted.name
    form = await asyncio.to_thread(wanted.form, scene)
    return await answer(
        await form_data(request),
        Answering(
            form=form,
            do=lambda sent: do_course_form(name, scene, sent),
            show=lambda sent: _form_page(scene, name, sent),
            next_path=f"/patient/{known.identity.patient}",
            done_words=wanted.done,
        ),
    )


def page_of(kept: Kept) -> str:
    """Where somebody goes who wants to see a session: its chair, else its preparation."""
    session = kept.session
    if session.bed is not None:
        return session_path(session)
    if session.state is SessionState.PLANNED:
        return f"/session/{session.id}/prepare"
    return f"/session/{session.id}/sign-off"


def _scene(by: Person, known: KnownPatient, about: Mapping[str, str] | None = None) -> CourseScene:
    return CourseScene(
        parts=services(),
        by=by,
        known=known,
        now=datetime.now(UTC),
        zone=clinic_zone(),
        about=about or {},
    )


def _form_page(scene: CourseScene, name: str, sent: Sent) -> Document:
    form = COURSE_FORMS[name].form(scene)
    return page_document(form.title, [_head(scene.known, scene.now), form_view(form, sent)])


def _head(known: KnownPatient, now: datetime) -> h.Element:
    return h.section(".session-head", aria_label="patient")[person_line(known.identity, now)]


def _page(by: Person, known: KnownPatient, done: h.Node) -> Document:
    scene = _scene(by, known)
    parts, who = scene.parts, known.identity
    kept = sessions_of(parts, who.patient)
    indications = tuple(dict.fromkeys(k.session.indication for k in kept))
    return page_document(
        f"{who.family_name}, {who.given_name}",
        [
            h.p[
                (
                    f"Born {day_text(who.date_of_birth)} ({age_years(who, scene.now.date())} y), "
                    f"no. {who.identifier}"
                )
            ],
            done,
            h.div(".buttons.inset")[
                h.a(".link-button.main", href=f"/patient/{who.patient}/plan")["Plan a session"],
                h.a(".link-button", href=f"/patient/{who.patient}/phq9")["PHQ-9"],
                h.a(".link-button", href=f"/patient/{who.patient}/score")["Enter a score"],
                h.a(".link-button", href=f"/patient/{who.patient}/review")["Review the course"],
                h.a(".quiet", href=f"/patient/{who.patient}/edit")["Put right who it is"],
            ],
            _open_sessions(kept, scene),
            [_course(scene, kept, indication) for indication in indications],
            _overlay(parts, kept, scene),
        ],
        more_head=plotly_script() if any(k.session.has_drug for k in kept) else None,
    )


def _open_sessions(kept: tuple[Kept, ...], scene: CourseScene) -> h.Node:
    going = [k for k in kept if k.session.closed is None]
    if not going:
        return None
    return h.section(".card.inset", aria_label="open sessions")[
        h.h2["Now"],
        h.ul(".entries")[
            (
                h.li[
                    h.a(".entry", href=page_of(k))[
                        h.span(".entry-name")[k.session.state.value],
                        h.span(".soft")[
                            "planned for "
                            + moment_text(k.session.plan.planned_for, scene.zone, scene.now)
                        ],
                    ]
                ]
                for k in going
            )
        ],
    ]


def _course(scene: CourseScene, kept: tuple[Kept, ...], indication: Indication) -> h.Node:
    summaries = summaries_of(scene.parts, kept)
    rules = scene.parts.configuration.course
    course = course_of(indication, summaries, scene.known.events, scene.now, rules)
    return h.div(".course.inset")[
        h.div(".beside")[
            course_card(indication, course, scene.zone, scene.now),
            h.section(".card", aria_label="scores")[
                h.h2["Scores"], score_list(course.scores, scene.zone, scene.now)
            ],
        ],
        h.section(".card", aria_label="sessions")[
            h.h2["Sessions"], session_table(course, scene.zone, scene.now)
        ],
    ]


def _overlay(parts: Services, kept: tuple[Kept, ...], scene: CourseScene) -> h.Node:
    drugged = [k for k in kept if k.session.started_at is not None][-MOST_LANES:]
    if not drugged:
        return None
    lanes = [_lane(parts, k, scene, is_newest=k is drugged[-1]) for k in drugged]
    return h.section(".card", aria_label="sessions over each other")[
        h.h2["Sessions over each other, from the start of each"],
        trend_graph("systolic pressure and dose of each session", overlay_of(lanes)),
    ]


def _lane(parts: Services, kept: Kept, scene: CourseScene, *, is_newest: bool) -> Lane:
    session = kept.session
    started_at = session.started_at or scene.now
    return Lane(
        name=moment_text(started_at, scene.zone, scene.now),
        started_at=started_at,
        cuffs=cuffs_of(parts, session, scene.now),
        segments=delivery_of(parts, session).segments,
        is_newest=is_newest,
    )
