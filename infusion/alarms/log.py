"""The log of alarms: each from its first signal to its end, with who saw it and what it was.

A pure fold over what the engine and the dashboards concluded and what people did; so what is
exported is what the screens showed.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, TypeAlias

import msgspec

from infusion.alarms.events import (
    AlarmChanged,
    AlarmEnd,
    AlarmEnded,
    AlarmEscalated,
    AlarmEvent,
    AlarmId,
    AlarmLatched,
    AlarmRaised,
    AlarmReturned,
    AlarmsAcknowledged,
    AlarmTransition,
)
from infusion.alarms.rules import RANK
from infusion.patient import Person
from infusion.sign_off_events import AlarmsReviewed, AlarmVerdict
from infusion.station_events import (
    OwnAlarmAcknowledged,
    OwnAlarmEnded,
    OwnAlarmEvent,
    OwnAlarmHeardAgain,
    OwnAlarmRaised,
    OwnAlarmReturned,
    OwnAlarmTransition,
)
from vocabulary.alarms import AlarmCode, AlarmKind, AlarmPriority, OwnAlarmCode
from vocabulary.ids import SELF_TEST_DEVICE, BedId, SessionId, WardId

Logged: TypeAlias = AlarmEvent | AlarmsAcknowledged | AlarmsReviewed | OwnAlarmEvent
"""What the log is made of; everything else is passed over."""


class AlarmRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One alarm. Times UTC.

    `priority`: the highest it had; `text`, `value`, `limit`: when it had that first. `times`: how
    often its condition was there, last from `back_at` on. `sounded`: how often a speaker began for
    it, `sounded_at`: last. `acknowledged_*`: of the first who saw it; `seen_*`: of who saw what it
    signalled last, None while nobody has. `over_at`: when the condition was last over, seen or not.
    `bed`: None where it concerns the whole ward.
    """

    alarm: AlarmId
    ward: WardId
    bed: BedId | None
    session: SessionId | None
    code: AlarmCode | OwnAlarmCode
    kind: AlarmKind
    subject: str
    priority: AlarmPriority
    text: str
    value: float | None
    limit: float | None
    since: datetime
    raised_at: datetime
    version: str
    times: int = 1
    sounded: int = 0
    acknowledged_at: datetime | None = None
    acknowledged_by: Person | None = None
    seen_at: datetime | None = None
    seen_by: Person | None = None
    sounded_at: datetime | None = None
    back_at: datetime | None = None
    escalated: int = 0
    over_at: datetime | None = None
    ended_at: datetime | None = None
    how: AlarmEnd | None = None
    verdict: AlarmVerdict | None = None
    note: str = ""

    @property
    def lasted_s(self) -> float | None:
        """From the first signal until the condition was over, seconds; None while it stands."""
        return None if self.over_at is None else (self.over_at - self.raised_at).total_seconds()

    @property
    def response_s(self) -> float | None:
        """From the first signal until somebody saw it, seconds; None if nobody did."""
        if self.acknowledged_at is None:
            return None
        return (self.acknowledged_at - self.raised_at).total_seconds()

    @property
    def is_audible(self) -> bool:
        """Whether it ever sounded; low alarms are silent."""
        return self.priority is not AlarmPriority.LOW


def alarm_log(events: Iterable[Logged]) -> tuple[AlarmRecord, ...]:
    """Every alarm of `events` (in the order of the record), in order of its first signal.

    Those of self-tests are none of a patient: they have a log of their own.
    """
    records: dict[str, AlarmRecord] = {}
    for event in events:
        if isinstance(event, AlarmsAcknowledged):
            for alarm in event.alarms:
                _acknowledge(records, alarm, event)
        elif isinstance(event, OwnAlarmAcknowledged):
            _acknowledge(records, event.alarm, event)
        elif isinstance(event, AlarmsReviewed):
            for reviewed in event.alarms:
                held = records.get(reviewed)
                if held is not None:
                    records[reviewed] = msgspec.structs.replace(
                        held, verdict=event.verdict, note=event.note
                    )
        elif isinstance(event, OwnAlarmTransition) or (
            isinstance(event, AlarmTransition) and event.subject != SELF_TEST_DEVICE
        ):
            _take(records, event)
    return tuple(sorted(records.values(), key=lambda record: (record.raised_at, record.alarm)))


def _acknowledge(
    records: dict[str, AlarmRecord], alarm: str, event: AlarmsAcknowledged | OwnAlarmAcknowledged
) -> None:
    """Somebody has seen an alarm; the first word counts, of all and of what it signalled last."""
    held = records.get(alarm)
    if held is None:
        return
    if held.acknowledged_at is None:
        held = msgspec.structs.replace(held, acknowledged_at=event.at, acknowledged_by=event.by)
    is_late = held.sounded_at is not None and event.at < held.sounded_at
    if held.seen_at is None and not is_late:
        held = msgspec.structs.replace(held, seen_at=event.at, seen_by=event.by)
    records[alarm] = held


def _take(records: dict[str, AlarmRecord], event: AlarmTransition | OwnAlarmTransition) -> None:
    held = records.get(event.alarm)
    if isinstance(event, AlarmRaised | OwnAlarmRaised) or held is None:
        held = _begun(event)
    elif RANK[event.priority] > RANK[held.priority]:
        held = msgspec.structs.replace(
            held, priority=event.priority, text=event.text, value=event.value, limit=event.limit
        )
    if _sounds(event):
        sounded = held.sounded + (event.priority is not AlarmPriority.LOW)
        held = msgspec.structs.replace(
            held, sounded=sounded, sounded_at=event.at, seen_at=None, seen_by=None
        )
    if isinstance(event, AlarmReturned | OwnAlarmReturned):
        held = msgspec.structs.replace(
            held, times=event.times, back_at=event.at, over_at=None, ended_at=None, how=None
        )
    elif isinstance(event, AlarmEscalated):
        held = msgspec.structs.replace(held, escalated=held.escalated + 1)
    elif isinstance(event, AlarmLatched):
        held = msgspec.structs.replace(held, over_at=event.at)
    elif isinstance(event, AlarmEnded | OwnAlarmEnded):
        held = msgspec.structs.replace(
            held, over_at=held.over_at or event.at, ended_at=event.at, how=event.how
        )
    records[event.alarm] = held


def _sounds(event: AlarmTransition | OwnAlarmTransition) -> bool:
    """Whether it is news, so that a speaker begins if it is no low one."""
    if isinstance(event, AlarmChanged | AlarmReturned | OwnAlarmReturned):
        return event.sounds_again
    return isinstance(event, AlarmRaised | OwnAlarmRaised | OwnAlarmHeardAgain)


def _begun(event: AlarmTransition | OwnAlarmTransition) -> AlarmRecord:
    return AlarmRecord(
        alarm=AlarmId(event.alarm),
        ward=event.ward,
        bed=event.bed,
        session=event.session,
        code=event.code,
        kind=event.kind,
        subject=event.subject,
        priority=event.priority,
        text=event.text,
        value=event.value,
        limit=event.limit,
        since=event.since,
        raised_at=event.at,
        version=event.version,
    )


class LogFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which alarms of a log are wanted; what is empty leaves out none. Times UTC.

    `beds`: None among them means those of the whole ward.
    """

    beds: frozenset[BedId | None] = frozenset()
    kinds: frozenset[AlarmKind] = frozenset()
    priorities: frozenset[AlarmPriority] = frozenset()
    since: datetime | None = None
    until: datetime | None = None
    only_open: bool = False


def filtered(records: Sequence[AlarmRecord], wanted: LogFilter) -> tuple[AlarmRecord, ...]:
    """The alarms that are wanted, in the same order; `only_open`: still there, or never seen."""
    return tuple(
        record
        for record in records
        if (not wanted.beds or record.bed in wanted.beds)
        and (not wanted.kinds or record.kind in wanted.kinds)
        and (not wanted.priorities or record.priority in wanted.priorities)
        and (wanted.since is None or record.raised_at >= wanted.since)
        and (wanted.until is None or record.raised_at < wanted.until)
        and (not wanted.only_open or record.ended_at is None or record.acknowledged_at is None)
    )


COLUMNS: Final = (
    "alarm", "ward", "bed", "session", "kind", "code", "subject", "priority", "text", "value",
    "limit", "since", "raised_at", "times", "sounded", "acknowledged_at", "acknowledged_by",
    "response_s", "escalated", "over_at", "lasted_s", "ended_at", "ended", "verdict", "note",
    "configuration",
)  # fmt: skip
"""The columns of an exported log, in order. Times are ISO 8601, UTC; durations seconds."""


def row_of(record: AlarmRecord) -> tuple[str, ...]:
    """One line of an exported log, as text in the order of `COLUMNS`; empty is not known."""
    by = record.acknowledged_by
    return tuple(
        _cell(value)
        for value in (
            record.alarm, record.ward, record.bed, record.session, record.kind.value,
            record.code.value, record.subject, record.priority.value, record.text, record.value,
            record.limit, record.since, record.raised_at, record.times, record.sounded,
            record.acknowledged_at, None if by is None else by.printed_name, record.response_s,
            record.escalated, record.over_at, record.lasted_s, record.ended_at,
            None if record.how is None else record.how.value,
            None if record.verdict is None else record.verdict.value, record.note, record.version,
        )
    )  # fmt: skip


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    return f"{round(value, 3):g}" if isinstance(value, float) else str(value)
