"""The form in which alarms of the log are looked at: what they were, and why nothing was done."""

from typing import Final

import htpy as h

from dashboard.alarm_pages.reading import alarms_of_session
from dashboard.components.alarm_list import MARKS
from dashboard.forms.fields import ChoiceField, Field, HiddenField, TextField
from dashboard.forms.form import Sent
from dashboard.local_time import second_text
from dashboard.session_forms.reviewing import VERDICTS
from dashboard.session_forms.session_form import Commands, Scene, SessionForm
from infusion import sign_off_commands as sc
from infusion.sign_off_events import AlarmVerdict

ALARMS: Final = "alarms"


def _fields(scene: Scene) -> tuple[Field, ...]:
    return (
        HiddenField(name=ALARMS, initial=scene.about.get(ALARMS, "")),
        ChoiceField(name="verdict", label="It was", options=VERDICTS),
        TextField(
            name="note",
            label="Why nothing was done",
            is_required=False,
            hint="Needed unless it was acted on. One reason holds for all of them.",
            lines=2,
        ),
    )


def _explain(scene: Scene) -> h.Node:
    wanted = set(scene.about.get(ALARMS, "").split(","))
    found = [r for r in alarms_of_session(scene.parts, scene.session.id) if r.alarm in wanted]
    return h.ul[
        (
            h.li[f"{second_text(r.raised_at, scene.zone)} {MARKS[r.priority]} {r.text}"]
            for r in found
        )
    ]


def _make(scene: Scene, sent: Sent) -> Commands:
    alarms = tuple(name for name in (sent.get(ALARMS) or "").split(",") if name)
    verdict = AlarmVerdict(sent.values["verdict"])
    return sc.ReviewAlarms(by=scene.by, alarms=alarms, verdict=verdict, note=sent.get("note") or "")


FORMS: Final = (
    SessionForm(
        name="review-alarm",
        title="Review an alarm",
        submit="Save the review",
        command=sc.ReviewAlarms,
        make=_make,
        fields=_fields,
        explain=_explain,
        done="Reviewed",
    ),
)
