"""What was given: one MedicationAdministration for the whole, and one for each rate, part of it."""

from collections.abc import Iterator

from exchange import codes
from exchange.fhir.devices import to_device
from exchange.fhir.parts import (
    Resource,
    coding,
    concept,
    note,
    period,
    quantity,
    reference,
    resource,
    to_encounter,
    to_patient,
    to_person,
)
from exchange.fhir.who import drug_concept, to_order
from exchange.figures import plain
from infusion.delivered import DRUG, SegmentKind
from infusion.report import SessionReport
from infusion.report.dose import SegmentLine
from infusion.session_events import OrderGiven
from vocabulary.states import DeviceKind, SessionState

_ROUTE = concept("intravenous", [coding(codes.INTRAVENOUS)])


def administrations(report: SessionReport) -> Iterator[Resource]:
    """The whole, then each rate; without priming and flush, which gave the patient nothing."""
    given = report.order
    lines = [line for line in report.segments if line.kind in DRUG]
    if given is None or not lines:
        return
    yield _whole(report, given)
    for number, line in enumerate(lines):
        yield _segment(report, given, number, line)


def _common(report: SessionReport, given: OrderGiven) -> Resource:
    confirmed = report.preparation.confirmed
    performers = [given.by] if confirmed is None else [confirmed.by]
    return {
        "medicationCodeableConcept": drug_concept(given.order.drug),
        "subject": to_patient(report),
        "context": to_encounter(report),
        "request": to_order(report, len(report.orders) - 1),
        "performer": [{"actor": to_person(person)} for person in performers],
    }


def _whole(report: SessionReport, given: OrderGiven) -> Resource:
    course, dose = report.course, report.dose
    status = "completed"
    if report.state in {SessionState.INFUSING, SessionState.PAUSED}:
        status = "in-progress" if report.state is SessionState.INFUSING else "on-hold"
    elif course.early_end is not None:
        status = "stopped"
    dosage: Resource = {"text": _told(report), "route": _ROUTE}
    amount = quantity(dose.by_volume_mg, "mg")
    if amount is not None:
        dosage["dose"] = amount
    else:
        dosage["rateQuantity"] = quantity(given.order.start_rate_ml_h, "mL/h")
    return resource(
        report,
        "MedicationAdministration",
        report.session,
        "whole",
        status=status,
        partOf=[reference("Procedure", report.session)],
        effectivePeriod=period(course.started_at, course.last_drug_at),
        dosage=dosage,
        device=[to_device(d) for d in report.devices if d.kind is DeviceKind.PUMP],
        note=note("" if course.early_end is None else course.early_end.reason),
        **_common(report, given),
    )


def _told(report: SessionReport) -> str:
    dose = report.dose
    if dose.by_volume_mg is None or dose.mg_kg is None:
        return f"{dose.by_volume_ml:.3f} mL; what the pump held is not known"
    return (
        f"{dose.by_volume_mg:.3f} mg ({dose.mg_kg:.4f} mg/kg) by the pump's volume of "
        f"{dose.by_volume_ml:.3f} mL"
    )


def _segment(report: SessionReport, given: OrderGiven, number: int, line: SegmentLine) -> Resource:
    dosage: Resource = {"text": _rate_told(line), "route": _ROUTE}
    if line.rate_ml_h is not None:
        dosage["rateQuantity"] = quantity(line.rate_ml_h, "mL/h")
    dosage["dose"] = quantity(line.mg, "mg") or quantity(line.volume_ml, "mL")
    if dosage["dose"] is None:
        del dosage["dose"]
    is_told = "dose" in dosage or "rateQuantity" in dosage  # a dosage without either is not valid
    pump = next((d for d in report.devices if d.device == line.device), None)
    reason = next(
        (c.reason for c in report.rate_changes if (c.device, c.at) == (line.device, line.begins)),
        "",
    )
    return resource(
        report,
        "MedicationAdministration",
        report.session,
        str(number),
        status="in-progress" if line.is_open else "completed",
        partOf=[reference("MedicationAdministration", report.session, "whole")],
        effectivePeriod=period(line.begins, None if line.is_open else line.ends),
        dosage=dosage if is_told else None,
        device=None if pump is None else [to_device(pump)],
        note=note(reason),
        **_common(report, given),
    )


def _rate_told(line: SegmentLine) -> str:
    told = "at an unknown rate" if line.rate_ml_h is None else f"{plain(line.rate_ml_h)} mL/h"
    if line.rate_mg_kg_h is not None:
        told += f" = {line.rate_mg_kg_h:.4f} mg/kg/h"
    if line.kind is SegmentKind.KVO:
        told += ", to keep the vein open"
    return f"{told}, charted by hand" if line.is_by_hand else told
