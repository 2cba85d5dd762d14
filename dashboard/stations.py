"""Which open screens can be heard: a quiet room shows whether anybody else would be."""

from typing import Final

import msgspec

from vocabulary.ids import WardId

LONGEST_WORD: Final = 400
"""Bytes of what a screen says of itself; anything longer is none of ours."""


class ScreenSaid(msgspec.Struct, frozen=True):
    """What a screen says of itself, each when it changes.

    `sound`: on, blocked, quiet, fault or none; None is no word of it. `painted`, `sounded`: the
    alarm of a self-test that it shows, and whose sound it has played.
    """

    sound: str | None = None
    painted: str = ""
    sounded: str = ""


_decoder: Final = msgspec.json.Decoder(ScreenSaid)


def read_said(text: str) -> ScreenSaid | None:
    """What a screen said; None if it is nothing that a screen of ours says."""
    if len(text) > LONGEST_WORD:
        return None
    try:
        return _decoder.decode(text)
    except (msgspec.MsgspecError, RecursionError):
        return None


class Stations:
    """The screens of each ward that can be heard now. For the event loop only."""

    def __init__(self) -> None:
        self._heard: dict[WardId, set[int]] = {}

    def note(self, ward: WardId, screen: int, *, is_heard: bool) -> bool:
        """Take in whether a screen can be heard; whether that is news."""
        heard = self._heard.setdefault(ward, set())
        if is_heard == (screen in heard):
            return False
        (heard.add if is_heard else heard.discard)(screen)
        return True

    def count(self, ward: WardId) -> int:
        """How many screens of `ward` can be heard."""
        return len(self._heard.get(ward, ()))
