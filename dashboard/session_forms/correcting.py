"""The form that corrects an association from a past time, in every session that it concerns."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import htpy as h

from dashboard.bed_names import bed_label
from dashboard.forms.fields import ChoiceField, Field, MomentField, YesNoField
from dashboard.forms.form import Sent
from dashboard.session_forms.infusing import DEVICE, REASON, reason_field
from dashboard.session_forms.session_form import Commands, Scene, SessionForm
from dashboard.session_forms.ward_facts import ward_facts
from infusion import commands as c
from infusion.association import Association, find
from infusion.session import Session
from vocabulary.ids import DeviceId, SessionId

IS_OURS: Final = "is_ours"
SINCE: Final = "since"
UNTIL: Final = "until"
OTHER: Final = "other"
NOBODY: Final = "nobody"


def _fields(scene: Scene) -> tuple[Field, ...]:
    known = {str(a.device) for a in scene.session.associations}
    kinds = ward_facts(scene.parts, scene.session.plan.ward).kinds
    offered = sorted(known | {str(device) for device in kinds})
    return (
        ChoiceField(
            name=DEVICE,
            label="Device",
            options=[(name, name) for name in offered],
            as_list=True,
            initial=scene.about.get(DEVICE, ""),
        ),
        YesNoField(name=IS_OURS, label="It was this patient's"),
        ChoiceField(
            name=OTHER,
            label="If not, whose it was",
            options=[(NOBODY, "nobody's"), *((str(s.id), _whose(s)) for s in _others(scene))],
            as_list=True,
            initial=NOBODY,
            is_required=False,
        ),
        MomentField(name=SINCE, label="Since"),
        MomentField(
            name=UNTIL, label="Until", is_required=False, hint="Leave empty if it still is."
        ),
        reason_field(),
    )


def _others(scene: Scene) -> list[Session]:
    """The other sessions of the ward that had a chair while this one went on, signed or not."""
    own = scene.session
    began_at = own.stays[0].interval.since if own.stays else scene.now
    return [other for other in _around(scene, began_at) if other.stays]


def _around(scene: Scene, since: datetime) -> list[Session]:
    """The other sessions of the ward that were not over by then."""
    plans = scene.parts.record.chains.sessions(scene.session.plan.ward, open_since=since)
    kept = scene.parts.shelf.all_of([plan.session for plan in plans])
    return [one.session for one in kept if one.session.id != scene.session.id]


def _whose(session: Session) -> str:
    bed = session.stays[-1].bed if session.stays else None
    chair = "no chair" if bed is None else bed_label(session.plan.ward, bed)
    signed = ", signed" if session.signed is not None else ""
    return f"{session.patient.name}, {chair}{signed}"


def _correct(scene: Scene, sent: Sent) -> Commands:
    device = DeviceId(sent.values[DEVICE])
    held = find(scene.session.associations, device)
    kinds = ward_facts(scene.parts, scene.session.plan.ward).kinds
    kind = kinds.get(device) if held is None else held.kind
    if kind is None:
        return c.Refused(reason=f"{device} is not known", what_to_do="choose one of the list")
    return c.CorrectAssociation(
        by=scene.by,
        device=device,
        kind=kind,
        is_ours=sent.values[IS_OURS],
        since=sent.values[SINCE],
        until=sent.get(UNTIL),
        reason=sent.values[REASON],
    )


def _elsewhere(scene: Scene, sent: Sent) -> Mapping[SessionId, c.Command] | c.Refused:
    """What the correction means for others: who had the device loses it, or whose it was gets it.

    One that is signed, too: it is worked out anew and marked, and what was sealed stays.
    """
    made = _correct(scene, sent)
    if not isinstance(made, c.CorrectAssociation):
        return {}
    if made.is_ours:
        concerned = [
            other
            for other in _around(scene, made.since)
            if _overlaps(find(other.associations, made.device), made.since, made.until)
        ]
    else:
        name = sent.values.get(OTHER, NOBODY)
        kept = None if name in ("", NOBODY) else scene.parts.shelf.read(SessionId(name))
        concerned = [] if kept is None else [kept.session]
    return {other.id: _theirs(made, other) for other in concerned}


def _theirs(made: c.CorrectAssociation, other: Session) -> c.CorrectAssociation:
    """The same act as another session sees it."""
    is_sealed = other.signed is not None
    kind = c.CorrectSealedAssociation if is_sealed else c.CorrectAssociation
    return kind(
        by=made.by,
        device=made.device,
        kind=made.kind,
        is_ours=not made.is_ours,
        since=made.since,
        until=made.until,
        reason=made.reason,
    )


def _overlaps(held: Association | None, since: datetime, until: datetime | None) -> bool:
    return held is not None and any(
        (until is None or interval.since < until)
        and (interval.until is None or interval.until > since)
        for interval in held.intervals
    )


def _explain(_: Scene) -> h.Node:
    return h.p[
        "Dose and numbers are worked out anew and marked, of this session and of the other one: "
        "whoever had the device in that time loses it for that time, in the same act. If one of "
        "them cannot be corrected, neither is. What is signed stays as it was signed: that session "
        "is marked, and an addendum is waited for."
    ]


FORMS: Final = (
    SessionForm(
        name="correct",
        title="Correct an association",
        submit="Correct",
        command=c.CorrectAssociation,
        fields=_fields,
        explain=_explain,
        make=_correct,
        elsewhere=_elsewhere,
        done="Association corrected",
        is_grave=True,
    ),
)
