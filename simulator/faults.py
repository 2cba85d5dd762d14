"""What can be wrong with a simulated device or its link, chosen per device on a time line.

A fault acts from `from_min` to `to_min` of the scenario (to the end where that is left out). With
`every_s` and `for_s` it comes and goes within that time: `for_s` on, once in `every_s`.
"""

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar, TypeAlias

import msgspec

Share = Annotated[float, msgspec.Meta(gt=0, le=1)]
Seconds = Annotated[float, msgspec.Meta(gt=0, le=86400)]
Minute = Annotated[float, msgspec.Meta(ge=0, le=1_000_000)]

MS_PER_MIN = 60_000


@dataclass(frozen=True, slots=True)
class Window:
    """When a fault acts, in true ms since 1970; `every_ms` and `for_ms` where it repeats."""

    from_ms: int
    to_ms: float = math.inf
    every_ms: int | None = None
    for_ms: int = 0

    def contains(self, at_ms: int) -> bool:
        """Whether the fault acts at `at_ms`."""
        if not self.from_ms <= at_ms < self.to_ms:
            return False
        return self.every_ms is None or (at_ms - self.from_ms) % self.every_ms < self.for_ms

    def end_ms(self, at_ms: int) -> float:
        """When the fault that acts at `at_ms` next ends; infinity for never."""
        if self.every_ms is None:
            return self.to_ms
        begun = at_ms - (at_ms - self.from_ms) % self.every_ms
        return min(self.to_ms, begun + self.for_ms)


class _Fault(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", forbid_unknown_fields=True
):
    repeats: ClassVar[bool] = False

    device: str
    from_min: Minute = 0.0
    to_min: Minute | None = None
    every_s: Seconds | None = None
    for_s: Seconds | None = None

    def __post_init__(self) -> None:
        if (self.every_s is None) != (self.for_s is None):
            raise ValueError("`every_s` and `for_s` come together")
        if self.every_s is not None and self.for_s is not None and self.for_s >= self.every_s:
            raise ValueError(f"`for_s` {self.for_s} must be shorter than `every_s` {self.every_s}")
        if self.to_min is not None and self.to_min <= self.from_min:
            raise ValueError(f"`to_min` {self.to_min} is not after `from_min` {self.from_min}")
        if self.repeats and self.every_s is None:
            raise ValueError("a fault of this kind needs `every_s` and `for_s`")

    def window(self, start_ms: int) -> Window:
        """When it acts, for a scenario whose minute 0 is `start_ms`."""
        return Window(
            from_ms=start_ms + round(self.from_min * MS_PER_MIN),
            to_ms=math.inf if self.to_min is None else start_ms + round(self.to_min * MS_PER_MIN),
            every_ms=None if self.every_s is None else round(self.every_s * 1000),
            for_ms=0 if self.for_s is None else round(self.for_s * 1000),
        )


class Silence(_Fault, frozen=True, kw_only=True, tag="silence"):
    """The device stays connected and sends nothing: it measures nothing."""


class Duplicates(_Fault, frozen=True, kw_only=True, tag="duplicates"):
    """A share of the messages arrives twice, the second up to `within_s` later."""

    share: Share = 0.2
    within_s: Seconds = 2.0


class Disorder(_Fault, frozen=True, kw_only=True, tag="disorder"):
    """A share of the messages is overtaken by later ones, held back by up to `within_s`."""

    share: Share = 0.2
    within_s: Seconds = 5.0


class Delay(_Fault, frozen=True, kw_only=True, tag="delay"):
    """Every message arrives `by_s` late, without the device knowing."""

    by_s: Seconds


class Loss(_Fault, frozen=True, kw_only=True, tag="loss"):
    """What is measured never arrives, and the device has no memory to send it again from."""


class BufferedBurst(_Fault, frozen=True, kw_only=True, tag="buffered_burst"):
    """The link is down; what was measured meanwhile comes in one burst, marked as buffered."""


class FlappingLink(_Fault, frozen=True, kw_only=True, tag="flapping_link"):
    """The link goes down again and again, without a goodbye."""

    repeats = True


class ClockOffset(_Fault, frozen=True, kw_only=True, tag="clock_offset"):
    """The device's clock is wrong by `offset_s` (on top of what the scenario gives it)."""

    offset_s: Annotated[float, msgspec.Meta(ge=-1e9, le=1e9)]


class Sentinels(_Fault, frozen=True, kw_only=True, tag="sentinels"):
    """Numbers that devices use for "nothing", sent as if they were readings."""

    fields: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)] = ("hr", "spo2")
    values: Annotated[tuple[float, ...], msgspec.Meta(min_length=1)] = (
        0, -1, -999, -99.9, 8388607,
    )  # fmt: skip


class Garbage(_Fault, frozen=True, kw_only=True, tag="garbage"):
    """Messages that are not of the contract, one every `period_s`, of each kind in turn."""

    period_s: Seconds = 10.0


class ProbeOff(_Fault, frozen=True, kw_only=True, tag="probe_off"):
    """The SpO2 probe is off the finger; the monitor knows, says so and alarms."""


class SameLimbCuff(_Fault, frozen=True, kw_only=True, tag="same_limb_cuff"):
    """The cuff sits on the limb with the probe: no SpO2 while it is inflated."""


Fault: TypeAlias = (
    Silence | Duplicates | Disorder | Delay | Loss | BufferedBurst | FlappingLink
    | ClockOffset | Sentinels | Garbage | ProbeOff | SameLimbCuff
)  # fmt: skip

MONITOR_FAULTS = (ProbeOff, SameLimbCuff)
LINK_DOWN_FAULTS = (BufferedBurst, FlappingLink)
