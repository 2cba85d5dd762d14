"""What people say about a course of treatment: scores, reviews, that another one begins."""

from collections.abc import Sequence
from datetime import datetime

from infusion.commands import Refused
from infusion.configuration import CourseRules, OutcomeMeasure, PeopleRules
from infusion.patient import Person
from infusion.patient_events import (
    CourseBegun,
    CourseReviewed,
    OutcomeScored,
    PatientsEvent,
    ReviewOutcome,
)
from vocabulary.roles import Role


def score_course(
    scored: OutcomeScored, now: datetime, people: PeopleRules, rules: CourseRules
) -> tuple[OutcomeScored] | Refused:
    """A score by which the course is judged, within its scale and not of tomorrow."""
    refused = _refuse_role(scored.by, people.may_chart, "enter a score")
    if refused is not None:
        return refused
    high = rules.outcomes[scored.measure].high
    if not 0 <= scored.score <= high:
        return Refused(
            reason=f"{_words(scored.measure)} goes from 0 to {high}",
            what_to_do="enter the sum of the scale",
        )
    if scored.items and sum(scored.items) != scored.score:
        return Refused(
            reason=f"the answers sum up to {sum(scored.items)}, not to {scored.score}",
            what_to_do="reload the page and enter the answers again",
        )
    if scored.at > now:
        return Refused(reason="that is yet to come", what_to_do="enter when it was taken")
    return (scored,)


def review_course(
    review: CourseReviewed, given: int, people: PeopleRules
) -> tuple[CourseReviewed] | Refused:
    """A prescriber's word on the course after its `given` infusions so far."""
    refused = _refuse_role(review.by, people.may_order, "review a course")
    if refused is not None:
        return refused
    if not 0 < review.after_session <= given:
        return Refused(
            reason=f"there were {given} infusions, not {review.after_session}",
            what_to_do="enter after which infusion it is",
        )
    if review.outcome is not ReviewOutcome.GO_ON and not review.note.strip():
        return Refused(
            reason="to change or to stop a course needs a reason", what_to_do="enter the reason"
        )
    return (review,)


def begin_course(
    begun: CourseBegun, events: Sequence[PatientsEvent], people: PeopleRules
) -> tuple[CourseBegun] | Refused:
    """Another course for the same indication: the next infusion is its first."""
    refused = _refuse_role(begun.by, people.may_order, "begin another course")
    if refused is not None:
        return refused
    same = [e for e in events if isinstance(e, CourseBegun) and e.indication is begun.indication]
    if same and same[-1].at == begun.at:
        return Refused(reason="it has begun already", what_to_do="plan its first infusion")
    return (begun,)


def _refuse_role(by: Person, may: tuple[Role, ...], what: str) -> Refused | None:
    if by.role in may:
        return None
    return Refused(
        reason=f"{by.role.value} may not {what}",
        what_to_do=f"ask a {' or '.join(role.value for role in may)}",
    )


def _words(measure: OutcomeMeasure) -> str:
    return measure.value.upper().replace("_", " ")
