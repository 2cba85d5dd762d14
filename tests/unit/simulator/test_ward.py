"""Whole wards: nothing is refused, nothing is missing, and the same seed gives the same bytes."""

import time
from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from simulator.faults import Garbage
from simulator.monitor import Monitor
from simulator.programme import plan_delivery
from simulator.recorded import record_run
from simulator.scenario import Scenario, read_scenario
from simulator.ward import build_ward
from vocabulary.ids import WardId
from vocabulary.states import DeviceState, PumpState
from wire.arrivals import write_arrivals
from wire.decoding import Refused, decode
from wire.messages import DeviceEvent, PumpReading, Status, Vitals

MIN = 60_000
Run = Callable[..., list[Any]]


def test_a_ward_of_24_beds_is_accepted_whole_but_for_its_garbage(run_minutes: Run) -> None:
    scenario = read_scenario("ward24")
    assert sum(isinstance(fault, Garbage) for fault in scenario.faults) == 1
    arrivals = run_minutes(scenario, 10)
    refused = [arrival for arrival in arrivals if arrival.message is None]
    assert {arrival.topic.split("/")[4] for arrival in refused} == {"monitor-9"}
    assert len({arrival.topic.split("/")[4] for arrival in arrivals}) == 48
    assert len(arrivals) > 48 * 590


def test_all_garbage_is_refused(run_minutes: Run) -> None:
    arrivals = run_minutes(read_scenario("ward24"), 10)
    refused = [a for a in arrivals if a.message is None]
    assert len(refused) == pytest.approx(600 / 7, abs=2)


def test_seq_has_no_hole_on_any_device_of_a_ward_without_faults(run_minutes: Run) -> None:
    seqs = defaultdict(list)
    for arrival in run_minutes(read_scenario("ward40"), 3):
        if not isinstance(arrival.message, Status):
            seqs[arrival.topic.split("/")[4]].append(arrival.message.seq)
    assert len(seqs) == 80
    assert all(found == list(range(len(found))) for found in seqs.values())


def test_arrivals_are_in_order_and_a_few_milliseconds_after_measuring(run_minutes: Run) -> None:
    arrivals = run_minutes(read_scenario("ward40"), 2)
    received = [arrival.received_ms for arrival in arrivals]
    assert received == sorted(received)
    delays = [
        a.received_ms - a.message.time.timestamp() * 1000
        for a in arrivals
        if isinstance(a.message, Vitals | PumpReading)
    ]
    assert min(delays) > 0
    assert max(delays) < 50


def test_devices_speak_spread_over_the_second(run_minutes: Run) -> None:
    arrivals = run_minutes(read_scenario("ward40"), 0.2)
    phases = {
        a.message.time.microsecond // 100_000 for a in arrivals if isinstance(a.message, Vitals)
    }
    assert phases == set(range(10))


def _write(path: Path, *, seed: int, start_ms: int) -> bytes:
    stations = build_ward(read_scenario("ward24"), seed=seed, start_ms=start_ms)
    arrivals = record_run(stations, WardId("w"), seed=seed, end_ms=start_ms + 2 * MIN)
    write_arrivals(path, arrivals)
    return path.read_bytes()


def test_two_runs_of_one_seed_are_byte_equal_and_another_seed_differs(
    tmp_path: Path, start_ms: int
) -> None:
    first = _write(tmp_path / "a", seed=4, start_ms=start_ms)
    assert first == _write(tmp_path / "b", seed=4, start_ms=start_ms)
    assert first != _write(tmp_path / "c", seed=5, start_ms=start_ms)


def test_a_device_is_the_same_whatever_else_is_in_the_ward(start_ms: int) -> None:
    small, large = (
        build_ward(read_scenario("ward40", beds=beds), seed=1, start_ms=start_ms) for beds in (2, 9)
    )
    for few, many in zip(small, large, strict=False):
        assert few.device.boot == many.device.boot
        assert [few.device.step() for _ in range(30)] == [many.device.step() for _ in range(30)]


def test_a_hundred_minutes_of_sixteen_devices_take_seconds(tmp_path: Path, start_ms: int) -> None:
    began = time.process_time()
    stations = build_ward(read_scenario("ward8"), seed=1, start_ms=start_ms)
    count = write_arrivals(
        tmp_path / "history",
        record_run(stations, WardId("demo"), seed=1, end_ms=start_ms + 100 * MIN),
    )
    assert count > 95_000
    assert time.process_time() - began < 5.0


def test_the_demonstration_shows_eight_moments_of_the_hour() -> None:
    scenario = read_scenario("ward8")
    now_ms = round(scenario.history_min * MIN)
    found = []
    for bed in scenario.beds:
        delivery = plan_delivery(bed, (), 0)
        running_min = (
            sum(
                delivery.at(second * 1000).state is PumpState.INFUSING
                for second in range(now_ms // 1000)
            )
            / 60
        )
        found.append((round(running_min), delivery.at(now_ms).state.value))
    assert found == [
        (20, "stopped"),
        (5, "infusing"),
        (15, "infusing"),
        (25, "infusing"),
        (35, "infusing"),
        (45, "infusing"),
        (53, "paused"),
        (60, "stopped"),
    ]


def test_the_pump_says_how_much_flowed_how_fast_and_what_is_left(
    write_scenario: Callable[..., Scenario], run_minutes: Run, start_ms: int
) -> None:
    readings = [
        a.message for a in run_minutes(write_scenario(), 41) if isinstance(a.message, PumpReading)
    ]
    last = readings[-1]
    minutes = last.time.timestamp() / 60 - (start_ms / 60_000 + 10)
    assert last.volume == pytest.approx(35 * minutes / 60, abs=0.001)
    assert last.remaining == pytest.approx(35 - last.volume, abs=0.001)
    assert (last.rate, last.rate_set, last.dose_rate) == (35.0, 35.0, 0.5)
    assert (last.drug, last.concentration, last.weight) == ("ketamine", 1.0, 70.0)
    assert readings[0].state is PumpState.STANDBY
    assert readings[0].rate_set is None


def test_the_cuff_measures_every_five_minutes_at_first_then_every_ten(
    write_scenario: Callable[..., Scenario], run_minutes: Run, start_ms: int
) -> None:
    arrivals = run_minutes(write_scenario(infusion={"start_min": 20}), 75)
    begun = [
        a.message.time.timestamp() / 60 - start_ms / 60_000
        for a in arrivals
        if isinstance(a.message, DeviceEvent) and a.message.event.value == "nibp_started"
    ]
    failed = sum(
        isinstance(a.message, DeviceEvent) and a.message.event.value == "nibp_failed"
        for a in arrivals
    )
    readings = [a.message for a in arrivals if isinstance(a.message, Vitals) and a.message.nibp]
    early = [minute for minute in begun if 20 <= minute < 40]
    late = [minute for minute in begun if minute > 41]
    assert [b - a for a, b in pairwise(early)] == pytest.approx([5, 5, 5], abs=0.1)
    assert len(late) == 3
    assert [b - a for a, b in pairwise(late)] == pytest.approx([10, 10], abs=0.1)
    assert len(readings) == len(begun) - failed
    for reading in readings:
        assert reading.nibp.time == reading.time
        assert reading.nibp.dia < reading.nibp.map < reading.nibp.sys


def test_every_device_says_who_it_is_before_anything_else(run_minutes: Run) -> None:
    first: dict[str, Any] = {}
    for arrival in run_minutes(read_scenario("ward8"), 0.1):
        first.setdefault(arrival.topic.split("/")[4], arrival.message)
    assert len(first) == 16
    for name, status in first.items():
        assert isinstance(status, Status)
        assert status.state is DeviceState.ONLINE
        assert status.kind is not None
        assert status.kind.value == name.split("-")[0]
        assert status.simulated


def test_every_payload_of_a_run_decodes_to_what_was_sent(run_minutes: Run) -> None:
    for arrival in run_minutes(read_scenario("ward8"), 0.2):
        try:
            decode(arrival.topic, arrival.payload)
        except Refused as refused:
            pytest.fail(str(refused))


def test_the_next_patient_in_a_bed_has_no_drug_and_another_pressure(
    write_scenario: Callable[..., Scenario], start_ms: int
) -> None:
    scenario = write_scenario(infusion={"repeat_every_min": 90})
    monitor = build_ward(scenario, seed=1, start_ms=start_ms)[0].device
    assert isinstance(monitor, Monitor)
    first = monitor.patient
    while monitor.next_ms < start_ms + 89 * MIN:
        monitor.step()
    assert monitor.patient is first
    assert first.kinetics.effect_ng_ml > 20
    while monitor.next_ms < start_ms + 91 * MIN:
        monitor.step()
    assert monitor.patient.kinetics.effect_ng_ml == 0
    assert monitor.patient.traits.sys_mmhg != first.traits.sys_mmhg
    while monitor.next_ms < start_ms + 110 * MIN:
        monitor.step()
    assert monitor.patient.kinetics.effect_ng_ml > 20


def test_what_is_known_of_a_patient_is_taken_and_the_rest_drawn(
    write_scenario: Callable[..., Scenario], start_ms: int
) -> None:
    scenario = write_scenario(patient={"sys_mmhg": 151, "sensitivity": 2})
    monitor = build_ward(scenario, seed=1, start_ms=start_ms)[0].device
    assert isinstance(monitor, Monitor)
    assert monitor.patient.traits.sys_mmhg == 151
    assert monitor.patient.traits.sensitivity == 2
    assert monitor.patient.traits.dia_mmhg != 76
