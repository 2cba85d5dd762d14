"""Everything the rules can conclude from the stream: past tense, frozen, with its cause.

`at` is the stream's `now` (UTC) and `cause` the position of the input it follows from, None for
a deadline that passed.
"""

from datetime import datetime
from typing import TypeAlias

import msgspec

from vocabulary.ids import BedId, BootId, CounterId, DeviceId, SessionId, WardId, WorkerId
from vocabulary.states import DeviceLink


class Conclusion(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What every conclusion has. `session`: the one it belongs to, and in whose chain it lies."""

    ward: WardId
    at: datetime
    cause: int | None
    session: SessionId | None = None


class DeviceLinkChanged(Conclusion, frozen=True, kw_only=True, tag=True):
    """A device began or ceased to be heard; `since` is when that was so (UTC)."""

    device: DeviceId
    link: DeviceLink
    since: datetime


class DeviceBooted(Conclusion, frozen=True, kw_only=True, tag=True):
    """A device has a new current boot; what the old one left open is now unknown."""

    device: DeviceId
    boot: BootId
    previous: BootId | None


class InfusionStarted(Conclusion, frozen=True, kw_only=True, tag=True):
    """A pump at a bed began to deliver, by its own report; `observed_at` is when.

    In this and what follows `bed` is None where the patient had no chair yet, and `volume_ml` is
    what was delivered since the pump was associated.
    """

    bed: BedId | None
    device: DeviceId
    counter: CounterId | None
    observed_at: datetime
    rate_ml_h: float | None


class InfusionPaused(Conclusion, frozen=True, kw_only=True, tag=True):
    """Delivery at a bed was interrupted, by the pump's own report."""

    bed: BedId | None
    device: DeviceId
    observed_at: datetime
    volume_ml: float


class InfusionResumed(Conclusion, frozen=True, kw_only=True, tag=True):
    """Delivery at a bed went on."""

    bed: BedId | None
    device: DeviceId
    observed_at: datetime
    rate_ml_h: float | None


class InfusionEnded(Conclusion, frozen=True, kw_only=True, tag=True):
    """Delivery at a bed ended, by the pump's own report."""

    bed: BedId | None
    device: DeviceId
    observed_at: datetime
    volume_ml: float


class CheckFellOverdue(Conclusion, frozen=True, kw_only=True, tag=True):
    """Items that were due at `due_at` (UTC) were not done within their window."""

    bed: BedId | None
    items: tuple[str, ...]
    due_at: datetime


class IngestOutageEnded(Conclusion, frozen=True, kw_only=True, tag=True):
    """A worker took up the stream again; nothing was taken up since `since` (UTC)."""

    worker: WorkerId
    since: datetime


class ActRefused(Conclusion, frozen=True, kw_only=True, tag=True):
    """What a person appended could not be taken up; it stays in the record, and changes nothing.

    `event_position`: its place in the record.
    """

    chain: str
    event_position: int
    reason: str


WardEvent: TypeAlias = (
    DeviceLinkChanged
    | DeviceBooted
    | InfusionStarted
    | InfusionPaused
    | InfusionResumed
    | InfusionEnded
    | IngestOutageEnded
    | ActRefused
    | CheckFellOverdue
)
