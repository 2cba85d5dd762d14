"""Signatures and addenda of a session: past tense and frozen, as in `infusion.session_events`.

Each signature is a person's, given with the password again, for one meaning, over the hash of the
content it stands under, and names the hash of the signature before it: none can be taken out, put
elsewhere or slipped in (21 CFR 11.50, 11.70).
"""

from datetime import datetime
from enum import Enum
from typing import TypeAlias

import msgspec

from infusion.deeds import Deed, SessionEvent
from vocabulary.ids import BootId, DeviceId


class Meaning(str, Enum):
    """What a signature says."""

    PERFORMED = "performed"
    CHECKED = "checked"
    WITNESSED_WASTE = "witnessed-waste"
    DISCHARGE_AUTHORISED = "discharge-authorised"
    REVIEWED = "reviewed"
    AMENDED = "amended"


class BootRange(msgspec.Struct, frozen=True, kw_only=True):
    """The messages of one boot of a device: from which to which, and how many of them are there."""

    boot: BootId
    first_seq: int
    last_seq: int
    messages: int


class SealedSamples(msgspec.Struct, frozen=True, kw_only=True):
    """What a device measured and reported while it was the session's, UTC, and its hash.

    `upto`: the place in the stream behind which nothing is counted in; what arrives later becomes
    an addendum. How the hash is made is in `record.canonical`.
    """

    device: DeviceId
    since: datetime
    until: datetime
    upto: int
    rows: int
    hash: str
    boots: tuple[BootRange, ...] = ()


class Signed(Deed, frozen=True, kw_only=True, tag=True):
    """What every signature has.

    `seal`: hash of the canonical content. `zone`: the clinic's time zone by its name, for printing
    `at`. `previous`: hash of the signature before it, empty for the first. `method`: how the
    person was recognised at that moment.
    """

    meaning: Meaning
    seal: str
    zone: str
    previous: str = ""
    method: str = "password"


class SessionSigned(Signed, frozen=True, kw_only=True, tag=True):
    """The nurse's signature sealed the session.

    `exceptions`: what was open all the same, with the `reason` for signing; they go to the
    controlled-drug lead. `samples`: what its devices reported.
    """

    content_format: str
    exceptions: tuple[str, ...] = ()
    reason: str = ""
    samples: tuple[SealedSamples, ...] = ()


class SignatureAdded(Signed, frozen=True, kw_only=True, tag=True):
    """Another person's signature: before the seal of what was there then, else of what is sealed.

    `version`: how many addenda there were.
    """

    version: int = 0


class LateDataArrived(SessionEvent, frozen=True, kw_only=True, tag=True):
    """What a device of a sealed session had measured then arrived at `at`; nobody's deed.

    It waits for an addendum. `first_position`, `last_position`: its places in the stream.
    """

    device: DeviceId
    since: datetime
    until: datetime
    rows: int
    hash: str
    first_position: int
    last_position: int


class AddendumWritten(Signed, frozen=True, kw_only=True, tag=True):
    """An addendum to a sealed session, signed by who wrote it; what is sealed stays as it is.

    `number`: from 1. `concerns`: what of the record it is about; `was` and `becomes`: version
    beside version, where one value is corrected. `takes_up`: the last position of the late data
    that it answers, 0 if none. `covers_recalculated`: whether it answers what was recalculated
    after the seal; unset where nothing was, and in one from before that was asked, which did.
    """

    number: int
    reason: str
    concerns: str
    text: str
    was: str = ""
    becomes: str = ""
    takes_up: int = 0
    covers_recalculated: bool | msgspec.UnsetType = msgspec.UNSET


Signature: TypeAlias = SessionSigned | SignatureAdded | AddendumWritten
SignatureEvent: TypeAlias = Signature | LateDataArrived
