"""When ingest says what: bed states as they change, receipts, a heartbeat every second."""

import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, Protocol

from infusion.alarms.events import AlarmTransition
from infusion.happenings import Concluded
from infusion.inputs import FromDevice, PeopleActed, TimersFellDue
from infusion.ward_sight import BedKey, WardSight
from ingest.intake import Intake
from ingest.publish import Publisher, ack_of
from ingest.series import Series
from ingest.stream import Batch, BootKey
from vocabulary.ids import SELF_TEST_DEVICE, DeviceId, WardId
from wire.ingest_status import IngestStatus
from wire.published import encode
from wire.topics import ack_topic, bed_state_topic, ingest_status_topic

COALESCED_OVER: Final = timedelta(milliseconds=100)
REST_PER_WORK: Final = 4
"""Publishing rests four times as long as it took, so that a large ward leaves time to ingest."""
LONGEST_REST: Final = timedelta(milliseconds=800)
REPEATED_AFTER: Final = timedelta(milliseconds=900)
"""A bed with a device is published at least once a second (device contract, The bed's state)."""
ACK_AFTER: Final = timedelta(seconds=1)
HEARTBEAT_AFTER: Final = timedelta(seconds=1)
LAG_STEP_S: Final = 0.5
"""A lag that moved by this is said at once: a screen that is behind says so within 2 s (A7)."""


class Outlet(Protocol):
    """Where retained messages go."""

    def publish(self, topic: str, payload: bytes) -> None:
        """Publish `payload` on `topic`, retained."""


class Announcer:
    """Publishes what others live on, from committed state only."""

    def __init__(
        self, outlet: Outlet, publisher: Publisher, intake: Intake, series: Series | None = None
    ) -> None:
        self._outlet = outlet
        self._publisher = publisher
        self._intake = intake
        self._rules = intake.rules
        self._series = series
        self._heard: set[DeviceId] = set()
        self._acted: set[WardId] = set()
        self._alarmed: set[BedKey] = set()
        self._alarmed_at: datetime | None = None
        self._published_at: dict[BedKey, datetime] = {}
        self._to_ack: dict[BootKey, WardId] = {}
        self._acked_at: dict[DeviceId, datetime] = {}
        self._beds_at: datetime | None = None
        self._rest = COALESCED_OVER
        self._heartbeat_at: datetime | None = None
        self._lag_told_s = 0.0

    def take(self, batch: Batch, conclusions: Iterable[Concluded] = ()) -> None:
        """Note a committed batch: who spoke, where something else happened, who is owed an ack.

        A bed whose alarms changed is not kept waiting while publishing rests.
        """
        self._to_ack.update(batch.heard)
        for event in conclusions:
            if isinstance(event, AlarmTransition):
                self._alarmed.add((event.ward, event.bed))
        for item in batch.inputs:
            if isinstance(item, FromDevice):
                self._heard.add(item.device)
                if item.device == SELF_TEST_DEVICE:  # it stands at no bed
                    self._acted.add(item.ward)
            elif isinstance(item, PeopleActed):
                self._acted.add(item.ward)
            elif isinstance(item, TimersFellDue):
                self._acted.update(plan.ward for plan in self._rules.clinic.wards)

    def say_everything(self, now: datetime) -> None:
        """Publish every bed and receipt: the broker may have lost or kept what it liked."""
        sight = self._sight(now)
        for key in self._planned_beds():
            self._publish_bed(key, sight, now)
        for ward, beds in self._intake.state.wards.items():
            for bed in beds:
                if (ward, bed) not in self._published_at:
                    self._outlet.publish(bed_state_topic(ward, bed), b"")
        for device in self._intake.state.devices.values():
            if device.boot is not None:
                self._to_ack[(device.device, device.boot)] = device.ward
        self._acked_at.clear()
        self._heartbeat_at = None

    def tick(self, now: datetime) -> None:
        """Publish what is due at `now` (UTC)."""
        if self._beds_at is not None and now - self._beds_at < self._rest:
            self._publish_alarmed(now)
            return
        self._beds_at = now
        start_s = time.perf_counter()
        if self._series is not None:
            self._series.look(self._intake.state, now)
        sight = self._sight(now)
        for key in self._planned_beds():
            last = self._published_at.get(key)
            if last is None or now - last >= REPEATED_AFTER or self._has_changed(key, sight):
                self._publish_bed(key, sight, now)
        self._heard.clear()
        self._acted.clear()
        self._alarmed.clear()
        self._publish_acks(now)
        took = timedelta(seconds=time.perf_counter() - start_s)
        self._rest = min(LONGEST_REST, max(COALESCED_OVER, REST_PER_WORK * took))

    def beat(self, status: IngestStatus, now: datetime) -> None:
        """Publish the heartbeat if a second has passed since the last, or the lag has moved."""
        has_moved = abs(status.lag_s - self._lag_told_s) >= LAG_STEP_S
        wait = COALESCED_OVER if has_moved else HEARTBEAT_AFTER
        if self._heartbeat_at is None or now - self._heartbeat_at >= wait:
            self._heartbeat_at, self._lag_told_s = now, status.lag_s
            self.say_status(status)

    def say_status(self, status: IngestStatus) -> None:
        """Publish `status` at once, in every ward that is served."""
        for ward in self._rules.clinic.wards:
            self._outlet.publish(ingest_status_topic(ward.ward, status.worker), encode(status))

    def _publish_alarmed(self, now: datetime) -> None:
        """Publish the beds whose alarms changed, though others rest; a storm is coalesced, too."""
        last = self._alarmed_at
        if not self._alarmed or (last is not None and now - last < COALESCED_OVER):
            return
        self._alarmed_at = now
        sight = self._sight(now)
        for key in sorted(self._alarmed):
            self._publish_bed(key, sight, now)
        self._alarmed.clear()

    def _planned_beds(self) -> list[BedKey]:
        return [(ward.ward, bed.bed) for ward in self._rules.clinic.wards for bed in ward.beds]

    def _sight(self, now: datetime) -> WardSight:
        places = {} if self._series is None else self._series.known
        return WardSight(self._intake.state, self._rules, now, places)

    def _has_changed(self, key: BedKey, sight: WardSight) -> bool:
        devices = (*sight.devices(*key), *self._rules.places.at(*key))
        return key[0] in self._acted or not self._heard.isdisjoint(devices)

    def _publish_bed(self, key: BedKey, sight: WardSight, now: datetime) -> None:
        ward, name = key
        self._published_at[key] = now
        view = sight.bed(ward, name)
        devices = tuple(
            device
            for stands_here in view.devices
            if (device := self._intake.device(stands_here)) is not None
        )
        state = self._publisher.bed_state(ward, view, devices, now)
        self._outlet.publish(bed_state_topic(ward, name), encode(state))

    def _publish_acks(self, now: datetime) -> None:
        due = [
            key
            for key in self._to_ack
            if (last := self._acked_at.get(key[0])) is None or now - last >= ACK_AFTER
        ]
        # the current boot last, for the topic keeps one message
        due.sort(key=self._is_current_boot)
        for key in due:
            ward = self._to_ack.pop(key)
            receipts = self._intake.on_disk.get(key)
            if receipts is not None:
                self._acked_at[key[0]] = now
                self._outlet.publish(ack_topic(ward, key[0]), encode(ack_of(receipts)))

    def _is_current_boot(self, key: BootKey) -> bool:
        device = self._intake.state.devices.get(key[0])
        return device is not None and device.boot == key[1]
