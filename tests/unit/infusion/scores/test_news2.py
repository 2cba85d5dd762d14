"""NEWS2 at every edge of the published chart, and what it says when it cannot be computed."""

import csv
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from infusion.configuration import Freshness
from infusion.readings import CuffPressure, Reading
from infusion.scores import news2 as n
from infusion.scores.news2 import Consciousness, News2Inputs, News2Risk, Spo2Scale, news2, risk_of
from infusion.scores.score import Given, Score, given_signal
from tests.fixtures.clinic import START
from vocabulary.ids import DeviceId
from vocabulary.states import InvalidReason

WINDOW_S = 900
NOT = "NEWS2 cannot be computed:"


def seen(value: object, minutes_ago: float = 0) -> Given:
    return Given(value=value, observed_at=START - timedelta(minutes=minutes_ago))


WELL = News2Inputs(
    rr=seen(16.0),
    spo2=seen(97.0),
    on_oxygen=False,
    systolic=seen(130.0),
    pulse=seen(72.0),
    consciousness=seen(Consciousness.ALERT),
    temp=seen(36.8),
)


def scored(**changes: object) -> Score:
    return news2(msgspec.structs.replace(WELL, **changes), START, WINDOW_S)


@pytest.mark.parametrize(
    ("field", "item", "edges"),
    [
        ("rr", n.RR, [(0, 3), (8, 3), (9, 1), (11, 1), (12, 0), (20, 0), (21, 2), (24, 2),
                      (25, 3), (60, 3)]),
        ("spo2", n.SPO2, [(50, 3), (91, 3), (92, 2), (93, 2), (94, 1), (95, 1), (96, 0),
                          (100, 0)]),
        ("systolic", n.BP, [(40, 3), (90, 3), (91, 2), (100, 2), (101, 1), (110, 1), (111, 0),
                            (219, 0), (220, 3), (300, 3)]),
        ("pulse", n.HR, [(20, 3), (40, 3), (41, 1), (50, 1), (51, 0), (90, 0), (91, 1),
                         (110, 1), (111, 2), (130, 2), (131, 3), (220, 3)]),
        ("temp", n.TEMP, [(30.0, 3), (35.0, 3), (35.1, 1), (36.0, 1), (36.1, 0), (38.0, 0),
                          (38.1, 1), (39.0, 1), (39.1, 2), (43.0, 2)]),
    ],
)  # fmt: skip
def test_each_band_begins_and_ends_where_the_chart_says(
    field: str, item: str, edges: list[tuple[float, int]]
) -> None:
    for value, points in edges:
        score = scored(**{field: seen(float(value))})
        assert score.points_of(item) == points, value
        assert score.total == points, value


@pytest.mark.parametrize(
    ("spo2", "on_air", "on_oxygen"),
    [
        (83, 3, 3), (84, 2, 2), (85, 2, 2), (86, 1, 1), (87, 1, 1), (88, 0, 0), (92, 0, 0),
        (93, 0, 1), (94, 0, 1), (95, 0, 2), (96, 0, 2), (97, 0, 3), (100, 0, 3),
    ],
)  # fmt: skip
def test_scale_2_bands_high_saturation_only_on_oxygen(
    spo2: float, on_air: int, on_oxygen: int
) -> None:
    for oxygen, points in ((False, on_air), (True, on_oxygen)):
        score = scored(spo2=seen(float(spo2)), on_oxygen=oxygen, scale=Spo2Scale.TWO)
        assert score.points_of(n.SPO2) == points
        assert score.points_of(n.OXYGEN) == (2 if oxygen else 0)
        assert score.total == points + (2 if oxygen else 0)


@pytest.mark.parametrize("level", list(Consciousness))
def test_all_but_alert_is_three_points(level: Consciousness) -> None:
    score = scored(consciousness=seen(level))
    assert score.total == (0 if level is Consciousness.ALERT else 3)


def test_expected_dissociation_is_reported_and_takes_nothing_off_the_score() -> None:
    score = scored(consciousness=seen(Consciousness.CONFUSED), dissociation_expected=True)
    assert score.total == 3
    assert score.notes == ("dissociation is expected",)
    assert n.red_items(score) == (n.CONSCIOUSNESS,)
    assert scored(dissociation_expected=False).notes == ()


@pytest.mark.parametrize(
    ("value", "item", "points"),
    [("rr", 8.4, 3), ("rr", 8.5, 1), ("spo2", 95.5, 0), ("spo2", 95.4, 1), ("temp", 36.04, 1),
     ("temp", 36.05, 0), ("pulse", 90.5, 1), ("systolic", 219.5, 3)],
)  # fmt: skip
def test_numbers_are_rounded_as_a_screen_shows_them(value: str, item: float, points: int) -> None:
    assert scored(**{value: seen(item)}).total == points


def test_the_highest_score_is_twenty_and_each_point_says_why() -> None:
    score = news2(
        News2Inputs(
            rr=seen(25.0), spo2=seen(91.0), on_oxygen=True, systolic=seen(90.0),
            pulse=seen(131.0), consciousness=seen(Consciousness.UNRESPONSIVE), temp=seen(35.0),
        ),
        START,
        WINDOW_S,
    )  # fmt: skip
    assert score.total == 20
    assert {item.item: item.why for item in score.items} == {
        "RR": "25 is 25 or more",
        "Oxygen": "on oxygen",
        "SpO2": "91 is 91 or less",
        "BP": "90 is 90 or less",
        "HR": "131 is 131 or more",
        "Consciousness": "U: unresponsive",
        "Temp": "35.0 is 35.0 or less",
    }
    assert score.text == "NEWS2 20"


@pytest.mark.parametrize(
    ("changes", "risk"),
    [
        ({}, News2Risk.LOW),
        ({"rr": seen(21.0), "pulse": seen(111.0)}, News2Risk.LOW),
        ({"rr": seen(25.0)}, News2Risk.LOW_MEDIUM),
        ({"rr": seen(21.0), "pulse": seen(111.0), "spo2": seen(95.0)}, News2Risk.MEDIUM),
        ({"rr": seen(25.0), "pulse": seen(131.0)}, News2Risk.MEDIUM),
        ({"rr": seen(25.0), "pulse": seen(131.0), "spo2": seen(95.0)}, News2Risk.HIGH),
    ],
)
def test_the_risk_follows_the_response_chart(changes: dict[str, Given], risk: News2Risk) -> None:
    score = scored(**changes)
    assert risk_of(score) is risk
    assert score.meaning == f"{risk.value} risk"


def test_without_a_respiratory_rate_there_is_no_number() -> None:
    score = scored(rr=Given())
    assert score.total is None
    assert score.text == "NEWS2 cannot be computed: RR missing"
    assert score.meaning == ""
    assert risk_of(score) is None


def test_everything_that_lacks_is_named_with_its_reason() -> None:
    score = scored(
        rr=Given(lacks="stale"), temp=Given(lacks="sensor off"), on_oxygen=None,
        spo2=seen(float("nan")), pulse=seen(400.0), consciousness=Given(),
    )  # fmt: skip
    assert score.text == (
        "NEWS2 cannot be computed: RR stale, Oxygen missing, SpO2 nan is not a number, "
        "HR 400 is not possible, Consciousness missing, Temp sensor off"
    )


def test_inputs_of_different_times_combine_within_the_window_only() -> None:
    rr_at, bp_soon, bp_late = START, START + timedelta(minutes=12), START + timedelta(minutes=45)
    for bp_at, text in (
        (bp_soon, "NEWS2 0"),
        (rr_at + timedelta(minutes=15), "NEWS2 0"),
        (
            rr_at + timedelta(minutes=15, seconds=1),
            "NEWS2 cannot be computed: RR 16 min old, over 15",
        ),
        (bp_late, "NEWS2 cannot be computed: RR 45 min old, over 15"),
    ):
        now = {
            name: Given(value=getattr(WELL, name).value, observed_at=bp_at)
            for name in ("spo2", "systolic", "pulse", "consciousness", "temp")
        }
        rr = Given(value=16.0, observed_at=rr_at)
        score = news2(msgspec.structs.replace(WELL, rr=rr, **now), bp_at, WINDOW_S)
        assert score.text == text


def test_an_input_from_after_the_moment_of_the_score_does_not_count() -> None:
    score = scored(systolic=Given(value=130.0, observed_at=START + timedelta(minutes=1)))
    assert score.text == "NEWS2 cannot be computed: BP observed later, at 14:01:00 UTC"


FRESHNESS = Freshness(late_after_s=3, stale_after_s=10)


def read(
    age_s: float, value: float | CuffPressure | None, reason: InvalidReason | None = None
) -> Reading:
    at = START - timedelta(seconds=age_s)
    return Reading(
        device=DeviceId("m"), device_time=at, observed_at=at, received_at=at, fresh_since=at,
        value=value, reason=reason,
    )  # fmt: skip


def test_a_reading_that_is_stale_or_invalid_leaves_the_score_with_its_reason() -> None:
    assert given_signal(read(9.9, 16.0), START, FRESHNESS).value == 16.0
    for reading, why in (
        (read(10, 16.0), "stale"),
        (read(1, None, InvalidReason.SENSOR_OFF), "sensor off"),
        (None, "missing"),
    ):
        given = given_signal(reading, START, FRESHNESS)
        assert (given.value, given.lacks) == (None, why)


def test_the_boundaries_that_another_project_tests_are_ours_too(shared_data: Path) -> None:
    path = shared_data / "news2" / "news2_parameter_boundaries.csv"
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 88
    for row in rows:
        score, item = _of(row)
        assert score.points_of(item) == int(row["score"]), row


def _of(row: dict[str, str]) -> tuple[Score, str]:
    parameter, value = row["parameter"], row["value"]
    if parameter == "consciousness":
        return scored(consciousness=seen(Consciousness(value))), n.CONSCIOUSNESS
    if parameter == "on_oxygen":
        return scored(on_oxygen=value == "1"), n.OXYGEN
    number = seen(float(value))
    if parameter == "spo2_scale2":
        oxygen = row["oxygen"] != "air"
        return scored(spo2=number, on_oxygen=oxygen, scale=Spo2Scale.TWO), n.SPO2
    field, item = {
        "rr": ("rr", n.RR),
        "spo2_scale1": ("spo2", n.SPO2),
        "temp_c": ("temp", n.TEMP),
        "sbp": ("systolic", n.BP),
        "pulse": ("pulse", n.HR),
    }[parameter]
    return scored(**{field: number}), item
