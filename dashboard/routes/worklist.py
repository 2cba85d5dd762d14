"""`/worklist`: sessions of today, and those that wait to be signed, oldest first."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

import htpy as h
from fastapi import APIRouter, Request
from starlette.responses import Response

from dashboard.audit import note_views, view_of
from dashboard.bed_names import bed_label
from dashboard.context import Services, services
from dashboard.document import Document, page_document
from dashboard.forms.answering import done_view, person_here
from dashboard.local_time import clinic_zone, moment_text
from dashboard.routes.course import page_of
from dashboard.session_shelf import Kept
from dashboard.unsigned import changed_since_signed, ended_at, unsigned
from infusion.patient import Person
from infusion.sign_off import OpenItem
from infusion.signatures import corrections_waiting
from vocabulary.states import SessionState

IN_THE_CHAIR: Final = (
    SessionState.PREPARING,
    SessionState.INFUSING,
    SessionState.PAUSED,
    SessionState.RECOVERY,
)
SOON: Final = timedelta(hours=24)
SHOWN: Final = 2
"""Of what is open so many things stand in the list; the sign-off page has them all."""


def routes() -> APIRouter:
    """The page."""
    router = APIRouter()

    @router.get("/worklist")
    async def show(request: Request) -> Response:
        by = person_here()
        document = await asyncio.to_thread(_page, services(), by, done_view(request))
        return document.answer()

    return router


def age_text(since: datetime, now: datetime) -> str:
    """How long something waits: "9 min", "3 h", "2 days"."""
    minutes = max(0, int((now - since).total_seconds() // 60))
    hours = minutes // 60
    if hours < 1:
        return f"{minutes} min"
    if hours < 48:
        return f"{hours} h"
    return f"{hours // 24} days"


def _page(parts: Services, by: Person, done: h.Node) -> Document:
    now, zone = datetime.now(UTC), clinic_zone()
    kept = parts.shelf.open().kept
    waiting = unsigned(kept)
    changed = changed_since_signed(parts.shelf, parts.record, now)
    open_of = parts.open_work.of(waiting, now)
    seated = [k for k in kept if k.session.state in IN_THE_CHAIR]
    planned = sorted(
        (
            k
            for k in kept
            if k.session.state is SessionState.PLANNED and k.session.plan.planned_for < now + SOON
        ),
        key=lambda k: k.session.plan.planned_for,
    )
    note_views(
        parts.record,
        [view_of(k.session, by, "worklist") for k in (*waiting, *changed, *seated, *planned)],
    )
    return page_document(
        "Worklist",
        [
            done,
            _section("In a chair", "seated", [_seated(k, zone, now) for k in seated]),
            _section("Planned", "planned", [_planned(k, zone, now) for k in planned]),
            _section(
                "Waiting to be signed",
                "unsigned",
                [_unsigned(k, open_of.get(k.session.id), now) for k in waiting],
            ),
            _section("Signed, an addendum is waited for", "changed", [_changed(k) for k in changed])
            if changed
            else None,
        ],
    )


def _section(title: str, name: str, lines: list[h.Element]) -> h.Element:
    return h.section(aria_label=title, data_worklist=name)[
        h.h2[f"{title} ({len(lines)})"],
        h.ul(".entries")[lines] if lines else h.p["Nobody."],
    ]


def open_words(items: Sequence[OpenItem] | None) -> str:
    """What is open of a session in a line; None: it is not worked out yet."""
    if items is None:
        return "what is open is not worked out yet: open it, or come again"
    if not items:
        return "nothing is open"
    shown = "; ".join(item.text for item in items[:SHOWN])
    more = f"; and {len(items) - SHOWN} more" if len(items) > SHOWN else ""
    return f"{len(items)} open: {shown}{more}"


def _entry(kept: Kept, href: str, about: str, more: h.Node = None) -> h.Element:
    who = kept.session.patient
    return h.li(data_session_entry=kept.session.id)[
        h.a(".entry", href=href)[
            h.span(".entry-name")[f"{who.family_name}, {who.given_name}"],
            h.span(".soft")[about],
            more,
        ]
    ]


def _seated(kept: Kept, zone: tzinfo, now: datetime) -> h.Element:
    session = kept.session
    label = "" if session.bed is None else bed_label(session.plan.ward, session.bed)
    since = moment_text(session.stays[0].interval.since, zone, now)
    return _entry(kept, page_of(kept), f"{session.state.value} · {label} · since {since}")


def _planned(kept: Kept, zone: tzinfo, now: datetime) -> h.Element:
    at = kept.session.plan.planned_for
    late = " · should be here" if at < now else ""
    return _entry(kept, page_of(kept), f"for {moment_text(at, zone, now)}{late}")


def _changed(kept: Kept) -> h.Element:
    """What a signed session waits with."""
    is_corrected = bool(corrections_waiting(kept.session))
    told = "recalculated since it was signed" if is_corrected else "data arrived after the seal"
    return _entry(kept, f"/session/{kept.session.id}/sign-off", f"signed · {told}")


def _unsigned(kept: Kept, items: Sequence[OpenItem] | None, now: datetime) -> h.Element:
    session = kept.session
    age = age_text(ended_at(session), now)
    count = "" if items is None else str(len(items))
    more = h.span(".entry-open", data_open_count=count)[open_words(items)]
    about = f"{session.state.value} · for {age}"
    return _entry(kept, f"/session/{session.id}/sign-off", about, more)
