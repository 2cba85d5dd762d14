"""Patient, people, stay, procedure and order of a session."""

from collections.abc import Iterator

from exchange import codes
from exchange.codes import Coded
from exchange.fhir.parts import (
    TERMINOLOGY,
    Resource,
    coding,
    concept,
    instant,
    named,
    note,
    period,
    quantity,
    reference,
    resource,
    to_encounter,
    to_patient,
    to_person,
)
from infusion.patient import Person
from infusion.report import SessionReport
from infusion.session_events import OrderGiven
from vocabulary.states import SessionState

_ENCOUNTER = {
    SessionState.PLANNED: "planned",
    SessionState.PREPARING: "arrived",
    SessionState.INFUSING: "in-progress",
    SessionState.PAUSED: "in-progress",
    SessionState.RECOVERY: "in-progress",
    SessionState.CANCELLED: "cancelled",
}
_PROCEDURE = {
    SessionState.PLANNED: "preparation",
    SessionState.PREPARING: "preparation",
    SessionState.INFUSING: "in-progress",
    SessionState.PAUSED: "on-hold",
    SessionState.CANCELLED: "not-done",
}


def who_and_what(report: SessionReport) -> Iterator[Resource]:
    """The patient, everybody who acted under their account, the stay, the infusion, the orders."""
    yield _patient(report)
    for person in _people(report):
        yield resource(
            report,
            "Practitioner",
            person.account,
            name=[{"text": person.printed_name}],
            qualification=[{"code": concept(person.role.value)}],
        )
    yield _encounter(report)
    yield _procedure(report)
    for number, given in enumerate(report.orders):
        yield _order(report, number, given)


def _patient(report: SessionReport) -> Resource:
    patient = report.patient
    return resource(
        report,
        "Patient",
        patient.patient,
        identifier=[{"use": "usual", "value": patient.identifier}],
        name=[{"family": patient.family_name, "given": [patient.given_name]}],
        birthDate=patient.date_of_birth.isoformat(),
    )


def _people(report: SessionReport) -> list[Person]:
    """Each once, by account, as they were named first."""
    found: dict[str, Person] = {}
    told: list[Person] = [given.by for given in report.orders]
    told += [line.by for line in report.preparation.answers]
    told += [vial.by for vial in report.account.drawn]
    told += [word.by for word in report.account.witnesses.values()]
    for word in (
        report.identified,
        report.preparation.baseline,
        report.preparation.overridden,
        report.preparation.confirmed,
        report.account.charted,
        report.closed,
    ):
        if word is not None:
            told.append(word.by)
    told += [line.confirmed_by for line in report.devices if line.confirmed_by is not None]
    for person in told:
        found.setdefault(person.account, person)
    return list(found.values())


def _encounter(report: SessionReport) -> Resource:
    course = report.course
    places = [
        {
            "location": {"display": f"{report.ward}, chair {stay.bed}"},
            "period": period(stay.interval.since, stay.interval.until),
        }
        for stay in report.stays
    ]
    return resource(
        report,
        "Encounter",
        report.session,
        identifier=[{"value": report.session}],
        status=_ENCOUNTER.get(report.state, "finished"),
        **{"class": {"system": f"{TERMINOLOGY}/v3-ActCode", "code": "AMB"}},
        subject=to_patient(report),
        period=period(course.began_at or report.planned_for, course.closed_at),
        reasonCode=[concept(report.indication.value.replace("_", " "))],
        location=places,
    )


def _procedure(report: SessionReport) -> Resource:
    course = report.course
    status = _PROCEDURE.get(report.state, "completed")
    if status == "completed" and course.early_end is not None:
        status = "stopped"
    reason = "" if course.early_end is None else course.early_end.reason
    return resource(
        report,
        "Procedure",
        report.session,
        status=status,
        statusReason=concept(reason) if reason and status in {"stopped", "not-done"} else None,
        code=concept("Intravenous infusion", [coding(codes.INFUSION)]),
        subject=to_patient(report),
        encounter=to_encounter(report),
        performedPeriod=period(course.started_at, course.last_drug_at or course.stopped_at),
        reasonCode=[concept(report.indication.value.replace("_", " "))],
        note=note("; ".join(filter(None, (_place(report), _protocol(report))))),
    )


def _place(report: SessionReport) -> str:
    return f"session {report.position} of the course" if report.position else ""


def _protocol(report: SessionReport) -> str:
    """The profile of the clinic's own protocol: it has no address that others could ask."""
    held = report.protocol
    if held is None:
        return ""
    why = "" if held.chosen is None else f", chosen by {held.chosen.by.printed_name}"
    because = "" if held.chosen is None else f": {held.chosen.reason}"
    return f"protocol {held.profile}: {held.label}{why}{because}"


def drug_concept(drug: str) -> Resource:
    """A drug by its codes, as far as it has any here."""
    known: tuple[Coded, ...] = codes.DRUGS.get(drug, ())
    return concept(drug, [coding(code) for code in known])


def to_order(report: SessionReport, number: int) -> Resource:
    """One of the session's orders, by its number from 0."""
    return reference("MedicationRequest", report.session, str(number))


def _order(report: SessionReport, number: int, given: OrderGiven) -> Resource:
    order = given.order
    is_last = number == len(report.orders) - 1
    is_over = report.course.closed_at is not None
    text = (
        f"start at {order.start_rate_mg_kg_h:f} mg/kg/h for {order.weight.kg:f} kg, "
        f"{order.lowest_mg_kg_h:f} to {order.highest_mg_kg_h:f} mg/kg/h permitted"
    )
    return resource(
        report,
        "MedicationRequest",
        report.session,
        str(number),
        status="active" if is_last and not is_over else "completed" if is_last else "stopped",
        intent="order",
        medicationCodeableConcept=drug_concept(order.drug),
        subject=to_patient(report),
        encounter=to_encounter(report),
        authoredOn=instant(given.at),
        requester=named(order.prescriber),
        recorder=to_person(given.by),
        note=note("; ".join(f"{found.told}: {found.reason}" for found in given.explained)),
        dosageInstruction=[
            {
                "text": text,
                "route": concept("intravenous", [coding(codes.INTRAVENOUS)]),
                "doseAndRate": [{"rateQuantity": quantity(order.start_rate_mg_kg_h, "mg/kg/h")}],
                **(
                    {}
                    if order.dose_mg is None
                    else {"maxDosePerAdministration": quantity(order.dose_mg, "mg")}
                ),
            }
        ],
    )
