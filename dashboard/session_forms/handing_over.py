"""The handover of a patient: drafted from the record, edited, signed with one's name."""

from typing import Final

from dashboard.forms.fields import TEXT_LIMIT, Field, HiddenField, TextField
from dashboard.forms.form import Sent
from dashboard.session_forms.delivery import delivery_of
from dashboard.session_forms.evidence import evidence_of
from dashboard.session_forms.recovering import measured_of, newest_readings
from dashboard.session_forms.session_form import Commands, Scene, SessionForm, when, when_field
from infusion import care_commands as care
from infusion.bed import ShownReading
from infusion.checks_sight import words_of
from infusion.handover import Around, handover
from infusion.readings import state_of
from infusion.recovery import Measured, readiness_of
from infusion.schedule import has_schedule, schedule_of
from vocabulary.states import SessionState

TEXT: Final = "text"
DRAFT: Final = "draft"
TO: Final = "to"
ROOM: Final = TEXT_LIMIT - 400
"""So that there is room for a nurse's own words."""


def draft_of(scene: Scene) -> str:
    """The handover as the record has it now. Blocks."""
    clinic, session, now = scene.parts.configuration, scene.session, scene.now
    delivery = delivery_of(scene.parts, session)
    measured = measured_of(scene.parts, session, now)
    readings = newest_readings(scene.parts, session, now)
    is_recovering = session.state is SessionState.RECOVERY
    around = Around(
        chair=_chair(scene),
        readings={
            signal: ShownReading(
                state=state_of(reading, now, clinic.signals[signal]), reading=reading
            )
            for signal, reading in readings.items()
        },
        given_mg=delivery.dose.by_volume_mg if session.has_drug else None,
        ordered_mg=delivery.dose.ordered_mg,
        due=_due(scene, measured),
        not_yet=readiness_of(session, measured, now, clinic).reasons if is_recovering else (),
    )
    return handover(session, around, now, scene.zone, clinic).within(ROOM).text


def _chair(scene: Scene) -> str:
    ward, bed = scene.parts.ward(scene.session.plan.ward), scene.session.bed
    beds = () if ward is None else ward.beds
    return next((plan.label for plan in beds if plan.bed == bed), "")


def _due(scene: Scene, measured: Measured) -> tuple[str, ...]:
    clinic, session = scene.parts.configuration, scene.session
    if not has_schedule(session):
        return ()
    delivery = delivery_of(scene.parts, session)
    evidence = evidence_of(scene.parts, session, delivery, measured.cuffs, scene.now)
    schedule = schedule_of(session, evidence, scene.now, clinic)
    checks = (*schedule.overdue, *filter(None, (schedule.next,)))
    told = {
        f"{words_of(check, clinic.observations)} {check.due_at.astimezone(scene.zone):%H:%M}"
        f"{' (overdue)' * check.is_overdue}": None
        for check in checks
    }
    return tuple(told)


def _fields(scene: Scene) -> tuple[Field, ...]:
    draft = draft_of(scene)
    return (
        TextField(name=TEXT, label="Handover", initial=draft, lines=18),
        HiddenField(name=DRAFT, label="", initial=draft),
        TextField(name=TO, label="To whom", is_required=False),
        when_field(),
    )


def _give(scene: Scene, sent: Sent) -> Commands:
    return care.GiveHandover(
        by=scene.by,
        at=when(sent),
        text=sent.values[TEXT],
        drafted=sent.values.get(DRAFT, ""),
        to=sent.values.get(TO, ""),
    )


FORMS: Final = (
    SessionForm(
        name="handover",
        title="Handover",
        submit="Sign the handover",
        command=care.GiveHandover,
        fields=_fields,
        make=_give,
        done="Handed over",
    ),
)
