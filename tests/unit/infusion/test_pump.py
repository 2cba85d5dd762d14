"""What a pump delivered, and for how long, over pauses, counters and disorder."""

from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infusion.configuration import Freshness
from infusion.pump import Delivery, DeliveryPhase, first_delivery, reading_state, take_reading
from infusion.stream import PumpReadingArrived
from tests.fixtures.arrivals import pump_reading
from tests.fixtures.clinic import START
from vocabulary.ids import BootId, CounterId
from vocabulary.states import PumpState, ReadingState


def delivered(*readings: PumpReadingArrived) -> Delivery:
    delivery = first_delivery(readings[0])
    for reading in readings[1:]:
        delivery = take_reading(delivery, reading)
    return delivery


def test_what_the_counter_showed_before_does_not_count() -> None:
    delivery = delivered(pump_reading(0, volume_ml=12.25), pump_reading(60, volume_ml=12.75))
    assert delivery.volume_ml == pytest.approx(0.5)


def test_a_new_counter_counts_whole() -> None:
    delivery = delivered(
        pump_reading(0, volume_ml=0.0),
        pump_reading(60, volume_ml=5.0),
        pump_reading(120, volume_ml=1.5, counter=CounterId("c2")),
    )
    assert delivery.volume_ml == pytest.approx(6.5)


def test_the_titration_vector_of_33_833_ml_is_counted_to_the_microlitre() -> None:
    steps = [(0, 0.0), (1200, 35 / 3), (2700, 35 / 3 + 17.5), (3000, 35 / 3 + 17.5)]
    readings = [pump_reading(s, volume_ml=v) for s, v in steps]
    delivery = delivered(*readings, pump_reading(3600, volume_ml=35 / 3 + 17.5 + 28 / 6))
    assert delivery.volume_ml == pytest.approx(33.833333, abs=1e-6)


def test_delivered_does_not_depend_on_the_order_of_arrival() -> None:
    first = pump_reading(0, volume_ml=0.0)
    later = [
        pump_reading(10, volume_ml=1.0),
        pump_reading(20, volume_ml=2.0),
        pump_reading(30, volume_ml=0.5, counter=CounterId("c2")),
    ]
    totals = {round(delivered(first, *order).volume_ml, 9) for order in permutations(later)}
    assert totals == {2.5}


def test_an_impossible_volume_does_not_count() -> None:
    delivery = delivered(
        pump_reading(0, volume_ml=0.0),
        pump_reading(1, volume_ml=8388607.0, implausible=("volume",)),
        pump_reading(2, volume_ml=0.5),
    )
    assert delivery.volume_ml == pytest.approx(0.5)


def test_a_pause_stops_the_minutes_but_not_the_infusion() -> None:
    delivery = delivered(
        pump_reading(0),
        pump_reading(600),
        pump_reading(601, state=PumpState.PAUSED, rate_ml_h=0.0),
        pump_reading(840, state=PumpState.PAUSED, rate_ml_h=0.0),
        pump_reading(841),
        pump_reading(900),
    )
    assert delivery.phase is DeliveryPhase.RUNNING
    assert delivery.started_at == START
    assert delivery.running_s == pytest.approx(601 + 59)


def test_an_alarm_of_the_pump_interrupts_and_is_not_the_end() -> None:
    delivery = delivered(pump_reading(0), pump_reading(60, state=PumpState.ALARM, rate_ml_h=0.0))
    assert delivery.phase is DeliveryPhase.INTERRUPTED


@pytest.mark.parametrize(
    ("last", "phase"),
    [
        ({"state": PumpState.KVO, "rate_ml_h": 1.0}, DeliveryPhase.ENDED),
        (
            {"state": PumpState.STOPPED, "rate_ml_h": 0.0, "remaining_ml": 0.0},
            DeliveryPhase.ENDED,
        ),
        (
            {"state": PumpState.STOPPED, "rate_ml_h": 0.0, "remaining_ml": 4.0},
            DeliveryPhase.INTERRUPTED,
        ),
        ({"state": PumpState.INFUSING, "rate_ml_h": 0.0}, DeliveryPhase.RUNNING),
    ],
)
def test_how_an_infusion_goes_on(last: dict[str, object], phase: DeliveryPhase) -> None:
    assert delivered(pump_reading(0), pump_reading(60, **last)).phase is phase


def test_kvo_after_the_end_still_adds_to_the_volume() -> None:
    delivery = delivered(
        pump_reading(0, volume_ml=0.0),
        pump_reading(3600, volume_ml=35.0, state=PumpState.KVO, rate_ml_h=1.0),
        pump_reading(4200, volume_ml=35.17, state=PumpState.KVO, rate_ml_h=1.0),
    )
    assert delivery.volume_ml == pytest.approx(35.17)
    assert delivery.running_s == pytest.approx(3600)


def test_a_pump_in_standby_has_not_started() -> None:
    idle = pump_reading(0, state=PumpState.STANDBY, rate_ml_h=0.0)
    assert delivered(idle).phase is DeliveryPhase.NOT_STARTED


def test_the_next_infusion_on_a_new_counter_starts_from_nothing() -> None:
    delivery = delivered(
        pump_reading(0, volume_ml=0.0),
        pump_reading(3600, volume_ml=35.0, state=PumpState.KVO, rate_ml_h=1.0),
        pump_reading(
            9000, volume_ml=0.0, state=PumpState.STANDBY, rate_ml_h=0.0, counter=CounterId("c2")
        ),
        pump_reading(9600, volume_ml=0.1, counter=CounterId("c2")),
    )
    assert delivery.started_at == START + timedelta(seconds=9600)
    assert delivery.volume_ml == pytest.approx(0.1)


def test_minutes_count_on_between_readings_but_not_for_a_silent_pump() -> None:
    delivery = delivered(pump_reading(0), pump_reading(60))
    assert delivery.running_s_at(START + timedelta(seconds=65), 10) == pytest.approx(65)
    assert delivery.running_s_at(START + timedelta(hours=5), 10) == pytest.approx(70)


def test_time_switched_off_is_not_time_of_delivery() -> None:
    reboot = {"boot": BootId("p2"), "counter": CounterId("c2")}
    delivery = delivered(
        pump_reading(0), pump_reading(60, volume_ml=0.6), pump_reading(1800, **reboot)
    )
    assert delivery.running_s == pytest.approx(60)


def test_a_reboot_during_which_the_volume_rose_was_time_of_delivery() -> None:
    delivery = delivered(
        pump_reading(0),
        pump_reading(60, volume_ml=0.6),
        pump_reading(120, volume_ml=1.2, boot=BootId("p2")),
    )
    assert delivery.running_s == pytest.approx(120)


def test_a_late_reading_is_not_live() -> None:
    delivery = delivered(pump_reading(0, received_at=START + timedelta(minutes=5), late=True))
    freshness = Freshness(late_after_s=3, stale_after_s=10)
    now = START + timedelta(minutes=5)
    assert reading_state(delivery.last, now, freshness) is ReadingState.STALE


def test_a_late_reading_is_not_live_however_young_it_seems() -> None:
    delivery = delivered(pump_reading(0, late=True))
    freshness = Freshness(late_after_s=3, stale_after_s=10)
    assert reading_state(delivery.last, START, freshness) is ReadingState.LATE


@given(
    volumes=st.lists(st.floats(0, 100), min_size=1, max_size=30),
    order=st.randoms(use_true_random=False),
)
def test_delivered_never_falls_whatever_arrives(volumes: list[float], order: object) -> None:
    delivery = first_delivery(pump_reading(0, volume_ml=min(volumes)))
    total = delivery.volume_ml
    order.shuffle(volumes)  # type: ignore[attr-defined]  # hypothesis' own Random
    for second, volume in enumerate(volumes, start=1):
        delivery = take_reading(delivery, pump_reading(second, volume_ml=volume))
        assert delivery.volume_ml >= total
        total = delivery.volume_ml
    assert total == pytest.approx(max(volumes) - min(volumes))
