"""The modified Aldrete score and PADSS: each item in its direction, each band at its edge."""

from datetime import timedelta

import msgspec
import pytest

from infusion.scores.aldrete import AldreteInputs, aldrete
from infusion.scores.padss import PadssInputs, padss
from infusion.scores.score import Given
from tests.fixtures.clinic import START

WINDOW_S = 900


def seen(value: float, minutes_ago: float = 0) -> Given:
    return Given(value=value, observed_at=START - timedelta(minutes=minutes_ago))


AWAKE = AldreteInputs(
    activity=seen(2), respiration=seen(2), consciousness=seen(2), systolic=seen(120.0),
    baseline_systolic=120.0, spo2=seen(97.0), on_oxygen=False,
)  # fmt: skip
WELL = PadssInputs(
    systolic=seen(120.0), baseline_systolic=120.0, pulse=seen(70.0), baseline_pulse=70.0,
    walking=seen(2), nausea=seen(2), pain=seen(2), bleeding=seen(2),
)  # fmt: skip


def test_ten_is_well_and_zero_is_not() -> None:
    best = aldrete(AWAKE, START, WINDOW_S)
    assert (best.total, best.meaning) == (10, "may leave phase I")
    worst = aldrete(
        AldreteInputs(
            activity=seen(0), respiration=seen(0), consciousness=seen(0), systolic=seen(50.0),
            baseline_systolic=120.0, spo2=seen(80.0), on_oxygen=True,
        ),
        START,
        WINDOW_S,
    )  # fmt: skip
    assert (worst.total, worst.meaning) == (0, "stays in phase I")
    assert padss(WELL, START, WINDOW_S).total == 10
    ill = PadssInputs(
        systolic=seen(180.0), baseline_systolic=120.0, pulse=seen(70.0), baseline_pulse=70.0,
        walking=seen(0), nausea=seen(0), pain=seen(0), bleeding=seen(0),
    )  # fmt: skip
    assert padss(ill, START, WINDOW_S).total == 0


@pytest.mark.parametrize("field", ["activity", "respiration", "consciousness"])
def test_more_points_are_the_better_state_in_aldrete(field: str) -> None:
    totals = [
        aldrete(msgspec.structs.replace(AWAKE, **{field: seen(points)}), START, WINDOW_S).total
        for points in (2, 1, 0)
    ]
    assert totals == [10, 9, 8]
    wrong = aldrete(msgspec.structs.replace(AWAKE, **{field: seen(3)}), START, WINDOW_S)
    assert "3 is not on the scale (0 to 2)" in wrong.text


@pytest.mark.parametrize(
    ("systolic", "points"),
    [(100, 2), (120, 2), (80, 2), (79, 1), (121, 1), (51, 1), (149, 1), (50, 0), (150, 0)],
)
def test_circulation_is_in_percent_of_the_pressure_before_the_drug(
    systolic: float, points: int
) -> None:
    inputs = msgspec.structs.replace(AWAKE, systolic=seen(systolic), baseline_systolic=100.0)
    assert aldrete(inputs, START, WINDOW_S).points_of("Circulation") == points


@pytest.mark.parametrize(
    ("spo2", "on_oxygen", "points"),
    [(93, False, 2), (92, False, 1), (91, False, 1), (90, False, 0), (99, True, 1),
     (91, True, 1), (90, True, 0), (89, True, 0)],
)  # fmt: skip
def test_full_points_for_saturation_need_air(spo2: float, on_oxygen: bool, points: int) -> None:
    inputs = msgspec.structs.replace(AWAKE, spo2=seen(spo2), on_oxygen=on_oxygen)
    assert aldrete(inputs, START, WINDOW_S).points_of("SpO2") == points


def test_nine_is_enough_and_eight_is_not() -> None:
    nine = msgspec.structs.replace(AWAKE, activity=seen(1))
    assert aldrete(nine, START, WINDOW_S).meaning == "may leave phase I"
    eight = msgspec.structs.replace(nine, respiration=seen(1))
    assert aldrete(eight, START, WINDOW_S).meaning == "stays in phase I"
    walks = msgspec.structs.replace(WELL, walking=seen(1))
    assert padss(walks, START, WINDOW_S).meaning == "fit to go home"
    helped = msgspec.structs.replace(walks, nausea=seen(1))
    assert padss(helped, START, WINDOW_S).meaning == "not fit to go home yet"


@pytest.mark.parametrize(
    ("systolic", "pulse", "points"),
    [(120, 100, 2), (80, 100, 2), (121, 100, 1), (140, 100, 1), (60, 100, 1), (141, 100, 0),
     (59, 100, 0), (100, 121, 1), (100, 140, 1), (100, 141, 0)],
)  # fmt: skip
def test_vital_signs_are_those_of_the_worse_of_pressure_and_pulse(
    systolic: float, pulse: float, points: int
) -> None:
    inputs = msgspec.structs.replace(
        WELL, systolic=seen(systolic), pulse=seen(pulse),
        baseline_systolic=100.0, baseline_pulse=100.0,
    )  # fmt: skip
    assert padss(inputs, START, WINDOW_S).points_of("Vital signs") == points


def test_what_lacks_is_named() -> None:
    assert aldrete(AldreteInputs(), START, WINDOW_S).text == (
        "Aldrete cannot be computed: Activity missing, Respiration missing, Circulation missing, "
        "Consciousness missing, SpO2 missing"
    )
    assert padss(PadssInputs(), START, WINDOW_S).text == (
        "PADSS cannot be computed: BP missing, HR missing, Walking missing, "
        "Nausea and vomiting missing, Pain missing, Bleeding missing"
    )
    no_baseline = msgspec.structs.replace(AWAKE, baseline_systolic=None, on_oxygen=None)
    assert aldrete(no_baseline, START, WINDOW_S).text == (
        "Aldrete cannot be computed: Circulation without a baseline, "
        "SpO2 without a word on oxygen or air"
    )
    old = msgspec.structs.replace(WELL, systolic=seen(120.0, 16), baseline_pulse=None)
    assert padss(old, START, WINDOW_S).text == (
        "PADSS cannot be computed: BP 16 min old, over 15, HR without a baseline"
    )
