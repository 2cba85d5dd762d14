"""The strip above the tiles: ward, clock, links, sound, and what this screen is."""

from urllib.parse import quote

from dash import html
from dash.development.base_component import Component

from dashboard.components.menu import MENU
from dashboard.components.screen_menu import screen_menu
from vocabulary.roles import Audience
from vocabulary.states import Link

STANDING = "Second display. Bedside alarms are the alarms."
AUDIENCE_WORDS = {Audience.PUBLIC: "Public screen", Audience.STAFF: "Staff screen"}


def strip(ward_label: str, audience: Audience, *, has_menu: bool, ward: str = "") -> Component:
    """The strip of a ward screen; `has_menu` for people, an enrolled screen has none.

    `ward`: whose alarms the menu leads to.
    """
    return html.Header(
        className="strip",
        children=[
            html.H1(ward_label, className="ward-name"),
            html.Span("··:··:··", className="clock", **{"data-clock": ""}),
            html.Ul(
                className="links",
                children=[_link(link) for link in Link],
                **{"aria-label": "links"},
            ),
            html.Span(className="lag", hidden=True, **{"data-lag": ""}),
            html.Span("no sound yet", className="sound", **{"data-sound": "none"}),
            html.Span(className="own-alarms", hidden=True, role="alert", **{"data-own-alarms": ""}),
            html.Button(
                "Audio pause",
                type="button",
                className="quiet",
                hidden=True,
                **{
                    "data-own-pause": "",
                    "title": "of this screen's own alarm, and of calls for help",
                },
            ),
            *([_acknowledge()] if has_menu else []),
            # for screen readers: each new alarm of a bed, once
            html.Div(
                className="hidden-words",
                role="log",
                **{"data-alarms-said": "", "aria-label": "new alarms"},
            ),
            html.Strong(STANDING, className="standing"),
            html.Span(className="spring"),
            html.Span(AUDIENCE_WORDS[audience], className="audience"),
            html.Div(
                [*([_to_sign(), _menu(ward)] if has_menu else []), screen_menu()],
                className="strip-end",
            ),
        ],
    )


def _link(link: Link) -> Component:
    return html.Li(
        className="link",
        children=[
            html.Span(link.value, className="link-name"),
            html.Span(className="link-since"),
        ],
        **{"data-link": link.value, "data-state": "down"},
    )


def _acknowledge() -> Component:
    """For people: an acknowledgement needs a name."""
    return html.Button(
        "Acknowledge",
        type="button",
        className="quiet",
        hidden=True,
        **{"data-own-acknowledge": "", "title": "this screen's own alarm, on every screen"},
    )


def _to_sign() -> Component:
    """How many sessions wait to be signed; the page fills it in for those who may sign."""
    return html.A(className="to-sign", href="/worklist", hidden=True, **{"data-to-sign": ""})


def _menu(ward: str) -> Component:
    here = f"/ward/{quote(ward)}"
    own = (("Alarms", f"{here}/alarms"), ("Next", f"{here}/next")) if ward else ()
    return html.Nav(
        className="menu",
        children=[html.A(words, href=href) for words, href in (*own, *MENU)],
        **{"aria-label": "pages"},
    )
