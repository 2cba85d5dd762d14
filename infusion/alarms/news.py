"""Whether an alarm whose reasons changed, or that came back, makes itself heard anew.

Within a while of its own last signal the same thing is no second alert: a signal that nobody has
acknowledged goes on where it was, with its escalation. What was acknowledged and comes back is
heard again, but for what concerns equipment and procedure: that stays acknowledged for this while.
"""

from datetime import datetime, timedelta
from typing import TypedDict

import msgspec

from infusion.alarms.claims import Reason
from infusion.alarms.signal_rules import SignalRules
from infusion.alarms.signals import Acknowledgement, Alarm, is_higher
from vocabulary.alarms import AlarmKind, AlarmPriority


def with_reasons(
    alarm: Alarm, reasons: tuple[Reason, ...], now: datetime, rules: SignalRules
) -> Alarm:
    """`alarm` once its reasons are others.

    What nobody has seen does not become less.
    """
    alarm = signalled(alarm, now, rules)
    if _is_news(alarm, reasons, rules, now):
        alarm = _heard_anew(alarm, now)
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
    alarm = msgspec.structs.replace(alarm, current=None, times=alarm.times + 1)
    is_news = _is_news(alarm, reasons, rules, now)
    if is_news:
        alarm = _heard_anew(alarm, now)
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


def _is_news(alarm: Alarm, reasons: tuple[Reason, ...], rules: SignalRules, now: datetime) -> bool:
    current = reasons[0].priority
    is_more_urgent = is_higher(current, alarm.current)
    if not is_more_urgent and alarm.acknowledged is None:
        return False  # it is being signalled
    matters = {_matter(alarm, reason) for reason in reasons if reason.priority is current}
    if not is_more_urgent:
        matters -= {_matter(alarm, reason) for reason in alarm.reasons}
        if not matters:
            return False
    if alarm.acknowledged is not None and alarm.kind not in rules.stays_seen:
        return True
    since = now - timedelta(seconds=rules.sounds_again_after_s)
    heard = (alarm.heard.get(_key(current, matter)) for matter in matters)
    return any(until is None or until < since for until in heard)


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


def _heard_anew(alarm: Alarm, now: datetime) -> Alarm:
    return msgspec.structs.replace(
        alarm, acknowledged=None, sounds_since=now, escalated=0, escalated_at=None
    )


class _Shown(TypedDict):
    priority: AlarmPriority
    unseen: Reason | None


def _shown(alarm: Alarm, current: AlarmPriority, *, stays: bool) -> _Shown:
    """How urgent an alarm is shown to be that is now `current`; what is unseen `stays`."""
    if not stays or not is_higher(alarm.priority, current):
        return {"priority": current, "unseen": None}
    return {"priority": alarm.priority, "unseen": alarm.unseen or alarm.reasons[0]}
