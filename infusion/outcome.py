"""What a score says about a course: response and remission against its first score."""

from collections.abc import Sequence
from enum import Enum

import msgspec

from infusion.configuration import CourseRules, OutcomeRules
from infusion.patient import Indication
from infusion.patient_events import OutcomeScored


class Mark(str, Enum):
    """How far an outcome score has fallen since the beginning of the course."""

    RESPONSE = "response"
    REMISSION = "remission"


class MarkedScore(msgspec.Struct, frozen=True, kw_only=True):
    """A score, the fall since the first one in percent (None: it was 0), and its marks."""

    scored: OutcomeScored
    fall_percent: float | None
    marks: tuple[Mark, ...]


def mark_scores(
    scores: Sequence[OutcomeScored], indication: Indication, rules: CourseRules
) -> tuple[MarkedScore, ...]:
    """Each score of a course, in order of time, and what it means against the first."""
    measure = rules.outcome_of[indication]
    ordered = sorted((s for s in scores if s.measure is measure), key=lambda s: s.at)
    if not ordered:
        return ()
    first = ordered[0]
    outcome = rules.outcomes[measure]
    return (
        MarkedScore(scored=first, fall_percent=0.0 if first.score else None, marks=()),
        *(_marked(score, first.score, outcome) for score in ordered[1:]),
    )


def _marked(scored: OutcomeScored, first: int, rules: OutcomeRules) -> MarkedScore:
    fall = None if first == 0 else 100 * (first - scored.score) / first
    marks = []
    if fall is not None and fall >= rules.response_fall_percent:
        marks.append(Mark.RESPONSE)
    if rules.remission_below is not None and scored.score < rules.remission_below <= first:
        marks.append(Mark.REMISSION)
    return MarkedScore(scored=scored, fall_percent=fall, marks=tuple(marks))
