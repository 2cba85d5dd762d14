"""What was done between the checks: oxygen, rescue drugs, IV, adverse events, symptoms."""

from datetime import datetime

from infusion.commands import Accepted, Decision, Refused
from infusion.configuration import ClinicConfiguration
from infusion.interventions import commands as c
from infusion.interventions.effects import adverse_events, oxygen_l_min, uncertain_delivery
from infusion.interventions.events import (
    AdverseEventEnded,
    AdverseEventRecorded,
    IvFailed,
    IvResited,
    OrderedBy,
    OxygenChanged,
    RescueDrugGiven,
    SymptomsReported,
)
from infusion.interventions.rules import InterventionRules
from infusion.session import Session


def change_oxygen(
    session: Session, command: c.ChangeOxygen, at: datetime, configuration: ClinicConfiguration
) -> Decision:
    """On, off, or another flow."""
    flow, most = command.flow_l_min, configuration.interventions.oxygen_max_l_min
    if not 0 <= flow <= most:
        return Refused(
            reason=f"oxygen is from 0 to {most:g} L/min", what_to_do="enter the flow, 0 for off"
        )
    if flow == (oxygen_l_min(session, at) or 0) and flow == 0:
        return Refused(reason="the patient is on air already", what_to_do="go on")
    event = OxygenChanged(session=session.id, at=at, by=command.by, flow_l_min=flow)
    return Accepted(events=(event,))


def give_rescue_drug(
    session: Session, command: c.GiveRescueDrug, at: datetime, configuration: ClinicConfiguration
) -> Decision:
    """From the list, at a usual dose; or with a reason."""
    refused = _refuse_dose(command, configuration.interventions) or _refuse_order(command)
    if refused is not None:
        return refused
    event = RescueDrugGiven(
        session=session.id,
        at=at,
        by=command.by,
        drug=command.drug.strip(),
        dose=command.dose,
        unit=command.unit,
        route=command.route,
        ordered_by=command.ordered_by,
        prescriber=command.prescriber.strip(),
        was_read_back=command.was_read_back,
        is_listed=command.is_listed,
        reason=command.reason.strip(),
    )
    return Accepted(events=(event,))


def _refuse_dose(command: c.GiveRescueDrug, rules: InterventionRules) -> Refused | None:
    if not command.dose.is_finite() or command.dose <= 0:
        return Refused(reason=f"{command.dose} is no dose", what_to_do="enter what was given")
    if not command.is_listed:
        is_whole = all(word.strip() for word in (command.drug, command.unit, command.route))
        if is_whole and command.reason.strip():
            return None
        return Refused(
            reason="a drug that is not of the list needs its name, unit, route and a reason",
            what_to_do="enter them, or choose from the list",
        )
    drug = rules.find_drug(command.drug)
    if drug is None or command.unit != drug.unit or command.route not in drug.routes:
        return Refused(
            reason=f"{command.drug} {command.unit} {command.route} is not of the list",
            what_to_do="choose from the list, or chart it as another drug",
        )
    if not drug.low <= command.dose <= drug.high and not command.reason.strip():
        return Refused(
            reason=f"{drug.label} {command.dose} {drug.unit}: usual is {drug.low} to {drug.high}",
            what_to_do="check the dose, or enter the reason",
        )
    return None


def _refuse_order(command: c.GiveRescueDrug) -> Refused | None:
    if command.ordered_by is OrderedBy.STANDING:
        return None
    if not command.prescriber.strip():
        return Refused(reason="whose order is it?", what_to_do="enter the prescriber's name")
    if command.ordered_by is OrderedBy.VERBAL and not command.was_read_back:
        return Refused(
            reason="a verbal order counts once it was read back",
            what_to_do="read it back, then say so",
        )
    return None


def fail_iv(
    session: Session, command: c.ReportIvFailed, at: datetime, _: ClinicConfiguration
) -> Decision:
    """What is delivered from now on is uncertain."""
    if not command.what.strip():
        return Refused(reason="what is wrong with the IV?", what_to_do="choose or enter it")
    if _is_failed(session):
        return Refused(reason="the IV has failed already", what_to_do="chart the new site")
    event = IvFailed(session=session.id, at=at, by=command.by, what=command.what.strip())
    return Accepted(events=(event,))


def resite_iv(
    session: Session, command: c.ResiteIv, at: datetime, _: ClinicConfiguration
) -> Decision:
    """It carries again."""
    if not command.site.strip():
        return Refused(reason="where is the IV now?", what_to_do="enter the site")
    event = IvResited(session=session.id, at=at, by=command.by, site=command.site.strip())
    return Accepted(events=(event,))


def _is_failed(session: Session) -> bool:
    found = uncertain_delivery(session)
    return bool(found) and found[-1].until is None


def record_adverse_event(
    session: Session,
    command: c.RecordAdverseEvent,
    at: datetime,
    configuration: ClinicConfiguration,
) -> Decision:
    """What, how grave, since when."""
    rules = configuration.interventions
    if not command.what.strip():
        return Refused(reason="what happened?", what_to_do="choose or enter it")
    refused = _refuse_grade(command.grade, rules)
    if refused is not None:
        return refused
    if any(known.adverse == command.adverse for known in adverse_events(session)):
        return Refused(reason="this event is saved already", what_to_do="close the form")
    if command.ended_at is not None and command.ended_at < at:
        return Refused(reason="it ended before it began", what_to_do="check both times")
    event = AdverseEventRecorded(
        session=session.id,
        at=at,
        by=command.by,
        adverse=command.adverse,
        what=command.what.strip(),
        grade=command.grade,
        words=command.words.strip(),
        ended_at=command.ended_at,
    )
    return Accepted(events=(event,))


def end_adverse_event(
    session: Session, command: c.EndAdverseEvent, at: datetime, configuration: ClinicConfiguration
) -> Decision:
    """That it is over."""
    known = next((e for e in adverse_events(session) if e.adverse == command.adverse), None)
    if known is None or known.ended_at is not None:
        return Refused(reason="no such event goes on", what_to_do="reload the page")
    if at < known.began_at:
        return Refused(reason="it ended before it began", what_to_do="check the time")
    refused = _refuse_grade(command.grade, configuration.interventions)
    if refused is not None:
        return refused
    event = AdverseEventEnded(
        session=session.id, at=at, by=command.by, adverse=command.adverse, grade=command.grade
    )
    return Accepted(events=(event,))


def _refuse_grade(grade: int, rules: InterventionRules) -> Refused | None:
    if grade in rules.grades:
        return None
    grades = ", ".join(str(known) for known in rules.grades)
    return Refused(reason=f"grade {grade} is not one of {grades}", what_to_do="choose a grade")


def report_symptoms(
    session: Session, command: c.ReportSymptoms, at: datetime, configuration: ClinicConfiguration
) -> Decision:
    """Of the list, or in the patient's own words."""
    known = configuration.interventions.symptoms
    other = next((symptom for symptom in command.symptoms if symptom not in known), None)
    if other is not None:
        return Refused(reason=f"{other!r} is not of the list", what_to_do="enter it as words")
    if not command.symptoms and not command.words.strip():
        return Refused(reason="no symptom is chosen", what_to_do="choose or enter it")
    event = SymptomsReported(
        session=session.id,
        at=at,
        by=command.by,
        symptoms=command.symptoms,
        words=command.words.strip(),
    )
    return Accepted(events=(event,))
