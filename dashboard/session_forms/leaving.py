"""Forms that end or move a session: discharge, left before ready, cancel, another chair."""

from typing import Final

import htpy as h
import msgspec

from dashboard.components.score_view import newest_of_each, score_view
from dashboard.forms.fields import ChoiceField, Field, TextField, YesNoField
from dashboard.forms.form import Sent
from dashboard.session_forms.infusing import REASON, reason_field
from dashboard.session_forms.recovering import measured_of
from dashboard.session_forms.session_form import Commands, Scene, SessionForm, when, when_field
from dashboard.session_forms.ward_facts import ward_facts
from infusion import care_commands as care
from infusion import commands as c
from infusion.configuration import BedPlan
from infusion.helped import HELPED
from infusion.observations.commands import WriteNote
from infusion.recovery import escort_of, readiness_of
from infusion.schedule import stay_s
from infusion.scored import scores_of
from infusion.scores.aldrete import SCALE as ALDRETE
from infusion.scores.padss import SCALE as PADSS
from vocabulary.ids import BedId

ESCORT: Final = "escort"
BED: Final = "bed"
HOME: Final = "home-"
WHAT_HELPED: Final = "helped"


def _discharge_fields(scene: Scene) -> tuple[Field, ...]:
    return (
        TextField(
            name=ESCORT, label="Escort, name and phone", initial=escort_of(scene.session),
            hint="Who takes the patient home now.",
        ),
        *_home_fields(scene),
        _helped_field(),
        when_field(),
    )  # fmt: skip


def _helped_field() -> TextField:
    return TextField(
        name=WHAT_HELPED, label="What helped", is_required=False,
        hint="For the next session, such as music or a hand to hold.",
    )  # fmt: skip


def _helped(scene: Scene, sent: Sent) -> list[c.Command]:
    words = sent.values.get(WHAT_HELPED, "").strip()
    return [WriteNote(by=scene.by, at=when(sent), text=HELPED + words)] if words else []


def _home_fields(scene: Scene) -> tuple[Field, ...]:
    """The questions before going home, with what was answered."""
    answers = scene.session.home_answers
    words = {True: "yes", False: "no"}
    return tuple(
        YesNoField(
            name=f"{HOME}{item.item}",
            label=item.text,
            initial=words[answers[item.item]] if item.item in answers else "",
            is_required=False,
            aside="needed before going home",
        )
        for item in scene.parts.configuration.discharge.items
    )


def _home_answers(scene: Scene, sent: Sent) -> dict[str, bool]:
    found = {}
    for item in scene.parts.configuration.discharge.items:
        answer = sent.values.get(f"{HOME}{item.item}")
        if answer is not None:
            found[item.item] = answer
    return found


def _answer(scene: Scene, sent: Sent) -> Commands:
    return care.AnswerHomeQuestions(by=scene.by, at=when(sent), answers=_home_answers(scene, sent))


def _discharge(scene: Scene, sent: Sent) -> Commands:
    answers, at = _home_answers(scene, sent), when(sent)
    session = msgspec.structs.replace(
        scene.session, home_answers={**scene.session.home_answers, **answers}
    )
    escort, now = sent.values[ESCORT], at or scene.now
    found = measured_of(scene.parts, session, now)
    judged = readiness_of(session, found, now, scene.parts.configuration, escort)
    going = c.Discharge(
        by=scene.by, at=at, escort=escort, drug_until=found.last_flow_at, unmet=judged.reasons
    )
    before = _helped(scene, sent)
    if answers:
        before.append(care.AnswerHomeQuestions(by=scene.by, at=at, answers=answers))
    return [*before, going]


def _explain_discharge(scene: Scene) -> h.Node:
    found = measured_of(scene.parts, scene.session, scene.now)
    judged = readiness_of(scene.session, found, scene.now, scene.parts.configuration)
    minutes = stay_s(scene.session, scene.parts.configuration) / 60
    return [
        h.p[f"The stay after the last drug is at least {minutes:g} min. The chair is free then, "
            "its devices too; unsigned work goes to the worklist."],
        h.div(".notice")[
            h.p[h.strong["Not yet, because"]], h.ul[(h.li[why] for why in judged.reasons)]
        ]
        if judged.reasons
        else h.p[h.strong["Ready."]],
        [
            score_view(score, scene.zone, scene.now)
            for score in newest_of_each(scores_of(scene.session, scene.parts.configuration))
            if score.scale in (ALDRETE, PADSS)
        ],
    ]  # fmt: skip


def _leave_fields(scene: Scene) -> tuple[Field, ...]:
    return (
        reason_field(("own wish", "called away")),
        when_field(),
        YesNoField(name="iv", label="IV removed"),
        TextField(name=ESCORT, label="Escort", initial=escort_of(scene.session), is_required=False),
        TextField(name="told", label="Which prescriber was told"),
        TextField(name="call", label="Call back: when and which number", is_required=False),
        _helped_field(),
    )


def _leave(scene: Scene, sent: Sent) -> Commands:
    leaving = c.LeaveBeforeReady(
        by=scene.by,
        at=when(sent),
        reason=sent.values[REASON],
        is_iv_removed=sent.values["iv"],
        escort=sent.values.get(ESCORT, ""),
        prescriber_told=sent.values["told"],
        call_back=sent.values.get("call", ""),
    )
    return [*_helped(scene, sent), leaving]


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
        name="home",
        title="Before going home",
        submit="Save",
        command=care.AnswerHomeQuestions,
        fields=lambda scene: (*_home_fields(scene), when_field()),
        make=_answer,
    ),
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
