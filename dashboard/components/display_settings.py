"""The hidden element that tells a page's scripts of the clinic's settings."""

from collections.abc import Mapping

from dash import html
from dash.development.base_component import Component


def display_settings(attributes: Mapping[str, str]) -> Component:
    """The element with these `data-` attributes (`display_attributes`)."""
    return html.Div(hidden=True, **attributes)
