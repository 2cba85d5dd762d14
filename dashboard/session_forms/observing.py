"""Forms of observations: a set at a check, what was wrong, what was missed, a note.

What a device measured stands in the form with its time; what a nurse judges never does.
"""

import secrets
from datetime import datetime
from typing import Final

import htpy as h

from dashboard.forms.fields import ChoiceField, Field, TextField, TickField
from dashboard.forms.form import Sent
from dashboard.local_time import second_text
from dashboard.session_forms.infusing import about_fields
from dashboard.session_forms.item_fields import (
    device_fields,
    filled,
    half_refused,
    is_half,
    is_too_old,
    judged_field,
    old_refused,
    value_sent,
)
from dashboard.session_forms.offered import Offer, offers_of, packed
from dashboard.session_forms.session_form import Commands, Scene, SessionForm, when, when_field
from infusion.observations.commands import RecordObservations, WriteNote
from infusion.observations.events import (
    Basis,
    NotObserved,
    ObservationsRecorded,
    ObservedItem,
)
from infusion.observations.rules import ObservationItem, ObservationRules, ObservationSet
from infusion.observations.values import is_asked, none_of
from vocabulary.ids import ObservationId

SET: Final = "set"
DUE: Final = "due"
ITEMS: Final = "items"
NONE: Final = "none"
REST: Final = "rest"
REST_WORDS: Final = "rest_words"
PAPER: Final = "paper"
JUDGED_BY: Final = "judged_by"


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
    found += [
        judged_field(item, after=_text_of(rules, item.after))
        for name in asked
        if (item := rules.find_item(name)) is not None
    ]
    if any(name in form.none_of_these for name in asked):
        found.append(_none_field(rules, form))
    for name in form.filled:
        item = rules.find_item(name)
        if item is not None:
            found += _filled_fields(scene, item, offers.get(name))
    return (*found, *_rest_fields(rules))


def _rest_fields(rules: ObservationRules) -> tuple[Field, ...]:
    """What was not observed and why, who looked, when, and whether it comes from paper."""
    absences = [(reason.reason, reason.text) for reason in rules.absences]
    return (
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


def _text_of(rules: ObservationRules, name: str) -> str:
    item = rules.find_item(name)
    return "" if item is None else item.text


def _none_field(rules: ObservationRules, form: ObservationSet) -> Field:
    items = [i for name in form.none_of_these if (i := rules.find_item(name)) is not None]
    told = ", ".join(item.text.lower() for item in items)
    return TickField(name=NONE, label=f"None of these: {told}", is_required=False)


def _filled_fields(scene: Scene, item: ObservationItem, offer: Offer | None) -> list[Field]:
    """What a device measured, to be accepted or typed over; empty where it measured nothing."""
    if offer is None:
        return device_fields(item, (), "no value from a device", "")
    hint = f"from device {second_text(offer.observed_at, scene.zone)}"
    return device_fields(item, offer.shown, hint, packed(offer.value))


def _explain(scene: Scene) -> h.Node:
    form = set_of(scene)
    others = [
        other
        for other in scene.parts.configuration.observations.sets
        if other.set != form.set and other.is_offered(scene.session.state)
    ]
    path = f"/session/{scene.session.id}/do/observe"
    return [
        h.p(data_presence="", role="status", hidden=True),
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
        if is_half(item, sent):
            return half_refused(item)
        found = _observed(item, form, sent)
        if found is not None:
            if is_too_old(found, when(sent) or scene.now, rules.device_value_max_s):
                return old_refused(item, found)
            observed.append(found)
        elif sent.get(REST) and item.is_judged and (not due or name in due):
            if not is_asked(item, {entry.item: entry.value for entry in observed}):
                continue
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
        return filled(item, sent)
    value = value_sent(item, sent)
    if value is not None:
        return ObservedItem(item=item.item, value=value, basis=Basis.JUDGED)
    covered = none_of(item) if sent.get(NONE) and item.item in form.none_of_these else None
    if covered is None:
        return None
    return ObservedItem(item=item.item, value=covered, basis=Basis.NONE_OF_THESE)


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
)
