"""Numbers over time, for a screen: gaps stay gaps, extremes stay when points are thinned.

Pure. Times are pandas timestamps in UTC; every series is indexed by time of measurement.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from infusion.association import Interval
from record.trends import TrendRow
from vocabulary.signals import SignalName

CONTINUOUS: Final = (SignalName.HR, SignalName.SPO2, SignalName.RR, SignalName.ETCO2)
BUCKETS: Final = 360
"""Of each the lowest and the highest number is kept: at most 720 points, a screen's width."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a session's monitors measured: a column for each signal, and the cuff's three numbers.

    A number that a device called invalid is missing.
    """

    continuous: pd.DataFrame
    cuffs: pd.DataFrame


def measured(rows: Sequence[TrendRow], owned: Iterable[tuple[str, Interval]]) -> Measured:
    """The numbers of rows, each as long as its device was the session's."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(TrendRow._fields)
    held = dict(zip(TrendRow._fields, columns, strict=True))
    invalid = held.pop("invalid")
    frame = pd.DataFrame(
        {
            name: np.array(values, dtype="object" if name == "device" else "float64")
            for name, values in held.items()
            if name != "at_us"
        }
    )
    frame["at"] = pd.to_datetime(np.array(held["at_us"], dtype="int64"), unit="us", utc=True)
    if any(invalid):
        _drop_invalid(frame, invalid)
    frame = frame[_is_owned(frame, owned)]
    continuous = frame.set_index("at")[[signal.value for signal in CONTINUOUS]]
    return Measured(continuous[~continuous.index.duplicated(keep="last")], _cuffs(frame))


def _drop_invalid(frame: pd.DataFrame, invalid: Sequence[str | None]) -> None:
    """Take out the numbers that a device called invalid."""
    for signal in (*CONTINUOUS, SignalName.NIBP):
        name = f'"{signal.value}"'
        is_invalid = np.array([text is not None and name in text for text in invalid])
        columns = ["nibp_sys", "nibp_dia"] if signal is SignalName.NIBP else [signal.value]
        frame.loc[is_invalid, columns] = np.nan


def _is_owned(frame: pd.DataFrame, owned: Iterable[tuple[str, Interval]]) -> "pd.Series[bool]":
    ours = pd.Series(data=False, index=frame.index)
    for device, interval in owned:  # a device is the session's for an interval or two
        is_within = (frame["device"] == device) & (frame["at"] >= interval.since)
        if interval.until is not None:
            is_within &= frame["at"] < interval.until
        ours |= is_within
    return ours


def _cuffs(frame: pd.DataFrame) -> pd.DataFrame:
    """Spot readings at the time they were taken, each once."""
    found = frame[frame["nibp_sys"].notna() & frame["nibp_dia"].notna()]
    taken = pd.to_datetime(found["nibp_at_us"].round(), unit="us", utc=True)
    at = pd.DatetimeIndex(taken.fillna(found["at"]))
    cuffs = found[["nibp_sys", "nibp_dia", "nibp_map"]].set_index(at)
    cuffs.index.name = "at"
    return cuffs[~cuffs.index.duplicated(keep="first")].sort_index()


def with_gaps(series: "pd.Series[float]", gap_s: float, step_s: float = 0.0) -> "pd.Series[float]":
    """`series` thinned to the lowest and the highest number of each `step_s` (0: not at all).

    Between numbers that are more than `gap_s` apart stands a missing one, so that no line is
    drawn there; never between two that were only thinned apart.
    """
    values = series.to_numpy(dtype="float64")
    moments = pd.DatetimeIndex(series.index).as_unit("ns").asi8
    is_known = ~np.isnan(values)
    values, moments = values[is_known], moments[is_known]
    if not values.size:
        return series[is_known]
    stretch = np.concatenate([[0], np.cumsum(np.diff(moments) > gap_s * 1e9)])
    if step_s > 0:
        kept = _extremes(values, stretch, moments // int(step_s * 1e9))
        values, moments, stretch = values[kept], moments[kept], stretch[kept]
    begins = np.flatnonzero(np.diff(stretch)) + 1
    values = np.insert(values, begins, np.nan)
    moments = np.insert(moments, begins, moments[begins] - 1_000_000)
    index = pd.DatetimeIndex(moments.astype("datetime64[ns]")).tz_localize("UTC")
    return pd.Series(values, index=index)


def _extremes(
    values: "npt.NDArray[np.floating[Any]]",
    stretch: "npt.NDArray[np.int64]",
    bucket: "npt.NDArray[np.int64]",
) -> "npt.NDArray[np.int64]":
    """The places of the lowest and highest of each step, and of the ends of each stretch."""
    is_new = np.concatenate([[True], (np.diff(bucket) != 0) | (np.diff(stretch) != 0)])
    begins = np.flatnonzero(is_new)
    group = np.cumsum(is_new) - 1
    kept = [np.flatnonzero(np.concatenate([[True], np.diff(stretch) != 0]))]
    kept.append(np.append(kept[0][1:] - 1, values.size - 1))
    for extreme in (np.minimum, np.maximum):
        found = np.flatnonzero(values == extreme.reduceat(values, begins)[group])
        _, first = np.unique(group[found], return_index=True)
        kept.append(found[first])
    return np.unique(np.concatenate(kept))


def step_for(begins: pd.Timestamp, ends: pd.Timestamp, buckets: int = BUCKETS) -> float:
    """Into how many seconds a time is cut, so that it has at most `buckets`; 0: as it is."""
    seconds = (ends - begins).total_seconds()
    return 0.0 if seconds <= buckets * 2 else float(-(-seconds // buckets))
