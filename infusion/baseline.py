"""The baseline before the start, how far numbers are from it, and the pressure that holds it.

A baseline is the median of at least two readings, frozen, and never taken anew in silence.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median

import msgspec

from infusion.configuration import BaselineRules, HoldRules, Measure
from vocabulary.ids import DeviceId


class BaselineReading(msgspec.Struct, frozen=True, kw_only=True):
    """One number before the start, in the unit of its signal. `device`: None if typed."""

    measure: Measure
    value: float
    observed_at: datetime
    device: DeviceId | None = None


class BaselineValue(msgspec.Struct, frozen=True, kw_only=True):
    """The median of the readings of one measure, and how many there were."""

    measure: Measure
    value: float
    readings: int


class CuffPressure(msgspec.Struct, frozen=True, kw_only=True):
    """One cuff reading, mmHg. `device`: None if typed."""

    sys: float
    dia: float
    observed_at: datetime
    device: DeviceId | None = None


class Delta(msgspec.Struct, frozen=True, kw_only=True):
    """How far a number is from its baseline, in its unit and in percent of the baseline."""

    absolute: float
    percent: float


_CUFF = frozenset({Measure.NIBP_SYS, Measure.NIBP_DIA, Measure.NIBP_MAP})


def usable_readings(
    readings: Iterable[BaselineReading], until: datetime, rules: BaselineRules
) -> tuple[BaselineReading, ...]:
    """The readings of the window that ends at `until`, in order of time.

    Of cuff readings closer together than the rules allow only the first counts.
    """
    since = until - timedelta(seconds=rules.window_s)
    apart = timedelta(seconds=rules.cuff_apart_s)
    kept: list[BaselineReading] = []
    last: dict[Measure, datetime] = {}
    for reading in sorted(readings, key=lambda r: (r.observed_at, r.measure.value)):
        measure, at = reading.measure, reading.observed_at
        if not since <= at <= until:
            continue
        if measure in last and (
            at == last[measure] or (measure in _CUFF and at < last[measure] + apart)
        ):
            continue
        last[measure] = at
        kept.append(reading)
    return tuple(kept)


def medians(readings: Iterable[BaselineReading]) -> tuple[BaselineValue, ...]:
    """The median of each measure, in the order of `Measure`."""
    values: dict[Measure, list[float]] = {}
    for reading in readings:
        values.setdefault(reading.measure, []).append(reading.value)
    return tuple(
        BaselineValue(measure=measure, value=median(values[measure]), readings=len(values[measure]))
        for measure in Measure
        if measure in values
    )


def missing_readings(
    readings: Iterable[BaselineReading], rules: BaselineRules
) -> dict[Measure, int]:
    """How many readings of each required measure are still missing."""
    counted = {value.measure: value.readings for value in medians(readings)}
    lacking = {m: rules.readings - counted.get(m, 0) for m in rules.required}
    return {measure: count for measure, count in lacking.items() if count > 0}


def deltas(
    baseline: Sequence[BaselineValue], current: Mapping[Measure, float]
) -> dict[Measure, Delta]:
    """How far each current number is from its baseline; measures without one are left out."""
    found = {}
    for value in baseline:
        now = current.get(value.measure)
        if now is not None and value.value != 0:
            absolute = now - value.value
            found[value.measure] = Delta(absolute=absolute, percent=100 * absolute / value.value)
    return found


def is_over(pressure: CuffPressure, rules: HoldRules) -> bool:
    """Whether a pressure is above either limit."""
    return pressure.sys > rules.above_sys or pressure.dia > rules.above_dia


def holding_readings(
    pressures: Iterable[CuffPressure], rules: HoldRules
) -> tuple[CuffPressure, ...]:
    """The first readings in a row that hold the start; empty if none do."""
    apart = timedelta(seconds=rules.apart_s)
    row: list[CuffPressure] = []
    for pressure in sorted(pressures, key=lambda p: p.observed_at):
        if not is_over(pressure, rules):
            row = []
        elif not row or pressure.observed_at >= row[-1].observed_at + apart:
            row.append(pressure)
        if len(row) >= rules.readings:
            return tuple(row)
    return ()
