"""The start page, `/`: the wards of the clinic."""

from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.components.page_frame import page_frame
from dashboard.components.ward_list import ward_list
from dashboard.context import require, services
from dashboard.pages.display import settings_of_display


def layout(**_query: Any) -> Component:  # noqa: ANN401 - whatever stands in the address
    """The wards this login may see. Raises Forbidden for an enrolled screen."""
    login = require()
    wards = [plan for plan in services().configuration.wards if login.may_see(plan.ward)]
    return html.Div([settings_of_display(), page_frame("Wards", [ward_list(wards)])])
