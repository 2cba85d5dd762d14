"""Off the monitor while inputs are taken up: what is unplugged is not missed until it is back."""

from datetime import datetime

from infusion.alarms import absence
from infusion.alarms.concluding import Conclusions
from infusion.alarms.equipment import Equipment
from infusion.alarms.events import OffMonitorBegun
from infusion.alarms.rules import AlarmRules
from infusion.alarms.senses import Senses
from infusion.alarms.technical import is_monitor_gone
from infusion.alarms.watches import WatchTable

_OFF = "off"


class Absence:
    """The time off the monitor at one bed. `off`: None while the patient is on it."""

    def __init__(
        self,
        off: absence.OffMonitor | None,
        rules: AlarmRules,
        watches: WatchTable,
        conclusions: Conclusions,
        parts: tuple[Senses, Equipment],
    ) -> None:
        self.off = off
        self._rules = rules
        self._watches = watches
        self._conclusions = conclusions
        self._senses, self._equipment = parts

    def begin(self, deed: OffMonitorBegun, now: datetime) -> None:
        """The patient goes."""
        if self._senses.situation.phase is None:
            return
        self.off = absence.begin(deed, self._rules.off_monitor)
        self._watches.sync(_OFF, [absence.long_claim(self.off, self._rules)], now)
        self._judge(now)
        self.look_for_the_patient(now)

    def look_for_the_patient(self, now: datetime) -> None:
        """Whether signals went, or are back."""
        if self.off is None:
            return
        situation = self._senses.situation
        has_signals = self._senses.has_signals and not is_monitor_gone(situation)
        after = absence.look(self.off, now, has_signals=has_signals)
        if after is not self.off:
            self.off = after
            self._senses.is_changed = True

    def back_at(self) -> datetime | None:
        """When the patient counts as back if signals stay."""
        return None if self.off is None else absence.over_at(self.off, self._rules.off_monitor)

    def end(self, now: datetime, *, by_itself: bool) -> None:
        """The patient is back."""
        off = self.off
        if off is None:
            return
        self.off = None
        self._senses.watched_since = now
        self._watches.sync(_OFF, (), now)
        if by_itself:
            self._conclusions.tell_off_monitor_over(off.since, now)
        self._judge(now)

    def forget(self, now: datetime) -> None:
        """Another patient, or none."""
        self._watches.drop(_OFF)
        if self.off is not None:
            self._conclusions.tell_off_monitor_over(self.off.since, now)
            self.off = None
            self._senses.is_off_monitor = self._equipment.is_off_monitor = False

    def _judge(self, now: datetime) -> None:
        self._senses.is_off_monitor = self._equipment.is_off_monitor = self.off is not None
        self._senses.is_changed = True
        self._senses.judge_missing(now)
        self._equipment.judge_devices(now)
