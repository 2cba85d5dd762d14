"""How long a message was under way, whatever two hosts' clocks say."""

from datetime import timedelta

import pytest

from dashboard.delays import Delays
from tests.fixtures.clinic import START


def feed(delays: Delays, at_s: float, way_s: float) -> float:
    """One message received at `at_s` that was under way for `way_s` by the two clocks."""
    received = START + timedelta(seconds=at_s)
    return delays.delay_s(received - timedelta(seconds=way_s), received, at_s)


@pytest.mark.parametrize("offset_s", [0.0, 3600.0, -1440.0])
def test_a_steady_stream_has_no_delay_whatever_the_clocks_differ(offset_s: float) -> None:
    delays = Delays()
    assert [feed(delays, at, offset_s) for at in range(10)] == [pytest.approx(0, abs=1e-6)] * 10


def test_a_backlog_that_arrives_at_once_is_as_old_as_it_is() -> None:
    delays = Delays()
    for at in range(60):
        feed(delays, at, 0.0)
    burst = [feed(delays, 90 + n / 1000, 30 - n) for n in range(30)]
    assert burst[0] == pytest.approx(30, abs=0.01)
    assert burst == sorted(burst, reverse=True)
    assert feed(delays, 90.1, 0.0) == pytest.approx(0, abs=0.01)


def test_a_clock_that_was_set_back_is_believed_after_steady_seconds() -> None:
    delays = Delays()
    for at in range(10):
        feed(delays, at, 0.0)
    after = [feed(delays, 10 + n, 3600.0) for n in range(8)]
    assert after[0] == pytest.approx(3600)
    assert after[-1] == pytest.approx(0, abs=1e-6)


def test_a_clock_that_was_set_forward_is_believed_at_once() -> None:
    delays = Delays()
    feed(delays, 0, 0.0)
    assert feed(delays, 1, -3600.0) == 0


def test_a_slow_network_never_becomes_the_usual_while_it_wavers() -> None:
    delays = Delays()
    for at in range(10):
        feed(delays, at, 0.0)
    assert all(feed(delays, 10 + n, 2.0 + n % 2) >= 2.0 for n in range(30))


def test_what_was_usual_is_forgotten_after_some_minutes() -> None:
    delays = Delays()
    feed(delays, 0, 0.0)
    for n in range(200):
        last = feed(delays, 200 + n, 5.0 + n % 2)
    assert last <= 1.0
