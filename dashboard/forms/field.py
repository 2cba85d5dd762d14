"""A field of a form: how it is shown, what it makes of what was typed; words, numbers, a PIN."""

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any, Final

import htpy as h

TEXT_LIMIT: Final = 2000
"""Characters of a field; a reason or a note is shorter."""
YES: Final = "yes"
_NUMBER: Final = re.compile(r"-?\d{1,9}(\.\d{1,6})?", re.ASCII)


class NotAnAnswer(ValueError):
    """What was typed is not what the field asks for; the text says what it asks for."""


@dataclass(frozen=True, slots=True)
class FormClock:
    """When a form is read (UTC), and the time zone of what is typed."""

    now: datetime
    zone: tzinfo


@dataclass(frozen=True, slots=True)
class Control:
    """What a field needs of the form around it: its id, what stands in it, what describes it."""

    id: str
    typed: str
    described_by: str
    is_faulty: bool

    def attributes(self, *, is_required: bool) -> dict[str, Any]:
        """What every control carries."""
        return {
            "id": self.id,
            "required": is_required,
            "aria-describedby": self.described_by or None,
            "aria-invalid": "true" if self.is_faulty else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Field(ABC):
    """One question. `initial` stands in it before anybody typed; `hint` explains it.

    `is_secret`: never shown again. `is_group`: several controls under one question. `aside`: what
    stands behind the label of one that may be left empty.
    """

    name: str
    label: str
    hint: str = ""
    is_required: bool = True
    initial: str = ""
    is_secret: bool = False
    aside: str = "optional"

    @property
    def is_group(self) -> bool:
        """Whether it is a group of controls, so that its label is a legend."""
        return False

    @abstractmethod
    def control(self, control: Control) -> h.Node:
        """The control to type in."""

    @abstractmethod
    def read(self, typed: str, clock: FormClock) -> Any:  # noqa: ANN401 - each field its own
        """What was typed means; never called with nothing typed. Raises NotAnAnswer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextField(Field):
    """Words; `lines` of them. `suggestions` are offered, and others may be typed."""

    lines: int = 1
    suggestions: tuple[str, ...] = ()
    autocomplete: str = "off"

    def control(self, control: Control) -> h.Node:
        """The control to type in."""
        attributes = control.attributes(is_required=self.is_required)
        if self.lines > 1:
            return h.textarea(
                attributes, name=self.name, rows=str(self.lines), maxlength=str(TEXT_LIMIT)
            )[control.typed]
        offered = f"{control.id}-offered"
        return [
            h.input(
                attributes,
                name=self.name,
                type="text",
                value=control.typed,
                maxlength=str(TEXT_LIMIT),
                autocomplete=self.autocomplete,
                list=offered if self.suggestions else None,
            ),
            h.datalist(id=offered)[(h.option(value=words) for words in self.suggestions)]
            if self.suggestions
            else None,
        ]

    def read(self, typed: str, clock: FormClock) -> str:  # noqa: ARG002 - as all fields
        """What was typed means."""
        return typed


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberField(Field):
    """A number in `unit`, exact; between `low` and `high` where they are given.

    `is_whole`: only a whole number.
    """

    unit: str = ""
    is_whole: bool = False
    low: Decimal | None = None
    high: Decimal | None = None

    def control(self, control: Control) -> h.Node:
        """The control to type in."""
        field = h.input(
            control.attributes(is_required=self.is_required),
            name=self.name,
            type="text",
            inputmode="decimal",
            value=control.typed,
            maxlength="20",
            autocomplete="off",
        )
        return h.span(".with-unit")[field, h.span(".typed-unit")[self.unit]] if self.unit else field

    def read(self, typed: str, clock: FormClock) -> Decimal:  # noqa: ARG002 - as all fields
        """What was typed means."""
        plain = typed.replace(",", ".").replace(" ", "")
        if not _NUMBER.fullmatch(plain):
            raise NotAnAnswer("Enter a number, such as 12.5")
        value = Decimal(plain)
        if self.is_whole and value != value.to_integral_value():
            raise NotAnAnswer("Enter a whole number")
        if (self.low is not None and value < self.low) or (
            self.high is not None and value > self.high
        ):
            unit = f" {self.unit}" if self.unit else ""
            bounds = [
                f"from {self.low}" if self.low is not None else "",
                f"to {self.high}" if self.high is not None else "",
            ]
            raise NotAnAnswer(f"Enter a number {' '.join(b for b in bounds if b)}{unit}")
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordField(Field):
    """The password of who is logged in, again."""

    is_secret: bool = True
    longest: int = 1024
    autocomplete: str = "current-password"
    inputmode: str | None = None

    def control(self, control: Control) -> h.Node:
        """The control to type in."""
        return h.input(
            control.attributes(is_required=self.is_required),
            name=self.name,
            type="password",
            inputmode=self.inputmode,
            maxlength=str(self.longest),
            autocomplete=self.autocomplete,
        )

    def read(self, typed: str, clock: FormClock) -> str:  # noqa: ARG002 - as all fields
        """What was typed means."""
        return typed


@dataclass(frozen=True, slots=True, kw_only=True)
class PinField(PasswordField):
    """The PIN of the second person, which no browser is to remember."""

    longest: int = 12
    autocomplete: str = "off"
    inputmode: str | None = "numeric"


@dataclass(frozen=True, slots=True, kw_only=True)
class HiddenField(Field):
    """What the page knows and nobody types."""

    label: str = ""
    is_required: bool = False

    def control(self, control: Control) -> h.Node:
        """The control to type in."""
        return h.input(type="hidden", name=self.name, value=control.typed)

    def read(self, typed: str, clock: FormClock) -> str:  # noqa: ARG002 - as all fields
        """What was typed means."""
        return typed
