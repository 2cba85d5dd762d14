"""What goes out of one session: its report, and the numbers of its devices one by one."""

from collections.abc import Sequence

import msgspec

from infusion.fold import SessionInput
from infusion.report import SessionReport
from infusion.stream import PumpReadingArrived, VitalsArrived


class SessionExport(msgspec.Struct, frozen=True, kw_only=True):
    """A session to be given out.

    `vitals`, `pump_readings`: what its devices told while they were its own, in order of
    measurement. `events`: its chain, as it was recorded.
    """

    report: SessionReport
    vitals: Sequence[VitalsArrived]
    pump_readings: Sequence[PumpReadingArrived]
    events: Sequence[SessionInput]
