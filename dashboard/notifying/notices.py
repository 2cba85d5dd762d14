"""What is worth telling beyond the screens, and in which words: the bed and nothing of a patient.

Pure. A notice goes out when a medium or high alarm is raised, gets worse, comes back or is
escalated, and when one that was told of is seen or over. What comes and goes is told of once: it is
over only when it has stayed away for a while. A call for help is told, and when a person ended it.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Final

import msgspec

from dashboard.alarm_lines import alarm_text
from dashboard.calls import Call
from dashboard.own_alarm import OwnAlarm
from infusion.alarms.rules import RANK
from infusion.configuration import WardPlan
from infusion.station_events import NoticeDelivered
from vocabulary.alarms import AlarmPriority, SignalState
from vocabulary.ids import BedId, WardId
from vocabulary.roles import Audience
from wire.bed_state import AlarmView, BedState

_CALL: Final = "call"
"""How the id of a call for help begins."""


class NoticeWord(str, Enum):
    """What a notice says of its alarm."""

    RAISED = "raised"
    ESCALATED = "escalated"
    ACKNOWLEDGED = "acknowledged"
    OVER = "over"


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What a receiver gets, as JSON. Times UTC.

    `id` is the same however often it is sent, so that it can be taken once. `bed` and `label` are
    empty where the whole ward is concerned. `step`: of the escalation. `said_at`: when it was so.
    """

    id: str
    what: NoticeWord
    alarm: str
    ward: WardId
    bed: str
    label: str
    priority: AlarmPriority
    text: str
    since: datetime
    step: int
    said_at: datetime


class Stage(msgspec.Struct, frozen=True):
    """How far an alarm is: how often raised, how far escalated, if unseen, and how urgent."""

    times: int
    step: int
    is_unseen: bool
    priority: AlarmPriority


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm as it stands now, ready to be told of. Times UTC.

    `signalled_at`: when the signal of now began, so that each news of it has its own id.
    `told_at`: when it was last told that it is raised; `gone_at`: since when it does not stand.
    `is_call`: somebody is wanted, until a person ends that.
    """

    notice: Notice
    stage: Stage
    signalled_at: datetime
    told_at: datetime | None = None
    gone_at: datetime | None = None
    is_call: bool = False


def standing_at_beds(
    plan: WardPlan, states: Iterable[BedState], now: datetime
) -> dict[str, Standing]:
    """The medium and high alarms of a ward's beds, by id; low ones stay on the screens."""
    labels = {bed.bed: bed.label for bed in plan.beds}
    return {
        alarm.id: _standing(alarm, state, labels.get(state.bed, state.bed), now)
        for state in states
        for alarm in state.alarms
        if alarm.priority is not AlarmPriority.LOW
    }


def _standing(alarm: AlarmView, state: BedState, label: str, now: datetime) -> Standing:
    is_unseen = alarm.signal_state is not SignalState.ACKNOWLEDGED
    notice = Notice(
        id="",
        what=NoticeWord.RAISED,
        alarm=alarm.id,
        ward=state.ward,
        bed=state.bed,
        label=label,
        priority=alarm.priority,
        text=alarm_text(alarm, state, Audience.PUBLIC),
        since=alarm.raised_at or alarm.since,
        step=alarm.escalated,
        said_at=now,
    )
    return Standing(
        notice=notice,
        stage=_stage(alarm, alarm.escalated, is_unseen=is_unseen),
        signalled_at=alarm.sounds_since or notice.since,
    )


def standing_of_ward(
    ward: WardId, alarms: Iterable[OwnAlarm], now: datetime
) -> dict[str, Standing]:
    """The dashboard's own alarms of a ward, by id."""
    return {
        alarm.id: Standing(
            notice=Notice(
                id="",
                what=NoticeWord.RAISED,
                alarm=alarm.id,
                ward=ward,
                bed=BedId(""),
                label="",
                priority=alarm.priority,
                text=alarm.text,
                since=alarm.since,
                step=0,
                said_at=now,
            ),
            stage=_stage(alarm, 0, is_unseen=alarm.acknowledged_at is None),
            signalled_at=alarm.since,
        )
        for alarm in alarms
        if alarm.priority is not AlarmPriority.LOW
    }


def standing_calls(plan: WardPlan, calls: Iterable[Call], now: datetime) -> dict[str, Standing]:
    """Who is wanted at a ward's beds, by id: high, as screens sound it; nobody acknowledges it."""
    labels = {bed.bed: bed.label for bed in plan.beds}
    found = {}
    for call in calls:
        what = "emergency" if call.is_emergency else "help"
        since_ms = round(call.since.timestamp() * 1000)
        name = f"{_CALL}/{call.ward}/{call.bed}/{what}/{since_ms}"
        notice = Notice(
            id="",
            what=NoticeWord.RAISED,
            alarm=name,
            ward=call.ward,
            bed=call.bed,
            label=labels.get(call.bed, call.bed),
            priority=AlarmPriority.HIGH,
            text="EMERGENCY" if call.is_emergency else "Help is called",
            since=call.since,
            step=0,
            said_at=now,
        )
        stage = Stage(times=1, step=0, is_unseen=True, priority=AlarmPriority.HIGH)
        found[name] = Standing(notice=notice, stage=stage, signalled_at=call.since, is_call=True)
    return found


def told_before(
    delivered: Iterable[NoticeDelivered], plans: Iterable[WardPlan]
) -> dict[WardId, dict[str, Standing]]:
    """What a receiver knows to stand by what it took, in order: each alarm that is not over."""
    labels = {(plan.ward, bed.bed): bed.label for plan in plans for bed in plan.beds}
    found: dict[WardId, dict[str, Standing]] = {}
    for event in delivered:
        of_ward = found.setdefault(event.ward, {})
        if event.what == NoticeWord.OVER.value:
            of_ward.pop(event.alarm, None)
            continue
        item = _taken(event, labels)
        if item is not None:
            of_ward[event.alarm] = item
    return found


def _taken(event: NoticeDelivered, labels: Mapping[tuple[WardId, BedId], str]) -> Standing | None:
    """What a receiver knows by one notice; None if its id says less than ids do."""
    try:
        _, signalled_ms, times, step, priority, word = event.notice.rsplit("/", 5)
        stage = Stage(
            times=int(times),
            step=int(step),
            is_unseen=word != NoticeWord.ACKNOWLEDGED.value,
            priority=AlarmPriority(priority),
        )
        notice = Notice(
            id=event.notice,
            what=NoticeWord(word),
            alarm=event.alarm,
            ward=event.ward,
            bed=event.bed or "",
            label="" if event.bed is None else labels.get((event.ward, event.bed), event.bed),
            priority=stage.priority,
            text=event.text,
            since=datetime.fromtimestamp(int(signalled_ms) / 1000, UTC),
            step=stage.step,
            said_at=event.at,
        )
    except ValueError:
        return None
    is_call = event.alarm.startswith(f"{_CALL}/")
    return Standing(
        notice=notice,
        stage=stage,
        signalled_at=notice.since,
        told_at=event.at,
        is_call=is_call,
    )


def not_taken(item: Standing) -> Standing:
    """An alarm of which the receiver took no word in all its time: news again while it stands."""
    stage = Stage(item.stage.times, item.stage.step, is_unseen=False, priority=item.stage.priority)
    return msgspec.structs.replace(item, stage=stage)


def _stage(alarm: AlarmView | OwnAlarm, step: int, *, is_unseen: bool) -> Stage:
    return Stage(alarm.times, step, is_unseen, alarm.priority)


def news(
    told: Mapping[str, Standing],
    standing: Mapping[str, Standing],
    now: datetime,
    once_within: timedelta,
) -> tuple[list[Notice], dict[str, Standing]]:
    """What has to be told at `now` (UTC), in the order of the alarms, and what is told of then.

    `told`: what was told of before. What is back within `once_within` is no news.
    """
    found, after = [], {}
    for name, item in standing.items():
        before = told.get(name)
        word = _word(before, item.stage, now, once_within)
        if word is not None:
            found.append(_named(item, word, now))
        elif before is None:
            continue  # seen before anybody could be told
        is_told = word is NoticeWord.RAISED or before is None
        told_at = now if is_told or before is None else before.told_at
        after[name] = msgspec.structs.replace(item, told_at=told_at)
    for name, item in told.items():
        if name in standing:
            continue
        gone_at = item.gone_at or now
        if now - gone_at < once_within and not item.is_call:
            after[name] = msgspec.structs.replace(item, gone_at=gone_at)
        else:
            found.append(over(item, now))
    return found, after


def over(item: Standing, now: datetime) -> Notice:
    """That an alarm which was told of does not stand any more."""
    return _named(item, NoticeWord.OVER, now)


def _word(
    before: Standing | None, stage: Stage, now: datetime, once_within: timedelta
) -> NoticeWord | None:
    if before is None:
        return NoticeWord.RAISED if stage.is_unseen else None
    was = before.stage
    if stage.is_unseen and (
        not was.is_unseen
        or RANK[stage.priority] > RANK[was.priority]
        or (stage.times > was.times and _is_long_ago(before, now, once_within))
    ):
        return NoticeWord.RAISED
    if stage.step > was.step:
        return NoticeWord.ESCALATED
    return NoticeWord.ACKNOWLEDGED if was.is_unseen and not stage.is_unseen else None


def _is_long_ago(before: Standing, now: datetime, once_within: timedelta) -> bool:
    """Whether what is back was last told of, or last there, long enough ago to be news."""
    if before.gone_at is not None:
        return False
    return before.told_at is None or now - before.told_at >= once_within


def _named(item: Standing, word: NoticeWord, now: datetime) -> Notice:
    stage, alarm = item.stage, item.notice.alarm
    began = round(item.signalled_at.timestamp() * 1000)
    name = f"{alarm}/{began}/{stage.times}/{stage.step}/{stage.priority.value}/{word.value}"
    return msgspec.structs.replace(item.notice, id=name, what=word, said_at=now)
