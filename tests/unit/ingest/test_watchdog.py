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
