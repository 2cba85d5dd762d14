"""`/ward/<ward>/alarms/self-test`: start it, see how it goes, say whether it was heard."""

import asyncio
from datetime import UTC, datetime
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from dashboard.alarm_pages.self_test_page import result_part, self_test_page
from dashboard.context import services
from dashboard.forms.answering import done_view, form_data, keeping, led_on, person_here
from dashboard.routes.alarms import ward_here
from dashboard.self_test import append, start_self_test
from infusion.station_events import SelfTestHeard

PATH = "/ward/{ward}/alarms/self-test"


def routes() -> APIRouter:
    """The page, its part that is fetched again, and its two deeds."""
    router = APIRouter()

    @router.get(PATH)
    async def show(request: Request) -> Response:
        plan, done = ward_here(request), done_view(request)
        return (await asyncio.to_thread(self_test_page, services(), plan, done)).answer()

    @router.get(f"{PATH}/result")
    async def show_result(request: Request) -> Response:
        plan = ward_here(request)
        return HTMLResponse(str(await asyncio.to_thread(result_part, services(), plan)))

    @router.post(PATH)
    @keeping
    async def start(request: Request) -> Response:
        plan, by, parts = ward_here(request), person_here(), services()
        begun = start_self_test(parts, plan.ward, plan.beds[0].bed, by)
        words = "Self-test started" if begun else "A self-test is under way already"
        return led_on(f"/ward/{quote(plan.ward)}/alarms/self-test", words)

    @router.post(f"{PATH}/heard")
    @keeping
    async def say_heard(request: Request) -> Response:
        plan, by, data = ward_here(request), person_here(), await form_data(request)
        said = SelfTestHeard(
            ward=plan.ward,
            at=datetime.now(UTC),
            test=str(data.get("test", ""))[:32],
            by=by,
            heard=data.get("heard") == "yes",
        )
        await asyncio.to_thread(append, services(), said)
        return led_on(f"/ward/{quote(plan.ward)}/alarms/self-test", "Noted")

    return router
