"""`/ward/<ward>/alarms`: what stands now, the log with its CSV, and the burden."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from dashboard.alarm_pages.burden_page import burden_page
from dashboard.alarm_pages.log_page import file_name, log_csv, log_page
from dashboard.alarm_pages.now_page import now_page, now_part
from dashboard.alarm_pages.wanted import WantedLog, wanted_log
from dashboard.context import Services, require_ward, services
from dashboard.document import Document
from dashboard.forms.answering import done_view, person_here
from dashboard.local_time import clinic_zone
from infusion.configuration import WardPlan
from vocabulary.ids import WardId

PATH = "/ward/{ward}/alarms"


def routes() -> APIRouter:
    """The pages, the part of the first that is fetched again, and the CSV."""
    router = APIRouter()

    @router.get(PATH)
    async def show_now(request: Request) -> Response:
        plan = ward_here(request)
        return (await asyncio.to_thread(now_page, services(), plan, done_view(request))).answer()

    @router.get(f"{PATH}/now")
    async def show_part(request: Request) -> Response:
        plan = ward_here(request)
        return HTMLResponse(str(await asyncio.to_thread(now_part, services(), plan)))

    @router.get(f"{PATH}/log")
    async def show_log(request: Request) -> Response:
        return await _page(request, log_page)

    @router.get(f"{PATH}/burden")
    async def show_burden(request: Request) -> Response:
        return await _page(request, burden_page)

    @router.get(f"{PATH}/log.csv")
    async def give_csv(request: Request) -> Response:
        plan, wanted = ward_here(request), _wanted(request)
        text = await asyncio.to_thread(log_csv, services(), plan, wanted)
        named = f'attachment; filename="{file_name(plan, wanted)}"'
        return Response(text, media_type="text/csv", headers={"content-disposition": named})

    return router


def ward_here(request: Request) -> WardPlan:
    """The ward of the address, for a person who may see it. Raises Forbidden."""
    person_here()
    ward = WardId(request.path_params["ward"])
    require_ward(ward)
    plan = services().ward(ward)
    if plan is None:  # require_ward refuses a ward that does not exist
        raise LookupError(ward)
    return plan


def _wanted(request: Request) -> WantedLog:
    return wanted_log(request.query_params, datetime.now(UTC), clinic_zone())


async def _page(
    request: Request, make: Callable[[Services, WardPlan, WantedLog], Document]
) -> Response:
    plan = ward_here(request)
    return (await asyncio.to_thread(make, services(), plan, _wanted(request))).answer()
