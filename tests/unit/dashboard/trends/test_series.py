"""Trends: gaps stay gaps, extremes stay, late numbers stand where they were measured."""

from datetime import timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.trends.series import (
    measured,
    step_for,
    with_gaps,
)
from infusion.association import Interval
from record.columns import to_micros
from record.store import TrendRow
from tests.fixtures.clinic import START

BEGIN = pd.Timestamp(START)
ALWAYS = [("monitor-1", Interval(since=START - timedelta(hours=1)))]


def row(second: float, **fields: Any) -> TrendRow:
    plain = TrendRow(
        at_us=to_micros(START + timedelta(seconds=second)),
        device="monitor-1",
        hr=70.0 + second % 5,
        spo2=97.0,
        rr=14.0,
        etco2=None,
        nibp_sys=None,
        nibp_dia=None,
        nibp_map=None,
        nibp_at_us=None,
        invalid=None,
    )
    return plain._replace(**fields)


def series(*points: tuple[float, float]) -> "pd.Series[float]":
    index = pd.DatetimeIndex([BEGIN + pd.Timedelta(seconds=at) for at, _ in points])
    return pd.Series([value for _, value in points], index=index)


def test_a_line_breaks_where_numbers_are_missing_and_nowhere_else() -> None:
    whole = series(*((second, 70.0) for second in range(20)))
    assert not with_gaps(whole, 10).isna().any()
    broken = pd.concat([whole, series(*((second, 71.0) for second in range(40, 60)))])
    drawn = with_gaps(broken, 10)
    assert drawn.isna().sum() == 1
    [at] = drawn.index[drawn.isna()]
    assert BEGIN + pd.Timedelta(seconds=19) < at < BEGIN + pd.Timedelta(seconds=40)


def test_thinning_apart_is_no_gap() -> None:
    hour = series(*((second, float(second % 7)) for second in range(3600)))
    assert not with_gaps(hour, 10, 30).isna().any()
    assert len(with_gaps(hour, 10, 30)) <= 2 * 120 + 2


def test_one_second_of_desaturation_stays_on_the_screen() -> None:
    points = [(float(second), 97.0) for second in range(3600)]
    points[1234] = (1234.0, 84.0)
    drawn = with_gaps(series(*points), 10, 10)
    assert drawn.min() == 84.0
    assert drawn.idxmin() == BEGIN + pd.Timedelta(seconds=1234)


@given(
    st.lists(st.floats(20, 250), min_size=1, max_size=400),
    st.sampled_from([2.0, 5.0, 10.0, 60.0]),
)
def test_the_extremes_of_every_step_stay(values: list[float], step_s: float) -> None:
    whole = series(*enumerate(values))
    drawn = with_gaps(whole, 10, step_s)
    assert drawn.max() == whole.max()
    assert drawn.min() == whole.min()
    assert drawn.iloc[0] == whole.iloc[0]
    assert drawn.iloc[-1] == whole.iloc[-1]
    assert len(drawn) <= 2 * (len(values) / step_s + 2) + 2
    assert set(drawn.index) <= set(whole.index)


def test_numbers_stand_at_their_time_of_measurement_in_whatever_order_they_came() -> None:
    rows = sorted([row(2), row(0), row(1)], key=lambda r: r.at_us)
    found = measured(rows, ALWAYS).continuous
    assert list(found["hr"]) == [70.0, 71.0, 72.0]
    assert found.index[0] == BEGIN


def test_a_number_that_the_device_calls_invalid_is_missing() -> None:
    rows = [row(0), row(1, spo2=0.0, invalid='{"spo2":"sensor_off"}'), row(2)]
    found = measured(rows, ALWAYS).continuous
    assert found["spo2"].isna().tolist() == [False, True, False]
    assert found["hr"].notna().all()


def test_what_a_device_said_while_it_was_anothers_is_not_drawn() -> None:
    ours = [("monitor-1", Interval(since=START, until=START + timedelta(seconds=2)))]
    found = measured([row(-1), row(0), row(1), row(2), row(0, device="monitor-2")], ours)
    assert list(found.continuous.index) == [BEGIN, BEGIN + pd.Timedelta(seconds=1)]


def test_a_cuff_reading_is_one_reading_at_its_own_time() -> None:
    cuff = {"nibp_sys": 138.0, "nibp_dia": 86.0, "nibp_map": 103.0}
    taken = to_micros(START + timedelta(seconds=3))
    rows = [
        row(4, **cuff, nibp_at_us=taken),
        row(5, **cuff, nibp_at_us=taken),
        row(6, nibp_sys=300.0, nibp_dia=200.0, invalid='{"nibp":"artifact"}'),
    ]
    found = measured(rows, ALWAYS).cuffs
    assert list(found.index) == [BEGIN + pd.Timedelta(seconds=3)]
    assert list(found["nibp_sys"]) == [138.0]


def test_nothing_measured_is_nothing_drawn() -> None:
    found = measured([], ALWAYS)
    assert found.continuous.empty
    assert found.cuffs.empty
    assert with_gaps(found.continuous["hr"], 10, 5).empty


@pytest.mark.parametrize(("minutes", "step_s"), [(5, 0.0), (60, 10.0), (120, 20.0)])
def test_a_step_is_as_long_as_the_screen_is_wide(minutes: int, step_s: float) -> None:
    assert step_for(BEGIN, BEGIN + pd.Timedelta(minutes=minutes)) == step_s
