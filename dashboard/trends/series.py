"""Numbers over time, for a screen: gaps stay gaps, extremes stay when points are thinned.

Pure. Times are pandas timestamps in UTC; every series is indexed by time of measurement.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from infusion.association import Interval
from record.columns import to_micros
from record.trends import TrendColumns, TrendRow
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
    columns = zip(*rows, strict=True) if rows else ((),) * len(TrendRow._fields)
    return measured_of(TrendColumns(*columns), owned)


def measured_of(columns: TrendColumns, owned: Iterable[tuple[str, Interval]]) -> Measured:
    """The same from the columns of rows."""
    at_us = np.array(columns.at_us, dtype="int64")
    numbers = {name: np.array(getattr(columns, name), dtype="float64") for name in _NUMBERS}
    _drop_invalid(numbers, columns.invalid)
    ours = _is_owned(np.array(columns.device, dtype="object"), at_us, owned)
    if not ours.all():
        at_us = at_us[ours]
        numbers = {name: values[ours] for name, values in numbers.items()}
    at = pd.DatetimeIndex(pd.to_datetime(at_us, unit="us", utc=True), name="at")
    continuous = pd.DataFrame({name.value: numbers[name.value] for name in CONTINUOUS}, index=at)
    return Measured(continuous[~at.duplicated(keep="last")], _cuffs(numbers, at))


_Numbers: TypeAlias = "dict[str, npt.NDArray[np.floating[Any]]]"
_CUFF: Final = ("nibp_sys", "nibp_dia", "nibp_map")
_NUMBERS: Final = (*(signal.value for signal in CONTINUOUS), *_CUFF, "nibp_at_us")


def _drop_invalid(numbers: _Numbers, invalid: Sequence[str | None]) -> None:
    """Take out the numbers that a device called invalid."""
    told = [(place, text) for place, text in enumerate(invalid) if text is not None]
    for signal in (*CONTINUOUS, SignalName.NIBP):
        name = f'"{signal.value}"'
        places = [place for place, text in told if name in text]
        columns = _CUFF[:2] if signal is SignalName.NIBP else (signal.value,)
        for column in columns if places else ():
            numbers[column][places] = np.nan


def _is_owned(
    device: "npt.NDArray[np.object_]",
    at_us: "npt.NDArray[np.int64]",
    owned: Iterable[tuple[str, Interval]],
) -> "npt.NDArray[np.bool_]":
    ours = np.zeros(at_us.shape, dtype=bool)
    for name, interval in owned:  # a device is the session's for an interval or two
        is_within = (device == name) & (at_us >= to_micros(interval.since))
        if interval.until is not None:
            is_within &= at_us < to_micros(interval.until)
        ours |= is_within
    return ours


def _cuffs(numbers: _Numbers, at: pd.DatetimeIndex) -> pd.DataFrame:
    """Spot readings at the time they were taken, each once."""
    found = ~np.isnan(numbers["nibp_sys"]) & ~np.isnan(numbers["nibp_dia"])
    taken = pd.Series(pd.to_datetime(np.round(numbers["nibp_at_us"][found]), unit="us", utc=True))
    times = pd.DatetimeIndex(taken.fillna(pd.Series(at[found])), name="at")
    cuffs = pd.DataFrame({name: numbers[name][found] for name in _CUFF}, index=times)
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
