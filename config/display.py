"""How a clinic's screens begin: names, clock, theme, dimming. Nothing here is clinical."""

import os
from datetime import time
from enum import Enum
from pathlib import Path
from typing import Final
from zoneinfo import available_timezones

import msgspec

from config.files import LOCAL_TIME_ZONE, DisplayFile, SparkEntry, read_file
from vocabulary.roles import Audience

_LOCALTIME: Final = Path("/etc/localtime")


class Theme(str, Enum):
    """The colours of a screen; DARK for dimmed rooms, LIGHT for paper-like pages."""

    DARK = "dark"
    LIGHT = "light"


class Night(msgspec.Struct, frozen=True, kw_only=True):
    """When screens dim by themselves, times of the clinic's clock; may span midnight."""

    begins: time
    ends: time


class SparkLines(msgspec.Struct, frozen=True, kw_only=True):
    """The small lines of a tile: how far back (`window_s`), in which steps (`step_s`), seconds.

    What the height spans: `spo2_percent` in %, `sbp_mmhg` in mmHg.
    """

    window_s: float
    step_s: int
    spo2_percent: tuple[float, float]
    sbp_mmhg: tuple[float, float]


class Display(msgspec.Struct, frozen=True, kw_only=True):
    """How screens begin. `time_zone` is a name of the tz database; without `night` none dims.

    Without `spark` tiles have no spark lines.
    """

    clinic: str
    time_zone: str
    theme: Theme
    audience: Audience
    night: Night | None
    spark: SparkLines | None


def read_display(config_dir: Path) -> Display:
    """What `display.yaml` says. Raises BadConfiguration with every problem."""
    file = read_file(config_dir / "display.yaml", DisplayFile)
    night = file.night
    return Display(
        clinic=file.clinic,
        time_zone=local_time_zone() if file.time_zone == LOCAL_TIME_ZONE else file.time_zone,
        theme=Theme(file.theme),
        audience=file.audience,
        night=None
        if night is None
        else Night(begins=time.fromisoformat(night.begins), ends=time.fromisoformat(night.ends)),
        spark=None if file.spark is None else _spark_lines(file.spark),
    )


def _spark_lines(entry: SparkEntry) -> SparkLines:
    return SparkLines(
        window_s=entry.minutes * 60.0,
        step_s=entry.step_s,
        spo2_percent=(entry.spo2_percent.low, entry.spo2_percent.high),
        sbp_mmhg=(entry.sbp_mmhg.low, entry.sbp_mmhg.high),
    )


def local_time_zone() -> str:
    """The tz database's name of what this machine is set to; UTC where that has no name."""
    named = os.environ.get("TZ", "").removeprefix(":")
    linked = str(_LOCALTIME.resolve()).partition("/zoneinfo/")[2]
    known = available_timezones()
    return next((name for name in (named, linked) if name in known), "UTC")
