"""The door of `/fhir/`, inside the one access layer: a token that holds, and only to read."""

import logging
from typing import Final

from starlette.requests import HTTPConnection
from starlette.responses import Response

from dashboard.context import Login, Services
from dashboard.interfaces.answers import no_token, only_reading, record_gone
from record.faults import RecordUnavailable
from vocabulary.roles import Audience, Role

log = logging.getLogger(__name__)

FHIR_PATH: Final = "/fhir"
DESCRIPTION_PATH: Final = f"{FHIR_PATH}/openapi.json"
"""Of the API, for people who are logged in; everything else below is for tokens alone."""


def is_for_interfaces(path: str) -> bool:
    """Whether an address belongs to other systems, and no cookie opens it."""
    return path.startswith(f"{FHIR_PATH}/") and path != DESCRIPTION_PATH


async def admit(
    request: HTTPConnection, services: Services
) -> tuple[Login | None, Response | None]:
    """Who asks by a token, and how they are refused, None where they may go on."""
    try:
        found = await services.interfaces.find(request.headers.get("authorization", ""))
    except RecordUnavailable:
        return None, record_gone()
    if found is None:
        client = request.client
        log.warning("no token, or a wrong one, for %s from %s", FHIR_PATH, client and client.host)
        return None, no_token()
    if request.scope.get("method") != "GET":
        return None, only_reading()
    login = Login(
        key=f"interface {found.key}",
        role=Role.DISPLAY,
        audience=Audience.STAFF,
        name=found.label,
        ward=found.ward,
        interface=found,
    )
    return login, None
