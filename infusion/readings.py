"""A vital sign with its validity and freshness: what was read last, and how far to believe it."""

from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final

import msgspec

from infusion.configuration import Freshness
from infusion.stream import Arrival, VitalsArrived
from vocabulary.ids import DeviceId
from vocabulary.signals import NIBP_PARTS, SIGNALS, SignalName
from vocabulary.states import InvalidReason, ReadingState


class CuffPressure(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One cuff reading, mmHg."""

    sys: float
    dia: float
    map: float | None = None


class Reading(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The newest reading of one signal: a value, or None with the reason. Times UTC.

    `fresh_since` is the moment its age counts from: arrival for what arrived promptly, measurement
    for what was under way for long and for spot readings, which are as old as their measurement.
    `late`: it arrived late, or by a clock that is not known, so that its age is a guess.
    """

    device: DeviceId
    device_time: datetime
    observed_at: datetime
    received_at: datetime
    fresh_since: datetime
    value: float | CuffPressure | None = None
    reason: InvalidReason | None = None
    late: bool = False


def state_of(reading: Reading | None, now: datetime, freshness: Freshness) -> ReadingState:
    """How far `reading` may be believed at `now`.

    A bad reading stays invalid while the device still says so; when the device falls silent it
    turns stale like any other. What came late is never live, however young it may seem.
    """
    if reading is None:
        return ReadingState.NEVER
    age = now - reading.fresh_since
    if age >= timedelta(seconds=freshness.stale_after_s):
        return ReadingState.STALE
    if reading.value is None:
        return ReadingState.INVALID
    if reading.late or age >= timedelta(seconds=freshness.late_after_s):
        return ReadingState.LATE
    return ReadingState.LIVE


PROMPT: Final = timedelta(seconds=1)
"""As long may a message be under way without growing older by it: clocks are known no better."""


def fresh_since_of(arrival: Arrival) -> datetime:
    """The moment (UTC) from which the age of what a message tells counts."""
    is_prompt = arrival.received_at - arrival.observed_at <= PROMPT
    return arrival.received_at if is_prompt and not arrival.late else arrival.observed_at


def newer(held: Reading | None, offered: Reading) -> Reading:
    """Which of two readings of one signal a screen shows: the one measured last.

    A cuff reading that is sent again with the same time of measurement is the same reading.
    """
    if held is None or offered.observed_at > held.observed_at:
        return offered
    return held


_CONTINUOUS = tuple(signal for signal in SIGNALS if signal is not SignalName.NIBP)
_values_of = attrgetter(*(signal.value for signal in _CONTINUOUS))


def readings_in(vitals: VitalsArrived) -> list[tuple[SignalName, Reading]]:
    """The readings that one set of numerics holds, bad ones with their reason."""
    fresh_since = fresh_since_of(vitals)
    invalid = vitals.invalid
    found: list[tuple[SignalName, Reading]] = []
    for signal, value in zip(_CONTINUOUS, _values_of(vitals), strict=True):
        reason = invalid.get(signal) if invalid else None
        if value is None and reason is None:
            continue
        reading = Reading(
            device=vitals.device,
            device_time=vitals.device_time,
            observed_at=vitals.observed_at,
            received_at=vitals.received_at,
            fresh_since=fresh_since,
            value=None if reason else value,
            reason=reason,
            late=vitals.late,
        )
        found.append((signal, reading))
    if vitals.nibp_sys is not None or SignalName.NIBP in invalid:
        found.append((SignalName.NIBP, _cuff_reading(vitals)))
    return found


def _cuff_reading(vitals: VitalsArrived) -> Reading:
    observed_at = min(vitals.nibp_observed_at or vitals.observed_at, vitals.received_at)
    reason = vitals.invalid.get(SignalName.NIBP)
    value = None
    if reason is None and vitals.nibp_sys is not None and vitals.nibp_dia is not None:
        value = CuffPressure(sys=vitals.nibp_sys, dia=vitals.nibp_dia, map=vitals.nibp_map)
    return Reading(
        device=vitals.device,
        device_time=vitals.nibp_device_time or vitals.device_time,
        observed_at=observed_at,
        received_at=vitals.received_at,
        fresh_since=observed_at,
        value=value,
        reason=reason,
        late=vitals.late,
    )


def is_possible_cuff(cuff: CuffPressure) -> bool:
    """Whether a working cuff can report these pressures (mmHg): each possible, and in order.

    Pressures sent in kPa by mistake fall below the possible range and are caught here.
    """
    parts = {"sys": cuff.sys, "dia": cuff.dia, "map": cuff.map}
    if any(
        value is not None and not NIBP_PARTS[part].possible.contains(value)
        for part, value in parts.items()
    ):
        return False
    return cuff.dia < cuff.sys and (cuff.map is None or cuff.dia <= cuff.map <= cuff.sys)
