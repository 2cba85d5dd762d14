"""Forms about a course of treatment: a score, a review, another course."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Final

from dashboard.acting import Deed, Done, Follows, do
from dashboard.context import Services
from dashboard.course_phq9 import EXPLAIN, phq9_fields, score_phq9
from dashboard.forms.fields import ChoiceField, Field, MomentField, NumberField, TextField
from dashboard.forms.form import Form, Sent
from dashboard.patient_shelf import KnownPatient
from dashboard.summaries import sessions_of, summaries_of
from dashboard.words import INDICATION_WORDS
from infusion.commands import Refused
from infusion.configuration import OutcomeMeasure
from infusion.course import Course, course_of
from infusion.decisions.course import begin_course, review_course, score_course
from infusion.happenings import patient_chain
from infusion.patient import Indication, Person
from infusion.patient_events import CourseBegun, CourseReviewed, OutcomeScored, ReviewOutcome
from record.chains import Log
from vocabulary.ids import SessionId

_OUTCOMES: Final = (
    (ReviewOutcome.GO_ON.value, "Go on"),
    (ReviewOutcome.CHANGE.value, "Change"),
    (ReviewOutcome.STOP.value, "Stop"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseScene:
    """Whose course, who looks, when (UTC). `about`: what the link to a form named."""

    parts: Services
    by: Person
    known: KnownPatient
    now: datetime
    zone: tzinfo
    about: Mapping[str, str] = field(default_factory=dict)

    def indications(self) -> list[Indication]:
        """What this patient is treated for, newest last; everything before any session."""
        kept = sessions_of(self.parts, self.known.identity.patient)
        found = list(dict.fromkeys(k.session.indication for k in kept))
        return found or list(Indication)

    def course(self, indication: Indication) -> Course:
        """Where a course stands now."""
        kept = sessions_of(self.parts, self.known.identity.patient)
        summaries = summaries_of(self.parts, kept)
        rules = self.parts.configuration.course
        return course_of(indication, summaries, self.known.events, self.now, rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseForm:
    """One form: what it asks, and the decision that follows from what was sent."""

    name: str
    title: str
    submit: str
    done: str
    fields: Callable[[CourseScene], tuple[Field, ...]]
    decide: Callable[[CourseScene, Sent, Log, datetime], Follows]
    explain: str = ""

    def form(self, scene: CourseScene) -> Form:
        """The form as it stands on a page. Blocks."""
        return Form(
            name=self.name,
            action=f"/patient/{scene.known.identity.patient}/{self.name}",
            title=self.title,
            submit=self.submit,
            fields=self.fields(scene),
            explain=self.explain or None,
        )


def do_course_form(name: str, scene: CourseScene, sent: Sent) -> Done | Refused:
    """Do what a form says. Blocks; may raise RecordUnavailable."""
    form = COURSE_FORMS[name]
    deed = Deed(
        chain=patient_chain(scene.known.identity.patient),
        by=scene.by,
        token=sent.token,
        decide=lambda log, now: form.decide(scene, sent, log, now),
    )
    return do(scene.parts.record, deed)


def _indication_field(scene: CourseScene) -> ChoiceField:
    found = scene.indications()
    return ChoiceField(
        name="indication",
        label="Indication",
        options=[(i.value, INDICATION_WORDS[i]) for i in found],
        initial=found[-1].value if len(found) < len(Indication) else "",
    )


def _local(scene: CourseScene) -> str:
    return f"{scene.now.astimezone(scene.zone):%Y-%m-%dT%H:%M}"


def _score_fields(scene: CourseScene) -> tuple[Field, ...]:
    outcomes = scene.parts.configuration.course.outcomes
    options = [(m.value, m.value.upper().replace("_", " ")) for m in outcomes]
    of = scene.parts.configuration.course.outcome_of[scene.indications()[-1]]
    return (
        ChoiceField(name="measure", label="Score", options=options, initial=of.value),
        NumberField(name="score", label="Sum", low=Decimal(0)),
        *_taken_fields(scene),
    )


def _taken_fields(scene: CourseScene) -> tuple[Field, ...]:
    """At which session a score was taken, and when."""
    kept = sessions_of(scene.parts, scene.known.identity.patient)
    taken_at = [
        (str(k.session.id), f"{k.session.plan.planned_for.astimezone(scene.zone):%-d %b %Y %H:%M}")
        for k in reversed(kept)
    ]
    return (
        ChoiceField(
            name="session",
            label="Taken at the session of",
            options=taken_at,
            initial=scene.about.get("session", ""),
            is_required=False,
            as_list=True,
        ),
        MomentField(name="at", label="When it was taken", initial=_local(scene)),
    )


def _score(scene: CourseScene, sent: Sent, _: Log, now: datetime) -> Follows:
    score: Decimal = sent.values["score"]
    if score != score.to_integral_value():
        return Refused(reason="a sum is a whole number", what_to_do="enter the sum of the scale")
    session = sent.get("session")
    scored = OutcomeScored(
        patient=scene.known.identity.patient,
        at=sent.values["at"],
        by=scene.by,
        measure=OutcomeMeasure(sent.values["measure"]),
        score=int(score),
        session=None if session is None else SessionId(session),
    )
    rules = scene.parts.configuration
    return score_course(scored, now, rules.sessions.people, rules.course)


def _review_fields(scene: CourseScene) -> tuple[Field, ...]:
    course = scene.course(scene.indications()[-1])
    after = course.review_due_after or course.given
    return (
        _indication_field(scene),
        NumberField(name="after", label="After infusion", initial=str(after) if after else ""),
        ChoiceField(name="outcome", label="What follows", options=_OUTCOMES),
        TextField(name="note", label="Note", lines=3, is_required=False),
    )


def _review(scene: CourseScene, sent: Sent, _: Log, now: datetime) -> Follows:
    indication = Indication(sent.values["indication"])
    review = CourseReviewed(
        patient=scene.known.identity.patient,
        at=now,
        by=scene.by,
        indication=indication,
        after_session=int(sent.values["after"]),
        outcome=ReviewOutcome(sent.values["outcome"]),
        note=sent.values.get("note", ""),
    )
    people = scene.parts.configuration.sessions.people
    return review_course(review, scene.course(indication).given, people)


def _begin(scene: CourseScene, sent: Sent, log: Log, now: datetime) -> Follows:
    begun = CourseBegun(
        patient=scene.known.identity.patient,
        at=now.astimezone(UTC),
        by=scene.by,
        indication=Indication(sent.values["indication"]),
    )
    return begin_course(begun, log.events, scene.parts.configuration.sessions.people)


COURSE_FORMS: Final[Mapping[str, CourseForm]] = {
    form.name: form
    for form in (
        CourseForm(
            name="score",
            title="Enter a score",
            submit="Save the score",
            done="Score saved",
            fields=_score_fields,
            decide=_score,
        ),
        CourseForm(
            name="phq9",
            title="PHQ-9",
            submit="Save the answers",
            done="PHQ-9 saved",
            fields=lambda scene: (*phq9_fields(), *_taken_fields(scene)),
            decide=score_phq9,
            explain=EXPLAIN,
        ),
        CourseForm(
            name="review",
            title="Review the course",
            submit="Save the review",
            done="Reviewed",
            fields=_review_fields,
            decide=_review,
        ),
        CourseForm(
            name="new-course",
            title="Begin another course",
            submit="The next infusion is its first",
            done="Course begun",
            fields=lambda scene: (_indication_field(scene),),
            decide=_begin,
        ),
    )
}
