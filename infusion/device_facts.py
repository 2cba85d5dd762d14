"""What is to be concluded of a session's pump: what its log tells, and nobody has concluded yet.

Conclusions are never taken back. Where a late word shows that one of them is not how it went on
(a pump was heard to stop, and had run on unheard), another of the same moment is put behind it.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

import msgspec

from infusion.events import InfusionEnded, InfusionPaused, InfusionResumed, InfusionStarted
from infusion.flow_changes import FlowChange, changes_of
from infusion.pump import DeliveryPhase
from infusion.pump_log import PumpLog
from infusion.runs import DeviceFact
from infusion.session import Session, bed_at


def facts_to_conclude(
    session: Session, log: PumpLog, at: datetime, cause: int
) -> tuple[DeviceFact, ...]:
    """The facts that follow from a log of the session and are not its own yet, in order of time."""
    told = [fact for fact in session.facts if fact.device == log.device]
    known = {(type(fact), fact.observed_at) for fact in told}
    changes = changes_of(log)
    about = {"ward": session.plan.ward, "at": at, "cause": cause, "session": session.id}
    found = [_fact_of(change, session, log, about) for change in changes]
    found = [fact for fact in found if (type(fact), fact.observed_at) not in known]
    turned = [_fact_of(c, session, log, about) for c in _turned(log, [*told, *found], changes)]
    return tuple(sorted([*found, *turned], key=lambda fact: fact.observed_at))


def _turned(
    log: PumpLog, told: Sequence[DeviceFact], changes: Sequence[FlowChange]
) -> Iterator[FlowChange]:
    """For each moment at which the last word told is not how the pump went on: how it did.

    At its first fact the last word may be of an earlier time when the pump was the session's.
    """
    words = sorted(told, key=lambda fact: fact.observed_at)
    moments = {fact.observed_at for fact in words if _is_within(log, fact.observed_at)}
    moments.update(fact.at for fact in islice(log.facts(), 1))
    for moment in sorted(moments):
        said = [fact for fact in words if fact.observed_at <= moment]
        went_on = _at(moment, changes)
        says_running = bool(said) and isinstance(said[-1], InfusionStarted | InfusionResumed)
        if says_running is not (went_on.phase is DeliveryPhase.RUNNING):
            yield went_on


def _is_within(log: PumpLog, at: datetime) -> bool:
    return (log.since is None or at >= log.since) and (log.until is None or at < log.until)


def _at(at: datetime, changes: Sequence[FlowChange]) -> FlowChange:
    """What the pump did from a moment on."""
    before = [change for change in changes if change.at <= at]
    if not before:
        return FlowChange(
            at=at,
            phase=DeliveryPhase.INTERRUPTED,
            is_first=False,
            volume_ml=0.0,
            rate_ml_h=None,
            counter=None,
        )
    return msgspec.structs.replace(before[-1], at=at, is_first=False)


def _fact_of(
    change: FlowChange, session: Session, log: PumpLog, about: dict[str, Any]
) -> DeviceFact:
    where: dict[str, Any] = {
        "bed": bed_at(session, change.at) or session.bed,
        "device": log.device,
        "observed_at": change.at,
    }
    if change.phase is DeliveryPhase.RUNNING and change.is_first:
        return InfusionStarted(**about, **where, counter=change.counter, rate_ml_h=change.rate_ml_h)
    if change.phase is DeliveryPhase.RUNNING:
        return InfusionResumed(**about, **where, rate_ml_h=change.rate_ml_h)
    is_over = change.phase is DeliveryPhase.ENDED
    return (InfusionEnded if is_over else InfusionPaused)(
        **about, **where, volume_ml=change.volume_ml
    )
