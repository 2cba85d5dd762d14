"""What the scripts of every page must know of the clinic's settings, as `data-` attributes."""

import msgspec

from dashboard.context import services
from dashboard.shown import display_of, sounds_of
from vocabulary.alarms import Inactivation


def display_attributes() -> dict[str, str]:
    """Clock, first theme, dim hours, spark lines, sounds, their pause and their news (seconds)."""
    parts = services()
    display = display_of(parts.settings.config_dir)
    sounds = sounds_of(parts.settings.config_dir)
    night = display.night
    spark = display.spark
    signals = parts.configuration.alarms.signals
    return {
        "data-display": "",
        "data-time-zone": display.time_zone,
        "data-theme-default": display.theme.value,
        "data-night-begins": "" if night is None else f"{night.begins:%H:%M}",
        "data-night-ends": "" if night is None else f"{night.ends:%H:%M}",
        "data-audio-pause-s": f"{signals.longest_s[Inactivation.AUDIO_PAUSED]:g}",
        "data-sounds-again-s": f"{signals.sounds_again_after_s:g}",
        "data-spark-lines": "" if spark is None else msgspec.json.encode(spark).decode(),
        "data-sounds": msgspec.json.encode(sounds).decode(),
    }
