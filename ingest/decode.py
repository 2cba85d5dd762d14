"""From a message of the device contract to an input of the ordered stream.

Names get their units here, and numbers that no working instrument can show are named implausible:
they are kept, but no screen and no rule uses them.
"""

from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final, TypedDict

import msgspec

from infusion.readings import CuffPressure, is_possible_cuff
from infusion.stream import (
    DeviceAlarmArrived,
    DeviceEventArrived,
    DeviceStatusArrived,
    NumberedArrival,
    PumpReadingArrived,
    VitalsArrived,
)
from vocabulary.ids import BootId, CounterId, DeviceId, WardId
from vocabulary.signals import PUMP_POSSIBLE, SIGNALS, SignalName
from vocabulary.states import InvalidReason
from wire.messages import DeviceEvent, PumpReading, SequencedMessage, Status, Vitals
from wire.topics import DeviceTopic


class ArrivalTimes(msgspec.Struct, frozen=True, gc=False):
    """When a message was measured, and how it came."""

    received_at: datetime
    observed_at: datetime
    is_late: bool
    is_retained: bool


class _Origin(TypedDict):
    position: int
    ward: WardId
    device: DeviceId
    boot: BootId
    seq: int
    device_time: datetime
    observed_at: datetime
    received_at: datetime
    late: bool
    buffered: bool
    retained: bool


_POSSIBLE: Final = [
    (name, signal.possible.low, signal.possible.high)
    for name, signal in SIGNALS.items()
    if name is not SignalName.NIBP
]
_numbers_of: Final = attrgetter(*(name.value for name, _, _ in _POSSIBLE))


def arrival_of(
    topic: DeviceTopic, message: SequencedMessage, position: int, times: ArrivalTimes
) -> NumberedArrival:
    """The stream input that a numbered device message is."""
    origin: _Origin = {
        "position": position,
        "ward": topic.ward,
        "device": topic.device,
        "boot": BootId(message.boot),
        "seq": message.seq,
        "device_time": message.time,
        "observed_at": times.observed_at,
        "received_at": times.received_at,
        "late": times.is_late,
        "buffered": message.buffered,
        "retained": times.is_retained,
    }
    if isinstance(message, Vitals):
        return _vitals(origin, message, times)
    if isinstance(message, PumpReading):
        return _pump_reading(origin, message)
    if isinstance(message, DeviceEvent):
        return DeviceEventArrived(
            **origin,
            event=message.event,
            reason=message.reason,
            rate_from_ml_h=message.rate_from,
            rate_to_ml_h=message.rate_to,
            volume_ml=message.volume,
            counter=None if message.counter is None else CounterId(message.counter),
        )
    return DeviceAlarmArrived(
        **origin,
        alarm=message.alarm,
        phase=message.phase,
        priority=message.priority,
        alarm_id=message.id,
        text=message.text,
    )


def status_of(
    topic: DeviceTopic, message: Status, position: int, received_at: datetime, *, is_retained: bool
) -> DeviceStatusArrived:
    """The stream input that a birth, goodbye or will is."""
    return DeviceStatusArrived(
        position=position,
        ward=topic.ward,
        device=topic.device,
        boot=BootId(message.boot),
        received_at=received_at,
        state=message.state,
        retained=is_retained,
        kind=message.kind,
        device_time=message.time,
        make=message.make,
        model=message.model,
        serial=message.serial,
        firmware=message.firmware,
        period_s=message.period_s,
        simulated=message.simulated,
    )


def _vitals(origin: _Origin, vitals: Vitals, times: ArrivalTimes) -> VitalsArrived:
    invalid = vitals.invalid
    for (name, low, high), value in zip(_POSSIBLE, _numbers_of(vitals), strict=True):
        if value is not None and not low <= value <= high and name not in invalid:
            invalid = {**invalid, name: InvalidReason.IMPLAUSIBLE}
    cuff = vitals.nibp
    if cuff is None:
        return VitalsArrived(
            **origin,
            hr=vitals.hr, pr=vitals.pr, spo2=vitals.spo2, rr=vitals.rr,
            etco2=vitals.etco2, temp=vitals.temp, invalid=invalid,
        )  # fmt: skip
    pressure = CuffPressure(sys=cuff.sys, dia=cuff.dia, map=cuff.map)
    if SignalName.NIBP not in invalid and not is_possible_cuff(pressure):
        invalid = {**invalid, SignalName.NIBP: InvalidReason.IMPLAUSIBLE}
    offset = times.observed_at - vitals.time
    return VitalsArrived(
        **origin,
        hr=vitals.hr, pr=vitals.pr, spo2=vitals.spo2, rr=vitals.rr,
        etco2=vitals.etco2, temp=vitals.temp, invalid=invalid,
        nibp_sys=cuff.sys, nibp_dia=cuff.dia, nibp_map=cuff.map,
        nibp_device_time=cuff.time, nibp_observed_at=_cuff_observed_at(cuff.time, offset, times),
    )  # fmt: skip


def _cuff_observed_at(
    cuff_time: datetime | None, offset: timedelta, times: ArrivalTimes
) -> datetime:
    if cuff_time is None:
        return times.observed_at
    return min(cuff_time + offset, times.received_at)


_PUMP_FIELDS: Final = [
    (number.value, possible.low, possible.high) for number, possible in PUMP_POSSIBLE.items()
]
_pump_numbers_of: Final = attrgetter(*(field for field, _, _ in _PUMP_FIELDS))


def _pump_reading(origin: _Origin, reading: PumpReading) -> PumpReadingArrived:
    implausible = tuple(
        field
        for (field, low, high), value in zip(_PUMP_FIELDS, _pump_numbers_of(reading), strict=True)
        if value is not None and not low <= value <= high
    )
    return PumpReadingArrived(
        **origin,
        state=reading.state,
        rate_ml_h=reading.rate,
        volume_ml=reading.volume,
        counter=CounterId(reading.counter),
        rate_set_ml_h=reading.rate_set,
        remaining_ml=reading.remaining,
        drug=reading.drug,
        concentration_mg_ml=reading.concentration,
        dose_rate_mg_kg_h=reading.dose_rate,
        weight_kg=reading.weight,
        battery_percent=reading.battery,
        on_mains=reading.mains,
        implausible=implausible,
    )
