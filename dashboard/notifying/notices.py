"""What is worth telling beyond the screens, and in which words: the bed and nothing of a patient.

Pure. A notice goes out when a medium or high alarm is raised, gets worse, comes back or is
escalated, and when one that was told of is seen or over. What comes and goes is told of once: it is
over only when it has stayed away for a while.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import Enum

import msgspec

from dashboard.alarm_lines import alarm_text
from dashboard.own_alarm import OwnAlarm
from infusion.alarms.rules import RANK
from infusion.configuration import WardPlan
from vocabulary.alarms import AlarmPriority, SignalState
from vocabulary.ids import BedId, WardId
from vocabulary.roles import Audience
from wire.bed_state import AlarmView, BedState


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

    `told_at`: when it was last told that it is raised; `gone_at`: since when it does not stand.
    """

    notice: Notice
    stage: Stage
    told_at: datetime | None = None
    gone_at: datetime | None = None


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
    return Standing(notice=notice, stage=_stage(alarm, alarm.escalated, is_unseen=is_unseen))


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
        )
        for alarm in alarms
        if alarm.priority is not AlarmPriority.LOW
    }


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
        if now - gone_at < once_within:
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
    began = round(item.notice.since.timestamp() * 1000)
    name = f"{alarm}/{began}/{stage.times}/{stage.step}/{stage.priority.value}/{word.value}"
    return msgspec.structs.replace(item.notice, id=name, what=word, said_at=now)
