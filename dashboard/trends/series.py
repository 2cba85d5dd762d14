"""Numbers over time, for a screen: gaps stay gaps, extremes stay when points are thinned.

Pure. Times are pandas timestamps in UTC; every series is indexed by time of measurement.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from infusion.association import Interval
from record.reading import TrendRow
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
    frame = pd.DataFrame.from_records(rows, columns=list(TrendRow._fields))
    frame["at"] = pd.to_datetime(frame["at_us"], unit="us", utc=True)
    frame = frame[_is_owned(frame, owned)]
    told = frame["invalid"].notna()
    for signal in (*CONTINUOUS, SignalName.NIBP):
        columns = [signal.value] if signal is not SignalName.NIBP else ["nibp_sys", "nibp_dia"]
        is_invalid = told & frame["invalid"].str.contains(f'"{signal.value}"', regex=False)
        frame.loc[is_invalid.fillna(value=False), columns] = np.nan
    continuous = frame.set_index("at")[[signal.value for signal in CONTINUOUS]].astype("float64")
    return Measured(continuous[~continuous.index.duplicated(keep="last")], _cuffs(frame))


def _is_owned(frame: pd.DataFrame, owned: Iterable[tuple[str, Interval]]) -> "pd.Series[bool]":
    ours = pd.Series(data=False, index=frame.index)
    for device, interval in owned:
        is_within = (frame["device"] == device) & (frame["at"] >= interval.since)
        if interval.until is not None:
            is_within &= frame["at"] < interval.until
        ours |= is_within
    return ours


def _cuffs(frame: pd.DataFrame) -> pd.DataFrame:
    """Spot readings at the time they were taken, each once."""
    found = frame[frame["nibp_sys"].notna() & frame["nibp_dia"].notna()]
    at = pd.to_datetime(found["nibp_at_us"].fillna(found["at_us"]), unit="us", utc=True)
    cuffs = found[["nibp_sys", "nibp_dia", "nibp_map"]].astype("float64").set_index(at)
    cuffs.index.name = "at"
    return cuffs[~cuffs.index.duplicated(keep="first")].sort_index()


def with_gaps(series: "pd.Series[float]", gap_s: float, step_s: float = 0.0) -> "pd.Series[float]":
    """`series` thinned to the lowest and the highest number of each `step_s` (0: not at all).

    Between numbers that are more than `gap_s` apart stands a missing one, so that no line is
    drawn there; never between two that were only thinned apart.
    """
    known = series.dropna()
    if known.empty:
        return known
    stretch = (known.index.to_series().diff().dt.total_seconds() > gap_s).cumsum()
    kept = _extremes(known, stretch, step_s) if step_s > 0 else known
    kept_stretch = stretch.loc[kept.index]
    begins = kept_stretch.index[kept_stretch.diff() > 0]
    if begins.empty:
        return kept
    breaks = pd.Series(np.nan, index=begins - pd.Timedelta(milliseconds=1))
    return pd.concat([kept, breaks]).sort_index()


def _extremes(
    known: "pd.Series[float]", stretch: "pd.Series[int]", step_s: float
) -> "pd.Series[float]":
    """The lowest and the highest of each step, and the first and last of each stretch."""
    moments = pd.DatetimeIndex(known.index).as_unit("ns").asi8
    bucket = moments // int(step_s * 1e9)
    places = pd.DataFrame(
        {"value": known.to_numpy(), "stretch": stretch.to_numpy(), "bucket": bucket}
    )
    groups = places.groupby(["stretch", "bucket"], sort=False)["value"]
    ends = places.groupby("stretch", sort=False)["value"]
    wanted = {*groups.idxmin(), *groups.idxmax()}
    wanted |= {group[0] for group in ends.indices.values()}
    wanted |= {group[-1] for group in ends.indices.values()}
    return known.iloc[sorted(wanted)]


def step_for(begins: pd.Timestamp, ends: pd.Timestamp, buckets: int = BUCKETS) -> float:
    """Into how many seconds a time is cut, so that it has at most `buckets`; 0: as it is."""
    seconds = (ends - begins).total_seconds()
    return 0.0 if seconds <= buckets * 2 else float(-(-seconds // buckets))


def resampled(series: "pd.Series[float]", step_s: int) -> "pd.Series[float]":
    """Medians of whole steps from the first number on; missing where a step has none."""
    return series.resample(pd.Timedelta(seconds=step_s), origin="start").median()


def coverage_percent(
    series: "pd.Series[float]", begins: pd.Timestamp, ends: pd.Timestamp, gap_s: float
) -> float | None:
    """How much of a time has numbers, %: each holds until the next, at most `gap_s`.

    None for no time at all.
    """
    whole_s = (ends - begins).total_seconds()
    if whole_s <= 0:
        return None
    known = series.dropna()
    known = known[(known.index >= begins) & (known.index < ends)]
    if known.empty:
        return 0.0
    moments = pd.DatetimeIndex([*known.index, ends]).as_unit("ns").asi8
    held_s = (np.diff(moments) / 1e9).clip(max=gap_s)
    return min(100.0, 100.0 * float(held_s.sum()) / whole_s)
