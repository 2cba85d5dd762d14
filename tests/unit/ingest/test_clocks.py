"""How a device's clock is learned from when its messages arrive."""

from datetime import datetime, timedelta

import pytest

from infusion.configuration import ClockRules
from infusion.stream import ClockOffset
from ingest.clocks import DeviceClock, DeviceClocks
from tests.fixtures.clinic import START
from vocabulary.ids import BootId, DeviceId, WardId

RULES = ClockRules(window_s=300, steady_s=5, steady_spread_s=1, limit_s=5, live_within_s=10)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def feed(
    clock: DeviceClock, first_s: float, last_s: float, *, behind_s: float = 0, delay_s: float = 0
) -> None:
    """One message a second, by a clock that is `behind_s` behind, `delay_s` under way."""
    for second in range(int(first_s), int(last_s) + 1):
        clock.take(at(second - behind_s), at(second + delay_s), second)


def test_an_offset_is_known_after_steady_arrivals_and_not_before() -> None:
    clock = DeviceClock(RULES)
    feed(clock, 0, 4, behind_s=1440)
    assert clock.offset_s is None
    feed(clock, 5, 5, behind_s=1440)
    assert clock.offset_s == pytest.approx(1440)


def test_a_clock_that_is_24_minutes_fast_is_known_too() -> None:
    clock = DeviceClock(RULES)
    feed(clock, 0, 6, behind_s=-1440, delay_s=0.02)
    assert clock.offset_s == pytest.approx(-1439.98)


def test_a_drained_queue_does_not_look_like_a_slow_clock() -> None:
    clock = DeviceClock(RULES)
    for second in range(600):
        clock.take(at(second), at(600 + second * 0.001), second)
    assert clock.offset_s is None
    feed(clock, 601, 607)
    assert clock.offset_s == pytest.approx(0)


@pytest.mark.parametrize("every_s", [0.1, 0.5, 0.9999])
def test_of_an_unknown_clock_nothing_in_a_drained_queue_seems_to_be_of_now(every_s: float) -> None:
    clock = DeviceClock(RULES)
    for number in range(100):
        measured, received = at(number * every_s), at(600 + number * 0.001)
        clock.take(measured, received, number)
        assert clock.observed_at(measured, received, 0.0) == measured


def test_steady_arrivals_of_an_unknown_clock_are_taken_as_they_come_from_the_second_on() -> None:
    clock = DeviceClock(RULES)
    feed(clock, 0, 1, behind_s=1440)
    assert clock.observed_at(at(1 - 1440), at(1), 0.0) == at(1)


def test_jitter_is_taken_at_its_smallest() -> None:
    clock = DeviceClock(RULES)
    for second, jitter in enumerate([0.3, 0.1, 0.5, 0.02, 0.4, 0.2, 0.3, 0.6]):
        clock.take(at(second), at(second + jitter), second)
    assert clock.offset_s == pytest.approx(0.02)


def test_a_growing_backlog_does_not_hide_itself() -> None:
    clock = DeviceClock(RULES)
    feed(clock, 0, 10)
    for second in range(11, 1200):
        clock.take(at(second), at(second + (second - 10) * 0.05), second)
    assert clock.offset_s == pytest.approx(0)


def test_a_slow_drift_is_followed_within_the_window() -> None:
    clock = DeviceClock(RULES)
    for second in range(4000):
        clock.take(at(second - second * 0.0005), at(second), second)
    assert clock.offset_s == pytest.approx(2.0, abs=0.5)


def test_a_restored_offset_holds_while_a_queue_drains() -> None:
    clock = DeviceClock(RULES, offset_s=0.0)
    for second in range(600):
        clock.take(at(second), at(600 + second * 0.001), second)
    assert clock.offset_s == pytest.approx(0)
    assert clock.observed_at(at(0), at(600), 0.0) == at(0)


def test_a_constant_queue_is_not_taken_for_a_clock_before_a_whole_window() -> None:
    clock = DeviceClock(RULES, offset_s=0.0)
    feed(clock, 0, 250, delay_s=60)
    assert clock.offset_s == pytest.approx(0)


def test_a_clock_that_was_set_back_is_learned_anew() -> None:
    clock = DeviceClock(RULES)
    feed(clock, 0, 20)
    feed(clock, 21, 22, behind_s=60)
    assert clock.offset_s is None
    feed(clock, 23, 27, behind_s=60)
    assert clock.offset_s == pytest.approx(60)


def test_one_wild_time_changes_nothing() -> None:
    clock = DeviceClock(RULES)
    feed(clock, 0, 20)
    clock.take(at(21 + 86400 * 365), at(21), 21)
    assert clock.offset_s == pytest.approx(0)


def test_messages_that_were_overtaken_change_nothing() -> None:
    clock = DeviceClock(RULES)
    feed(clock, 0, 20)
    for second in range(21, 400):  # every fourth is held back by three seconds
        if second % 4 == 3:
            clock.take(at(second - 3), at(second), second - 3)
        if second % 4:
            clock.take(at(second), at(second), second)
        assert clock.offset_s == pytest.approx(0)


def test_an_offset_becomes_known_although_messages_are_overtaken() -> None:
    clock = DeviceClock(RULES)
    for second in range(12):
        clock.take(at(second), at(second), second)
        if second % 2 and second > 2:
            clock.take(at(second - 2.5), at(second), second - 3)
    assert clock.offset_s == pytest.approx(0)


def test_a_clock_set_forward_is_believed_once_it_is_steady() -> None:
    clock = DeviceClock(RULES)
    feed(clock, 0, 20)
    feed(clock, 21, 30, behind_s=-120)
    assert clock.offset_s == pytest.approx(-120)


def test_a_message_from_the_future_tells_nothing_of_when_it_was_measured_until_that_is_steady() -> (
    None
):
    clock = DeviceClock(RULES)
    feed(clock, 0, 10)
    told = []
    for second in range(11, 18):
        clock.take(at(second + 3600), at(second), second)
        told.append(clock.tells(at(second + 3600), at(second)))
    assert told == [False] * 5 + [True] * 2
    assert clock.tells(at(17 + 3600), at(37)), "how long it was under way is known then"


def test_nothing_is_observed_after_it_arrived() -> None:
    clock = DeviceClock(RULES)
    feed(clock, 0, 10, behind_s=30)
    assert clock.observed_at(at(0), at(5), 0.0) == at(5)


def test_the_offset_is_taken_out_of_the_time_of_measurement() -> None:
    clock = DeviceClock(RULES)
    feed(clock, 0, 10, behind_s=1440)
    assert clock.observed_at(at(11 - 1440), at(11.2), 0.0) == at(11)


def test_an_unknown_clock_falls_back_to_what_the_device_had_before() -> None:
    clock = DeviceClock(RULES)
    assert clock.observed_at(at(-1440), at(300), 1440.0) == at(0)


def test_offsets_are_restored_and_saved_only_when_they_change() -> None:
    device, boot, ward = DeviceId("m"), BootId("b"), WardId("north")
    known = ClockOffset(ward=ward, device=device, boot=boot, offset_s=2.0, measured_at=START)
    clocks = DeviceClocks(RULES, {(device, boot): known})
    assert clocks.offset_s(device, boot) == 2.0
    assert clocks.fallback_s(device) == 2.0
    assert clocks.to_save(ward, device, boot, START) is None
    clocks.of(device, boot).take(at(0), at(1.5), 0)
    saved = clocks.to_save(ward, device, boot, START)
    assert saved is not None
    assert saved.offset_s == pytest.approx(1.5)
    assert clocks.to_save(ward, device, boot, START) is None
