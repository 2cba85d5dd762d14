"""The devices of a bed while inputs are taken up: pumps, links, and their own alarms."""

from datetime import datetime
from operator import attrgetter

import msgspec

from infusion.alarms import delivery, relayed, technical
from infusion.alarms.situation import DeviceFacts, Situation
from infusion.alarms.state import AlarmBook, BedAlarms, PumpHeard
from infusion.alarms.watches import WatchTable
from infusion.stream import DeviceAlarmArrived
from vocabulary.ids import BootId, DeviceId
from vocabulary.states import DeviceKind, DeviceLink, SessionState

_RELAYED, _CONFLICTS, _DOSE = "relayed", "conflicts", "dose"
_IN_THE_INFUSION = (SessionState.INFUSING, SessionState.PAUSED)
_BEFORE_RECOVERY = (SessionState.PREPARING, *_IN_THE_INFUSION)
_setup = attrgetter(
    "state", "rate_ml_h", "drug", "concentration_mg_ml", "weight_kg", "dose_rate_mg_kg_h",
    "implausible",
)  # fmt: skip
"""What a reading of a pump is judged by, besides the situation."""


class Equipment:
    """What the devices of one bed do. `is_off_monitor`: the monitor is unplugged on purpose."""

    def __init__(self, state: BedAlarms, watches: WatchTable, book: AlarmBook) -> None:
        self._watches = watches
        self._book = book
        self._rules = book.rules
        self.situation: Situation = state.situation
        self.pumps = state.pumps
        self.relayed = state.relayed
        self.reopened_at = state.reopened_at
        self.is_off_monitor = state.off_monitor is not None

    def take_pump(self, heard: PumpHeard, now: datetime) -> None:
        """One live reading of a pump; one that says the same as the last is not judged again."""
        device = heard.reading.device
        before = self.pumps.get(device)
        self.pumps = {**self.pumps, device: heard}
        is_known = (
            before is not None
            and self.situation.phase in _BEFORE_RECOVERY
            and f"pump:{device}" not in self._watches.held
            and _setup(before.reading) == _setup(heard.reading)
        )
        if not is_known:
            self._judge_pump(heard, now)
        if heard.dose is not None:
            self._judge_dose(now)

    def take_alarm(self, arrived: DeviceAlarmArrived, now: datetime) -> None:
        """A device's own alarm began, changed or ended."""
        heard = self.pumps.get(arrived.device)
        dose = None if heard is None else heard.dose
        is_end = delivery.is_normal_end(dose, self.situation.order, self._rules)
        boots = {device.device: device.boot for device in self.situation.devices}
        is_current = boots.get(arrived.device) == arrived.boot
        self.relayed = relayed.take(self.relayed, arrived, is_end=is_end, is_current=is_current)
        self._judge_relayed(now)

    def take_restart(self, device: DeviceId, boot: BootId, now: datetime) -> bool:
        """A device has a new boot; True if that leaves alarms of the last one unknown."""
        left = {
            key: held
            for key, held in self.relayed.items()
            if held.device != device or held.boot == boot
        }
        if len(left) == len(self.relayed):
            return False
        self.relayed = left
        self._judge_relayed(now)
        return True

    def change(self, situation: Situation, now: datetime) -> None:
        """The situation is another."""
        was, self.situation = self.situation.phase, situation
        if situation.phase not in _IN_THE_INFUSION:
            self.reopened_at = None
        elif situation.phase is SessionState.INFUSING and was is SessionState.RECOVERY:
            self.reopened_at = now
        is_over = situation.phase is SessionState.RECOVERY and was is not situation.phase
        if not is_over:  # the reading that ended the infusion is still to come
            for heard in self.pumps.values():
                self._judge_pump(heard, now)
        self._judge_dose(now)
        self._judge_relayed(now)
        self.judge_devices(now)
        conflicts = technical.conflict_claims(situation.conflicts, self._rules)
        self._watches.sync(_CONFLICTS, conflicts, now)

    def forget(self) -> None:
        """Another patient, or none: the pumps stay, what they gave was the last one's."""
        self._watches.drop(_DOSE)
        for group in list(self._watches.held):
            if group.startswith(("pump:", "lost:")):
                self._watches.drop(group)
        self.reopened_at = None
        self.situation = Situation()
        self.pumps = {
            name: msgspec.structs.replace(heard, dose=None) for name, heard in self.pumps.items()
        }

    def judge_devices(self, now: datetime) -> None:
        """Judge what every device of the bed tells of itself."""
        present = set()
        for device in self.situation.devices:
            present |= {f"device:{device.device}", f"lost:{device.device}"}
            self._judge_device(device, now)
        for group in list(self._watches.held):
            if group.startswith(("device:", "lost:")) and group not in present:
                self._watches.drop(group)

    def _judge_device(self, device: DeviceFacts, now: datetime) -> None:
        name, clinic = device.device, self._book.clinic
        lost = f"lost:{name}"
        is_unplugged = self.is_off_monitor and device.kind is not DeviceKind.PUMP
        if is_unplugged:
            self._watches.drop(lost)
        elif not self.situation.is_feed_up:
            self._watches.freeze(lost, now)
        else:
            claims = technical.lost_claims(device, self.situation.phase, clinic)
            self._watches.sync(lost, claims, now)
        if device.link is DeviceLink.ONLINE:
            self._watches.sync(f"device:{name}", technical.device_claims(device, clinic), now)
            return
        self._watches.freeze(f"device:{name}", now)
        self._watches.freeze(f"pump:{name}", now)
        if name in self.pumps:
            self._watches.freeze(_DOSE, now)

    def _judge_pump(self, heard: PumpHeard, now: datetime) -> None:
        group = f"pump:{heard.reading.device}"
        claims = delivery.pump_claims(
            heard.reading,
            self.situation,
            self._book.clinic.sessions.still_running_after_s,
            self._rules,
            self._book.clinic.dosing,
        )
        if claims or group in self._watches.held:
            self._watches.sync(group, claims, now)

    def _judge_dose(self, now: datetime) -> None:
        dose = None
        for heard in self.pumps.values():
            if heard.dose is not None and (dose is None or heard.dose.running_s > dose.running_s):
                dose = heard.dose
        claims = delivery.dose_claims(self.situation, dose, self.reopened_at, self._rules)
        if claims or _DOSE in self._watches.held:
            self._watches.sync(_DOSE, claims, now)

    def _judge_relayed(self, now: datetime) -> None:
        is_watched = self.situation.phase is not None
        claims = relayed.relayed_claims(self.relayed.values(), self._rules, is_watched=is_watched)
        self._watches.sync(_RELAYED, claims, now)
