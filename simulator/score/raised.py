"""What a receiver raised, read from the events of its record as `python -m record events` has them.

Known by their names are AlarmRaised, AlarmChanged, AlarmReturned, AlarmLatched and AlarmEnded; all
other events are passed over.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import Enum
from typing import Final

import msgspec

from vocabulary.alarms import AlarmCode, AlarmKind, AlarmPriority


class Sign(str, Enum):
    """How an alarm showed itself: first, more urgent, once more, or anew for another reason."""

    RAISED = "raised"
    RISEN = "risen"
    RETURNED = "returned"
    RENEWED = "renewed"


URGENCY: Final = {AlarmPriority.LOW: 0, AlarmPriority.MEDIUM: 1, AlarmPriority.HIGH: 2}


class Onset(msgspec.Struct, kw_only=True):
    """One alarm showing itself at a bed. `alarm_id` is the receiver's; times UTC.

    `subject`: the device it is about, if it is about one. `sounds_again`: False if its own signal
    only goes on. `over_at`: when it had ended or was latched, `is_latched` says which; None while
    it goes on.
    """

    sign: Sign
    ward: str
    bed: str | None
    alarm: AlarmCode
    kind: AlarmKind
    priority: AlarmPriority
    alarm_id: str
    at: datetime
    text: str = ""
    subject: str = ""
    sounds_again: bool = True
    over_at: datetime | None = None
    is_latched: bool = False

    @property
    def is_audible(self) -> bool:
        """Whether it is heard: low alarms are silent."""
        return self.sounds_again and self.priority is not AlarmPriority.LOW

    @property
    def urgency(self) -> int:
        """The higher, the more urgent."""
        return URGENCY[self.priority]


class _Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """What is read of the event itself, by the names the receiver gives it."""

    ward: str
    at: datetime
    alarm: str
    code: AlarmCode
    kind: AlarmKind
    priority: AlarmPriority
    bed: str | None = None
    text: str = ""
    subject: str = ""
    sounds_again: bool = True
    was: AlarmPriority | None = None


class _Line(msgspec.Struct, frozen=True, kw_only=True):
    kind: str
    event: msgspec.Raw


_SIGNS: Final = {
    "AlarmRaised": Sign.RAISED,
    "AlarmChanged": Sign.RISEN,
    "AlarmReturned": Sign.RETURNED,
}
_OVERS: Final = ("AlarmLatched", "AlarmEnded")
EVENT_KINDS: Final = (*_SIGNS, *_OVERS)
"""The events of a record that are about alarms."""


class UnreadableAlarm(ValueError):
    """What a receiver says of an alarm is not as we know it: where, and why."""


def read_onsets(lines: Iterable[bytes]) -> list[Onset]:
    """Every onset in the order it came, each with when it was over. Raises UnreadableAlarm."""
    found: list[Onset] = []
    standing: dict[str, list[Onset]] = {}
    for kind, event in _alarms(lines):
        mine = standing.setdefault(event.alarm, [])
        if kind in _OVERS:
            _end(mine, event, is_latched=kind == "AlarmLatched")
            continue
        onset = _onset(kind, event)
        if onset is not None:
            found.append(onset)
            mine.append(onset)
    return found


def _alarms(lines: Iterable[bytes]) -> Iterator[tuple[str, _Alarm]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            told = msgspec.json.decode(line, type=_Line)
            if told.kind in EVENT_KINDS:
                yield told.kind, msgspec.json.decode(told.event, type=_Alarm)
        except msgspec.MsgspecError as error:
            raise UnreadableAlarm(f"line {number}: {error}") from error


def _onset(kind: str, event: _Alarm) -> Onset | None:
    """None for a change that is neither more urgent nor heard."""
    sign = _SIGNS[kind]
    if sign is Sign.RISEN and (event.was is None or URGENCY[event.priority] <= URGENCY[event.was]):
        if not event.sounds_again:
            return None
        sign = Sign.RENEWED
    return Onset(
        sign=sign,
        ward=event.ward,
        bed=event.bed,
        alarm=event.code,
        kind=event.kind,
        priority=event.priority,
        alarm_id=event.alarm,
        at=event.at,
        text=event.text,
        subject=event.subject,
        sounds_again=event.sounds_again,
    )


def _end(standing: list[Onset], event: _Alarm, *, is_latched: bool) -> None:
    """A latched alarm that ends later was over when it was latched."""
    for onset in standing:
        if onset.over_at is None:
            onset.over_at = event.at
            onset.is_latched = is_latched
