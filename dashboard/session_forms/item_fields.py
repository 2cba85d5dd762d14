"""Items of observation as fields of a form, and what was sent of them as values."""

from datetime import datetime
from decimal import Decimal
from typing import Final

from dashboard.forms.fields import ChoiceField, Field, HiddenField, NumberField, TextField
from dashboard.forms.form import Sent
from dashboard.session_forms.offered import offer_in
from infusion.answers import Choice, Number, Text, YesNo
from infusion.commands import Refused
from infusion.observations.events import Basis, DeviceValue, ObservedItem
from infusion.observations.rules import ItemKind, ObservationItem
from infusion.observations.values import Level, Pressure, Value

_FEW: Final = 7
"""Levels of a scale that have room for their meaning."""
_MOST_BUTTONS: Final = 20


def judged_field(
    item: ObservationItem,
    initial: str = "",
    also: tuple[tuple[str, str], ...] = (),
    after: str = "",
) -> Field:
    """A field for what only a person can tell; to leave it out needs a reason.

    `also`: more answers than the item has. `after`: the question it is asked only after a yes to.
    """
    if item.kind is ItemKind.TEXT:
        return TextField(
            name=item.item, label=item.text, lines=2, initial=initial, is_required=False, aside=""
        )
    if item.kind is ItemKind.NUMBER:
        return NumberField(
            name=item.item,
            label=item.text,
            unit=item.unit,
            initial=initial,
            is_required=False,
            aside="",
        )
    if item.kind is ItemKind.SCALE and len(item.levels) > _MOST_BUTTONS:
        return _total_field(item, initial)
    return ChoiceField(
        name=item.item,
        label=item.text,
        options=[*_options(item), *also],
        as_list=False,
        initial=initial,
        hint=f"Only after a yes to {after}" if after else "",
        is_required=False,
        aside="",
    )


def _total_field(item: ObservationItem, initial: str) -> NumberField:
    """A scale with too many levels to choose from is typed."""
    levels = [level.level for level in item.levels]
    low, high = min(levels), max(levels)
    return NumberField(
        name=item.item,
        label=item.text,
        low=Decimal(low),
        high=Decimal(high),
        is_whole=True,
        hint=f"{low} to {high}",
        initial=initial,
        is_required=False,
        aside="",
    )


def _options(item: ObservationItem) -> list[tuple[str, str]]:
    if item.kind is ItemKind.YES_NO:
        return [("yes", "Yes"), ("no", "No")]
    if item.kind is ItemKind.CHOICE:
        return [(option, option.capitalize()) for option in item.options]
    few = len(item.levels) <= _FEW
    return [
        (str(level.level), f"{level.level} {level.text}".strip() if few else str(level.level))
        for level in item.levels
    ]


def device_fields(
    item: ObservationItem, typed: tuple[str, ...], hint: str, packed_offer: str
) -> list[Field]:
    """Fields for what a device fills in; `typed` stands in them, `packed_offer` travels along."""
    device = HiddenField(name=f"device-{item.item}", initial=packed_offer)
    if item.kind is ItemKind.PRESSURE:
        sys, dia = typed or ("", "")
        return [
            device,
            _number_field(f"{item.item}-sys", f"{item.text} systolic", "mmHg", sys, hint),
            _number_field(f"{item.item}-dia", f"{item.text} diastolic", "mmHg", dia, hint),
        ]
    return [device, _number_field(item.item, item.text, item.unit, "".join(typed), hint)]


def _number_field(name: str, label: str, unit: str, initial: str, hint: str) -> Field:
    return NumberField(
        name=name, label=label, unit=unit, initial=initial, hint=hint, is_required=False, aside=""
    )


def as_typed(value: Value) -> tuple[str, ...]:
    """A value as it would have been typed: one word, of a pressure two."""
    if isinstance(value, Pressure):
        return (f"{value.sys:g}", f"{value.dia:g}")
    if isinstance(value, Level):
        return (str(value.level),)
    if isinstance(value, Number):
        return (f"{value.value:f}",)
    if isinstance(value, YesNo):
        return ("yes" if value.is_yes else "no",)
    return (value.option if isinstance(value, Choice) else value.text,)


def is_half(item: ObservationItem, sent: Sent) -> bool:
    """Whether only one of the two numbers of a pressure was typed."""
    if item.kind is not ItemKind.PRESSURE:
        return False
    return (sent.get(f"{item.item}-sys") is None) != (sent.get(f"{item.item}-dia") is None)


def half_refused(item: ObservationItem) -> Refused:
    """Why a pressure of one number is not taken; nothing that was typed is left behind."""
    return Refused(
        reason=f"{item.text} has only one of its two numbers", what_to_do="enter both, or neither"
    )


def is_too_old(entry: ObservedItem, at: datetime, longest_s: float) -> bool:
    """Whether a device measured a value long before `at` (UTC), or after it: a form was left open,
    or tells of another time.
    """
    if entry.basis is not Basis.DEVICE or entry.offered is None:
        return False
    return abs((at - entry.offered.observed_at).total_seconds()) > longest_s


def old_refused(item: ObservationItem, entry: ObservedItem) -> Refused:
    """Why a device's value is not charted as of another time."""
    measured_at = "" if entry.offered is None else f"{entry.offered.observed_at:%H:%M:%S} UTC"
    return Refused(
        reason=f"{item.text} on this form was measured at {measured_at}",
        what_to_do="open the form anew, or type what the monitor showed then",
    )


def value_sent(item: ObservationItem, sent: Sent) -> Value | None:
    """What was typed of an item; None if nothing was."""
    if item.kind is ItemKind.PRESSURE:
        sys, dia = sent.get(f"{item.item}-sys"), sent.get(f"{item.item}-dia")
        return None if sys is None or dia is None else Pressure(sys=float(sys), dia=float(dia))
    typed: str | Decimal | None = sent.get(item.item)
    if isinstance(typed, Decimal) and item.kind is ItemKind.SCALE:
        return Level(level=int(typed))
    if isinstance(typed, Decimal):
        return Number(value=typed.normalize() + 0, unit=item.unit)
    return None if typed is None else _value(item, typed)


def _value(item: ObservationItem, typed: str) -> Value:
    match item.kind:
        case ItemKind.SCALE:
            return Level(level=int(typed))
        case ItemKind.YES_NO:
            return YesNo(is_yes=typed == "yes")
        case ItemKind.CHOICE:
            return Choice(option=typed)
        case _:
            return Text(text=typed)


def filled(item: ObservationItem, sent: Sent) -> ObservedItem | None:
    """What was sent of an item that devices fill in: the device's value, or one typed over it."""
    value = value_sent(item, sent)
    if value is None:
        return None
    offered = offer_in(sent.get(f"device-{item.item}") or "", item)
    if offered is not None and _is_same(offered, value):
        return ObservedItem(
            item=item.item, value=offered.value, basis=Basis.DEVICE, offered=offered
        )
    return ObservedItem(item=item.item, value=value, basis=Basis.TYPED, offered=offered)


def _is_same(offered: DeviceValue, typed: Value) -> bool:
    """Whether what stands in the form is what the device said; a mean is only the device's."""
    if isinstance(offered.value, Pressure) and isinstance(typed, Pressure):
        return (offered.value.sys, offered.value.dia) == (typed.sys, typed.dia)
    return offered.value == typed
