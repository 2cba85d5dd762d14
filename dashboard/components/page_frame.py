"""What stands around a page that is not a wall screen: name, menu, theme."""

from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.components.menu import MENU
from dashboard.components.screen_menu import theme_switch
from dashboard.components.strip import STANDING
from dashboard.context import current_login


def page_frame(title: str, children: list[Any]) -> Component:
    """A page for people at a desk or with a phone, with its menu above it."""
    return html.Div(
        className="page",
        children=[
            html.Header(
                className="page-head",
                children=[
                    html.Nav(
                        className="menu",
                        children=[html.A(words, href=href) for words, href in MENU],
                        **{"aria-label": "pages"},
                    ),
                    html.Span(className="spring"),
                    *_who(),
                    theme_switch(),
                    html.Form(
                        html.Button("Log out", type="submit", className="quiet"),
                        action="/logout",
                        method="POST",
                    ),
                ],
            ),
            html.Main(className="page-body", children=[html.H1(title), *children]),
            html.Footer(STANDING, className="page-foot"),
        ],
    )


def _who() -> list[Component]:
    """Who is logged in; where that is told, calls for help are shown, too."""
    login = current_login()
    if login is None:
        return []
    return [html.Span(login.name, className="who", **{"data-login-name": ""})]
