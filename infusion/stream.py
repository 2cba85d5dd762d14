"""What devices sent and what a worker did, as ingest hands it to the rules and to the record.

Every input has a `position` (its place in the order) and a moment that serves as `now` for the
rules: `received_at` for what devices sent, `at` for everything else. All times are aware UTC.
All that the stream can hold is listed in `infusion.inputs`.
"""

from datetime import datetime
from typing import TypeAlias

import msgspec

from vocabulary.alarms import AlarmPhase, AlarmPriority, DeviceAlarmCode, DeviceEventCode
from vocabulary.ids import BootId, CounterId, DeviceId, WardId, WorkerId
from vocabulary.signals import SignalName
from vocabulary.states import (
    DeviceKind,
    DeviceState,
    InvalidReason,
    PumpState,
    QuarantineReason,
    StopReason,
)


class Arrival(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What every numbered device message has: who, which, and its three times.

    `device_time` is raw; `observed_at` has the clock offset taken out. `late` marks what came
    too late, buffered, retained or from an old boot: charted and counted, never live.
    """

    position: int
    ward: WardId
    device: DeviceId
    boot: BootId
    seq: int
    device_time: datetime
    observed_at: datetime
    received_at: datetime
    late: bool = False
    buffered: bool = False
    retained: bool = False


class VitalsArrived(Arrival, frozen=True, kw_only=True, gc=False):
    """One set of numerics (units as in `vocabulary.signals`; pressures mmHg).

    A value that is out of its possible range is kept here and named implausible in `invalid`.
    """

    hr: float | None = None
    pr: float | None = None
    spo2: float | None = None
    rr: float | None = None
    etco2: float | None = None
    temp: float | None = None
    nibp_sys: float | None = None
    nibp_dia: float | None = None
    nibp_map: float | None = None
    nibp_device_time: datetime | None = None
    nibp_observed_at: datetime | None = None
    invalid: dict[SignalName, InvalidReason] = {}


class PumpReadingArrived(Arrival, frozen=True, kw_only=True, gc=False):
    """One reading of a pump. `implausible` names the numbers that no pump can show."""

    state: PumpState
    rate_ml_h: float
    volume_ml: float
    counter: CounterId
    rate_set_ml_h: float | None = None
    remaining_ml: float | None = None
    drug: str | None = None
    concentration_mg_ml: float | None = None
    dose_rate_mg_kg_h: float | None = None
    weight_kg: float | None = None
    battery_percent: float | None = None
    on_mains: bool | None = None
    implausible: tuple[str, ...] = ()


class DeviceEventArrived(Arrival, frozen=True, kw_only=True, gc=False):
    """Something that happened at a device."""

    event: DeviceEventCode
    reason: StopReason | None = None
    rate_from_ml_h: float | None = None
    rate_to_ml_h: float | None = None
    volume_ml: float | None = None
    counter: CounterId | None = None


class DeviceAlarmArrived(Arrival, frozen=True, kw_only=True, gc=False):
    """The device's own alarm began, changed or ended."""

    alarm: DeviceAlarmCode
    phase: AlarmPhase
    priority: AlarmPriority
    alarm_id: str
    text: str = ""


class DeviceStatusArrived(msgspec.Struct, frozen=True, kw_only=True):
    """Birth, goodbye or last will of a device. Not numbered; `retained` is not news."""

    position: int
    ward: WardId
    device: DeviceId
    boot: BootId
    received_at: datetime
    state: DeviceState
    retained: bool = False
    kind: DeviceKind | None = None
    device_time: datetime | None = None
    make: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""
    period_s: float = 1.0
    simulated: bool = False


class WardGroup(msgspec.Struct, frozen=True):
    """The wards that one worker serves at a time: one ordered stream, one lease."""

    wards: tuple[WardId, ...]

    @property
    def name(self) -> str:
        """What the group is called, in whatever order its wards were given."""
        return "+".join(sorted(self.wards))


class IngestStarted(msgspec.Struct, frozen=True, kw_only=True):
    """A worker took up the stream. What devices said before is not live until they speak again.

    `wards` is the name of the group it serves.
    """

    position: int
    at: datetime
    worker: WorkerId
    boot: BootId
    wards: str


class IngestStopped(msgspec.Struct, frozen=True, kw_only=True):
    """A worker laid the stream down as planned; `wards` is the name of the group it served."""

    position: int
    at: datetime
    worker: WorkerId
    boot: BootId
    wards: str


NumberedArrival: TypeAlias = (
    VitalsArrived | PumpReadingArrived | DeviceEventArrived | DeviceAlarmArrived
)


class ClockOffset(msgspec.Struct, frozen=True, kw_only=True):
    """How far a device's clock is behind ours in one of its boots, seconds; measured when (UTC)."""

    ward: WardId
    device: DeviceId
    boot: BootId
    offset_s: float
    measured_at: datetime


class Quarantined(msgspec.Struct, frozen=True, kw_only=True):
    """A message that is not part of the record: kept whole, with the reason."""

    received_at: datetime
    topic: str
    payload: bytes
    reason: QuarantineReason
    detail: str
    ward: WardId | None = None
    device: DeviceId | None = None
    boot: BootId | None = None
    seq: int | None = None
