"""`/ward/<ward>/bed/<bed>/limits`: the alarm limits of the patient in a chair."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Final

import htpy as h
from fastapi import APIRouter, Request
from starlette.responses import Response

from dashboard.acting import Done
from dashboard.alarm_desk import act_on_alarms, limit_changes
from dashboard.alarm_pages.limits_page import (
    AMOUNT,
    REASON,
    last_changes,
    limit_form,
    limits_table,
)
from dashboard.audit import note_view, view_of
from dashboard.components.session_head import session_head
from dashboard.context import Services, services
from dashboard.document import Document, page_document
from dashboard.forms.answering import (
    Answering,
    answer,
    done_view,
    form_data,
    keeping,
    person_here,
)
from dashboard.forms.form import Form, Sent, form_view, fresh
from dashboard.local_time import clinic_zone
from dashboard.routes.alarms import ward_here
from dashboard.routes.session_forms import not_found
from infusion.alarms.commands import ChangeLimit
from infusion.alarms.rules import LimitName, LimitRule
from infusion.commands import Refused
from infusion.happenings import session_chain
from infusion.patient import Person
from infusion.session import Session
from vocabulary.ids import BedId, WardId

PATH: Final = "/ward/{ward}/bed/{bed}/limits"
NOBODY: Final = "Nobody is in this chair, or there is no such limit."


@dataclass(frozen=True, slots=True)
class Limits:
    """Whose limits, and what of them was changed."""

    parts: Services
    by: Person
    ward: WardId
    session: Session
    events: tuple[object, ...]
    now: datetime
    zone: tzinfo

    @property
    def base(self) -> str:
        """The address of the page."""
        return f"/ward/{self.ward}/bed/{self.session.bed}/limits"

    def rule(self, name: str) -> LimitRule | None:
        """A limit that may be changed."""
        rule = self.parts.configuration.alarms.find_limit(LimitName(name))
        return rule if rule is not None and rule.bounds is not None else None

    def form(self, rule: LimitRule) -> Form:
        """The form of one limit, with the amount that holds."""
        changes = limit_changes(self.events, self.session.id)
        return limit_form(rule, f"{self.base}/{rule.limit}", changes.get(rule.limit, rule.amount))


def routes() -> APIRouter:
    """The list, and the form of each limit."""
    router = APIRouter()

    @router.get(PATH)
    async def show_limits(request: Request) -> Response:
        found = await _limits(request)
        if found is None:
            return not_found(NOBODY)
        return (await asyncio.to_thread(_list_page, found, done_view(request))).answer()

    @router.get(f"{PATH}/{{limit}}")
    async def show_limit(request: Request) -> Response:
        found = await _limits(request)
        rule = None if found is None else found.rule(request.path_params["limit"])
        if found is None or rule is None:
            return not_found(NOBODY)
        return (await asyncio.to_thread(_form_page, found, rule, fresh())).answer()

    @router.post(f"{PATH}/{{limit}}")
    @keeping
    async def change_limit(request: Request) -> Response:
        found = await _limits(request)
        rule = None if found is None else found.rule(request.path_params["limit"])
        if found is None or rule is None:
            return not_found(NOBODY)
        return await answer(
            await form_data(request),
            Answering(
                form=found.form(rule),
                do=lambda sent: _change(found, rule, sent),
                show=lambda sent: _form_page(found, rule, sent),
                next_path=found.base,
                done_words="Limit changed",
            ),
        )

    return router


async def _limits(request: Request) -> Limits | None:
    plan = ward_here(request)
    bed = BedId(request.path_params["bed"])
    return await asyncio.to_thread(_read, services(), person_here(), plan.ward, bed)


def _read(parts: Services, by: Person, ward: WardId, bed: BedId) -> Limits | None:
    session = parts.shelf.open(ward).at_bed(ward, bed)
    if session is None:
        return None
    events = parts.record.chains.read(session_chain(session.id)).events
    note_view(parts.record, view_of(session, by, "limits"))
    return Limits(parts, by, ward, session, events, datetime.now(UTC), clinic_zone())


def _list_page(found: Limits, done: h.Node) -> Document:
    clock = (found.now, found.zone)
    rules = found.parts.configuration.alarms.limits
    return page_document(
        "Alarm limits",
        [
            session_head(found.session, *clock),
            _way_back(found.base.removesuffix("/limits"), "Back to the chair"),
            done,
            limits_table(rules, last_changes(found.events, found.session.id), found.base, clock),
        ],
    )


def _form_page(found: Limits, rule: LimitRule, sent: Sent) -> Document:
    form = found.form(rule)
    head = session_head(found.session, found.now, found.zone)
    back = _way_back(found.base, "All limits")
    return page_document(form.title, [head, back, form_view(form, sent)])


def _way_back(path: str, words: str) -> h.Element:
    return h.nav(".tabs", aria_label="back")[h.a(href=path)[words]]


def _change(found: Limits, rule: LimitRule, sent: Sent) -> Done | Refused:
    amount = sent.get(AMOUNT)
    command = ChangeLimit(
        by=found.by,
        limit=rule.limit,
        amount=None if amount is None else float(amount),
        reason=sent.get(REASON) or "",
    )
    bed = found.session.bed
    assert bed is not None  # it was found by its bed
    return act_on_alarms(found.parts, found.by, (found.ward, bed), command, sent.token)
