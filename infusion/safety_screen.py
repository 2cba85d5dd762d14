"""The safety screen that follows from the answers to the C-SSRS questions, by the clinic's triage.

The questions are known by number; their words stay on the clinic's own form.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from infusion.answers import Choice, YesNo
from infusion.observations.events import Basis, ObservedItem
from infusion.observations.values import Value
from infusion.scores.cssrs import Question, SuicideScreen, Triage, screen

SAFETY: Final = "safety"
"""The item of observation (protocol.yaml) that holds the triage."""
QUESTIONS: Final[Mapping[str, Question]] = {
    "cssrs_1": Question.ONE,
    "cssrs_2": Question.TWO,
    "cssrs_3": Question.THREE,
    "cssrs_4": Question.FOUR,
    "cssrs_5": Question.FIVE,
    "cssrs_6_ever": Question.SIX_EVER,
    "cssrs_6_recent": Question.SIX_RECENT,
}
"""The items of observation that are its questions."""


def screen_of(
    values: Mapping[str, Value], at: datetime, triage_of: Mapping[Question, Triage]
) -> SuicideScreen | None:
    """The triage of the answers among `values` (by item); None if no question was answered."""
    answers = {
        QUESTIONS[name]: value.is_yes
        for name, value in values.items()
        if name in QUESTIONS and isinstance(value, YesNo)
    }
    return screen(answers, at, triage_of) if answers else None


def with_screen(
    observed: Iterable[ObservedItem], at: datetime, triage_of: Mapping[Question, Triage]
) -> tuple[ObservedItem, ...]:
    """What was observed, and the safety screen if its questions are answered and it is not there.

    One that cannot be computed, because answers lack, is left out.
    """
    found = tuple(observed)
    said = {item.item: item.value for item in found}
    screened = screen_of(said, at, triage_of)
    if SAFETY in said or screened is None or screened.triage is None:
        return found
    triage = ObservedItem(
        item=SAFETY, value=Choice(option=screened.triage.value), basis=Basis.JUDGED
    )
    return (*found, triage)


def screen_change(
    before: Mapping[str, Value],
    observed: Iterable[ObservedItem],
    withdrawn: Iterable[str],
    triage_of: Mapping[Question, Triage],
    at: datetime,
) -> tuple[tuple[ObservedItem, ...], tuple[str, ...]]:
    """An amendment (what is said now, what is taken back) with what it makes of the screen.

    `before`: what held of the form, by item. A screen that cannot be computed any more is taken
    back with the answers.
    """
    changed, gone = tuple(observed), tuple(withdrawn)
    if SAFETY in gone or not any(name in QUESTIONS for name in (*gone, *(c.item for c in changed))):
        return changed, gone
    if any(item.item == SAFETY for item in changed):
        return changed, gone
    after = {name: value for name, value in before.items() if name not in gone}
    after.update({item.item: item.value for item in changed})
    held = after.pop(SAFETY, None)
    answered = [
        ObservedItem(item=name, value=value, basis=Basis.JUDGED) for name, value in after.items()
    ]
    screened = next((i for i in with_screen(answered, at, triage_of) if i.item == SAFETY), None)
    if screened is None:
        return changed, gone if held is None else (*gone, SAFETY)
    if screened.value == held:
        return changed, gone
    return (*changed, screened), gone
