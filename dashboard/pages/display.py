"""The clinic's display settings as pages put them before their scripts."""

from dash.development.base_component import Component

from dashboard.components.display_settings import display_settings
from dashboard.display_attributes import display_attributes


def settings_of_display() -> Component:
    """The hidden element that tells scripts of clock, first theme, dim hours and sounds."""
    return display_settings(display_attributes())
