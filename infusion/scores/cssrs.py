"""C-SSRS screener: which of the answers of the clinic's own form were yes, and the triage of it.

The questions are copyrighted (Columbia Lighthouse Project), so they are known here by number only.
After a no to question 2 the form goes on to question 6. The triage of each yes is configuration:
organisations set their own.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Final

import msgspec

SCALE: Final = "C-SSRS"


class Question(str, Enum):
    """What may be answered; question 6 twice, by how long ago that was."""

    ONE = "1"
    TWO = "2"
    THREE = "3"
    FOUR = "4"
    FIVE = "5"
    SIX_EVER = "6, ever"
    SIX_RECENT = "6, last 3 months"


class Triage(str, Enum):
    """How urgent the answers are, rising."""

    NONE = "none"
    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"


_RISING: Final = tuple(Triage)
_ONLY_AFTER_TWO: Final = (Question.THREE, Question.FOUR, Question.FIVE)


class SuicideScreen(msgspec.Struct, frozen=True, kw_only=True):
    """The triage of a screening at `at` (UTC), and which answers made it so.

    `triage` is None while answers lack, unless what is there is HIGH already.
    """

    at: datetime
    triage: Triage | None
    because: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """One line: `C-SSRS high: question 4`, or which answers lack."""
        if self.triage is None:
            return f"{SCALE} cannot be computed: {', '.join(self.lacking)} missing"
        told = f": {', '.join(self.because)}" if self.because else ""
        return f"{SCALE} {self.triage.value}{told}"


def screen(
    answers: Mapping[Question, bool], at: datetime, triage_of: Mapping[Question, Triage]
) -> SuicideScreen:
    """The triage of `answers` by what the clinic says each yes is worth."""
    found = [q for q in Question if answers.get(q)]
    worst = max((triage_of[q] for q in found), key=_RISING.index, default=Triage.NONE)
    because = tuple(f"question {q.value}" for q in found if triage_of[q] is worst)
    lacking = tuple(f"question {q.value}" for q in _asked(answers) if q not in answers)
    if lacking and worst is not Triage.HIGH:
        return SuicideScreen(at=at, triage=None, lacking=lacking)
    return SuicideScreen(at=at, triage=worst, because=because, lacking=lacking)


def is_at_least(triage: Triage, other: Triage) -> bool:
    """Whether a triage is as urgent as another, or more."""
    return _RISING.index(triage) >= _RISING.index(other)


def _asked(answers: Mapping[Question, bool]) -> tuple[Question, ...]:
    """The questions that have to be answered, given the answer to question 2 and question 6."""
    skipped = set() if answers.get(Question.TWO, True) else set(_ONLY_AFTER_TWO)
    if answers.get(Question.SIX_EVER) is False:
        skipped.add(Question.SIX_RECENT)
    return tuple(q for q in Question if q not in skipped)
