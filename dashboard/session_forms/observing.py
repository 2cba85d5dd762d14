"""Forms of observations: a set at a check, what was wrong, what was missed, a note.

What a device measured stands in the form with its time; what a nurse judges never does.
"""

import secrets
from datetime import datetime
from decimal import Decimal
from typing import Final

import htpy as h

from dashboard.forms.fields import (
    ChoiceField,
    Field,
    HiddenField,
    NumberField,
    TextField,
    TickField,
)
from dashboard.forms.form import Sent
from dashboard.local_time import second_text
from dashboard.session_forms.infusing import about_fields, reason_field
from dashboard.session_forms.offered import Offer, offer_in, offers_of, packed
from dashboard.session_forms.session_form import Commands, Scene, SessionForm, when, when_field
from infusion import commands as c
from infusion.answers import Choice, Number, Text, YesNo
from infusion.observations.commands import ExplainMissedChecks, RecordObservations, WriteNote
from infusion.observations.events import (
    Basis,
    DeviceValue,
    MissedCheck,
    NotObserved,
    ObservationsRecorded,
    ObservedItem,
)
from infusion.observations.rules import ItemKind, ObservationItem, ObservationRules, ObservationSet
from infusion.observations.values import Level, Pressure, Value, none_of
from vocabulary.ids import ObservationId

SET: Final = "set"
DUE: Final = "due"
ITEMS: Final = "items"
NONE: Final = "none"
REST: Final = "rest"
REST_WORDS: Final = "rest_words"
PAPER: Final = "paper"
JUDGED_BY: Final = "judged_by"
CHECKS: Final = "checks"
_FEW: Final = 7
"""Levels of a scale that have room for their meaning."""


def set_of(scene: Scene) -> ObservationSet:
    """The set that the link named, else the first that has something to ask of a patient."""
    rules = scene.parts.configuration.observations
    found = rules.find_set(scene.about.get(SET, ""))
    return found or next((s for s in rules.sets if s.filled), rules.sets[0])


def due_items(scene: Scene, form: ObservationSet) -> tuple[str, ...]:
    """The items of the check that the link named."""
    named = scene.about.get(ITEMS, "").split(",")
    return tuple(name for name in named if name in form.items)


def _fields(scene: Scene) -> tuple[Field, ...]:
    rules = scene.parts.configuration.observations
    form = set_of(scene)
    due = due_items(scene, form)
    asked = [name for name in form.asked if not due or name in due]
    offers = offers_of(scene, form)
    found: list[Field] = list(about_fields(scene, SET, DUE, ITEMS))
    found += [_asked_field(item) for name in asked if (item := rules.find_item(name)) is not None]
    if any(name in form.none_of_these for name in asked):
        found.append(_none_field(rules, form))
    for name in form.filled:
        item = rules.find_item(name)
        if item is not None:
            found += _filled_fields(scene, item, offers.get(name))
    absences = [(reason.reason, reason.text) for reason in rules.absences]
    return (
        *found,
        ChoiceField(
            name=REST,
            label="What is not answered above was not observed",
            options=absences,
            as_list=True,
            is_required=False,
        ),
        TextField(name=REST_WORDS, label="In your words", is_required=False),
        TextField(
            name=JUDGED_BY,
            label="Who looked",
            is_required=False,
            hint="Leave empty if it was you.",
        ),
        when_field(),
        TextField(
            name=PAPER,
            label="From paper, because",
            is_required=False,
            hint="Only for what was written on paper. One reason for the whole outage.",
        ),
    )


def _asked_field(item: ObservationItem) -> Field:
    if item.kind is ItemKind.TEXT:
        return TextField(name=item.item, label=item.text, lines=2, is_required=False)
    if item.kind is ItemKind.NUMBER:
        return NumberField(name=item.item, label=item.text, unit=item.unit, is_required=False)
    return ChoiceField(
        name=item.item,
        label=item.text,
        options=_options(item),
        as_list=False,
        is_required=False,
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


def _none_field(rules: ObservationRules, form: ObservationSet) -> Field:
    items = [i for name in form.none_of_these if (i := rules.find_item(name)) is not None]
    told = ", ".join(item.text.lower() for item in items)
    return TickField(name=NONE, label=f"None of these: {told}", is_required=False)


def _filled_fields(scene: Scene, item: ObservationItem, offer: Offer | None) -> list[Field]:
    """What a device measured, to be accepted or typed over; empty where it measured nothing."""
    hint = "no value from a device"
    if offer is not None:
        hint = f"from device {second_text(offer.observed_at, scene.zone)}"
    device = HiddenField(name=f"device-{item.item}", initial="" if offer is None else packed(offer))
    if item.kind is ItemKind.PRESSURE:
        sys, dia = ("", "") if offer is None else offer.shown
        return [
            device,
            _number_field(f"{item.item}-sys", f"{item.text} systolic", "mmHg", sys, hint),
            _number_field(f"{item.item}-dia", f"{item.text} diastolic", "mmHg", dia, hint),
        ]
    shown = "" if offer is None else offer.shown[0]
    return [device, _number_field(item.item, item.text, item.unit, shown, hint)]


def _number_field(name: str, label: str, unit: str, initial: str, hint: str) -> Field:
    return NumberField(
        name=name, label=label, unit=unit, initial=initial, hint=hint, is_required=False
    )


def _explain(scene: Scene) -> h.Node:
    form = set_of(scene)
    others = [s for s in scene.parts.configuration.observations.sets if s.set != form.set]
    path = f"/session/{scene.session.id}/do/observe"
    return [
        h.p(".presence", data_presence="", role="status", hidden=True),
        h.p[
            h.strong[form.label],
            " · other forms: ",
            ([h.a(href=f"{path}?set={other.set}")[other.label], " "] for other in others),
        ],
    ]


def _make(scene: Scene, sent: Sent) -> Commands:
    rules = scene.parts.configuration.observations
    form = set_of(scene)
    due = due_items(scene, form)
    observed: list[ObservedItem] = []
    left_out: list[NotObserved] = []
    for name in form.items:
        item = rules.find_item(name)
        if item is None:
            continue
        found = _observed(item, form, sent)
        if found is not None:
            observed.append(found)
        elif sent.get(REST) and item.is_judged and (not due or name in due):
            words = sent.get(REST_WORDS) or ""
            left_out.append(NotObserved(item=name, reason=sent.values[REST], words=words))
    return RecordObservations(
        by=scene.by,
        at=when(sent),
        observation=ObservationId(sent.token or secrets.token_urlsafe(16)),
        set=form.set,
        observed=tuple(observed),
        not_observed=tuple(left_out),
        seen=_forms_seen(scene, sent),
        due_items=due,
        due_at=_due_at(scene),
        judged_by=sent.get(JUDGED_BY) or "",
        paper_reason=sent.get(PAPER) or "",
    )


def _observed(item: ObservationItem, form: ObservationSet, sent: Sent) -> ObservedItem | None:
    if not item.is_judged:
        return _filled(item, sent)
    value = _value(item, sent.get(item.item))
    if value is not None:
        return ObservedItem(item=item.item, value=value, basis=Basis.JUDGED)
    covered = none_of(item) if sent.get(NONE) and item.item in form.none_of_these else None
    if covered is None:
        return None
    return ObservedItem(item=item.item, value=covered, basis=Basis.NONE_OF_THESE)


def _filled(item: ObservationItem, sent: Sent) -> ObservedItem | None:
    value: Value | None = None
    if item.kind is ItemKind.PRESSURE:
        sys, dia = sent.get(f"{item.item}-sys"), sent.get(f"{item.item}-dia")
        if sys is not None and dia is not None:
            value = Pressure(sys=float(sys), dia=float(dia))
    else:
        value = _value(item, sent.get(item.item))
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


def _value(item: ObservationItem, typed: str | Decimal | None) -> Value | None:
    if typed is None:
        return None
    if isinstance(typed, Decimal):
        return Number(value=typed.normalize() + 0, unit=item.unit)
    match item.kind:
        case ItemKind.SCALE:
            return Level(level=int(typed))
        case ItemKind.YES_NO:
            return YesNo(is_yes=typed == "yes")
        case ItemKind.CHOICE:
            return Choice(option=typed)
        case _:
            return Text(text=typed)


def _forms_seen(scene: Scene, sent: Sent) -> int:
    """How many forms were saved when this one was opened, or shown again."""
    return sum(
        isinstance(recorded.event, ObservationsRecorded) and recorded.position <= sent.seen
        for recorded in scene.recorded
    )


def _due_at(scene: Scene) -> datetime | None:
    try:
        at = datetime.fromisoformat(scene.about.get(DUE, ""))
    except ValueError:
        return None
    return None if at.tzinfo is None else at


def _note(scene: Scene, sent: Sent) -> Commands:
    return WriteNote(by=scene.by, at=when(sent), text=sent.values["text"])


def _missed(scene: Scene, sent: Sent) -> Commands:
    checks = []
    for named in (sent.get(CHECKS) or "").split(","):
        item, _, at = named.partition("@")
        try:
            checks.append(MissedCheck(item=item, due_at=datetime.fromisoformat(at)))
        except ValueError:
            return c.Refused(reason="the link to this form is broken", what_to_do="go back")
    return ExplainMissedChecks(by=scene.by, checks=tuple(checks), reason=sent.values["reason"])


MISSED_REASONS: Final = (
    "patient in the bathroom", "called to another chair", "emergency", "network down",
)  # fmt: skip

FORMS: Final = (
    SessionForm(
        name="observe",
        title="Observations",
        submit="Save",
        command=RecordObservations,
        make=_make,
        fields=_fields,
        explain=_explain,
        done="Observations saved",
        is_shared=True,
    ),
    SessionForm(
        name="note",
        title="Note",
        submit="Save the note",
        command=WriteNote,
        make=_note,
        fields=lambda _: (TextField(name="text", label="Note", lines=4), when_field()),
        done="Note saved",
        is_shared=True,
    ),
    SessionForm(
        name="explain-missed",
        title="Checks that were missed",
        submit="Save the reason",
        command=ExplainMissedChecks,
        make=_missed,
        fields=lambda scene: (*about_fields(scene, CHECKS), reason_field(MISSED_REASONS)),
        done="Reason saved",
    ),
)
