"""What a pump does not tell any more: it raises nothing, and ends nothing."""

from typing import Any

import pytest

from tests.fixtures.alarmed import AlarmedBed
from tests.unit.infusion.alarms.test_delivery import dose, pumping
from vocabulary.alarms import (
    AlarmCode,
    AlarmPriority,
)

HIGH = AlarmPriority.HIGH


def test_an_impossible_rate_does_not_end_the_alarm_of_a_wrong_one() -> None:
    bed = AlarmedBed()
    pumping(bed, 1, rate_ml_h=350.0)
    bed.acknowledge()
    pumping(bed, 20, rate_ml_h=9999.0, implausible=("rate",))
    assert bed.alarm(AlarmCode.RATE_WRONG).current is HIGH
    pumping(bed, 1)
    assert bed.texts() == []


def test_an_impossible_rate_does_not_count_towards_an_alarm_either() -> None:
    bed = AlarmedBed()
    pumping(bed, 60, rate_ml_h=42.0)
    pumping(bed, 200, rate_ml_h=9999.0, implausible=("rate",))
    assert bed.events == []
    pumping(bed, 61, rate_ml_h=42.0)
    assert bed.texts() == ["!! rate 42, ordered 35 mL/h"]


def test_a_dose_that_is_not_known_any_more_does_not_end_the_alarm_of_too_much() -> None:
    bed = AlarmedBed()
    pumping(bed, 1, dose(70.5, 60, None))
    bed.acknowledge()
    pumping(bed, 30, dose(None, 61, None))
    assert bed.alarm(AlarmCode.DOSE_OVER).current is HIGH


@pytest.mark.parametrize(
    ("said", "lost"),
    [
        ({"drug": "propofol"}, {"drug": None}),
        ({"concentration_mg_ml": 2.0}, {"concentration_mg_ml": None}),
        ({"concentration_mg_ml": 2.0}, {"implausible": ("concentration",)}),
        ({"weight_kg": 80.0}, {"weight_kg": None}),
        ({"dose_rate_mg_kg_h": 0.75}, {"dose_rate_mg_kg_h": None}),
    ],
)
def test_a_pump_that_says_less_of_its_set_up_does_not_end_its_alarm(
    said: dict[str, Any], lost: dict[str, Any]
) -> None:
    bed = AlarmedBed()
    pumping(bed, 11, **said)
    bed.acknowledge()
    pumping(bed, 30, **lost)
    assert bed.alarm(AlarmCode.PUMP_SETUP_WRONG).current is not None
