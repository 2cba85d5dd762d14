"""Events -> session. Nothing is refused here, and nothing is lost.

People's events and device facts are taken up in the order of the record; the state and the runs
are worked out anew after each, so that late facts and corrections find their place by themselves.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import TypeAlias

import msgspec

from infusion.alarms.events import AlarmDeeds, AlarmEvent
from infusion.digests import SamplesDigested
from infusion.events import (
    CheckFellOverdue,
    InfusionEnded,
    InfusionPaused,
    InfusionResumed,
    InfusionStarted,
)
from infusion.runs import DeviceFact, runs_of, tell_kinds
from infusion.session import Session
from infusion.session_changes import changed_by
from infusion.session_events import (
    Discharged,
    LeftBeforeReady,
    PeoplesEvent,
    SessionPlanned,
)
from vocabulary.states import SessionState

_PassedOver: TypeAlias = SamplesDigested | AlarmEvent | AlarmDeeds
SessionInput: TypeAlias = PeoplesEvent | DeviceFact | CheckFellOverdue | _PassedOver
"""What stands in a session's chain. Digests and alarms change nothing of the session itself."""


class NotPlanned(ValueError):
    """Events of a session that begin with something else than its plan."""


def fold(events: Iterable[SessionInput]) -> Session:
    """The session after `events`, in their order. Raises NotPlanned if no plan comes first."""
    session: Session | None = None
    for event in events:
        session = take(session, event)
    if session is None:
        raise NotPlanned("there are no events, so there is no session")
    return session


def take(session: Session | None, event: SessionInput) -> Session:
    """`session` after one more event. Raises NotPlanned if the first one is no plan."""
    if session is None:
        if not isinstance(event, SessionPlanned):
            raise NotPlanned(f"{type(event).__name__} came before the session was planned")
        return Session(plan=event)
    if isinstance(event, _PassedOver):
        return session
    changed = msgspec.structs.replace(session, taken=session.taken + 1)
    if isinstance(event, InfusionStarted | InfusionPaused | InfusionResumed | InfusionEnded):
        changed = msgspec.structs.replace(changed, facts=(*changed.facts, event))
    else:
        changed = changed_by(changed, event)
    return _derived(changed)


def _derived(session: Session) -> Session:
    runs = tell_kinds(
        runs_of(session.facts, session.charted, session.associations),
        session.explained,
        session.associations,
        _ready_since(session),
    )
    session = msgspec.structs.replace(session, runs=runs)
    return msgspec.structs.replace(session, state=_state_of(session))


def _ready_since(session: Session) -> datetime | None:
    """Since when the pump may be started; None while it may not."""
    if session.ready is None:
        return None
    if session.held is None:
        return session.ready.at
    if session.overridden is None:
        return None
    return max(session.ready.at, session.overridden.at)


def _state_of(session: Session) -> SessionState:
    if session.signed is not None:
        return SessionState.SIGNED
    if session.made_ready is not None:
        return SessionState.READY_FOR_SIGN_OFF
    if isinstance(session.closed, Discharged | LeftBeforeReady):
        return SessionState.DISCHARGED
    if session.has_drug:
        return _state_with_drug(session)
    if session.closed is not None:
        return SessionState.CANCELLED
    return SessionState.PREPARING if session.stays else SessionState.PLANNED


def _state_with_drug(session: Session) -> SessionState:
    runs = session.drug_runs
    if any(run.is_running for run in runs):
        return SessionState.INFUSING
    last = max(runs, key=lambda run: (run.stopped_at or run.began_at, run.began_at))
    if last.ended_at is not None or session.early_end is not None or session.closed is not None:
        return SessionState.RECOVERY
    return SessionState.PAUSED
