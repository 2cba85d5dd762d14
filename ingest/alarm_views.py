"""The alarms of a bed, as its state says them."""

import msgspec

from infusion.alarms.shown import ShownAlarms
from infusion.alarms.signals import Alarm, HeldBack
from wire.bed_state import AlarmView, BedState, HeldBackView


def with_alarms(state: BedState, shown: ShownAlarms | None) -> BedState:
    """`state` with what stands at the bed, what sounds, and what is held back."""
    if shown is None:
        return state
    return msgspec.structs.replace(
        state,
        alarms=tuple(_alarm_view(alarm) for alarm in shown.standing),
        sound=shown.sound,
        held_back=None if shown.held is None else _held_view(shown.held),
        off_monitor_until=shown.off_monitor_until,
    )


def _alarm_view(alarm: Alarm) -> AlarmView:
    gravest, seen = alarm.reasons[0], alarm.acknowledged
    return AlarmView(
        id=alarm.id,
        priority=alarm.priority,
        text=alarm.text,
        since=alarm.since,
        signal_state=alarm.state,
        kind=alarm.kind,
        code=alarm.code,
        subject=alarm.subject,
        value=gravest.value,
        limit=gravest.limit,
        raised_at=alarm.raised_at,
        sounds_since=alarm.sounds_since,
        times=alarm.times,
        acknowledged_by="" if seen is None else seen.by.printed_name,
        acknowledged_at=None if seen is None else seen.at,
        escalated=alarm.escalated,
    )


def _held_view(held: HeldBack) -> HeldBackView:
    return HeldBackView(
        inactivation=held.inactivation,
        since=held.since,
        until=held.until,
        by=held.screen if held.by is None else held.by.printed_name,
    )
