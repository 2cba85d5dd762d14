"""Fields that are answered by choosing: one of several, yes or no, a box to tick."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import htpy as h

from dashboard.forms.field import YES, Control, Field, FormClock, NotAnAnswer

_YES_OR_NO: Final = ((YES, "Yes"), ("no", "No"))


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

    def read(self, typed: str, clock: FormClock) -> str:  # noqa: ARG002 - as all fields
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

    def read(self, typed: str, clock: FormClock) -> bool:  # noqa: ARG002 - as all fields
        """What was typed means."""
        return typed == YES
