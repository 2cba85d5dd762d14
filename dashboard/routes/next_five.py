"""`/ward/<ward>/next`: the next five minutes of a ward, who is on duty, and who is wanted where."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

import htpy as h
import msgspec
from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, Response

from dashboard.calls import Call
from dashboard.components.next_lines import duty_view, next_view
from dashboard.context import Services, require, require_ward, services
from dashboard.document import Document, page_document
from dashboard.duty_desk import do_duty
from dashboard.forms.answering import done_view, form_data, keeping, led_on, person_here
from dashboard.forms.form import TOKEN
from dashboard.local_time import clinic_zone, in_local_time
from dashboard.ward_ahead import WardAhead, ward_ahead
from infusion.commands import Command, Refused
from infusion.configuration import WardPlan
from infusion.duty import commands as dc
from infusion.duty.events import PumpRead
from infusion.patient import AccountId, Person
from infusion.session import running_devices
from vocabulary.ids import BedId, WardId
from vocabulary.roles import Audience

PATH: Final = "/ward/{ward}/next"


def routes() -> APIRouter:
    """The page, its list alone, what people say about duty, and who is wanted."""
    router = APIRouter()

    @router.get(PATH)
    async def show(request: Request) -> Response:
        plan = _plan(request)
        return await _shown(plan, person_here(), done_view(request))

    @router.get(f"{PATH}/list")
    async def show_list(request: Request) -> Response:
        plan, parts = _plan(request), services()
        person_here()
        ahead = await asyncio.to_thread(ward_ahead, parts, plan, datetime.now(UTC))
        return HTMLResponse(str(next_view(plan, ahead, parts.configuration, clinic_zone())))

    for name, make in (("begin", _begin), ("end", _end), ("take", _take)):
        router.post(f"/ward/{{ward}}/duty/{name}")(_duty_route(make))

    @router.get("/calls")
    async def show_calls() -> Response:
        login = require()
        found = services().calls.open(login.ward)
        is_staff = login.audience is Audience.STAFF
        told = [_told(call, services(), is_staff=is_staff) for call in found]
        return Response(msgspec.json.encode(told), media_type="application/json")

    return router


Making = Callable[[FormData, Person, WardAhead], Command | Refused]


def _duty_route(make: Making) -> Callable[..., object]:
    @keeping
    async def duty(request: Request) -> Response:
        plan, by, parts = _plan(request), person_here(), services()
        data = await form_data(request)
        ahead = await asyncio.to_thread(ward_ahead, parts, plan, datetime.now(UTC))
        command = make(data, by, ahead)
        outcome: object = command
        if isinstance(command, Command):
            token = str(data.get(TOKEN, ""))[:64]
            outcome = await asyncio.to_thread(
                do_duty, parts.record, plan.ward, command, token, parts.configuration
            )
        if isinstance(outcome, Refused):
            return await _shown(plan, by, _refused(outcome, ahead), status=422)
        return led_on(f"/ward/{plan.ward}/next", "Duty noted")

    return duty


def _begin(_: FormData, by: Person, __: WardAhead) -> Command:
    return dc.BeginDuty(by=by)


def _end(data: FormData, by: Person, _: WardAhead) -> Command:
    who = str(data.get("who", ""))
    reason = str(data.get("reason", ""))
    other = AccountId(who) if who and who != by.account else None
    return dc.EndDuty(by=by, reason=reason, who=other)


def _take(data: FormData, by: Person, ahead: WardAhead) -> Command | Refused:
    """The chairs that were ticked, and what was read at the pumps that run there."""
    beds = tuple(BedId(value) for value in data.getlist("bed") if isinstance(value, str))
    running = {
        bed: tuple(sorted(running_devices(session)))
        for bed, session in ahead.sessions.items()
        if bed in beds
    }
    pumps = []
    for bed, devices in running.items():
        for device in devices:
            try:
                rate = Decimal(str(data.get(f"rate-{device}", "")).replace(",", "."))
                volume = Decimal(str(data.get(f"volume-{device}", "")).replace(",", "."))
            except InvalidOperation:
                continue  # not read: the decision says so
            is_ordered = data.get(f"ordered-{device}") == "yes"
            pumps.append(
                PumpRead(
                    bed=bed,
                    device=device,
                    rate_ml_h=rate,
                    volume_ml=volume,
                    is_as_ordered=is_ordered,
                )
            )
    return dc.TakeChairs(by=by, beds=beds, running=running, pumps=tuple(pumps))


def _plan(request: Request) -> WardPlan:
    ward = WardId(request.path_params["ward"])
    require_ward(ward)
    plan = services().ward(ward)
    if plan is None:  # require_ward refuses a ward that does not exist
        raise LookupError(ward)
    return plan


async def _shown(plan: WardPlan, by: Person, told: h.Node, status: int = 200) -> Response:
    parts = services()
    return (await asyncio.to_thread(_page, parts, plan, by, told)).answer(status)


def _page(parts: Services, plan: WardPlan, by: Person, told: h.Node) -> Document:
    ahead = ward_ahead(parts, plan, datetime.now(UTC))
    path = f"/ward/{plan.ward}/next/list"
    return page_document(
        f"{plan.label}: next five minutes",
        [
            h.nav(".tabs", aria_label="ward")[
                h.a(href=f"/ward/{plan.ward}")["Ward screen"],
                h.a(href=f"/ward/{plan.ward}/alarms")["Alarms"],
            ],
            told,
            h.div(data_panel=path)[next_view(plan, ahead, parts.configuration, clinic_zone())],
            duty_view(plan, ahead, by, parts.configuration.duty),
        ],
    )


def _refused(refused: Refused, ahead: WardAhead) -> h.Node:
    reason = in_local_time(refused.reason, ahead.now, clinic_zone())
    return h.div(".problem", role="alert", tabindex="-1", data_problem="")[
        h.p[h.strong["Not noted: "], reason, "."],
        h.p[h.strong["What to do: "], refused.what_to_do, "."],
    ]


def _told(call: Call, parts: Services, *, is_staff: bool) -> dict[str, str]:
    plan = parts.ward(call.ward)
    labels = {} if plan is None else {bed.bed: bed.label for bed in plan.beds}
    return {
        "what": "emergency" if call.is_emergency else "help",
        "label": labels.get(call.bed, call.bed),
        "since": call.since.isoformat(),
        "by": call.by if is_staff else "",
        "path": f"/ward/{call.ward}/bed/{call.bed}",
    }
