"""What is wrong with the configuration, said so that somebody can put it right."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import msgspec
from pydantic import ValidationError
from pydantic_core import ErrorDetails


class Problem(msgspec.Struct, frozen=True):
    """One thing to put right: in which file (or the environment), at which key, and why."""

    source: str
    key: str
    reason: str

    def __str__(self) -> str:
        """One line: `config/wards.yaml: wards[0].beds[2].devices: reason`."""
        return ": ".join(part for part in (self.source, self.key, self.reason) if part)


class BadConfiguration(Exception):
    """The start stops here. Its text is one line for each problem."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def shown_path(path: Path) -> str:
    """`path` as a person at the working directory would write it."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def shown_fault(error: OSError) -> str:
    """What is wrong, and with which file: `data/x.jsonl: No such file or directory`."""
    reason = error.strerror or str(error)
    return reason if error.filename is None else f"{shown_path(Path(error.filename))}: {reason}"


def shown_key(location: Iterable[int | str]) -> str:
    """A key's place in a file: `wards[0].beds[2].label`."""
    shown = ""
    for part in location:
        if isinstance(part, int):
            shown += f"[{part}]"
        elif part != "[key]":
            shown += f".{part}" if shown else part
    return shown


def problems_of(source: str, error: ValidationError) -> list[Problem]:
    """Every problem that pydantic found in `source`."""
    return [
        Problem(source, shown_key(detail["loc"]), shown_reason(detail))
        for detail in error.errors(include_url=False, include_context=False)
    ]


_PLAIN_REASONS: Final = {
    "extra_forbidden": "no such key; check its spelling",
    "missing": "is missing",
}


def shown_reason(detail: ErrorDetails) -> str:
    """Why a value was refused, in a sentence without pydantic's own words."""
    plain = _PLAIN_REASONS.get(detail["type"])
    if plain is not None:
        return plain
    reason = detail["msg"].removeprefix("Value error, ").removeprefix("Input ")
    if detail["type"] == "string_type" and isinstance(detail["input"], int | float):
        reason += f", not {_shown_value(detail['input'])}: put it in quotes"
    elif detail["type"] != "value_error" and _is_short(detail["input"]):
        reason += f", not {_shown_value(detail['input'])}"
    return reason


def _is_short(value: Any) -> bool:  # noqa: ANN401 - whatever a file may hold
    return value is None or (isinstance(value, str | int | float) and len(str(value)) <= 40)


def _shown_value(value: Any) -> str:  # noqa: ANN401 - whatever a file may hold
    return "empty" if value is None else repr(value)
