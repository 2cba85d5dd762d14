"""Episodes, extra cuffs, a pump started again: what a story does to a ward."""

from collections.abc import Callable
from typing import Any

import pytest

from simulator.scenario import Scenario
from simulator.yaml_file import BadFile
from vocabulary.signals import SignalName
from vocabulary.states import InvalidReason, PumpState
from wire.messages import DeviceEvent, PumpReading, Vitals

Write = Callable[..., Scenario]
Run = Callable[..., list[Any]]


def _vitals(arrivals: list[Any]) -> list[Any]:
    return [a.message for a in arrivals if isinstance(a.message, Vitals)]


def _between(messages: list[Any], start_ms: int, from_s: float, to_s: float) -> list[Any]:
    return [m for m in messages if from_s <= m.time.timestamp() - start_ms / 1000 < to_s]


def test_an_episode_sets_the_signs_for_its_time_and_gives_them_back(
    write_scenario: Write, run_minutes: Run, start_ms: int
) -> None:
    episode = {"bed": "1", "at_min": 1, "for_s": 8, "to": {"spo2": 84}}
    vitals = _vitals(run_minutes(write_scenario(scripted=True, episodes=[episode]), 2))
    during = _between(vitals, start_ms, 60, 68)
    assert len(during) == 8
    assert {m.spo2 for m in during} == {84}
    assert min(m.spo2 for m in _between(vitals, start_ms, 0, 60)) > 90
    assert min(m.spo2 for m in _between(vitals, start_ms, 68, 120)) > 90


def test_a_ramp_goes_there_and_back_step_by_step(
    write_scenario: Write, run_minutes: Run, start_ms: int
) -> None:
    episode = {"bed": "1", "at_min": 1, "ramp_s": 20, "for_s": 10, "to": {"hr": 36}}
    vitals = _vitals(run_minutes(write_scenario(scripted=True, episodes=[episode]), 3))
    rates = [m.hr for m in _between(vitals, start_ms, 60, 80)]
    assert rates[0] > 60
    assert rates[-1] < 45
    assert {m.hr for m in _between(vitals, start_ms, 80, 90)} == {36}
    assert _between(vitals, start_ms, 111, 112)[0].hr > 60


def test_an_episode_that_comes_again_comes_so_often(
    write_scenario: Write, run_minutes: Run, start_ms: int
) -> None:
    episode = {
        "bed": "1", "at_min": 0.5, "for_s": 4, "every_s": 12, "times": 3,
        "invalid": {"spo2": "artifact"},
    }  # fmt: skip
    vitals = _vitals(run_minutes(write_scenario(scripted=True, episodes=[episode]), 2))
    lost = [m for m in vitals if m.spo2 is None]
    assert len(lost) == 12
    assert {m.invalid[SignalName.SPO2] for m in lost} == {InvalidReason.ARTIFACT}
    assert all(m.hr is not None for m in lost)


def test_a_pressed_cuff_reads_reads_wrong_or_fails(
    write_scenario: Write, run_minutes: Run, start_ms: int
) -> None:
    scenario = write_scenario(
        scripted=True,
        cuffs=[
            {"bed": "1", "at_min": 2},
            {"bed": "1", "at_min": 3, "off_mmhg": 45},
            {"bed": "1", "at_min": 4, "fails": True},
        ],
    )
    arrivals = run_minutes(scenario, 5)
    pressures = [m.nibp.sys for m in _vitals(arrivals) if m.nibp]
    assert pressures == pytest.approx([122, 122, 167], abs=1)
    failed = [
        a.message
        for a in arrivals
        if isinstance(a.message, DeviceEvent) and a.message.event.value == "nibp_failed"
    ]
    assert len(_between(failed, start_ms, 275, 277)) == 1


def test_a_scripted_ward_leaves_nothing_to_chance(write_scenario: Write, run_minutes: Run) -> None:
    vitals = _vitals(run_minutes(write_scenario(scripted=True), 30, seed=7))
    assert min(m.spo2 for m in vitals) >= 94
    assert max(m.spo2 for m in vitals) <= 100
    assert all(10 <= m.rr <= 20 for m in vitals)
    assert all(60 < m.hr < 90 for m in vitals)


def test_a_pump_started_again_delivers_on_a_new_counter_and_keeps_the_patient(
    write_scenario: Write, run_minutes: Run
) -> None:
    changes = [
        {"do": "stop", "after_min": 1},
        {"do": "start", "after_min": 2, "dose_mg_kg": 0.1, "rate_mg_kg_h": 0.5},
    ]
    infusion = {"start_min": 1, "changes": changes}
    arrivals = run_minutes(write_scenario(scripted=True, infusion=infusion), 4)
    readings = [a.message for a in arrivals if isinstance(a.message, PumpReading)]
    last = readings[-1]
    assert last.state is PumpState.INFUSING
    assert last.counter == "c2"
    assert last.volume == pytest.approx(35 / 60, abs=0.02)
    assert last.remaining == pytest.approx(7 - 35 / 60, abs=0.02)


def test_a_pump_that_was_told_another_weight_says_so_and_runs_accordingly(
    write_scenario: Write, run_minutes: Run
) -> None:
    arrivals = run_minutes(write_scenario(pump={"weight_kg": 100}, infusion={"start_min": 0}), 1)
    last = [a.message for a in arrivals if isinstance(a.message, PumpReading)][-1]
    assert (last.weight, last.rate) == (100, 50)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"episodes": [{"bed": "9", "at_min": 1, "for_s": 1, "to": {"hr": 40}}]},
            "episodes[0].bed",
        ),
        ({"episodes": [{"bed": "1", "at_min": 1, "for_s": 1}]}, "needs `to` or `invalid`"),
        (
            {"episodes": [{"bed": "1", "at_min": 1, "for_s": 9, "to": {"hr": 40}, "times": 2}]},
            "come together",
        ),
        ({"cuffs": [{"bed": "9", "at_min": 1}]}, "cuffs[0].bed"),
        ({"truth": {"never": [{"alarm": "hr_low", "bed": "9"}]}}, "truth.never[0].bed"),
    ],
)
def test_a_story_that_cannot_be_says_where_and_why(
    write_scenario: Write, changes: dict[str, Any], told: str
) -> None:
    with pytest.raises(BadFile) as refused:
        write_scenario(**changes)
    assert told in str(refused.value)
