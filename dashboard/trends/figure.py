"""The picture of a session, as Plotly draws it: the one place that makes figures.

Built as plain data, not as plotly objects: those cost more than the rest of the page. Colours are
names of signals; the page's script turns them into those of its theme.
"""

from collections.abc import Iterable, Sequence
from datetime import tzinfo
from typing import Any, Final

import numpy as np
import pandas as pd

from dashboard.trends.dose import dose_steps
from dashboard.trends.layout import Picture, layout_of, time_of
from dashboard.trends.marks import Mark, MarkKind
from infusion.report.dose import SegmentLine
from vocabulary.signals import SIGNALS, SignalName

CONFIG: Final[dict[str, Any]] = {
    # plotly.js 4 offers to send a figure to a server of its makers: patients' data
    "showSendToCloud": False,
    "plotlyServerURL": "",
    "displaylogo": False,
    "modeBarButtonsToRemove": ["sendChartToCloud", "lasso2d", "select2d", "autoScale2d"],
    "responsive": True,
    "scrollZoom": False,
}
"""What every graph is drawn with."""

_SIGNAL_AXIS: Final = {
    SignalName.HR: "y",
    SignalName.SPO2: "y2",
    SignalName.RR: "y4",
    SignalName.ETCO2: "y5",
}
_COLOUR: Final = {
    SignalName.HR: "hr",
    SignalName.SPO2: "spo2",
    SignalName.RR: "resp",
    SignalName.ETCO2: "resp",
}
_SYMBOLS: Final = {
    MarkKind.RATE: "triangle-up",
    MarkKind.PAUSE: "square",
    MarkKind.ORDER: "diamond",
    MarkKind.OBSERVATION: "circle",
    MarkKind.INTERVENTION: "cross",
    MarkKind.ALARM: "star",
    MarkKind.NOTE: "circle-open",
    MarkKind.LATE: "hourglass-open",
}
SIGNS: Final = {
    MarkKind.ALARM: "★",
    MarkKind.OBSERVATION: "●",
    MarkKind.INTERVENTION: "✚",
    MarkKind.RATE: "▲",
    MarkKind.PAUSE: "■",
    MarkKind.ORDER: "◆",
    MarkKind.NOTE: "○",
    MarkKind.LATE: "hourglass:",
}
"""The same shapes for the key below a trend, as signs that every machine has."""
_CUFF_WIDTH_MS: Final = 45_000


def figure_of(picture: Picture) -> dict[str, Any]:
    """The whole figure: `data` and `layout`."""
    return {
        "data": [*traces_of(picture).values()],
        "layout": layout_of(picture),
    }


def traces_of(picture: Picture) -> dict[str, dict[str, Any]]:
    """The traces by name, in the order they are drawn; each says which it is in `meta`."""
    zone = picture.zone
    traces = {
        signal.value: _line(signal, picture.signals.get(signal), zone) for signal in _SIGNAL_AXIS
    }
    traces |= _cuff_traces(picture.cuffs, zone)
    traces |= _dose_traces(picture)
    traces["marks"] = _mark_trace(picture.marks, zone)
    for name, trace in traces.items():
        trace["meta"] = {"name": name, "colour": trace.pop("colour")}
    return traces


def times_of(index: pd.DatetimeIndex, zone: tzinfo) -> list[str]:
    """Moments as the clinic's clock shows them, for a time axis."""
    local = index.tz_convert(zone).tz_localize(None)
    return [str(text) for text in np.datetime_as_string(local.to_numpy(), unit="ms")]


def numbers_of(series: "pd.Series[float]") -> list[float | None]:
    """Numbers for JSON; a missing one is None, which breaks a line."""
    return [None if value != value else value for value in series.tolist()]  # noqa: PLR0124 - NaN


def _line(signal: SignalName, series: "pd.Series[float] | None", zone: tzinfo) -> dict[str, Any]:
    words = SIGNALS[signal]
    empty = series is None or series.empty
    return {
        "type": "scatter",
        "mode": "lines",
        "name": f"{words.label} {words.shown_unit}",
        "x": [] if series is None or empty else times_of(pd.DatetimeIndex(series.index), zone),
        "y": [] if series is None or empty else numbers_of(series),
        "yaxis": _SIGNAL_AXIS[signal],
        "connectgaps": False,
        "line": {"width": 1.6, "dash": "dot" if signal is SignalName.ETCO2 else "solid"},
        "hovertemplate": "%{y:.0f} " + words.shown_unit,
        "colour": _COLOUR[signal],
    }


def _cuff_traces(cuffs: pd.DataFrame, zone: tzinfo) -> dict[str, dict[str, Any]]:
    x = times_of(pd.DatetimeIndex(cuffs.index), zone) if len(cuffs) else []
    low, high = cuffs["nibp_dia"], cuffs["nibp_sys"]
    text = [f"{s:.0f}/{d:.0f}" for s, d in zip(high, low, strict=True)]
    mean = cuffs["nibp_map"].dropna()
    mean_x = times_of(pd.DatetimeIndex(mean.index), zone) if len(mean) else []
    return {
        "nibp": {
            "type": "bar",
            "name": "BP mmHg",
            "x": x,
            "base": numbers_of(low),
            "y": numbers_of(high - low),
            "width": _CUFF_WIDTH_MS,
            "text": text,
            "textposition": "none",
            "hovertemplate": "%{text} mmHg",
            "yaxis": "y3",
            "marker": {"opacity": 0.75},
            "colour": "nibp",
        },
        "map": {
            "type": "scatter",
            "mode": "markers",
            "name": "mean mmHg",
            "x": mean_x,
            "y": numbers_of(mean),
            "yaxis": "y3",
            "marker": {"symbol": "line-ew-open", "size": 13, "line": {"width": 3}},
            "hovertemplate": "mean %{y:.0f}",
            "colour": "mean",
        },
    }


def _dose_traces(picture: Picture) -> dict[str, dict[str, Any]]:
    rate_x, rate_y = rate_steps(picture.segments, picture.zone)
    dose = list(dose_steps(picture.segments))
    ordered = picture.ordered_mg
    spans = [time_of(at, picture.zone) for at in (picture.begins, picture.ends)]
    return {
        "rate": {
            "type": "scatter",
            "mode": "lines",
            "name": "rate mL/h",
            "x": rate_x,
            "y": rate_y,
            "line": {"shape": "hv", "width": 2},
            "yaxis": "y6",
            "connectgaps": False,
            "hovertemplate": "%{y:.1f} mL/h",
            "colour": "drug",
        },
        "dose": {
            "type": "scatter",
            "mode": "lines",
            "name": "given mg",
            "x": [time_of(at, picture.zone) for at, _ in dose],
            "y": [mg for _, mg in dose],
            "line": {"width": 2, "dash": "dash"},
            "yaxis": "y7",
            "hovertemplate": "%{y:.2f} mg",
            "colour": "drug",
        },
        "ordered": {
            "type": "scatter",
            "mode": "lines",
            "name": "ordered mg",
            "x": [] if ordered is None else spans,
            "y": [] if ordered is None else [float(ordered)] * 2,
            "line": {"width": 1, "dash": "dot"},
            "yaxis": "y7",
            "hovertemplate": "ordered %{y:.2f} mg",
            "colour": "text",
        },
    }


def rate_steps(
    segments: Iterable[SegmentLine], zone: tzinfo
) -> tuple[list[str], list[float | None]]:
    """The rate over time: 0 while nothing flows between two stretches, a gap where unknown."""
    x: list[str] = []
    y: list[float | None] = []
    last: SegmentLine | None = None
    for line in segments:
        if last is not None and last.ends < line.begins:
            x += [time_of(last.ends, zone), time_of(line.begins, zone)]
            y += [0.0, 0.0]
        rate = None if line.rate_ml_h is None else float(line.rate_ml_h)
        x += [time_of(line.begins, zone), time_of(line.ends, zone)]
        y += [rate, rate]
        last = line
    if last is not None and not last.is_open:
        x.append(time_of(last.ends, zone))
        y.append(0.0)
    return x, y


def _mark_trace(marks: Sequence[Mark], zone: tzinfo) -> dict[str, Any]:
    shown = sorted(marks, key=lambda mark: mark.at)
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "events",
        "x": [time_of(mark.at, zone) for mark in shown],
        "y": [0] * len(shown),
        "text": [mark.text for mark in shown],
        "customdata": [mark.kind.value for mark in shown],
        "yaxis": "y8",
        "marker": {
            "size": 11,
            "symbol": [_SYMBOLS[mark.kind] for mark in shown],
        },
        "hovertemplate": "%{text}",
        "cliponaxis": False,
        "colour": "text",
    }
