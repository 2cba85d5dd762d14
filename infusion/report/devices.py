"""The devices of a session as reported: which, when, confirmed by whom, how their clocks are."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from infusion.association import Association, Change, Interval, is_within
from infusion.patient import Person
from infusion.session import Session
from infusion.session_events import AssociationBasis, SyringeLoaded
from infusion.stream import Arrival, DeviceStatusArrived
from vocabulary.ids import BootId, DeviceId
from vocabulary.states import DeviceKind


class ClockLine(msgspec.Struct, frozen=True, kw_only=True):
    """How much was added to a device's own times in one of its boots, seconds, least and most.

    `is_wrong`: more than the clinic lets pass; the times are corrected all the same.
    """

    boot: BootId
    least_s: float
    most_s: float
    is_wrong: bool


class DeviceLine(msgspec.Struct, frozen=True, kw_only=True):
    """A device of the session. `is_simulated`: by its own word; its numbers are test data."""

    device: DeviceId
    kind: DeviceKind
    basis: AssociationBasis
    intervals: tuple[Interval, ...]
    unconfirmed: tuple[Change, ...]
    confirmed_by: Person | None
    syringe: SyringeLoaded | None
    make: str
    model: str
    serial: str
    firmware: str
    is_simulated: bool
    clocks: tuple[ClockLine, ...]


def device_lines(
    session: Session,
    statuses: Sequence[DeviceStatusArrived],
    arrivals: Iterable[Arrival],
    wrong_over_s: float,
) -> tuple[DeviceLine, ...]:
    """Each device of the session; a clock that is off by more than `wrong_over_s` is wrong."""
    offsets = _offsets(session, arrivals)
    return tuple(
        _line(held, statuses, _clocks(held.device, offsets, wrong_over_s))
        for held in session.associations
        if held.intervals
    )


_Offsets = dict[tuple[DeviceId, BootId], tuple[timedelta, timedelta]]


def _offsets(session: Session, arrivals: Iterable[Arrival]) -> _Offsets:
    intervals = {held.device: held.intervals for held in session.associations}
    found: _Offsets = {}
    for item in arrivals:
        at = item.observed_at
        if not is_within(intervals.get(item.device, ()), at):
            continue
        offset = at - item.device_time
        key = (item.device, item.boot)
        known = found.get(key)
        if known is None:
            found[key] = (offset, offset)
        elif offset < known[0]:
            found[key] = (offset, known[1])
        elif offset > known[1]:
            found[key] = (known[0], offset)
    return found


def _clocks(device: DeviceId, offsets: _Offsets, wrong_over_s: float) -> tuple[ClockLine, ...]:
    return tuple(
        ClockLine(
            boot=boot,
            least_s=round(least.total_seconds(), 3),
            most_s=round(most.total_seconds(), 3),
            is_wrong=max(abs(least), abs(most)).total_seconds() > wrong_over_s,
        )
        for (of, boot), (least, most) in sorted(offsets.items())
        if of == device
    )


def _line(
    held: Association, statuses: Sequence[DeviceStatusArrived], clocks: tuple[ClockLine, ...]
) -> DeviceLine:
    ends = _ends(held)
    told = [
        status
        for status in statuses
        if status.device == held.device
        and status.kind is not None
        and (ends is None or status.received_at < ends)
    ]
    last = max(told, key=lambda status: status.position, default=None)
    return DeviceLine(
        device=held.device,
        kind=held.kind,
        basis=held.basis,
        intervals=held.intervals,
        unconfirmed=held.unconfirmed,
        confirmed_by=held.confirmed_by,
        syringe=held.syringe,
        make="" if last is None else last.make,
        model="" if last is None else last.model,
        serial="" if last is None else last.serial,
        firmware="" if last is None else last.firmware,
        is_simulated=any(status.simulated for status in told),
        clocks=clocks,
    )


def _ends(held: Association) -> datetime | None:
    """When the device left the session for good; None while it is there."""
    ends = [interval.until for interval in held.intervals]
    known = [end for end in ends if end is not None]
    return max(known) if len(known) == len(ends) else None
