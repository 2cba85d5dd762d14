"""What a screen shows of the alarms of a bed: in order, and what sounds."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from infusion.alarms.rules import RANK
from infusion.alarms.signal_rules import SignalRules
from infusion.alarms.signals import Alarm, HeldBack, PastAlarm, sound_of
from infusion.alarms.state import BedAlarms
from vocabulary.alarms import AlarmPriority


class ShownAlarms(msgspec.Struct, frozen=True, kw_only=True):
    """The alarms of a bed at one moment.

    `standing`: the most urgent first, of those the newest. `recent`: over, the last one first.
    `sound`: the burst to play, None for silence; what is held back is shown all the same.
    """

    standing: tuple[Alarm, ...]
    recent: tuple[PastAlarm, ...]
    sound: AlarmPriority | None
    held: HeldBack | None
    off_monitor_until: datetime | None


def shown_alarms(state: BedAlarms, now: datetime, rules: SignalRules) -> ShownAlarms:
    """What a screen shows of the alarms of a bed at `now` (UTC)."""
    since = now - timedelta(seconds=rules.recent_s)
    off = state.off_monitor
    return ShownAlarms(
        standing=in_order(state.alarms.values()),
        recent=tuple(past for past in reversed(state.recent) if past.ended_at >= since),
        sound=sound_of(state.alarms.values(), state.held),
        held=state.held,
        off_monitor_until=None if off is None else off.until,
    )


def in_order(alarms: Iterable[Alarm]) -> tuple[Alarm, ...]:
    """The most urgent first, of those the newest."""
    return tuple(
        sorted(alarms, key=lambda a: (-RANK[a.priority], -a.sounds_since.timestamp(), a.id))
    )
