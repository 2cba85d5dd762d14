"""Scales on which a person chooses a level, and the questionnaires that only count."""

from collections.abc import Callable

import pytest

from infusion.scores.cadss import cadss_total
from infusion.scores.cssrs import Question, Triage, screen
from infusion.scores.dissociation import dissociation
from infusion.scores.moaas import moaas
from infusion.scores.nausea import nausea
from infusion.scores.pain import pain
from infusion.scores.phq9 import ASKS_FOR_SAFETY, phq9
from infusion.scores.rass import rass
from infusion.scores.score import Score
from tests.fixtures.clinic import START
from tests.fixtures.recovery import score_rules

TRIAGE = score_rules().cssrs


@pytest.mark.parametrize(
    ("scale", "lowest", "highest"),
    [(moaas, 0, 5), (rass, -5, 4), (pain, 0, 10), (nausea, 0, 3), (dissociation, 0, 10),
     (cadss_total, 0, 92)],
)  # fmt: skip
def test_a_scale_takes_its_levels_and_nothing_else(
    scale: Callable[..., Score], lowest: int, highest: int
) -> None:
    for level in (lowest, highest):
        score = scale(level, START)
        assert score.total == level
        assert score.items[0].points == level
        assert score.items[0].why == score.meaning != ""
    for level in (lowest - 1, highest + 1):
        score = scale(level, START)
        assert score.total is None
        assert f"{level} is not on the scale ({lowest} to {highest})" in score.text
    assert scale(None, START).text.endswith("missing")


def test_awake_is_the_top_of_moaas_and_combative_that_of_rass() -> None:
    assert "prompt reply" in moaas(5, START).meaning
    assert "no reaction" in moaas(0, START).meaning
    assert "combative" in rass(4, START).meaning
    assert "unrousable" in rass(-5, START).meaning


@pytest.mark.parametrize(
    ("level", "word"),
    [(0, "none"), (1, "mild"), (3, "mild"), (4, "moderate"), (6, "moderate"), (7, "severe"),
     (10, "severe")],
)  # fmt: skip
def test_pain_has_the_customary_bands(level: int, word: str) -> None:
    assert pain(level, START).meaning == word


@pytest.mark.parametrize(
    ("total", "word"),
    [(0, "minimal"), (4, "minimal"), (5, "mild"), (9, "mild"), (10, "moderate"),
     (14, "moderate"), (15, "moderately severe"), (19, "moderately severe"), (20, "severe"),
     (27, "severe")],
)  # fmt: skip
def test_phq9_has_the_bands_of_its_paper(total: int, word: str) -> None:
    answers = [3] * (total // 3) + [total % 3] + [0] * 8
    score = phq9(answers[:9], START)
    assert (score.total, score.meaning) == (total, word)


def test_the_ninth_question_asks_for_the_safety_questions() -> None:
    assert phq9([0] * 8 + [1], START).notes == (ASKS_FOR_SAFETY,)
    assert phq9([3] * 8 + [0], START).notes == ()
    unfinished = phq9([None] * 8 + [1], START)
    assert unfinished.total is None
    assert unfinished.notes == (ASKS_FOR_SAFETY,)


def test_an_unanswered_question_leaves_phq9_without_a_number() -> None:
    answers = [1, 1, None, 1, 1, 1, 1, 1]
    assert phq9(answers, START).text == (
        "PHQ-9 cannot be computed: question 3 missing, question 9 missing"
    )
    assert "question 1 4 is not on the scale" in phq9([4] + [0] * 8, START).text


NO = dict.fromkeys(Question, False)


@pytest.mark.parametrize(
    ("yes", "triage"),
    [
        ((), Triage.NONE),
        ((Question.ONE,), Triage.LOW),
        ((Question.ONE, Question.TWO), Triage.LOW),
        ((Question.TWO, Question.THREE), Triage.MODERATE),
        ((Question.SIX_EVER,), Triage.MODERATE),
        ((Question.TWO, Question.FOUR), Triage.HIGH),
        ((Question.TWO, Question.FIVE), Triage.HIGH),
        ((Question.SIX_EVER, Question.SIX_RECENT), Triage.HIGH),
    ],
)
def test_the_triage_of_the_safety_questions_is_the_clinics(
    yes: tuple[Question, ...], triage: Triage
) -> None:
    found = screen({**NO, **dict.fromkeys(yes, True)}, START, TRIAGE)
    assert found.triage is triage
    assert found.lacking == ()
    if yes:
        assert f"question {yes[-1].value}" in found.because
    other = {**TRIAGE, Question.ONE: Triage.HIGH}
    if Question.ONE in yes:
        assert screen({**NO, Question.ONE: True}, START, other).triage is Triage.HIGH


def test_a_no_to_question_2_skips_to_question_6_and_a_yes_does_not() -> None:
    short = {Question.ONE: True, Question.TWO: False, Question.SIX_EVER: False}
    assert screen(short, START, TRIAGE).text == "C-SSRS low: question 1"
    found = screen({**short, Question.TWO: True}, START, TRIAGE)
    assert found.triage is None
    assert found.text == ("C-SSRS cannot be computed: question 3, question 4, question 5 missing")
    assert screen({}, START, TRIAGE).triage is None


def test_what_is_high_already_does_not_wait_for_the_rest() -> None:
    found = screen({Question.ONE: True, Question.TWO: True, Question.FOUR: True}, START, TRIAGE)
    assert found.triage is Triage.HIGH
    assert found.text == "C-SSRS high: question 4"
    assert "question 5" in found.lacking


def test_a_yes_counts_even_where_the_form_would_have_skipped_it() -> None:
    found = screen({**NO, Question.FIVE: True}, START, TRIAGE)
    assert found.triage is Triage.HIGH
