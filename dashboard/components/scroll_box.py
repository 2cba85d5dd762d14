"""A box that scrolls sideways by itself, so that a wide table never moves the page."""

from dash import html
from dash.development.base_component import Component


def scroll_box(label: str, content_id: str) -> Component:
    """A box that can be reached and scrolled by keyboard; a callback fills `content_id`."""
    return html.Div(
        html.Div(id=content_id),
        className="scroll-box",
        tabIndex=0,
        role="region",
        **{"aria-label": label},
    )
