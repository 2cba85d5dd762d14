"""Volumes over counters, silences and reboots: nothing is lost, nothing counted twice."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from infusion.delivered import Delivered
from infusion.pump import DeliveryPhase
from infusion.pump_log import fold_log, take
from infusion.segments import delivered_by
from tests.fixtures.arrivals import pump_reading
from tests.fixtures.dosing import FLOW
from tests.fixtures.pumps import HELD, PUMP, event, fold, shown, spans
from vocabulary.alarms import DeviceEventCode
from vocabulary.ids import BootId, CounterId
from vocabulary.states import PumpState


def silent_ml(delivered: Delivered) -> Decimal:
    """What flowed while the rate is not known."""
    unheard = (s.volume_ml for s in delivered.segments if s.rate_ml_h is None)
    return sum((ml for ml in unheard if ml is not None), Decimal(0))


def test_what_the_counter_showed_before_flowed_elsewhere() -> None:
    delivered = fold(pump_reading(0, volume_ml=12.25), pump_reading(9, volume_ml=12.75))
    assert delivered.drug_ml == Decimal("0.5")


def test_a_counter_that_is_cleared_counts_on_from_its_final_volume() -> None:
    delivered = fold(
        pump_reading(0, volume_ml=10.0),
        pump_reading(5, volume_ml=10.05, **HELD),
        event(7, DeviceEventCode.COUNTERS_CLEARED, volume_ml=10.07, counter=CounterId("c1")),
        pump_reading(8, volume_ml=0.0, counter=CounterId("c2"), **HELD),
        pump_reading(9, volume_ml=0.0, counter=CounterId("c2")),
        pump_reading(12, volume_ml=0.03, counter=CounterId("c2")),
    )
    assert delivered.drug_ml == Decimal("0.1")
    assert [(s.counter, s.volume_ml) for s in delivered.segments] == [
        ("c1", Decimal("0.07")),
        ("c2", Decimal("0.03")),
    ]
    assert spans(delivered) == [(5, 9, None)]


def test_a_counter_that_changes_while_it_runs_loses_nothing() -> None:
    delivered = fold(
        pump_reading(0, volume_ml=5.0),
        pump_reading(1, volume_ml=5.01),
        pump_reading(2, volume_ml=0.004, counter=CounterId("c2")),
        pump_reading(3, volume_ml=0.014, counter=CounterId("c2")),
    )
    assert delivered.drug_ml == Decimal("0.024")
    assert delivered.running_s == 3
    assert delivered.pauses == ()


def test_a_volume_that_falls_back_is_not_counted_twice() -> None:
    volumes = [0.0, 0.5, 0.3, 0.51]
    delivered = fold(*(pump_reading(n, volume_ml=v) for n, v in enumerate(volumes)))
    assert delivered.drug_ml == Decimal("0.51")


def test_an_impossible_volume_or_rate_is_no_number() -> None:
    delivered = fold(
        pump_reading(0, volume_ml=0.0),
        pump_reading(1, volume_ml=8388607.0, implausible=("volume",)),
        pump_reading(2, volume_ml=0.02, rate_ml_h=-999.0, implausible=("rate",)),
        pump_reading(3, volume_ml=0.03),
        pump_reading(4, volume_ml=0.04),
    )
    assert shown(delivered) == [
        ("infusion", 0, 2, "35", "0.02"),
        ("infusion", 2, 3, "-", "0.01"),
        ("infusion", 3, 4, "35", "0.01"),
    ]
    lost = fold(*(pump_reading(n, volume_ml=-1.0, implausible=("volume",)) for n in range(3)))
    assert shown(lost) == [("infusion", 0, 2, "35", "-")]


def test_in_a_silence_the_rate_is_unknown_and_the_volume_is_not() -> None:
    delivered = fold(
        pump_reading(0, volume_ml=0.0),
        pump_reading(10, volume_ml=0.1),
        pump_reading(70, volume_ml=0.7),
        pump_reading(80, volume_ml=0.8),
    )
    assert shown(delivered) == [
        ("infusion", 0, 10, "35", "0.1"),
        ("infusion", 10, 70, "-", "0.6"),
        ("infusion", 70, 80, "35", "0.1"),
    ]
    assert [s.is_silent for s in delivered.segments] == [False, True, False]
    assert delivered.running_s == 80
    assert delivered.pauses == ()
    assert silent_ml(delivered) == Decimal("0.6")
    assert abs(delivered.drug_ml - silent_ml(delivered) - delivered.integral_ml) < Decimal("0.01")


def test_a_silence_that_is_filled_later_is_no_silence() -> None:
    readings = [pump_reading(n, volume_ml=n / 100) for n in range(100)]
    log = fold_log(PUMP, readings[:10] + readings[70:], FLOW)
    assert [s.is_silent for s in delivered_by([log]).segments] == [False, True, False]
    for reading in reversed(readings[10:70]):
        log = take(log, msgspec.structs.replace(reading, late=True, buffered=True))
    assert delivered_by([log]) == fold(*readings)


def test_a_pump_that_stopped_in_a_silence_ran_as_long_as_its_volume_took() -> None:
    delivered = fold(
        pump_reading(0, rate_ml_h=36.0, volume_ml=0.0),
        pump_reading(5, rate_ml_h=36.0, volume_ml=0.05),
        pump_reading(65, volume_ml=0.25, **HELD),
    )
    assert delivered.running_s == pytest.approx(5 + 20)
    assert delivered.drug_ml == Decimal("0.25")
    assert spans(delivered) == [(65, None, None)]


def test_a_pump_that_started_in_a_silence_is_not_lost() -> None:
    delivered = fold(
        pump_reading(0, volume_ml=0.0, state=PumpState.STANDBY, rate_ml_h=0.0),
        pump_reading(60, volume_ml=0.2, rate_ml_h=36.0),
    )
    assert delivered.drug_ml == Decimal("0.2")
    assert delivered.running_s == pytest.approx(20)
    assert delivered.phase is DeliveryPhase.RUNNING


def test_a_pause_goes_on_through_a_silence_in_which_nothing_flowed() -> None:
    delivered = fold(
        pump_reading(0), pump_reading(5, **HELD), pump_reading(95, **HELD), pump_reading(96)
    )
    assert spans(delivered) == [(5, 96, None)]
    assert silent_ml(delivered) == 0


def test_a_whole_infusion_that_nobody_heard_still_counts() -> None:
    idle: dict[str, Any] = {"state": PumpState.STANDBY, "rate_ml_h": 0.0}
    delivered = fold(
        pump_reading(0, volume_ml=0.0, **idle), pump_reading(600, volume_ml=4.0, **idle)
    )
    assert shown(delivered) == [("infusion", 0, 600, "-", "4")]
    assert delivered.segments[0].is_silent


def test_a_volume_that_rises_in_a_held_pump_is_counted_and_shows_as_a_difference() -> None:
    delivered = fold(
        pump_reading(0, volume_ml=0.0),
        pump_reading(9, volume_ml=0.09, **HELD),
        pump_reading(18, volume_ml=3.09, **HELD),
    )
    assert delivered.drug_ml == Decimal("3.09")
    assert delivered.drug_ml - silent_ml(delivered) - delivered.integral_ml > Decimal("2.9")
    unstarted = fold(pump_reading(0, **HELD), pump_reading(9, volume_ml=2.0, **HELD))
    assert unstarted.drug_ml == 2


@pytest.mark.parametrize(("volume_ml", "running_s"), [(0.6, 70), (0.1, 20)])
def test_over_a_reboot_it_ran_only_if_the_volume_went_on(
    volume_ml: float, running_s: float
) -> None:
    delivered = fold(
        pump_reading(0, volume_ml=0.0),
        pump_reading(10, volume_ml=0.1),
        pump_reading(60, volume_ml=volume_ml, boot=BootId("p2"), seq=0),
        pump_reading(70, volume_ml=volume_ml + 0.1, boot=BootId("p2"), seq=1),
    )
    assert delivered.running_s == running_s
    assert [s.is_silent for s in delivered.segments] == [False, True, False]
    assert delivered.drug_ml == Decimal(str(volume_ml)) + Decimal("0.1")


def test_a_reboot_is_a_silence_however_short() -> None:
    delivered = fold(
        pump_reading(0),
        pump_reading(1, volume_ml=0.01),
        pump_reading(2, volume_ml=0.02, boot=BootId("p2"), seq=0),
    )
    assert delivered.segments[1].is_silent


@pytest.mark.parametrize("number", [8388607.0, -1.0, 1e300])
def test_a_number_that_no_pump_can_show_is_not_believed_of_an_event_either(number: float) -> None:
    delivered = fold(
        pump_reading(0, volume_ml=0.0),
        pump_reading(10, volume_ml=0.1),
        event(11, DeviceEventCode.RATE_CHANGED, rate_to_ml_h=number),
        event(
            12, DeviceEventCode.COUNTERS_CLEARED, volume_ml=number, counter=pump_reading(0).counter
        ),
        pump_reading(20, volume_ml=0.2),
    )
    assert delivered.drug_ml == Decimal("0.2")
    assert delivered.rate_ml_h == 35


def test_a_pump_that_names_a_rate_next_to_none_before_a_silence_ran_no_longer_than_it() -> None:
    delivered = fold(
        pump_reading(0, volume_ml=0.0, rate_ml_h=5e-324),
        pump_reading(600, volume_ml=4.0, **HELD),
    )
    assert delivered.drug_ml == 4
    assert delivered.running_s <= 600
