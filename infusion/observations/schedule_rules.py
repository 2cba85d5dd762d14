"""What a clinic configures of the schedule of checks. Times in seconds."""

from enum import Enum

import msgspec

from infusion.patient import Indication


class Anchor(str, Enum):
    """What the times of a line count from.

    BASELINE: none, done any time before the start. INFUSION: the first drug. RECOVERY: the stop.
    RATE_CHANGE: each change of the rate.
    """

    BASELINE = "baseline"
    INFUSION = "infusion"
    RECOVERY = "recovery"
    RATE_CHANGE = "rate_change"


class ScheduleLine(msgspec.Struct, frozen=True, kw_only=True):
    """When some items are due, from the anchor on.

    At `at_s`; and every `every_s` from `from_s` until `until_s` (None: as long as the phase
    lasts). `at_end`: when the recovery of the profile is over. `window_s`: how late each may be.
    """

    items: tuple[str, ...]
    anchor: Anchor
    window_s: float
    at_s: tuple[float, ...] = ()
    every_s: float | None = None
    from_s: float = 0.0
    until_s: float | None = None
    at_end: bool = False


class Trigger(str, Enum):
    """What asks for closer checks."""

    RATE_INCREASE = "rate_increase"
    FINDING = "finding"
    SCORE = "score"
    RESCUE_DRUG = "rescue_drug"
    OXYGEN = "oxygen"
    ADVERSE_EVENT = "adverse_event"
    SYMPTOMS = "symptoms"
    EMERGENCY = "emergency"


class ScoreTrigger(msgspec.Struct, frozen=True, kw_only=True):
    """A score that asks for closer checks: its total is over `normal_high` or under `normal_low`.

    Or one item alone has `item_points` or more, unless it is one of `but_not`. None: no limit.
    """

    scale: str
    normal_low: int | None = None
    normal_high: int | None = None
    item_points: int | None = None
    but_not: tuple[str, ...] = ()


class CloserRules(msgspec.Struct, frozen=True, kw_only=True):
    """Closer checks: which items, how often, how late each may be.

    They begin with a trigger that is in `hold_s`, last at least that long, and end after
    `normal_sets` normal sets in a row. `while_paused` are the items that are due as often while
    the infusion is paused. `scores`: those that are a trigger.
    """

    items: tuple[str, ...]
    while_paused: tuple[str, ...]
    every_s: float
    window_s: float
    normal_sets: int
    hold_s: dict[Trigger, float]
    scores: tuple[ScoreTrigger, ...] = ()


class SchedulePlan(msgspec.Struct, frozen=True, kw_only=True):
    """One profile of the schedule.

    `early_s`: how long before it is due a check may be done. `tail_s`: a check of the infusion
    that falls due so soon after the stop is still due. `together_s`: checks that close together
    are done together, and of one item only one is due.
    """

    profile: str
    label: str
    recovery_s: float
    lines: tuple[ScheduleLine, ...]
    closer: CloserRules
    early_s: float
    tail_s: float
    together_s: float


class ScheduleRules(msgspec.Struct, frozen=True, kw_only=True):
    """The profiles, and the usual one of each indication."""

    profiles: tuple[SchedulePlan, ...]
    profile_of: dict[Indication, str]

    def find_profile(self, profile: str) -> SchedulePlan | None:
        """The profile of that name."""
        return next((found for found in self.profiles if found.profile == profile), None)
