"""The device page, `/devices`: every device, and what was refused from them."""

from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.callbacks.devices import AS_OF, DEVICES, EVERY, ONLY, QUARANTINE, SHOWN
from dashboard.components.page_frame import page_frame
from dashboard.components.scroll_box import scroll_box
from dashboard.context import require
from dashboard.pages.display import settings_of_display

REFRESH_MS = 2000


def layout(device: str = "", **_query: Any) -> Component:  # noqa: ANN401 - whatever the address says
    """The page; `device` shows the quarantine of that one only. Raises Forbidden for screens."""
    require()
    return html.Div(
        [
            settings_of_display(),
            page_frame(
                "Devices",
                [
                    html.P(
                        "Reading the record…", id=AS_OF, className="as-of", **{"data-as-of": ""}
                    ),
                    scroll_box("devices", DEVICES),
                    html.H2("Quarantine", id="quarantine-title"),
                    _filter(device),
                    scroll_box("quarantine", QUARANTINE),
                    dcc.Input(id=ONLY, type="hidden", value=device),
                    dcc.Input(id=SHOWN, type="hidden", value=""),
                    dcc.Interval(id=EVERY, interval=REFRESH_MS),
                ],
            ),
        ]
    )


def _filter(device: str) -> Component:
    if not device:
        return html.P("Messages that are not the device contract, newest first.")
    return html.P(["Only from ", html.Strong(device), ". ", dcc.Link("Show all", href="/devices")])
