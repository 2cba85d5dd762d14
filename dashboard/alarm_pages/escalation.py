"""Whom alarms that nobody acknowledges went on to, from the record. Blocks."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from dashboard.alarm_desk import session_of
from dashboard.context import Services
from dashboard.local_time import clock_text
from infusion.alarms.events import AlarmEscalated
from infusion.happenings import session_chain, ward_chain
from infusion.patient import AccountId
from vocabulary.alarms import SignalState
from wire.bed_state import AlarmView, BedState


def escalated_words(
    parts: Services, state: BedState, now: datetime, zone: tzinfo
) -> dict[str, str]:
    """For each alarm of a bed that went on to somebody: "escalated 14:03 to Olga Nurse"."""
    unanswered = [alarm for alarm in state.alarms if is_escalated(alarm)]
    if not unanswered:
        return {}
    session = session_of(state)
    chain = ward_chain(state.ward) if session is None else session_chain(session)
    since = min(alarm.raised_at or alarm.since for alarm in unanswered)
    events = parts.record.chains.of_kinds(chain, (AlarmEscalated,), since, now)
    newest: dict[str, AlarmEscalated] = {
        e.alarm: e for e in events if isinstance(e, AlarmEscalated)
    }
    return {
        alarm.id: f"escalated {clock_text(step.at, zone)} to {_names(parts, step.told)}"
        for alarm in unanswered
        if (step := newest.get(alarm.id)) is not None
    }


def is_escalated(alarm: AlarmView) -> bool:
    """Whether somebody else was told of an alarm that nobody has acknowledged yet."""
    return alarm.escalated > 0 and alarm.signal_state is not SignalState.ACKNOWLEDGED


def _names(parts: Services, told: Sequence[AccountId]) -> str:
    found = (parts.record.accounts.find(account) for account in told)
    names = [account.printed_name for account in found if account is not None]
    return ", ".join(names) or "the whole ward"
