"""The alarm line of a tile: which alarm comes first, and what each audience reads."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from dashboard.alarm_lines import PUBLIC_WORDS, in_order
from dashboard.view_models import tile_of
from vocabulary.alarms import AlarmCode, AlarmPriority, Inactivation, SignalState
from vocabulary.roles import Audience
from wire.bed_state import AlarmView, BedState, HeldBackView

MakeBed = Callable[..., BedState]
MakeAlarm = Callable[..., AlarmView]


@pytest.fixture
def alarm(now: datetime) -> MakeAlarm:
    """An alarm that was raised some seconds ago, named by its id."""

    def make(
        name: str,
        priority: AlarmPriority = AlarmPriority.HIGH,
        age_s: float = 10,
        state: SignalState = SignalState.ACTIVE,
        **parts: Any,
    ) -> AlarmView:
        raised_at = now - timedelta(seconds=age_s)
        return AlarmView(
            id=name,
            priority=priority,
            text=parts.pop("text", name),
            since=raised_at - timedelta(seconds=15),
            raised_at=raised_at,
            signal_state=state,
            **parts,
        )

    return make


def test_the_newest_of_the_highest_priority_comes_first_and_what_was_seen_comes_last(
    alarm: MakeAlarm,
) -> None:
    alarms = [
        alarm("low", AlarmPriority.LOW, 1),
        alarm("seen", age_s=1, state=SignalState.ACKNOWLEDGED),
        alarm("over", age_s=2, state=SignalState.LATCHED),
        alarm("older", age_s=50),
        alarm("medium", AlarmPriority.MEDIUM, 1),
        alarm("newer", age_s=5),
    ]
    assert [a.id for a in in_order(alarms)] == ["newer", "older", "over", "seen", "medium", "low"]


def test_a_line_says_how_many_more_there_are_and_which_of_them_nobody_has_seen(
    bed: MakeBed, alarm: MakeAlarm
) -> None:
    seen = alarm("seen", state=SignalState.ACKNOWLEDGED, acknowledged_by="Nina Ott")
    others = (alarm("low", AlarmPriority.LOW), alarm("medium", AlarmPriority.MEDIUM))
    line = tile_of(bed(alarms=(*others, seen)), Audience.STAFF).alarm
    assert line is not None
    assert (line.id, line.by, line.more) == ("seen", "Nina Ott", 2)
    assert line.more_unseen is AlarmPriority.MEDIUM

    also_seen = alarm("b", AlarmPriority.LOW, state=SignalState.ACKNOWLEDGED)
    line = tile_of(bed(alarms=(seen, also_seen)), Audience.STAFF).alarm
    assert line is not None
    assert line.more_unseen is None
    assert tile_of(bed(), Audience.STAFF).alarm is None


def test_staff_see_that_others_were_told_and_visitors_do_not(
    bed: MakeBed, alarm: MakeAlarm
) -> None:
    state = bed(alarms=(alarm("a", escalated=2),))
    lines = [tile_of(state, audience).alarm for audience in (Audience.STAFF, Audience.PUBLIC)]
    assert [line and line.is_escalated for line in lines] == [True, False]


def test_visitors_read_what_was_measured_and_neither_a_name_nor_a_drug_nor_a_judgement(
    bed: MakeBed, alarm: MakeAlarm
) -> None:
    def said(audience: Audience, **parts: Any) -> str:
        line = tile_of(bed(alarms=(alarm("a", **parts),)), audience).alarm
        assert line is not None
        return line.text + line.by

    seen = {"state": SignalState.ACKNOWLEDGED, "acknowledged_by": "Nina Ott"}
    assert said(Audience.PUBLIC, text="SpO2 86 < 90", **seen) == "SpO2 86 < 90"
    assert said(Audience.STAFF, text="SpO2 86 < 90", **seen) == "SpO2 86 < 90Nina Ott"
    assert said(Audience.PUBLIC, text="pump-1: KETAMINE near end") == "pump-1: drug near end"
    for code, words in PUBLIC_WORDS.items():
        assert said(Audience.PUBLIC, text="MOAA/S 2 for Ketamine 80 kg", code=code) == words
    assert said(Audience.STAFF, text="MOAA/S 2", code=AlarmCode.SEDATION_DEEP) == "MOAA/S 2"


def test_only_staff_are_told_which_condition_it_is(bed: MakeBed, alarm: MakeAlarm) -> None:
    state = bed(alarms=(alarm("a", code=AlarmCode.AGITATION),))
    staff = tile_of(state, Audience.STAFF).alarm
    public = tile_of(state, Audience.PUBLIC).alarm
    assert staff is not None
    assert public is not None
    assert (staff.code, public.code) == (AlarmCode.AGITATION, None)


def test_what_is_held_back_counts_down_and_is_gone_when_its_time_is_over(
    bed: MakeBed, now: datetime
) -> None:
    held = HeldBackView(
        inactivation=Inactivation.AUDIO_PAUSED, since=now, until=now + timedelta(seconds=120)
    )
    state = bed(held_back=held)
    line = tile_of(state, Audience.PUBLIC, elapsed_s=15).held
    assert line is not None
    assert (line.words, line.left_s) == ("audio paused", 105)
    assert tile_of(state, Audience.PUBLIC, elapsed_s=121).held is None


def test_a_state_from_the_brokers_memory_sounds_no_alarm(bed: MakeBed) -> None:
    state = bed(sound=AlarmPriority.HIGH)
    assert tile_of(state, Audience.STAFF).sound is AlarmPriority.HIGH
    assert tile_of(state, Audience.STAFF, retained=True).sound is None
