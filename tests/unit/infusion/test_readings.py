"""What a reading shows, and for how long it may be believed."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infusion.configuration import Freshness
from infusion.readings import (
    CuffPressure,
    Reading,
    is_possible_cuff,
    newer,
    readings_in,
    state_of,
)
from infusion.stream import VitalsArrived
from tests.fixtures.clinic import START
from vocabulary.ids import BootId, DeviceId, WardId
from vocabulary.signals import SignalName
from vocabulary.states import InvalidReason, ReadingState

FRESHNESS = Freshness(late_after_s=3, stale_after_s=10)
CUFF = Freshness(late_after_s=720, stale_after_s=900)


def vitals(seconds: float = 0, **fields: object) -> VitalsArrived:
    at = START + timedelta(seconds=seconds)
    base = VitalsArrived(
        position=1,
        ward=WardId("north"),
        device=DeviceId("monitor-1"),
        boot=BootId("b1"),
        seq=0,
        device_time=at,
        observed_at=at,
        received_at=at,
    )
    return msgspec.structs.replace(base, **fields)


def reading(seconds: float = 0, **fields: object) -> Reading:
    return dict(readings_in(vitals(seconds, spo2=97.0, **fields)))[SignalName.SPO2]


@pytest.mark.parametrize(
    ("age_s", "state"),
    [
        (0, ReadingState.LIVE),
        (2.9, ReadingState.LIVE),
        (3, ReadingState.LATE),
        (9.9, ReadingState.LATE),
        (10, ReadingState.STALE),
        (86400, ReadingState.STALE),
    ],
)
def test_a_reading_is_live_then_late_then_stale(age_s: float, state: ReadingState) -> None:
    assert state_of(reading(), START + timedelta(seconds=age_s), FRESHNESS) is state


def test_nothing_read_yet_is_never_not_zero() -> None:
    assert state_of(None, START, FRESHNESS) is ReadingState.NEVER


def test_a_bad_reading_has_no_value_and_says_why() -> None:
    bad = reading(invalid={SignalName.SPO2: InvalidReason.SENSOR_OFF})
    assert bad.value is None
    assert bad.reason is InvalidReason.SENSOR_OFF
    assert state_of(bad, START, FRESHNESS) is ReadingState.INVALID


def test_a_bad_reading_of_a_silent_device_turns_stale() -> None:
    bad = reading(invalid={SignalName.SPO2: InvalidReason.SENSOR_OFF})
    assert state_of(bad, START + timedelta(seconds=10), FRESHNESS) is ReadingState.STALE


def test_a_late_reading_is_as_old_as_its_measurement() -> None:
    late = reading(0, received_at=START + timedelta(seconds=60), late=True)
    now = START + timedelta(seconds=60)
    assert late.fresh_since == START
    assert state_of(late, now, FRESHNESS) is ReadingState.STALE


def test_what_came_late_is_never_live_however_young_it_seems() -> None:
    young = reading(0, received_at=START + timedelta(seconds=1), late=True)
    assert state_of(young, START + timedelta(seconds=1), FRESHNESS) is ReadingState.LATE


@pytest.mark.parametrize(("way_s", "counts_from_s"), [(0.9, 0.9), (1.1, 0.0), (9.0, 0.0)])
def test_the_age_of_a_reading_counts_from_its_arrival_unless_it_was_under_way_for_long(
    way_s: float, counts_from_s: float
) -> None:
    arrived = START + timedelta(seconds=way_s)
    found = reading(0, received_at=arrived)
    assert found.fresh_since == START + timedelta(seconds=counts_from_s)
    assert state_of(found, arrived, FRESHNESS) is (
        ReadingState.LATE if way_s == 9.0 else ReadingState.LIVE
    )


def test_an_earlier_reading_never_replaces_a_later_one() -> None:
    early, late = reading(0), reading(5)
    assert newer(early, late) is late
    assert newer(late, early) is late


def test_an_absent_signal_is_not_a_reading() -> None:
    assert [name for name, _ in readings_in(vitals(spo2=97.0))] == [SignalName.SPO2]


def test_a_cuff_reading_is_as_old_as_its_inflation() -> None:
    inflated = START - timedelta(minutes=20)
    cuff = dict(readings_in(vitals(nibp_sys=138.0, nibp_dia=86.0, nibp_observed_at=inflated)))[
        SignalName.NIBP
    ]
    assert cuff.value == CuffPressure(sys=138, dia=86, map=None)
    assert state_of(cuff, START, CUFF) is ReadingState.STALE


def test_a_cuff_reading_that_is_sent_again_is_not_new() -> None:
    def sent(seconds: float) -> Reading:
        message = vitals(seconds, nibp_sys=138.0, nibp_dia=86.0, nibp_observed_at=START)
        return dict(readings_in(message))[SignalName.NIBP]

    first, again = sent(1), sent(60)
    assert newer(first, again) is first


@pytest.mark.parametrize(
    ("sys", "dia", "mean"),
    [
        (18.4, 11.5, 13.8),  # kPa
        (86, 138, None),  # swapped
        (120, 120, None),
        (120, 80, 130),
        (120, 80, 70),
        (0, 0, 0),
        (-1, -1, -1),
        (8388607, 80, None),
    ],
)
def test_impossible_cuff_pressures_are_no_reading(
    sys: float, dia: float, mean: float | None
) -> None:
    assert not is_possible_cuff(CuffPressure(sys=sys, dia=dia, map=mean))


def test_an_ordinary_cuff_pressure_is_possible() -> None:
    assert is_possible_cuff(CuffPressure(sys=138, dia=86, map=103))


@given(age_s=st.floats(0, 1e6), older_s=st.floats(0, 1e6))
def test_no_reading_grows_fresher_with_time(age_s: float, older_s: float) -> None:
    order = [ReadingState.LIVE, ReadingState.LATE, ReadingState.STALE]
    now = START + timedelta(seconds=age_s)
    later = now + timedelta(seconds=older_s)
    assert order.index(state_of(reading(), later, FRESHNESS)) >= order.index(
        state_of(reading(), now, FRESHNESS)
    )
