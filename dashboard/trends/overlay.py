"""Sessions of one patient over each other, each from its own start: pressure and dose. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import pandas as pd

from dashboard.trends.dose import dose_steps
from dashboard.trends.figure import numbers_of
from infusion.report.dose import SegmentLine

_DASHES: Final = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
_SYMBOLS: Final = ("circle", "square", "diamond", "triangle-up", "cross", "x")


@dataclass(frozen=True, slots=True)
class Lane:
    """One session: its name on the screen, t = 0 (UTC), cuffs, and what was delivered.

    `is_newest` is drawn on top and strongest.
    """

    name: str
    started_at: datetime
    cuffs: pd.DataFrame
    segments: Sequence[SegmentLine]
    is_newest: bool = False


def overlay_of(lanes: Sequence[Lane]) -> dict[str, Any]:
    """A figure with minutes from the start as its axis; told apart by dash, shape and strength."""
    data: list[dict[str, Any]] = []
    for place, lane in enumerate(lanes):
        look = place % len(_DASHES)
        data += [_pressure(lane, look), _dose(lane, look)]
    return {"data": data, "layout": _layout()}


def _pressure(lane: Lane, look: int) -> dict[str, Any]:
    sys = lane.cuffs["nibp_sys"].dropna()
    dia = lane.cuffs["nibp_dia"].reindex(sys.index)
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": lane.name,
        "legendgroup": lane.name,
        "x": _minutes(pd.DatetimeIndex(sys.index), lane.started_at),
        "y": numbers_of(sys),
        "text": [f"{s:.0f}/{d:.0f}" for s, d in zip(sys, dia, strict=True)],
        "hovertemplate": "%{text} mmHg",
        "yaxis": "y",
        "opacity": 1.0 if lane.is_newest else 0.6,
        "line": {"width": 2.6 if lane.is_newest else 1.4, "dash": _DASHES[look]},
        "marker": {"symbol": _SYMBOLS[look], "size": 8 if lane.is_newest else 6},
        "meta": {"name": f"pressure {lane.name}", "colour": "nibp"},
    }


def _dose(lane: Lane, look: int) -> dict[str, Any]:
    steps = list(dose_steps(lane.segments))
    return {
        "type": "scatter",
        "mode": "lines",
        "name": lane.name,
        "legendgroup": lane.name,
        "showlegend": False,
        "x": [_minute(at, lane.started_at) for at, _ in steps],
        "y": [mg for _, mg in steps],
        "hovertemplate": "%{y:.1f} mg",
        "yaxis": "y2",
        "opacity": 1.0 if lane.is_newest else 0.6,
        "line": {"width": 2.6 if lane.is_newest else 1.4, "dash": _DASHES[look]},
        "meta": {"name": f"dose {lane.name}", "colour": "drug"},
    }


def _minutes(index: pd.DatetimeIndex, start: datetime) -> list[float]:
    return [round((at - start).total_seconds() / 60, 2) for at in index.to_pydatetime()]


def _minute(at: datetime, start: datetime) -> float:
    return round((at - start).total_seconds() / 60, 2)


def _layout() -> dict[str, Any]:
    return {
        "autosize": True,
        "margin": {"l": 50, "r": 16, "t": 10, "b": 40},
        "hovermode": "closest",
        "hoverlabel": {"namelength": 30},
        "legend": {"orientation": "h", "y": 1.12},
        "uirevision": "kept",
        "font": {"family": "Inter, system-ui, sans-serif", "size": 12},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "xaxis": {
            "title": {"text": "minutes from the start"},
            "anchor": "y2",
            "zeroline": True,
            "autorangeoptions": {"include": [-15, 90]},
        },
        "yaxis": {
            "domain": [0.42, 1.0],
            "title": {"text": "systolic mmHg"},
            "autorangeoptions": {"include": [100, 150]},
            "zeroline": False,
            "fixedrange": True,
        },
        "yaxis2": {
            "domain": [0.0, 0.34],
            "title": {"text": "mg"},
            "autorangeoptions": {"include": [0, 35]},
            "zeroline": False,
            "fixedrange": True,
        },
    }
