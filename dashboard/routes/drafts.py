"""What is typed into a form and not saved yet: kept, given back, and told to others at the bed."""

import asyncio
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Final

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from dashboard.acting import sent_token
from dashboard.context import Services, services
from dashboard.forms.answering import person_here
from dashboard.forms.form import TOKEN
from infusion.happenings import session_chain
from infusion.observations.events import ObservationAmended, ObservationsRecorded
from infusion.patient import Person
from record.drafts import FormDraft
from record.faults import RecordUnavailable
from vocabulary.ids import NAME_PATTERN, SessionId

PATH: Final = "/session/{session}/draft/{form}"
KEPT_FOR: Final = timedelta(hours=12)
HERE_FOR: Final = timedelta(seconds=15)
"""A page says every few seconds that it is open; who said so this lately is told to others."""
_BYTES: Final = 20_000
_SECRET: Final = ("pin", "password")


class _Typed(msgspec.Struct):
    """What a page says of itself. `typed` is None while nobody has typed on it."""

    typed: dict[str, str] | None = None
    seen: int = 0


class _Asked(msgspec.Struct):
    """A page asks about a form of a session; `typed` is None if it only looks."""

    session: SessionId
    form: str
    by: Person
    token: str
    typed: _Typed | None


class _News(msgspec.Struct):
    """What a page is told: its own draft, who else is at it, what others saved meanwhile.

    `is_saved`: whether the form of the token that it asked about was saved already.
    """

    typed: dict[str, str]
    age_s: float
    others: list[str]
    saved: list[str]
    is_saved: bool


def routes() -> APIRouter:
    """GET and POST of a draft."""
    router = APIRouter()

    @router.get(PATH)
    async def give_back(request: Request) -> Response:
        return await _answer(request, None)

    @router.post(PATH)
    async def keep(request: Request) -> Response:
        body = await request.body()
        try:
            typed = msgspec.json.decode(body, type=_Typed) if len(body) <= _BYTES else None
        except msgspec.MsgspecError:
            typed = None
        if typed is None:
            return Response(status_code=HTTPStatus.BAD_REQUEST)
        return await _answer(request, typed)

    return router


async def _answer(request: Request, typed: _Typed | None) -> Response:
    asked = _Asked(
        session=SessionId(request.path_params["session"]),
        form=request.path_params["form"],
        by=person_here(),
        token=request.query_params.get("token", ""),
        typed=typed,
    )
    if not NAME_PATTERN.fullmatch(asked.form):
        return Response(status_code=HTTPStatus.NOT_FOUND)
    try:
        news = await asyncio.to_thread(_news, services(), asked, datetime.now(UTC))
    except RecordUnavailable:
        return Response(status_code=HTTPStatus.SERVICE_UNAVAILABLE)
    if news is None:
        return Response(status_code=HTTPStatus.NOT_FOUND)
    return Response(msgspec.json.encode(news), media_type="application/json")


def _news(parts: Services, asked: _Asked, now: datetime) -> _News | None:
    """Keep what was typed, if it was sent, and tell what is known. Blocks."""
    session, form, by = asked.session, asked.form, asked.by
    if parts.shelf.read(session) is None:
        return None
    drafts = parts.record.drafts
    held = drafts.of(session, form)
    own = next((d for d in held if d.account == by.account), None)
    if asked.typed is not None and _is_news(asked.typed, own):
        drafts.keep(_draft(asked, asked.typed.typed or {}, now), KEPT_FOR)
        held = drafts.of(session, form)
        own = next((d for d in held if d.account == by.account), None)
    if own is not None and _is_saved(parts, asked, own.typed.get(TOKEN, "")):
        drafts.drop(session, form, by.account)
        own = None
    seen = 0 if asked.typed is None else asked.typed.seen
    return _News(
        typed={} if own is None else own.typed,
        age_s=0.0 if own is None else (now - own.at).total_seconds(),
        others=[d.printed_name for d in held if d.account != by.account and now - d.at < HERE_FOR],
        saved=_saved(parts, session, by, seen) if seen else [],
        is_saved=_is_saved(parts, asked, asked.token),
    )


def _is_news(said: _Typed, own: FormDraft | None) -> bool:
    """A page on which nobody has typed takes nothing away from what was typed elsewhere."""
    return said.typed is not None or own is None or not own.typed


def _draft(asked: _Asked, typed: dict[str, str], now: datetime) -> FormDraft:
    return FormDraft(
        session=asked.session,
        form=asked.form,
        account=asked.by.account,
        printed_name=asked.by.printed_name,
        typed={name: value for name, value in typed.items() if name not in _SECRET},
        at=now,
    )


def _is_saved(parts: Services, asked: _Asked, token: str) -> bool:
    if not token:
        return False
    chain = session_chain(asked.session)
    return parts.record.chains.sent(sent_token(asked.by, chain, token)) is not None


def _saved(parts: Services, session: SessionId, by: Person, seen: int) -> list[str]:
    """Who saved or amended observations after a position of the chain that a page had seen."""
    log = parts.record.chains.read(session_chain(session))
    found = []
    for recorded in log.recorded:
        event = recorded.event
        if recorded.position <= seen:
            continue
        if isinstance(event, ObservationsRecorded) and event.by.account != by.account:
            found.append(f"{event.by.printed_name} saved {event.set}")
        elif isinstance(event, ObservationAmended) and event.by.account != by.account:
            found.append(f"{event.by.printed_name} amended an observation ({event.reason})")
    return found
