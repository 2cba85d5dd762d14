"""`/session/<session>/prepare`: everything before the start on one page, and what is still open."""

from collections.abc import Mapping

import htpy as h
from fastapi import APIRouter, Request
from starlette.responses import Response

from dashboard.audit import note_view, view_of
from dashboard.bed_names import bed_label
from dashboard.components.device_list import device_list
from dashboard.components.last_time_card import last_time_card
from dashboard.components.open_list import open_list
from dashboard.components.order_card import order_card
from dashboard.components.outcome_card import phq9_card
from dashboard.components.profile_line import profile_line
from dashboard.components.session_head import session_head
from dashboard.document import Document, page_document
from dashboard.forms.form import Form, form_view, fresh
from dashboard.routes.session_forms import answer_page
from dashboard.session_forms import find_form
from dashboard.session_forms.questions import answers_form, may_answer
from dashboard.session_forms.session_form import Scene, form_path
from dashboard.session_forms.ward_facts import WardFacts, ward_facts
from dashboard.summaries import sessions_of, summaries_of
from infusion.answers import shown
from infusion.configuration import OutcomeMeasure, PreparationBlock
from infusion.course import course_of
from infusion.preparation import is_held, open_besides_second, what_is_open
from infusion.session import Session
from infusion.summary import last_time
from vocabulary.ids import DeviceId, SessionId
from vocabulary.states import SessionState
from wire.bed_state import DeviceView


def routes() -> APIRouter:
    """The page; its forms are sent to their own addresses and lead back here."""
    router = APIRouter()

    @router.get("/session/{session}/prepare")
    async def show(request: Request) -> Response:
        return await answer_page(request, _page)

    return router


def prepare_path(session: SessionId, place: str = "") -> str:
    """The address of the page, and a place on it."""
    return f"/session/{session}/prepare{f'#{place}' if place else ''}"


def _page(scene: Scene, done: h.Node) -> Document:
    session, parts = scene.session, scene.parts
    note_view(parts.record, view_of(session, scene.by, "prepare"))
    found = what_is_open(session, parts.configuration)
    facts = ward_facts(parts, session.plan.ward)
    summaries = summaries_of(parts, sessions_of(parts, session.patient.patient))
    last = last_time(summaries, session.started_at or scene.now, but=session.id)
    return page_document(
        "Prepare",
        [
            session_head(session, scene.now, scene.zone),
            done,
            h.div(".beside")[
                h.div(".steps")[_steps(scene, facts)],
                h.div(".aside")[
                    open_list(found, session.state),
                    last_time_card(last, scene.zone, scene.now),
                    _elsewhere(session),
                ],
            ],
        ],
    )


def _steps(scene: Scene, facts: WardFacts) -> h.Node:
    session, parts = scene.session, scene.parts
    heard = {
        view.device: view
        for state in parts.beds.states(session.plan.ward)
        for view in state.devices
    }
    return [
        _chair(scene),
        _identity(scene),
        _checks(scene),
        order_card(session, parts.configuration, scene.zone, scene.now),
        _devices(
            session,
            facts,
            heard,
            is_live=parts.own_alarms.of_link(session.plan.ward) is None,
        ),
        (_block(scene, block) for block in parts.configuration.sessions.blocks),
        _phq9(scene),
        _baseline(scene),
        _hold(scene),
        _second(scene),
    ]


def _form(scene: Scene, name: str, place: str) -> h.Node:
    """A form of the session in its place on the page."""
    wanted = find_form(name)
    return None if wanted is None else _put(scene, wanted.form(scene), place)


def _put(scene: Scene, form: Form, place: str) -> h.Node:
    return form_view(form, fresh(scene.position, prepare_path(scene.session.id, place)))


def _card(place: str, title: str, *children: h.Node) -> h.Element:
    return h.section(".card", id=place, aria_label=title)[h.h2[title], children]


def _chair(scene: Scene) -> h.Node:
    session = scene.session
    if session.state is SessionState.PLANNED:
        return _card("chair", "Chair", _form(scene, "begin", "identity"))
    bed = "" if session.bed is None else bed_label(session.plan.ward, session.bed)
    return _card(
        "chair",
        "Chair",
        h.p[h.strong[bed or "No chair"]],
        h.a(".quiet", href=form_path(session.id, "move"))["Another chair"] if bed else None,
    )


def _checks(scene: Scene) -> h.Node:
    """Which checks there will be, and where to choose others."""
    next_path = prepare_path(scene.session.id, "checks")
    line = profile_line(scene.session, scene.by, scene.parts.configuration, next_path)
    return _card("checks", "Checks", line)


def _phq9(scene: Scene) -> h.Node:
    """The outcome so far, where the course is judged by the PHQ-9."""
    session, parts = scene.session, scene.parts
    rules = parts.configuration.course
    if rules.outcome_of[session.indication] is not OutcomeMeasure.PHQ9:
        return None
    known = parts.patients.read(session.patient.patient)
    summaries = summaries_of(parts, sessions_of(parts, session.patient.patient))
    events = () if known is None else known.events
    course = course_of(session.indication, summaries, events, scene.now, rules)
    times, next_path = (scene.zone, scene.now), prepare_path(session.id, "phq9")
    return phq9_card(session, course.scores, times, next_path)


def _identity(scene: Scene) -> h.Node:
    known = scene.session.identified
    if known is None:
        if not scene.session.stays:
            return None
        return _card("identity", "Who is it", _form(scene, "identify", "order"))
    by = " and ".join(kind.value.replace("_", " ") for kind in known.stated)
    return _card("identity", "Who is it", h.p[f"✓ {by} checked by {known.by.printed_name}"])


def _devices(
    session: Session, facts: WardFacts, heard: Mapping[DeviceId, DeviceView], *, is_live: bool
) -> h.Node:
    if not session.stays:
        return None
    known = {device.device: device for device in facts.devices}
    return device_list(session, known, heard, is_live=is_live)


def _block(scene: Scene, block: PreparationBlock) -> h.Node:
    others = [item for item in block.items if not may_answer(scene, item)]
    told = [
        h.p[
            f"{item.text}: ",
            h.strong[
                shown(scene.session.answers[item.item].answer)
                if item.item in scene.session.answers
                else f"a {' or '.join(role.value for role in item.roles)} answers"
            ],
        ]
        for item in others
    ]
    place = f"block-{block.block}"
    return _card(place, block.label, told, _put(scene, answers_form(scene, block), place))


def _baseline(scene: Scene) -> h.Node:
    session, rules = scene.session, scene.parts.configuration.sessions.baseline
    if not session.stays:
        return None
    frozen = session.baseline
    if frozen is None:
        return _card("baseline", "Baseline", _form(scene, "baseline", "baseline"))
    values = ", ".join(f"{v.measure.value.replace('_', ' ')} {v.value:g}" for v in frozen.values)
    return _card(
        "baseline",
        "Baseline",
        h.p[f"✓ frozen by {frozen.by.printed_name} from {rules.readings} readings or more each: ",
            h.strong[values]],
        h.a(".quiet", href=form_path(session.id, "baseline"))["Take it anew"],
    )  # fmt: skip


def _hold(scene: Scene) -> h.Node:
    session = scene.session
    if session.held is None:
        return None
    if not is_held(session) and session.overridden is not None:
        word = session.overridden
        return _card("hold", "BP hold", h.p[f"Overridden by {word.by.printed_name}: {word.reason}"])
    return _card("hold", "BP hold", _form(scene, "override", "hold"))


def _second(scene: Scene) -> h.Node:
    session = scene.session
    if session.ready is not None:
        return _card(
            "second",
            "Second person",
            h.p[f"✓ {session.ready.by.printed_name} confirmed. ", h.strong["Start at the pump."]],
        )
    if not session.stays:
        return None
    first = open_besides_second(session, scene.parts.configuration)
    return _card(
        "second",
        "Second person",
        h.p["When nothing else is open."] if first else None,
        h.div(".buttons")[
            h.a(".link-button", href=form_path(session.id, "confirm"))["Second person confirms"],
            h.a(".quiet", href=form_path(session.id, "confirm-alone"))["Nobody is there"],
        ],
    )


def _elsewhere(session: Session) -> h.Node:
    bed = session.bed
    return h.div(".buttons")[
        h.a(".link-button", href=f"/ward/{session.plan.ward}/bed/{bed}")["Go to the chair"]
        if bed is not None
        else None,
        h.a(".quiet", href=form_path(session.id, "cancel"))["Cancel the session"]
        if session.state in (SessionState.PLANNED, SessionState.PREPARING)
        else None,
    ]
