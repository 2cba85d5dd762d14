"""A worker's `now` never goes back."""

from datetime import timedelta

import pytest

from ingest.stream_clock import StreamClock
from tests.fixtures.clinic import START


class Machine:
    """A machine whose clocks a test sets."""

    def __init__(self) -> None:
        self.wall = START
        self.uptime_s = 0.0

    def pass_(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.uptime_s += seconds

    def clock(self) -> StreamClock:
        return StreamClock(lambda: self.wall, lambda: self.uptime_s)


def test_time_passes() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.pass_(5)
    assert clock.now() == START + timedelta(seconds=5)


def test_a_clock_set_forward_is_followed() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.wall += timedelta(hours=1)
    assert clock.now() == START + timedelta(hours=1)


@pytest.mark.expects_errors
def test_a_clock_set_back_does_not_make_old_numbers_new() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.pass_(5)
    machine.wall -= timedelta(hours=1)
    assert clock.now() == START + timedelta(seconds=5)
    machine.pass_(5)
    assert clock.now() == START + timedelta(seconds=10)


@pytest.mark.expects_errors
def test_a_start_after_the_clock_was_set_back_goes_on_from_the_newest_time_in_the_record() -> None:
    machine = Machine()
    clock = machine.clock()
    clock.go_on_from(START + timedelta(hours=1))
    assert clock.now() == START + timedelta(hours=1)
    machine.pass_(5)
    assert clock.now() == START + timedelta(hours=1, seconds=5)
    machine.wall += timedelta(hours=2)
    assert clock.now() == START + timedelta(hours=2, seconds=5)


def test_an_empty_or_older_record_changes_nothing() -> None:
    clock = Machine().clock()
    for recorded in (None, START, START - timedelta(days=1)):
        clock.go_on_from(recorded)
    assert clock.now() == START
