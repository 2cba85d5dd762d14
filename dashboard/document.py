"""A whole page as plain HTML: what stands around it, its scripts and styles, and its refusal.

Ward screen and device page come from Dash; forms and pages made of them come from here, so that
they open at once and work without scripts.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import htpy as h
from starlette.responses import HTMLResponse, Response

from dashboard.components.menu import MENU
from dashboard.context import current_login
from dashboard.display_attributes import display_attributes
from dashboard.kept_files import page_scripts, page_styles

STANDING: Final = "Second display. Bedside alarms are the alarms."


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A page: its title, and what it says. `more_head`: scripts of its own."""

    title: str
    body: h.Node
    more_head: h.Node = None

    def answer(self, status: int = HTTPStatus.OK) -> Response:
        """The page as a server says it."""
        return HTMLResponse(str(_html(self.title, self.body, self.more_head)), int(status))


def page_document(title: str, children: h.Node, *, more_head: h.Node = None) -> Document:
    """A page for people at a desk or with a phone, with its menu above it."""
    body = h.div(".page")[
        page_head(),
        h.main(".page-body", id="content")[h.h1[title], children],
        h.footer(".page-foot")[STANDING],
    ]
    return Document(title=title, body=body, more_head=more_head)


def page_head() -> h.Element:
    """The menu, who is logged in, theme and log out."""
    login = current_login()
    return h.header(".page-head")[
        h.nav(".menu", aria_label="pages")[(h.a(href=address)[words] for words, address in MENU)],
        h.span(".spring"),
        h.span(".who", data_login_name="")[login.name] if login is not None else None,
        h.button(".quiet", type="button", data_theme_switch="")["Theme"],
        h.form(".inline", action="/logout", method="post")[
            h.button(".quiet", type="submit")["Log out"]
        ],
    ]


def _html(title: str, body: h.Node, more_head: h.Node) -> h.Renderable:
    return h.html(lang="en")[
        h.head[
            h.meta(charset="utf-8"),
            h.meta(name="viewport", content="width=device-width, initial-scale=1"),
            h.title[f"{title} · Hourglass"],
            h.link(rel="icon", href="data:,"),
            h.link(rel="stylesheet", href=page_styles().address),
            more_head,
        ],
        h.body[_display(), body, h.script(src=page_scripts().address)],
    ]


def _display() -> h.Element:
    return h.div({**display_attributes(), "hidden": True})
