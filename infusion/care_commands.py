"""What people may ask around a handover and before the patient goes home."""

from collections.abc import Mapping

from infusion.commands import Command


class AnswerHomeQuestions(Command, frozen=True, kw_only=True):
    """Answer questions before going home, or answer them anew."""

    answers: Mapping[str, bool]


class GiveHandover(Command, frozen=True, kw_only=True):
    """Hand over in these words. `drafted`: as they were made from the record; `to`: to whom."""

    text: str
    drafted: str
    to: str = ""
