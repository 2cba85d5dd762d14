"""The security headers that everything the server says goes out with."""

import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Message, Scope, Send

from dashboard.kept_files import KEPT

_HOST: Final = re.compile(r"[A-Za-z0-9.-]+(:\d{1,5})?|\[[0-9A-Fa-f:]+\](:\d{1,5})?")
_FILES: Final = ("/assets/", "/_dash-component-suites/")
_FOR_GOOD: Final = "private, max-age=31536000, immutable"
_FIXED: Final = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # not no-referrer: with it browsers send `Origin: null` from our own forms
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
}


def with_headers(scope: Scope, send: Send, *, scripts: Iterable[str], is_tls: bool) -> Send:
    """`send`, adding the headers; `scripts` are the hashes of the inline scripts that may run."""

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(_FIXED)
            host = Headers(scope=scope).get("host", "")
            headers["content-security-policy"] = content_policy(scripts, host)
            if is_tls:
                headers["strict-transport-security"] = "max-age=31536000"
            path: str = scope["path"]
            if path.startswith(KEPT) and message["status"] == HTTPStatus.OK:
                headers["cache-control"] = _FOR_GOOD
            elif not path.startswith(_FILES):
                headers["cache-control"] = "no-store"
        await send(message)

    return send_with_headers


def content_policy(scripts: Iterable[str], host: str) -> str:
    """The content security policy: everything from here, nothing from elsewhere.

    Dash, dcc and plotly.js put style elements into the page, so inline styles must be allowed.
    The socket is named for browsers in whose eyes 'self' does not cover it.
    """
    sockets = f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""
    hashes = "".join(f" {script}" for script in scripts)
    return (
        f"default-src 'self'; script-src 'self'{hashes};"
        f" style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:;"
        f" worker-src blob:; connect-src 'self'{sockets}; object-src 'none'; base-uri 'none';"
        f" form-action 'self'; frame-ancestors 'none'"
    )
