"""Questions before going home, answered, and handovers given: past tense, frozen."""

from typing import TypeAlias

from infusion.deeds import Deed


class HomeQuestionsAnswered(Deed, frozen=True, kw_only=True, tag=True):
    """Questions before going home were answered with yes or no; a later answer takes its place."""

    answers: dict[str, bool]


class HandoverGiven(Deed, frozen=True, kw_only=True, tag=True):
    """`by` handed the patient over in these words, and signed them with name and PIN.

    `drafted`: the text as it was made from the record, before it was edited. `to`: who takes over,
    as named; empty if nobody is named.
    """

    text: str
    drafted: str
    to: str = ""


CareEvent: TypeAlias = HomeQuestionsAnswered | HandoverGiven
