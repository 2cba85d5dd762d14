"""What people may ask with their password: to sign, to co-sign, to write an addendum.

The screen that sends these has checked the password at that moment. `seen`: the hash of the content
that the person had before them; `seal`: the hash of the content as it is now.
"""

from infusion.commands import Command
from infusion.signature_events import Meaning, SealedSamples


class MakeReadyForSignOff(Command, frozen=True, kw_only=True):
    """Nothing is left to do but to sign. `open_items`: what is open, in words."""

    open_items: tuple[str, ...] = ()


class Sign(Command, frozen=True, kw_only=True):
    """What every signature states. `zone`: the clinic's time zone by its name."""

    seen: str
    seal: str
    zone: str


class SignSession(Sign, frozen=True, kw_only=True):
    """Seal the session. `blocking`: what is open and has to be closed first, in words.

    `exceptions`: what is open and lets it be signed with exception and `reason`.
    """

    content_format: str
    samples: tuple[SealedSamples, ...]
    blocking: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()
    reason: str = ""


class AddSignature(Sign, frozen=True, kw_only=True):
    """Sign as another person, for another meaning."""

    meaning: Meaning


class WriteAddendum(Sign, frozen=True, kw_only=True):
    """Add to a sealed session. `concerns`: what of it; `was`, `becomes`: a value corrected.

    `takes_up_late`: it answers the data that arrived after the seal; `covers_recalculated`: what
    was recalculated after it.
    """

    reason: str
    concerns: str
    text: str
    was: str = ""
    becomes: str = ""
    takes_up_late: bool = False
    covers_recalculated: bool = False
