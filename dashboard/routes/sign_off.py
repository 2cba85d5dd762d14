"""`/session/<session>/sign-off` and what is signed there; `/session/<session>/export/<format>`."""

import asyncio
import io
import tempfile
import zipfile
from pathlib import Path
from typing import Final

import htpy as h
from fastapi import APIRouter, Request
from starlette.responses import Response

from dashboard.audit import note_view, view_of
from dashboard.context import Forbidden, services
from dashboard.document import Document
from dashboard.forms.answering import (
    Answering,
    answer,
    done_view,
    form_data,
    keeping,
    person_here,
)
from dashboard.forms.form import Form, Sent
from dashboard.routes.session_forms import not_found
from dashboard.sign_off.page import sign_off_page
from dashboard.sign_off.scene import SignOffScene, sign_off_scene
from dashboard.sign_off.signing import (
    Making,
    addendum_form,
    cosign_form,
    make_addendum,
    make_cosignature,
    make_signature,
    sign_as,
    sign_form,
)
from exchange.writing import Folder, Format
from infusion.patient import Person
from vocabulary.ids import SessionId

PATH: Final = "/session/{session}/sign-off"
_NOBODY: Final = "There is no such session."
_MEDIA: Final = {".pdf": "application/pdf", ".json": "application/json", ".hl7": "text/plain"}


def routes() -> APIRouter:
    """The page, its signatures, and the exports."""
    router = APIRouter()

    @router.get(PATH)
    async def show(request: Request) -> Response:
        by, session = person_here(), SessionId(request.path_params["session"])
        document = await asyncio.to_thread(_page, by, session, done_view(request))
        return not_found(_NOBODY) if document is None else document.answer()

    @router.post(f"{PATH}/sign")
    @keeping
    async def sign(request: Request) -> Response:
        return await _take(request, "sign", make_signature, "Signed and sealed")

    @router.post(f"{PATH}/cosign")
    @keeping
    async def cosign(request: Request) -> Response:
        return await _take(request, "cosign", make_cosignature, "Signed")

    @router.post(f"{PATH}/addendum")
    @keeping
    async def add(request: Request) -> Response:
        return await _take(request, "addendum", make_addendum, "Addendum signed")

    @router.get("/session/{session}/export/{wanted}")
    async def export(request: Request) -> Response:
        by, session = person_here(), SessionId(request.path_params["session"])
        try:
            wanted = Format(request.path_params["wanted"])
        except ValueError:
            return not_found("There is no such format.")
        made = await asyncio.to_thread(_export, by, session, wanted)
        return not_found(_NOBODY) if made is None else made

    return router


_FORMS: Final = {"sign": sign_form, "cosign": cosign_form, "addendum": addendum_form}


async def _take(request: Request, name: str, make: Making, done: str) -> Response:
    by, session = person_here(), SessionId(request.path_params["session"])
    parts, data = services(), await form_data(request)
    scene = await asyncio.to_thread(sign_off_scene, parts, by, session)
    if scene is None:
        return not_found(_NOBODY)
    form: Form = _FORMS[name](scene)

    def show(sent: Sent) -> Document:
        now = sign_off_scene(parts, by, session)
        return sign_off_page(scene if now is None else now, sent, name)

    return await answer(
        data,
        Answering(
            form=form,
            do=lambda sent: sign_as(scene, make, sent),
            show=show,
            next_path=scene.path,
            done_words=done,
        ),
    )


def _page(by: Person, session: SessionId, done: h.Node) -> Document | None:
    scene = sign_off_scene(services(), by, session)
    if scene is None:
        return None
    _note(scene, "sign-off")
    return sign_off_page(scene, done=done)


def _note(scene: SignOffScene, page: str) -> None:
    note_view(scene.parts.record, view_of(scene.session, scene.by, page))


def _export(by: Person, session: SessionId, wanted: Format) -> Response | None:
    """One file as it is, several as an archive; noted as a look at the patient's data."""
    parts = services()
    allowed = parts.configuration.sessions.people.may_export
    if by.role not in allowed:
        roles = " or ".join(role.value for role in allowed)
        raise Forbidden(f"{by.role.value} may not export: ask a {roles}.")
    scene = sign_off_scene(parts, by, session)
    if scene is None:
        return None
    _note(scene, f"export {wanted.value}")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "export"
        with Folder(folder, (wanted,), scene.letterhead) as files:
            files.add(scene.reported.export, scene.now)
        found = sorted(path for path in folder.rglob("*") if path.is_file())
        if len(found) == 1:
            return _download(found[0].name, found[0].read_bytes())
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in found:
                archive.write(path, path.relative_to(folder))
    return _download(f"{session}.{wanted.value}.zip", held.getvalue())


def _download(name: str, content: bytes) -> Response:
    media = _MEDIA.get(Path(name).suffix, "application/octet-stream")
    return Response(
        content,
        media_type=media,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )
