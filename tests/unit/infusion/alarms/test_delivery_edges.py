"""Exactly on a limit of the drug and its pump, and where a limit does not hold at all."""

import msgspec
import pytest

from infusion.alarms.situation import DoseNow, OrderFacts
from tests.fixtures.alarmed import ORDER, AlarmedBed, situation
from vocabulary.alarms import AlarmCode, AlarmPriority, DeviceAlarmCode
from vocabulary.states import SessionState

MEDIUM, HIGH = AlarmPriority.MEDIUM, AlarmPriority.HIGH
FIFTY = msgspec.structs.replace(ORDER, rate_ml_h=50.0, weight_kg=50.0, most_ml_h=None)


def pumped(seconds: int, order: OrderFacts = FIFTY, **fields: object) -> AlarmedBed:
    bed = AlarmedBed(situation(order=order))
    for _ in range(seconds):
        bed.run(1).pump(**{"weight_kg": 50.0, **fields})
    return bed


def test_a_rate_2_percent_off_is_the_ordered_one() -> None:
    assert pumped(130, rate_ml_h=51.0).events == []
    assert pumped(130, rate_ml_h=49.0).events == []
    assert pumped(130, rate_ml_h=51.1).texts() == ["!! rate 51.1, ordered 50 mL/h"]


@pytest.mark.parametrize("rate", [250.0, 10.0])
def test_five_times_or_a_fifth_is_a_slipped_decimal_point(rate: float) -> None:
    assert pumped(1, rate_ml_h=rate).alarm(AlarmCode.RATE_WRONG).priority is HIGH


@pytest.mark.parametrize("rate", [249.0, 10.1])
def test_a_little_less_is_another_rate(rate: float) -> None:
    assert pumped(100, rate_ml_h=rate).events == []


def test_on_the_hard_limit_of_the_rate_is_within() -> None:
    order = msgspec.structs.replace(FIFTY, most_ml_h=50.0)
    assert pumped(5, order, rate_ml_h=50.0).events == []
    assert pumped(1, order, rate_ml_h=50.1).alarm(AlarmCode.RATE_WRONG).priority is HIGH


def test_a_weight_2_percent_off_is_the_ordered_one() -> None:
    assert pumped(5, rate_ml_h=50.0, weight_kg=51.0).events == []
    assert pumped(5, rate_ml_h=50.0, weight_kg=51.1).alarm(AlarmCode.PUMP_SETUP_WRONG)


def test_a_dose_rate_that_no_pump_can_show_is_not_compared() -> None:
    fields = {"dose_rate_mg_kg_h": 99.0, "implausible": ("dose_rate",)}
    assert pumped(20, rate_ml_h=50.0, **fields).events == []


@pytest.mark.parametrize(
    ("rate", "reported", "is_told"),
    [(50.0, 1.015, True), (50.0, 1.005, False), (5.0, 0.105, True), (5.0, 0.101, False)],
)
def test_the_dose_rate_is_told_beyond_a_hundredth_or_beyond_2_percent(
    rate: float, reported: float, is_told: bool
) -> None:
    order = msgspec.structs.replace(FIFTY, rate_ml_h=rate)
    bed = pumped(11, order, rate_ml_h=rate, dose_rate_mg_kg_h=reported)
    assert bool(bed.raised()) is is_told


@pytest.mark.parametrize(
    ("mg", "order", "is_end"),
    [
        (33.25, ORDER, True),
        (33.2, ORDER, False),
        (33.25, msgspec.structs.replace(ORDER, ordered_mg=None), False),
        (33.25, None, False),
    ],
)
def test_an_empty_syringe_is_the_end_from_95_percent_of_an_order_on(
    mg: float, order: OrderFacts | None, is_end: bool
) -> None:
    bed = AlarmedBed(situation(order=order)).pump(dose=DoseNow(given_mg=mg, running_s=3400))
    bed.device_alarm(DeviceAlarmCode.EMPTY)
    code = AlarmCode.INFUSION_ENDING if is_end else AlarmCode.DELIVERY_STOPPED
    assert code in {alarm.code for alarm in bed.state.alarms.values()}


def test_without_a_hard_limit_of_the_time_none_is_passed() -> None:
    order = msgspec.structs.replace(ORDER, most_min=None)
    bed = AlarmedBed(situation(order=order))
    assert bed.pump(dose=DoseNow(given_mg=20, running_s=60_000)).events == []


def test_the_end_is_not_announced_while_the_pump_stands() -> None:
    bed = AlarmedBed(situation(SessionState.PAUSED))
    assert bed.pump(dose=DoseNow(given_mg=30, running_s=3000, ends_in_s=100)).events == []


def test_a_notice_of_the_end_goes_when_the_end_is_further_than_twice_its_time() -> None:
    bed = AlarmedBed()
    for left_s, stands in ((300, True), (599, True), (600, True), (601, False)):
        bed.run(1).pump(dose=DoseNow(given_mg=30, running_s=3000, ends_in_s=left_s))
        assert bool(bed.texts()) is stands


def test_a_delivery_after_the_end_that_was_stopped_is_over() -> None:
    bed = AlarmedBed(situation(SessionState.RECOVERY)).run(5)
    bed.situate(phase=SessionState.INFUSING, phase_since=bed.now).acknowledge()
    assert bed.texts() == ["!!! pump delivers after the end of the infusion"]
    bed.run(5).situate(phase=SessionState.PAUSED, phase_since=bed.now)
    assert bed.texts() == []
