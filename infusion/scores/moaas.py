"""MOAA/S, the Modified Observer's Assessment of Alertness/Sedation: 5 awake to 0 no response.

Source: Chernik et al., J Clin Psychopharmacol 1990;10:244; levels in our own words. Of the variants
in print this is the one from 0 to 5 whose lowest two levels tell reaction to a painful squeeze.
"""

from datetime import datetime
from typing import Final

from infusion.scores.score import Score, rated

SCALE: Final = "MOAA/S"
VERSION: Final = "Chernik 1990, 0 to 5"
LEVELS: Final = {
    5: "prompt reply to name in an ordinary voice",
    4: "sluggish reply to name in an ordinary voice",
    3: "replies only if the name is called loudly or repeatedly",
    2: "replies only after gentle prodding or shaking",
    1: "reacts only to a painful squeeze of the trapezius",
    0: "no reaction to a painful squeeze of the trapezius",
}


def moaas(level: int | None, at: datetime) -> Score:
    """The level that a person observed at `at` (UTC)."""
    return rated(SCALE, VERSION, level, at, LEVELS)
