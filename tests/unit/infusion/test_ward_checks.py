"""Checks in the ordered stream: laid out at the first drug, concluded when overdue, once."""

from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infusion.deadlines import next_deadline
from infusion.duty.events import ChairsTaken, DutyBegun, DutyEnded
from infusion.events import CheckFellOverdue
from infusion.happenings import chain_of
from infusion.inputs import StreamInput
from infusion.observations.events import ScheduleLaidOut
from infusion.ward import advance
from infusion.ward_state import StreamState, without_logs
from tests.fixtures.acted_ward import ActedWard
from tests.fixtures.observing import form
from tests.fixtures.session import NORA, SESSION, plan
from vocabulary.ids import BedId, WardId


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


def long_stream() -> ActedWard:
    ward = ActedWard().ready().move(10).hold().move(1).run(30, every_s=10)
    for minute in range(1, 30):
        ward.wait(45).numbers()
        if minute % 5 == 0:
            ward.numbers(nibp_sys=120.0 + 3 * minute, nibp_dia=80.0, nibp_observed_at=ward.now)
        if minute in {9, 21}:
            save(ward)
    ward.run(60, 42.0, every_s=10).hold().wait(600).run(20, every_s=10)
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


def test_a_snapshot_comes_back_with_its_schedules_as_it_was() -> None:
    kept = without_logs(STREAM.state)
    assert kept.schedules == STREAM.state.schedules
    assert msgspec.json.decode(msgspec.json.encode(kept), type=StreamState) == kept
