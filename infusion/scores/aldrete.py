"""The modified Aldrete score, 0 to 10: recovery from sedation; 9 leaves phase I.

Source: Aldrete, J Clin Anesth 1995;7:89. Copies in print differ: here circulation is the systolic
pressure in percent of the one before the drug, and saturation is cut at 92 % on air.
"""

from datetime import datetime
from enum import Enum
from typing import Final

import msgspec

from infusion.scores.score import Given, Score, Tally, with_meaning

SCALE: Final = "Aldrete"
VERSION: Final = "modified 1995, circulation in %, SpO2 cut 92 %"
LEAVES_FROM: Final = 9
ACTIVITY: Final = {
    2: "moves four limbs on command",
    1: "moves two limbs on command",
    0: "moves no limb on command",
}
RESPIRATION: Final = {
    2: "breathes deeply and coughs",
    1: "dyspnoea or limited breathing",
    0: "apnoea",
}
WAKEFULNESS: Final = {2: "fully awake", 1: "rousable on calling", 0: "no response"}


class Item(str, Enum):
    """The five items by their names."""

    ACTIVITY = "Activity"
    RESPIRATION = "Respiration"
    CIRCULATION = "Circulation"
    CONSCIOUSNESS = "Consciousness"
    SPO2 = "SpO2"


class AldreteInputs(msgspec.Struct, frozen=True, kw_only=True):
    """What the score is made of. Three items are judged, 2 to 0; pressures in mmHg, SpO2 in %."""

    activity: Given[int] = Given()
    respiration: Given[int] = Given()
    consciousness: Given[int] = Given()
    systolic: Given[float] = Given()
    baseline_systolic: float | None = None
    spo2: Given[float] = Given()
    on_oxygen: bool | None = None


def aldrete(inputs: AldreteInputs, at: datetime, window_s: float) -> Score:
    """The score at `at` (UTC) from inputs that are at most `window_s` old."""
    tally = Tally(at, window_s)
    tally.choice(Item.ACTIVITY.value, inputs.activity, ACTIVITY)
    tally.choice(Item.RESPIRATION.value, inputs.respiration, RESPIRATION)
    _score_circulation(tally, inputs)
    tally.choice(Item.CONSCIOUSNESS.value, inputs.consciousness, WAKEFULNESS)
    _score_spo2(tally, inputs)
    score = tally.score(SCALE, VERSION)
    if score.total is None:
        return score
    fit = score.total >= LEAVES_FROM
    return with_meaning(score, "may leave phase I" if fit else "stays in phase I")


def _score_circulation(tally: Tally, inputs: AldreteInputs) -> None:
    item = Item.CIRCULATION.value
    systolic = tally.take(item, inputs.systolic)
    if systolic is None:
        return
    if not inputs.baseline_systolic:
        tally.lack(item, "without a baseline")
        return
    percent = 100 * abs(systolic - inputs.baseline_systolic) / inputs.baseline_systolic
    points = 2 if percent <= 20 else 1 if percent < 50 else 0
    tally.add(
        item,
        points,
        f"{systolic:g} mmHg is {percent:.0f} % from {inputs.baseline_systolic:g} before the drug",
    )


def _score_spo2(tally: Tally, inputs: AldreteInputs) -> None:
    item = Item.SPO2.value
    spo2 = tally.number(item, inputs.spo2)
    if spo2 is None:
        return
    if inputs.on_oxygen is None:
        tally.lack(item, "without a word on oxygen or air")
    elif spo2 > 92 and not inputs.on_oxygen:
        tally.add(item, 2, f"{spo2} % on air is over 92")
    elif spo2 > 90:
        # on air between the two cuts: needs the oxygen that nobody gives yet
        source = "with oxygen" if inputs.on_oxygen else "on air"
        tally.add(item, 1, f"{spo2} % {source} is over 90")
    else:
        source = "with oxygen" if inputs.on_oxygen else "on air"
        tally.add(item, 0, f"{spo2} % {source} is not over 90")
