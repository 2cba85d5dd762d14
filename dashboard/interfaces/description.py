"""The read API in the words of OpenAPI, for whoever builds the other side."""

from collections.abc import Iterable
from typing import Any, Final

from fastapi.openapi.utils import get_openapi
from starlette.routing import BaseRoute

from dashboard.context import VERSION
from dashboard.interfaces.gate import FHIR_PATH
from exchange.fhir.capability import type_of
from exchange.fhir.search import COUNT_MOST, COUNT_USUAL, PARAMETERS

_ABOUT: Final = """\
Observations and medication administrations of one session, read only.

Send `Authorization: Bearer TOKEN`. A token is for one ward and some kinds of resources, ends by
itself, and each request is noted in the audit trail under its label and the person in whose name
it reads. A search names one session, by the id of its Encounter or by the session's name; its
pages are linked (`next`), and together are what the FHIR export of the session has of that kind.
A sealed session stays the same; an open one is given as it was up to a minute ago. An unknown
parameter is refused, never passed over. Problems are an OperationOutcome; 429 and 503 say with
`Retry-After` when to come again.
"""
_PROBLEMS: Final = {
    "400": "a search that cannot be answered; it says what to send instead",
    "401": "no token that holds",
    "403": "the token is not for this kind of resource",
    "404": "no such resource or session in the token's ward",
    "429": "too many requests at once",
    "503": "the record does not answer",
}


def describe(routes: Iterable[BaseRoute]) -> dict[str, Any]:
    """The OpenAPI document of these routes."""
    found = get_openapi(
        title="Hourglass: sessions as FHIR R4",
        version=VERSION,
        description=_ABOUT,
        routes=list(routes),
    )
    found.setdefault("components", {})["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer"}
    }
    found["security"] = [{"token": []}]
    return found


def of_search(kind: str) -> dict[str, Any]:
    """What stands in the document for a search."""
    names = PARAMETERS[kind]
    told = [_parameter(name, _WORDS.get(name, f"FHIR {type_of(name)}")) for name in names]
    told.append(_parameter("_count", f"resources a page, {COUNT_USUAL}; at most {COUNT_MOST}"))
    told.append(_parameter("page", "from 1; follow the links instead"))
    return {"parameters": told, "responses": _responses("a page: Bundle of type searchset")}


def of_read(about: str) -> dict[str, Any]:
    """What stands in the document for one resource."""
    return {"responses": _responses(about)}


_WORDS: Final = {
    "encounter": "id of the session's Encounter; this or the next is required",
    "encounter:identifier": "the name of the session",
    "context": "id of the session's Encounter; this or the next is required",
    "context:identifier": "the name of the session",
    "date": "may have a prefix and be given twice, for a span: ge2026-11-22T14:00:00Z",
    "effective-time": "may have a prefix and be given twice, for a span: ge2026-11-22T14:00:00Z",
}


def _parameter(name: str, words: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": words, "schema": {"type": "string"}}


def _responses(good: str) -> dict[str, Any]:
    told = {"200": good, **_PROBLEMS}
    schema = {"type": "object", "externalDocs": {"url": f"{FHIR_PATH}/metadata"}}
    content = {"application/fhir+json": {"schema": schema}}
    return {code: {"description": words, "content": content} for code, words in told.items()}
