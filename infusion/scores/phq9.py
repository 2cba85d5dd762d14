"""PHQ-9, nine questions about the last two weeks, 0 to 27.

Source: Kroenke, Spitzer, Williams, J Gen Intern Med 2001;16:606. The form itself says that no
permission is required to reproduce, translate, display or distribute it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from infusion.scores.score import Given, Score, Tally, banded, with_meaning

SCALE: Final = "PHQ-9"
VERSION: Final = "Kroenke 2001"
QUESTIONS: Final = (
    "Little interest or pleasure in doing things",
    "Feeling down, depressed, or hopeless",
    "Trouble falling or staying asleep, or sleeping too much",
    "Feeling tired or having little energy",
    "Poor appetite or overeating",
    (
        "Feeling bad about yourself - or that you are a failure or have let yourself or your "
        "family down"
    ),
    "Trouble concentrating on things, such as reading the newspaper or watching television",
    (
        "Moving or speaking so slowly that other people could have noticed? Or the opposite - "
        "being so fidgety or restless that you have been moving around a lot more than usual"
    ),
    "Thoughts that you would be better off dead or of hurting yourself in some way",
)
ANSWERS: Final = {
    0: "Not at all",
    1: "Several days",
    2: "More than half the days",
    3: "Nearly every day",
}
_BANDS: Final = (
    (4, "minimal"), (9, "mild"), (14, "moderate"), (19, "moderately severe"), (27, "severe"),
)  # fmt: skip
ASKS_FOR_SAFETY: Final = "question 9 asks for the safety questions (C-SSRS)"


def severity(total: int) -> str:
    """The word for a total, 0 to 27."""
    return banded(total, _BANDS)


def phq9(answers: Sequence[int | None], at: datetime) -> Score:
    """The total of the answers to the nine questions, in their order; None: not answered."""
    tally = Tally(at, 0)
    for number in range(1, len(QUESTIONS) + 1):
        answer = answers[number - 1] if number <= len(answers) else None
        tally.choice(f"question {number}", Given(value=answer, observed_at=at), ANSWERS)
    score = tally.score(SCALE, VERSION)
    if score.points_of(f"question {len(QUESTIONS)}"):
        score = msgspec.structs.replace(score, notes=(ASKS_FOR_SAFETY,))
    return score if score.total is None else with_meaning(score, severity(score.total))
