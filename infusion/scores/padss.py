"""PADSS, the post-anaesthetic discharge scoring system, 0 to 10: fit to go home from 9.

Source: Chung, Chan, Ong, J Clin Anesth 1995;7:500, the modified form without intake and output;
levels in our own words. Here "bleeding" is that of the IV site.
"""

from datetime import datetime
from enum import Enum
from typing import Final

import msgspec

from infusion.scores.score import Given, Score, Tally, with_meaning

SCALE: Final = "PADSS"
VERSION: Final = "modified 1995, five items"
FIT_FROM: Final = 9
WALKING: Final = {
    2: "steady, no dizziness, or as before",
    1: "walks with help",
    0: "does not walk, or is dizzy",
}
NAUSEA: Final = {2: "minimal", 1: "moderate, treated", 0: "severe, goes on in spite of treatment"}
PAIN: Final = {2: "minimal", 1: "moderate, treated", 0: "severe"}
BLEEDING: Final = {2: "minimal", 1: "moderate", 0: "severe"}


class Item(str, Enum):
    """The five items by their names."""

    VITAL_SIGNS = "Vital signs"
    WALKING = "Walking"
    NAUSEA = "Nausea and vomiting"
    PAIN = "Pain"
    BLEEDING = "Bleeding"


class PadssInputs(msgspec.Struct, frozen=True, kw_only=True):
    """What the score is made of. Four items are judged, 2 to 0; mmHg (systolic) and /min."""

    systolic: Given[float] = Given()
    baseline_systolic: float | None = None
    pulse: Given[float] = Given()
    baseline_pulse: float | None = None
    walking: Given[int] = Given()
    nausea: Given[int] = Given()
    pain: Given[int] = Given()
    bleeding: Given[int] = Given()


def padss(inputs: PadssInputs, at: datetime, window_s: float) -> Score:
    """The score at `at` (UTC) from inputs that are at most `window_s` old."""
    tally = Tally(at, window_s)
    _score_vital_signs(tally, inputs)
    tally.choice(Item.WALKING.value, inputs.walking, WALKING)
    tally.choice(Item.NAUSEA.value, inputs.nausea, NAUSEA)
    tally.choice(Item.PAIN.value, inputs.pain, PAIN)
    tally.choice(Item.BLEEDING.value, inputs.bleeding, BLEEDING)
    score = tally.score(SCALE, VERSION)
    if score.total is None:
        return score
    fit = score.total >= FIT_FROM
    return with_meaning(score, "fit to go home" if fit else "not fit to go home yet")


def _score_vital_signs(tally: Tally, inputs: PadssInputs) -> None:
    pressure = _percent(tally, "BP", inputs.systolic, inputs.baseline_systolic)
    pulse = _percent(tally, "HR", inputs.pulse, inputs.baseline_pulse)
    if pressure is None or pulse is None:
        return
    percent = max(pressure, pulse)
    points = 2 if percent <= 20 else 1 if percent <= 40 else 0
    tally.add(
        Item.VITAL_SIGNS.value,
        points,
        f"BP {pressure:.0f} % and HR {pulse:.0f} % from the baseline",
    )


def _percent(tally: Tally, item: str, given: Given[float], baseline: float | None) -> float | None:
    value = tally.take(item, given)
    if value is None:
        return None
    if not baseline:
        tally.lack(item, "without a baseline")
        return None
    return 100 * abs(value - baseline) / baseline
