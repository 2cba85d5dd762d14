"""Help at a bed that has no session: who called, and who ended it. With one it is the session's."""

from collections.abc import Iterable
from typing import TypeAlias

from infusion.duty.events import WardDeed
from vocabulary.ids import BedId


class BedHelpCalled(WardDeed, frozen=True, kw_only=True, tag=True):
    """Somebody is wanted at a bed now. `by`: a person, or the screen where it was pressed."""

    bed: BedId


class BedHelpEnded(WardDeed, frozen=True, kw_only=True, tag=True):
    """`by` came to the bed, or nobody is wanted any more."""

    bed: BedId


BedHelp: TypeAlias = BedHelpCalled | BedHelpEnded
"""Calls for help at beds without a session, and their ends."""


def open_bed_help(events: Iterable[object]) -> dict[BedId, BedHelpCalled]:
    """The calls that nobody has ended, by bed; of several at one bed the oldest."""
    found: dict[BedId, BedHelpCalled] = {}
    for event in events:
        if isinstance(event, BedHelpCalled):
            found.setdefault(event.bed, event)
        elif isinstance(event, BedHelpEnded):
            found.pop(event.bed, None)
    return found
