"""`POST /ward/<ward>/alarms/acknowledge`: a person has seen alarms of the dashboard itself."""

from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from dashboard.addresses import safe_next
from dashboard.alarm_pages.items import ALARM
from dashboard.context import require, services
from dashboard.forms.answering import form_data, led_on, person_here
from dashboard.forms.form import NEXT
from dashboard.routes.alarms import ward_here


def routes() -> APIRouter:
    """The one route; it needs neither ingest nor the record."""
    router = APIRouter()

    @router.post("/ward/{ward}/alarms/acknowledge")
    async def acknowledge(request: Request) -> Response:
        plan, parts = ward_here(request), services()
        require(*parts.configuration.sessions.people.may_chart)
        data = await form_data(request)
        names = {str(name) for name in data.getlist(ALARM)}
        parts.own_desk.acknowledge(plan.ward, names, person_here(), datetime.now(UTC))
        if "application/json" in request.headers.get("accept", ""):
            return JSONResponse({"done": True}, HTTPStatus.OK)
        next_path = str(data.get(NEXT, ""))
        here = f"/ward/{quote(plan.ward)}/alarms"
        return led_on(safe_next(next_path) if next_path else here, "Acknowledged")

    return router
