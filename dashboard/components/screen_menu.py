"""What a person sets on this one screen: order, sound, quiet room, volume. The browser keeps it."""

from dash import html
from dash.development.base_component import Component


def screen_menu() -> Component:
    """A small menu in the strip; the page's scripts fill in its words."""
    return html.Details(
        className="screen-menu",
        children=[
            html.Summary("This screen", className="quiet"),
            html.Div(
                className="screen-choices",
                children=[
                    theme_switch(),
                    _switch("Order", "data-order-switch"),
                    _switch("Room", "data-room-switch"),
                    html.Div(
                        className="volume",
                        role="group",
                        children=[
                            _switch("\N{MINUS SIGN}", "data-volume-step", "-10", "quieter"),
                            html.Span("Volume", className="volume-word"),
                            _switch("+", "data-volume-step", "10", "louder"),
                        ],
                        **{"aria-label": "volume"},
                    ),
                    _switch("Hear the sounds", "data-sound-try"),
                ],
            ),
        ],
    )


def theme_switch() -> Component:
    """The button that goes through dark, light and by the clock; a browser remembers it."""
    return _switch("Theme", "data-theme-switch")


def _switch(words: str, hook: str, value: str = "", name: str = "") -> Component:
    named = {"aria-label": name} if name else {}
    return html.Button(words, type="button", className="quiet", **{hook: value}, **named)
