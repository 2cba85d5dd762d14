"""Answers to preparation items, and whether one is possible, and lets the start go on."""

from datetime import datetime
from decimal import Decimal
from typing import Final, TypeAlias

import msgspec

from infusion.configuration import AnswerKind, PreparationItem


class YesNo(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Yes or no."""

    is_yes: bool


class Choice(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """One of the configured options."""

    option: str


class Text(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A person's own words."""

    text: str


class Number(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A number and the unit it was typed in."""

    value: Decimal
    unit: str


class Moment(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A time, UTC."""

    moment: datetime


Answer: TypeAlias = YesNo | Choice | Text | Number | Moment

_KINDS: Final[dict[type[Answer], AnswerKind]] = {
    YesNo: AnswerKind.YES_NO,
    Choice: AnswerKind.CHOICE,
    Text: AnswerKind.TEXT,
    Number: AnswerKind.NUMBER,
    Moment: AnswerKind.TIME,
}


def fault_of(item: PreparationItem, answer: Answer, now: datetime) -> str:
    """Why `answer` cannot be an answer to `item`; empty if it can. A time lies in the past."""
    if _KINDS[type(answer)] is not item.kind:
        return f"{item.text} is answered with {_WANTED[item.kind]}"
    if isinstance(answer, Choice) and answer.option not in item.options:
        return f"{item.text} is one of {', '.join(item.options)}"
    if isinstance(answer, Text) and not answer.text.strip():
        return f"{item.text} is empty"
    if isinstance(answer, Moment) and answer.moment > now:
        return f"{item.text} is in the future"
    return _fault_of_number(item, answer) if isinstance(answer, Number) else ""


def _fault_of_number(item: PreparationItem, answer: Number) -> str:
    if answer.unit != item.unit:
        return f"{item.text} is in {item.unit}, not in {answer.unit or 'no unit'}"
    if item.low is None or item.high is None:
        return ""
    if not answer.value.is_finite() or not item.low <= answer.value <= item.high:
        return f"{item.text} is from {item.low:g} to {item.high:g} {item.unit}"
    return ""


def is_accepted(item: PreparationItem, answer: Answer) -> bool:
    """Whether the start may go on with `answer`."""
    if not item.accepts:
        return True
    if isinstance(answer, YesNo):
        return ("yes" if answer.is_yes else "no") in item.accepts
    return isinstance(answer, Choice) and answer.option in item.accepts


def shown(answer: Answer) -> str:
    """The answer as a person reads it; a time as ISO 8601, UTC, for the screen to localise."""
    if isinstance(answer, YesNo):
        return "yes" if answer.is_yes else "no"
    if isinstance(answer, Choice):
        return answer.option
    if isinstance(answer, Number):
        return f"{answer.value} {answer.unit}"
    return answer.text if isinstance(answer, Text) else answer.moment.isoformat()


_WANTED: Final = {
    AnswerKind.YES_NO: "yes or no",
    AnswerKind.CHOICE: "one of its options",
    AnswerKind.TEXT: "words",
    AnswerKind.NUMBER: "a number",
    AnswerKind.TIME: "a time",
}
