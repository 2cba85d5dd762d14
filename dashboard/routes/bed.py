"""`/ward/<ward>/bed/<bed>`: the bed page, its panel, and what is new of its trend."""

import asyncio
from datetime import datetime
from typing import Any

import htpy as h
import msgspec
from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from dashboard.audit import note_view, view_of
from dashboard.bed_page.panel import panel
from dashboard.bed_page.scene import BedScene, bed_scene
from dashboard.components.as_html import as_html
from dashboard.components.banner import banner
from dashboard.components.strip import strip
from dashboard.components.tile import tile
from dashboard.components.trend_graph import mark_key, plotly_script, trend_graph
from dashboard.components.veil import veil
from dashboard.context import require_ward, services
from dashboard.document import Document
from dashboard.forms.answering import done_view, person_here
from dashboard.routes.session_forms import not_found
from dashboard.trends.reading import draw, draw_news
from vocabulary.ids import BedId, WardId
from vocabulary.roles import Audience

PATH = "/ward/{ward}/bed/{bed}"


def routes() -> APIRouter:
    """The page and the two addresses that keep it fresh."""
    router = APIRouter()

    @router.get(PATH)
    async def show(request: Request) -> Response:
        scene = await _scene(request)
        if scene is None:
            return not_found("There is no such chair in this ward.")
        return (await asyncio.to_thread(_page, scene, done_view(request))).answer()

    @router.get(f"{PATH}/panel")
    async def show_panel(request: Request) -> Response:
        scene = await _scene(request)
        if scene is None:
            return not_found("There is no such chair in this ward.")
        return HTMLResponse(await asyncio.to_thread(lambda: str(panel(scene))))

    @router.get(f"{PATH}/trend")
    async def show_trend(request: Request) -> Response:
        scene = await _scene(request)
        if scene is None or scene.session is None:
            return _json({"session": ""})
        since = _moment(request.query_params.get("since", ""))
        return _json(await asyncio.to_thread(_trend, scene, since))

    return router


async def _scene(request: Request) -> BedScene | None:
    ward, bed = WardId(request.path_params["ward"]), BedId(request.path_params["bed"])
    require_ward(ward)
    return await asyncio.to_thread(bed_scene, services(), person_here(), ward, bed)


def _json(value: dict[str, Any]) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


def _trend(scene: BedScene, since: datetime | None) -> dict[str, Any]:
    session = scene.session
    if session is None:
        return {"session": ""}
    if since is not None:
        news = draw_news(scene.parts, session, since, scene.now)
        return {"session": session.id, "news": news}
    drawn = draw(scene.parts, session, scene.now)
    return {
        "session": session.id,
        "figure": drawn.figure,
        "until": drawn.until.isoformat(),
    }


def _page(scene: BedScene, done: h.Node) -> Document:
    session = scene.session
    if session is not None:
        note_view(scene.parts.record, view_of(session, scene.by, "bed"))
    plan = scene.parts.ward(scene.ward)
    label = scene.ward if plan is None else plan.label
    body = h.main(
        ".ward.bed-screen",
        data_ward=scene.ward,
        data_bed_page=scene.bed.bed,
        data_session="" if session is None else session.id,
        data_audience=Audience.STAFF.value,
        data_login="person",
        data_feed="down",
    )[
        as_html(
            strip(f"{label}, {scene.bed.label}", Audience.STAFF, has_menu=True, ward=scene.ward)
        ),
        as_html(banner()),
        h.div(".bed-columns")[
            h.div(".bed-main")[
                h.div(".one-tile")[as_html(tile(scene.bed))],
                _trend_part(scene),
            ],
            h.aside(".panel", data_panel=f"{scene.path}/panel", aria_label="session")[
                done, panel(scene)
            ],
        ],
        as_html(veil()),
    ]
    return Document(title=scene.bed.label, body=body, more_head=plotly_script())


def _trend_part(scene: BedScene) -> h.Node:
    if scene.session is None:
        return None
    drawn = draw(scene.parts, scene.session, scene.now)
    return [
        trend_graph(
            "the session on one time axis",
            drawn.figure,
            data_news=f"{scene.path}/trend",
            data_until=drawn.until.isoformat(),
        ),
        mark_key(),
    ]
