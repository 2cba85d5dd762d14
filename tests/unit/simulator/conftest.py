"""What the simulator's tests share: a start, a scenario written down in a test."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator.recorded import record_run
from simulator.scenario import Scenario, read_scenario
from simulator.ward import build_ward
from vocabulary.ids import WardId
from wire.decoding import Refused, decode

START_MS = 1_795_000_000_250

WriteScenario = Callable[..., Scenario]


@pytest.fixture
def start_ms() -> int:
    return START_MS


@pytest.fixture
def write_scenario(tmp_path: Path) -> WriteScenario:
    """One bed, 70 kg, monitor-1 and pump-1, 35 mg over 60 min from minute 10; plus changes."""

    def write(**changes: Any) -> Scenario:
        bed = {
            "bed": "1",
            "weight_kg": 70,
            "monitor": {"device": "monitor-1"} | changes.pop("monitor", {}),
            "pump": {"device": "pump-1", "concentration_mg_ml": 1} | changes.pop("pump", {}),
            "infusion": {"start_min": 10, "dose_mg_kg": 0.5, "over_min": 60}
            | changes.pop("infusion", {}),
            "patient": changes.pop("patient", {}),
        }
        content = {"name": "test", "ward": "north", "beds": [bed]} | changes
        path = tmp_path / "test.yaml"
        path.write_text(yaml.safe_dump(content), encoding="utf-8")
        return read_scenario(str(path))

    return write


@dataclass(frozen=True)
class Arrived:
    """One arrival of a recorded run, taken apart; `message` is None if it is refused."""

    received_ms: float
    topic: str
    payload: bytes
    message: Any


@pytest.fixture
def run_minutes() -> Callable[..., list[Arrived]]:
    """Run a scenario into memory for some minutes."""

    def run(scenario: Scenario, minutes: float, seed: int = 1) -> list[Arrived]:
        stations = build_ward(scenario, seed=seed, start_ms=START_MS)
        end_ms = START_MS + round(minutes * 60_000)
        found = []
        for arrival in record_run(stations, WardId(scenario.ward), seed=seed, end_ms=end_ms):
            payload = arrival.payload_bytes()
            try:
                _, message = decode(arrival.topic, payload)
            except Refused:
                message = None
            received_ms = arrival.received_at.timestamp() * 1000
            found.append(Arrived(received_ms, arrival.topic, payload, message))
        return found

    return run
