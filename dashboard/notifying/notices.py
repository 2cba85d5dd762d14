"""What is worth telling beyond the screens, and in which words: the bed and nothing of a patient.

Pure. A notice goes out when a medium or high alarm is raised, comes back or is escalated, and
when one that was told of is seen or over.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import Enum

import msgspec

from dashboard.alarm_lines import alarm_text
from dashboard.own_alarm import OwnAlarm
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
    """How far an alarm was told of: how often it was raised, how far escalated, and if unseen."""

    times: int
    step: int
    is_unseen: bool


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm as it stands now, ready to be told of."""

    notice: Notice
    stage: Stage


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
    return Standing(notice=notice, stage=Stage(alarm.times, alarm.escalated, is_unseen))


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
            stage=Stage(alarm.times, 0, is_unseen=alarm.acknowledged_at is None),
        )
        for alarm in alarms
        if alarm.priority is not AlarmPriority.LOW
    }


def news(
    told: Mapping[str, Standing], standing: Mapping[str, Standing], now: datetime
) -> list[Notice]:
    """What has to be told now, given what was told before; in the order of the alarms."""
    found = []
    for name, item in standing.items():
        word = _word(told.get(name), item.stage)
        if word is not None:
            found.append(_named(item, word, now))
    found += [
        _named(item, NoticeWord.OVER, now) for name, item in told.items() if name not in standing
    ]
    return found


def _word(before: Standing | None, stage: Stage) -> NoticeWord | None:
    if before is None:
        return NoticeWord.RAISED if stage.is_unseen else None
    was = before.stage
    if stage.is_unseen and (stage.times > was.times or not was.is_unseen):
        return NoticeWord.RAISED
    if stage.step > was.step:
        return NoticeWord.ESCALATED
    return NoticeWord.ACKNOWLEDGED if was.is_unseen and not stage.is_unseen else None


def _named(item: Standing, word: NoticeWord, now: datetime) -> Notice:
    stage, alarm = item.stage, item.notice.alarm
    began = round(item.notice.since.timestamp() * 1000)
    name = f"{alarm}/{began}/{stage.times}/{stage.step}/{word.value}"
    return msgspec.structs.replace(item.notice, id=name, what=word, said_at=now)
