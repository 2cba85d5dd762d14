"""What is done at a pump: an infusion and everything that somebody does to it on the way.

`after_min` counts from the start of the infusion.
"""

from typing import TypeAlias

from simulator.faults import Minute
from simulator.fields import Part, Positive


class _Change(Part, frozen=True, kw_only=True, tag_field="do", forbid_unknown_fields=True):
    after_min: Minute


class SetRate(_Change, frozen=True, kw_only=True, tag="rate"):
    """A titration: from now on at this dose rate, mg/kg/h."""

    rate_mg_kg_h: Positive


class Pause(_Change, frozen=True, kw_only=True, tag="pause"):
    """Somebody pauses the pump."""


class Resume(_Change, frozen=True, kw_only=True, tag="resume"):
    """Somebody lets the pump go on."""


class Stop(_Change, frozen=True, kw_only=True, tag="stop"):
    """Somebody ends the infusion early."""


class StartAgain(_Change, frozen=True, kw_only=True, tag="start"):
    """Somebody programmes the pump anew and starts it: so much drug at this dose rate."""

    dose_mg_kg: Positive
    rate_mg_kg_h: Positive


Change: TypeAlias = SetRate | Pause | Resume | Stop | StartAgain


class Infusion(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One infusion: dose in mg/kg over minutes, and what is done to it on the way.

    With `repeat_every_min` the next patient sits down that much later, and so on.
    """

    start_min: Minute
    dose_mg_kg: Positive
    over_min: Positive
    repeat_every_min: Positive | None = None
    changes: tuple[Change, ...] = ()

    def __post_init__(self) -> None:
        minutes = [change.after_min for change in self.changes]
        if minutes != sorted(minutes):
            raise ValueError("`changes` must be in the order of `after_min`")
        check_repetition(self.over_min, self.repeat_every_min)


def check_repetition(over_min: float, repeat_every_min: float | None) -> None:
    """Raises ValueError if the next infusion would begin before this one is over."""
    if repeat_every_min is not None and repeat_every_min <= over_min:
        raise ValueError(
            f"`repeat_every_min` {repeat_every_min} must be longer than `over_min` {over_min}"
        )
