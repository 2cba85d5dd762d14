"""Forms while the drug runs: pause, end early, what a run was for, why a rate changed, by hand."""

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
)
from dashboard.forms.form import Sent
from dashboard.local_time import moment_text
from dashboard.session_forms.rate_warnings import warnings_of
from dashboard.session_forms.session_form import Commands, Scene, SessionForm, when, when_field
from infusion import commands as c
from infusion.association import Association
from infusion.session_events import AssociationBasis, ManualStep, PumpRunKind
from vocabulary.ids import DeviceId

DEVICE: Final = "device"
AT: Final = "at"
REASON: Final = "reason"
PAUSE_REASONS: Final = (
    "patient asked", "distress", "blood pressure", "SpO2", "sedation", "nausea", "bathroom",
    "IV site", "pump alarm",
)  # fmt: skip
END_REASONS: Final = (
    "patient asked", "distress", "blood pressure", "SpO2", "sedation", "nausea", "IV failed",
    "pump failed", "prescriber's order",
)  # fmt: skip
RATE_REASONS: Final = (
    "order", "titration: effect too weak", "titration: too strong", "blood pressure", "sedation",
    "nausea", "set wrong, corrected",
)  # fmt: skip
_STEP_WORDS: Final = {
    ManualStep.STARTED: "Started",
    ManualStep.RATE_CHANGED: "Rate changed",
    ManualStep.PAUSED: "Paused",
    ManualStep.RESUMED: "Resumed",
    ManualStep.ENDED: "Ended",
}


def reason_field(suggestions: tuple[str, ...] = ()) -> TextField:
    """Why; usual reasons are offered."""
    return TextField(name=REASON, label="Reason", suggestions=suggestions)


def _pause_fields(_: Scene) -> tuple[Field, ...]:
    return (reason_field(PAUSE_REASONS), when_field())


def _pause(scene: Scene, sent: Sent) -> Commands:
    return c.ConfirmPause(by=scene.by, at=when(sent), reason=sent.values[REASON])


def _explain_pause(scene: Scene) -> h.Node:
    seconds = scene.parts.configuration.sessions.still_running_after_s
    return h.p[
        h.strong["Pause at the pump, then confirm here."],
        (
            f" Hourglass does not control the pump. If it still delivers {seconds:g} s later, "
            "the screen says STILL RUNNING. Checks go on during a pause."
        ),
    ]


def _end_fields(_: Scene) -> tuple[Field, ...]:
    return (reason_field(END_REASONS), when_field())


def _end(scene: Scene, sent: Sent) -> Commands:
    return c.EndInfusionEarly(by=scene.by, at=when(sent), reason=sent.values[REASON])


def _explain_end(_: Scene) -> h.Node:
    return h.p[
        h.strong["Stop at the pump first."],
        " The infusion is not to go on; the session goes on through recovery.",
    ]


def about_fields(scene: Scene, *names: str) -> tuple[Field, ...]:
    """What the link named, carried along."""
    return tuple(HiddenField(name=name, initial=scene.about.get(name, "")) for name in names)


def moment_in(sent: Sent, name: str = AT) -> datetime | c.Refused:
    """A moment that the link named."""
    try:
        at = datetime.fromisoformat(sent.values.get(name, ""))
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        return c.Refused(reason="the link to this form is broken", what_to_do="go back to the bed")
    return at


def _run_fields(scene: Scene) -> tuple[Field, ...]:
    kinds = [
        (PumpRunKind.INFUSION.value, "Infusion: drug to the patient"),
        (PumpRunKind.PRIMING.value, "Priming: not to the patient"),
        (PumpRunKind.FLUSH.value, "Flush: no drug"),
    ]
    return (
        *about_fields(scene, DEVICE, AT),
        ChoiceField(name="kind", label="What was it for", options=kinds),
    )


def _explain_run(scene: Scene, sent: Sent) -> Commands:
    began_at = moment_in(sent)
    if isinstance(began_at, c.Refused):
        return began_at
    return c.ExplainPumpRun(
        by=scene.by,
        device=DeviceId(sent.values.get(DEVICE, "")),
        began_at=began_at,
        kind=PumpRunKind(sent.values["kind"]),
    )


def _which(scene: Scene, words: str) -> h.Node:
    """Which device and moment the form is about, in words."""
    try:
        at = datetime.fromisoformat(scene.about.get(AT, ""))
    except ValueError:
        return None
    device = scene.about.get(DEVICE, "")
    return h.p[f"{device} {words} at {moment_text(at, scene.zone, scene.now)}."]


def _rate_fields(scene: Scene) -> tuple[Field, ...]:
    return (*about_fields(scene, DEVICE, AT), reason_field(RATE_REASONS))


def _explain_rate(scene: Scene, sent: Sent) -> Commands:
    changed_at = moment_in(sent)
    if isinstance(changed_at, c.Refused):
        return changed_at
    device = DeviceId(sent.values.get(DEVICE, ""))
    told = [warning.text for warning in warnings_of(scene.parts, scene.session, device, changed_at)]
    reason = sent.values[REASON] + (f" (told: {'; '.join(told)})" if told else "")
    return c.ExplainRateChange(by=scene.by, device=device, changed_at=changed_at, reason=reason)


def _about_rate(scene: Scene) -> h.Node:
    """Which change it was, and what it is warned of."""
    try:
        at = datetime.fromisoformat(scene.about.get(AT, ""))
    except ValueError:
        return None
    found = warnings_of(scene.parts, scene.session, DeviceId(scene.about.get(DEVICE, "")), at)
    return [
        _which(scene, "changed its rate"),
        h.div(".notice", data_titration="")[
            h.p[h.strong["Told with it"]],
            h.ul[(h.li(data_rule=warning.rule.value)[warning.text] for warning in found)],
        ]
        if found
        else None,
    ]


def manual_pumps(scene: Scene) -> tuple[Association, ...]:
    """The pumps of the session that are charted by hand."""
    return tuple(
        held
        for held in scene.session.associations
        if held.is_standing and held.basis is AssociationBasis.NO_CONNECTION
    )


def _chart_fields(scene: Scene) -> tuple[Field, ...]:
    pumps = [(str(held.device), str(held.device)) for held in manual_pumps(scene)]
    return (
        ChoiceField(
            name=DEVICE, label="Pump", options=pumps, initial=pumps[0][0] if pumps else ""
        ),
        ChoiceField(
            name="step",
            label="What it did",
            options=[(step.value, words) for step, words in _STEP_WORDS.items()],
        ),
        NumberField(
            name="rate", label="Rate from then on", unit="mL/h", low=Decimal(0),
            hint="0 if it stands",
        ),
        NumberField(
            name="volume", label="Delivered, as its display shows", unit="mL", low=Decimal(0)
        ),
        when_field(),
    )  # fmt: skip


def _chart(scene: Scene, sent: Sent) -> Commands:
    return c.ChartManualDelivery(
        by=scene.by,
        at=when(sent),
        device=DeviceId(sent.values[DEVICE]),
        step=ManualStep(sent.values["step"]),
        rate_ml_h=sent.values["rate"],
        volume_ml=sent.values["volume"],
    )


FORMS: Final = (
    SessionForm(
        name="pause",
        title="Pause",
        submit="I paused at the pump",
        command=c.ConfirmPause,
        fields=_pause_fields,
        explain=_explain_pause,
        make=_pause,
        done="Pause confirmed",
    ),
    SessionForm(
        name="end-early",
        title="End the infusion early",
        submit="End early",
        command=c.EndInfusionEarly,
        fields=_end_fields,
        explain=_explain_end,
        make=_end,
        done="Ended early",
        is_grave=True,
    ),
    SessionForm(
        name="explain-run",
        title="What did the pump run for",
        submit="Save",
        command=c.ExplainPumpRun,
        fields=_run_fields,
        explain=lambda scene: _which(scene, "began to run"),
        make=_explain_run,
        done="Run explained",
    ),
    SessionForm(
        name="explain-rate",
        title="Why was the rate changed",
        submit="Save",
        command=c.ExplainRateChange,
        fields=_rate_fields,
        explain=_about_rate,
        make=_explain_rate,
        done="Rate change explained",
    ),
    SessionForm(
        name="chart",
        title="Chart the pump by hand",
        submit="Chart",
        command=c.ChartManualDelivery,
        fields=_chart_fields,
        make=_chart,
        done="Charted, marked manual",
    ),
)
