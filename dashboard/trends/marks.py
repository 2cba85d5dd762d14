"""What happened, as marks on a trend: each with its time, its kind and its words."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from enum import Enum
from typing import Any, Final

import msgspec

from dashboard.components.alarm_list import MARKS
from infusion.alarms.events import AlarmRaised, AlarmReturned
from infusion.delivered import Pause
from infusion.exact import plain
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


class MarkKind(str, Enum):
    """What a mark is about: decides its place and shape."""

    RATE = "rate"
    PAUSE = "pause"
    ORDER = "order"
    OBSERVATION = "observation"
    INTERVENTION = "intervention"
    ALARM = "alarm"
    NOTE = "note"
    LATE = "late"


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """One mark; `at` is UTC."""

    at: datetime
    kind: MarkKind
    text: str


def _observed(event: ObservationsRecorded) -> str:
    """A set with the level of each scale: sedation and dissociation over time."""
    told = f"{event.set} set, {event.by.printed_name}"
    levels = [f"{o.item} {o.value.level}" for o in event.observed if isinstance(o.value, Level)]
    return f"{told}: {', '.join(levels)}" if levels else told


_WORDS: Final[dict[type[Any], tuple[MarkKind, Callable[[Any], str]]]] = {
    OrderGiven: (MarkKind.ORDER, lambda e: f"{e.kind.value} order, {e.by.printed_name}"),
    PreparationConfirmed: (MarkKind.NOTE, lambda e: f"confirmed by {e.by.printed_name}"),
    PreparationConfirmedAlone: (MarkKind.NOTE, lambda e: f"confirmed alone by {e.by.printed_name}"),
    BaselineFrozen: (MarkKind.NOTE, lambda _: "baseline frozen"),
    StartHeld: (MarkKind.NOTE, lambda _: "start held by BP"),
    StartOverridden: (MarkKind.NOTE, lambda e: f"hold overridden: {e.reason}"),
    PauseConfirmed: (MarkKind.PAUSE, lambda e: f"pause confirmed: {e.reason}"),
    InfusionEndedEarly: (MarkKind.PAUSE, lambda e: f"ended early: {e.reason}"),
    SessionMovedToBed: (MarkKind.NOTE, lambda e: f"moved to chair {e.bed}: {e.reason}"),
    ObservationsRecorded: (MarkKind.OBSERVATION, _observed),
    NoteWritten: (MarkKind.NOTE, lambda e: e.text),
    AlarmRaised: (MarkKind.ALARM, lambda e: f"{MARKS[e.priority]} {e.text}"),
    AlarmReturned: (MarkKind.ALARM, lambda e: f"{MARKS[e.priority]} {e.text}, again"),
    OxygenChanged: (
        MarkKind.INTERVENTION,
        lambda e: f"oxygen {e.flow_l_min:g} L/min" if e.is_on else "oxygen off",
    ),
    RescueDrugGiven: (MarkKind.INTERVENTION, lambda e: f"{e.drug} {plain(e.dose)} {e.unit}"),
    PrescriberCalled: (MarkKind.INTERVENTION, lambda e: f"called {e.prescriber} {e.about}".strip()),
    PrescriberAnswered: (
        MarkKind.INTERVENTION,
        lambda e: f"{e.prescriber}: {e.words or 'answered'}",
    ),
    IvFailed: (MarkKind.INTERVENTION, lambda e: f"IV failed: {e.what}"),
    IvResited: (MarkKind.INTERVENTION, lambda e: f"IV resited: {e.site}"),
    AdverseEventRecorded: (
        MarkKind.INTERVENTION,
        lambda e: f"adverse event, grade {e.grade}: {e.what}",
    ),
    AdverseEventEnded: (MarkKind.INTERVENTION, lambda e: f"adverse event over, grade {e.grade}"),
    SymptomsReported: (MarkKind.INTERVENTION, lambda e: f"symptoms: {', '.join(e.symptoms)}"),
    HelpCalled: (MarkKind.INTERVENTION, lambda _: "help called"),
    EmergencyBegun: (MarkKind.INTERVENTION, lambda _: "EMERGENCY"),
    EmergencyStamped: (MarkKind.INTERVENTION, lambda e: f"emergency: {e.what}"),
    EmergencyEnded: (MarkKind.INTERVENTION, lambda _: "emergency over"),
    Discharged: (MarkKind.NOTE, lambda e: f"discharged, with {e.escort}"),
    LeftBeforeReady: (MarkKind.NOTE, lambda e: f"left before ready: {e.reason}"),
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
        []
        if started_at is None
        else [Mark(at=started_at, kind=MarkKind.RATE, text="infusion started")]
    )
    for change in changes:
        why = f": {change.reason}" if change.reason else ", no reason yet"
        text = f"{plain(change.from_ml_h)} to {plain(change.to_ml_h)} mL/h{why}"
        found.append(Mark(at=change.at, kind=MarkKind.RATE, text=text))
    for pause in pauses:
        told = "" if pause.reason is None else f" ({pause.reason.value})"
        found.append(Mark(at=pause.begins, kind=MarkKind.PAUSE, text=f"paused{told}"))
        if pause.ends is not None:
            found.append(Mark(at=pause.ends, kind=MarkKind.PAUSE, text="resumed"))
    return found
