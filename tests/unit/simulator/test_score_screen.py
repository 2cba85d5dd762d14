"""What a ward screen was told, frame by frame, and how that compares with truth and record."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from simulator.faults import MS_PER_MIN
from simulator.scenario import read_scenario
from simulator.score import live
from simulator.score.live_report import broken_live_promises, live_lines
from simulator.score.raised import Onset, Sign
from simulator.score.screen import BadFrame, Screen
from simulator.score.watched import ALLOWANCE, Seen, Watched, seen
from vocabulary.alarms import AlarmCode, AlarmPriority

BEGIN = datetime(2026, 11, 22, 8, tzinfo=UTC)
UP = {"state": "up", "since": None, "detail": ""}
LINKS = {"device": UP, "broker": UP, "ingest": UP, "record": UP}
WARD = "desaturation_deep"
RAISED_S = 6 + 3
"""The story's event comes 6 s into its window, and is due 3 s later."""


def at(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


def ms(seconds: float) -> int:
    return round(at(seconds).timestamp() * 1000)


def line(raised_s: float = RAISED_S, **changes: Any) -> dict[str, Any]:
    plain = {
        "id": "a1", "code": "spo2_low", "priority": "high", "text": "SpO2 84 < 85",
        "signal_state": "active", "raised_ms": ms(raised_s),
    }  # fmt: skip
    return plain | changes


def frame(alarm: dict[str, Any] | None = None, sound: str | None = None, **changes: Any) -> str:
    numbers = changes.pop("numbers", {})
    tile = {"bed": "1", "numbers": numbers, "alarm": alarm, "sound": sound, "notes": []}
    plain = {
        "n": 2, "sent_ms": 0, "ward": WARD, "links": LINKS, "lag_s": 0.1, "stations": 0,
        "own": [], "calls": {}, "beds": {"1": {"held_ms": 0, "tile": tile}},
    }  # fmt: skip
    return json.dumps(plain | changes)


def shown(*frames: tuple[float, str]) -> Screen:
    screen = Screen(WARD)
    for seconds, text in frames:
        screen.take(text, at(seconds))
    return screen


def signs(screen: Screen) -> list[tuple[Sign, float]]:
    return [(o.sign, (o.at - BEGIN).total_seconds()) for o in screen.onsets]


def test_an_alarm_is_told_when_the_frame_with_it_comes_and_over_when_it_is_gone() -> None:
    spo2 = {"spo2": {"state": "live", "measured_ms": ms(8.95)}}
    screen = shown(
        (0, frame()),
        (9.2, frame(line(), "high", numbers=spo2)),
        (10, frame(line(), "high")),
        (20, frame()),
    )
    [told] = screen.onsets
    assert (told.sign, told.at, told.alarm) == (Sign.RAISED, at(9.2), AlarmCode.SPO2_LOW)
    assert (told.raised_at, told.caused_at) == (at(9), at(8.95))
    assert told.to_screen_s == pytest.approx(0.25)
    assert (told.is_audible, told.over_at, told.is_latched) == (True, at(20), False)


def test_an_alarm_that_a_timer_raised_has_no_sample() -> None:
    old = {"spo2": {"state": "stale", "measured_ms": ms(-5)}}
    [told] = shown((9.2, frame(line(), "high", numbers=old))).onsets
    assert told.caused_at == at(9)


def test_what_is_latched_is_over_and_what_comes_back_of_it_returned() -> None:
    latched = line(signal_state="latched")
    screen = shown(
        (9, frame(line(), "high")), (15, frame(latched)), (25, frame(line(), "high")),
    )  # fmt: skip
    assert signs(screen) == [(Sign.RAISED, 9), (Sign.RETURNED, 25)]
    assert (screen.onsets[0].over_at, screen.onsets[0].is_latched) == (at(15), True)


def test_more_urgent_is_a_rise_and_a_sound_that_begins_again_is_told() -> None:
    medium = line(priority="medium", text="SpO2 91 < 92")
    screen = shown(
        (9, frame(medium, "medium")),
        (12, frame(line(), "high")),
        (14, frame(line(signal_state="acknowledged"))),
        (30, frame(line(), "high")),
    )
    assert signs(screen) == [(Sign.RAISED, 9), (Sign.RISEN, 12), (Sign.RENEWED, 30)]
    assert all(o.is_audible for o in screen.onsets)


def test_a_sound_that_is_held_back_is_not_heard() -> None:
    [told] = shown((9, frame(line(), None))).onsets
    assert not told.is_audible


def test_an_alarm_behind_another_was_told_when_it_was_counted() -> None:
    other = line(12, id="a2", code="hr_low", priority="medium")
    screen = shown(
        (9, frame(line(), "high")),
        (12.2, frame(line(more=1), "high")),
        (30, frame(other, "medium")),
    )
    assert signs(screen) == [(Sign.RAISED, 9), (Sign.RAISED, 12.2)]
    assert screen.onsets[0].over_at == at(30)


def test_a_tile_that_is_live_and_a_house_that_is_not_are_noticed() -> None:
    live = {"hr": {"state": "live"}, "spo2": {"state": "late"}}
    down = LINKS | {"ingest": UP | {"state": "down"}, "device": UP | {"state": "down"}}
    screen = shown((0, frame(numbers=live)), (1, frame(links=down)), (2, frame(links=down)))
    assert screen.troubles == [(at(1), "ingest down")]
    assert not screen.is_live("1", "hr")
    screen.take(frame(numbers=live), at(3))
    assert screen.is_live("1", "hr")
    assert not screen.is_live("1", "spo2")


def test_a_frame_that_is_none_is_told() -> None:
    with pytest.raises(BadFrame, match="ward desaturation_deep"):
        Screen(WARD).take('{"beds": 3}', BEGIN)


@pytest.fixture
def watched() -> Watched:
    story = read_scenario(WARD)
    assert story.live is not None
    start = BEGIN - timedelta(minutes=story.live.from_min)
    return Watched(WARD, story, round(start.timestamp() * 1000), story.live)


def recorded(seconds: float, **changes: Any) -> Onset:
    """What the record has of the story's alarm."""
    [told] = shown((seconds, frame(line(), "high"))).onsets
    plain = Onset(
        **{name: getattr(told, name) for name in Onset.__struct_fields__ if name != "over_at"}
    )
    return msgspec.structs.replace(plain, **changes)


def judged(watched: Watched, screen: Screen, record: list[Onset]) -> tuple[Seen, list[str]]:
    found = seen(watched, screen, record, ALLOWANCE)
    return found, broken_live_promises([found])


def latched_at(seconds: float) -> tuple[float, str]:
    return seconds, frame(line(signal_state="latched"))


def test_a_story_that_was_shown_as_it_was_recorded_is_well(watched: Watched) -> None:
    assert watched.start_ms + watched.window.from_min * MS_PER_MIN == ms(0)
    screen = shown((9.3, frame(line(), "high")), latched_at(20))
    found, broken = judged(watched, screen, [recorded(9)])
    assert broken == []
    report = "\n".join(live_lines([found], ALLOWANCE))
    assert "desaturation_deep: as it should be" in report
    assert "3 s after it was due" in report


@pytest.mark.parametrize(
    ("seconds", "promises"),
    [
        (11.9, []),
        (
            12.1,
            [
                "1 high alarms were not raised in time",
                "1 alarms were raised that no story asks for",
            ],
        ),
    ],
)
def test_the_screen_has_two_seconds_and_one_more(
    watched: Watched, seconds: float, promises: list[str]
) -> None:
    screen = shown((seconds, frame(line(), "high")), latched_at(20))
    assert judged(watched, screen, [recorded(9)])[1] == promises


def test_what_only_the_record_has_is_missed_and_unshown(watched: Watched) -> None:
    found, broken = judged(watched, shown((9, frame())), [recorded(9)])
    assert broken == [
        "1 high alarms were not raised in time",
        "1 alarms of the record were never told to a screen",
    ]
    assert "UNSHOWN" in "\n".join(live_lines([found], ALLOWANCE))


@pytest.mark.parametrize(
    "record",
    [
        [],
        [recorded(9, alarm_id="a7")],
        [recorded(9, at=at(8.8))],
        [recorded(9, priority=AlarmPriority.MEDIUM)],
        [recorded(9, alarm=AlarmCode.HR_LOW)],
    ],
)
def test_what_a_screen_has_otherwise_than_the_record_is_told(
    watched: Watched, record: list[Onset]
) -> None:
    screen = shown((9.3, frame(line(), "high")), latched_at(20))
    assert (
        "1 alarms were shown otherwise than the record has them"
        in judged(watched, screen, record)[1]
    )


def test_one_behind_another_was_told_to_the_screen(watched: Watched) -> None:
    screen = shown((9.3, frame(line(), "high")), (12, frame(line(more=1), "high")), latched_at(20))
    behind = recorded(11.8, alarm_id="a2", alarm=AlarmCode.HR_LOW, priority=AlarmPriority.LOW)
    assert judged(watched, screen, [recorded(9), behind])[1] == []
    alone = shown((9.3, frame(line(), "high")), latched_at(20))
    assert "never told" in judged(watched, alone, [recorded(9), behind])[1][0]


@pytest.mark.parametrize("goes_on", [True, False])
def test_a_return_whose_signal_goes_on_is_no_second_alert(watched: Watched, goes_on: bool) -> None:
    screen = shown((9.3, frame(line(), "high")), latched_at(20), (30, frame(line(), "high")))
    back = recorded(29.9, sign=Sign.RETURNED, sounds_again=not goes_on)
    found, broken = judged(watched, screen, [recorded(9), back])
    assert found.pieces == goes_on
    assert broken == ([] if goes_on else ["1 alarms were heard a second time within a minute"])


def test_what_stood_before_the_window_is_not_judged(watched: Watched) -> None:
    old = line(-20, id="a0", code="clock_wrong", priority="low")
    screen = shown(
        (0.2, frame(old)), (9.3, frame(line(more=1), "high")), latched_at(20),
    )  # fmt: skip
    assert judged(watched, screen, [recorded(9)])[1] == []


def test_how_an_alarm_ends_counts_only_within_the_window(watched: Watched) -> None:
    [alarm] = [a for a in watched.truth(ALLOWANCE) if a.over_by is not None]
    assert alarm.over_by is not None
    short = msgspec.structs.replace(watched.window, for_s=20)
    [alarm] = [a for a in watched._replace(window=short).truth(ALLOWANCE) if a.due_at is not None]
    assert alarm.over_by is None


@pytest.mark.parametrize(("lead_s", "tries"), [(None, [1.0, 2.0]), (30.0, [1.0])])
def test_a_machine_that_became_too_busy_is_tried_once_more(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lead_s: float | None, tries: list[float]
) -> None:
    tried: list[float] = []

    def watch(_folder: Path, _config: Path, _plan: live.Plan, patience: float) -> list[Seen]:
        tried.append(patience)
        raise live.NotLive("1 beds were not live")

    monkeypatch.setattr(live, "_watch_once", watch)
    plan = live.Plan([(WARD, read_scenario(WARD))], 1, lead_s, ALLOWANCE)
    with pytest.raises(live.NotLive):
        live.watch_live(tmp_path, tmp_path, plan)
    assert tried == tries
