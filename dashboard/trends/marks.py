"""What happened, as marks on a trend: each with its time, its kind and its words."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from dashboard.components.alarm_list import MARKS
from infusion.alarms.events import AlarmRaised, AlarmReturned
from infusion.delivered import Pause
from infusion.interventions.events import (
    AdverseEventEnded,
    AdverseEventRecorded,
    EmergencyBegun,
    EmergencyEnded,
    EmergencyStamped,
    HelpCalled,
    IvFailed,
    IvResited,
    OxygenChanged,
    PrescriberAnswered,
    PrescriberCalled,
    RescueDrugGiven,
    SymptomsReported,
)
from infusion.observations.events import NoteWritten, ObservationsRecorded
from infusion.observations.values import Level
from infusion.report.dose import RateChangeLine
from infusion.session_events import (
    BaselineFrozen,
    Discharged,
    InfusionEndedEarly,
    LeftBeforeReady,
    OrderGiven,
    PauseConfirmed,
    PreparationConfirmed,
    PreparationConfirmedAlone,
    SessionMovedToBed,
    StartHeld,
    StartOverridden,
)
from vocabulary.ids import SELF_TEST_DEVICE


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """One mark. `kind` decides its place and shape; `at` is UTC."""

    at: datetime
    kind: str
    text: str


def _observed(event: ObservationsRecorded) -> str:
    """A set with the level of each scale: sedation and dissociation over time."""
    told = f"{event.set} set, {event.by.printed_name}"
    levels = [f"{o.item} {o.value.level}" for o in event.observed if isinstance(o.value, Level)]
    return f"{told}: {', '.join(levels)}" if levels else told


_WORDS: Final[dict[type[Any], tuple[str, Callable[[Any], str]]]] = {
    OrderGiven: ("order", lambda e: f"{e.kind.value} order, {e.by.printed_name}"),
    PreparationConfirmed: ("note", lambda e: f"confirmed by {e.by.printed_name}"),
    PreparationConfirmedAlone: ("note", lambda e: f"confirmed alone by {e.by.printed_name}"),
    BaselineFrozen: ("note", lambda _: "baseline frozen"),
    StartHeld: ("note", lambda _: "start held by BP"),
    StartOverridden: ("note", lambda e: f"hold overridden: {e.reason}"),
    PauseConfirmed: ("pause", lambda e: f"pause confirmed: {e.reason}"),
    InfusionEndedEarly: ("pause", lambda e: f"ended early: {e.reason}"),
    SessionMovedToBed: ("note", lambda e: f"moved to chair {e.bed}: {e.reason}"),
    ObservationsRecorded: ("observation", _observed),
    NoteWritten: ("note", lambda e: e.text),
    AlarmRaised: ("alarm", lambda e: f"{MARKS[e.priority]} {e.text}"),
    AlarmReturned: ("alarm", lambda e: f"{MARKS[e.priority]} {e.text}, again"),
    OxygenChanged: (
        "intervention",
        lambda e: f"oxygen {e.flow_l_min:g} L/min" if e.is_on else "oxygen off",
    ),
    RescueDrugGiven: ("intervention", lambda e: f"{e.drug} {e.dose.normalize():f} {e.unit}"),
    PrescriberCalled: ("intervention", lambda e: f"called {e.prescriber} {e.about}".strip()),
    PrescriberAnswered: ("intervention", lambda e: f"{e.prescriber}: {e.words or 'answered'}"),
    IvFailed: ("intervention", lambda e: f"IV failed: {e.what}"),
    IvResited: ("intervention", lambda e: f"IV resited: {e.site}"),
    AdverseEventRecorded: ("intervention", lambda e: f"adverse event, grade {e.grade}: {e.what}"),
    AdverseEventEnded: ("intervention", lambda e: f"adverse event over, grade {e.grade}"),
    SymptomsReported: ("intervention", lambda e: f"symptoms: {', '.join(e.symptoms)}"),
    HelpCalled: ("intervention", lambda _: "help called"),
    EmergencyBegun: ("intervention", lambda _: "EMERGENCY"),
    EmergencyStamped: ("intervention", lambda e: f"emergency: {e.what}"),
    EmergencyEnded: ("intervention", lambda _: "emergency over"),
    Discharged: ("note", lambda e: f"discharged, with {e.escort}"),
    LeftBeforeReady: ("note", lambda e: f"left before ready: {e.reason}"),
}
"""What of a session's chain is marked, how, and with which words; others add theirs."""


def marks_of_events(events: Iterable[Any]) -> list[Mark]:
    """The marks of a session's events; a self-test at the chair is none."""
    found = []
    for event in events:
        known = _WORDS.get(type(event))
        if known is not None and getattr(event, "subject", "") != SELF_TEST_DEVICE:
            kind, words = known
            found.append(Mark(at=event.at, kind=kind, text=words(event)))
    return found


def marks_of_delivery(
    changes: Sequence[RateChangeLine], pauses: Sequence[Pause], started_at: datetime | None
) -> list[Mark]:
    """Start, rate changes with their reasons, and pauses, by what the pumps told."""
    found = (
        [] if started_at is None else [Mark(at=started_at, kind="rate", text="infusion started")]
    )
    for change in changes:
        why = f": {change.reason}" if change.reason else ", no reason yet"
        text = f"{change.from_ml_h.normalize():f} to {change.to_ml_h.normalize():f} mL/h{why}"
        found.append(Mark(at=change.at, kind="rate", text=text))
    for pause in pauses:
        told = "" if pause.reason is None else f" ({pause.reason.value})"
        found.append(Mark(at=pause.begins, kind="pause", text=f"paused{told}"))
        if pause.ends is not None:
            found.append(Mark(at=pause.ends, kind="pause", text="resumed"))
    return found
