"""The scorer: what a receiver raised against the truth of a story."""

import argparse
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from simulator.score import command
from simulator.score.matching import Outcome, judge
from simulator.score.raised import Onset, Sign, UnreadableAlarm, read_onsets
from simulator.score.receiver import Receiver, Run
from simulator.score.report import broken_promises, burden_of, report_lines, scores_of
from simulator.score.rooms import Rooms
from simulator.story import AlarmEnd
from simulator.truth import TrueAlarm, Verdict
from vocabulary.alarms import AlarmCode, AlarmKind, AlarmPriority

START = datetime(2026, 11, 22, 8, tzinfo=UTC)
END = START + timedelta(minutes=60)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def expected(minute: float = 20, delay_s: float = 10, **fields: Any) -> TrueAlarm:
    """SpO2 low at bed 1, high, required."""
    plain = TrueAlarm(
        story="test",
        ward="test",
        bed="1",
        alarm=AlarmCode.SPO2_LOW,
        kind=AlarmKind.PHYSIOLOGICAL,
        verdict=Verdict.REQUIRED,
        ends_at=END,
        priority=AlarmPriority.HIGH,
        holds_since=at(minute),
        not_before=at(minute),
        due_at=at(minute) + timedelta(seconds=delay_s),
    )
    return msgspec.structs.replace(plain, **fields)


def onset(seconds: float, **fields: Any) -> Onset:
    """The same alarm, raised so many seconds after minute 20."""
    plain = Onset(
        sign=Sign.RAISED,
        ward="test",
        bed="1",
        alarm=AlarmCode.SPO2_LOW,
        kind=AlarmKind.PHYSIOLOGICAL,
        priority=AlarmPriority.HIGH,
        alarm_id="a1",
        at=at(20) + timedelta(seconds=seconds),
    )
    return msgspec.structs.replace(plain, **fields)


def told(outcome: Outcome) -> list[str]:
    return broken_promises([outcome])


def test_an_alarm_in_its_time_is_a_hit_with_its_delay() -> None:
    outcome = judge("test", [expected()], [onset(10.5)], END)
    assert told(outcome) == []
    score = scores_of([outcome])[0]
    assert (score.required, score.raised, score.recall, score.precision) == (1, 1, 1, 1)
    assert score.delay_median_s == 10.5
    assert score.late_max_s == 0.5


@pytest.mark.parametrize("seconds", [-1, 12.1])
def test_an_alarm_too_soon_or_too_late_is_missed_and_unasked(seconds: float) -> None:
    outcome = judge("test", [expected()], [onset(seconds)], END)
    assert len(outcome.missed) == len(outcome.unasked) == 1
    assert told(outcome) == [
        "1 high alarms were not raised in time",
        "1 alarms were raised that no story asks for",
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"bed": "2"},
        {"alarm": AlarmCode.HR_LOW},
        {"priority": AlarmPriority.MEDIUM},
    ],
)
def test_another_bed_alarm_or_priority_is_not_it(fields: dict[str, Any]) -> None:
    outcome = judge("test", [expected()], [onset(10, **fields)], END)
    assert len(outcome.missed) == len(outcome.unasked) == 1


def test_a_rise_of_an_alarm_can_be_what_was_asked_for() -> None:
    lower = onset(5, priority=AlarmPriority.MEDIUM)
    may = expected(verdict=Verdict.OPTIONAL, priority=AlarmPriority.MEDIUM)
    outcome = judge("test", [expected(), may], [lower, onset(10, sign=Sign.RISEN)], END)
    assert told(outcome) == []


def test_a_rise_that_nobody_asked_for_is_told() -> None:
    outcome = judge(
        "test",
        [expected(priority=AlarmPriority.MEDIUM)],
        [onset(5, priority=AlarmPriority.MEDIUM), onset(30, sign=Sign.RISEN)],
        END,
    )
    assert [o.sign for o in outcome.unasked] == [Sign.RISEN]


def test_an_alarm_that_returns_is_the_same_one_and_its_signal_may_go_on() -> None:
    back = [onset(s, sign=Sign.RETURNED, sounds_again=False) for s in (40, 70, 100)]
    outcome = judge("test", [expected()], [onset(10), *back], END)
    assert told(outcome) == []


@pytest.mark.parametrize("sign", [Sign.RETURNED, Sign.RENEWED, Sign.RAISED])
def test_whatever_is_heard_again_of_the_same_thing_within_a_minute_is_a_duplicate(
    sign: Sign,
) -> None:
    truth = [expected(), expected(verdict=Verdict.OPTIONAL, due_at=at(22))]
    outcome = judge("test", truth, [onset(10), onset(69, sign=sign)], END)
    assert told(outcome) == ["1 alarms were heard a second time within a minute"]
    later = judge("test", truth, [onset(10), onset(71, sign=sign)], END)
    assert told(later) == []


def test_what_is_more_urgent_than_a_moment_ago_is_no_duplicate() -> None:
    may = expected(verdict=Verdict.OPTIONAL, priority=AlarmPriority.MEDIUM)
    lower = onset(5, priority=AlarmPriority.MEDIUM)
    truth = [expected(), may]
    assert told(judge("test", truth, [lower, onset(10, sign=Sign.RISEN)], END)) == []
    back = onset(40, sign=Sign.RETURNED, priority=AlarmPriority.MEDIUM)
    assert len(judge("test", truth, [lower, onset(10), back], END).duplicates) == 1


def test_two_devices_are_two_things_and_a_patient_is_one() -> None:
    may = {"verdict": Verdict.OPTIONAL, "due_at": at(22)}
    truth = [expected(**may), expected(**may)]
    patient = [onset(10, subject=""), onset(20, subject="monitor")]
    assert len(judge("test", truth, patient, END).duplicates) == 1
    devices = [msgspec.structs.replace(o, kind=AlarmKind.TECHNICAL) for o in patient]
    assert judge("test", truth, devices, END).duplicates == ()


def test_an_optional_alarm_is_neither_missed_nor_unasked() -> None:
    may = expected(verdict=Verdict.OPTIONAL)
    assert told(judge("test", [may], [], END)) == []
    assert told(judge("test", [may], [onset(9)], END)) == []


def test_the_same_alarm_twice_within_a_minute_is_told() -> None:
    truth = [expected(), expected(verdict=Verdict.OPTIONAL, due_at=at(22))]
    twice = judge("test", truth, [onset(10), onset(69)], END)
    assert told(twice) == ["1 alarms were heard a second time within a minute"]
    assert told(judge("test", truth, [onset(10), onset(71)], END)) == []


def test_what_comes_after_the_end_of_a_story_is_not_looked_at() -> None:
    assert told(judge("test", [], [onset(0, at=END)], END)) == []
    assert len(judge("test", [], [onset(0, at=END - timedelta(seconds=1))], END).unasked) == 1


@pytest.mark.parametrize(
    ("over_at", "is_latched", "becomes", "is_well"),
    [
        (at(21), False, AlarmEnd.ENDED, True),
        (at(21), True, AlarmEnd.LATCHED, True),
        (at(21), True, AlarmEnd.ENDED, False),
        (at(22), False, AlarmEnd.ENDED, False),
        (None, False, AlarmEnd.ENDED, False),
    ],
)
def test_an_alarm_is_over_or_latched_when_it_should_be(
    over_at: datetime | None, is_latched: bool, becomes: AlarmEnd, is_well: bool
) -> None:
    truth = expected(over_by=at(21), becomes=becomes)
    raised = onset(10, over_at=over_at, is_latched=is_latched)
    assert (told(judge("test", [truth], [raised], END)) == []) is is_well


def test_two_percent_of_the_medium_alarms_may_be_missed() -> None:
    truth = [expected(m / 2, 5, priority=AlarmPriority.MEDIUM) for m in range(100)]
    onsets = [
        onset(0, at=at(m / 2) + timedelta(seconds=1), priority=AlarmPriority.MEDIUM)
        for m in range(3, 100)
    ]
    outcome = judge("test", truth, onsets, END)
    assert any("3 of 100 medium alarms were missed" in line for line in told(outcome))
    one_more = [*onsets, onset(0, at=at(1.01), priority=AlarmPriority.MEDIUM)]
    assert not any("medium" in line for line in told(judge("test", truth, one_more, END)))


def line(kind: str, minute: float, **fields: Any) -> bytes:
    """One event of the record, as the receiver prints it."""
    event = {
        "type": kind,
        "ward": "test",
        "bed": "1",
        "session": "test-1",
        "at": at(minute).isoformat(),
        "cause": 7,
        "alarm": "a1",
        "code": "spo2_low",
        "kind": "physiological",
        "subject": "",
        "priority": "medium",
        "text": "SpO2 91 < 92",
    }
    return msgspec.json.encode({"position": 1, "kind": kind, "event": event | fields})


def test_onsets_are_read_from_the_events_of_a_record() -> None:
    lines = [
        line("AlarmRaised", 20),
        line("SomethingElse", 20.1),
        line("AlarmChanged", 20.2, priority="high", was="medium", text="SpO2 88 < 90"),
        line("AlarmChanged", 20.3, priority="medium", was="high", sounds_again=False),
        line("AlarmLatched", 21),
        b"",
        line("AlarmEnded", 30),
        line("AlarmReturned", 31),
    ]
    found = read_onsets(lines)
    assert [(o.sign, o.priority.value, o.at) for o in found] == [
        (Sign.RAISED, "medium", at(20)),
        (Sign.RISEN, "high", at(20.2)),
        (Sign.RETURNED, "medium", at(31)),
    ]
    assert [(o.over_at, o.is_latched) for o in found] == [
        (at(21), True), (at(21), True), (None, False),
    ]  # fmt: skip
    assert found[1].text == "SpO2 88 < 90"


def test_a_line_that_is_not_as_we_know_alarms_is_told_by_its_number() -> None:
    with pytest.raises(UnreadableAlarm, match=r"line 2: .*code"):
        read_onsets([line("AlarmRaised", 20), line("AlarmRaised", 21, code="no_such_alarm")])


def test_the_report_says_what_went_wrong_and_where() -> None:
    unasked = onset(60, alarm=AlarmCode.HR_LOW, text="HR 38 < 40")
    report = "\n".join(report_lines([judge("test", [expected()], [unasked], END)], START))
    assert "MISSED    spo2_low (high) at bed 1: holds from minute 20.00, due by 20.17" in report
    assert "UNASKED   hr_low (high, raised) at bed 1: minute 21.00: HR 38 < 40" in report


def test_the_burden_counts_what_sounds_per_patient_hour() -> None:
    beds = [("test", str(n)) for n in range(1, 101)]
    onsets = [onset(n, bed="1") for n in range(6)]
    onsets += [onset(n, bed="2", priority=AlarmPriority.LOW) for n in range(6)]
    burden = burden_of(onsets, beds, 1.5)
    assert (burden.median_per_h, burden.p95_per_h) == (0, 0)
    assert burden.by_alarm == {"spo2_low": 6}
    many = [onset(n, bed=str(bed)) for bed in range(1, 100) for n in range(3)]
    assert burden_of(many, beds, 1.5).median_per_h == 2


def test_every_bed_with_a_monitor_is_a_bed_of_the_receiver(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[tuple[str, ...]] = []

    def do(_: Rooms, *arguments: str) -> bytes:
        done.append(arguments)
        return line("AlarmRaised", 20) if arguments[:2] == ("record", "events") else b""

    monkeypatch.setattr(Rooms, "do", do)
    config = tmp_path / "config"
    config.mkdir()
    (config / "alarms.yaml").write_text("limits: []")
    run = Run(["two_pumps"], [command.read_scenario("two_pumps")], START, 1)
    onsets = Receiver(tmp_path / "house", config).take(run)
    assert [o.alarm for o in onsets] == [AlarmCode.SPO2_LOW]
    assert [step[0] for step in done] == ["demo", "record", "ingest", "record"]
    wards = (tmp_path / "house" / "config" / "wards.yaml").read_text()
    assert "two_pumps-monitor" in wards
    assert "spare" not in wards
    assert (tmp_path / "house" / "config" / "alarms.yaml").exists()
    times = [
        msgspec.json.decode(item)["received_at"]
        for item in (tmp_path / "house" / "arrivals.jsonl").read_bytes().splitlines()
    ]
    assert times == sorted(times)
    assert len(times) > 26 * 60 * 3


@pytest.mark.parametrize(("seconds", "code"), [(3, 0), (30, 1)])
def test_the_command_ends_with_1_if_a_promise_is_broken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, seconds: float, code: int
) -> None:
    raised = onset(seconds, ward="desaturation_deep", over_at=at(20.4), is_latched=True)
    monkeypatch.setattr(Receiver, "__init__", lambda *_: None)
    monkeypatch.setattr(Receiver, "take", lambda *_: [raised])
    options = argparse.Namespace(
        story=["desaturation_deep"], hours=None, seed=1, config=tmp_path,
        keep=tmp_path / "kept", json=tmp_path / "figures.json", live=False,
    )  # fmt: skip
    said: list[str] = []
    assert command.score_command(options, said.append) == code
    figures = msgspec.json.decode((tmp_path / "figures.json").read_bytes())
    assert bool(figures["broken"]) == bool(code)
    assert any(part.startswith("NOT KEPT") for part in said) == bool(code)


def test_hours_are_counted_over_every_go(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seeds: list[int] = []

    def take(_: Receiver, run: Run) -> list[Onset]:
        seeds.append(run.seed)
        return [onset(n, ward="normal_hours") for n in range(9)]

    monkeypatch.setattr(Receiver, "__init__", lambda *_: None)
    monkeypatch.setattr(Receiver, "take", take)
    monkeypatch.setattr(command, "BEDS_AT_ONCE", 2)
    options = argparse.Namespace(
        story=[],
        hours=3,
        live=False,
        of="normal_hours",
        seed=5,
        config=tmp_path,
        keep=tmp_path / "kept",
        json=None,
    )
    said: list[str] = []
    assert command.score_command(options, said.append) == 1
    assert seeds == [5, 7]
    assert said[0] == (
        "3 patients of 1.50 h: audible alarms per patient-hour: median 6.00, p95 6.00"
    )
