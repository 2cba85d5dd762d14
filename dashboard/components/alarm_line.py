"""The alarm line of a tile, before the live page has filled it in."""

from dash import html
from dash.development.base_component import Component


def alarm_line(label: str) -> Component:
    """Mark and text of the alarm, who has seen it, how many more, and what is held back.

    `label`: what the bed is called.
    """
    return html.Div(
        className="alarm-line",
        children=[
            html.Span(className="alarm-text"),
            html.Span(className="alarm-word"),
            html.Span(className="alarm-more"),
            html.Span(
                className="alarm-held",
                hidden=True,
                children=[
                    html.Span(className="alarm-held-words"),
                    html.Span(className="alarm-left"),
                ],
            ),
            html.Button(
                className="alarm-pause",
                type="button",
                hidden=True,
                title="audio pause",
                **{"data-alarm-pause": "", "aria-label": f"{label}: audio pause"},
            ),
        ],
    )
