"""`/session/<session>/do/<form>`: every form of a session, shown and taken."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

import htpy as h
from fastapi import APIRouter, Request
from starlette.responses import Response

from dashboard.acting import (
    OVERTAKEN,
    Done,
    Follows,
    JointDeed,
    commanding,
    do_jointly,
    session_of,
)
from dashboard.audit import note_view, view_of
from dashboard.components.session_head import session_head
from dashboard.context import services
from dashboard.document import Document, page_document
from dashboard.forms.answering import (
    Answering,
    answer,
    done_view,
    form_data,
    keeping,
    person_here,
)
from dashboard.forms.form import NEXT, Sent, form_view, fresh
from dashboard.local_time import clinic_zone, in_local_time
from dashboard.session_forms import find_form
from dashboard.session_forms.session_form import Scene, SessionForm
from infusion import commands as c
from infusion.configuration import ClinicConfiguration
from infusion.decisions.permission import refusal_of
from infusion.happenings import session_chain
from infusion.patient import Person
from infusion.session import Session
from record.chains import Log
from vocabulary.ids import SessionId

PATH: Final = "/session/{session}/do/{form}"


def routes() -> APIRouter:
    """GET and POST of every form of a session."""
    router = APIRouter()

    @router.get(PATH)
    async def show_form(request: Request) -> Response:
        by, wanted = person_here(), find_form(request.path_params["form"])
        about = dict(request.query_params)
        scene = await asyncio.to_thread(find_scene, _session_id(request), by, about)
        if wanted is None or scene is None:
            return not_found()
        await asyncio.to_thread(_note, scene, wanted)
        sent = fresh(scene.position, about.get(NEXT, about.get("next", "")))
        return (await asyncio.to_thread(_page, wanted, scene, sent)).answer()

    @router.post(PATH)
    @keeping
    async def take_form(request: Request) -> Response:
        by, wanted = person_here(), find_form(request.path_params["form"])
        data = await form_data(request)
        about = {name: value for name, value in data.items() if isinstance(value, str)}
        scene = await asyncio.to_thread(find_scene, _session_id(request), by, about)
        if wanted is None or scene is None:
            return not_found()
        form = await asyncio.to_thread(wanted.form, scene)
        return await answer(
            data,
            Answering(
                form=form,
                do=lambda sent: _do(wanted, scene, sent),
                show=lambda sent: _page(wanted, find_scene(scene.session.id, by, about), sent),
                next_path=session_path(scene.session),
                done_words=wanted.done,
            ),
        )

    return router


def find_scene(session: SessionId, by: Person, about: dict[str, str]) -> Scene | None:
    """The session as it stands, for a form; None if there is none of that name. Blocks."""
    parts = services()
    kept = parts.shelf.read(session)
    if kept is None:
        return None
    return Scene(
        parts=parts,
        by=by,
        session=kept.session,
        position=kept.position,
        now=datetime.now(UTC),
        zone=clinic_zone(),
        about=about,
    )


def session_path(session: Session) -> str:
    """Where a person goes on with a session: its bed, else its preparation."""
    if session.bed is not None:
        return f"/ward/{session.plan.ward}/bed/{session.bed}"
    return f"/patient/{session.patient.patient}"


async def answer_page(request: Request, page: Callable[[Scene, h.Node], Document]) -> Response:
    """A page of the session in the address; `page` makes it, below the words of what was done."""
    scene = await asyncio.to_thread(find_scene, _session_id(request), person_here(), {})
    if scene is None:
        return not_found()
    return (await asyncio.to_thread(page, scene, done_view(request))).answer()


def not_found(words: str = "There is no such session or form.") -> Response:
    """A page that says that there is no such thing."""
    return page_document("Not found", h.p[words]).answer(HTTPStatus.NOT_FOUND)


def _session_id(request: Request) -> SessionId:
    return SessionId(request.path_params["session"])


def _do(wanted: SessionForm, scene: Scene, sent: Sent) -> Done | c.Refused:
    def commands(session: Session | None, log: Log) -> tuple[c.Command, ...] | c.Refused:
        if session is None:
            return c.Refused(reason="there is no such session", what_to_do="plan it first")
        made = wanted.make(_as_read(scene, session, log), sent)
        if isinstance(made, c.Refused):
            return made
        return (made,) if isinstance(made, c.Command) else tuple(made)

    own = session_chain(scene.session.id)
    elsewhere = wanted.elsewhere(scene, sent)
    if isinstance(elsewhere, c.Refused):
        return _localised(elsewhere, scene)
    clinic = scene.parts.configuration

    asked = {session_chain(session): (session, ask) for session, ask in elsewhere.items()}
    chains = (own, *asked) if _is_gained(elsewhere) else (*asked, own)

    def decide(logs: tuple[Log, ...], now: datetime) -> Sequence[Follows]:
        if wanted.elsewhere(scene, sent) != elsewhere:
            return (OVERTAKEN,) * len(logs)
        return [
            commanding(commands, clinic)(log, now)
            if chain == own
            else _of_another(asked[chain], log, now, clinic)
            for chain, log in zip(chains, logs, strict=True)
        ]

    deed = JointDeed(
        chain=own,
        chains=chains,
        by=scene.by,
        token=sent.token,
        decide=decide,
    )
    return _localised(do_jointly(scene.parts.record, deed), scene)


def _is_gained(elsewhere: Mapping[SessionId, c.Command]) -> bool:
    """Whether others gain what is lost here: it is lost before it is gained, never held twice."""
    return any(isinstance(ask, c.CorrectAssociation) and ask.is_ours for ask in elsewhere.values())


def _of_another(
    asked: tuple[SessionId, c.Command], log: Log, now: datetime, clinic: ClinicConfiguration
) -> Follows:
    """What follows in another session; a refusal names it."""
    session, command = asked
    follows = commanding(lambda *_: (command,), clinic)(log, now)
    if not isinstance(follows, c.Refused):
        return follows
    held = session_of(log)
    whose = session if held is None else held.patient.name
    return c.Refused(
        reason=f"the session of {whose}: {follows.reason}", what_to_do=follows.what_to_do
    )


def _as_read(scene: Scene, session: Session, log: Log) -> Scene:
    return replace(
        scene,
        session=session,
        position=log.position,
        recorded=log.recorded,
        now=datetime.now(UTC),
    )


def _localised(outcome: Done | c.Refused, scene: Scene) -> Done | c.Refused:
    if isinstance(outcome, Done):
        return outcome
    return c.Refused(
        reason=in_local_time(outcome.reason, scene.now, scene.zone),
        what_to_do=in_local_time(outcome.what_to_do, scene.now, scene.zone),
    )


def _page(wanted: SessionForm, scene: Scene | None, sent: Sent) -> Document:
    if scene is None:
        return page_document(wanted.title, "There is no such session.")
    head = session_head(scene.session, scene.now, scene.zone)
    rules = scene.parts.configuration.sessions
    refused = refusal_of(scene.session, wanted.command, scene.by.role, rules)
    if refused is not None and sent.problem is None:
        sent = sent.refused(refused)
    sent = replace(sent, seen=scene.position)  # who sends it again has seen what stands here
    return page_document(wanted.title, [head, form_view(wanted.form(scene), sent)])


def _note(scene: Scene, wanted: SessionForm) -> None:
    note_view(scene.parts.record, view_of(scene.session, scene.by, wanted.name))
