"""Vital signs as Observations by the R4 vital-signs profile; where there is no number, why.

A continuous signal is one Observation a minute, the median of that minute; a cuff reading is one of
its own. Every number of every second is in the CSV, Parquet and JSON of the session.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from statistics import median
from typing import Final

from exchange.codes import LOINC, MdcCode
from exchange.fhir.devices import mdc_of, to_metric
from exchange.fhir.parts import (
    TERMINOLOGY,
    Resource,
    concept,
    device_at,
    instant,
    mdc_coding,
    note,
    period,
    quantity,
    resource,
    to_encounter,
    to_patient,
)
from infusion.report import SessionReport
from infusion.report.trend import CuffLine, TrendLine
from vocabulary.signals import NIBP_PARTS, SIGNALS, SignalName
from vocabulary.states import DeviceKind, InvalidReason

MINUTE: Final = timedelta(minutes=1)
_WORDS: Final = {
    SignalName.HR: (("8867-4", "Heart rate"),),
    SignalName.PR: (("8867-4", "Heart rate"), ("8889-8", "Heart rate by Pulse oximetry")),
    SignalName.SPO2: (
        ("2708-6", "Oxygen saturation in Arterial blood"),
        ("59408-5", "Oxygen saturation in Arterial blood by Pulse oximetry"),
    ),
    SignalName.RR: (("9279-1", "Respiratory rate"),),
    SignalName.ETCO2: (
        ("19891-1", "Carbon dioxide [Partial pressure] in Exhaled gas --at end expiration"),
    ),
    SignalName.TEMP: (("8310-5", "Body temperature"),),
    SignalName.NIBP: (("85354-9", "Blood pressure panel with all children optional"),),
}
"""The code by which the profile knows a signal comes first (FHIR R4, observation-vitalsigns)."""
_PARTS: Final = {
    "sys": "Systolic blood pressure",
    "dia": "Diastolic blood pressure",
    "map": "Mean blood pressure",
}
_CATEGORY: Final = [
    {
        "coding": [
            {
                "system": f"{TERMINOLOGY}/observation-category",
                "code": "vital-signs",
                "display": "Vital Signs",
            }
        ]
    }
]


def vital_signs(report: SessionReport) -> Iterator[Resource]:
    """Every minute of every signal, every cuff reading, every gap."""
    for line in report.trend:
        yield from _minutes(report, line)
    for cuff in report.cuffs:
        yield _cuff(report, cuff)
    for coverage in report.completeness.coverage:
        for missing in coverage.missing:
            if missing.gap.ends - missing.gap.begins >= MINUTE:
                span = (missing.gap.begins, missing.gap.ends)
                yield _gap(report, coverage.signal, span, missing.told)


def _minutes(report: SessionReport, line: TrendLine) -> Iterator[Resource]:
    steps = max(1, 60 // line.step_s)
    for first in range(0, len(line.values), steps):
        values = [value for value in line.values[first : first + steps] if value is not None]
        if not values:
            continue
        at = line.begins + timedelta(seconds=line.step_s * first)
        found = _observation(report, line.signal, at, instant(at) or "")
        signal = SIGNALS[line.signal]
        found["effectiveDateTime"] = instant(at)
        found["valueQuantity"] = quantity(median(values), signal.ucum_unit, digits=1)
        found["method"] = concept("median of one minute")
        yield found


def _observation(report: SessionReport, signal: SignalName, at: datetime, name: str) -> Resource:
    monitor = device_at(report, DeviceKind.MONITOR, at)
    loinc = [{"system": LOINC, "code": c, "display": d} for c, d in _WORDS[signal]]
    return resource(
        report,
        "Observation",
        report.session,
        signal.value,
        name,
        status="final",
        category=_CATEGORY,
        code=concept(SIGNALS[signal].label, [*loinc, mdc_coding(mdc_of(signal))]),
        subject=to_patient(report),
        encounter=to_encounter(report),
        device=None if monitor is None else to_metric(monitor, mdc_of(signal)),
    )


def _cuff(report: SessionReport, cuff: CuffLine) -> Resource:
    found = _observation(report, SignalName.NIBP, cuff.at, instant(cuff.at) or "")
    found["effectiveDateTime"] = instant(cuff.at)
    if cuff.sys is None:
        found["dataAbsentReason"] = _absent("error", cuff.reason)
        return found
    values = {"sys": cuff.sys, "dia": cuff.dia, "map": cuff.map}
    found["component"] = [_part(part, value) for part, value in values.items() if value is not None]
    return found


def _part(part: str, value: float) -> Resource:
    codes = NIBP_PARTS[part]
    codings = [
        {"system": LOINC, "code": codes.loinc_code, "display": _PARTS[part]},
        mdc_coding(MdcCode(codes.mdc_refid, codes.mdc_code)),
    ]
    return {
        "code": concept(_PARTS[part], codings),
        "valueQuantity": quantity(value, "mm[Hg]", digits=1),
    }


def _gap(
    report: SessionReport,
    signal: SignalName,
    span: tuple[datetime, datetime],
    told: InvalidReason | None,
) -> Resource:
    """No number for a minute or longer: `error` where the device said so, else not known."""
    begins, ends = span
    found = _observation(report, signal, begins, f"gap {instant(begins)}")
    found["effectivePeriod"] = period(begins, ends)
    found["dataAbsentReason"] = _absent("temp-unknown" if told is None else "error", told)
    reasons = [
        reason
        for line in report.completeness.gaps
        if line.gap.signal is signal and line.gap.begins == begins
        for reason in (*line.causes, *line.reasons)
    ]
    words = note("; ".join(reasons))
    return found if words is None else found | {"note": words}


_ABSENT: Final = {"error": "Error", "temp-unknown": "Temporarily Unknown"}


def _absent(code: str, told: InvalidReason | None) -> Resource:
    system = f"{TERMINOLOGY}/data-absent-reason"
    found: Resource = {"coding": [{"system": system, "code": code, "display": _ABSENT[code]}]}
    return found if told is None else found | {"text": told.value.replace("_", " ")}
