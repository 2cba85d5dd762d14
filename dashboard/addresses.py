"""The addresses of the server: what is where, and which a browser may be led to."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from fastapi import APIRouter
from fastapi.routing import APIRoute

LIVE_PATH: Final = "/live"
LOGIN_PATH: Final = "/login"
LOGOUT_PATH: Final = "/logout"
HEALTH_PATH: Final = "/healthz"
METRICS_PATH: Final = "/metrics"
CALLBACK_PATH: Final = "/_dash-update-component"
PUBLIC_PATHS: Final = (LOGIN_PATH, HEALTH_PATH)
DASH_READS: Final = re.compile(
    r"/_dash-layout|/_dash-dependencies|/_favicon\.ico"
    r"|/_dash-component-suites/.+|/assets/.+"
)

SCREEN_DEEDS: Final = re.compile(r"/ward/[^/]+/bed/[^/]+/(alarms/(pause|resume)|help)")
"""What a staff screen may do without anybody's name: pause the sound of a bed, call for help."""

SCREEN_PAGES: Final = ("/ward/<ward>",)
"""What an enrolled screen may open: nothing that names a patient, nothing that writes."""


@dataclass(frozen=True, slots=True)
class Page:
    """An address that shows a page: its pattern, and whether screens may open it."""

    pattern: re.Pattern[str]
    for_screens: bool

    @classmethod
    def of_template(cls, template: str) -> "Page":
        """From `/ward/<ward>/bed/<bed>`. Only SCREEN_PAGES are for enrolled screens."""
        parts = re.split(r"<(\w+)>", template)
        pattern = "".join(
            f"(?P<{part}>[^/]+)" if number % 2 else re.escape(part)
            for number, part in enumerate(parts)
        )
        return cls(re.compile(pattern.rstrip("/") or "/"), for_screens=template in SCREEN_PAGES)


def pages_of_routes(routers: Iterable[APIRouter]) -> tuple[Page, ...]:
    """The addresses that these routes show something at; all are for people alone."""
    return tuple(
        Page.of_template(re.sub(r"\{(\w+)\}", r"<\1>", route.path))
        for router in routers
        for route in router.routes
        if isinstance(route, APIRoute) and "GET" in (route.methods or ())
    )


def safe_next(address: str) -> str:
    """`address` if it leads to a page of ours, else the start page."""
    parts = urlsplit(address)
    is_local = address.startswith("/") and not address.startswith(("//", "/\\"))
    is_clean = address.isprintable() and "\\" not in address and not parts.netloc
    return address if is_local and is_clean and parts.path != LOGIN_PATH else "/"
