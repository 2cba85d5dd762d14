"""What the report of a session is made from, as the record holds it."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from infusion.alarms.log import AlarmRecord
from infusion.fold import SessionInput
from infusion.pump_facts import PumpFact
from infusion.scores.score import Score
from infusion.stream import DeviceStatusArrived, VitalsArrived


class KnownCause(msgspec.Struct, frozen=True, kw_only=True):
    """Time in which numbers were missing for a reason that is known, UTC.

    A patient off the monitor, a link or our own service that was down: it is filled in as the
    reason of the gaps it covers.
    """

    begins: datetime
    ends: datetime
    text: str


class SessionMaterial(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is known of one session.

    `events`: its whole chain, in order. `vitals`, `pump_facts`: of all devices that were ever
    associated, in order of measurement, more than the session's own time if that is easier.
    `position`: where the session stands in the course, `4/6`.
    """

    events: tuple[SessionInput, ...]
    vitals: Sequence[VitalsArrived] = ()
    pump_facts: Sequence[PumpFact] = ()
    statuses: Sequence[DeviceStatusArrived] = ()
    causes: tuple[KnownCause, ...] = ()
    scores: tuple[Score, ...] = ()
    alarms: tuple[AlarmRecord, ...] = ()
    position: str = ""
