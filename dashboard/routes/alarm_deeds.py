"""`/ward/<ward>/bed/<bed>/alarms/…`: acknowledge, audio pause, and letting signals go on."""

import asyncio
from http import HTTPStatus
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from dashboard.acting import Done
from dashboard.addresses import safe_next
from dashboard.alarm_desk import act_on_alarms
from dashboard.alarm_pages.items import ALARM
from dashboard.context import Login, current_login, require_ward, services
from dashboard.document import page_document
from dashboard.forms.answering import form_data, keeping, led_on, person_of_login
from dashboard.forms.form import NEXT, TOKEN
from dashboard.routes.alarms import ward_here
from infusion.alarms.commands import AcknowledgeAlarms, AlarmCommand, HoldBackSignals, ResumeSignals
from infusion.alarms.events import AlarmId
from infusion.commands import Refused
from infusion.patient import AccountId, Person
from vocabulary.alarms import Inactivation
from vocabulary.ids import BedId, WardId
from vocabulary.roles import Audience

PATH = "/ward/{ward}/bed/{bed}/alarms"


def routes() -> APIRouter:
    """One route for each deed."""
    router = APIRouter()

    @router.post(f"{PATH}/acknowledge")
    @keeping
    async def acknowledge(request: Request) -> Response:
        ward_here(request)  # needs a name: no screen acknowledges
        data = await form_data(request)
        alarms = tuple(AlarmId(str(name)) for name in data.getlist(ALARM))
        by = who_acts()
        return await _do(request, by, AcknowledgeAlarms(by=by, alarms=alarms), "Acknowledged")

    @router.post(f"{PATH}/pause")
    @keeping
    async def pause(request: Request) -> Response:
        person, screen = _person_or_screen(request)
        how = Inactivation.AUDIO_PAUSED
        command = HoldBackSignals(inactivation=how, by=person, screen=screen)
        return await _do(request, who_acts(), command, "Audio paused")

    @router.post(f"{PATH}/resume")
    @keeping
    async def resume(request: Request) -> Response:
        person, screen = _person_or_screen(request)
        command = ResumeSignals(by=person, screen=screen)
        return await _do(request, who_acts(), command, "Signals are as they were")

    return router


def _login() -> Login:
    login = current_login()
    assert login is not None  # the access layer lets nobody else in
    return login


def who_acts() -> Person:
    """Who writes: a person, or an enrolled screen under the name it has."""
    login = _login()
    if login.account is not None:
        return person_of_login(login)
    return Person(
        account=AccountId(f"screen:{login.name}"), printed_name=login.name, role=login.role
    )


def _person_or_screen(request: Request) -> tuple[Person | None, str]:
    """A person by name, or a staff screen of the ward. Raises Forbidden for any other ward."""
    login = require_ward(WardId(request.path_params["ward"]))
    if login.account is not None:
        return person_of_login(login), ""
    return None, login.name if login.audience is Audience.STAFF else ""


async def _do(request: Request, by: Person, command: AlarmCommand, done_words: str) -> Response:
    """Take it into the record; answered as a page, or in a word to a script that asks so."""
    ward, bed = WardId(request.path_params["ward"]), BedId(request.path_params["bed"])
    data = await form_data(request)
    token, next_path = str(data.get(TOKEN, ""))[:64], str(data.get(NEXT, ""))
    outcome = await asyncio.to_thread(act_on_alarms, services(), by, (ward, bed), command, token)
    if "application/json" in request.headers.get("accept", ""):
        return _word(outcome)
    here = f"/ward/{quote(ward)}/bed/{quote(bed)}"
    if isinstance(outcome, Refused):
        told = f"{outcome.reason}: {outcome.what_to_do}."
        return page_document("Not done", [told]).answer(HTTPStatus.CONFLICT)
    return led_on(safe_next(next_path) if next_path else here, done_words)


def _word(outcome: Done | Refused) -> Response:
    if isinstance(outcome, Done):
        return JSONResponse({"done": True})
    told = {"done": False, "reason": outcome.reason, "what_to_do": outcome.what_to_do}
    return JSONResponse(told, HTTPStatus.CONFLICT)
