"""Coverage, gaps, and what is left of them once something explains them."""

from collections.abc import Iterable

import pytest

from infusion.completeness import Sample, coverage_of, infusing_s, is_over_limit, without
from infusion.sign_off_events import Gap
from tests.fixtures.pumps import at
from tests.fixtures.treatment import sign_off_rules
from vocabulary.signals import SignalName
from vocabulary.states import InvalidReason

RULES = sign_off_rules()
INFUSING = ((at(0), at(3600)),)


def gap(begins: float, ends: float) -> Gap:
    return Gap(signal=SignalName.SPO2, begins=at(begins), ends=at(ends))


def samples(seconds: Iterable[float]) -> list[Sample]:
    return [Sample(at(second), 97.0) for second in seconds]


def test_numbers_each_second_cover_everything() -> None:
    found = coverage_of(SignalName.SPO2, samples(range(101)), (at(0), at(100)), 3)
    assert (found.percent, found.missing) == (100.0, ())


def test_a_tenth_that_is_missing_is_a_tenth_less() -> None:
    kept = [second for second in range(101) if not 40 < second < 50]
    found = coverage_of(SignalName.SPO2, samples(kept), (at(0), at(100)), 3)
    assert found.percent == 90.0
    assert [missing.gap for missing in found.missing] == [gap(40, 50)]


def test_late_numbers_close_the_gap_they_fall_into() -> None:
    late = [*range(41), *range(40, 50), *range(50, 101)]
    found = coverage_of(SignalName.SPO2, samples(sorted(late)), (at(0), at(100)), 3)
    assert found.missing == ()


def test_what_the_device_said_most_of_the_time_is_kept_with_the_gap() -> None:
    told = [InvalidReason.SENSOR_OFF] * 8 + [InvalidReason.ARTIFACT] * 2
    bad = [Sample(at(40 + n), None, reason) for n, reason in enumerate(told)]
    found = coverage_of(
        SignalName.SPO2, [*samples(range(40)), *bad, *samples(range(50, 101))], (at(0), at(100)), 3
    )
    [missing] = found.missing
    assert (missing.gap, missing.told) == (gap(39, 50), InvalidReason.SENSOR_OFF)


def test_no_number_at_all_is_one_gap_from_beginning_to_end() -> None:
    found = coverage_of(SignalName.SPO2, [], (at(0), at(100)), 3)
    assert (found.percent, [m.gap for m in found.missing]) == (0.0, [gap(0, 100)])


def test_numbers_outside_the_window_count_for_nothing() -> None:
    found = coverage_of(SignalName.SPO2, samples((-5, 200)), (at(0), at(100)), 3)
    assert found.percent == 0.0


@pytest.mark.parametrize(
    ("begins", "ends", "is_over"),
    [
        (100, 220, False),
        (100, 221, True),
        (4000, 4300, False),
        (4000, 4301, True),
        (3500, 3720, False),  # 100 s of the infusion, 120 s after it
        (3400, 3650, True),  # 200 s of the infusion
    ],
)
def test_two_minutes_while_infusing_and_five_otherwise_may_pass(
    begins: float, ends: float, is_over: bool
) -> None:
    assert is_over_limit(gap(begins, ends), INFUSING, RULES) is is_over


def test_only_the_part_of_a_gap_in_the_infusion_is_counted_as_such() -> None:
    assert infusing_s(gap(3500, 3720), INFUSING) == 100


@pytest.mark.parametrize(
    ("covers", "left"),
    [
        ([], [(100, 400)]),
        ([(0, 1000)], []),
        ([(0, 50), (500, 600)], [(100, 400)]),
        ([(150, 200)], [(100, 150), (200, 400)]),
        ([(150, 200), (190, 390)], [(100, 150), (390, 400)]),
    ],
)
def test_what_is_explained_is_taken_out_of_a_gap(
    covers: list[tuple[int, int]], left: list[tuple[int, int]]
) -> None:
    found = without(gap(100, 400), [(at(begins), at(ends)) for begins, ends in covers])
    assert list(found) == [gap(begins, ends) for begins, ends in left]
