"""What people say about a course: within its scale, by who may, never of tomorrow."""

from datetime import timedelta

import msgspec

from infusion.commands import Refused
from infusion.configuration import OutcomeMeasure
from infusion.decisions.course import begin_course, review_course, score_course
from infusion.patient import Indication, PatientId
from infusion.patient_events import CourseBegun, CourseReviewed, OutcomeScored, ReviewOutcome
from tests.fixtures.clinic import START
from tests.fixtures.session import ADA, NORA, PAUL
from tests.fixtures.treatment import course_rules, session_rules

PEOPLE = session_rules().people
RULES = course_rules()
SCORE = OutcomeScored(
    patient=PatientId("p1"), at=START, by=NORA, measure=OutcomeMeasure.PHQ9, score=27
)
REVIEW = CourseReviewed(
    patient=PatientId("p1"),
    at=START,
    by=PAUL,
    indication=Indication.DEPRESSION,
    after_session=3,
    outcome=ReviewOutcome.GO_ON,
    note="",
)


def test_a_score_lies_on_its_scale() -> None:
    assert score_course(SCORE, START, PEOPLE, RULES) == (SCORE,)
    for score in (-1, 28):
        wrong = msgspec.structs.replace(SCORE, score=score)
        refused = score_course(wrong, START, PEOPLE, RULES)
        assert isinstance(refused, Refused)
        assert "0 to 27" in refused.reason


def test_a_score_is_not_of_tomorrow_nor_by_who_may_not_chart() -> None:
    early = score_course(SCORE, START - timedelta(hours=1), PEOPLE, RULES)
    assert isinstance(early, Refused)
    by_ada = score_course(msgspec.structs.replace(SCORE, by=ADA), START, PEOPLE, RULES)
    assert isinstance(by_ada, Refused)
    assert by_ada.what_to_do == "ask a nurse or prescriber"


def test_a_prescriber_reviews_after_infusions_that_were_given() -> None:
    assert review_course(REVIEW, 3, PEOPLE) == (REVIEW,)
    assert isinstance(review_course(REVIEW, 2, PEOPLE), Refused)
    assert isinstance(review_course(msgspec.structs.replace(REVIEW, by=NORA), 3, PEOPLE), Refused)


def test_to_stop_a_course_needs_a_reason() -> None:
    stop = msgspec.structs.replace(REVIEW, outcome=ReviewOutcome.STOP)
    assert isinstance(review_course(stop, 3, PEOPLE), Refused)
    told = msgspec.structs.replace(stop, note="no response")
    assert review_course(told, 3, PEOPLE) == (told,)


def test_another_course_begins_once() -> None:
    begun = CourseBegun(
        patient=PatientId("p1"), at=START, by=PAUL, indication=Indication.DEPRESSION
    )
    assert begin_course(begun, (), PEOPLE) == (begun,)
    assert isinstance(begin_course(begun, (begun,), PEOPLE), Refused)
    assert isinstance(begin_course(msgspec.structs.replace(begun, by=NORA), (), PEOPLE), Refused)
