"""Simulated devices on a real broker: they come back, lose nothing and change nothing."""

import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.mosquitto import Mosquitto
from wire.messages import PumpReading, Status, Vitals

pytestmark = pytest.mark.broker

Wait = Callable[..., None]
WARD = ("run", "ward40", "--beds", "3", "--seed", "9")
DEVICES = 6


def _minutes_ago(minutes: float) -> str:
    at = datetime.now(UTC) - timedelta(minutes=minutes)
    return at.isoformat(timespec="milliseconds")


def _live(ingest: Any) -> set[str]:
    return {
        device
        for device, message in ingest.messages
        if not isinstance(message, Status) and not message.buffered
    }


def test_history_and_live_runs_join_without_a_gap_or_a_double_though_killed(
    tmp_path: Path, ingest: Any, simulator: Any, wait_until: Wait
) -> None:
    run = (*WARD, "--start", _minutes_ago(3))
    history = tmp_path / "history.jsonl"
    end = datetime.now(UTC).isoformat(timespec="milliseconds")
    assert simulator.call(*run, "--end", end, "--file", str(history)).returncode == 0
    ingest.take_file(history)
    from_file = sum(map(len, ingest.stored.values()))
    assert from_file > DEVICES * 175
    ingest.acknowledge()
    ingest.messages.clear()

    first = simulator.start(*run)
    wait_until(lambda: len(_live(ingest)) == DEVICES)
    first.send_signal(signal.SIGKILL)
    first.wait(60)
    assert ingest.doubles == 0
    ingest.acknowledge()
    ingest.messages.clear()

    second = simulator.start(*run)
    wait_until(lambda: len(_live(ingest)) == DEVICES)
    second.send_signal(signal.SIGTERM)
    assert second.wait(60) == 0
    names = {device for _, device, _ in ingest.stored}
    assert len(names) == len(ingest.stored) == DEVICES
    wait_until(lambda: all(ingest.states(name)[-1:] == ["shutdown"] for name in names))
    assert ingest.holes() == []
    assert ingest.changed == []


def test_without_an_ack_everything_since_the_start_comes_as_buffered(
    ingest: Any, simulator: Any, wait_until: Wait
) -> None:
    process = simulator.start(*WARD, "--start", _minutes_ago(1))
    wait_until(lambda: len(_live(ingest)) == DEVICES)
    wait_until(lambda: ingest.holes() == [])
    buffered = [m for _, m in ingest.messages if isinstance(m, Vitals | PumpReading) and m.buffered]
    # a minute before the start, and until they were live
    assert len(buffered) >= DEVICES * 58
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0


def test_a_stopped_device_is_dead_at_once_and_goes_on_with_its_boot_without_a_hole(
    ingest: Any, simulator: Any, wait_until: Wait
) -> None:
    run = (*WARD, "--start", _minutes_ago(0))
    process = simulator.start(*run)
    wait_until(lambda: ingest.newest_seq("monitor-2") >= 1)
    assert simulator.call("stop", "monitor-2").returncode == 0
    wait_until(lambda: ingest.states("monitor-2")[-1:] == ["offline"])
    last, others = ingest.newest_seq("monitor-2"), ingest.newest_seq("monitor-1")
    wait_until(lambda: ingest.newest_seq("monitor-1") >= others + 2)
    assert ingest.newest_seq("monitor-2") == last

    process.send_signal(signal.SIGKILL)
    process.wait(60)
    ingest.acknowledge()
    process = simulator.start(*run)
    others = ingest.newest_seq("monitor-1")
    wait_until(lambda: ingest.newest_seq("monitor-1") >= others + 2)
    assert ingest.newest_seq("monitor-2") == last

    assert simulator.call("start", "monitor-2").returncode == 0
    wait_until(lambda: ingest.newest_seq("monitor-2") >= last + 2)
    assert ingest.states("monitor-2")[-1] == "online"
    wait_until(lambda: ingest.holes() == [])
    assert ingest.changed == []
    assert len(ingest.stored) == DEVICES


def test_no_such_device_is_said_with_what_there_is(
    ingest: Any, simulator: Any, wait_until: Wait
) -> None:
    simulator.start(*WARD)
    wait_until(lambda: len(_live(ingest)) == DEVICES)
    answer = simulator.call("stop", "monitor-99")
    assert answer.returncode == 2
    assert "monitor-99" in answer.stderr
    assert "pump-3" in answer.stderr


def test_what_is_measured_while_the_broker_is_away_comes_later_and_the_missing_again(
    broker: Mosquitto, ingest: Any, simulator: Any, wait_until: Wait
) -> None:
    ingest.refuse_once.add(("pump-1", 1))
    process = simulator.start(*WARD)
    wait_until(lambda: [key[1] for key in ingest.holes()] == ["pump-1"])
    broker.stop()
    wait_until(lambda: "without the broker" in simulator.log())
    broker.start()
    newest = ingest.newest_seq("monitor-1")
    wait_until(lambda: ingest.newest_seq("monitor-1") >= newest + 2)

    def is_whole() -> bool:
        ingest.acknowledge()
        time.sleep(0.1)
        return ingest.holes() == []

    wait_until(is_whole)
    assert any(m.buffered for _, m in ingest.messages if isinstance(m, Vitals))
    assert ingest.changed == []
    assert process.poll() is None


def test_a_broker_that_comes_later_is_waited_for(
    broker: Mosquitto, simulator: Any, wait_until: Wait
) -> None:
    broker.stop()
    process = simulator.start(*WARD)
    wait_until(lambda: "without the broker" in simulator.log())
    broker.start()
    wait_until(lambda: "all 6 devices are on the broker" in simulator.log())
    assert process.poll() is None


def test_a_recording_plays_live_and_ends_with_a_goodbye(
    tmp_path: Path, ingest: Any, simulator: Any, wait_until: Wait
) -> None:
    recording = tmp_path / "numerics.csv"
    rows = "".join(f"{n},{60 + n},0,{12 + n}\n" for n in range(10))
    recording.write_text("minute,HR,SpO2,RESP\n" + rows, encoding="utf-8")
    process = simulator.start(
        "replay", str(recording), "--device", "real-1", "--ward", "demo", "--every", "0.2"
    )
    assert process.wait(90) == 0
    wait_until(lambda: ingest.states("real-1") == ["online", "shutdown"])
    vitals = [message for _, message in ingest.messages if isinstance(message, Vitals)]
    assert [message.hr for message in vitals] == [60 + n for n in range(10)]
    assert all(abs(m.time - datetime.now(UTC)) < timedelta(minutes=1) for m in vitals)
    assert not any(message.spo2 == 0 for message in vitals)


def test_a_link_that_flaps_sends_its_will_and_then_what_it_kept(
    tmp_path: Path, ingest: Any, simulator: Any, wait_until: Wait
) -> None:
    scenario = tmp_path / "flapping.yaml"
    scenario.write_text(
        "name: flapping\nward: demo\n"
        "beds:\n"
        "  - {bed: '1', weight_kg: 70, monitor: {device: monitor-1}}\n"
        "faults:\n"
        "  - {kind: flapping_link, device: monitor-1, from_min: 0.02, every_s: 3, for_s: 1.5}\n",
        encoding="utf-8",
    )
    simulator.start("run", str(scenario))
    wait_until(lambda: ingest.states("monitor-1").count("offline") >= 2)
    wait_until(lambda: ingest.states("monitor-1")[-1:] == ["online"])
    wait_until(lambda: any(m.buffered for _, m in ingest.messages if isinstance(m, Vitals)))
    wait_until(lambda: ingest.holes() == [])
    assert ingest.changed == []
