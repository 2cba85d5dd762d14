"""What goes out of one session: its report, and the numbers of its devices one by one."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from infusion.delivered import Delivered
from infusion.fold import SessionInput
from infusion.report import KnownCause, SessionReport
from infusion.session import Session
from infusion.stream import PumpReadingArrived, VitalsArrived
from vocabulary.ids import DeviceId


class SessionExport(msgspec.Struct, frozen=True, kw_only=True):
    """A session to be given out.

    `vitals`, `pump_readings`: what its devices told while they were its own, in order of
    measurement. `events`: its chain, as it was recorded. `delivered`: what its pumps gave.
    """

    report: SessionReport
    vitals: Sequence[VitalsArrived]
    pump_readings: Sequence[PumpReadingArrived]
    events: tuple[SessionInput, ...]
    delivered: Delivered


class KnownSession(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a session before the many numbers of its devices are read.

    `since`, `until` (UTC): the time in which anything of it can have been measured. `causes`: why
    numbers were missing. `position`: where it stands in the course, `4/6`.
    """

    session: Session
    events: tuple[SessionInput, ...]
    devices: tuple[DeviceId, ...]
    since: datetime
    until: datetime
    causes: tuple[KnownCause, ...]
    position: str
