"""Whether an alarm whose reasons changed, or that came back, makes itself heard anew.

Within a while of its own last signal the same thing is no second alert: a signal that nobody has
acknowledged goes on where it was, with its escalation. What was acknowledged and comes back is
heard again, but for what concerns equipment and procedure: that stays acknowledged for this while,
and is heard when the while is over and it is still there.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypedDict

import msgspec

from infusion.alarms.claims import Reason
from infusion.alarms.signal_rules import SignalRules
from infusion.alarms.signals import Acknowledgement, Alarm, is_higher, reasons_of
from infusion.alarms.situation import Situation
from infusion.alarms.technical import is_monitor_gone
from infusion.alarms.watches import WatchTable
from vocabulary.alarms import AlarmCode, AlarmKind, AlarmPriority


def with_reasons(
    alarm: Alarm, reasons: tuple[Reason, ...], now: datetime, rules: SignalRules
) -> Alarm:
    """`alarm` once its reasons are others.

    What nobody has seen does not become less.
    """
    alarm, _ = _taken_in(signalled(alarm, now, rules), reasons, now, rules)
    current = reasons[0].priority
    stays = alarm.acknowledged is None and alarm.priority in rules.latching
    return msgspec.structs.replace(
        alarm, reasons=reasons, current=current, **_shown(alarm, current, stays=stays)
    )


def returned(
    alarm: Alarm, reasons: tuple[Reason, ...], now: datetime, rules: SignalRules
) -> tuple[Alarm, bool]:
    """The same alarm once its condition is back, and whether that is news."""
    stays = alarm.current is None and alarm.acknowledged is None
    alarm = msgspec.structs.replace(alarm, current=None, times=alarm.times + 1, back={})
    alarm, is_news = _taken_in(alarm, reasons, now, rules)
    current = reasons[0].priority
    alarm = msgspec.structs.replace(
        alarm,
        reasons=reasons,
        current=current,
        since=min(reason.since for reason in reasons),
        **_shown(alarm, current, stays=stays),
    )
    return alarm, is_news


def acknowledged(alarm: Alarm, seen: Acknowledgement, now: datetime, rules: SignalRules) -> Alarm:
    """`alarm` once somebody has seen it; it is shown as urgent as it is now."""
    alarm = signalled(alarm, now, rules)
    return msgspec.structs.replace(
        alarm, acknowledged=seen, priority=alarm.current or alarm.priority, unseen=None
    )


def signalled(alarm: Alarm, now: datetime, rules: SignalRules) -> Alarm:
    """`alarm` with what it signalled up to `now`, if nobody has seen that; older is forgotten."""
    since = now - timedelta(seconds=rules.sounds_again_after_s)
    heard = {key: until for key, until in alarm.heard.items() if until >= since}
    if alarm.current is not None and alarm.acknowledged is None:
        for reason in alarm.reasons:
            heard |= {
                _key(priority, _matter(alarm, reason)): now
                for priority in AlarmPriority
                if not is_higher(priority, reason.priority)
            }
    return msgspec.structs.replace(alarm, heard=heard)


def due_again(alarm: Alarm, watches: WatchTable, situation: Situation) -> datetime | None:
    """When what came back after it was seen has been there for too long to be the same.

    None: never, or nobody can know now whether it is still there.
    """
    is_lost = alarm.code is AlarmCode.SIGNAL_MISSING and is_monitor_gone(situation)
    if is_lost or not situation.is_feed_up:
        return None
    raised = watches.raised(alarm.code, alarm.subject)
    there = _matters(alarm, reasons_of(watch for watch in raised if watch.clear_since is None))
    return min((at for matter, at in alarm.back.items() if matter in there), default=None)


def heard_anew(alarm: Alarm, now: datetime) -> Alarm:
    """`alarm` once it is news at `now` (UTC): nobody has seen it, and its escalation begins."""
    return msgspec.structs.replace(
        alarm, acknowledged=None, sounds_since=now, escalated=0, escalated_at=None, back={}
    )


def _taken_in(
    alarm: Alarm, reasons: tuple[Reason, ...], now: datetime, rules: SignalRules
) -> tuple[Alarm, bool]:
    """`alarm` heard anew if `reasons` are news, which is told too; else what is back stays seen."""
    fresh = _fresh(alarm, reasons)
    again = timedelta(seconds=rules.sounds_again_after_s)
    heard = {matter: alarm.heard.get(_key(reasons[0].priority, matter)) for matter in fresh}
    until = {matter: at + again for matter, at in heard.items() if at is not None}
    is_seen = alarm.acknowledged is not None
    is_overheard = len(until) < len(fresh) or any(at <= now for at in until.values())
    if fresh and (is_overheard or (is_seen and alarm.kind not in rules.stays_seen)):
        return heard_anew(alarm, now), True
    matters = _matters(alarm, reasons)
    back = {**alarm.back, **until} if is_seen else {}
    back = {matter: at for matter, at in back.items() if matter in matters}
    return msgspec.structs.replace(alarm, back=back), False


def _fresh(alarm: Alarm, reasons: tuple[Reason, ...]) -> set[str]:
    """The matters of `reasons` that are not signalled already, and not what was seen."""
    current = reasons[0].priority
    is_more_urgent = is_higher(current, alarm.current)
    if not is_more_urgent and alarm.acknowledged is None:
        return set()
    matters = _matters(alarm, (reason for reason in reasons if reason.priority is current))
    return matters if is_more_urgent else matters - _matters(alarm, alarm.reasons)


def _matters(alarm: Alarm, reasons: Iterable[Reason]) -> set[str]:
    """What `reasons` of an alarm are news of."""
    return {_matter(alarm, reason) for reason in reasons}


def _matter(alarm: Alarm, reason: Reason) -> str:
    """What of an alarm a reason is news of.

    A patient has one saturation, whatever tells of it; but a second sensor that is off is another
    matter than the first. The same alarm of a device that begins again is the same matter.
    """
    if alarm.kind is AlarmKind.PHYSIOLOGICAL:
        return ""
    return reason.key.removesuffix(f":{reason.since.isoformat()}")


def _key(priority: AlarmPriority, matter: str) -> str:
    return f"{priority.value}:{matter}"


class _Shown(TypedDict):
    priority: AlarmPriority
    unseen: Reason | None


def _shown(alarm: Alarm, current: AlarmPriority, *, stays: bool) -> _Shown:
    """How urgent an alarm is shown to be that is now `current`; what is unseen `stays`."""
    if not stays or not is_higher(alarm.priority, current):
        return {"priority": current, "unseen": None}
    return {"priority": alarm.priority, "unseen": alarm.unseen or alarm.reasons[0]}
