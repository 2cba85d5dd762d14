"""All that a ward's one ordered stream can hold, and the moment at which each is taken up.

People's acts and timers are inputs like any other: a replay sees them in the same order and at the
same moments, however the stream was cut into batches. All times are aware UTC.
"""

from datetime import datetime
from typing import TypeAlias

import msgspec

from infusion.happenings import Happening
from infusion.pump_facts import PumpFact
from infusion.session_events import AssociationCorrected, DeviceAssociated
from infusion.stream import DeviceStatusArrived, IngestStarted, IngestStopped, NumberedArrival
from vocabulary.ids import DeviceId, WardId
from vocabulary.states import DeviceKind


class PeopleActed(msgspec.Struct, frozen=True, kw_only=True):
    """Ingest took up at `at` what a person did. The act itself is in the record.

    `event_position` is its place there. `event` is None, with the `refusal`, where it could not be
    read or taken. `history`: where a pump became a session's, what it had told since then and
    before this position, so that nothing of it is lost; read from the record, never stored again.
    """

    position: int
    at: datetime
    ward: WardId
    chain: str
    event_position: int
    event: Happening | None
    refusal: str = ""
    history: tuple[PumpFact, ...] = ()


class TimersFellDue(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing came, and by `at` deadlines had passed. `wards` is the name of the group served."""

    position: int
    at: datetime
    wards: str


class MessagesNoticed(msgspec.Struct, frozen=True, kw_only=True):
    """Ingest noticed at `at` what is so of a device's messages; it holds until the next notice.

    `about`: the device; nothing of this is the device's own word. `missing` never came;
    `refused_per_min` were no messages of the contract, 0 while they are few.
    """

    position: int
    at: datetime
    ward: WardId
    about: DeviceId
    missing: int
    refused_per_min: int


class PumpGained(msgspec.Struct, frozen=True, kw_only=True):
    """A pump is a session's from `since` (included) until `until` (excluded; None: on and on)."""

    device: DeviceId
    since: datetime
    until: datetime | None


def pump_gained(event: Happening | None) -> PumpGained | None:
    """The pump that an act makes a session's, and for which time; None if it makes none."""
    if isinstance(event, DeviceAssociated) and event.kind is DeviceKind.PUMP:
        return PumpGained(device=event.device, since=event.at, until=None)
    if isinstance(event, AssociationCorrected) and event.is_ours and event.kind is DeviceKind.PUMP:
        return PumpGained(device=event.device, since=event.since, until=event.until)
    return None


FromDevice: TypeAlias = NumberedArrival | DeviceStatusArrived
FromIngest: TypeAlias = IngestStarted | IngestStopped | TimersFellDue | MessagesNoticed
StreamInput: TypeAlias = FromDevice | FromIngest | PeopleActed


def moment_of(item: StreamInput) -> datetime:
    """The `now` that the rules see while they take up `item`, UTC."""
    if isinstance(item, FromIngest | PeopleActed):
        return item.at
    return item.received_at
