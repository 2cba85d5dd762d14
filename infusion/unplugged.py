"""When the patient of a session was off the monitor on purpose, as far as it excuses checks.

The limit of the time off the monitor is the limit of the excuse too: whoever stays away for longer
is asked for again, whatever the monitor shows.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final, TypeAlias

import msgspec

from infusion.alarms.events import OffMonitorBegun, OffMonitorEnded, OffMonitorOver
from infusion.association import Interval

OffMonitorEvent: TypeAlias = OffMonitorBegun | OffMonitorEnded | OffMonitorOver
_EVENTS: Final = (OffMonitorBegun, OffMonitorEnded, OffMonitorOver)


def take_unplugged(
    held: tuple[Interval, ...], event: OffMonitorEvent, limit_s: float
) -> tuple[Interval, ...]:
    """The times off the monitor after one more event; each is over after `limit_s` at most."""
    if isinstance(event, OffMonitorBegun):
        until = event.at + timedelta(seconds=limit_s)
        return (*_ended(held, event), Interval(since=event.at, until=until))
    return _ended(held, event)


def unplugged_of(events: Iterable[Any], limit_s: float) -> tuple[Interval, ...]:
    """The times off the monitor that the chain of a session tells of."""
    found: tuple[Interval, ...] = ()
    for event in events:
        if isinstance(event, _EVENTS):
            found = take_unplugged(found, event, limit_s)
    return found


def _ended(held: tuple[Interval, ...], event: OffMonitorEvent) -> tuple[Interval, ...]:
    """Whoever is away is back now, or goes anew."""
    if not held or (last := held[-1]).until is None or last.until <= event.at:
        return held
    return (*held[:-1], msgspec.structs.replace(last, until=max(last.since, event.at)))
