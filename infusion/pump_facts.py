"""What one message of a pump says of its flow of drug."""

from datetime import datetime, timedelta
from enum import Enum
from typing import TypeAlias

import msgspec

from infusion.stream import DeviceEventArrived, PumpReadingArrived
from vocabulary.alarms import DeviceEventCode
from vocabulary.ids import BootId, CounterId
from vocabulary.signals import PUMP_POSSIBLE, PumpNumber
from vocabulary.states import PumpState, StopReason

PumpFact: TypeAlias = PumpReadingArrived | DeviceEventArrived


class Flow(str, Enum):
    """What a pump does with its drug. HELD: it may go on; ENDED: it gave what it was set to."""

    INFUSING = "infusing"
    KVO = "kvo"
    HELD = "held"
    ENDED = "ended"


class Fact(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What one message says of the flow; None is as before, in `rate_ml_h` also unknown.

    `volume_ml` is of `counter`. `is_measured`: the volume was in this message. `is_start`: drug
    began to flow, at a new rate if it flowed before. `is_completion`: what was set is given; a
    pump may tell that before or after its KVO began.
    """

    at: datetime
    boot: BootId
    seq: int
    flow: Flow | None
    rate_ml_h: float | None
    counter: CounterId | None
    volume_ml: float | None
    is_measured: bool
    reason: StopReason | None = None
    is_start: bool = False
    is_completion: bool = False


STILL = frozenset({Flow.HELD, Flow.ENDED})
"""Nothing flows."""


class FlowRules(msgspec.Struct, frozen=True, kw_only=True):
    """After `believed_for` without a word a pump is silent; `rate_step_ml_h` is set in one step.

    A rate within one step of the one that is set is that one: measured flow trembles.
    """

    believed_for: timedelta
    rate_step_ml_h: float


def fact_of(item: PumpFact, rules: FlowRules) -> Fact | None:
    """What a message says of the flow; None for an event that says nothing of it."""
    if isinstance(item, PumpReadingArrived):
        return _fact_of_reading(item, rules)
    return _fact_of_event(item)


def _fact_of_reading(reading: PumpReadingArrived, rules: FlowRules) -> Fact:
    flow = _FLOW_OF_STATE.get(reading.state, Flow.HELD)
    rate: float | None = None
    if flow not in STILL and "rate" not in reading.implausible:
        rate = reading.rate_ml_h
        rate_set = reading.rate_set_ml_h
        if (
            rate_set is not None
            and rate != rate_set
            and abs(rate - rate_set) <= rules.rate_step_ml_h
            and "rate_set" not in reading.implausible
        ):
            rate = rate_set
    is_measured = "volume" not in reading.implausible
    reason = None
    if reading.state is PumpState.ALARM:
        reason = StopReason.ALARM
    elif reading.state is PumpState.STOPPED and _is_empty(reading):
        flow, reason = Flow.ENDED, StopReason.EMPTY
    return Fact(
        reading.observed_at,
        reading.boot,
        reading.seq,
        # a pump that says it infuses at rate 0 has not begun, or is between two rates
        None if flow is Flow.INFUSING and rate == 0 else flow,
        rate,
        reading.counter,
        reading.volume_ml if is_measured else None,
        is_measured,
        reason,
    )


_STARTS = frozenset({DeviceEventCode.DELIVERY_STARTED, DeviceEventCode.KVO_STARTED})
_FLOW_OF_STATE = {PumpState.INFUSING: Flow.INFUSING, PumpState.KVO: Flow.KVO}


def _is_empty(reading: PumpReadingArrived) -> bool:
    return reading.remaining_ml is not None and reading.remaining_ml <= 0


def _possible(number: PumpNumber, value: float | None) -> float | None:
    """`value` if a pump can show it; an event has no other word for what it does not know."""
    possible = PUMP_POSSIBLE[number]
    return value if value is not None and possible.low <= value <= possible.high else None


def _fact_of_event(event: DeviceEventArrived) -> Fact | None:
    flow: Flow | None
    match event.event:
        case DeviceEventCode.DELIVERY_STARTED:
            flow = Flow.INFUSING
        case DeviceEventCode.DELIVERY_STOPPED if event.reason is StopReason.TRANSITION:
            flow = None  # the old rate goes on until the new one starts
        case DeviceEventCode.DELIVERY_STOPPED if event.reason is StopReason.EMPTY:
            flow = Flow.ENDED
        case DeviceEventCode.DELIVERY_STOPPED:
            flow = Flow.HELD
        case DeviceEventCode.KVO_ENDED:
            flow = Flow.ENDED
        case DeviceEventCode.KVO_STARTED:
            flow = Flow.KVO
        case (
            DeviceEventCode.DELIVERY_COMPLETED
            | DeviceEventCode.RATE_CHANGED
            | DeviceEventCode.COUNTERS_CLEARED
        ):
            flow = None
        case _:
            return None
    volume_ml = _possible(PumpNumber.VOLUME, event.volume_ml)
    is_measured = volume_ml is not None and event.counter is not None
    return Fact(
        event.observed_at,
        event.boot,
        event.seq,
        flow,
        _possible(PumpNumber.RATE, event.rate_to_ml_h),
        event.counter if is_measured else None,
        volume_ml if is_measured else None,
        is_measured,
        event.reason,
        event.event in _STARTS,
        event.event is DeviceEventCode.DELIVERY_COMPLETED,
    )
