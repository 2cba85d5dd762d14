"""What follows from interventions: what holds now, and since when."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from infusion.association import Interval
from infusion.interventions.events import (
    AdverseEventEnded,
    AdverseEventRecorded,
    EmergencyBegun,
    EmergencyEnded,
    HelpCalled,
    HelpEnded,
    Intervention,
    IvFailed,
    IvResited,
    OxygenChanged,
    PrescriberAnswered,
    PrescriberCalled,
)
from infusion.session import Session
from vocabulary.ids import AdverseEventId


class AdverseEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An adverse event as it is known: its worst grade, when it began and ended (UTC)."""

    adverse: AdverseEventId
    what: str
    grade: int
    words: str
    began_at: datetime
    ended_at: datetime | None


def oxygen_l_min(session: Session, at: datetime) -> float | None:
    """Oxygen at a moment, L/min, 0 on air; None while nobody has said."""
    told = [e for e in session.interventions if isinstance(e, OxygenChanged) and e.at <= at]
    return max(told, key=lambda e: e.at).flow_l_min if told else None


def uncertain_delivery(session: Session) -> tuple[Interval, ...]:
    """When it is uncertain whether what the pump gave reached the patient: the IV had failed."""
    return _intervals(session.interventions, IvFailed, IvResited)


def emergencies(session: Session) -> tuple[Interval, ...]:
    """When there was an emergency; the last one may last. The patient's leaving ends it."""
    found = _intervals(session.interventions, EmergencyBegun, EmergencyEnded)
    if session.closed is None or not found or found[-1].until is not None:
        return found
    until = max(session.closed.at, found[-1].since)
    return (*found[:-1], Interval(since=found[-1].since, until=until))


def is_emergency(session: Session) -> bool:
    """Whether there is an emergency now."""
    found = emergencies(session)
    return bool(found) and found[-1].until is None


def open_help(session: Session) -> HelpCalled | None:
    """The call for help that nobody has ended; the oldest of several."""
    waiting: HelpCalled | None = None
    for event in session.interventions:
        if isinstance(event, HelpCalled):
            waiting = waiting or event
        elif isinstance(event, HelpEnded):
            waiting = None
    return waiting if session.closed is None else None


def open_call(session: Session) -> PrescriberCalled | None:
    """The call to a prescriber that was not answered yet."""
    waiting: PrescriberCalled | None = None
    for event in _in_time(session.interventions):
        if isinstance(event, PrescriberCalled):
            waiting = event
        elif isinstance(event, PrescriberAnswered):
            waiting = None
    return waiting


def adverse_events(session: Session) -> tuple[AdverseEvent, ...]:
    """All adverse events, in the order in which they were recorded."""
    found: dict[AdverseEventId, AdverseEvent] = {}
    for event in session.interventions:
        if isinstance(event, AdverseEventRecorded):
            found[event.adverse] = AdverseEvent(
                adverse=event.adverse,
                what=event.what,
                grade=event.grade,
                words=event.words,
                began_at=event.at,
                ended_at=event.ended_at,
            )
        elif isinstance(event, AdverseEventEnded) and event.adverse in found:
            held = found[event.adverse]
            found[event.adverse] = msgspec.structs.replace(
                held, ended_at=event.at, grade=max(held.grade, event.grade)
            )
    return tuple(found.values())


def _in_time(events: Iterable[Intervention]) -> Sequence[Intervention]:
    return sorted(events, key=lambda event: event.at)


def _intervals(
    events: Iterable[Intervention], begins: type[Intervention], ends: type[Intervention]
) -> tuple[Interval, ...]:
    found: list[Interval] = []
    since: datetime | None = None
    for event in _in_time(events):
        if isinstance(event, begins) and since is None:
            since = event.at
        elif isinstance(event, ends) and since is not None:
            found.append(Interval(since=since, until=event.at))
            since = None
    if since is not None:
        found.append(Interval(since=since))
    return tuple(found)
