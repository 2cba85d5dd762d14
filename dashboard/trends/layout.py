"""What a session's picture is made of, and where its parts stand: panels, axes, lines across."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any, Final

import pandas as pd

from dashboard.trends.marks import Mark, MarkKind
from infusion.configuration import Measure
from infusion.report.dose import SegmentLine
from vocabulary.signals import SignalName

_PANELS: Final = {
    "marks": (0.955, 1.0),
    "y": (0.66, 0.94),
    "y3": (0.43, 0.62),
    "y4": (0.235, 0.39),
    "y6": (0.0, 0.195),
}
_BASELINE: Final = {
    Measure.HR: ("y", "hr"),
    Measure.SPO2: ("y2", "spo2"),
    Measure.NIBP_SYS: ("y3", "nibp"),
    Measure.NIBP_DIA: ("y3", "nibp"),
    Measure.RR: ("y4", "resp"),
    Measure.ETCO2: ("y5", "resp"),
}


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn: series by signal (gaps in them), cuffs, rate and dose, marks, baseline.

    `begins`, `ends`: of the time axis. `ordered_mg`: the line that the dose runs to.
    """

    zone: tzinfo
    begins: datetime
    ends: datetime
    signals: Mapping[SignalName, "pd.Series[float]"]
    cuffs: pd.DataFrame
    segments: Sequence[SegmentLine]
    marks: Sequence[Mark]
    baseline: Mapping[Measure, float]
    ordered_mg: Decimal | None = None


def time_of(at: datetime, zone: tzinfo) -> str:
    """A moment as the clinic's clock shows it, for a time axis."""
    return f"{at.astimezone(zone):%Y-%m-%dT%H:%M:%S.%f}"[:-3]


def layout_of(picture: Picture) -> dict[str, Any]:
    """Axes, panels, baselines and the lines of rate changes."""
    begins, ends = (time_of(at, picture.zone) for at in (picture.begins, picture.ends))
    return {
        "autosize": True,
        "margin": {"l": 46, "r": 46, "t": 8, "b": 30},
        "showlegend": False,
        "hovermode": "x unified",
        "hoverlabel": {"namelength": 20},
        "uirevision": "kept",
        "bargap": 0,
        "dragmode": "zoom",
        "font": {"family": "Inter, system-ui, sans-serif", "size": 12},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "xaxis": {
            "type": "date",
            "range": [begins, ends],
            "anchor": "y6",
            "domain": [0, 1],
            "tickformat": "%H:%M",
            "hoverformat": "%H:%M:%S",
            "showgrid": True,
            "zeroline": False,
        },
        **_axes(),
        "shapes": _shapes(picture),
    }


def _axes() -> dict[str, Any]:
    def left(domain: str, title: str, lowest: float, highest: float) -> dict[str, Any]:
        return {
            "domain": list(_PANELS[domain]),
            "title": {"text": title, "standoff": 2},
            "autorangeoptions": {"include": [lowest, highest]},
            "zeroline": False,
            "nticks": 5,
            "fixedrange": True,
        }

    def right(over: str, title: str, lowest: float, highest: float) -> dict[str, Any]:
        return {
            "overlaying": over,
            "side": "right",
            "tickmode": "auto",
            "title": {"text": title, "standoff": 2},
            "autorangeoptions": {"include": [lowest, highest]},
            "showgrid": False,
            "zeroline": False,
            "nticks": 4,
            "fixedrange": True,
        }

    return {
        "yaxis": left("y", "HR /min", 50, 110),
        "yaxis2": right("y", "SpO2 %", 85, 100),
        "yaxis3": left("y3", "BP mmHg", 60, 150),
        "yaxis4": left("y4", "RR /min", 5, 25),
        "yaxis5": right("y4", "EtCO2 mmHg", 20, 50),
        "yaxis6": left("y6", "mL/h", 0, 40),
        "yaxis7": right("y6", "mg", 0, 35),
        "yaxis8": {
            "domain": list(_PANELS["marks"]),
            "visible": False,
            "range": [-1, 1],
            "fixedrange": True,
        },
    }


def _shapes(picture: Picture) -> list[dict[str, Any]]:
    """Baselines across, and a thin line down from each change of the rate."""
    found: list[dict[str, Any]] = [
        {
            "type": "line",
            "xref": "x domain",
            "x0": 0,
            "x1": 1,
            "yref": axis,
            "y0": picture.baseline[measure],
            "y1": picture.baseline[measure],
            "line": {"width": 1, "dash": "longdash"},
            "opacity": 0.7,
            "name": f"baseline {measure.value}",
            "colour": colour,
        }
        for measure, (axis, colour) in _BASELINE.items()
        if measure in picture.baseline
    ]
    found += [
        {
            "type": "line",
            "xref": "x",
            "x0": time_of(mark.at, picture.zone),
            "x1": time_of(mark.at, picture.zone),
            "yref": "paper",
            "y0": 0,
            "y1": 0.95,
            "line": {"width": 1, "dash": "dot"},
            "opacity": 0.45,
            "name": mark.text,
            "colour": "text",
        }
        for mark in picture.marks
        if mark.kind in (MarkKind.RATE, MarkKind.PAUSE)
    ]
    return found
