"""The fields of a form, all of them: words and numbers, choices, moments."""

from dashboard.forms.choices import ChoiceField, TickField, YesNoField
from dashboard.forms.field import (
    TEXT_LIMIT,
    YES,
    Control,
    Field,
    FormClock,
    HiddenField,
    NotAnAnswer,
    NumberField,
    PasswordField,
    PinField,
    TextField,
)
from dashboard.forms.moments import ClockField, DateField, MomentField

__all__ = [
    "TEXT_LIMIT",
    "YES",
    "ChoiceField",
    "ClockField",
    "Control",
    "DateField",
    "Field",
    "FormClock",
    "HiddenField",
    "MomentField",
    "NotAnAnswer",
    "NumberField",
    "PasswordField",
    "PinField",
    "TextField",
    "TickField",
    "YesNoField",
]
