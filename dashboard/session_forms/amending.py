"""The form that puts an observation right: a new entry with a reason; what was said stays.

What is left as it stands is not part of the new entry.
"""

from datetime import datetime
from typing import Final

import htpy as h

from dashboard.components.versions import versions_view
from dashboard.forms.fields import ChoiceField, Field, MomentField
from dashboard.forms.form import Sent
from dashboard.local_time import second_text
from dashboard.session_forms.infusing import REASON, about_fields, reason_field
from dashboard.session_forms.item_fields import (
    as_typed,
    device_fields,
    filled,
    half_refused,
    is_half,
    judged_field,
    value_sent,
)
from dashboard.session_forms.offered import packed
from dashboard.session_forms.session_form import Commands, Scene, SessionForm
from infusion import commands as c
from infusion.observations.commands import AmendObservation
from infusion.observations.events import Basis, ObservationAmended, ObservedItem
from infusion.observations.rules import ObservationItem
from infusion.observations.versions import FormVersions, versions_of
from infusion.safety_screen import QUESTIONS, SAFETY
from vocabulary.ids import ObservationId

OBSERVATION: Final = "observation"
SEEN_AT: Final = "seen_at"
WITHDRAWN: Final = "not-observed"
AMEND_REASONS: Final = (
    "typed wrong", "read wrong", "wrong time", "wrong patient", "seen later in the notes",
)  # fmt: skip
_GONE: Final = c.Refused(reason="there is no such observation", what_to_do="go back to the bed")


def amended_form(scene: Scene) -> FormVersions | None:
    """The observation that the link named, with all its versions."""
    name = scene.about.get(OBSERVATION, "")
    form = next((o for o in scene.session.observations if o.observation == name), None)
    return None if form is None else versions_of(form, scene.session.amendments)


def _items(scene: Scene, versions: FormVersions) -> list[ObservationItem]:
    """What can be put right: the items of the set, and what else was entered on the form."""
    rules = scene.parts.configuration.observations
    found = rules.find_set(versions.form.set)
    names = [*(() if found is None else found.items), *(each.item for each in versions.items)]
    if any(name in QUESTIONS for name in names):
        names = [name for name in names if name != SAFETY]  # it follows from the questions
    items = (rules.find_item(name) for name in dict.fromkeys(names))
    return [item for item in items if item is not None]


def _held(versions: FormVersions, item: ObservationItem) -> ObservedItem | None:
    found = versions.of(item.item)
    return None if found is None else found.now.said


def _fields(scene: Scene) -> tuple[Field, ...]:
    versions = amended_form(scene)
    if versions is None:
        return about_fields(scene, OBSERVATION)
    found: list[Field] = list(about_fields(scene, OBSERVATION))
    for item in _items(scene, versions):
        found += _item_fields(scene, item, _held(versions, item))
    seen_at = MomentField(
        name=SEEN_AT, label="When it was seen", initial=_minute(versions.seen_at, scene)
    )
    return (*found, seen_at, reason_field(AMEND_REASONS))


def _item_fields(scene: Scene, item: ObservationItem, held: ObservedItem | None) -> list[Field]:
    typed = () if held is None else as_typed(held.value)
    if item.is_judged:
        takes_back = held is not None
        also = ((WITHDRAWN, "Not observed"),) if takes_back else ()
        before = scene.parts.configuration.observations.find_item(item.after)
        after = "" if before is None else before.text
        return [judged_field(item, "".join(typed), also, after)]
    if held is None or held.offered is None:
        return device_fields(item, typed, "", "")
    told = f"the device said so {second_text(held.offered.observed_at, scene.zone)}"
    if held.basis is Basis.TYPED:
        of_device = "/".join(as_typed(held.offered.value))
        told = f"typed over {of_device} from device"
    return device_fields(item, typed, told, packed(held.offered))


def _minute(at: datetime, scene: Scene) -> str:
    return f"{at.astimezone(scene.zone):%Y-%m-%dT%H:%M}"


def _explain(scene: Scene) -> h.Node:
    versions = amended_form(scene)
    if versions is None:
        return h.p["There is no such observation."]
    rules = scene.parts.configuration.observations
    return [
        h.p(data_presence="", role="status", hidden=True),
        h.p["Change only what is wrong. What was said before stays beside it, with your reason."],
        versions_view(versions, rules, scene.zone, scene.now),
    ]


def _make(scene: Scene, sent: Sent) -> Commands:
    versions = amended_form(scene)
    if versions is None:
        return _GONE
    news = _news(scene, sent, versions)
    if news is not None:
        return news
    observed: list[ObservedItem] = []
    withdrawn: list[str] = []
    for item in _items(scene, versions):
        if is_half(item, sent):
            return half_refused(item)
        held = _held(versions, item)
        said = _said(item, sent)
        if said is None:
            if held is not None and _is_taken_back(item, sent):
                withdrawn.append(item.item)
        elif held is None or as_typed(held.value) != as_typed(said.value):
            observed.append(said)
    seen_at: datetime = sent.values[SEEN_AT]
    is_same_time = _minute(seen_at, scene) == _minute(versions.seen_at, scene)
    return AmendObservation(
        by=scene.by,
        observation=ObservationId(versions.form.observation),
        observed=tuple(observed),
        withdrawn=tuple(withdrawn),
        reason=sent.values[REASON],
        seen_at=None if is_same_time else seen_at,
    )


def _said(item: ObservationItem, sent: Sent) -> ObservedItem | None:
    if not item.is_judged:
        return filled(item, sent)
    if sent.get(item.item) == WITHDRAWN:
        return None
    value = value_sent(item, sent)
    return None if value is None else ObservedItem(
        item=item.item, value=value, basis=Basis.JUDGED
    )  # fmt: skip


def _is_taken_back(item: ObservationItem, sent: Sent) -> bool:
    """Whether what stood there was emptied; a choice that was not sent at all is left as it is."""
    is_typed = not item.is_judged or not isinstance(judged_field(item), ChoiceField)
    return is_typed or sent.get(item.item) == WITHDRAWN


def _news(scene: Scene, sent: Sent, versions: FormVersions) -> c.Refused | None:
    """Whether somebody put the same observation right since this form was opened."""
    for recorded in scene.recorded:
        event = recorded.event
        if (
            isinstance(event, ObservationAmended)
            and event.observation == versions.form.observation
            and recorded.position > sent.seen
        ):
            return c.Refused(
                reason=f"{event.by.printed_name} amended this observation at "
                f"{event.at:%H:%M:%S} UTC: {event.reason}",
                what_to_do="look at what stands there now, then send yours again, or close it",
            )
    return None


FORMS: Final = (
    SessionForm(
        name="amend",
        title="Amend an observation",
        submit="Save the amendment",
        command=AmendObservation,
        make=_make,
        fields=_fields,
        explain=_explain,
        done="Amended; what was said before stays beside it",
        is_shared=True,
    ),
)
