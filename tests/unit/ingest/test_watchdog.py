"""A loop that stands still is ended; one that turns is left alone."""

import threading

import pytest

from ingest.watchdog import Watchdog


@pytest.mark.expects_errors
def test_a_loop_that_stands_still_is_ended() -> None:
    ended = threading.Event()
    watchdog = Watchdog(0.05, ended.set)
    watchdog.start()
    assert ended.wait(10)


def test_a_loop_that_turns_is_left_alone() -> None:
    ended = threading.Event()
    watchdog = Watchdog(5.0, ended.set)
    watchdog.start()
    watchdog.beat()
    assert watchdog.beat_age_s() < 5
    watchdog.stop()
    assert not ended.is_set()


def test_a_process_that_stood_still_as_a_whole_is_given_its_time_again() -> None:
    now_s = [0.0]
    watchdog = Watchdog(30.0, lambda: None, lambda: now_s[0])

    def is_stuck_at(seconds: float) -> bool:
        now_s[0] = seconds
        return watchdog.is_stuck()

    assert not any(is_stuck_at(seconds) for seconds in (3, 63, 66))
    watchdog.beat()
    assert [is_stuck_at(seconds) for seconds in range(69, 102, 3)] == [False] * 10 + [True]
