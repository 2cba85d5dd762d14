"""Checks in the ordered stream: laid out at the first drug, concluded when overdue, once."""

from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infusion.alarms import commands as ac
from infusion.alarms.events import OffMonitorOver
from infusion.deadlines import next_deadline
from infusion.duty.events import ChairsTaken, DutyBegun, DutyEnded
from infusion.events import CheckFellOverdue
from infusion.happenings import chain_of
from infusion.inputs import StreamInput
from infusion.observations.events import ScheduleLaidOut
from infusion.ward import advance
from infusion.ward_state import StreamState, without_logs
from tests.fixtures.acted_ward import ActedWard
from tests.fixtures.alarmed_ward import NORMAL, do, infusing
from tests.fixtures.arrivals import timers_fell_due
from tests.fixtures.observing import form, whole
from tests.fixtures.session import NORA, SESSION, plan
from vocabulary.ids import BedId, WardId
from vocabulary.signals import SignalName
from vocabulary.states import InvalidReason

OFF = dict.fromkeys((SignalName.HR, SignalName.SPO2, SignalName.RR), InvalidReason.SENSOR_OFF)


@pytest.fixture
def ward() -> ActedWard:
    """Infusing since a moment, nothing observed yet."""
    return ActedWard().ready().move(10).hold().move(1).run(2)


def minutes(ward: ActedWard, at: datetime) -> float:
    started_at = ward.session().started_at
    assert started_at is not None
    return (at - started_at).total_seconds() / 60


def overdue(ward: ActedWard) -> list[tuple[float, float, tuple[str, ...]]]:
    """What was concluded: due and told when, in minutes after the first drug, and which items."""
    return [
        (minutes(ward, event.due_at), round(minutes(ward, event.at), 3), event.items)
        for event in ward.found(CheckFellOverdue)
    ]


def save(ward: ActedWard) -> None:
    ward.do(form(seen=len(ward.session().observations)))


def test_the_schedule_is_laid_out_once_when_the_pump_begins(ward: ActedWard) -> None:
    [laid_out] = ward.found(ScheduleLaidOut)
    assert laid_out.config_version == "test"
    assert chain_of(laid_out) == "session/s1"
    assert ward.session().laid_out == laid_out
    ward.run(120, every_s=10)
    assert len(ward.found(ScheduleLaidOut)) == 1


def test_a_check_falls_overdue_at_the_end_of_its_window_without_anybody_speaking(
    ward: ActedWard,
) -> None:
    ward.wait(9 * 60)
    assert overdue(ward) == [(5, 7, ("bp",))]
    ward.wait(5 * 60)
    assert overdue(ward)[1:] == [
        (10, 12, ("bp",)),
        (10, 13, ("airway", "rr", "sedation")),
    ]
    [first, *_] = ward.found(CheckFellOverdue)
    assert (first.cause, first.bed, chain_of(first)) == (None, BedId("1"), "session/s1")


def test_what_was_done_in_time_never_falls_overdue(ward: ActedWard) -> None:
    ward.wait(4 * 60).numbers(nibp_sys=122.0, nibp_dia=80.0, nibp_observed_at=ward.now)
    ward.wait(5 * 60)
    save(ward)
    ward.numbers(nibp_sys=122.0, nibp_dia=80.0, nibp_observed_at=ward.now)
    ward.wait(4.5 * 60)
    assert overdue(ward) == []


def test_a_high_cuff_reading_makes_the_next_one_due_sooner(ward: ActedWard) -> None:
    for _ in range(4):
        ward.wait(5 * 60).numbers(nibp_sys=122.0, nibp_dia=80.0, nibp_observed_at=ward.now)
    before = len(overdue(ward))
    ward.wait(2 * 60).numbers(nibp_sys=181.0, nibp_dia=99.0, nibp_observed_at=ward.now)
    ward.wait(7.5 * 60)
    found = [(round(due, 1), items) for due, _, items in overdue(ward)[before:]]
    assert (27.0, ("airway", "bp", "sedation")) in found


def test_a_rate_that_rises_at_the_pump_asks_for_closer_checks(ward: ActedWard) -> None:
    ward.wait(20 * 60).run(60, every_s=5).run(30, 42.0, every_s=5)
    schedule = ward.state.schedules[SESSION]
    closer = {(due.item, due.slot.why) for due in schedule.items if due.slot.why}
    assert ("sedation", "rate increased") in closer
    assert any(due.item == "pump_check" and due.slot.due_at > ward.now - timedelta(minutes=1)
               for due in schedule.items)  # fmt: skip


def test_nothing_falls_overdue_before_the_patient_took_the_chair() -> None:
    ward = ActedWard().do(plan()).wait(3600)
    assert ward.found(CheckFellOverdue) == []
    assert next_deadline(ward.state, ward.rules) is None


def test_duty_is_known_to_the_stream(ward: ActedWard) -> None:
    north = WardId("north")
    ward.act(
        DutyBegun(ward=north, at=ward.now, by=NORA),
        ChairsTaken(ward=north, at=ward.now, by=NORA, beds=(BedId("1"),)),
    )
    assert ward.state.rosters[north].nurse_of(BedId("1")) == NORA
    ward.act(DutyEnded(ward=north, at=ward.now, by=NORA, reason="ill"))
    assert ward.state.rosters[north].nurse_of(BedId("1")) is None


def away(ward: ActedWard) -> ActedWard:
    """The patient goes to the bathroom: the monitor says probe off."""
    do(ward, ac.BeginOffMonitor(by=NORA, accompanied_by="Olga"))
    return unplugged(ward, 30)


def unplugged(ward: ActedWard, seconds: int) -> ActedWard:
    for _ in range(seconds // 5):
        ward.wait(5).numbers(invalid=OFF)
    return ward


def plugged(ward: ActedWard, seconds: int) -> ActedWard:
    for _ in range(seconds // 5):
        ward.wait(5).numbers(**NORMAL)
    return ward


def pressures(ward: ActedWard) -> list[tuple[float, str]]:
    """What became of each pressure, by the minute it was due at."""
    items = ward.state.schedules[SESSION].items
    return [
        (minutes(ward, due.slot.due_at), due.status.value)
        for due in items
        if due.item == "bp" and 0 < minutes(ward, due.slot.due_at) < 25
    ]


def test_off_the_monitor_no_pressure_is_asked_for_until_the_patient_is_back() -> None:
    ward = infusing(ActedWard(), 10)
    plugged(ward, 4 * 60).numbers(**NORMAL, nibp_sys=122.0, nibp_dia=80.0,
                                  nibp_observed_at=ward.now)  # fmt: skip
    plugged(ward, 4 * 60)
    away(ward)
    unplugged(ward, 5 * 60)
    assert (10.0, "excused") in pressures(ward)
    assert all("bp" not in items for due, _, items in overdue(ward) if due == 10)
    assert any("sedation" in items for due, _, items in overdue(ward) if due == 10)
    plugged(ward, 60)
    assert ward.found(OffMonitorOver) != []
    [span] = ward.state.charts[SESSION].unplugged
    assert span.until == ward.found(OffMonitorOver)[0].at
    plugged(ward, 4 * 60)
    assert (15.0, "missed") in pressures(ward)
    assert any("bp" in items and due == 15 for due, _, items in overdue(ward))


def test_after_the_limit_of_the_time_off_the_monitor_the_pressure_is_asked_for_again() -> None:
    ward = infusing(ActedWard(), 10)
    plugged(ward, 7 * 60)
    away(ward)
    unplugged(ward, 17 * 60)
    assert dict(pressures(ward)) == {
        5.0: "missed", 10.0: "excused", 15.0: "excused", 20.0: "overdue",
    }  # fmt: skip
    assert any("bp" in items and due == 20 for due, _, items in overdue(ward))


def test_who_comes_back_by_a_persons_word_is_asked_for_again() -> None:
    ward = infusing(ActedWard(), 10)
    plugged(ward, 9 * 60)
    away(ward)
    assert (10.0, "excused") in pressures(ward)
    do(ward, ac.EndOffMonitor(by=NORA))
    assert (10.0, "due") in pressures(ward)


def recovery_begins(ward: ActedWard) -> float:
    """When the stop is expected, in minutes: the first dissociation after it is due 30 later."""
    items = ward.state.schedules[SESSION].items
    found = (d.slot for d in items if d.item == "dissociation" and d.slot.is_predicted)
    return min(minutes(ward, slot.due_at) for slot in found) - 30


def test_what_comes_after_the_stop_is_expected_when_the_order_will_be_fulfilled(
    ward: ActedWard,
) -> None:
    ward.run(300, every_s=5)
    assert recovery_begins(ward) == pytest.approx(60, abs=0.2)
    ward.run(600, 17.5, every_s=5)  # half the rate: what is left takes twice as long
    assert recovery_begins(ward) == pytest.approx(5 + 2 * 55, abs=0.5)
    ward.move(1).hold().wait(600)
    assert recovery_begins(ward) == pytest.approx(10 + 5 + 2 * 55, abs=1.1)
    ward.run(20, 35.0, every_s=5)
    assert recovery_begins(ward) == pytest.approx(25 + 50, abs=1)


def test_a_high_early_warning_score_makes_the_next_set_due_sooner_and_is_taken_up_again(
    ward: ActedWard,
) -> None:
    ward.wait(31 * 60)
    ward.do(form(*whole(rr=8), set="whole", seen=0))
    ward.wait(30)
    closer = {due.slot.why for due in ward.state.schedules[SESSION].items if due.slot.why}
    assert closer == {"NEWS2 3 for RR"}
    again = msgspec.structs.replace(ward.state, schedules={})
    after, _ = advance(again, [], ward.rules)
    timer = timers_fell_due(ward.second + 1)
    for state in (after, ward.state):
        placed = msgspec.structs.replace(timer, position=state.position + 1)
        found, _ = advance(state, [placed], ward.rules)
        whys = {due.slot.why for due in found.schedules[SESSION].items if due.slot.why}
        assert whys == closer


def long_stream() -> ActedWard:
    ward = ActedWard().ready().move(10).hold().move(1).run(30, every_s=10)
    for minute in range(1, 30):
        ward.wait(45).numbers()
        if minute % 5 == 0:
            ward.numbers(nibp_sys=120.0 + 3 * minute, nibp_dia=80.0, nibp_observed_at=ward.now)
        if minute in {9, 21}:
            save(ward)
    ward.run(60, 42.0, every_s=10)
    away(ward)
    unplugged(ward, 240)
    plugged(ward, 90)
    ward.do(form(*whole(rr=8), set="whole", seen=len(ward.session().observations)))
    away(ward)
    ward.run(600, 42.0, every_s=10).hold().wait(600).run(20, every_s=10)
    return ward


STREAM = long_stream()


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_however_the_stream_is_cut_and_wherever_it_is_taken_up_again_the_same_is_concluded(
    data: st.DataObject,
) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, len(STREAM.inputs)), max_size=6)))
    state, concluded, begin = StreamState(), [], 0
    for cut in (*cuts, len(STREAM.inputs)):
        batch: list[StreamInput] = STREAM.inputs[begin:cut]
        state, found = advance(state, batch, STREAM.rules)
        concluded += found
        begin = cut
        if data.draw(st.booleans()):  # taken up again without what follows from the rest
            state = msgspec.structs.replace(state, schedules={})
    assert concluded == STREAM.concluded
    assert state.sessions == STREAM.state.sessions
    assert {n: c.unplugged for n, c in state.charts.items()} == {
        n: c.unplugged for n, c in STREAM.state.charts.items()
    }


def test_a_snapshot_comes_back_with_its_schedules_as_it_was() -> None:
    kept = without_logs(STREAM.state)
    assert kept.schedules == STREAM.state.schedules
    assert msgspec.json.decode(msgspec.json.encode(kept), type=StreamState) == kept
