"""Forms that end or move a session: discharge, left before ready, cancel, another chair."""

from datetime import datetime
from typing import Final

import htpy as h

from dashboard.forms.fields import ChoiceField, Field, TextField, YesNoField
from dashboard.forms.form import Sent
from dashboard.session_forms.delivery import delivery_of
from dashboard.session_forms.infusing import REASON, reason_field
from dashboard.session_forms.session_form import Commands, Scene, SessionForm, when, when_field
from dashboard.session_forms.ward_facts import ward_facts
from infusion import commands as c
from infusion.answers import Text
from infusion.configuration import BedPlan
from vocabulary.ids import BedId

ESCORT: Final = "escort"
BED: Final = "bed"


def unmet_criteria(scene: Scene, now: datetime) -> tuple[str, ...]:  # noqa: ARG001 - as judged
    """What speaks against going home, besides stay and escort; each in words."""
    return ()


def _escort(scene: Scene) -> str:
    """Who was named in the preparation."""
    answered = scene.session.answers.get(ESCORT)
    return answered.answer.text if answered and isinstance(answered.answer, Text) else ""


def _discharge_fields(scene: Scene) -> tuple[Field, ...]:
    return (
        TextField(
            name=ESCORT, label="Escort, name and phone", initial=_escort(scene),
            hint="Who takes the patient home now.",
        ),
        when_field(),
    )  # fmt: skip


def _discharge(scene: Scene, sent: Sent) -> Commands:
    return c.Discharge(
        by=scene.by,
        at=when(sent),
        escort=sent.values[ESCORT],
        drug_until=delivery_of(scene.parts, scene.session).delivered.last_drug_at,
        unmet=unmet_criteria(scene, scene.now),
    )


def _explain_discharge(scene: Scene) -> h.Node:
    unmet = unmet_criteria(scene, scene.now)
    minutes = scene.parts.configuration.sessions.stay_after_drug_s / 60
    return [
        h.p[f"The stay after the last drug is at least {minutes:g} min. The chair is free then, "
            "its devices too; unsigned work goes to the worklist."],
        h.div(".notice")[h.p[h.strong["Not yet, because"]], h.ul[(h.li[w] for w in unmet)]]
        if unmet
        else None,
    ]  # fmt: skip


def _leave_fields(scene: Scene) -> tuple[Field, ...]:
    return (
        reason_field(("own wish", "called away")),
        when_field(),
        YesNoField(name="iv", label="IV removed"),
        TextField(name=ESCORT, label="Escort", initial=_escort(scene), is_required=False),
        TextField(name="told", label="Which prescriber was told"),
        TextField(name="call", label="Call back: when and which number", is_required=False),
    )


def _leave(scene: Scene, sent: Sent) -> Commands:
    return c.LeaveBeforeReady(
        by=scene.by,
        at=when(sent),
        reason=sent.values[REASON],
        is_iv_removed=sent.values["iv"],
        escort=sent.values.get(ESCORT, ""),
        prescriber_told=sent.values["told"],
        call_back=sent.values.get("call", ""),
    )


def bed_field(beds: tuple[BedPlan, ...], initial: str = "") -> ChoiceField:
    """A free chair."""
    return ChoiceField(
        name=BED,
        label="Chair",
        options=[(str(bed.bed), bed.label) for bed in beds],
        initial=initial,
        hint="" if beds else "No chair of this ward is free.",
    )


def _move_fields(scene: Scene) -> tuple[Field, ...]:
    facts = ward_facts(scene.parts, scene.session.plan.ward)
    return (bed_field(facts.free_beds()), reason_field(), when_field())


def _move(scene: Scene, sent: Sent) -> Commands:
    facts, bed = ward_facts(scene.parts, scene.session.plan.ward), BedId(sent.values[BED])
    return c.MoveToBed(
        by=scene.by,
        at=when(sent),
        bed=bed,
        reason=sent.values[REASON],
        kinds=facts.kinds,
        occupied_by=facts.occupied_by(bed),
    )


def _cancel(scene: Scene, sent: Sent) -> Commands:
    return c.CancelSession(by=scene.by, at=when(sent), reason=sent.values[REASON])


FORMS: Final = (
    SessionForm(
        name="discharge",
        title="Discharge",
        submit="Discharge",
        command=c.Discharge,
        fields=_discharge_fields,
        explain=_explain_discharge,
        make=_discharge,
        done="Discharged",
        is_grave=True,
    ),
    SessionForm(
        name="leave",
        title="Left before ready",
        submit="Record that the patient left",
        command=c.LeaveBeforeReady,
        fields=_leave_fields,
        make=_leave,
        done="Recorded",
        is_grave=True,
    ),
    SessionForm(
        name="move",
        title="Another chair",
        submit="Move",
        command=c.MoveToBed,
        fields=_move_fields,
        explain=lambda _: h.p["Devices fixed to the old chair stay there, all others come along."],
        make=_move,
        done="Moved",
    ),
    SessionForm(
        name="cancel",
        title="Cancel the session",
        submit="Cancel the session",
        command=c.CancelSession,
        fields=lambda _: (reason_field(("unwell", "did not come", "not fasting", "BP too high")),),
        explain=lambda _: h.p["Only before any drug."],
        make=_cancel,
        done="Cancelled",
        is_grave=True,
    ),
)
