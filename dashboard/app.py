"""The Dash app: pages and forms on the FastAPI server that `server` composes."""

import inspect
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import dash
from dash import Dash
from dash.backends._fastapi import FastAPIDashServer
from fastapi import APIRouter, FastAPI

from dashboard.addresses import SCREEN_PAGES, Page
from dashboard.beds import TileMaker
from dashboard.context import Forbidden, require, require_ward
from record.faults import RecordUnavailable
from vocabulary.ids import WardId

log = logging.getLogger(__name__)

TITLE: Final = "Hourglass"


@dataclass(frozen=True, slots=True)
class Screens:
    """What the screens bring: their pages, their callbacks, and how a tile is made.

    `routers`: each makes the routes of plain pages and forms, beside Dash.
    """

    register_pages: Callable[[], None]
    register_callbacks: Callable[[Dash], None]
    make_tile: TileMaker
    routers: tuple[Callable[[], APIRouter], ...] = ()


def create_app(server: FastAPI, screens: Screens) -> Dash:
    """A Dash app with the pages and callbacks of `screens`, on `server`.

    Dash's own WebSocket is off: it would serve callbacks to anybody (GHSA of 4.5.0, #4075). Its
    MCP server stays off, whatever the environment says.
    """
    FastAPIDashServer.websocket_capability = False
    app = Dash(
        "dashboard",
        server=server,
        use_pages=True,
        pages_folder="",
        include_pages_meta=False,
        suppress_callback_exceptions=True,
        serve_locally=True,
        title=TITLE,
        update_title=None,
        enable_mcp=False,
        add_log_handler=False,
        on_error=_tell_of_error,
    )
    dash.page_registry.clear()
    screens.register_pages()
    for page in dash.page_registry.values():
        page["layout"] = _guarded(page["layout"], for_screens=_template(page) in SCREEN_PAGES)
    screens.register_callbacks(app)
    return app


def pages_of_app() -> tuple[Page, ...]:
    """The addresses of the pages that `create_app` registered."""
    return tuple(Page.of_template(_template(page)) for page in dash.page_registry.values())


async def warm_up(app: Dash) -> None:
    """Do what Dash leaves to its first request: callbacks, router, inline scripts.

    Otherwise a wall screen that comes first after a restart finds half an app.
    """
    for prepare in app.backend._before_request_funcs:  # noqa: SLF001 - no public way in 4.4.1
        result = prepare()
        if inspect.isawaitable(result):
            await result


def _tell_of_error(error: Exception) -> None:
    """Log what a callback ran into, which Dash would swallow, and let it be answered."""
    if not isinstance(error, Forbidden | RecordUnavailable):
        log.error("a callback failed", exc_info=error)
    raise error


def _template(page: dict[str, Any]) -> str:
    return str(page["path_template"] or page["path"])


def _guarded(layout: Any, *, for_screens: bool) -> Callable[..., Any]:  # noqa: ANN401 - Dash's
    """`layout`, but only for who may open its page.

    The browser names the page it wants in a callback, past the addresses that `access` checks;
    and what stands behind `?` overrides what stands in the path.
    """

    def guarded(**named: Any) -> Any:  # noqa: ANN401 - whatever Dash lays out
        if for_screens or "ward" in named:
            login = require_ward(WardId(str(named.get("ward", ""))))
        else:
            login = require()
        if login.is_read_only and not for_screens:
            raise Forbidden("This page is not for enrolled screens.")
        return layout(**named) if callable(layout) else layout

    return guarded
