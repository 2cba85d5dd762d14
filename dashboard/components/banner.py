"""The full-width banner of the ward screen, empty until there is no live data."""

from dash import html
from dash.development.base_component import Component


def banner() -> Component:
    """The banner; the live page writes its text once each time, so it is read out once."""
    return html.Div(className="banner", role="alert", hidden=True, **{"data-banner": ""})
