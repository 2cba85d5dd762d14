"""What was observed, whether it can be, and whether it is normal."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, TypeAlias

import msgspec

from infusion.answers import Choice, Number, Text, YesNo
from infusion.baseline import CuffPressure as MeasuredPressure
from infusion.observations.rules import ItemKind, Normal, ObservationItem
from infusion.readings import CuffPressure, is_possible_cuff


class Level(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A level of a scale."""

    level: int


class Pressure(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The pressures of one cuff reading, mmHg."""

    sys: float
    dia: float
    map: float | None = None


Value: TypeAlias = Number | Level | Choice | YesNo | Text | Pressure

_KINDS: Final[dict[type[Value], ItemKind]] = {
    Number: ItemKind.NUMBER,
    Level: ItemKind.SCALE,
    Choice: ItemKind.CHOICE,
    YesNo: ItemKind.YES_NO,
    Text: ItemKind.TEXT,
    Pressure: ItemKind.PRESSURE,
}
_WANTED: Final = {
    ItemKind.NUMBER: "a number",
    ItemKind.SCALE: "a level of its scale",
    ItemKind.CHOICE: "one of its options",
    ItemKind.YES_NO: "yes or no",
    ItemKind.TEXT: "words",
    ItemKind.PRESSURE: "systolic and diastolic pressure",
}


def fault_of(item: ObservationItem, value: Value) -> str:
    """Why `value` cannot be observed of `item`; empty if it can."""
    if _KINDS[type(value)] is not item.kind:
        return f"{item.text} is answered with {_WANTED[item.kind]}"
    if isinstance(value, Level):
        return _fault_of_level(item, value)
    if isinstance(value, Choice):
        is_known = value.option in item.options
        return "" if is_known else f"{item.text} is one of {', '.join(item.options)}"
    if isinstance(value, Text):
        return "" if value.text.strip() else f"{item.text} is empty"
    if isinstance(value, Number):
        return _fault_of_number(item, value)
    return _fault_of_pressure(item, value) if isinstance(value, Pressure) else ""


def _fault_of_level(item: ObservationItem, value: Level) -> str:
    levels = [found.level for found in item.levels]
    if value.level in levels:
        return ""
    return f"{item.text} is from {min(levels)} to {max(levels)}"


def _fault_of_number(item: ObservationItem, value: Number) -> str:
    if value.unit != item.unit:
        return f"{item.text} is in {item.unit}, not in {value.unit or 'no unit'}"
    if not value.value.is_finite() or not _is_within(float(value.value), item.low, item.high):
        return f"{item.text} is from {item.low:g} to {item.high:g} {item.unit}"
    return ""


def _fault_of_pressure(item: ObservationItem, value: Pressure) -> str:
    if is_possible_cuff(CuffPressure(sys=value.sys, dia=value.dia, map=value.map)):
        return ""
    return f"{item.text} {value.sys:g}/{value.dia:g} is not possible"


def is_normal(item: ObservationItem, value: Value) -> bool:
    """Whether `value` asks for no closer checks."""
    normal = item.normal
    if normal is None:
        return True
    if isinstance(value, Level):
        low, high, level = normal.low, normal.high, value.level
        return (low is None or level >= low) and (high is None or level <= high)
    if isinstance(value, Number):
        return _is_within(float(value.value), normal.low, normal.high)
    if isinstance(value, Pressure):
        return is_normal_pressure(normal, value.sys, value.dia)
    if isinstance(value, YesNo):
        return not normal.options or ("yes" if value.is_yes else "no") in normal.options
    return not isinstance(value, Choice) or not normal.options or value.option in normal.options


def is_normal_pressure(normal: Normal, sys: float, dia: float) -> bool:
    """Whether a cuff reading (mmHg) asks for no closer checks."""
    low, high, dia_low, dia_high = normal.low, normal.high, normal.dia_low, normal.dia_high
    return (
        (low is None or sys >= low)
        and (high is None or sys <= high)
        and (dia_low is None or dia >= dia_low)
        and (dia_high is None or dia <= dia_high)
    )


def _is_within(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


def is_asked(item: ObservationItem, said: Mapping[str, Value]) -> bool:
    """Whether an item is asked at all, after what was said of the others on the form."""
    answer = said.get(item.after)
    return not item.after or not isinstance(answer, YesNo) or answer.is_yes


def none_of(item: ObservationItem) -> Value | None:
    """What "none of these" stands for; None if it never covers the item."""
    if not item.none:
        return None
    if item.kind is ItemKind.SCALE:
        return Level(level=int(item.none))
    if item.kind is ItemKind.NUMBER:
        return Number(value=Decimal(item.none), unit=item.unit)
    if item.kind is ItemKind.YES_NO:
        return YesNo(is_yes=item.none == "yes")
    return Choice(option=item.none)


def pressure_of(reading: MeasuredPressure) -> Pressure:
    """A cuff reading as the value of an item."""
    return Pressure(sys=reading.sys, dia=reading.dia)


def shown(item: ObservationItem, value: Value) -> str:
    """`value` as a person reads it, with its unit or the meaning of its level."""
    if isinstance(value, Level):
        meaning = next((f.text for f in item.levels if f.level == value.level), "")
        return f"{value.level} {meaning}".strip()
    if isinstance(value, Pressure):
        return f"{value.sys:.0f}/{value.dia:.0f} mmHg"
    if isinstance(value, Number):
        return f"{value.value:f} {value.unit}"
    if isinstance(value, YesNo):
        return "yes" if value.is_yes else "no"
    return value.option if isinstance(value, Choice) else value.text
