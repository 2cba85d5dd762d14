"""A form that was sent, on its way: read, done, and shown again with all its words if it was not.

`answer` is what a POST route calls. Whatever goes wrong, nothing that was typed is lost.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from http import HTTPStatus
from typing import Final, TypeAlias
from urllib.parse import urlencode, urlsplit

import htpy as h
from fastapi import Request
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from dashboard.acting import Done
from dashboard.addresses import safe_next
from dashboard.context import Login, require
from dashboard.document import Document, page_document
from dashboard.forms.fields import FormClock
from dashboard.forms.form import Form, Sent, read_form
from dashboard.local_time import clinic_zone
from infusion.commands import Refused
from infusion.patient import AccountId, Person
from record.faults import RecordUnavailable

log = logging.getLogger(__name__)

MOST_FIELDS: Final = 120
FIELD_BYTES: Final = 16_384
DONE: Final = "done"
_NOT_KEPT: Final = ("pin", "password")

Doing: TypeAlias = Callable[[Sent], Done | Refused]
"""Does what a form says; blocks, and may raise RecordUnavailable."""
Showing: TypeAlias = Callable[[Sent], Document]
"""The page with the form and what was typed into it; blocks, and may raise RecordUnavailable."""
Route: TypeAlias = Callable[[Request], Awaitable[Response]]


def person_here() -> Person:
    """Who is logged in, as events name them. Raises Forbidden for screens and strangers."""
    return person_of_login(require())


def person_of_login(login: Login) -> Person:
    """A login of a person, as events name them."""
    return Person(account=AccountId(login.account or ""), printed_name=login.name, role=login.role)


def form_clock() -> FormClock:
    """Now, and the clinic's time zone."""
    return FormClock(now=datetime.now(UTC), zone=clinic_zone())


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """What to do with a form that was sent, and where a browser goes when it is done."""

    form: Form
    do: Doing
    show: Showing
    next_path: str
    done_words: str = ""


async def answer(data: FormData, answering: Answering) -> Response:
    """Read a form, do what it says, and lead on; or show it again with what is wrong.

    Raises RecordUnavailable: the route is wrapped in `keeping`.
    """
    sent = read_form(answering.form, data, form_clock())
    if sent.faults:
        return await shown_again(answering.show, sent)
    outcome = await asyncio.to_thread(answering.do, sent)
    if isinstance(outcome, Refused):
        return await shown_again(answering.show, sent.refused(outcome))
    return led_on(safe_next(sent.next) if sent.next else answering.next_path, answering.done_words)


async def shown_again(show: Showing, sent: Sent) -> Response:
    """The page with the form as it was typed. Raises RecordUnavailable."""
    document = await asyncio.to_thread(show, sent)
    return document.answer(HTTPStatus.UNPROCESSABLE_ENTITY)


def led_on(path: str, done_words: str = "") -> Response:
    """To the next page, which says what was done."""
    if done_words:
        join = "&" if urlsplit(path).query else "?"
        path, hash_sign, place = path.partition("#")
        path = f"{path}{join}{urlencode({DONE: done_words})}{hash_sign}{place}"
    return RedirectResponse(path, HTTPStatus.SEE_OTHER)


def done_view(request: Request) -> h.Node:
    """What was done just now, by the address of the page; nothing where nothing was."""
    words = request.query_params.get(DONE, "")[:200]
    return h.p(".done", role="status")["✓ ", words] if words else None


async def form_data(
    request: Request, most_fields: int = MOST_FIELDS, field_bytes: int = FIELD_BYTES
) -> FormData:
    """The fields that were sent; none where it was no form."""
    try:
        return await request.form(max_files=0, max_fields=most_fields, max_part_size=field_bytes)
    except HTTPException:
        return FormData()


def keeping(route: Route) -> Route:
    """A POST route that keeps what was typed when the record does not answer."""

    @wraps(route)
    async def kept(request: Request) -> Response:
        try:
            return await route(request)
        except RecordUnavailable as gone:
            log.warning("a form could not be taken up: %s", gone)
            data = await form_data(request)
            return kept_document(request.url.path, data).answer(HTTPStatus.SERVICE_UNAVAILABLE)

    return kept


def kept_document(action: str, data: FormData) -> Document:
    """What was typed, and a button to send it again; it has the same token, so it is done once."""
    pairs = [(name, value) for name, value in data.multi_items() if isinstance(value, str)]
    told = [(n, v) for n, v in pairs if v and not n.startswith("form-") and n not in _NOT_KEPT]
    asked_again = [name for name, _ in pairs if name in _NOT_KEPT]
    return page_document(
        "The record does not answer",
        [
            h.div(".problem", role="alert")[
                h.p[h.strong["Not saved: "], "the record does not answer."],
                h.p[
                    h.strong["What to do: "],
                    (
                        "watch the bedside monitor, and send it again in a moment. "
                        "What you typed is kept on this page."
                    ),
                ],
            ],
            h.form(".form", method="post", action=action, data_form="again")[
                (
                    h.input(type="hidden", name=name, value=value)
                    for name, value in pairs
                    if name not in _NOT_KEPT
                ),
                h.dl(".kept")[
                    ((h.dt[name.replace("_", " ")], h.dd[value]) for name, value in told)
                ],
                (
                    h.div(".field")[
                        h.label(for_=f"again-{name}")[name],
                        h.input(id=f"again-{name}", name=name, type="password", autocomplete="off"),
                    ]
                    for name in asked_again
                ),
                h.button(".do", type="submit")["Send again"],
            ],
        ],
    )
