"""One list of what comes, the work of the next hour, and starts moved apart."""

from datetime import datetime, timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from infusion.next_five import (
    AheadKind,
    Chair,
    Start,
    WaitingAlarm,
    Work,
    next_five,
    overdue,
    propose_stagger,
)
from infusion.observations.checks import Check
from tests.fixtures.clinic import START, two_beds
from vocabulary.alarms import AlarmPriority
from vocabulary.ids import BedId

CLINIC = two_beds()
MINUTE = timedelta(minutes=1)
CHECK_TIMES = (5, 10, 15, 20, 30, 40, 50, 60)


def check(minutes: float, *items: str, form: str = "quick") -> Check:
    """A check that is due so many minutes from START on."""
    return Check(
        due_at=START + minutes * MINUTE,
        items=items or ("sedation", "airway", "rr"),
        set=form,
        is_overdue=minutes < -3,
        is_predicted=False,
        is_timed=True,
        why="",
    )


def chair(bed: str, *checks: Check, **fields: object) -> Chair:
    plain = Chair(bed=BedId(bed), label=f"Chair {bed}", checks=checks)
    return msgspec.structs.replace(plain, **fields)


def test_all_that_comes_is_one_list_in_order_of_time() -> None:
    alarm = WaitingAlarm(text="SpO2 86 < 90", priority=AlarmPriority.HIGH, since=START - MINUTE)
    chairs = [
        chair("1", check(2), check(4, "bp"), ends_at=START + 3 * MINUTE, nurse="Nora Nurse"),
        chair("2", check(-2), alarms=(alarm,), help_since=START - MINUTE),
        chair("3", check(5.5)),
    ]
    lines = next_five(chairs, START, CLINIC)
    assert [(line.kind, line.label, line.what) for line in lines] == [
        (AheadKind.CHECK, "Chair 2", "Quick set"),
        (AheadKind.HELP, "Chair 2", "somebody is wanted"),
        (AheadKind.ALARM, "Chair 2", "SpO2 86 < 90"),
        (AheadKind.CHECK, "Chair 1", "Quick set"),
        (AheadKind.ENDING, "Chair 1", "infusion ends"),
        (AheadKind.CUFF, "Chair 1", "BP"),
    ]
    assert [line.late_s for line in lines] == [120, 60, 60, 0, 0, 0]
    assert [line.priority for line in lines if line.priority] == [AlarmPriority.HIGH]
    assert lines[3].nurse == "Nora Nurse"
    assert lines[3].set == "quick"


def test_the_overdue_list_of_a_ward_is_sorted_with_minutes_late() -> None:
    chairs = [chair("1", check(-4)), chair("2", check(-12), check(1)), chair("3", check(-7))]
    lines = overdue(chairs, START, CLINIC.observations)
    assert [(line.label, line.late_s / 60) for line in lines] == [
        ("Chair 2", 12),
        ("Chair 3", 7),
        ("Chair 1", 4),
    ]


def test_nurse_minutes_of_the_next_hour_stand_against_who_is_there() -> None:
    assert Work(needed_min=3, nurses=1, free_min=42).is_enough
    assert not Work(needed_min=3, nurses=0, free_min=0).is_enough


def start(bed: str, at: datetime = START) -> Start:
    times = tuple(at + minute * MINUTE for minute in CHECK_TIMES)
    return Start(bed=BedId(bed), label=f"Chair {bed}", times=times)


def test_two_sessions_that_start_together_are_moved_apart() -> None:
    [moved] = propose_stagger([start("1"), start("2")], (), 120, CLINIC)
    assert moved.bed == BedId("2")
    assert moved.later_s == 120
    assert (moved.together, moved.together_then) == (2, 1)


def test_a_start_that_meets_no_other_checks_stays_where_it_is() -> None:
    assert propose_stagger([start("1")], (), 120, CLINIC) == ()
    running = tuple(START + (minute + 2) * MINUTE for minute in CHECK_TIMES)
    assert propose_stagger([start("1")], running, 120, CLINIC) == ()


def test_a_start_is_moved_away_from_a_session_that_runs() -> None:
    running = tuple(START + minute * MINUTE for minute in CHECK_TIMES)
    [moved] = propose_stagger([start("1")], running, 120, CLINIC)
    assert moved.later_s == 120


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 90), max_size=40), st.integers(1, 6))
def test_a_proposal_is_never_worse_and_never_later_than_it_may_be(
    minutes: list[int], starts: int
) -> None:
    running = [START + minute * MINUTE for minute in minutes]
    found = propose_stagger([start(str(n)) for n in range(starts)], running, 120, CLINIC)
    for moved in found:
        assert 0 < moved.later_s <= CLINIC.duty.stagger_max_s
        assert moved.later_s % CLINIC.duty.stagger_step_s == 0
        assert moved.together_then <= moved.together
