"""What goes out to another system: resources, and problems as OperationOutcome."""

from typing import Final

import msgspec
from starlette.responses import Response

from exchange.fhir.replies import MEDIA_TYPE, Reply, problem

RETRY_S: Final = 2


def fhir_answer(reply: Reply, **headers: str) -> Response:
    """A reply over HTTP. Encoding takes a while for a large bundle: call it in a thread."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(msgspec.json.encode(reply.resource), reply.status, named, media_type=MEDIA_TYPE)


def no_token() -> Response:
    """To whoever shows no token that holds."""
    text = "send Authorization: Bearer TOKEN; the clinic makes one: python -m dashboard token add"
    return fhir_answer(problem(401, "login", text), www_authenticate='Bearer realm="fhir"')


def only_reading() -> Response:
    """To whoever wants to write."""
    text = "sessions can be read only: use GET"
    return fhir_answer(problem(405, "not-supported", text), allow="GET")


def record_gone() -> Response:
    """While the record does not answer."""
    text = "the record does not answer, try again in a moment"
    return fhir_answer(problem(503, "transient", text), retry_after=str(RETRY_S))


def too_busy() -> Response:
    """When too many ask at once."""
    text = "too many requests at once: send one after the other"
    return fhir_answer(problem(429, "throttled", text), retry_after=str(RETRY_S))
