"""`/kept/<name>`: the scripts and styles of plain pages, packed, and kept by browsers."""

import asyncio
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, Response

from dashboard.kept_files import KEPT, kept_files


def routes() -> APIRouter:
    """The files by their names; an old name is answered as one that is not there."""
    router = APIRouter()

    @router.get(KEPT + "{name}")
    async def show(request: Request) -> Response:
        files = await asyncio.to_thread(kept_files)
        file = files.get(request.url.path)
        if file is None:
            return PlainTextResponse("There is no such file.\n", HTTPStatus.NOT_FOUND)
        headers = {"vary": "accept-encoding"}
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return Response(file.body, media_type=file.media_type, headers=headers)
        headers["content-encoding"] = "gzip"
        return Response(file.packed, media_type=file.media_type, headers=headers)

    return router
