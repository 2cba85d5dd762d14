"""Several pumps in turn, what they held, and what a person says a run was for."""

from decimal import Decimal

from infusion.delivered import Fill, RunMark, SegmentKind, given_mg
from infusion.dose import ListedConcentration, PatientBag
from infusion.pump import DeliveryPhase
from infusion.pump_log import fold_log, part_of, take
from infusion.segments import delivered_by
from tests.fixtures.arrivals import pump_reading
from tests.fixtures.clinic import START
from tests.fixtures.dosing import FLOW
from tests.fixtures.pumps import HELD, OTHER, PUMP, at, course, event, fold, shown, spans
from vocabulary.alarms import DeviceEventCode
from vocabulary.ids import CounterId


def test_two_pumps_in_turn_are_one_infusion_with_a_pause_between() -> None:
    first = [pump_reading(n, volume_ml=n / 100) for n in range(0, 61, 5)]
    first += [pump_reading(n, volume_ml=0.6, **HELD) for n in range(61, 200, 5)]
    second = [
        pump_reading(n, device=OTHER, volume_ml=20 + (n - 90) / 100, counter=CounterId("x"))
        for n in range(90, 151, 5)
    ]
    delivered = fold(*first, *second)
    assert [(s.device, s.volume_ml) for s in delivered.segments] == [
        (PUMP, Decimal("0.6")),
        (OTHER, Decimal("0.6")),
    ]
    assert delivered.running_s == 61 + 60
    assert spans(delivered) == [(61, 90, None)]
    assert delivered.phase is DeliveryPhase.RUNNING
    fills = [
        Fill(device=PUMP, at=START, concentration=ListedConcentration(mg_ml=Decimal(1))),
        Fill(
            device=OTHER,
            at=START,
            concentration=PatientBag(drug_mg=Decimal(100), volume_ml=Decimal(50)),
        ),
    ]
    assert given_mg(delivered.segments, fills) == Decimal("1.8")
    assert given_mg(delivered.segments, fills[:1]) is None


def test_the_fill_of_a_pump_holds_from_the_moment_it_was_loaded() -> None:
    delivered = fold(
        pump_reading(0), pump_reading(9, volume_ml=1.0, **HELD),
        pump_reading(12, volume_ml=1.0), pump_reading(15, volume_ml=2.0),
    )  # fmt: skip
    fills = [
        Fill(device=PUMP, at=at(10), concentration=ListedConcentration(mg_ml=Decimal(2))),
        Fill(device=PUMP, at=START, concentration=ListedConcentration(mg_ml=Decimal(1))),
    ]
    assert given_mg(delivered.segments, fills) == 3


def test_another_pump_that_talks_does_not_hide_that_the_running_one_is_silent() -> None:
    running = [pump_reading(n, volume_ml=n / 100) for n in range(10)]
    idle = [pump_reading(n, device=OTHER, **HELD) for n in range(60)]
    delivered = fold(*running, *idle)
    assert delivered.observed_at == at(9)
    assert delivered.ends_by_volume(Decimal(10), at(59)) is None
    assert delivered.running_s_at(at(59)) == 19


def test_two_pumps_at_once_count_both_volumes_and_the_time_once() -> None:
    both = [
        pump_reading(n, device=device, volume_ml=n / 100)
        for n in range(11)
        for device in (PUMP, OTHER)
    ]
    delivered = fold(*both)
    assert delivered.drug_ml == Decimal("0.2")
    assert delivered.running_s == 10
    assert delivered.rate_ml_h == 70


def test_a_pump_that_was_taken_away_while_running_does_not_run_here() -> None:
    whole = fold_log(PUMP, [pump_reading(n, volume_ml=n / 100) for n in range(100)], FLOW)
    here = part_of(whole, at(10), at(50))
    delivered = delivered_by([here])
    assert shown(delivered) == [("infusion", 10, 49, "35", "0.39")]
    assert delivered.phase is DeliveryPhase.INTERRUPTED
    assert take(here, pump_reading(60, volume_ml=9.0)) == here
    assert take(here, pump_reading(5, volume_ml=0.0, seq=9999)) == here
    assert delivered_by([part_of(whole, at(10), None)]).phase is DeliveryPhase.RUNNING


def test_priming_and_flush_are_set_apart_by_a_person() -> None:
    readings = [
        pump_reading(0, rate_ml_h=360.0, volume_ml=0.0),
        pump_reading(9, rate_ml_h=360.0, volume_ml=0.9),
        pump_reading(10, volume_ml=1.0, **HELD),
        pump_reading(19, volume_ml=1.0),
        pump_reading(29, volume_ml=1.1),
        pump_reading(30, volume_ml=1.11, **HELD),
    ]
    unmarked = fold(*readings)
    assert unmarked.drug_ml == Decimal("1.11")
    primed = RunMark(device=PUMP, begins=at(0), kind=SegmentKind.PRIMING)
    delivered = fold(*readings, marks=[primed])
    assert [row[0] for row in shown(delivered)] == ["priming", "infusion"]
    assert delivered.drug_ml == Decimal("0.11")
    assert delivered.volume_ml(SegmentKind.PRIMING) == 1
    assert delivered.started_at == at(19)
    assert delivered.running_s == 11
    assert spans(delivered) == [(30, None, None)]
    corrected = RunMark(device=PUMP, begins=at(3), kind=SegmentKind.INFUSION)
    assert fold(*readings, marks=[primed, corrected]) == unmarked


def test_a_run_is_marked_while_it_still_runs_and_stays_so_when_it_goes_on() -> None:
    mark = RunMark(device=PUMP, begins=START, kind=SegmentKind.PRIMING)
    readings = [pump_reading(n, volume_ml=n / 100) for n in range(20)]
    for heard in (1, 5, 20):
        delivered = fold(*readings[:heard], marks=[mark])
        assert {s.kind for s in delivered.segments} == {SegmentKind.PRIMING}
        assert delivered.phase is DeliveryPhase.NOT_STARTED
        assert delivered.rate_ml_h is None
        assert delivered.drug_ml == 0


def test_a_mark_finds_its_run_when_a_late_event_moves_its_start() -> None:
    readings = [pump_reading(n, volume_ml=n / 100) for n in range(20)]
    start = event(-0.6, DeviceEventCode.DELIVERY_STARTED, rate_to_ml_h=35.0)
    mark = RunMark(device=PUMP, begins=START, kind=SegmentKind.FLUSH)
    delivered = fold(*readings, start, marks=[mark])
    assert delivered.segments[0].begins == at(-0.6)
    assert {s.kind for s in delivered.segments} == {SegmentKind.FLUSH}
    early = RunMark(device=PUMP, begins=at(-5), kind=SegmentKind.FLUSH)
    assert {s.kind for s in fold(*readings, marks=[early]).segments} == {SegmentKind.FLUSH}


def test_a_mark_that_meets_no_run_is_told() -> None:
    mark = RunMark(device=PUMP, begins=at(500), kind=SegmentKind.PRIMING)
    other = RunMark(device=OTHER, begins=START, kind=SegmentKind.PRIMING)
    assert fold(*course()[:100], marks=[mark, other]).lost_marks == (mark, other)
