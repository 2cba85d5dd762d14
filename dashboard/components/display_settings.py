"""What the page's scripts must know of the clinic's display settings."""

from datetime import time

from dash import html
from dash.development.base_component import Component


def display_settings(time_zone: str, theme: str, night: tuple[time, time] | None) -> Component:
    """What the page's scripts need of the clinic's settings: clock, first theme, dim hours."""
    begins, ends = ("", "") if night is None else (f"{night[0]:%H:%M}", f"{night[1]:%H:%M}")
    return html.Div(
        hidden=True,
        **{
            "data-display": "",
            "data-time-zone": time_zone,
            "data-theme-default": theme,
            "data-night-begins": begins,
            "data-night-ends": ends,
        },
    )
