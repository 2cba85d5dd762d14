"""The series of infusions of one patient: where it stands, what is next, what it did.

A session counts once drug was given. Gaps are measured from start to start of the drug.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import Enum

import msgspec

from infusion.configuration import CourseRules, GapRules
from infusion.outcome import MarkedScore, mark_scores
from infusion.patient import Indication
from infusion.patient_events import (
    CourseBegun,
    CourseReviewed,
    OutcomeScored,
    PatientsEvent,
    ReviewOutcome,
)
from infusion.summary import SessionSummary
from vocabulary.ids import SessionId


class CoursePart(str, Enum):
    """Which part of the treatment the next infusion belongs to."""

    ACUTE = "acute"
    MAINTENANCE = "maintenance"


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """When the next infusion should start: never before `not_before`. UTC."""

    not_before: datetime
    target_from: datetime
    target_to: datetime


class WarningKind(str, Enum):
    """What is unusual about an infusion now."""

    TOO_SOON = "too_soon"
    EARLY = "early"
    LATE = "late"
    OFTEN = "often"
    POOR_RESPONSE = "poor_response"
    STOPPED = "stopped"


class CourseWarning(msgspec.Struct, frozen=True, kw_only=True):
    """Something to think of before the next infusion. `blocks`: it must not start."""

    kind: WarningKind
    text: str
    blocks: bool = False


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where an infusion stands in its course: `number` of `of`, or of the maintenance if None."""

    number: int
    of: int | None


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """Where a course stands at a moment.

    `sessions`: of this course, in order; `given` of them so far, so that the next one is number
    `number`. `planned`: how many the acute part has. `review_due_after`: the number of infusions
    after which a review is missing.
    """

    part: CoursePart
    sessions: tuple[SessionSummary, ...]
    given: int
    number: int
    planned: int
    last_started_at: datetime | None
    days_since_last: int | None
    next_window: Window | None
    warnings: tuple[CourseWarning, ...]
    review_due_after: int | None
    scores: tuple[MarkedScore, ...]

    @property
    def position(self) -> str:
        """Where the next infusion stands: `4/6`, then `maintenance 2`."""
        return _position(self.number, self.planned)

    def position_of(self, session: SessionId) -> str:
        """Where a session stands; one that gave no drug yet is the next one."""
        return _position(self._number_of(session), self.planned)

    def place_of(self, session: SessionId) -> Place:
        """The same, in numbers."""
        number = self._number_of(session)
        if number <= self.planned:
            return Place(number=number, of=self.planned)
        return Place(number=number - self.planned, of=None)

    def _number_of(self, session: SessionId) -> int:
        ids = [summary.session for summary in self.sessions]
        return ids.index(session) + 1 if session in ids else self.number


def course_of(
    indication: Indication,
    summaries: Iterable[SessionSummary],
    events: Sequence[PatientsEvent],
    now: datetime,
    rules: CourseRules,
) -> Course:
    """The course for `indication` at `now`, from the sessions that gave drug, in any order.

    A session under way counts once drug was given; the tile then shows its `position_of`.
    """
    begun_at = _begun_at(events, indication)
    all_of_patient = sorted(summaries, key=lambda s: (s.started_at, s.session))
    ours = [
        s
        for s in all_of_patient
        if s.indication is indication and (begun_at is None or s.started_at >= begun_at)
    ]
    # the hard minimum and how often is a matter of the drug, whatever it was given for
    last = all_of_patient[-1].started_at if all_of_patient else None
    given = len(ours)
    part = CoursePart.ACUTE if given < rules.acute_sessions else CoursePart.MAINTENANCE
    gap = rules.acute if part is CoursePart.ACUTE else rules.maintenance
    reviews = _reviews(events, indication, begun_at)
    scores = mark_scores(_scores(events, indication, begun_at, rules), indication, rules)
    warnings = _warnings_of_gap(last, now, gap, rules, is_first=not ours)
    warnings += _warnings_of_frequency(all_of_patient, now, rules)
    warnings += _warning_of_response(given, scores, rules) + _warning_of_review(reviews)
    return Course(
        part=part,
        sessions=tuple(ours),
        given=given,
        number=given + 1,
        planned=rules.acute_sessions,
        last_started_at=last,
        days_since_last=None if last is None else max(0, (now - last).days),
        next_window=None if last is None else _window(last, gap, rules, is_first=not ours),
        warnings=tuple(warnings),
        review_due_after=_review_due(given, reviews, rules),
        scores=scores,
    )


def _position(number: int, planned: int) -> str:
    return f"{number}/{planned}" if number <= planned else f"maintenance {number - planned}"


def _begun_at(events: Sequence[PatientsEvent], indication: Indication) -> datetime | None:
    begun = [e.at for e in events if isinstance(e, CourseBegun) and e.indication is indication]
    return max(begun, default=None)


def _scores(
    events: Sequence[PatientsEvent],
    indication: Indication,
    begun_at: datetime | None,
    rules: CourseRules,
) -> list[OutcomeScored]:
    """The scores of this course; the last one before it began is its first."""
    measure = rules.outcome_of[indication]
    scores = sorted(
        (e for e in events if isinstance(e, OutcomeScored) and e.measure is measure),
        key=lambda e: e.at,
    )
    if begun_at is None:
        return scores
    return [*[s for s in scores if s.at < begun_at][-1:], *(s for s in scores if s.at >= begun_at)]


def _window(last: datetime, gap: GapRules, rules: CourseRules, *, is_first: bool) -> Window:
    not_before = last + timedelta(hours=rules.hard_minimum_h)
    if is_first:  # of another course: nothing but the hard minimum holds it
        return Window(not_before=not_before, target_from=not_before, target_to=not_before)
    return Window(
        not_before=not_before,
        target_from=last + timedelta(hours=gap.target_from_h),
        target_to=last + timedelta(hours=gap.target_to_h),
    )


def _warnings_of_gap(
    last: datetime | None, now: datetime, gap: GapRules, rules: CourseRules, *, is_first: bool
) -> list[CourseWarning]:
    if last is None:
        return []
    hours = max(0.0, (now - last).total_seconds() / 3600)
    if hours < rules.hard_minimum_h:
        text = f"{_time(hours)} since the last infusion, the least is {rules.hard_minimum_h:g} h"
        return [CourseWarning(kind=WarningKind.TOO_SOON, text=text, blocks=True)]
    if is_first:
        return []
    if hours < gap.early_before_h:
        text = f"{_time(hours)} since the last infusion, usual from {_time(gap.target_from_h)}"
        return [CourseWarning(kind=WarningKind.EARLY, text=text)]
    if hours > gap.late_after_h:
        text = (
            f"{_time(hours)} since the last infusion, usual to {_time(gap.target_to_h)}: "
            "begin another series?"
        )
        return [CourseWarning(kind=WarningKind.LATE, text=text)]
    return []


def _time(hours: float) -> str:
    """In whole hours, then days, that are over: 23.9 h are not a day."""
    return f"{int(hours)} h" if hours < 96 else f"{int(hours / 24)} days"


def _warnings_of_frequency(
    summaries: Sequence[SessionSummary], now: datetime, rules: CourseRules
) -> list[CourseWarning]:
    """Counted with the next infusion, as if it were now."""
    found = []
    for rule in rules.frequency:
        since = now - timedelta(days=rule.days)
        count = 1 + sum(1 for s in summaries if s.started_at > since)
        if count > rule.sessions:
            found.append(CourseWarning(kind=WarningKind.OFTEN, text=rule.advice))
    return found


def _warning_of_response(
    given: int, scores: Sequence[MarkedScore], rules: CourseRules
) -> list[CourseWarning]:
    if given < rules.poor_after or len(scores) < 2:
        return []
    fall = scores[-1].fall_percent
    if fall is None or fall >= rules.poor_below_percent:
        return []
    text = f"the score fell by {fall:.0f} % after {given} infusions: go on?"
    return [CourseWarning(kind=WarningKind.POOR_RESPONSE, text=text)]


def _reviews(
    events: Sequence[PatientsEvent], indication: Indication, begun_at: datetime | None
) -> list[CourseReviewed]:
    """The reviews of this course, in order of time."""
    ours = [
        e
        for e in events
        if isinstance(e, CourseReviewed)
        and e.indication is indication
        and (begun_at is None or e.at >= begun_at)
    ]
    return sorted(ours, key=lambda review: review.at)


def _warning_of_review(reviews: Sequence[CourseReviewed]) -> list[CourseWarning]:
    if not reviews or reviews[-1].outcome is not ReviewOutcome.STOP:
        return []
    text = f"{reviews[-1].by.printed_name} ended the course: {reviews[-1].note}"
    return [CourseWarning(kind=WarningKind.STOPPED, text=text)]


def _review_due(given: int, reviews: Sequence[CourseReviewed], rules: CourseRules) -> int | None:
    """The highest number reached after which a review is due and missing."""
    reached = [number for number in rules.review_after if number <= given]
    if not reached:
        return None
    reviewed = max((review.after_session for review in reviews), default=0)
    return reached[-1] if reviewed < reached[-1] else None
