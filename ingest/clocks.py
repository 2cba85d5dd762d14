"""How far each device's clock is off, learned from when its messages arrive.

The offset is the smallest of received minus device time over a window, for what network and
queues add can only make the difference larger. An offset becomes known after some seconds of
steady arrivals, so that a drained queue does not look like a slow clock, and it grows only when
a whole window of steady arrivals says so, so that a growing backlog does not hide itself.
"""

from collections import deque
from datetime import datetime, timedelta

from infusion.configuration import ClockRules
from infusion.stream import ClockOffset
from vocabulary.ids import BootId, DeviceId, WardId


class DeviceClock:
    """The clock of one boot of one device: `offset_s` is None until it is known."""

    def __init__(self, rules: ClockRules, offset_s: float | None = None) -> None:
        self.offset_s = offset_s
        self._rules = rules
        self._last: tuple[datetime, datetime] | None = None
        self._newest_seq = -1
        self._start_run(None, 0.0)
        self._bucket_until: datetime | None = None
        self._bucket_min = 0.0
        self._buckets: deque[float] = deque(maxlen=max(1, round(rules.window_s / rules.steady_s)))

    def take(self, device_time: datetime, received_at: datetime, seq: int) -> None:
        """Learn from one message that was neither buffered nor retained, in order of arrival.

        One that was overtaken tells how long it was held back, and nothing of the clock.
        """
        if seq < self._newest_seq:
            return
        self._newest_seq = seq
        delay_s = (received_at - device_time).total_seconds()
        if self._last is not None:
            self._forget_if_interrupted(device_time, received_at, *self._last)
        self._last = (device_time, received_at)
        self._extend_run(received_at, delay_s)
        self._fill_bucket(received_at, delay_s)
        self._learn(received_at, delay_s)

    def reset(self) -> None:
        """The device set its clock: what was learned no longer holds."""
        self.offset_s = None
        self._last = None
        self._start_run(None, 0.0)
        self._forget_buckets()

    def tells(self, device_time: datetime, received_at: datetime) -> bool:
        """Whether a message's own time says when it was measured: the clock is known, and was not
        set forward since, or it would seem to be measured after it arrived.
        """
        if self.offset_s is None:
            return False
        delay_s = (received_at - device_time).total_seconds()
        return delay_s >= self.offset_s - self._rules.steady_spread_s

    def observed_at(
        self, device_time: datetime, received_at: datetime, fallback_s: float
    ) -> datetime:
        """When a message was measured by our clock; never after it arrived.

        While the offset is unknown, steady arrivals are taken as they come, anything else by
        the device's own clock and the offset it had before. Two that a queue held back are no
        steady arrivals: they come at once, whatever time lies between their measurements.
        """
        if self.offset_s is not None:
            offset_s = self.offset_s
        elif self._has_run_for_s(received_at) >= self._rules.steady_spread_s / 2:
            offset_s = self._run_min
        else:
            offset_s = fallback_s
        return min(device_time + timedelta(seconds=offset_s), received_at)

    def _forget_if_interrupted(
        self,
        device_time: datetime,
        received_at: datetime,
        last_device_time: datetime,
        last_received_at: datetime,
    ) -> None:
        went_back_s = (last_device_time - device_time).total_seconds()
        if went_back_s > self._rules.steady_spread_s:
            self.reset()
        elif (received_at - last_received_at).total_seconds() > 2 * self._rules.steady_s:
            self._start_run(None, 0.0)
            self._forget_buckets()

    def _has_run_for_s(self, now: datetime) -> float:
        return 0.0 if self._run_start is None else (now - self._run_start).total_seconds()

    def _start_run(self, at: datetime | None, delay_s: float) -> None:
        self._run_start = at
        self._run_min = self._run_max = delay_s

    def _extend_run(self, received_at: datetime, delay_s: float) -> None:
        low, high = min(self._run_min, delay_s), max(self._run_max, delay_s)
        if self._run_start is None or high - low > self._rules.steady_spread_s:
            self._start_run(received_at, delay_s)
        else:
            self._run_min, self._run_max = low, high

    def _forget_buckets(self) -> None:
        self._bucket_until = None
        self._buckets.clear()

    def _fill_bucket(self, received_at: datetime, delay_s: float) -> None:
        if self._bucket_until is not None and received_at < self._bucket_until:
            self._bucket_min = min(self._bucket_min, delay_s)
            return
        if self._bucket_until is not None:
            self._buckets.append(self._bucket_min)
        self._bucket_until = received_at + timedelta(seconds=self._rules.steady_s)
        self._bucket_min = delay_s

    def _learn(self, received_at: datetime, delay_s: float) -> None:
        if self._run_start is None:
            return
        is_steady = self._has_run_for_s(received_at) >= self._rules.steady_s
        if self.offset_s is None:
            if is_steady:
                self.offset_s = self._run_min
        elif delay_s < self.offset_s:
            is_small = self.offset_s - delay_s <= self._rules.steady_spread_s
            if is_small or is_steady:
                self.offset_s = min(delay_s, self._run_min)
        elif self._is_window_steady() and min(self._buckets) > self.offset_s:
            self.offset_s = min(self._buckets)

    def _is_window_steady(self) -> bool:
        buckets = self._buckets
        return (
            len(buckets) == buckets.maxlen
            and max(buckets) - min(buckets) <= self._rules.steady_spread_s
        )


class DeviceClocks:
    """The clocks of every boot of every device, with what has to be saved of them."""

    def __init__(
        self, rules: ClockRules, known: dict[tuple[DeviceId, BootId], ClockOffset]
    ) -> None:
        self._rules = rules
        self._saved = dict(known)
        self._last_offset_s: dict[DeviceId, float] = {}
        for offset in sorted(known.values(), key=lambda item: item.measured_at):
            self._last_offset_s[offset.device] = offset.offset_s
        self._clocks = {key: DeviceClock(rules, offset.offset_s) for key, offset in known.items()}

    def of(self, device: DeviceId, boot: BootId) -> DeviceClock:
        """The clock of one boot of a device."""
        clock = self._clocks.get((device, boot))
        if clock is None:
            clock = self._clocks[(device, boot)] = DeviceClock(self._rules)
        return clock

    def fallback_s(self, device: DeviceId) -> float:
        """The offset that `device` had in an earlier boot, seconds; 0 if it never had one."""
        return self._last_offset_s.get(device, 0.0)

    def offset_s(self, device: DeviceId, boot: BootId | None) -> float | None:
        """The offset of a device's boot, seconds; None while it is not known."""
        clock = None if boot is None else self._clocks.get((device, boot))
        return None if clock is None else clock.offset_s

    def to_save(
        self, ward: WardId, device: DeviceId, boot: BootId, now: datetime
    ) -> ClockOffset | None:
        """The offset of a device's boot if it differs noticeably from what was saved last."""
        offset_s = self.offset_s(device, boot)
        if offset_s is None:
            return None
        saved = self._saved.get((device, boot))
        if saved is not None and abs(saved.offset_s - offset_s) < SAVED_STEP_S:
            return None
        offset = ClockOffset(
            ward=ward, device=device, boot=boot, offset_s=offset_s, measured_at=now
        )
        self._saved[(device, boot)] = offset
        self._last_offset_s[device] = offset_s
        return offset


SAVED_STEP_S = 0.01
"""Offsets that differ by less are not worth a write; readings come once a second."""
