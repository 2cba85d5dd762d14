"""The ward screen, `/ward/<ward>`: one tile for each bed, filled in by the live page."""

from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.components.ward_screen import ward_screen
from dashboard.context import require_ward, services
from dashboard.pages.display import settings_of_display
from vocabulary.ids import WardId


def title(ward: str = "", **_: Any) -> str:  # noqa: ANN401 - whatever stands in the address
    """What the browser's tab is called."""
    return f"Ward {ward}"


def layout(ward: str = "", **_query: Any) -> Component:  # noqa: ANN401 - the same
    """The screen of `ward` for whoever asks. Raises Forbidden where they may not see it."""
    login = require_ward(WardId(ward))
    plan = services().ward(WardId(ward))
    if plan is None:  # require_ward refuses a ward that does not exist
        raise LookupError(ward)
    screen = ward_screen(plan, login.audience, is_screen=login.is_read_only)
    return html.Div([settings_of_display(), screen])
