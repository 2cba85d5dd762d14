"""Sounds of alarms: the pulses that are shipped, and what the standard refuses."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from config.problems import BadConfiguration
from config.sounds import read_sounds
from vocabulary.alarms import AlarmPriority

SHIPPED = Path(__file__).resolve().parents[3] / "config"


@pytest.fixture
def refused(tmp_path: Path) -> Callable[[str, str], str]:
    """Why `sounds.yaml` is refused once `old` in it is `new`."""

    def change(old: str, new: str) -> str:
        text = (SHIPPED / "sounds.yaml").read_text("utf-8")
        assert old in text
        (tmp_path / "sounds.yaml").write_text(text.replace(old, new, 1), "utf-8")
        with pytest.raises(BadConfiguration) as caught:
            read_sounds(tmp_path)
        return str(caught.value)

    return change


def test_a_high_burst_is_ten_pulses_in_two_halves_of_three_and_two() -> None:
    burst = read_sounds(SHIPPED).bursts[AlarmPriority.HIGH]
    gaps = [after - before - burst.pulse_ms for before, after in pairwise(burst.onsets_ms)]
    assert gaps == [100, 100, 350, 100, 700, 100, 100, 350, 100]
    assert burst.every_ms == burst.onsets_ms[-1] + burst.pulse_ms + 5000


def test_a_medium_burst_is_three_pulses_and_low_has_none() -> None:
    sounds = read_sounds(SHIPPED)
    medium = sounds.bursts[AlarmPriority.MEDIUM]
    assert medium.onsets_ms == (0, 400, 800)
    assert medium.every_ms == 1000 + 10_000
    assert set(sounds.bursts) == {AlarmPriority.HIGH, AlarmPriority.MEDIUM}


def test_a_pulse_has_fallen_before_the_next_one_has_risen() -> None:
    for burst in read_sounds(SHIPPED).bursts.values():
        shortest = min(b - a for a, b in pairwise(burst.onsets_ms)) - burst.pulse_ms
        assert 0.1 * burst.pulse_ms <= burst.rise_ms <= 0.2 * burst.pulse_ms
        assert burst.fall_ms <= shortest - burst.rise_ms


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("pulse_ms: 150", "pulse_ms: 60", "bursts.high.pulse_ms"),
        ("spacing_ms: 100", "spacing_ms: 130", "bursts.high.spacing_ms"),
        ("every_s: 5", "every_s: 20", "bursts.high.every_s"),
        ("groups: [3, 2, 3, 2]", "groups: [3, 2, 2, 3]", "[3, 2, 3, 2]"),
        ("gaps_ms: [350, 700, 350]", "gaps_ms: [350, 200, 350]", "350 to 1300"),
        ("gaps_ms: [350, 700, 350]", "gaps_ms: [350, 700]", "4 groups have 3 gaps_ms"),
        ("pulse_ms: 200", "pulse_ms: 300", "bursts.medium.pulse_ms"),
        ("fundamental_hz: 440", "fundamental_hz: 1200", "fundamental_hz"),
        ("harmonics_db: [0, -2, -4, -7, -9]", "harmonics_db: [0, -2, -4]", "at least 4"),
        ("harmonics_db: [0, -2, -4, -7, -9]", "harmonics_db: [0, -2, -4, -7, -20]", "harmonics_db"),
        ("rise_percent: 15", "rise_percent: 30", "rise_percent"),
        ("lowest: 30", "lowest: 0", "volume.lowest"),
        ("first: 70", "first: 20", "below lowest"),
    ],
)
def test_what_the_standard_does_not_allow_stops_the_start(
    refused: Callable[[str, str], str], old: str, new: str, why: str
) -> None:
    assert why in refused(old, new)
