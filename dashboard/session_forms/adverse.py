"""Forms of what goes wrong: adverse events, symptoms, calls for help, and an emergency."""

import secrets
from typing import Final

from dashboard.forms.fields import ChoiceField, ClockField, Field, TextField, TickField
from dashboard.forms.form import Sent
from dashboard.session_forms.infusing import about_fields
from dashboard.session_forms.intervening import rules_of
from dashboard.session_forms.session_form import Commands, Scene, SessionForm, when, when_field
from infusion import commands as c
from infusion.interventions import commands as ic
from infusion.interventions.effects import adverse_events
from vocabulary.ids import AdverseEventId


def _adverse_fields(scene: Scene) -> tuple[Field, ...]:
    rules = rules_of(scene)
    return (
        TextField(name="what", label="What happened", suggestions=rules.adverse_events),
        ChoiceField(
            name="grade",
            label="Grade",
            options=[(str(grade), str(grade)) for grade in rules.grades],
            hint="1 mild, 2 moderate, 3 severe, 4 life-threatening, 5 death",
        ),
        TextField(name="words", label="In your words", lines=2, is_required=False),
        ClockField(name="when", label="Began", is_required=False, hint="Leave empty for now."),
        ClockField(name="ended", label="Ended", is_required=False, hint="Empty: it goes on."),
    )


def _adverse(scene: Scene, sent: Sent) -> Commands:
    return ic.RecordAdverseEvent(
        by=scene.by,
        at=when(sent),
        adverse=AdverseEventId(sent.token or secrets.token_urlsafe(16)),
        what=sent.values["what"],
        grade=int(sent.values["grade"]),
        words=sent.get("words") or "",
        ended_at=sent.get("ended"),
    )


def _end_adverse_fields(scene: Scene) -> tuple[Field, ...]:
    name = scene.about.get("adverse", "")
    known = next((e for e in adverse_events(scene.session) if e.adverse == name), None)
    grade = "" if known is None else str(known.grade)
    options = [(str(each), str(each)) for each in rules_of(scene).grades]
    return (
        *about_fields(scene, "adverse"),
        ChoiceField(name="grade", label="Worst grade", options=options, initial=grade),
        when_field(),
    )


def _end_adverse(scene: Scene, sent: Sent) -> Commands:
    return ic.EndAdverseEvent(
        by=scene.by,
        at=when(sent),
        adverse=AdverseEventId(sent.get("adverse") or ""),
        grade=int(sent.values["grade"]),
    )


def _symptom_fields(scene: Scene) -> tuple[Field, ...]:
    rules = rules_of(scene)
    ticks = tuple(
        TickField(name=f"symptom-{number}", label=symptom.capitalize(), is_required=False)
        for number, symptom in enumerate(rules.symptoms)
    )
    words = TextField(name="words", label="In the patient's words", lines=2, is_required=False)
    return (*ticks, words, when_field())


def _symptoms(scene: Scene, sent: Sent) -> Commands:
    told = tuple(
        symptom
        for number, symptom in enumerate(rules_of(scene).symptoms)
        if sent.get(f"symptom-{number}")
    )
    words = sent.get("words") or ""
    return ic.ReportSymptoms(by=scene.by, at=when(sent), symptoms=told, words=words)


def _stamp_fields(scene: Scene) -> tuple[Field, ...]:
    return (
        *about_fields(scene, "what"),
        TextField(
            name="words",
            label="What was done",
            initial=scene.about.get("what", ""),
            suggestions=rules_of(scene).stamps,
        ),
        when_field(),
    )


def _stamp(scene: Scene, sent: Sent) -> Commands:
    return ic.StampEmergency(by=scene.by, at=when(sent), what=sent.values["words"])


def _plain(name: str, title: str, command: type[c.Command], done: str) -> SessionForm:
    """A form that asks nothing but when."""
    return SessionForm(
        name=name,
        title=title,
        submit=title,
        command=command,
        make=lambda scene, sent: command(by=scene.by, at=when(sent)),
        fields=lambda _: (when_field(),),
        done=done,
    )


FORMS: Final = (
    SessionForm(
        name="adverse-event", title="Adverse event", submit="Save",
        command=ic.RecordAdverseEvent, make=_adverse, fields=_adverse_fields,
        done="Adverse event charted",
    ),
    SessionForm(
        name="end-adverse-event", title="Adverse event is over", submit="Save",
        command=ic.EndAdverseEvent, make=_end_adverse, fields=_end_adverse_fields,
        done="End charted",
    ),
    SessionForm(
        name="symptoms", title="Symptoms", submit="Save", command=ic.ReportSymptoms,
        make=_symptoms, fields=_symptom_fields, done="Symptoms charted",
    ),
    SessionForm(
        name="stamp", title="Emergency: what was done", submit="Stamp",
        command=ic.StampEmergency, make=_stamp, fields=_stamp_fields, done="Stamped",
    ),
    _plain("emergency", "Begin the emergency", ic.BeginEmergency, "Emergency begun"),
    _plain("end-emergency", "End the emergency", ic.EndEmergency, "Emergency ended"),
    _plain("help", "Call for help", ic.CallHelp, "Help called"),
    _plain("end-help", "End the call for help", ic.EndHelp, "Call ended"),
)  # fmt: skip
