"""Each fault, seen from the receiving side."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from simulator.faults import Window
from simulator.scenario import Scenario
from vocabulary.alarms import DeviceAlarmCode
from vocabulary.signals import SignalName
from vocabulary.states import DeviceState, InvalidReason
from wire.messages import DeviceAlarm, Status, Vitals

RunWith = Callable[..., list[Any]]


@pytest.fixture
def run_with(
    write_scenario: Callable[..., Scenario], run_minutes: Callable[..., list[Any]]
) -> RunWith:
    """Three minutes of monitor-1 with one fault."""

    def run(minutes: float = 3, **fault: Any) -> list[Any]:
        scenario = write_scenario(faults=[{"device": "monitor-1"} | fault])
        arrivals = run_minutes(scenario, minutes)
        return [a for a in arrivals if "/monitor-1/" in a.topic]

    return run


def _vitals(arrivals: list[Any]) -> list[Any]:
    return [arrival for arrival in arrivals if isinstance(arrival.message, Vitals)]


def _minute(arrival: Any, start_ms: int) -> float:
    return float(arrival.message.time.timestamp() * 1000 - start_ms) / 60_000


def test_silence_sends_nothing_and_leaves_no_hole_in_seq(run_with: RunWith, start_ms: int) -> None:
    arrivals = run_with(kind="silence", from_min=1, to_min=2)
    assert not [a for a in _vitals(arrivals) if 1 <= _minute(a, start_ms) < 2]
    assert len(_vitals(arrivals)) == 120
    seqs = [a.message.seq for a in arrivals if not isinstance(a.message, Status)]
    assert seqs == list(range(len(seqs)))
    assert Counter(type(a.message) for a in arrivals)[Status] == 1


def test_what_is_lost_never_comes_and_leaves_a_hole_in_seq(
    run_with: RunWith, start_ms: int
) -> None:
    arrivals = _vitals(run_with(kind="loss", from_min=1, to_min=1.1))
    assert not [a for a in arrivals if 1 <= _minute(a, start_ms) < 1.1]
    seqs = {a.message.seq for a in arrivals}
    assert len(set(range(max(seqs) + 1)) - seqs) >= 6


def test_duplicates_come_twice_unchanged(run_with: RunWith) -> None:
    arrivals = _vitals(run_with(kind="duplicates", share=0.5))
    counts = Counter(a.payload for a in arrivals)
    assert set(counts.values()) == {1, 2}
    twice = sum(count == 2 for count in counts.values())
    assert 50 < twice < 130


def test_disorder_lets_later_messages_overtake(run_with: RunWith) -> None:
    seqs = [a.message.seq for a in _vitals(run_with(kind="disorder", share=0.3, within_s=4))]
    assert seqs != sorted(seqs)
    assert len(set(seqs)) == len(seqs) > 170


def test_delay_holds_back_what_the_device_takes_for_sent(run_with: RunWith) -> None:
    arrivals = _vitals(run_with(kind="delay", by_s=30, from_min=1, to_min=2))
    late = [a for a in arrivals if a.received_ms - a.message.time.timestamp() * 1000 > 29_000]
    assert len(late) == 60
    assert not any(a.message.buffered for a in arrivals)


def test_a_burst_comes_at_once_marked_as_buffered_with_will_and_birth(
    run_with: RunWith, start_ms: int
) -> None:
    arrivals = run_with(kind="buffered_burst", from_min=1, to_min=2)
    burst = [a for a in _vitals(arrivals) if a.message.buffered]
    assert len(burst) == 60
    assert all(1 <= _minute(a, start_ms) < 2 for a in burst)
    assert burst[-1].received_ms - burst[0].received_ms < 1000
    states = [a.message.state for a in arrivals if isinstance(a.message, Status)]
    assert states == [DeviceState.ONLINE, DeviceState.OFFLINE, DeviceState.ONLINE]
    seqs = sorted(a.message.seq for a in arrivals if not isinstance(a.message, Status))
    assert seqs == list(range(len(seqs)))


def test_a_flapping_link_goes_and_comes_again_and_again(run_with: RunWith) -> None:
    arrivals = run_with(kind="flapping_link", every_s=30, for_s=5)
    states = Counter(a.message.state for a in arrivals if isinstance(a.message, Status))
    assert states[DeviceState.OFFLINE] == 6
    assert len(_vitals(arrivals)) == 180


def test_a_clock_offset_shifts_what_the_device_says_and_not_what_is(run_with: RunWith) -> None:
    arrivals = _vitals(run_with(kind="clock_offset", offset_s=1440, from_min=1))
    ahead = [a.message.time.timestamp() - a.received_ms / 1000 for a in arrivals]
    assert ahead[10] == pytest.approx(0, abs=0.1)
    assert ahead[-1] == pytest.approx(1440, abs=0.1)
    assert len(arrivals) == 180


def test_sentinels_are_sent_as_if_they_were_readings(run_with: RunWith) -> None:
    arrivals = _vitals(run_with(kind="sentinels", fields=["hr", "spo2"], from_min=1, to_min=2))
    sent = {a.message.hr for a in arrivals} | {a.message.spo2 for a in arrivals}
    assert {0, -1, -999, -99.9, 8388607} <= sent
    assert 40 < arrivals[5].message.hr < 120


def test_garbage_comes_on_top_and_costs_no_seq(run_with: RunWith) -> None:
    arrivals = run_with(kind="garbage", period_s=10)
    refused = [a for a in arrivals if a.message is None]
    assert len(refused) == 18
    assert len({a.payload for a in refused}) > 10
    seqs = [a.message.seq for a in arrivals if a.message and not isinstance(a.message, Status)]
    assert seqs == list(range(len(seqs)))


def test_a_probe_that_is_off_is_named_and_alarmed(run_with: RunWith, start_ms: int) -> None:
    arrivals = run_with(kind="probe_off", from_min=1, to_min=2)
    off = [a.message for a in _vitals(arrivals) if 1 <= _minute(a, start_ms) < 2]
    assert len(off) == 60
    for message in off:
        assert message.spo2 is None
        assert message.pr is None
        assert message.hr is not None
        assert message.invalid[SignalName.SPO2] is InvalidReason.SENSOR_OFF
    alarms = [a.message for a in arrivals if isinstance(a.message, DeviceAlarm)]
    assert [(a.alarm, a.phase.value) for a in alarms] == [
        (DeviceAlarmCode.SENSOR_OFF, "start"),
        (DeviceAlarmCode.SENSOR_OFF, "end"),
    ]
    assert alarms[0].id == alarms[1].id


def test_a_cuff_on_the_limb_with_the_probe_hides_spo2_while_inflated(run_with: RunWith) -> None:
    arrivals = _vitals(run_with(kind="same_limb_cuff"))
    hidden = [a.message for a in arrivals if a.message.spo2 is None]
    assert len(hidden) == pytest.approx(35, abs=1)
    assert {m.invalid[SignalName.SPO2] for m in hidden} == {InvalidReason.LOW_SIGNAL}


@pytest.mark.parametrize("code", list(DeviceAlarmCode))
def test_every_alarm_of_the_contract_can_be_put_on_the_time_line(
    write_scenario: Callable[..., Scenario],
    run_minutes: Callable[..., list[Any]],
    code: DeviceAlarmCode,
) -> None:
    alarm = {"alarm": code.value, "priority": "medium", "at_min": 0.2, "for_min": 0.2}
    scenario = write_scenario(
        alarms=[alarm | {"device": "monitor-1"}, alarm | {"device": "pump-1", "text": "HELLO"}]
    )
    alarms = [a.message for a in run_minutes(scenario, 1) if isinstance(a.message, DeviceAlarm)]
    assert [(a.alarm, a.phase.value) for a in alarms] == [
        (code, "start"), (code, "start"), (code, "end"), (code, "end"),
    ]  # fmt: skip
    assert {a.text for a in alarms} >= {"HELLO"}


def test_a_window_that_repeats_acts_within_its_bounds_only() -> None:
    window = Window(1000, 5000, every_ms=2000, for_ms=500)
    assert [ms for ms in range(0, 7000, 250) if window.contains(ms)] == [1000, 1250, 3000, 3250]
    assert window.end_ms(3250) == 3500
