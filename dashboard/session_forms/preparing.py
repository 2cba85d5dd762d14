"""Forms before the start: a chair, who it is, the questions, the baseline, the hold."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import htpy as h

from dashboard.forms.fields import (
    DateField,
    Field,
    HiddenField,
    TextField,
)
from dashboard.forms.form import Sent
from dashboard.local_time import clock_text
from dashboard.session_forms.baseline_offer import offered_readings
from dashboard.session_forms.infusing import REASON, moment_in, reason_field
from dashboard.session_forms.leaving import BED, bed_field
from dashboard.session_forms.session_form import (
    Commands,
    Scene,
    SessionForm,
    when,
    when_field,
)
from dashboard.session_forms.ward_facts import ward_facts
from infusion import commands as c
from infusion.baseline import BaselineReading, medians, missing_readings, usable_readings
from infusion.configuration import Measure
from infusion.patient import Identifier
from vocabulary.ids import BedId

UNTIL: Final = "until"
MEASURE_WORDS: Final = {
    Measure.HR: "HR /min",
    Measure.SPO2: "SpO2 %",
    Measure.RR: "RR /min",
    Measure.ETCO2: "EtCO2 mmHg",
    Measure.TEMP: "Temp °C",
    Measure.NIBP_SYS: "BP sys mmHg",
    Measure.NIBP_DIA: "BP dia mmHg",
    Measure.NIBP_MAP: "BP mean mmHg",
}


def _begin_fields(scene: Scene) -> tuple[Field, ...]:
    facts = ward_facts(scene.parts, scene.session.plan.ward)
    return (bed_field(facts.free_beds(), scene.about.get(BED, "")), when_field())


def _begin(scene: Scene, sent: Sent) -> Commands:
    facts, bed = ward_facts(scene.parts, scene.session.plan.ward), BedId(sent.values[BED])
    return c.BeginPreparation(
        by=scene.by,
        at=when(sent),
        bed=bed,
        kinds=facts.kinds,
        occupied_by=facts.occupied_by(bed),
    )


def _identify_fields(_: Scene) -> tuple[Field, ...]:
    return (
        TextField(name="name", label="Name, as the patient says it", is_required=False),
        DateField(name="born", label="Date of birth", is_required=False),
        TextField(name="number", label="Clinic number", is_required=False),
    )


def _identify(scene: Scene, sent: Sent) -> Commands:
    born = sent.get("born")
    stated = {
        Identifier.NAME: sent.values.get("name", ""),
        Identifier.DATE_OF_BIRTH: "" if born is None else born.isoformat(),
        Identifier.CLINIC_NUMBER: sent.values.get("number", ""),
    }
    return c.IdentifyPatient(by=scene.by, stated={k: words for k, words in stated.items() if words})


def baseline_view(scene: Scene, until: datetime) -> h.Node:
    """What a baseline would be frozen from now, and what is missing."""
    rules = scene.parts.configuration.sessions.baseline
    readings = usable_readings(offered_readings(scene.parts, scene.session, until), until, rules)
    missing = missing_readings(readings, rules)
    lacking = [f"{MEASURE_WORDS[m]}: {count} more" for m, count in missing.items()]
    return [
        h.p[
            f"Medians of the last {rules.window_s / 60:g} min, at least {rules.readings} readings "
            f"each, cuff readings {rules.cuff_apart_s / 60:g} min apart."
        ],
        _medians_view(readings, scene),
        h.div(".notice")[h.p[h.strong["Still missing"]], h.ul[(h.li[w] for w in lacking)]]
        if lacking
        else None,
    ]


def _medians_view(readings: tuple[BaselineReading, ...], scene: Scene) -> h.Node:
    if not readings:
        return h.p["No readings yet."]
    last = {r.measure: r for r in readings}
    return h.div(".scroll-box", tabindex="0", role="region", aria_label="readings")[
        h.table(".table")[
            h.thead[
                h.tr[
                    (
                        h.th(scope="col")[w]
                        for w in ("Measure", "Median", "Readings", "Last", "From")
                    )
                ]
            ],
            h.tbody[
                (
                    h.tr[
                        h.th(scope="row")[MEASURE_WORDS[value.measure]],
                        h.td(".count")[f"{value.value:g}"],
                        h.td(".count")[str(value.readings)],
                        h.td[clock_text(last[value.measure].observed_at, scene.zone)],
                        h.td[last[value.measure].device or "typed"],
                    ]
                    for value in medians(readings)
                )
            ],
        ]
    ]


def _baseline_fields(scene: Scene) -> tuple[Field, ...]:
    again = scene.session.baseline is not None
    return (
        HiddenField(name=UNTIL, initial=scene.now.isoformat()),
        *((reason_field(),) if again else ()),
    )


def _baseline(scene: Scene, sent: Sent) -> Commands:
    until = moment_in(sent, UNTIL)
    if isinstance(until, c.Refused):
        return until
    readings = offered_readings(scene.parts, scene.session, min(until, scene.now))
    return c.FreezeBaseline(
        by=scene.by,
        readings=readings,
        reason=sent.values.get(REASON, ""),
    )


def _override(scene: Scene, sent: Sent) -> Commands:
    return c.OverrideHold(by=scene.by, reason=sent.values[REASON])


def _explain_hold(scene: Scene) -> h.Node:
    held = scene.session.held
    if held is None:
        return None
    shown_pressures: Iterable[str] = (
        f"{p.sys:.0f}/{p.dia:.0f} at {clock_text(p.observed_at, scene.zone)}" for p in held.readings
    )
    return h.p[
        f"The start is held: BP {', '.join(shown_pressures)}, "
        f"above {held.above_sys:g}/{held.above_dia:g}. A prescriber decides."
    ]


FORMS: Final = (
    SessionForm(
        name="begin",
        title="Take a chair",
        submit="The patient is in this chair",
        command=c.BeginPreparation,
        fields=_begin_fields,
        make=_begin,
        done="In the chair",
    ),
    SessionForm(
        name="identify",
        title="Identify the patient",
        submit="Compare with the plan",
        command=c.IdentifyPatient,
        fields=_identify_fields,
        explain=lambda _: h.p["Ask; do not read it out. Two identifiers at least."],
        make=_identify,
        done="Identified",
    ),
    SessionForm(
        name="baseline",
        title="Baseline",
        submit="Freeze this baseline",
        command=c.FreezeBaseline,
        fields=_baseline_fields,
        explain=lambda scene: baseline_view(scene, scene.now),
        make=_baseline,
        done="Baseline frozen",
    ),
    SessionForm(
        name="override",
        title="Let the start go on",
        submit="Override the hold",
        command=c.OverrideHold,
        fields=lambda _: (reason_field(),),
        explain=_explain_hold,
        make=_override,
        done="Hold overridden",
        is_grave=True,
    ),
)
