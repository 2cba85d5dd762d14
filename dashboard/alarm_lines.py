"""The alarms of a bed as a screen says them: which comes first, and in which words.

A public screen says that something is wrong and what was measured, never which drug is given or
how a patient was judged.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from dashboard.tile import AlarmLine, HeldLine
from infusion.alarms.rules import RANK
from vocabulary.alarms import AlarmCode, AlarmPriority, Inactivation, SignalState
from vocabulary.ids import SELF_TEST_DEVICE
from vocabulary.roles import Audience
from wire.bed_state import AlarmView, BedState

HELD_WORDS: Final = {
    Inactivation.AUDIO_PAUSED: "audio paused",
    Inactivation.ALARM_PAUSED: "alarm paused",
    Inactivation.AUDIO_OFF: "audio off",
}
"""What IEC 60601-1-8 calls it."""

PUBLIC_WORDS: Final = {
    AlarmCode.SEDATION_DEEP: "last check needs attention",
    AlarmCode.AGITATION: "last check needs attention",
    AlarmCode.DISSOCIATION_STRONG: "last check needs attention",
    AlarmCode.DISTRESS: "last check needs attention",
    AlarmCode.NAUSEA: "last check needs attention",
    AlarmCode.NEWS2_HIGH: "last check needs attention",
    AlarmCode.PUMP_SETUP_WRONG: "pump is set up otherwise than ordered",
    AlarmCode.START_STEP_OPEN: "a step before the start is open",
}
"""Conditions whose own text tells more than visitors may read."""

_SIGNAL_ORDER: Final = (SignalState.ACTIVE, SignalState.LATCHED, SignalState.ACKNOWLEDGED)


def in_order(alarms: Iterable[AlarmView]) -> list[AlarmView]:
    """The most urgent first; among equals what nobody has seen, then the newest.

    "The newest of the highest priority first", as patient monitors have it.
    """
    return sorted(
        alarms,
        key=lambda alarm: (
            urgency(alarm.priority, alarm.signal_state, alarm.raised_at or alarm.since),
            alarm.id,
        ),
    )


def urgency(
    priority: AlarmPriority, state: SignalState, raised_at: datetime
) -> tuple[int, int, float]:
    """What puts alarms in their order, wherever they stand: the least comes first."""
    return -RANK[priority], _SIGNAL_ORDER.index(state), -raised_at.timestamp()


def alarm_line(state: BedState, audience: Audience) -> AlarmLine | None:
    """The first alarm of a bed, how many more there are, and the most urgent of those unseen."""
    if not state.alarms:
        return None
    first, *others = in_order(state.alarms)
    unseen = next((o for o in others if o.signal_state is not SignalState.ACKNOWLEDGED), None)
    return AlarmLine(
        id=first.id,
        priority=first.priority,
        text=alarm_text(first, state, audience),
        signal_state=first.signal_state,
        raised_ms=round((first.raised_at or first.since).timestamp() * 1000),
        by=first.acknowledged_by if audience is Audience.STAFF else "",
        is_escalated=first.escalated > 0 and audience is Audience.STAFF,
        more=len(others),
        more_unseen=None if unseen is None else unseen.priority,
        code=first.code if audience is Audience.STAFF else None,
    )


def alarm_text(alarm: AlarmView, state: BedState, audience: Audience) -> str:
    """What an alarm says to `audience`."""
    if audience is Audience.STAFF:
        return alarm.text
    if alarm.code in PUBLIC_WORDS:
        return PUBLIC_WORDS[alarm.code]
    drug = None if state.pump is None else state.pump.drug
    if not drug:
        return alarm.text
    return re.sub(re.escape(drug), "drug", alarm.text, flags=re.IGNORECASE)


def held_line(state: BedState, elapsed_s: float) -> HeldLine | None:
    """Which signals are held back, and for how long still; None once that is over."""
    held = state.held_back
    if held is None:
        return None
    left_s = (held.until - state.published_at).total_seconds() - elapsed_s
    return (
        HeldLine(words=HELD_WORDS[held.inactivation], left_s=round(left_s, 2))
        if left_s > 0
        else None
    )


def test_alarm(state: BedState) -> str:
    """The alarm of a self-test that stands at a bed; empty without one."""
    return next((a.id for a in state.alarms if a.subject == SELF_TEST_DEVICE), "")
