"""Alarms as DetectedIssues: what, how grave, from when until when, who answered and when.

R4 has no resource for a device's alarm (DeviceAlert comes with R6); a DetectedIssue holds severity,
period and what was done about it.
"""

from collections.abc import Iterator
from typing import Final

from exchange.fhir.parts import Resource, concept, instant, named, period, resource, to_patient
from infusion.report import SessionReport
from infusion.report.rows import AlarmLine
from infusion.sign_off_events import AlarmsReviewed
from vocabulary.alarms import AlarmPriority

_SEVERITY: Final = {
    AlarmPriority.HIGH: "high",
    AlarmPriority.MEDIUM: "moderate",
    AlarmPriority.LOW: "low",
}


def detected_issues(report: SessionReport) -> Iterator[Resource]:
    """Every alarm of the session."""
    reviews = {
        alarm: group.review
        for group in report.alarm_groups
        if group.review is not None
        for alarm in group.review.alarms
    }
    for line in report.alarms:
        yield _issue(report, line, reviews.get(line.alarm))


def _issue(report: SessionReport, line: AlarmLine, review: AlarmsReviewed | None) -> Resource:
    kind = "technical" if line.is_technical else "physiological"
    actions = []
    if line.answered_at is not None:
        actions.append(
            {
                "action": concept("alarm acknowledged"),
                "date": instant(line.answered_at),
                "author": named(line.answered_by),
            }
        )
    if review is not None:
        told = review.verdict.value.replace("_", " ")
        actions.append(
            {
                "action": concept(f"reviewed: {told}{f', {review.note}' if review.note else ''}"),
                "date": instant(review.at),
                "author": named(review.by.printed_name),
            }
        )
    return resource(
        report,
        "DetectedIssue",
        report.session,
        line.alarm,
        identifier=[{"value": line.alarm}],
        status="final",
        code=concept(f"{kind} alarm: {line.condition}"),
        severity=_SEVERITY[line.priority],
        patient=to_patient(report),
        identifiedPeriod=period(line.began_at, line.ended_at),
        detail=line.text,
        mitigation=actions,
    )
