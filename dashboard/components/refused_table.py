"""Messages that are kept in quarantine, newest first, with the reason for each."""

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboard.inventory import RefusedRow

_HEADINGS = ("Time", "Device", "Reason", "What was wrong", "Topic", "Message")


def refused_table(rows: Sequence[RefusedRow]) -> Component:
    """A table of refused messages. What they hold is shown as text, whatever it is."""
    if not rows:
        return html.P("Nothing has been refused.")
    head = html.Thead(html.Tr([html.Th(text, scope="col") for text in _HEADINGS]))
    body = html.Tbody([_line(row) for row in rows])
    return html.Table([head, body], className="table")


def _line(row: RefusedRow) -> Component:
    return html.Tr(
        [
            html.Td(row.time, className="time"),
            html.Td(row.device),
            html.Td(row.reason, className="time"),
            html.Td(row.detail, className="words"),
            html.Td(row.topic, className="words"),
            html.Td(_message(row)),
        ]
    )


def _message(row: RefusedRow) -> Component:
    if row.payload == row.whole:
        return html.Code(row.payload, className="payload")
    return html.Details(
        [
            html.Summary(html.Code(row.payload, className="payload")),
            html.Pre(row.whole, className="whole", tabIndex=0),
        ],
        id=f"refused-message-{row.key}",
    )
