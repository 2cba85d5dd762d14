"""All that the engine knows of one bed, and a clinic's rules ready for use."""

from datetime import datetime

import msgspec

from infusion.alarms.absence import OffMonitor
from infusion.alarms.cuff import Cuff
from infusion.alarms.limits import PatientLimits, limits_for
from infusion.alarms.relayed import Relayed
from infusion.alarms.rules import LimitName, TrendRule
from infusion.alarms.signals import Alarm, HeldBack, PastAlarm
from infusion.alarms.situation import DoseNow, Situation
from infusion.alarms.trends import Trend
from infusion.alarms.watches import Watches
from infusion.configuration import ClinicConfiguration
from infusion.stream import PumpReadingArrived
from vocabulary.alarms import LimitedMeasure
from vocabulary.ids import BedId, DeviceId, WardId
from vocabulary.signals import SignalName


class PumpHeard(msgspec.Struct, frozen=True, kw_only=True):
    """A reading of a pump, and what the session had been given by then, if that is known."""

    reading: PumpReadingArrived
    dose: DoseNow | None = None


class Brought(msgspec.Struct, frozen=True, kw_only=True):
    """What of a patient goes along to another chair: their own limits, and their last pressure."""

    changes: dict[LimitName, float]
    cuff: Cuff
    pressure_at: datetime | None


class BedAlarms(msgspec.Struct, frozen=True, kw_only=True):
    """The alarms of one bed and all they depend on. Times UTC.

    `changes`: limits that are others for this session. `heard`: when each measure last had a
    value; `bad`: why it has none now. `watched_since`: when the patient came back to the monitor.
    `reopened_at`: when a pump delivered after the end. `numbered`: alarms so far. `deadline`: not
    before this anything changes by itself.
    """

    ward: WardId
    bed: BedId
    situation: Situation = Situation()
    changes: dict[LimitName, float] = {}
    heard: dict[LimitedMeasure, datetime] = {}
    bad: dict[LimitedMeasure, str] = {}
    trends: dict[LimitedMeasure, Trend] = {}
    cuff: Cuff = Cuff()
    pumps: dict[DeviceId, PumpHeard] = {}
    relayed: dict[str, Relayed] = {}
    watches: Watches = {}
    alarms: dict[str, Alarm] = {}
    recent: tuple[PastAlarm, ...] = ()
    held: HeldBack | None = None
    off_monitor: OffMonitor | None = None
    watched_since: datetime | None = None
    reopened_at: datetime | None = None
    numbered: int = 0
    deadline: datetime | None = None


_SIGNAL_OF = {
    LimitedMeasure.HR: SignalName.HR,
    LimitedMeasure.SPO2: SignalName.SPO2,
    LimitedMeasure.RR: SignalName.RR,
    LimitedMeasure.ETCO2: SignalName.ETCO2,
    LimitedMeasure.TEMP: SignalName.TEMP,
    LimitedMeasure.NIBP_SYS: SignalName.NIBP,
}
_REMEMBERED = 1000


class AlarmBook:
    """A clinic's rules of alarms. Limits are worked out once for each patient and phase."""

    def __init__(self, clinic: ClinicConfiguration) -> None:
        self.clinic = clinic
        self.rules = clinic.alarms
        self.silence_s = {
            measure: min(clinic.signals[signal].stale_after_s, self._missing_s(measure))
            for measure, signal in _SIGNAL_OF.items()
        }
        self.trends: dict[LimitedMeasure, TrendRule] = {r.of: r for r in self.rules.trends}
        self._limits: dict[object, PatientLimits] = {}

    def limits(self, situation: Situation, changes: dict[LimitName, float]) -> PatientLimits:
        """The limits of the patient in the chair; none with nobody there."""
        phase = situation.phase
        if phase is None:
            return _NO_LIMITS
        key = (phase, tuple(situation.baseline.items()), tuple(changes.items()))
        found = self._limits.get(key)
        if found is None:
            if len(self._limits) >= _REMEMBERED:
                self._limits.clear()
            found = limits_for(self.rules, phase, situation.baseline, changes)
            self._limits[key] = found
        return found

    def _missing_s(self, measure: LimitedMeasure) -> float:
        rule = self.rules.missing.get(measure)
        return float("inf") if rule is None else rule.after_s


_NO_LIMITS = PatientLimits(())
