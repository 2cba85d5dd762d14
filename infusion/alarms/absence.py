"""Off the monitor: the patient is away for a while, with a limit, and comes back by himself."""

from datetime import datetime, timedelta

import msgspec

from infusion.alarms.claims import Claim, claim_of
from infusion.alarms.events import OffMonitorBegun
from infusion.alarms.rules import AlarmRules, Finding
from infusion.alarms.signal_rules import OffMonitorRules
from infusion.patient import Person
from vocabulary.alarms import AlarmCode


class OffMonitor(msgspec.Struct, frozen=True, kw_only=True):
    """The patient is off the monitor, until `until` at most. Times UTC.

    `has_left`: the signals went away, so that their return ends it; `back_since`: they are back.
    """

    since: datetime
    until: datetime
    by: Person
    accompanied_by: str = ""
    has_left: bool = False
    back_since: datetime | None = None


def begin(deed: OffMonitorBegun, rules: OffMonitorRules) -> OffMonitor:
    """The patient goes."""
    return OffMonitor(
        since=deed.at,
        until=deed.at + timedelta(seconds=rules.limit_s),
        by=deed.by,
        accompanied_by=deed.accompanied_by,
    )


def look(off: OffMonitor, now: datetime, *, has_signals: bool) -> OffMonitor:
    """Whether the patient is gone, or back: signals that were never away say nothing."""
    if not has_signals:
        if off.has_left and off.back_since is None:
            return off
        return msgspec.structs.replace(off, has_left=True, back_since=None)
    if off.has_left and off.back_since is None:
        return msgspec.structs.replace(off, back_since=now)
    return off


def over_at(off: OffMonitor, rules: OffMonitorRules) -> datetime | None:
    """When the patient counts as back if the signals stay; None while there are none."""
    if off.back_since is None:
        return None
    return off.back_since + timedelta(seconds=rules.back_s)


def long_claim(off: OffMonitor, rules: AlarmRules) -> Claim:
    """That the patient has been away for too long; it comes when the time is over."""
    limit_s = rules.off_monitor.limit_s
    rule = rules.findings[Finding.OFF_MONITOR_LONG]
    text = f"off the monitor for {limit_s / 60:.0f} min"
    claim = claim_of(Finding.OFF_MONITOR_LONG, AlarmCode.OFF_MONITOR_LONG, rule, text)
    return msgspec.structs.replace(claim, since=off.since, delay_s=limit_s)
