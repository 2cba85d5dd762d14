"""What a story adds to a ward: episodes of a patient, extra cuffs, people, and what must be seen.

Minutes count from the scenario's start. `people` is carried through for whoever plays the people;
a simulator of devices knows nothing of them.
"""

from enum import Enum
from typing import Annotated

import msgspec

from simulator.faults import Minute, Seconds
from simulator.fields import Name, NotNegative, Part, Positive
from vocabulary.alarms import AlarmCode, AlarmPriority
from vocabulary.signals import SignalName
from vocabulary.states import InvalidReason


class BodySign(str, Enum):
    """What an episode can set: the vital signs, and the true pressures behind the cuff."""

    HR = "hr"
    SPO2 = "spo2"
    RR = "rr"
    ETCO2 = "etco2"
    TEMP = "temp"
    SYS = "sys"
    DIA = "dia"


class Episode(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that happens to a patient, or to what the monitor can make of them.

    Within `ramp_s` from `at_min` on the signs of `to` go there, stay for `for_s`, and come back
    within `ramp_s`. Signals of `invalid` give no number in all that time, for that reason. It
    comes `times` times, once in `every_s`.
    """

    bed: Name
    at_min: Minute
    for_s: Seconds
    ramp_s: Annotated[float, msgspec.Meta(ge=0, le=3600)] = 0.0
    to: dict[BodySign, NotNegative] = msgspec.field(default_factory=dict)
    invalid: dict[SignalName, InvalidReason] = msgspec.field(default_factory=dict)
    every_s: Seconds | None = None
    times: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1

    def __post_init__(self) -> None:
        if not self.to and not self.invalid:
            raise ValueError("an episode needs `to` or `invalid`")
        if (self.every_s is None) != (self.times == 1):
            raise ValueError("`every_s` and `times` come together")
        if self.every_s is not None and self.every_s <= self.length_s:
            raise ValueError(f"`every_s` {self.every_s} is shorter than the episode itself")

    @property
    def length_s(self) -> float:
        """How long it is from the first change until all is as before."""
        return self.for_s + 2 * self.ramp_s


class CuffPress(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody starts the cuff at `at_min`: it reads, reads `off_mmhg` too high, or fails."""

    bed: Name
    at_min: Minute
    off_mmhg: float = 0.0
    fails: bool = False


class AlarmEnd(str, Enum):
    """How an alarm is over: by itself, or kept until somebody has seen it."""

    ENDED = "ended"
    LATCHED = "latched"


class ExpectedAlarm(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An alarm that a correct receiver raises once.

    From `at_min` on its condition holds; it is raised `delay_s` later (a little more is allowed
    by the scorer), not sooner than `not_before_s` later. By `over_by_min` it has ended, or is
    latched, as `becomes` says. One that is `optional` may be raised then, but is not missed.
    """

    alarm: AlarmCode
    bed: Name | None = None
    priority: AlarmPriority
    at_min: Minute
    delay_s: NotNegative
    not_before_s: NotNegative = 0.0
    over_by_min: Positive | None = None
    becomes: AlarmEnd = AlarmEnd.ENDED
    optional: bool = False

    def __post_init__(self) -> None:
        if self.not_before_s > self.delay_s:
            raise ValueError("`not_before_s` is later than `delay_s`")


class ForbiddenAlarm(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An alarm that the story is about not raising. Whatever is not expected is wrong anyway."""

    alarm: AlarmCode
    bed: Name | None = None


class LiveWindow(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The part of a story that can be watched live: from a minute on, for so many seconds."""

    from_min: Minute
    for_s: Annotated[float, msgspec.Meta(gt=0, le=600)]


class Truth(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a correct receiver raises in a story, and what it must not."""

    raised: tuple[ExpectedAlarm, ...] = ()
    never: tuple[ForbiddenAlarm, ...] = ()
