"""A command of a person about alarms, now: accepted with what follows, or refused with the reason.

An alarm itself is never decided upon: what is so is alarmed.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final, TypeAlias

import msgspec

from infusion.alarms import commands as c
from infusion.alarms.events import (
    AlarmDeeds,
    AlarmsAcknowledged,
    LimitChanged,
    OffMonitorBegun,
    OffMonitorEnded,
    SignalsHeldBack,
    SignalsResumed,
)
from infusion.alarms.limits import LABELS, shown
from infusion.alarms.rules import RANK, AlarmRules, LimitRule, Side
from infusion.alarms.signals import sound_of
from infusion.alarms.state import AlarmBook, BedAlarms
from infusion.commands import Refused
from infusion.patient import Person
from vocabulary.alarms import Inactivation
from vocabulary.states import SessionState


class AlarmsAccepted(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be appended, in this order."""

    events: tuple[AlarmDeeds, ...]


AlarmDecision: TypeAlias = AlarmsAccepted | Refused


def decide_alarms(
    state: BedAlarms, command: c.AlarmCommand, now: datetime, book: AlarmBook
) -> AlarmDecision:
    """What follows from `command` at `now` (UTC) for the alarms of a bed."""
    refused = _refuse_person(command, book)
    if refused is not None:
        return refused
    return _DECIDE[type(command)](state, command, now, book)


def _refuse_person(command: c.AlarmCommand, book: AlarmBook) -> Refused | None:
    by: Person | None = command.by
    if by is None:
        if _may_be_nameless(command):
            return None
        return Refused(reason="that needs a name", what_to_do="log in, or give name and PIN")
    roles = book.clinic.sessions.people.may_chart
    if isinstance(command, c.ChangeLimit):
        roles = book.rules.may_change_limits
    if by.role in roles:
        return None
    return Refused(
        reason=f"{by.role.value} may not do that",
        what_to_do=f"ask a {' or '.join(role.value for role in roles)}",
    )


def _may_be_nameless(command: c.AlarmCommand) -> bool:
    """The sound of a bed is paused and resumed from an enrolled screen without a name."""
    if isinstance(command, c.HoldBackSignals):
        return bool(command.screen) and command.inactivation is Inactivation.AUDIO_PAUSED
    return isinstance(command, c.ResumeSignals) and bool(command.screen)


def _acknowledge(
    state: BedAlarms, command: c.AcknowledgeAlarms, now: datetime, _: AlarmBook
) -> AlarmDecision:
    asked = [alarm for alarm in state.alarms.values() if alarm.id in command.alarms]
    if not asked:
        return Refused(reason="that alarm is over", what_to_do="look at what stands now")
    open_ones = tuple(alarm.id for alarm in asked if alarm.acknowledged is None)
    if not open_ones:
        seen = asked[0].acknowledged
        name = "somebody" if seen is None else seen.by.printed_name
        return Refused(reason=f"{name} has acknowledged it already", what_to_do="go on")
    return _accept(AlarmsAcknowledged, state, now, by=command.by, alarms=open_ones)


def _hold_back(
    state: BedAlarms, command: c.HoldBackSignals, now: datetime, book: AlarmBook
) -> AlarmDecision:
    how = command.inactivation
    longest_s = book.rules.signals.longest_s[how]
    for_s = longest_s if command.for_s is None else command.for_s
    if not 0 < for_s <= longest_s:
        return Refused(
            reason=f"{_words(how)} is for {longest_s / 60:g} min at most",
            what_to_do="choose a shorter time",
        )
    held = state.held
    if held is not None and held.inactivation is how and held.until > now:
        left_s = (held.until - now).total_seconds()
        return Refused(
            reason=f"{_words(how)} already, for another {left_s:.0f} s",
            what_to_do="acknowledge the alarm, or repeat it after that",
        )
    if how is Inactivation.AUDIO_PAUSED:
        if sound_of(state.alarms.values(), None) is None:
            return Refused(reason="no alarm sounds at this bed", what_to_do="go on")
    elif not command.reason.strip():
        return Refused(reason=f"{_words(how)} needs a reason", what_to_do="enter the reason")
    return _accept(
        SignalsHeldBack,
        state,
        now,
        inactivation=how,
        until=now + timedelta(seconds=for_s),
        by=command.by,
        screen=command.screen,
        reason=command.reason.strip(),
    )


def _words(how: Inactivation) -> str:
    return how.value.replace("_", " ")


def _resume(
    state: BedAlarms, command: c.ResumeSignals, now: datetime, _: AlarmBook
) -> AlarmDecision:
    if state.held is None:
        return Refused(reason="no signal is held back at this bed", what_to_do="go on")
    return _accept(SignalsResumed, state, now, by=command.by, screen=command.screen)


def _change_limit(
    state: BedAlarms, command: c.ChangeLimit, now: datetime, book: AlarmBook
) -> AlarmDecision:
    rule = book.rules.find_limit(command.limit)
    if rule is None:
        return Refused(reason=f"there is no limit {command.limit!r}", what_to_do="reload the page")
    refused = _refuse_limit(state, command, rule)
    if refused is not None:
        return refused
    before = state.changes.get(rule.limit, rule.amount)
    after = rule.amount if command.amount is None else command.amount
    if after == before:
        return Refused(reason=f"it is {shown(before)} already", what_to_do="go on")
    refused = _refuse_order(state, rule, after, book.rules)
    if refused is not None:
        return refused
    return _accept(
        LimitChanged,
        state,
        now,
        by=command.by,
        limit=rule.limit,
        before=before,
        amount=command.amount,
        reason=command.reason.strip(),
    )


def _refuse_limit(state: BedAlarms, command: c.ChangeLimit, rule: LimitRule) -> Refused | None:
    if state.situation.phase is None:
        return Refused(
            reason="nobody is in the chair", what_to_do="limits are changed for a session"
        )
    if command.amount is None:
        return None
    if rule.bounds is None:
        return Refused(
            reason=f"the limit {LABELS[rule.of]} {shown(rule.amount)} is fixed",
            what_to_do="the clinic's configuration decides",
        )
    if not rule.bounds.low <= command.amount <= rule.bounds.high:
        return Refused(
            reason=f"{LABELS[rule.of]} {shown(command.amount)} is outside "
            f"{shown(rule.bounds.low)} to {shown(rule.bounds.high)}",
            what_to_do="choose a limit within",
        )
    if not command.reason.strip():
        return Refused(reason="another limit needs a reason", what_to_do="enter the reason")
    return None


def _refuse_order(
    state: BedAlarms, rule: LimitRule, amount: float, rules: AlarmRules
) -> Refused | None:
    """A more urgent limit must not be reached before a less urgent one."""
    sign = 1 if rule.side is Side.ABOVE else -1
    changes = {**state.changes, rule.limit: amount}
    alike = [r for r in rules.limits if (r.of, r.side, r.basis) == (rule.of, rule.side, rule.basis)]
    alike.sort(key=lambda r: (RANK[r.priority], sign * r.amount))
    for mild, urgent in pairwise(alike):
        mild_at = changes.get(mild.limit, mild.amount)
        urgent_at = changes.get(urgent.limit, urgent.amount)
        if sign * mild_at > sign * urgent_at:
            other, other_at = (urgent, urgent_at) if rule is mild else (mild, mild_at)
            return Refused(
                reason=f"{LABELS[rule.of]} {shown(amount)} passes the {other.priority.value} "
                f"limit {shown(other_at)}",
                what_to_do="change that one first",
            )
    return None


def _begin_off(
    state: BedAlarms, command: c.BeginOffMonitor, now: datetime, _: AlarmBook
) -> AlarmDecision:
    phase = state.situation.phase
    if phase is None:
        return Refused(reason="nobody is in the chair", what_to_do="go on")
    if state.off_monitor is not None:
        return Refused(reason="the patient is off the monitor already", what_to_do="go on")
    if phase is SessionState.INFUSING and not command.accompanied_by.strip():
        return Refused(
            reason="the pump infuses",
            what_to_do="pause at the pump, or say who accompanies the patient",
        )
    return _accept(
        OffMonitorBegun,
        state,
        now,
        by=command.by,
        accompanied_by=command.accompanied_by.strip(),
    )


def _end_off(
    state: BedAlarms, command: c.EndOffMonitor, now: datetime, _: AlarmBook
) -> AlarmDecision:
    if state.off_monitor is None:
        return Refused(reason="the patient is on the monitor", what_to_do="go on")
    return _accept(OffMonitorEnded, state, now, by=command.by)


def _accept(
    kind: Callable[..., AlarmDeeds],
    state: BedAlarms,
    now: datetime,
    **fields: Any,  # noqa: ANN401 - what this deed has besides
) -> AlarmsAccepted:
    deed = kind(ward=state.ward, bed=state.bed, session=state.situation.session, at=now, **fields)
    return AlarmsAccepted(events=(deed,))


_DECIDE: Final[dict[type[Any], Callable[[BedAlarms, Any, datetime, AlarmBook], AlarmDecision]]] = {
    c.AcknowledgeAlarms: _acknowledge,
    c.HoldBackSignals: _hold_back,
    c.ResumeSignals: _resume,
    c.ChangeLimit: _change_limit,
    c.BeginOffMonitor: _begin_off,
    c.EndOffMonitor: _end_off,
}
