"""A bad scenario says file, key and reason."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.scenario import Scenario, packaged_scenarios, read_scenario
from simulator.yaml_file import BadFile

Write = Callable[..., Scenario]


@pytest.mark.parametrize("name", packaged_scenarios())
def test_every_scenario_that_comes_along_is_good(name: str) -> None:
    assert read_scenario(name).name == name


@pytest.mark.parametrize(
    ("changes", "key", "reason"),
    [
        ({"history_min": "long"}, "history_min", "Expected `float`, got `str`"),
        ({"history_min": -1}, "history_min", "> 0"),
        ({"colour": "blue"}, "the file as a whole", "colour"),
        ({"pump": {"concentration_mg_ml": 0}}, "beds[0].pump.concentration_mg_ml", "> 0"),
        ({"infusion": {"changes": [{"do": "fly", "after_min": 1}]}}, "changes", "fly"),
        (
            {
                "infusion": {
                    "changes": [{"do": "pause", "after_min": 9}, {"do": "stop", "after_min": 3}]
                }
            },
            "beds[0].infusion",
            "order",
        ),
        ({"faults": [{"kind": "silence", "device": "x"}]}, "faults[0].device", "no device 'x'"),
        (
            {"faults": [{"kind": "probe_off", "device": "pump-1"}]},
            "faults[0].device",
            "not a monitor",
        ),
        (
            {"faults": [{"kind": "flapping_link", "device": "pump-1"}]},
            "faults[0]",
            "every_s",
        ),
        (
            {"faults": [{"kind": "silence", "device": "pump-1", "every_s": 5, "for_s": 9}]},
            "faults[0]",
            "shorter",
        ),
        (
            {"alarms": [{"device": "pump-1", "alarm": "hiccup", "priority": "low", "at_min": 1}]},
            "alarms[0].alarm",
            "hiccup",
        ),
        ({"infusion": {"repeat_every_min": 60}}, "beds[0].infusion", "longer than"),
        ({"history_min": float("nan")}, "history_min", "> 0"),
        ({"history_min": float("inf")}, "history_min", "<= 1000000"),
        ({"monitor": {"device": "pump-1"}}, "beds", "two beds"),
        ({"monitor": {"device": "no spaces"}}, "beds[0].monitor.device", "regex"),
    ],
)
def test_a_bad_value_says_file_key_and_reason(
    write_scenario: Write, changes: dict[str, Any], key: str, reason: str
) -> None:
    with pytest.raises(BadFile) as refused:
        write_scenario(**changes)
    told = str(refused.value)
    assert "test.yaml" in told
    assert key in told
    assert reason in told


def test_an_unknown_scenario_is_told_what_there_is() -> None:
    with pytest.raises(BadFile, match="ward24, ward40, ward8"):
        read_scenario("ward9")


def test_a_file_that_is_not_there_or_not_yaml_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="cannot be read"):
        read_scenario(str(tmp_path / "none.yaml"))
    (tmp_path / "bad.yaml").write_text("beds: [", encoding="utf-8")
    with pytest.raises(BadFile, match="not YAML"):
        read_scenario(str(tmp_path / "bad.yaml"))


def test_a_generated_ward_has_as_many_beds_as_asked_for() -> None:
    scenario = read_scenario("ward40", beds=3)
    assert [bed.bed for bed in scenario.beds] == ["1", "2", "3"]
    with pytest.raises(BadFile, match="--beds"):
        read_scenario("ward8", beds=3)
