"""What devices publish, message by message.

Units are fixed by the contract and never sent: rates in mL/h, volumes in mL, pressures in mmHg
(see `vocabulary.signals`). Times are aware and in UTC once decoded (`wire.decoding`).
"""

from typing import Annotated, Final, TypeAlias

import msgspec

from vocabulary.alarms import AlarmPhase, AlarmPriority, DeviceAlarmCode, DeviceEventCode
from vocabulary.signals import SignalName
from vocabulary.states import DeviceKind, DeviceState, InvalidReason, PumpState, StopReason
from wire.fields import AwareTime, Sequence, Text64, Text256
from wire.topics import MessageKind


class Status(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Birth, planned goodbye, or last will of a device. The will has neither kind nor time."""

    state: DeviceState
    boot: Text64
    kind: DeviceKind | None = None
    time: AwareTime | None = None
    make: Text256 = ""
    model: Text256 = ""
    serial: Text256 = ""
    firmware: Text256 = ""
    period_s: Annotated[float, msgspec.Meta(gt=0, le=3600)] = 1.0
    simulated: bool = False


class NibpReading(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One cuff inflation, mmHg; `time` is when the cuff measured, by the device's clock."""

    sys: float
    dia: float
    map: float | None = None
    time: AwareTime | None = None


class Vitals(msgspec.Struct, frozen=True, kw_only=True):
    """One set of numerics of a monitor. An absent signal was not measured."""

    boot: Text64
    seq: Sequence
    time: AwareTime
    buffered: bool = False
    hr: float | None = None
    pr: float | None = None
    spo2: float | None = None
    rr: float | None = None
    etco2: float | None = None
    temp: float | None = None
    nibp: NibpReading | None = None
    invalid: dict[SignalName, InvalidReason] = {}


class PumpReading(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One reading of a pump: rates mL/h, volumes mL, concentration mg/mL, weight kg."""

    boot: Text64
    seq: Sequence
    time: AwareTime
    state: PumpState
    rate: float
    volume: float
    counter: Text64
    buffered: bool = False
    rate_set: float | None = None
    remaining: float | None = None
    drug: Text256 | None = None
    concentration: float | None = None
    dose_rate: float | None = None
    weight: float | None = None
    battery: float | None = None
    mains: bool | None = None


class DeviceEvent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something that happened at a device: rates mL/h, volume mL."""

    boot: Text64
    seq: Sequence
    time: AwareTime
    event: DeviceEventCode
    buffered: bool = False
    reason: StopReason | None = None
    rate_from: float | None = None
    rate_to: float | None = None
    volume: float | None = None
    counter: Text64 | None = None


class DeviceAlarm(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The device's own alarm began, changed or ended; the device keeps control of it."""

    boot: Text64
    seq: Sequence
    time: AwareTime
    alarm: DeviceAlarmCode
    phase: AlarmPhase
    priority: AlarmPriority
    id: Text64
    buffered: bool = False
    text: Text256 = ""


SequencedMessage: TypeAlias = Vitals | PumpReading | DeviceEvent | DeviceAlarm
DeviceMessage: TypeAlias = Status | SequencedMessage

MESSAGE_TYPES: Final[dict[MessageKind, type[DeviceMessage]]] = {
    MessageKind.STATUS: Status,
    MessageKind.VITALS: Vitals,
    MessageKind.PUMP: PumpReading,
    MessageKind.EVENT: DeviceEvent,
    MessageKind.ALARM: DeviceAlarm,
}
