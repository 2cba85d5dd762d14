"""What every simulated device does: a clock of its own, one boot, a seq without a hole.

A device is stepped through time: `next_ms` says when it next does something, `step` does it and
returns the messages. Nothing depends on who steps it or when, so a file written in a second and a
live hour have the same messages.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import msgspec

from simulator.clock import rfc3339
from simulator.faults import ClockOffset, Fault, Garbage, Sentinels, Silence, Window
from simulator.garbage import GarbageSource
from simulator.occurrence import Occurrence
from simulator.seeds import seeded_name, seeded_stream
from vocabulary.ids import BootId, DeviceId
from vocabulary.states import DeviceKind, DeviceState
from wire.topics import MessageKind

PERIOD_MS = 1000
NEVER_MS = 2**62
Body = dict[str, object]

encode_json = msgspec.json.Encoder().encode


class Measured(NamedTuple):
    """One message as the device made it; `seq` is None for what is no message of the contract."""

    at_ms: int
    kind: MessageKind
    seq: int | None
    payload: bytes


class SteppedDevice(Protocol):
    """What the file writer and the live run need to know of a device."""

    device: DeviceId
    boot: BootId
    start_ms: int

    @property
    def next_ms(self) -> int:
        """When the device next does something, true ms since 1970."""

    def step(self) -> list[Measured]:
        """Do what is due at `next_ms`."""

    def status(self, state: DeviceState, at_ms: int) -> bytes:
        """The payload of a status message; the will has no time."""

    def switch_off(self, at_ms: int) -> int:
        """Measure nothing from `at_ms` on; returns from when that is so."""

    def switch_on(self, at_ms: int) -> int:
        """Measure again from `at_ms` on; returns from when that is so."""


def buffered(payload: bytes) -> bytes:
    """The same message, sent later than it was measured."""
    return payload[:-1] + b',"buffered":true}'


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a device is and what its clock does.

    `start_ms` is its power-on (true ms since 1970). Its first reading comes `phase_ms` later;
    left out, anywhere within a period, so that the devices of a ward do not speak all at once.
    """

    device: DeviceId
    kind: DeviceKind
    model: str
    seed: int
    start_ms: int
    clock_offset_ms: int = 0
    period_ms: int = PERIOD_MS
    phase_ms: int | None = None
    faults: Sequence[Fault] = field(default=())


class Device(ABC):
    """A simulated bedside device; a subclass says what it reads."""

    def __init__(self, identity: Identity, occurrences: Iterable[Occurrence]) -> None:
        self.identity = identity
        self.device = identity.device
        self.start_ms = identity.start_ms
        self.boot = BootId(f"b-{seeded_name(identity.seed, identity.device, identity.start_ms)}")
        self._seq = 0
        self._stepped_ms = identity.start_ms - 1
        phase_ms = identity.phase_ms
        if phase_ms is None:
            drawn = seeded_stream(identity.seed, identity.device, "phase")
            phase_ms = drawn.randrange(identity.period_ms)
        self._tick_ms = identity.start_ms + phase_ms
        self._occurrences = list(occurrences)
        self._occurrences.sort(key=lambda occurrence: occurrence.at_ms, reverse=True)
        start = identity.start_ms
        self._silences = [f.window(start) for f in identity.faults if isinstance(f, Silence)]
        self._clock_faults = [
            (f.window(start), round(f.offset_s * 1000))
            for f in identity.faults
            if isinstance(f, ClockOffset)
        ]
        self._sentinels = [
            (f.window(start), f) for f in identity.faults if isinstance(f, Sentinels)
        ]
        self._garbage = [
            GarbageSource(f, start, seeded_stream(identity.seed, identity.device, "garbage"))
            for f in identity.faults
            if isinstance(f, Garbage)
        ]
        self._noise = seeded_stream(identity.seed, identity.device, "sentinels")

    @property
    def next_ms(self) -> int:
        """When the device next does something, true ms since 1970."""
        if self._occurrences and self._occurrences[-1].at_ms < self._tick_ms:
            return max(self._occurrences[-1].at_ms, self.start_ms)
        return self._tick_ms

    def step(self) -> list[Measured]:
        """Do what is due at `next_ms`; a silent device does it too, but tells nobody."""
        at_ms = self._stepped_ms = self.next_ms
        found: list[tuple[MessageKind, Body]] = []
        while self._occurrences and self._occurrences[-1].at_ms <= at_ms:
            occurrence = self._occurrences.pop()
            found.append((occurrence.kind, occurrence.body))
        is_tick = at_ms == self._tick_ms
        if is_tick:
            self._tick_ms = self.following_ms()
            found.extend(self.read(at_ms))
        if any(window.contains(at_ms) for window in self._silences):
            return []
        messages = [self._message(at_ms, kind, body) for kind, body in found]
        if is_tick and self._garbage:
            self._add_garbage(at_ms, messages)
        return messages

    def following_ms(self) -> int:
        """When the reading after the one now due is due itself."""
        return self._tick_ms + self.identity.period_ms

    @abstractmethod
    def read(self, at_ms: int) -> list[tuple[MessageKind, Body]]:
        """What the device measures at `at_ms`, without boot, seq and time."""

    def device_time(self, at_ms: int) -> str:
        """What the device's own clock shows at the true `at_ms`."""
        offset = self.identity.clock_offset_ms
        for window, further_ms in self._clock_faults:
            if window.contains(at_ms):
                offset += further_ms
        return rfc3339(at_ms + offset)

    def status(self, state: DeviceState, at_ms: int) -> bytes:
        """The payload of a status message; the will has no time."""
        if state is DeviceState.OFFLINE:
            return encode_json({"state": state.value, "boot": self.boot})
        return encode_json(
            {
                "state": state.value,
                "boot": self.boot,
                "kind": self.identity.kind.value,
                "make": "Hourglass",
                "model": self.identity.model,
                "serial": seeded_name(0, self.device),
                "firmware": "1.0",
                "period_s": self.identity.period_ms / 1000,
                "time": self.device_time(at_ms),
                "simulated": True,
            }
        )

    def switch_off(self, at_ms: int) -> int:
        """Measure nothing from `at_ms` on; returns from when that is so.

        Patient and pump go on. What was already measured stays measured.
        """
        from_ms = max(at_ms, self._stepped_ms + 1)
        self._silences.append(Window(from_ms))
        return from_ms

    def switch_on(self, at_ms: int) -> int:
        """Measure again from `at_ms` on, with the same boot; returns from when that is so."""
        to_ms = max(at_ms, self._stepped_ms + 1)
        self._silences = [
            Window(window.from_ms, to_ms) if window.to_ms == math.inf else window
            for window in self._silences
        ]
        return to_ms

    def _message(self, at_ms: int, kind: MessageKind, body: Body) -> Measured:
        seq = self._seq
        self._seq += 1
        message: Body = {"boot": self.boot, "seq": seq, "time": self.device_time(at_ms), **body}
        for window, fault in self._sentinels:
            if window.contains(at_ms):
                for name in fault.fields:
                    if name in message:
                        message[name] = self._noise.choice(fault.values)
        return Measured(at_ms, kind, seq, encode_json(message))

    def _add_garbage(self, at_ms: int, messages: list[Measured]) -> None:
        for source in self._garbage:
            kind = messages[-1].kind
            messages.extend(Measured(at_ms, kind, None, payload) for payload in source.due(at_ms))
