"""One POST to the webhook. Blocks."""

import http.client
import socket
import ssl
from typing import Final
from urllib.parse import urlsplit

import msgspec

from dashboard.notifying.notices import Notice

TIMEOUT_S: Final = 5.0
_ANSWER_BYTES: Final = 1024


class NotTaken(Exception):
    """The receiver did not take a notice; the text says why, as screens show it.

    `is_perhaps_known`: it was sent, and what became of it nobody answered.
    """

    def __init__(self, why: str, *, is_perhaps_known: bool = False) -> None:
        super().__init__(why)
        self.is_perhaps_known = is_perhaps_known


def post(url: str, token: str, notice: Notice) -> None:
    """Send a notice as JSON. Raises NotTaken unless the receiver answers with 2xx.

    Redirects are not followed: where alarms go is what the settings say and nothing else.
    """
    parts = urlsplit(url)
    headers = {"content-type": "application/json", "user-agent": "hourglass"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    connection = _connection(parts.scheme, parts.hostname or "", parts.port)
    try:
        connection.connect()
    except OSError as error:
        raise NotTaken(_why(error)) from error
    try:
        connection.request("POST", path, body=msgspec.json.encode(notice), headers=headers)
        answer = connection.getresponse()
        answer.read(_ANSWER_BYTES)
    except (OSError, http.client.HTTPException) as error:
        raise NotTaken(_why(error), is_perhaps_known=True) from error
    finally:
        connection.close()
    if not 200 <= answer.status < 300:
        raise NotTaken(f"the receiver answers {answer.status} {answer.reason}")


def _why(error: OSError | http.client.HTTPException) -> str:
    """What went wrong in words for a ward; the log has the error itself."""
    if isinstance(error, TimeoutError):
        return f"the receiver took longer than {TIMEOUT_S:.0f} s"
    if isinstance(error, socket.gaierror):
        return "the receiver's name is not known"
    if isinstance(error, ssl.SSLError):
        return "the receiver's certificate is not trusted"
    if isinstance(error, OSError):
        return "the receiver cannot be reached"
    return "the receiver answers nonsense"


def _connection(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=TIMEOUT_S, context=context)
    return http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
