"""The stories that come with the simulator, and the ground truth they carry."""

from collections import Counter
from pathlib import Path

import msgspec
import pytest

from infusion.alarms.limits import limits_for
from infusion.alarms.rules import IN_THE_CHAIR
from simulator.commands import main
from simulator.scenario import live_stories, packaged_stories, read_scenario
from simulator.truth import TrueAlarm, Verdict
from tests.fixtures.alarmed import BOOK
from vocabulary.alarms import AlarmCode, AlarmPriority, DeviceAlarmCode, LimitedMeasure

STORIES = packaged_stories()
BY_THEMSELVES = {DeviceAlarmCode.NEAR_END, DeviceAlarmCode.COMPLETE}
"""What a pump raises in any infusion that is completed."""


@pytest.mark.parametrize("name", STORIES)
def test_a_story_is_scripted_has_its_own_ward_and_ends_after_all_that_it_expects(
    name: str,
) -> None:
    story = read_scenario(name)
    assert story.name == story.ward == name
    assert story.scripted
    for expected in story.truth.raised:
        due_min = expected.at_min + expected.delay_s / 60
        assert due_min < story.history_min
        assert expected.over_by_min is None or due_min < expected.over_by_min < story.history_min


LIVE = live_stories()
LATEST_S = 10
"""On a busy machine an alarm may be on its screen so late; it is still within its window."""


@pytest.mark.parametrize("name", LIVE)
def test_what_is_due_in_a_live_window_is_due_well_before_its_end(name: str) -> None:
    story = read_scenario(name)
    assert story.live is not None
    end_min = story.live.from_min + story.live.for_s / 60
    assert end_min < story.history_min
    for expected in story.truth.raised:
        due_min = expected.at_min + (expected.delay_s + LATEST_S) / 60
        is_before = expected.at_min < story.live.from_min
        assert is_before or expected.at_min >= end_min or due_min < end_min


def test_live_windows_show_what_a_ward_must_show_and_what_it_must_not() -> None:
    assert len(LIVE) >= 10
    shown = set()
    for name in LIVE:
        story = read_scenario(name)
        window = story.live
        assert window is not None
        due = [a for a in story.truth.raised if 0 <= a.at_min - window.from_min < window.for_s / 60]
        shown |= {(a.alarm, a.priority) for a in due}
        if name in {"normal", "desaturation_short", "duplicates", "disorder", "sentinels"}:
            assert due == []
    assert shown >= {
        (AlarmCode.APNOEA, AlarmPriority.HIGH),
        (AlarmCode.SPO2_LOW, AlarmPriority.HIGH),
        (AlarmCode.SPO2_LOW, AlarmPriority.MEDIUM),
        (AlarmCode.RATE_WRONG, AlarmPriority.HIGH),
        (AlarmCode.DELIVERY_STOPPED, AlarmPriority.HIGH),
        (AlarmCode.DELIVERY_AFTER_END, AlarmPriority.HIGH),
        (AlarmCode.DEVICE_LOST, AlarmPriority.MEDIUM),
        (AlarmCode.SIGNAL_MISSING, AlarmPriority.MEDIUM),
        (AlarmCode.REPEAT_CUFF, AlarmPriority.MEDIUM),
    }


def test_no_device_stands_in_two_stories() -> None:
    names = Counter(
        spec.device
        for name in STORIES
        for bed in read_scenario(name).beds
        for spec in (bed.monitor, bed.pump)
        if spec is not None
    )
    assert [name for name, count in names.items() if count > 1] == []


def test_every_alarm_that_a_device_can_raise_is_raised_somewhere() -> None:
    raised = {alarm.alarm for name in STORIES for alarm in read_scenario(name).alarms}
    assert raised | BY_THEMSELVES == set(DeviceAlarmCode)


WITHOUT_A_LIMIT = {AlarmCode.TEMP_HIGH, AlarmCode.TEMP_LOW}
"""The configuration has no limit of temperature; a clinic may add one."""


def test_every_condition_that_devices_and_people_can_show_has_a_story() -> None:
    raised = {
        alarm.alarm
        for name in STORIES
        for alarm in read_scenario(name).truth.raised
        if not alarm.optional
    }
    assert set(AlarmCode) - raised == WITHOUT_A_LIMIT


BASELINE = dict.fromkeys(LimitedMeasure, 40.0)


def test_every_limit_of_the_clinic_is_the_truth_of_a_story() -> None:
    raised = {
        (alarm.alarm, alarm.priority)
        for name in STORIES
        for alarm in read_scenario(name).truth.raised
        if not alarm.optional
    }
    limits = {
        limit.limit: (limit.code, limit.priority)
        for phase in IN_THE_CHAIR
        for limit in limits_for(BOOK.rules, phase, BASELINE, {}).by_name.values()
    }
    assert len(limits) == len(BOOK.rules.limits)
    assert [name for name, limit in limits.items() if limit not in raised] == []


def test_every_kind_of_fault_has_a_story() -> None:
    kinds = {type(fault).__name__ for name in STORIES for fault in read_scenario(name).faults}
    assert kinds == {
        "Silence", "Duplicates", "Disorder", "Delay", "Loss", "BufferedBurst", "FlappingLink",
        "ClockOffset", "Sentinels", "Garbage", "ProbeOff", "SameLimbCuff",
    }  # fmt: skip


def test_the_truth_of_a_run_is_written_with_its_times(tmp_path: Path) -> None:
    arrivals, truth = tmp_path / "arrivals.jsonl", tmp_path / "truth.jsonl"
    start = "2026-11-22T08:00:00+00:00"
    command = ["run", "desaturation_long", "--start", start, "--file", str(arrivals)]
    assert main([*command, "--truth", str(truth)]) == 0
    alarms = [msgspec.json.decode(line, type=TrueAlarm) for line in truth.read_bytes().splitlines()]
    medium, high = (a for a in alarms if a.verdict is Verdict.REQUIRED)
    assert medium.due_at is not None
    assert medium.due_at.isoformat() == "2026-11-22T08:20:15+00:00"
    assert high.holds_since is not None
    assert high.holds_since.isoformat() == "2026-11-22T08:30:00+00:00"
    assert {a.ends_at.isoformat() for a in alarms} == {"2026-11-22T08:34:00+00:00"}


def test_the_truth_of_a_shorter_run_leaves_out_what_comes_later(tmp_path: Path) -> None:
    arrivals, truth = tmp_path / "arrivals.jsonl", tmp_path / "truth.jsonl"
    start, end = "2026-11-22T08:00:00+00:00", "2026-11-22T08:25:00+00:00"
    command = ["run", "desaturation_long", "--start", start, "--end", end]
    assert main([*command, "--file", str(arrivals), "--truth", str(truth)]) == 0
    assert b"08:30" not in truth.read_bytes()
