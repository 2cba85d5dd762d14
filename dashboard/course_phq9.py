"""The nine questions of the PHQ-9, as the patient answers them; the sum is worked out."""

from datetime import datetime
from typing import TYPE_CHECKING, Final

from dashboard.acting import Follows
from dashboard.forms.fields import ChoiceField, Field
from dashboard.forms.form import Sent
from infusion.commands import Refused
from infusion.configuration import OutcomeMeasure
from infusion.decisions.course import score_course
from infusion.patient_events import OutcomeScored
from infusion.scores.phq9 import ANSWERS, QUESTIONS, phq9
from record.chains import Log
from vocabulary.ids import SessionId

if TYPE_CHECKING:
    from dashboard.course_forms import CourseScene

EXPLAIN: Final = (
    "Over the last two weeks, how often was the patient bothered by each of these? The sum, and "
    "what it says against the first one, is worked out."
)
_ANSWER: Final = "question-{}"


def phq9_fields() -> tuple[Field, ...]:
    """The nine questions, each with its four answers."""
    answers = [(str(points), f"{points} {words}") for points, words in ANSWERS.items()]
    return tuple(
        ChoiceField(
            name=_ANSWER.format(number),
            label=f"{number}. {question}",
            options=answers,
            is_required=False,
            aside="",
        )
        for number, question in enumerate(QUESTIONS, start=1)
    )


def score_phq9(scene: "CourseScene", sent: Sent, _: Log, now: datetime) -> Follows:
    """The score of the answers, or which are missing."""
    typed = [sent.get(_ANSWER.format(number)) for number in range(1, len(QUESTIONS) + 1)]
    answers = [None if each is None else int(each) for each in typed]
    at: datetime = sent.values["at"]
    score = phq9(answers, at)
    if score.total is None:
        return Refused(reason=score.text, what_to_do="ask the patient what is missing")
    session = sent.get("session")
    scored = OutcomeScored(
        patient=scene.known.identity.patient,
        at=at,
        by=scene.by,
        measure=OutcomeMeasure.PHQ9,
        score=score.total,
        session=None if session is None else SessionId(session),
        items=tuple(item.points for item in score.items),
    )
    rules = scene.parts.configuration
    return score_course(scored, now, rules.sessions.people, rules.course)
