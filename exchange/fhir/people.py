"""What people saw and did: checks and answers as QuestionnaireResponses, scores, interventions."""

from collections.abc import Iterator
from typing import Final

from exchange.codes import SCALES
from exchange.fhir.parts import (
    Resource,
    coding,
    concept,
    instant,
    named,
    note,
    quantity,
    reference,
    resource,
    terms,
    to_encounter,
    to_patient,
    to_person,
)
from infusion.answers import Answer, Moment, Number, YesNo, shown
from infusion.report import SessionReport
from infusion.report.rows import CheckState, InterventionLine, ItemLine, ObservationLine, ScoreLine

_TOLD: Final = frozenset({"note", "prescriber called", "prescriber answered", "help"})
"""Interventions that are words between people, not something done to the patient."""
_SEVERITY: Final = {"grade 1": "mild", "grade 2": "moderate"}
_WORDS: Final = {"mild": "Mild", "moderate": "Moderate", "severe": "Severe"}


def what_people_did(report: SessionReport) -> Iterator[Resource]:
    """The preparation, every form, every score, every intervention and adverse event."""
    if report.preparation.answers:
        yield _preparation(report)
    for line in report.observations:
        if line.state is not CheckState.MISSED:
            yield _form(report, line)
    for number, score in enumerate(report.scores):
        yield _score(report, number, score)
    for number, deed in enumerate(report.interventions):
        if deed.is_adverse_event:
            yield _adverse_event(report, number, deed)
        elif deed.kind in _TOLD:
            yield _message(report, number, deed)
        else:
            yield _deed(report, number, deed)


def _preparation(report: SessionReport) -> Resource:
    answers = report.preparation.answers
    return resource(
        report,
        "QuestionnaireResponse",
        report.session,
        "preparation",
        status="completed" if report.preparation.confirmed is not None else "in-progress",
        subject=to_patient(report),
        encounter=to_encounter(report),
        authored=instant(max(line.at for line in answers)),
        author=to_person(answers[-1].by),
        item=[
            {"linkId": line.item, "text": line.text, "answer": [_answer(line.answer)]}
            for line in answers
        ],
    )


def _answer(answer: Answer) -> Resource:
    if isinstance(answer, YesNo):
        return {"valueBoolean": answer.is_yes}
    if isinstance(answer, Moment):
        return {"valueDateTime": instant(answer.moment)}
    if isinstance(answer, Number):
        return {"valueQuantity": quantity(answer.value, answer.unit)}
    return {"valueString": shown(answer)}


def _form(report: SessionReport, line: ObservationLine) -> Resource:
    items = [_item(item) for item in line.items]
    if line.reason:
        items.append(
            {"linkId": "reason", "text": "Reason", "answer": [{"valueString": line.reason}]}
        )
    return resource(
        report,
        "QuestionnaireResponse",
        report.session,
        line.check,
        status="in-progress" if line.state is CheckState.PARTIAL else "completed",
        subject=to_patient(report),
        encounter=to_encounter(report),
        authored=instant(line.done_at),
        author=None,
        item=items,
    )


def _item(item: ItemLine) -> Resource:
    value = f"{item.value} {item.unit}".strip()
    found: Resource = {
        "linkId": item.item,
        "text": item.label,
        "answer": [{"valueString": value}],
    }
    if item.device_value:
        told = {"valueString": f"{item.device_value} {item.unit}".strip()}
        link = f"{item.item}.device"
        found["answer"][0]["item"] = [{"linkId": link, "text": "from the device", "answer": [told]}]
    return found


def _score(report: SessionReport, number: int, score: ScoreLine) -> Resource:
    code = SCALES.get(score.scale.casefold())
    absent = terms("data-absent-reason", "not-performed", "Not Performed")
    return resource(
        report,
        "Observation",
        report.session,
        "score",
        str(number),
        status="final",
        category=[terms("observation-category", "survey", "Survey")],
        code=concept(score.scale, [] if code is None else [coding(code)]),
        subject=to_patient(report),
        encounter=to_encounter(report),
        effectiveDateTime=instant(score.at),
        performer=[named(score.by)] if score.by else None,
        valueInteger=score.value,
        dataAbsentReason=absent if score.value is None else None,
        note=note(score.explanation),
    )


def _adverse_event(report: SessionReport, number: int, deed: InterventionLine) -> Resource:
    severity = _SEVERITY.get(deed.grade, "severe")
    return resource(
        report,
        "AdverseEvent",
        report.session,
        str(number),
        actuality="actual",
        event=concept(deed.text),
        subject=to_patient(report),
        encounter=to_encounter(report),
        date=instant(deed.at),
        severity=terms("adverse-event-severity", severity, _WORDS[severity]),
        recorder=None,
        suspectEntity=[{"instance": reference("Procedure", report.session)}],
    )


def _message(report: SessionReport, number: int, deed: InterventionLine) -> Resource:
    return resource(
        report,
        "Communication",
        report.session,
        str(number),
        status="completed",
        category=[concept(deed.kind)],
        subject=to_patient(report),
        encounter=to_encounter(report),
        sent=instant(deed.at),
        payload=[{"contentString": deed.text or deed.kind}],
        note=note(deed.by),
    )


def _deed(report: SessionReport, number: int, deed: InterventionLine) -> Resource:
    return resource(
        report,
        "Procedure",
        report.session,
        "deed",
        str(number),
        partOf=[reference("Procedure", report.session)],
        status="completed",
        code=concept(f"{deed.kind}: {deed.text}"),
        subject=to_patient(report),
        encounter=to_encounter(report),
        performedDateTime=instant(deed.at),
        performer=[{"actor": named(deed.by)}],
    )
