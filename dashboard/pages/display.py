"""The clinic's display settings as pages put them before their scripts."""

from dash.development.base_component import Component

from dashboard.components.display_settings import display_settings
from dashboard.context import services
from dashboard.shown import display_of


def settings_of_display() -> Component:
    """The hidden element that tells scripts of clock, first theme and dim hours."""
    display = display_of(services().settings.config_dir)
    night = None if display.night is None else (display.night.begins, display.night.ends)
    return display_settings(display.time_zone, display.theme.value, night)
