"""The fields of a form: how each is shown, and what it makes of what was typed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from decimal import Decimal
from typing import Any, Final

import htpy as h

from dashboard.local_time import moment_of, newest_at

TEXT_LIMIT: Final = 2000
"""Characters of a field; a reason or a note is shorter."""
YES: Final = "yes"
_NUMBER: Final = re.compile(r"-?\d{1,9}(\.\d{1,6})?", re.ASCII)
_YES_OR_NO: Final = ((YES, "Yes"), ("no", "No"))


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
class Field:
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

    def control(self, control: Control) -> h.Node:
        """The control to type in."""
        raise NotImplementedError

    def read(self, typed: str, clock: FormClock) -> Any:  # noqa: ANN401 - each field its own
        """What was typed means; never called with nothing typed. Raises NotAnAnswer."""
        raise NotImplementedError


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

    def read(self, typed: str, clock: FormClock) -> str:  # noqa: ARG002
        """What was typed means."""
        return typed


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberField(Field):
    """A number in `unit`, exact; between `low` and `high` where they are given."""

    unit: str = ""
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
            class_="number-typed",
        )
        return h.span(".with-unit")[field, h.span(".typed-unit")[self.unit]] if self.unit else field

    def read(self, typed: str, clock: FormClock) -> Decimal:  # noqa: ARG002
        """What was typed means."""
        plain = typed.replace(",", ".").replace(" ", "")
        if not _NUMBER.fullmatch(plain):
            raise NotAnAnswer("Enter a number, such as 12.5")
        value = Decimal(plain)
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
class ChoiceField(Field):
    """One of `options`, each its value and its words; up to six as buttons, more as a list."""

    options: Sequence[tuple[str, str]]
    as_list: bool | None = None

    @property
    def is_group(self) -> bool:
        """Buttons are a group, a list is none."""
        return not (len(self.options) > 6 if self.as_list is None else self.as_list)

    def control(self, control: Control) -> h.Node:
        """The control to type in."""
        if not self.is_group:
            return self._list(control)
        return h.div(".choices")[
            (
                h.label(".choice", for_=f"{control.id}-{place}")[
                    h.input(
                        type="radio",
                        id=f"{control.id}-{place}",
                        name=self.name,
                        value=value,
                        checked=value == control.typed,
                        required=self.is_required,
                    ),
                    h.span[words],
                ]
                for place, (value, words) in enumerate(self.options)
            )
        ]

    def _list(self, control: Control) -> h.Node:
        return h.select(control.attributes(is_required=self.is_required), name=self.name)[
            h.option(value="")["Choose"],
            (
                h.option(value=value, selected=value == control.typed)[words]
                for value, words in self.options
            ),
        ]

    def read(self, typed: str, clock: FormClock) -> str:  # noqa: ARG002
        """What was typed means."""
        if typed not in {value for value, _ in self.options}:
            raise NotAnAnswer("Choose one of the answers")
        return typed


@dataclass(frozen=True, slots=True, kw_only=True)
class YesNoField(ChoiceField):
    """Yes or no; nothing is chosen beforehand."""

    options: Sequence[tuple[str, str]] = _YES_OR_NO

    def read(self, typed: str, clock: FormClock) -> bool:  # type: ignore[override] # a choice of two is a bool
        """Whether it was yes."""
        return ChoiceField.read(self, typed, clock) == YES


@dataclass(frozen=True, slots=True, kw_only=True)
class TickField(Field):
    """One box to tick; required means that it has to be ticked. True, or nothing."""

    def control(self, control: Control) -> h.Node:
        """The control to type in."""
        return h.label(".choice", for_=control.id)[
            h.input(
                control.attributes(is_required=self.is_required),
                type="checkbox",
                name=self.name,
                value=YES,
                checked=control.typed == YES,
            ),
            h.span[self.label],
        ]

    def read(self, typed: str, clock: FormClock) -> bool:  # noqa: ARG002
        """What was typed means."""
        return typed == YES


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockField(Field):
    """A time of the last 24 hours by the clinic's clock, such as 14:03."""

    def control(self, control: Control) -> h.Node:
        """The control to type in."""
        attributes = control.attributes(is_required=self.is_required)
        return h.input(attributes, name=self.name, type="time", value=control.typed)

    def read(self, typed: str, clock: FormClock) -> datetime:
        """What was typed means."""
        try:
            shown = time.fromisoformat(typed)
        except ValueError:
            raise NotAnAnswer("Enter a time, such as 14:03") from None
        return newest_at(shown.replace(tzinfo=None), clock.now, clock.zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentField(Field):
    """A day and a time by the clinic's clock."""

    def control(self, control: Control) -> h.Node:
        """The control to type in."""
        attributes = control.attributes(is_required=self.is_required)
        return h.input(attributes, name=self.name, type="datetime-local", value=control.typed)

    def read(self, typed: str, clock: FormClock) -> datetime:
        """What was typed means."""
        try:
            local = datetime.fromisoformat(typed)
        except ValueError:
            raise NotAnAnswer("Enter a day and a time") from None
        return moment_of(local.date(), local.time(), clock.zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class DateField(Field):
    """A day."""

    def control(self, control: Control) -> h.Node:
        """The control to type in."""
        attributes = control.attributes(is_required=self.is_required)
        return h.input(attributes, name=self.name, type="date", value=control.typed)

    def read(self, typed: str, clock: FormClock) -> date:  # noqa: ARG002
        """What was typed means."""
        try:
            return date.fromisoformat(typed)
        except ValueError:
            raise NotAnAnswer("Enter a day, such as 1980-02-01") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class PinField(Field):
    """The PIN of the second person."""

    is_secret: bool = True

    def control(self, control: Control) -> h.Node:
        """The control to type in."""
        return h.input(
            control.attributes(is_required=self.is_required),
            name=self.name,
            type="password",
            inputmode="numeric",
            maxlength="12",
            autocomplete="off",
        )

    def read(self, typed: str, clock: FormClock) -> str:  # noqa: ARG002
        """What was typed means."""
        return typed


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordField(Field):
    """The password of who is logged in, again."""

    is_secret: bool = True

    def control(self, control: Control) -> h.Node:
        """The control to type in."""
        return h.input(
            control.attributes(is_required=self.is_required),
            name=self.name,
            type="password",
            maxlength="1024",
            autocomplete="current-password",
        )

    def read(self, typed: str, clock: FormClock) -> str:  # noqa: ARG002
        """What was typed means."""
        return typed


@dataclass(frozen=True, slots=True, kw_only=True)
class HiddenField(Field):
    """What the page knows and nobody types."""

    label: str = ""
    is_required: bool = False

    def control(self, control: Control) -> h.Node:
        """The control to type in."""
        return h.input(type="hidden", name=self.name, value=control.typed)

    def read(self, typed: str, clock: FormClock) -> str:  # noqa: ARG002
        """What was typed means."""
        return typed
