"""Limits, hard and soft, as smart pumps have them: what a number meets, in a nurse's words."""

from decimal import Decimal
from enum import Enum
from typing import TypeAlias

import msgspec

from infusion.dose_rules import LimitedQuantity, Limits
from infusion.exact import exact


class LimitName(str, Enum):
    """Which of the four limits."""

    LOWER_HARD = "lower_hard"
    LOWER_SOFT = "lower_soft"
    UPPER_SOFT = "upper_soft"
    UPPER_HARD = "upper_hard"


class Within(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Nothing to say."""

    quantity: LimitedQuantity
    value: Decimal


class SoftLimit(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Beyond a soft limit: it goes on with a reason."""

    quantity: LimitedQuantity
    value: Decimal
    limit: Decimal
    which: LimitName
    text: str


class HardLimit(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Beyond a hard limit: refused."""

    quantity: LimitedQuantity
    value: Decimal
    limit: Decimal
    which: LimitName
    text: str


LimitOutcome: TypeAlias = Within | SoftLimit | HardLimit


def check_limit(quantity: LimitedQuantity, value: Decimal, limits: Limits) -> LimitOutcome:
    """Which limit `value` (in the unit of `quantity`) is beyond. On a limit is within it.

    Source of the numbers: configuration, `protocol.yaml`.
    """
    exact(value)
    hard = _beyond(
        value, (limits.lower_hard, LimitName.LOWER_HARD), (limits.upper_hard, LimitName.UPPER_HARD)
    )
    if hard is not None:
        limit, which = hard
        return HardLimit(
            quantity=quantity,
            value=value,
            limit=limit,
            which=which,
            text=f"{_sentence(quantity, value, limit)}, the hard limit: not possible",
        )
    soft = _beyond(
        value, (limits.lower_soft, LimitName.LOWER_SOFT), (limits.upper_soft, LimitName.UPPER_SOFT)
    )
    if soft is not None:
        limit, which = soft
        return SoftLimit(
            quantity=quantity,
            value=value,
            limit=limit,
            which=which,
            text=f"{_sentence(quantity, value, limit)}: give a reason",
        )
    return Within(quantity=quantity, value=value)


_Bound: TypeAlias = tuple[Decimal | None, LimitName]


def _beyond(value: Decimal, lower: _Bound, upper: _Bound) -> tuple[Decimal, LimitName] | None:
    if lower[0] is not None and value < lower[0]:
        return lower[0], lower[1]
    if upper[0] is not None and value > upper[0]:
        return upper[0], upper[1]
    return None


class _Words(msgspec.Struct, frozen=True):
    label: str
    unit: str
    decimals: int


_WORDS = {
    LimitedQuantity.DOSE_RATE: _Words("Dose rate", "mg/kg/h", 2),
    LimitedQuantity.SESSION_DOSE_PER_KG: _Words("Session dose", "mg/kg", 2),
    LimitedQuantity.SESSION_DOSE: _Words("Session dose", "mg", 1),
    LimitedQuantity.VOLUME_RATE: _Words("Rate", "mL/h", 1),
    LimitedQuantity.CONCENTRATION: _Words("Concentration", "mg/mL", 2),
    LimitedQuantity.DURATION: _Words("Duration", "min", 0),
    LimitedQuantity.WEIGHT: _Words("Weight", "kg", 1),
    LimitedQuantity.AGE: _Words("Age", "years", 0),
    LimitedQuantity.BOLUS: _Words("Bolus", "mg", 1),
}


def _sentence(quantity: LimitedQuantity, value: Decimal, limit: Decimal) -> str:
    words = _WORDS[quantity]
    decimals = max(words.decimals, _decimals_of(limit))
    while _shown(value, decimals) == _shown(limit, decimals) and decimals < _MOST_DECIMALS:
        decimals += 1  # never "0.75 is above 0.75"
    side = "above" if value > limit else "below"
    return (
        f"{words.label} {_shown(value, decimals)} {words.unit} is {side} {_shown(limit, decimals)}"
    )


_MOST_DECIMALS = 28
"""Digits of Python's default decimal context."""


def _decimals_of(value: Decimal) -> int:
    return max(0, -int(value.normalize().as_tuple().exponent))


def _shown(value: Decimal, decimals: int) -> str:
    return f"{value:.{decimals}f}"
