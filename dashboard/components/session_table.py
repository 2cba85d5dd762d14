"""The sessions of a course, one a line: dose, highest BP, pauses, rate, score with its marks."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

import htpy as h

from dashboard.components.last_time_card import dose_text, since_signed_text
from dashboard.local_time import moment_text
from dashboard.words import MEASURE_WORDS
from infusion.configuration import OutcomeMeasure
from infusion.course import Course
from infusion.outcome import MarkedScore
from infusion.scores.phq9 import QUESTIONS, phq9, severity
from infusion.summary import SessionSummary
from vocabulary.ids import SessionId

NOTHING = "\N{EN DASH}"
_COLUMNS = (
    "Number", "Start", "Dose", "Highest BP", "Dissociation", "Tolerated rate", "Pauses",
    "Rescue drugs", "Score",
)  # fmt: skip


def session_table(course: Course, zone: tzinfo, now: datetime) -> h.Node:
    """Each session that gave drug, first to last."""
    if not course.sessions:
        return h.p["No infusion of this course yet."]
    return h.div(".scroll-box", tabindex="0", role="region", aria_label="sessions of the course")[
        h.table(".table")[
            h.thead[h.tr[(h.th(scope="col")[words] for words in _COLUMNS)]],
            h.tbody[(_line(summary, course, zone, now) for summary in course.sessions)],
        ]
    ]


def _line(summary: SessionSummary, course: Course, zone: tzinfo, now: datetime) -> h.Element:
    peak, rate = summary.peak, summary.tolerated_rate_mg_kg_h
    worst, cadss = summary.worst_dissociation, summary.highest_cadss
    early = f", ended early: {summary.ended_early}" if summary.ended_early else ""
    return h.tr(data_session_row=summary.session)[
        h.th(scope="row")[course.position_of(summary.session)],
        h.td[h.a(href=f"/session/{summary.session}")[moment_text(summary.started_at, zone, now)]],
        h.td[f"{dose_text(summary)}{early}", _since_signed(summary)],
        h.td[NOTHING if peak is None else f"{peak.sys:.0f}/{peak.dia:.0f} mmHg"],
        h.td[_or_dash(worst), "" if cadss is None else f", CADSS {cadss}"],
        h.td[NOTHING if rate is None else f"{rate:.2f} mg/kg/h"],
        h.td[str(summary.pauses)],
        h.td[", ".join(summary.rescue_drugs) or "none"],
        h.td[_score_of(summary.session, course.scores)],
    ]


def _since_signed(summary: SessionSummary) -> h.Node:
    found = summary.recalculated
    if found is None:
        return None
    is_open = None if found.is_covered else ""
    return [
        " ",
        h.span(".badge", data_since_signed="", data_open=is_open)[since_signed_text(summary)],
    ]


def score_list(scores: Sequence[MarkedScore], zone: tzinfo, now: datetime) -> h.Node:
    """The scores of a course in order, each against the first."""
    if not scores:
        return h.p["No score yet."]
    return h.ul(".scores")[
        (
            h.li(data_score=str(marked.scored.score))[
                h.strong[f"{measure_words(marked)} {marked.scored.score}"],
                h.span(".soft")[f" {moment_text(marked.scored.at, zone, now)}"],
                _fall(marked, is_first=marked is scores[0]),
                _marks(marked),
                _answers(marked),
            ]
            for marked in scores
        )
    ]


def measure_words(marked: MarkedScore) -> str:
    """What was scored, as it is called."""
    return MEASURE_WORDS[marked.scored.measure]


def _answers(marked: MarkedScore) -> h.Node:
    """What a PHQ-9 says by itself, and the points of its questions, folded."""
    scored = marked.scored
    if scored.measure is not OutcomeMeasure.PHQ9:
        return None
    told = f", {severity(scored.score)}"
    if not scored.items:
        return told
    score = phq9(scored.items, scored.at)
    return [
        told,
        [h.span(".badge")[note] for note in score.notes],
        h.details[
            h.summary["Answers"],
            h.ul[
                (
                    h.li[f"{question}: {item.points}, {item.why.lower()}"]
                    for question, item in zip(QUESTIONS, score.items, strict=True)
                )
            ],
        ],
    ]


def _score_of(session: SessionId, scores: Sequence[MarkedScore]) -> h.Node:
    found = [marked for marked in scores if marked.scored.session == session]
    if not found:
        return NOTHING
    return [f"{measure_words(found[-1])} {found[-1].scored.score}", _marks(found[-1])]


def _fall(marked: MarkedScore, *, is_first: bool) -> str:
    if is_first or marked.fall_percent is None:
        return ""
    words = "lower" if marked.fall_percent >= 0 else "higher"
    return f", {abs(marked.fall_percent):.0f} % {words} than the first"


def _marks(marked: MarkedScore) -> h.Node:
    return [[" ", h.span(".badge", data_mark=mark.value)[mark.value]] for mark in marked.marks]


def _or_dash(value: int | None) -> str:
    return NOTHING if value is None else str(value)
