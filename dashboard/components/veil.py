"""What covers a screen whose page has stopped running."""

from dash import html
from dash.development.base_component import Component


def veil() -> Component:
    """A veil that the compositor brings up by itself unless the page keeps pushing it back."""
    return html.Div(
        className="veil",
        children=html.Div(
            "SCREEN FROZEN: nothing here is live, watch the bedside monitors",
            className="veil-text",
        ),
        **{"data-veil": "", "aria-hidden": "true"},
    )
