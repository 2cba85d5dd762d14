"""Forms of looking back: why checks or numbers are missing, what alarms were.

The link names an open thing of the sign-off page by its words; what it is about is read anew.
"""

from typing import Final

import htpy as h

from dashboard.forms.fields import ChoiceField, Field, TextField
from dashboard.forms.form import Sent
from dashboard.session_forms.infusing import REASON, about_fields, reason_field
from dashboard.session_forms.session_form import Commands, Scene, SessionForm
from exchange.loading import Shelf
from infusion import commands as c
from infusion import sign_off_commands as sc
from infusion.observations.commands import ExplainMissedChecks
from infusion.sign_off import OpenItem, OpenKind, what_is_open
from infusion.sign_off_events import AlarmVerdict

WHAT: Final = "what"
VERDICTS: Final = (
    (AlarmVerdict.ACTED_ON.value, "Acted on"),
    (AlarmVerdict.NO_ACTION_NEEDED.value, "No action needed"),
    (AlarmVerdict.FALSE.value, "False alarm"),
)
_MISSED_REASONS: Final = (
    "patient in the bathroom", "called to another chair", "emergency", "network down",
)  # fmt: skip
_GAP_REASONS: Final = ("probe off", "patient in the bathroom", "artefact", "network down")
_CHANGED: Final = c.Refused(
    reason="what was open has changed since you looked",
    what_to_do="go back to the sign-off page and open it again",
)


def _open_item(scene: Scene, kind: OpenKind) -> OpenItem | None:
    """What the link named, as it is open now; None if it is not any more. Blocks."""
    configuration = scene.parts.configuration
    report = Shelf(scene.parts.record, configuration).load(scene.session.id, scene.now).report
    found = what_is_open(report, configuration.dosing.balance)
    named = scene.about.get(WHAT, "")
    return next((item for item in found if item.kind is kind and item.text == named), None)


def _explain(scene: Scene) -> h.Node:
    return h.p[h.strong[scene.about.get(WHAT, "")], ". One word covers all of it."]


def _check_fields(scene: Scene) -> tuple[Field, ...]:
    return (*about_fields(scene, WHAT), reason_field(_MISSED_REASONS))


def _checks(scene: Scene, sent: Sent) -> Commands:
    item = _open_item(scene, OpenKind.CHECK)
    if item is None:
        return _CHANGED
    return ExplainMissedChecks(by=scene.by, checks=item.checks, reason=sent.values[REASON])


def _gap_fields(scene: Scene) -> tuple[Field, ...]:
    item = _open_item(scene, OpenKind.GAPS)
    reason = TextField(
        name=REASON,
        label="Reason",
        suggestions=_GAP_REASONS,
        initial="" if item is None else item.suggestion,
        hint="What the device said stands here already.",
    )
    return (*about_fields(scene, WHAT), reason)


def _gaps(scene: Scene, sent: Sent) -> Commands:
    item = _open_item(scene, OpenKind.GAPS)
    if item is None:
        return _CHANGED
    return sc.ExplainGaps(by=scene.by, gaps=item.gaps, reason=sent.values[REASON])


def _alarm_fields(scene: Scene) -> tuple[Field, ...]:
    item = _open_item(scene, OpenKind.ALARMS)
    return (
        *about_fields(scene, WHAT),
        ChoiceField(
            name="verdict",
            label="What it was",
            options=VERDICTS,
            initial="" if item is None else item.suggestion,
        ),
        TextField(
            name="note", label="Why", is_required=False, lines=2,
            hint="Needed wherever nothing was done.",
        ),
    )  # fmt: skip


def _alarms(scene: Scene, sent: Sent) -> Commands:
    item = _open_item(scene, OpenKind.ALARMS)
    if item is None:
        return _CHANGED
    return sc.ReviewAlarms(
        by=scene.by,
        alarms=item.refers_to,
        verdict=AlarmVerdict(sent.values["verdict"]),
        note=sent.values.get("note", ""),
    )


FORMS: Final = (
    SessionForm(
        name="explain-checks",
        title="Checks that are missing",
        submit="Save the reason",
        command=ExplainMissedChecks,
        fields=_check_fields,
        explain=_explain,
        make=_checks,
        done="Reason saved",
    ),
    SessionForm(
        name="explain-gaps",
        title="Why numbers are missing",
        submit="Save the reason",
        command=sc.ExplainGaps,
        fields=_gap_fields,
        explain=_explain,
        make=_gaps,
        done="Reason saved",
    ),
    SessionForm(
        name="review-alarms",
        title="Review alarms",
        submit="Save the review",
        command=sc.ReviewAlarms,
        fields=_alarm_fields,
        explain=_explain,
        make=_alarms,
        done="Reviewed",
    ),
)
