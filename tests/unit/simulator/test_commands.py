"""The commands of the simulator: what they write, and what they refuse with which reason."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.commands import main
from wire.arrivals import read_arrivals

RUN = ["run", "ward40", "--beds", "2", "--seed", "3"]
START = "2026-11-23T10:00:00.250+00:00"

Refusal = Callable[..., str]


@pytest.fixture
def refusal(capsys: pytest.CaptureFixture[str]) -> Refusal:
    """Carry out what must be refused; returns what was said."""

    def refuse(*arguments: str) -> str:
        try:
            code = main(arguments)
        except SystemExit as ended:
            code = int(ended.code or 0)
        assert code == 2
        return capsys.readouterr().err

    return refuse


def _minutes(path: Path) -> float:
    times = [arrival.received_at for arrival in read_arrivals(path)]
    return (times[-1] - times[0]).total_seconds() / 60


def test_a_file_holds_what_arrives_from_start_to_end(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "arrivals"
    end = "2026-11-23T10:03:00.250+00:00"
    assert main([*RUN, "--start", START, "--end", end, "--file", str(path), "--ward", "w1"]) == 0
    assert _minutes(path) == pytest.approx(3, abs=0.05)
    assert {arrival.topic.split("/")[2] for arrival in read_arrivals(path)} == {"w1"}


def test_a_file_without_an_end_holds_the_scenarios_history(tmp_path: Path) -> None:
    path = tmp_path / "arrivals"
    assert main([*RUN, "--start", START, "--file", str(path)]) == 0
    assert _minutes(path) == pytest.approx(100, abs=0.05)


def test_the_same_command_writes_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    for path in (first, second):
        assert main([*RUN, "--start", START, "--file", str(path)]) == 0
    assert first.read_bytes() == second.read_bytes()


def test_a_speed_paces_the_file(tmp_path: Path) -> None:
    path = tmp_path / "arrivals"
    end = "2026-11-23T10:01:00.250+00:00"
    began = time.monotonic()
    assert main([*RUN, "--start", START, "--end", end, "--file", str(path), "--speed", "60"]) == 0
    assert time.monotonic() - began == pytest.approx(1.0, abs=0.6)


def test_a_speed_other_than_one_never_goes_to_a_broker(refusal: Refusal) -> None:
    assert "only speed 1 is live" in refusal(*RUN, "--speed", "60")
    assert "only speed 1 is live" in refusal("replay", "x.csv", "--device", "d", "--speed", "2")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["run", "ward9"], "no scenario 'ward9'"),
        ([*RUN, "--start", "2026-11-23T10:00:00"], "has no offset"),
        ([*RUN, "--start", "noon"], "not an ISO 8601 time"),
        ([*RUN, "--start", START, "--end", START], "--end is not after --start"),
        ([*RUN, "--ward", "a/b"], "1 to 64 of"),
        ([*RUN, "--speed", "0"], "more than 0"),
        ([*RUN, "--mqtt-url", "http://broker"], "not a broker"),
        ([*RUN, "--mqtt-url", "mqtt://broker:99999"], "not a port"),
        (["replay", "none.csv", "--device", "d"], "none.csv: cannot be read"),
        (["replay", "none.csv", "--device", "d", "--every", "0"], "0.05 to 3600"),
    ],
)
def test_a_command_that_cannot_be_carried_out_says_why(
    refusal: Refusal, arguments: list[str], reason: str
) -> None:
    assert reason in refusal(*arguments)


def test_a_replay_to_a_broker_is_stamped_with_now_only(refusal: Refusal, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("minute,HR\n0,60\n", encoding="utf-8")
    told = refusal("replay", str(path), "--device", "d", "--start", START)
    assert "stamped with now" in told


def test_stopping_a_device_that_nobody_runs_is_refused(
    refusal: Refusal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOURGLASS_DATA_DIR", str(tmp_path))
    assert "none is running" in refusal("stop", "monitor-1")


def test_a_file_that_cannot_be_written_is_said_so(refusal: Refusal, tmp_path: Path) -> None:
    (tmp_path / "in-the-way").write_text("")
    told = refusal(*RUN, "--file", str(tmp_path / "in-the-way" / "arrivals"))
    assert "cannot be written" in told
