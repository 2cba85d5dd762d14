"""What is told beyond the screens, once, and without a word about the patient."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from dashboard.calls import Call
from dashboard.links import Links, LinkView
from dashboard.notifying.notices import (
    Notice,
    NoticeWord,
    news,
    not_taken,
    standing_at_beds,
    standing_calls,
    standing_of_ward,
    told_before,
)
from dashboard.own_alarm import link_alarm
from infusion.configuration import WardPlan
from infusion.station_events import NoticeDelivered
from tests.fixtures.clinic import START, two_beds
from tests.fixtures.dashboard import bed_state
from vocabulary.alarms import AlarmPriority, SignalState
from vocabulary.ids import BedId, DeviceId, WardId
from vocabulary.states import LinkState, ReadingState, SessionState
from wire.bed_state import AlarmView, BedState, PumpView, SessionView

NOW = START + timedelta(hours=1)
MINUTE = timedelta(minutes=1)
CALL = Call(WardId("north"), BedId("1"), START, "Nina Ott", is_emergency=False)


@pytest.fixture
def plan() -> WardPlan:
    return two_beds().wards[0]


def alarm(priority: AlarmPriority = AlarmPriority.HIGH, **parts: Any) -> AlarmView:
    usual: dict[str, Any] = {
        "id": "north.1.7", "text": "SpO2 86 < 90", "since": START, "raised_at": START,
        "signal_state": SignalState.ACTIVE,
    }  # fmt: skip
    return AlarmView(priority=priority, **(usual | parts))


@pytest.fixture
def tell(plan: WardPlan) -> Callable[..., list[Notice]]:
    """What is news when bed 1 has these alarms so much later, after all that was told before."""
    told: dict[str, Any] = {}
    clock = [NOW]

    def look(*alarms: AlarmView, after_s: float = 1, **parts: Any) -> list[Notice]:
        clock[0] += timedelta(seconds=after_s)
        state = msgspec.structs.replace(bed_state("1"), alarms=alarms, **parts)
        standing = standing_at_beds(plan, [state], clock[0])
        found, after = news(told, standing, clock[0], MINUTE)
        told.clear()
        told.update(after)
        return found

    return look


def test_an_alarm_is_told_when_it_is_raised_escalated_seen_and_over_and_each_once(
    tell: Callable[..., list[Notice]],
) -> None:
    first = tell(alarm())
    assert [(n.what, n.bed, n.label, n.text) for n in first] == [
        (NoticeWord.RAISED, "1", "Chair 1", "SpO2 86 < 90")
    ]
    assert tell(alarm()) == []
    assert [n.what for n in tell(alarm(escalated=1))] == [NoticeWord.ESCALATED]
    seen = alarm(escalated=1, signal_state=SignalState.ACKNOWLEDGED)
    assert [n.what for n in tell(seen)] == [NoticeWord.ACKNOWLEDGED]
    assert tell(seen) == []
    again = tell(alarm(escalated=0, times=2))
    assert [n.what for n in again] == [NoticeWord.RAISED]
    assert tell() == []
    over = tell(after_s=60)
    assert [n.what for n in over] == [NoticeWord.OVER]
    assert tell() == []
    ids = [n.id for n in (*first, *again, *over)]
    assert len(set(ids)) == len(ids)


def test_what_is_back_and_still_acknowledged_is_not_told_again(
    tell: Callable[..., list[Notice]],
) -> None:
    tell(alarm())
    tell(alarm(signal_state=SignalState.ACKNOWLEDGED))
    assert tell(alarm(signal_state=SignalState.ACKNOWLEDGED, times=2)) == []


def test_what_comes_and_goes_is_told_of_once_and_over_once(
    tell: Callable[..., list[Notice]],
) -> None:
    told = tell(alarm())
    for times in range(2, 8):
        told += tell(after_s=20)
        told += tell(alarm(times=times), after_s=20)
    told += [*tell(), *tell(after_s=59), *tell(), *tell(after_s=60)]
    assert [n.what for n in told] == [NoticeWord.RAISED, NoticeWord.OVER]


def test_what_still_stands_unseen_and_comes_back_after_a_minute_is_told_again(
    tell: Callable[..., list[Notice]],
) -> None:
    latched = alarm(signal_state=SignalState.LATCHED)
    told = [*tell(alarm()), *tell(latched), *tell(alarm(times=2))]
    assert [n.what for n in told] == [NoticeWord.RAISED]
    again = [*tell(latched, after_s=90), *tell(alarm(times=3))]
    assert [n.what for n in again] == [NoticeWord.RAISED]


def test_what_gets_worse_is_told_again_at_once(tell: Callable[..., list[Notice]]) -> None:
    told = [*tell(alarm(AlarmPriority.MEDIUM)), *tell(alarm(AlarmPriority.HIGH))]
    assert [(n.what, n.priority) for n in told] == [
        (NoticeWord.RAISED, AlarmPriority.MEDIUM),
        (NoticeWord.RAISED, AlarmPriority.HIGH),
    ]
    assert len({n.id for n in told}) == 2


def test_every_news_of_an_alarm_has_an_id_of_its_own(tell: Callable[..., list[Notice]]) -> None:
    """A receiver takes an id once: what gets better and worse again after it was seen is news."""
    seen = SignalState.ACKNOWLEDGED
    told = tell(alarm(sounds_since=START))
    told += tell(alarm(AlarmPriority.MEDIUM, sounds_since=START, signal_state=seen))
    told += tell(alarm(sounds_since=NOW))
    assert [n.what for n in told] == [
        NoticeWord.RAISED,
        NoticeWord.ACKNOWLEDGED,
        NoticeWord.RAISED,
    ]
    assert len({n.id for n in told}) == 3


def test_while_a_link_is_down_nothing_that_was_gone_is_forgotten(plan: WardPlan) -> None:
    state = msgspec.structs.replace(bed_state("1"), alarms=(alarm(),))
    _, told = news({}, standing_at_beds(plan, [state], NOW), NOW, MINUTE)
    _, told = news(told, {}, NOW, MINUTE)
    found, told = news(told, dict(told), NOW + MINUTE, MINUTE)
    assert found == []
    found, _ = news(told, {}, NOW + MINUTE, MINUTE)
    assert [n.what for n in found] == [NoticeWord.OVER]


def test_what_was_seen_before_anybody_could_be_told_is_not_told(
    tell: Callable[..., list[Notice]],
) -> None:
    assert tell(alarm(signal_state=SignalState.ACKNOWLEDGED)) == []


def test_low_alarms_stay_on_the_screens(tell: Callable[..., list[Notice]]) -> None:
    assert tell(alarm(AlarmPriority.LOW)) == []


def test_a_notice_names_the_bed_and_neither_drug_nor_name_nor_initials(
    tell: Callable[..., list[Notice]],
) -> None:
    [notice] = tell(
        alarm(text="pump-1: KETAMINE near end", acknowledged_by="Nina Ott"),
        session=SessionView(state=SessionState.INFUSING, initials="QZ", nurse="Berg"),
        pump=PumpView(device=DeviceId("pump-1"), reading=ReadingState.LIVE, drug="ketamine"),
    )
    sent = msgspec.json.encode(notice).decode().lower()
    assert "chair 1" in sent
    assert [word for word in ("ketamine", "nina", "ott", "qz", "berg") if word in sent] == []


def test_the_same_notice_has_the_same_id_after_a_restart(plan: WardPlan) -> None:
    def ids(now: datetime) -> list[str]:
        state: BedState = msgspec.structs.replace(bed_state("1"), alarms=(alarm(),))
        return [n.id for n in news({}, standing_at_beds(plan, [state], now), now, MINUTE)[0]]

    assert ids(NOW) == ids(NOW + timedelta(minutes=2))


def test_a_dead_broker_is_one_alarm_of_the_ward(plan: WardPlan) -> None:
    down = LinkView(LinkState.DOWN, START, "refused")
    links = Links(broker=down, ingest=down, record=down, device=down)
    own = link_alarm(plan.ward, links, NOW)
    assert own is not None
    standing = standing_of_ward(plan.ward, (own,), NOW)
    [notice], _ = news({}, standing, NOW, MINUTE)
    assert (notice.bed, notice.priority) == ("", AlarmPriority.MEDIUM)
    assert notice.text == "NO LIVE DATA, watch the bedside monitors (broker down: refused)"
    assert link_alarm(plan.ward, Links(device=down), NOW) is None, "a device is its bed's alarm"


def test_help_and_emergency_are_told_as_high_by_the_bed_and_are_over_when_a_person_ends_them(
    plan: WardPlan,
) -> None:
    bed = plan.beds[0].bed
    worse = Call(plan.ward, bed, NOW, "", is_emergency=True)
    found, told = news({}, standing_calls(plan, [CALL], NOW), NOW, MINUTE)
    assert [(n.what, n.label, n.priority, n.text) for n in found] == [
        (NoticeWord.RAISED, "Chair 1", AlarmPriority.HIGH, "Help is called")
    ]
    assert "nina" not in msgspec.json.encode(found).decode().lower()
    found, told = news(told, standing_calls(plan, [worse], NOW), NOW, MINUTE)
    assert [(n.what, n.text) for n in found] == [
        (NoticeWord.RAISED, "EMERGENCY"),
        (NoticeWord.OVER, "Help is called"),
    ]
    found, told = news(told, {}, NOW, MINUTE)
    assert [(n.what, n.text) for n in found] == [(NoticeWord.OVER, "EMERGENCY")]
    assert told == {}


def taken(notices: list[Notice]) -> list[NoticeDelivered]:
    """What the record says of notices that were taken."""
    return [
        NoticeDelivered(
            ward=n.ward, at=n.said_at, notice=n.id, alarm=n.alarm,
            bed=BedId(n.bed) if n.bed else None, what=n.what.value, told_at=n.said_at, tries=1,
            text=n.text,
        )
        for n in notices
    ]  # fmt: skip


def test_what_was_told_before_a_restart_and_ended_meanwhile_is_over_for_the_receiver(
    plan: WardPlan,
) -> None:
    state = msgspec.structs.replace(bed_state("1"), alarms=(alarm(),))
    standing = standing_at_beds(plan, [state], NOW)
    raised, _ = news({}, standing, NOW, MINUTE)
    [told] = told_before(taken(raised), [plan]).values()
    assert news(told, standing, NOW, MINUTE)[0] == [], "it knows already"
    _, told = news(told, {}, NOW, MINUTE)
    over, told = news(told, {}, NOW + MINUTE, MINUTE)
    assert [(n.what, n.label, n.text) for n in over] == [
        (NoticeWord.OVER, "Chair 1", "SpO2 86 < 90")
    ]
    assert told_before(taken([*raised, *over]), [plan]) == {plan.ward: {}}


def test_a_delivery_whose_id_says_less_is_passed_over(plan: WardPlan) -> None:
    [known] = taken(news({}, standing_calls(plan, [CALL], NOW), NOW, MINUTE)[0])
    odd = msgspec.structs.replace(known, notice="north.1.7/raised")
    assert told_before([odd], [plan]) == {plan.ward: {}}


def test_what_was_given_up_and_still_stands_unseen_is_told_again(plan: WardPlan) -> None:
    state = msgspec.structs.replace(bed_state("1"), alarms=(alarm(),))
    standing = standing_at_beds(plan, [state], NOW)
    _, told = news({}, standing, NOW, MINUTE)
    told = {name: not_taken(item) for name, item in told.items()}
    found, told = news(told, standing, NOW + MINUTE, MINUTE)
    assert [n.what for n in found] == [NoticeWord.RAISED]
    assert news(told, standing, NOW + MINUTE, MINUTE)[0] == []
