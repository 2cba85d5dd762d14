"""The series of infusions: position, gaps, warnings, reviews, scores, and the last time."""

from datetime import datetime, timedelta

import msgspec
import pytest

from infusion.configuration import OutcomeMeasure
from infusion.course import Course, CoursePart, WarningKind, course_of
from infusion.outcome import Mark, mark_scores
from infusion.patient import Indication, PatientId
from infusion.patient_events import (
    CourseBegun,
    CourseReviewed,
    OutcomeScored,
    PatientRegistered,
    PatientsEvent,
    ReviewOutcome,
)
from infusion.summary import PeakPressure, SessionSummary, last_time
from tests.fixtures.clinic import START
from tests.fixtures.session import ANNA, NORA, PAUL
from tests.fixtures.treatment import course_rules
from vocabulary.ids import SessionId

RULES = course_rules()
DAY = timedelta(days=1)
P1 = PatientId("p1")
DEPRESSION, PAIN = Indication.DEPRESSION, Indication.CHRONIC_PAIN


def given_at(*days: float, indication: Indication = DEPRESSION) -> list[SessionSummary]:
    """Sessions that gave drug, days after START, named in that order."""
    return [
        SessionSummary(
            session=SessionId(f"s{number}"), indication=indication, started_at=START + DAY * day
        )
        for number, day in enumerate(days, start=1)
    ]


def scored(day: float, score: int, measure: OutcomeMeasure = OutcomeMeasure.PHQ9) -> OutcomeScored:
    return OutcomeScored(patient=P1, at=START + DAY * day, by=NORA, measure=measure, score=score)


def reviewed(
    day: float, after: int, outcome: ReviewOutcome = ReviewOutcome.GO_ON
) -> CourseReviewed:
    return CourseReviewed(
        patient=P1,
        at=START + DAY * day,
        by=PAUL,
        indication=DEPRESSION,
        after_session=after,
        outcome=outcome,
        note="as discussed",
    )


def course(sessions: list[SessionSummary], day: float, *events: PatientsEvent) -> Course:
    return course_of(DEPRESSION, sessions, events, START + DAY * day, RULES)


def kinds(found: Course) -> list[WarningKind]:
    return [warning.kind for warning in found.warnings]


def test_the_first_infusion_is_one_of_six_and_nothing_is_to_be_waited_for() -> None:
    found = course([], 0)
    assert (found.position, found.given, found.next_window) == ("1/6", 0, None)
    assert (found.days_since_last, found.warnings, found.review_due_after) == (None, (), None)


@pytest.mark.parametrize(
    ("given", "position"), [(1, "2/6"), (5, "6/6"), (6, "maintenance 1"), (7, "maintenance 2")]
)
def test_the_position_counts_sessions_that_gave_drug(given: int, position: str) -> None:
    found = course(given_at(*range(0, 3 * given, 3)), 3 * given)
    assert found.position == position


def test_a_session_under_way_keeps_its_own_position() -> None:
    found = course(given_at(0, 3), 3)
    assert found.position_of(SessionId("s1")) == "1/6"
    assert found.position_of(SessionId("s2")) == "2/6"
    assert found.position_of(SessionId("being prepared")) == "3/6"


def test_the_seventh_is_the_first_of_maintenance() -> None:
    found = course(given_at(0, 3, 6, 9, 12, 15, 40), 40)
    assert found.position_of(SessionId("s6")) == "6/6"
    assert found.position_of(SessionId("s7")) == "maintenance 1"


def test_the_order_in_which_sessions_come_does_not_matter() -> None:
    sessions = given_at(0, 3, 6)
    assert course(sessions[::-1], 9) == course(sessions, 9)


def test_the_next_window_of_the_acute_part_is_two_to_four_days_later() -> None:
    window = course(given_at(0), 1).next_window
    assert window is not None
    assert window.not_before == START + DAY
    assert (window.target_from, window.target_to) == (START + 2 * DAY, START + 4 * DAY)


def test_the_next_window_of_maintenance_is_three_to_five_weeks_later() -> None:
    found = course(given_at(0, 3, 6, 9, 12, 15), 20)
    assert found.part is CoursePart.MAINTENANCE
    assert found.next_window is not None
    assert found.next_window.target_from == START + 36 * DAY
    assert found.next_window.target_to == START + 50 * DAY


def test_days_since_the_last_are_whole_days() -> None:
    assert course(given_at(0), 0.99).days_since_last == 0
    assert course(given_at(0), 2.5).days_since_last == 2


def test_less_than_24_h_blocks_and_exactly_24_h_does_not() -> None:
    [warning] = course(given_at(0), 0.9).warnings
    assert (warning.kind, warning.blocks) == (WarningKind.TOO_SOON, True)
    assert warning.text == "21 h since the last infusion, the least is 24 h"
    assert kinds(course(given_at(0), 1)) == [WarningKind.EARLY]
    assert not course(given_at(0), 1).warnings[0].blocks


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        (43, [WarningKind.EARLY]), (44, []), (96, []), (168, []), (169, [WarningKind.LATE]),
    ],
)  # fmt: skip
def test_early_and_late_of_the_acute_part(hours: float, told: list[WarningKind]) -> None:
    assert kinds(course(given_at(0), hours / 24)) == told


@pytest.mark.parametrize(
    ("days", "told"),
    [(15, [WarningKind.EARLY]), (16, []), (40, []), (41, [WarningKind.LATE])],
)
def test_early_and_late_of_maintenance(days: float, told: list[WarningKind]) -> None:
    sessions = given_at(0, 3, 6, 9, 12, 15)
    found = course(sessions, 15 + days, reviewed(15, 6))
    assert kinds(found) == told


def test_late_asks_for_another_series() -> None:
    [warning] = course(given_at(0), 8).warnings
    assert warning.text == (
        "8 days since the last infusion, usual to 4 days: begin another series?"
    )


def test_the_hard_minimum_counts_infusions_for_whatever_indication() -> None:
    found = course(given_at(0, indication=PAIN), 0.5)
    assert (found.position, kinds(found)) == ("1/6", [WarningKind.TOO_SOON])
    assert kinds(course(given_at(0, indication=PAIN), 1.1)) == []


def test_too_often_is_told_counted_with_the_next_one() -> None:
    eleven = given_at(*range(0, 22, 2))
    assert WarningKind.OFTEN not in kinds(course(eleven, 22))
    twelve = given_at(*range(0, 24, 2))
    assert WarningKind.OFTEN in kinds(course(twelve, 24))
    assert WarningKind.OFTEN not in kinds(course(twelve, 24 + 28))


def test_another_course_counts_from_one_again() -> None:
    begun = CourseBegun(patient=P1, at=START + 100 * DAY, by=PAUL, indication=DEPRESSION)
    sessions = given_at(0, 3, 6, 101)
    found = course(sessions, 104, begun)
    assert (found.position, found.given) == ("2/6", 1)
    assert [s.session for s in found.sessions] == ["s4"]
    other = msgspec.structs.replace(begun, indication=PAIN)
    assert course(sessions, 104, other).position == "5/6"


def test_a_review_is_due_after_the_third_and_the_sixth() -> None:
    three, six = given_at(0, 3, 6), given_at(0, 3, 6, 9, 12, 15)
    assert course(given_at(0, 3), 6).review_due_after is None
    assert course(three, 7).review_due_after == 3
    assert course(three, 8, reviewed(7, 3)).review_due_after is None
    assert course(six, 16, reviewed(7, 3)).review_due_after == 6
    assert course(six, 17, reviewed(16, 6)).review_due_after is None


def test_a_review_of_another_indication_is_not_this_ones() -> None:
    other = msgspec.structs.replace(reviewed(7, 3), indication=PAIN)
    assert course(given_at(0, 3, 6), 8, other).review_due_after == 3


def test_a_review_that_stopped_the_course_is_told_until_another_one_goes_on() -> None:
    stop = reviewed(7, 3, ReviewOutcome.STOP)
    found = course(given_at(0, 3, 6), 8, stop)
    assert [w.text for w in found.warnings] == ["Paul Prescriber ended the course: as discussed"]
    assert kinds(course(given_at(0, 3, 6), 9, stop, reviewed(8, 3))) == []


def test_half_the_first_score_is_response_and_below_five_remission() -> None:
    scores = [scored(0, 20), scored(3, 11), scored(6, 10), scored(9, 4)]
    found = mark_scores(scores[::-1], DEPRESSION, RULES)
    assert [s.scored.score for s in found] == [20, 11, 10, 4]
    assert [s.fall_percent for s in found] == [0, 45, 50, 80]
    assert [s.marks for s in found] == [
        (), (), (Mark.RESPONSE,), (Mark.RESPONSE, Mark.REMISSION),
    ]  # fmt: skip


def test_pain_has_a_response_and_no_remission() -> None:
    def pain(day: float, score: int) -> OutcomeScored:
        return scored(day, score, OutcomeMeasure.PAIN_NRS)

    found = mark_scores([pain(0, 8), pain(3, 4), pain(6, 0), scored(6, 1)], PAIN, RULES)
    assert [s.marks for s in found] == [(), (Mark.RESPONSE,), (Mark.RESPONSE,)]


def test_who_began_well_is_not_in_remission_by_that() -> None:
    found = mark_scores([scored(0, 4), scored(3, 3)], DEPRESSION, RULES)
    assert found[1].marks == ()
    from_zero = mark_scores([scored(0, 0), scored(3, 0)], DEPRESSION, RULES)
    assert [s.fall_percent for s in from_zero] == [None, None]


def test_a_small_fall_after_the_fourth_asks_whether_to_go_on() -> None:
    scores = (scored(-1, 20), scored(8, 17))
    assert WarningKind.POOR_RESPONSE not in kinds(course(given_at(0, 3, 6), 9, *scores))
    found = course(given_at(0, 3, 6, 9), 12, *scores)
    assert "the score fell by 15 % after 4 infusions: go on?" in [w.text for w in found.warnings]
    better = course(given_at(0, 3, 6, 9), 12, *scores, scored(11, 16))
    assert WarningKind.POOR_RESPONSE not in kinds(better)


def test_the_first_score_of_another_course_is_the_last_one_before_it() -> None:
    begun = CourseBegun(patient=P1, at=START + 100 * DAY, by=PAUL, indication=DEPRESSION)
    scores = (scored(0, 20), scored(15, 6), scored(99, 18), scored(103, 9))
    found = course(given_at(0, 101), 104, begun, *scores)
    assert [(s.scored.score, s.marks) for s in found.scores] == [(18, ()), (9, (Mark.RESPONSE,))]


def test_last_time_is_the_session_before_this_one() -> None:
    first, second, third = given_at(0, 3, 6)
    second = msgspec.structs.replace(
        second,
        peak=PeakPressure(sys=168, dia=98, observed_at=START + 3 * DAY),
        worst_dissociation=6,
        tolerated_rate_mg_kg_h=0.5,
        rescue_drugs=("ondansetron 4 mg",),
        what_helped="hand held, music off",
    )
    card = last_time([third, first, second], third.started_at, but=third.session)
    assert card is not None
    assert (card.last, card.days_ago) == (second, 3)
    assert last_time([first], first.started_at, but=first.session) is None
    assert last_time([], START) is None


def test_what_was_not_recorded_last_time_is_not_made_up() -> None:
    card = last_time(given_at(0), START + DAY)
    assert card is not None
    assert (card.last.peak, card.last.worst_dissociation) == (None, None)


def test_events_of_a_patient_come_back_from_the_record_as_they_were() -> None:
    events: list[PatientsEvent] = [
        PatientRegistered(patient=P1, at=START, by=NORA, identity=ANNA),
        CourseBegun(patient=P1, at=START, by=PAUL, indication=DEPRESSION),
        scored(0, 20),
        reviewed(7, 3),
    ]
    written = [msgspec.json.encode(event) for event in events]
    assert [msgspec.json.decode(w, type=PatientsEvent) for w in written] == events


def test_a_moment_before_the_last_session_does_not_count_backwards() -> None:
    found = course_of(DEPRESSION, given_at(0), (), datetime_before(), RULES)
    assert kinds(found) == [WarningKind.TOO_SOON]


def datetime_before() -> datetime:
    return START - timedelta(minutes=1)
