"""Requests and answers between the commands and a running simulator."""

import json
import os
from pathlib import Path

import pytest

from simulator.control import Desk, NoSuchDevice, Wish, answer_to, ask
from vocabulary.ids import DeviceId

MONITOR, PUMP = DeviceId("monitor-1"), DeviceId("pump-1")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    found = Desk(tmp_path, "run", [MONITOR, PUMP])
    found.open()
    return found


def test_a_request_reaches_the_desk_once_and_its_answer_comes_back(
    tmp_path: Path, desk: Desk
) -> None:
    request = ask(tmp_path, MONITOR, Wish.STOP, 1000)
    assert answer_to(tmp_path, request) is None
    assert list(desk.new_requests()) == [request]
    assert list(desk.new_requests()) == []
    desk.answer(request, 1200)
    answer = answer_to(tmp_path, request)
    assert answer is not None
    assert answer.effective_ms == 1200


def test_a_run_that_begins_again_finds_when_each_request_took_effect(
    tmp_path: Path, desk: Desk
) -> None:
    request = ask(tmp_path, PUMP, Wish.STOP, 1000)
    desk.answer(next(iter(desk.new_requests())), 1200)
    again = Desk(tmp_path, "run", [MONITOR, PUMP])
    found = list(again.new_requests())
    assert [(r.id, r.at_ms) for r in found] == [(request.id, 1200)]
    again.answer(found[0], 1200)
    assert len((tmp_path / "answers-run.jsonl").read_text().splitlines()) == 1


def test_a_request_for_another_simulators_device_is_left_alone(tmp_path: Path, desk: Desk) -> None:
    other = Desk(tmp_path, "other", [DeviceId("monitor-9")])
    other.open()
    ask(tmp_path, DeviceId("monitor-9"), Wish.STOP, 1000)
    assert list(desk.new_requests()) == []
    assert len(list(other.new_requests())) == 1


def test_a_line_that_is_half_written_is_read_when_it_is_whole(tmp_path: Path, desk: Desk) -> None:
    request = ask(tmp_path, MONITOR, Wish.START, 1000)
    path = tmp_path / "requests.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole[:20])
    assert list(desk.new_requests()) == []
    path.write_bytes(whole)
    assert list(desk.new_requests()) == [request]


def test_a_device_nobody_runs_is_refused_and_not_noted(tmp_path: Path, desk: Desk) -> None:
    with pytest.raises(NoSuchDevice, match="running are monitor-1, pump-1"):
        ask(tmp_path, DeviceId("monitor-7"), Wish.STOP, 1)
    assert list(desk.new_requests()) == []
    desk.close()
    with pytest.raises(NoSuchDevice, match="none is running"):
        ask(tmp_path, MONITOR, Wish.STOP, 1)


def test_a_simulator_that_was_killed_counts_as_gone(tmp_path: Path, desk: Desk) -> None:
    card = next(tmp_path.glob("run-*.json"))
    content = json.loads(card.read_text())
    assert content["pid"] == os.getpid()
    card.write_text(json.dumps(content | {"pid": 2**22 + 1}))
    with pytest.raises(NoSuchDevice, match="none is running"):
        ask(tmp_path, MONITOR, Wish.STOP, 1)


def test_a_request_is_for_the_run_of_its_time_and_not_for_a_later_one(
    tmp_path: Path, desk: Desk
) -> None:
    ask(tmp_path, MONITOR, Wish.STOP, 1000)
    later = Desk(tmp_path, "tomorrow", [MONITOR, PUMP])
    later.open()
    assert list(later.new_requests()) == []
    assert len(list(desk.new_requests())) == 1


def test_a_line_that_cannot_be_read_is_passed_over(
    tmp_path: Path, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "requests.jsonl").write_bytes(b'{"id": "old"}\n\xff\nnothing\n')
    request = ask(tmp_path, MONITOR, Wish.STOP, 1000)
    assert list(desk.new_requests()) == [request]
    assert caplog.text.count("passed over") == 3
