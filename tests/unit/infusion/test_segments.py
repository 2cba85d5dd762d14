"""Segments of one rate, their pauses, and when it will end."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from infusion.delivered import Fill, SegmentKind, given_mg
from infusion.dose import ListedConcentration
from infusion.pump import DeliveryPhase
from infusion.pump_log import PumpLog
from infusion.segments import delivered_by
from tests.fixtures.arrivals import pump_reading
from tests.fixtures.clinic import START
from tests.fixtures.dosing import FLOW
from tests.fixtures.pumps import HELD, PUMP, at, course, event, fold, shown, spans
from vocabulary.alarms import DeviceEventCode
from vocabulary.states import PumpState, StopReason


def test_the_titration_vector_is_33_833_ml_by_counter_and_by_integral() -> None:
    delivered = fold(*course())
    assert shown(delivered) == [
        ("infusion", 0, 1200, "35", "11.667"),
        ("infusion", 1200, 2700, "42", "17.5"),
        ("infusion", 3000, 3600, "28", "4.666"),
    ]
    assert abs(delivered.drug_ml - Decimal("33.8333")) < Decimal("0.001")
    assert abs(delivered.integral_ml - Decimal("33.833333")) <= Decimal("0.000001")
    assert delivered.running_s == 3300
    assert delivered.started_at == START
    assert spans(delivered) == [(2700, 3000, None), (3600, None, None)]
    fills = [Fill(device=PUMP, at=START, concentration=ListedConcentration(mg_ml=Decimal(1)))]
    mg = given_mg(delivered.segments, fills)
    assert mg is not None
    assert abs(mg / 70 - Decimal("0.48333")) < Decimal("0.00002")


def test_a_pause_has_its_length_and_moves_nothing_else() -> None:
    delivered = fold(*course()[:2800])
    [pause] = delivered.pauses
    assert delivered.phase is DeliveryPhase.INTERRUPTED
    assert pause.lasted_s(at(2820)) == 120
    assert delivered.running_s_at(at(2820)) == 2700
    assert delivered.rate_ml_h is None


def test_a_segment_is_open_while_the_pump_runs() -> None:
    delivered = fold(*course()[:1300])
    assert [s.is_open for s in delivered.segments] == [False, True]
    assert delivered.phase is DeliveryPhase.RUNNING
    assert delivered.rate_ml_h == 42
    assert delivered.observed_at == at(1299)


def test_a_rate_is_shown_with_the_first_reading_that_has_it() -> None:
    delivered = fold(pump_reading(0))
    assert shown(delivered) == [("infusion", 0, 0, "35", "0")]
    assert delivered.segments[0].is_open
    delivered = fold(pump_reading(0), pump_reading(1, rate_ml_h=42.0, volume_ml=0.01))
    assert shown(delivered)[-1] == ("infusion", 1, 1, "42", "0")
    assert delivered.rate_ml_h == 42


def test_minutes_count_on_while_the_pump_is_believed() -> None:
    delivered = fold(pump_reading(0), pump_reading(5))
    assert delivered.running_s_at(at(8)) == 8
    assert delivered.running_s_at(at(500)) == 15
    assert delivered.running_s_at(at(1)) == 5


def test_a_transition_is_a_new_segment_and_no_pause() -> None:
    delivered = fold(
        pump_reading(0, volume_ml=0.0),
        pump_reading(5, volume_ml=0.05),
        event(5.4, DeviceEventCode.DELIVERY_STOPPED, reason=StopReason.TRANSITION),
        event(5.5, DeviceEventCode.DELIVERY_STARTED, rate_to_ml_h=42.0),
        pump_reading(6, rate_ml_h=42.0, volume_ml=0.06),
        pump_reading(10, rate_ml_h=42.0, volume_ml=0.1),
    )
    assert shown(delivered) == [
        ("infusion", 0, 5.5, "35", "0.05"),
        ("infusion", 5.5, 10, "42", "0.05"),
    ]
    assert delivered.pauses == ()
    assert delivered.running_s == 10


def test_a_transition_at_the_same_rate_is_a_new_segment_too() -> None:
    delivered = fold(
        pump_reading(0),
        event(5, DeviceEventCode.DELIVERY_STOPPED, reason=StopReason.TRANSITION),
        event(5, DeviceEventCode.DELIVERY_STARTED, rate_to_ml_h=35.0, seq=200_000),
        pump_reading(10, volume_ml=0.1),
    )
    assert [row[1:3] for row in shown(delivered)] == [(0, 5), (5, 10)]
    assert delivered.pauses == ()


def test_a_start_that_does_not_tell_its_rate_has_that_of_the_next_reading() -> None:
    delivered = fold(
        pump_reading(0, **HELD),
        event(0.4, DeviceEventCode.DELIVERY_STARTED),
        pump_reading(1, volume_ml=0.006),
        pump_reading(2, volume_ml=0.016),
    )
    assert shown(delivered) == [("infusion", 0.4, 2, "35", "0.016")]


def test_a_rate_set_during_a_pause_flows_only_after_it() -> None:
    delivered = fold(
        pump_reading(0),
        pump_reading(5, volume_ml=0.05, **HELD),
        event(6, DeviceEventCode.RATE_CHANGED, rate_from_ml_h=35.0, rate_to_ml_h=28.0),
        pump_reading(9, volume_ml=0.05, rate_ml_h=28.0),
        pump_reading(12, volume_ml=0.073, rate_ml_h=28.0),
    )
    assert [row[1:4] for row in shown(delivered)] == [(0, 5, "35"), (9, 12, "28")]
    assert spans(delivered) == [(5, 9, None)]


def test_readings_alone_are_enough_and_events_only_sharpen_the_moment() -> None:
    readings = [
        pump_reading(0, volume_ml=0.0),
        pump_reading(1, volume_ml=0.01),
        pump_reading(2, volume_ml=0.014, **HELD),
        pump_reading(9, volume_ml=0.014, **HELD),
    ]
    stop = event(1.4, DeviceEventCode.DELIVERY_STOPPED, reason=StopReason.CLINICIAN)
    assert shown(fold(*readings)) == [("infusion", 0, 2, "35", "0.014")]
    assert spans(fold(*readings)) == [(2, None, None)]
    assert shown(fold(*readings, stop)) == [("infusion", 0, 1.4, "35", "0.014")]
    assert spans(fold(*readings, stop)) == [(1.4, None, StopReason.CLINICIAN)]


def test_an_alarm_of_the_pump_is_the_reason_of_its_pause() -> None:
    delivered = fold(
        pump_reading(0),
        pump_reading(5, state=PumpState.ALARM, rate_ml_h=0.0),
        pump_reading(9),
    )
    assert spans(delivered) == [(5, 9, StopReason.ALARM)]


def test_a_trembling_rate_is_the_one_that_is_set() -> None:
    rates = [35.0, 34.95, 35.08, 34.92, 35.0]
    delivered = fold(
        *(pump_reading(n, rate_ml_h=r, rate_set_ml_h=35.0) for n, r in enumerate(rates))
    )
    assert [row[3] for row in shown(delivered)] == ["35"]


@pytest.mark.parametrize("is_told_first", [True, False])
def test_kvo_counts_as_drug_but_not_as_running(is_told_first: bool) -> None:
    completed, begun = (200_000, 200_001) if is_told_first else (200_001, 200_000)
    delivered = fold(
        pump_reading(0, volume_ml=0.0),
        pump_reading(10, volume_ml=0.1),
        event(10, DeviceEventCode.DELIVERY_COMPLETED, seq=completed),
        event(10, DeviceEventCode.KVO_STARTED, rate_to_ml_h=1.0, seq=begun),
        pump_reading(15, state=PumpState.KVO, rate_ml_h=1.0, volume_ml=0.101),
        pump_reading(20, state=PumpState.KVO, rate_ml_h=1.0, volume_ml=0.103),
        event(20, DeviceEventCode.KVO_ENDED),
        event(20, DeviceEventCode.DELIVERY_STOPPED, reason=StopReason.CLINICIAN, seq=200_000),
        pump_reading(25, state=PumpState.STOPPED, rate_ml_h=0.0, volume_ml=0.103),
    )
    assert shown(delivered) == [
        ("infusion", 0, 10, "35", "0.1"),
        ("kvo", 10, 20, "1", "0.003"),
    ]
    assert delivered.phase is DeliveryPhase.ENDED
    assert delivered.pauses == ()
    assert delivered.drug_ml == Decimal("0.103")
    assert delivered.volume_ml(SegmentKind.KVO) == Decimal("0.003")
    assert delivered.running_s == 10
    assert delivered.last_drug_at == at(20)
    assert delivered.ends_by_volume(Decimal(1), at(25)) is None


def test_an_empty_syringe_is_the_end_and_a_stopped_one_is_not() -> None:
    stopped = {"state": PumpState.STOPPED, "rate_ml_h": 0.0}
    empty = fold(pump_reading(0), pump_reading(5, remaining_ml=0.0, **stopped))
    assert empty.phase is DeliveryPhase.ENDED
    full = fold(pump_reading(0), pump_reading(5, remaining_ml=4.0, **stopped))
    assert full.phase is DeliveryPhase.INTERRUPTED


def test_what_is_complete_without_kvo_has_ended() -> None:
    delivered = fold(pump_reading(0), event(5, DeviceEventCode.DELIVERY_COMPLETED))
    assert delivered.phase is DeliveryPhase.ENDED


def test_a_pump_that_ended_and_runs_again_runs() -> None:
    kvo: dict[str, Any] = {"state": PumpState.KVO, "rate_ml_h": 1.0}
    delivered = fold(pump_reading(0), pump_reading(5, **kvo), pump_reading(9), pump_reading(12))
    assert delivered.phase is DeliveryPhase.RUNNING
    assert delivered.running_s == 8


def test_the_predicted_end_moves_by_the_pause() -> None:
    readings = course()
    ordered = Decimal("33.833")

    def end_after(seconds: int) -> datetime | None:
        delivered = fold(*readings[: seconds + 1])
        return delivered.ends_by_volume(ordered - delivered.drug_ml, at(seconds))

    by_35 = end_after(600)
    assert by_35 is not None
    assert abs((by_35 - at(33.833 / 35 * 3600)).total_seconds()) < 0.2
    by_42 = end_after(1800)
    assert by_42 is not None
    assert by_42 < by_35
    assert end_after(2800) is None
    by_28 = end_after(3300)
    assert by_28 is not None
    assert abs((by_28 - at(3600)).total_seconds()) < 0.2


def test_ordered_minutes_are_running_minutes() -> None:
    delivered = fold(*course()[:3301])
    assert delivered.ends_by_minutes(Decimal(60), at(3300)) == at(3900)


def test_before_anything_was_told_there_is_nothing() -> None:
    delivered = delivered_by([PumpLog(device=PUMP, rules=FLOW)])
    assert delivered.phase is DeliveryPhase.NOT_STARTED
    assert delivered.segments == ()
    assert delivered.observed_at is None
    assert delivered.last_drug_at is None
    assert delivered.drug_ml == 0
    assert delivered_by([]).phase is DeliveryPhase.NOT_STARTED
