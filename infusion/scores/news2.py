"""NEWS2, the National Early Warning Score of the Royal College of Physicians (RCP), 2017.

The bands are those of Chart 1 of "National Early Warning Score (NEWS) 2", RCP 2017, the response
thresholds those of Chart 2; reproduced with acknowledgement, as the RCP asks. Numbers are rounded
as a screen shows them before they are banded. Dissociation makes confusion, and the pressure that
ketamine raises scores nothing below 220, so this is a score for before and after an infusion.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Final

import msgspec

from infusion.scores.score import Given, Score, Tally, with_meaning
from vocabulary.signals import NIBP_PARTS, SIGNALS, SignalName

SCALE: Final = "NEWS2"
VERSION: Final = "RCP 2017"
RR, SPO2, OXYGEN, BP, HR, CONSCIOUSNESS, TEMP = (
    "RR", "SpO2", "Oxygen", "BP", "HR", "Consciousness", "Temp",
)  # fmt: skip


class Spo2Scale(int, Enum):
    """Scale 2 is for hypercapnic failure with a prescribed target of 88 to 92 %, nobody else."""

    ONE = 1
    TWO = 2


class Consciousness(str, Enum):
    """ACVPU. CONFUSED: new confusion, however expected."""

    ALERT = "A"
    CONFUSED = "C"
    VOICE = "V"
    PAIN = "P"
    UNRESPONSIVE = "U"


class News2Risk(str, Enum):
    """The RCP's clinical risk. LOW_MEDIUM: 3 in any one parameter."""

    LOW = "low"
    LOW_MEDIUM = "low-medium"
    MEDIUM = "medium"
    HIGH = "high"


class News2Inputs(msgspec.Struct, frozen=True, kw_only=True):
    """What NEWS2 is made of: /min, %, mmHg (systolic), Celsius.

    `on_oxygen` holds until it is changed, so it has no age; None: nobody said.
    `dissociation_expected`: reported beside the score, never put in the place of confusion.
    """

    rr: Given[float] = Given()
    spo2: Given[float] = Given()
    on_oxygen: bool | None = None
    systolic: Given[float] = Given()
    pulse: Given[float] = Given()
    consciousness: Given[Consciousness] = Given()
    temp: Given[float] = Given()
    scale: Spo2Scale = Spo2Scale.ONE
    dissociation_expected: bool = False


_Bands = Sequence[tuple[Decimal | None, int]]
"""(highest number of the band, points), rising; None: no highest."""


def _bands(*parts: tuple[str | None, int]) -> _Bands:
    return tuple((None if high is None else Decimal(high), points) for high, points in parts)


_RR: Final = _bands(("8", 3), ("11", 1), ("20", 0), ("24", 2), (None, 3))
_SPO2_1: Final = _bands(("91", 3), ("93", 2), ("95", 1), (None, 0))
_SPO2_2_AIR: Final = _bands(("83", 3), ("85", 2), ("87", 1), (None, 0))
_SPO2_2_OXYGEN: Final = _bands(
    ("83", 3), ("85", 2), ("87", 1), ("92", 0), ("94", 1), ("96", 2), (None, 3)
)
_SYSTOLIC: Final = _bands(("90", 3), ("100", 2), ("110", 1), ("219", 0), (None, 3))
_PULSE: Final = _bands(("40", 3), ("50", 1), ("90", 0), ("110", 1), ("130", 2), (None, 3))
_TEMP: Final = _bands(("35.0", 3), ("36.0", 1), ("38.0", 0), ("39.0", 1), (None, 2))
_WORDS: Final = {
    Consciousness.ALERT: "alert",
    Consciousness.CONFUSED: "new confusion",
    Consciousness.VOICE: "responds to voice",
    Consciousness.PAIN: "responds to pain",
    Consciousness.UNRESPONSIVE: "unresponsive",
}
_HIGHEST: Final = {
    RR: SIGNALS[SignalName.RR].possible.high,
    SPO2: SIGNALS[SignalName.SPO2].possible.high,
    BP: NIBP_PARTS["sys"].possible.high,
    HR: SIGNALS[SignalName.HR].possible.high,
    TEMP: SIGNALS[SignalName.TEMP].possible.high,
}
"""What can be measured at all. There is no lowest: a person may count no breath in a minute."""
_MEDIUM_FROM: Final = 5
_HIGH_FROM: Final = 7
_RED: Final = 3


def news2(inputs: News2Inputs, at: datetime, window_s: float) -> Score:
    """NEWS2 at `at` (UTC) from inputs that are at most `window_s` old."""
    tally = Tally(at, window_s)
    _band(tally, RR, inputs.rr, _RR)
    _score_oxygen(tally, inputs)
    _band(tally, BP, inputs.systolic, _SYSTOLIC)
    _band(tally, HR, inputs.pulse, _PULSE)
    level = tally.take(CONSCIOUSNESS, inputs.consciousness)
    if level is not None:
        points = 0 if level is Consciousness.ALERT else _RED
        tally.add(CONSCIOUSNESS, points, f"{level.value}: {_WORDS[level]}")
    _band(tally, TEMP, inputs.temp, _TEMP, decimals=1)
    score = tally.score(SCALE, VERSION)
    if inputs.dissociation_expected:
        score = msgspec.structs.replace(score, notes=("dissociation is expected",))
    risk = risk_of(score)
    return score if risk is None else with_meaning(score, f"{risk.value} risk")


def risk_of(score: Score) -> News2Risk | None:
    """The clinical risk of a NEWS2; None if it could not be computed."""
    if score.total is None:
        return None
    if score.total >= _HIGH_FROM:
        return News2Risk.HIGH
    if score.total >= _MEDIUM_FROM:
        return News2Risk.MEDIUM
    return News2Risk.LOW_MEDIUM if red_items(score) else News2Risk.LOW


def red_items(score: Score) -> tuple[str, ...]:
    """The items with 3 points: each alone asks for a review, whatever the total."""
    return tuple(found.item for found in score.items if found.points == _RED)


def _score_oxygen(tally: Tally, inputs: News2Inputs) -> None:
    oxygen = inputs.on_oxygen
    if oxygen is None:
        tally.lack(OXYGEN, "missing")
    else:
        tally.add(OXYGEN, 2 if oxygen else 0, "on oxygen" if oxygen else "on air")
    if inputs.scale is Spo2Scale.ONE:
        _band(tally, SPO2, inputs.spo2, _SPO2_1)
    elif oxygen is not None:
        _band(tally, SPO2, inputs.spo2, _SPO2_2_OXYGEN if oxygen else _SPO2_2_AIR)
    else:
        tally.lack(SPO2, "cannot be banded: scale 2 needs oxygen or air")


def _band(tally: Tally, item: str, given: Given[float], bands: _Bands, decimals: int = 0) -> None:
    value = tally.number(item, given, decimals)
    if value is None:
        return
    if not 0 <= value <= _HIGHEST[item]:
        tally.lack(item, f"{value} is not possible")
        return
    low: Decimal | None = None
    step = Decimal(1).scaleb(-decimals)
    for high, points in bands:
        if high is None or value <= high:
            tally.add(item, points, f"{value} is {_range(low, high)}")
            return
        low = high + step


def _range(low: Decimal | None, high: Decimal | None) -> str:
    if low is None:
        return f"{high} or less"
    return f"{low} or more" if high is None else f"{low} to {high}"
