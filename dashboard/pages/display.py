"""The clinic's display settings as pages put them before their scripts."""

from dash.development.base_component import Component

from dashboard.components.display_settings import display_settings
from dashboard.context import services
from dashboard.shown import display_of, sounds_of
from vocabulary.alarms import Inactivation


def settings_of_display() -> Component:
    """The hidden element that tells scripts of clock, first theme, dim hours and sounds."""
    config_dir = services().settings.config_dir
    display = display_of(config_dir)
    night = None if display.night is None else (display.night.begins, display.night.ends)
    longest_s = services().configuration.alarms.signals.longest_s
    return display_settings(
        display.time_zone,
        display.theme.value,
        night,
        sounds_of(config_dir),
        longest_s[Inactivation.AUDIO_PAUSED],
    )
