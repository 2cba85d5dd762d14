"""What people held back, changed or excused at the alarms of a bed: who, why, and until when.

A pure fold over the record, as the log of alarms is (IEC 60601-1-8, 6.12: a log holds the limits
and the states of inactivation besides the alarms).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import Enum
from typing import Final, TypeAlias, get_args

import msgspec

from infusion.alarms.events import (
    InactivationEnded,
    LimitChanged,
    OffMonitorBegun,
    OffMonitorEnded,
    OffMonitorOver,
    SignalsHeldBack,
    SignalsResumed,
)
from infusion.alarms.limits import shown
from infusion.patient import Person
from vocabulary.ids import BedId, SessionId, WardId

HeldEvent: TypeAlias = (
    SignalsHeldBack
    | SignalsResumed
    | InactivationEnded
    | LimitChanged
    | OffMonitorBegun
    | OffMonitorEnded
    | OffMonitorOver
)
HELD_EVENTS: Final = get_args(HeldEvent)
"""What it is made of; everything else is passed over."""


class HeldKind(str, Enum):
    """What was done to the alarms of a bed."""

    AUDIO_PAUSED = "audio_paused"
    ALARM_PAUSED = "alarm_paused"
    AUDIO_OFF = "audio_off"
    OFF_MONITOR = "off_monitor"
    LIMIT = "limit"


class HeldRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One of them. Times UTC.

    `by`: None from a `screen` of the ward. `until`: when it ends at the latest, None for a limit,
    which holds for the session. `ended_at`, `how`: None and empty while it lasts.
    """

    ward: WardId
    bed: BedId
    session: SessionId | None
    what: HeldKind
    at: datetime
    by: Person | None = None
    screen: str = ""
    words: str = ""
    until: datetime | None = None
    ended_at: datetime | None = None
    how: str = ""


def held_log(events: Iterable[object], off_monitor_s: float) -> tuple[HeldRecord, ...]:
    """All that was held back, changed or excused by `events` (in the order of the record)."""
    found: list[HeldRecord] = []
    standing: dict[tuple[object, ...], int] = {}
    for event in events:
        if not isinstance(event, HELD_EVENTS):
            continue
        is_of_signals = isinstance(event, SignalsHeldBack | SignalsResumed | InactivationEnded)
        key = (event.ward, event.bed, is_of_signals)
        if isinstance(event, LimitChanged):
            found.append(_limit(event))
            continue
        place = standing.pop(key, None)
        if place is not None:
            found[place] = msgspec.structs.replace(found[place], ended_at=event.at, how=_how(event))
        if isinstance(event, SignalsHeldBack):
            standing[key] = len(found)
            found.append(_held(event))
        elif isinstance(event, OffMonitorBegun):
            standing[key] = len(found)
            found.append(_off(event, off_monitor_s))
    return tuple(found)


def _held(event: SignalsHeldBack) -> HeldRecord:
    return HeldRecord(
        ward=event.ward,
        bed=event.bed,
        session=event.session,
        what=HeldKind(event.inactivation.value),
        at=event.at,
        by=event.by,
        screen=event.screen,
        words=event.reason,
        until=event.until,
    )


def _off(event: OffMonitorBegun, longest_s: float) -> HeldRecord:
    with_ = f"with {event.accompanied_by}" if event.accompanied_by else ""
    return HeldRecord(
        ward=event.ward,
        bed=event.bed,
        session=event.session,
        what=HeldKind.OFF_MONITOR,
        at=event.at,
        by=event.by,
        words=with_,
        until=event.at + timedelta(seconds=longest_s),
    )


def _limit(event: LimitChanged) -> HeldRecord:
    name = event.limit.replace("_", " ")
    after = "the clinic's again" if event.amount is None else shown(event.amount)
    return HeldRecord(
        ward=event.ward,
        bed=event.bed,
        session=event.session,
        what=HeldKind.LIMIT,
        at=event.at,
        by=event.by,
        words=f"{name}: {shown(event.before)} to {after}"
        + (f" ({event.reason})" if event.reason else ""),
    )


def _how(event: HeldEvent) -> str:
    if isinstance(event, InactivationEnded):
        return event.how.value.replace("_", " ")
    if isinstance(event, SignalsResumed):
        return f"by {event.screen if event.by is None else event.by.printed_name}"
    if isinstance(event, OffMonitorEnded):
        return f"by {event.by.printed_name}"
    return "signals are back" if isinstance(event, OffMonitorOver) else "began anew"
