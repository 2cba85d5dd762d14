"""The fields of a patient monitoring form in the manner of the esketamine REMS, as far as recorded.

Field by field as that form asks (SPRAVATO REMS Patient Monitoring Form); what was not recorded is
None and is left for a person, never assumed. Blood pressure is at the start, about 40 min after it,
and before the patient left. The form is due within 7 days of the treatment.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

import msgspec

from infusion.answers import Choice, YesNo
from infusion.report import SessionReport
from infusion.report.rows import InterventionLine, ObservationLine
from infusion.report.trend import CuffLine
from infusion.session_events import Discharged

FORM_BP_AFTER: Final = timedelta(minutes=40)
FORM_BP_WITHIN: Final = timedelta(minutes=10)
"""The form asks for BP at about 40 min; a cuff reading this near is taken."""
_DUE_WITHIN: Final = timedelta(days=7)
_FULLY_AWAKE: Final = 5
"""MOAA/S; less is sedation (Chernik 1990)."""
_SLOW_BREATHING: Final = 8
"""Breaths a minute; at most this is respiratory depression (NEWS2, RCP 2017: 3 points)."""
_SEVERE: Final = 3
"""Grade of an adverse event that is serious from here on (CTCAE v5.0)."""
_TAKEN: Final = "taken"


class FormPressure(msgspec.Struct, frozen=True, kw_only=True):
    """A cuff reading, mmHg, and how many minutes after the start it was taken."""

    sys: float
    dia: float
    at: datetime
    minutes: int


class FormEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Whether something occurred; if it did, from when until when (None: not known)."""

    occurred: bool | None
    onset: datetime | None = None
    resolved: datetime | None = None


class FormAdverseEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An adverse event with its grade, onset and end."""

    text: str
    grade: str
    onset: datetime
    resolved: datetime | None


class MonitoringForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form. Times UTC, minutes from the start of the drug; None: not recorded."""

    patient_name: str
    date_of_birth: date
    sex: str | None
    is_first_treatment: bool | None
    took_benzodiazepine: bool | None
    took_non_benzodiazepine_hypnotic: bool | None
    took_psychostimulant: bool | None
    took_maoi: bool | None
    took_opioid: bool | None
    clinician_name: str
    clinician_phone: str | None
    site_name: str
    treatment_date: date
    drug: str
    dose_mg: Decimal | None
    lots: tuple[str, ...]
    started_at: datetime | None
    ended_at: datetime | None
    total_minutes: int | None
    ready_after_minutes: int | None
    vitals_acceptable_before: bool | None
    vitals_acceptable_after: bool | None
    bp_before: FormPressure | None
    bp_40_minutes: FormPressure | None
    bp_after: FormPressure | None
    sedation: FormEvent
    dissociation: FormEvent
    respiratory_depression: FormEvent
    adverse_events: tuple[FormAdverseEvent, ...]
    has_serious_adverse_event: bool | None
    submit_by: date


def monitoring_form(report: SessionReport, site: str) -> MonitoringForm:
    """The form of a session, filled in from its report. `site`: the clinic's name."""
    course, order = report.course, report.order
    started, closed = course.started_at, course.closed_at
    day = (started or report.planned_for).date()
    events = [line for line in report.interventions if line.is_adverse_event]
    return MonitoringForm(
        patient_name=f"{report.patient.given_name} {report.patient.family_name}",
        date_of_birth=report.patient.date_of_birth,
        sex=None,
        is_first_treatment=_is_first(report.position),
        took_benzodiazepine=_took(report, "benzodiazepines"),
        took_non_benzodiazepine_hypnotic=_took(report, "hypnotics"),
        took_psychostimulant=_took(report, "psychostimulants"),
        took_maoi=_took(report, "maoi"),
        took_opioid=_took(report, "opioids"),
        clinician_name="" if order is None else order.order.prescriber,
        clinician_phone=None,
        site_name=site,
        treatment_date=day,
        drug="" if order is None else order.order.drug,
        dose_mg=report.dose.by_volume_mg,
        lots=tuple(dict.fromkeys(vial.lot for vial in report.account.drawn)),
        started_at=started,
        ended_at=closed,
        total_minutes=_minutes(started, closed),
        ready_after_minutes=_minutes(started, closed)
        if isinstance(report.closed, Discharged)
        else None,
        vitals_acceptable_before=None
        if report.preparation.confirmed is None
        else report.preparation.held is None,
        vitals_acceptable_after=True if isinstance(report.closed, Discharged) else None,
        bp_before=_pressure(report, lambda cuff, at: cuff.at <= at, last=True),
        bp_40_minutes=_nearest(report),
        bp_after=None if closed is None else _pressure(report, lambda _, __: True, last=True),
        sedation=_seen(report.observations, "sedation", lambda level: level < _FULLY_AWAKE),
        dissociation=_seen(report.observations, "dissociation", lambda level: level > 0),
        respiratory_depression=_seen(
            report.observations, "rr", lambda rate: rate <= _SLOW_BREATHING
        ),
        adverse_events=tuple(_adverse(line) for line in events),
        has_serious_adverse_event=any(_is_serious(line) for line in events),
        submit_by=day + _DUE_WITHIN,
    )


def _is_first(position: str) -> bool | None:
    number = position.partition("/")[0]
    return int(number) == 1 if number.isdigit() else None


def _took(report: SessionReport, item: str) -> bool | None:
    """What the preparation says of a kind of medicine; None if it was not asked."""
    answer = next((line.answer for line in report.preparation.answers if line.item == item), None)
    if isinstance(answer, YesNo):
        return answer.is_yes
    return answer.option == _TAKEN if isinstance(answer, Choice) else None


def _minutes(since: datetime | None, until: datetime | None) -> int | None:
    if since is None or until is None:
        return None
    return round((until - since).total_seconds() / 60)


def _good(report: SessionReport) -> list[CuffLine]:
    return [cuff for cuff in report.cuffs if cuff.sys is not None and cuff.dia is not None]


def _pressure(
    report: SessionReport, fits: Callable[[CuffLine, datetime], bool], *, last: bool
) -> FormPressure | None:
    started = report.course.started_at
    if started is None:
        return None
    found = [cuff for cuff in _good(report) if fits(cuff, started)]
    return _told(found[-1 if last else 0], started) if found else None


def _nearest(report: SessionReport) -> FormPressure | None:
    """The reading nearest to 40 min after the start; None if none is near."""
    started = report.course.started_at
    if started is None:
        return None
    wanted = started + FORM_BP_AFTER
    near = [cuff for cuff in _good(report) if abs(cuff.at - wanted) <= FORM_BP_WITHIN]
    nearest = min(near, key=lambda cuff: abs(cuff.at - wanted), default=None)
    return None if nearest is None else _told(nearest, started)


def _told(cuff: CuffLine, started: datetime) -> FormPressure:
    return FormPressure(
        sys=cuff.sys or 0.0,
        dia=cuff.dia or 0.0,
        at=cuff.at,
        minutes=round((cuff.at - started).total_seconds() / 60),
    )


def _seen(lines: Iterable[ObservationLine], item: str, is_so: Callable[[float], bool]) -> FormEvent:
    """From the first observation that shows it until the first that does not any more."""
    onset: datetime | None = None
    resolved: datetime | None = None
    is_known = False
    for line in lines:
        for found in line.items:
            number = _number(found.value) if found.item == item else None
            if number is None or line.done_at is None:
                continue
            is_known = True
            if is_so(number):
                onset, resolved = onset or line.done_at, None
            elif onset is not None and resolved is None:
                resolved = line.done_at
    if not is_known:
        return FormEvent(occurred=None)
    return FormEvent(occurred=onset is not None, onset=onset, resolved=resolved)


def _number(value: str) -> float | None:
    """The number an answer begins with: `4 marked`, `14 /min`."""
    first = value.partition(" ")[0]
    try:
        return float(first)
    except ValueError:
        return None


def _adverse(line: InterventionLine) -> FormAdverseEvent:
    return FormAdverseEvent(text=line.text, grade=line.grade, onset=line.at, resolved=line.ends)


def _is_serious(line: InterventionLine) -> bool:
    """Severe and worse."""
    number = _number(line.grade.removeprefix("grade "))
    return number is not None and number >= _SEVERE
