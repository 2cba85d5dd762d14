"""What the page's scripts must know of the clinic's display settings."""

from datetime import time

import msgspec
from dash import html
from dash.development.base_component import Component

from config.sounds import Sounds


def display_settings(
    time_zone: str,
    theme: str,
    night: tuple[time, time] | None,
    sounds: Sounds | None = None,
    audio_pause_s: float = 0.0,
) -> Component:
    """What the page's scripts need of the clinic's settings: clock, first theme, dim hours, sounds.

    Without `sounds` the page plays none. `audio_pause_s`: for how long a sound can be paused.
    """
    begins, ends = ("", "") if night is None else (f"{night[0]:%H:%M}", f"{night[1]:%H:%M}")
    return html.Div(
        hidden=True,
        **{
            "data-display": "",
            "data-time-zone": time_zone,
            "data-theme-default": theme,
            "data-night-begins": begins,
            "data-night-ends": ends,
            "data-audio-pause-s": f"{audio_pause_s:g}",
            "data-sounds": "" if sounds is None else msgspec.json.encode(sounds).decode(),
        },
    )
