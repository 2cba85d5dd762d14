"""Alarms of the dashboard itself: what stands, who has seen it, and what the record is told."""

from datetime import datetime, timedelta

import msgspec
import pytest

from dashboard.links import Links, LinkView
from dashboard.own_alarm import OwnAlarm
from dashboard.own_alarms import OwnAlarms
from infusion.alarms.events import AlarmEnd
from infusion.alarms.log import AlarmRecord, alarm_log
from infusion.alarms.own import settled
from infusion.station_events import OwnAlarmEnded, OwnAlarmEvent, OwnAlarmRaised
from tests.fixtures.clinic import START
from tests.fixtures.session import NORA, OLGA
from vocabulary.alarms import AlarmPriority, OwnAlarmCode
from vocabulary.ids import WardId
from vocabulary.roles import Audience
from vocabulary.states import LinkState

NORTH, SOUTH = WardId("north"), WardId("south")
NOW = START + timedelta(minutes=5)
WITHIN = timedelta(seconds=60)
DEAD = Links(broker=LinkView(LinkState.DOWN, START, "refused"))
TROUBLE = OwnAlarm(
    name="notifier", code=OwnAlarmCode.NOTICES_NOT_TAKEN, priority=AlarmPriority.MEDIUM,
    text="not sent on", since=START,
)  # fmt: skip


def down(since: datetime) -> Links:
    return Links(broker=LinkView(LinkState.DOWN, since, "refused"))


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def some() -> OwnAlarms:
    return OwnAlarms([NORTH, SOUTH], WITHIN, "v7")


def seen(own: OwnAlarms, audience: Audience = Audience.STAFF) -> object:
    text = own.seen_text(NORTH, audience)
    return msgspec.json.decode(text) if text else None


def told(own: OwnAlarms, ward: WardId = NORTH) -> list[OwnAlarmEvent]:
    return [event for event in own.events if event.ward == ward]


def recorded(*dashboards: OwnAlarms) -> tuple[AlarmRecord, ...]:
    """The log of ward north once they wrote all they have to tell, one after the other."""
    chain: list[OwnAlarmEvent] = []
    for own in dashboards:
        for event in told(own):
            found = settled(event, chain, WITHIN)
            if found is not None:
                chain.append(found)
    return alarm_log(chain)


@pytest.fixture
def own() -> OwnAlarms:
    """Broker gone and the notifier in trouble, both seen by Nora."""
    own = some()
    own.judged(NORTH, DEAD, NOW)
    own.raise_one(TROUBLE, NOW)
    for alarm in own.of_ward(NORTH):
        own.acknowledge(alarm, NORA, NOW)
    return own


# What screens are told.


def test_screens_are_told_who_and_when_and_visitors_only_when(own: OwnAlarms) -> None:
    by_nora = {"by": "Nora Nurse", "at_ms": NOW.timestamp() * 1000}
    assert seen(own) == {"broker": by_nora, "notifier": by_nora}
    by_somebody = by_nora | {"by": ""}
    assert seen(own, Audience.PUBLIC) == {"broker": by_somebody, "notifier": by_somebody}


def test_an_own_alarm_keeps_its_beginning_and_is_sent_to_screens_while_it_stands() -> None:
    own = some()
    own.raise_one(TROUBLE, NOW)
    version = own.version
    own.raise_one(msgspec.structs.replace(TROUBLE, since=NOW), after(1))
    assert own.version == version, "nothing of it is news"
    assert own.standing[0].since == START
    assert msgspec.json.decode(own.text)[0]["since_ms"] == START.timestamp() * 1000
    own.end("notifier", after(2))
    assert own.text == "[]"


def test_what_is_over_is_not_told_of(own: OwnAlarms) -> None:
    own.end("notifier", after(1))
    own.judged(NORTH, Links(), after(1))
    assert seen(own) is None


def test_the_next_of_its_kind_is_news(own: OwnAlarms) -> None:
    own.judged(NORTH, Links(), after(1))
    own.end("notifier", after(1))
    own.judged(NORTH, down(after(62)), after(64))
    own.raise_one(msgspec.structs.replace(TROUBLE, since=after(62)), after(62))
    assert {alarm.name for alarm in own.of_ward(NORTH)} == {"broker", "notifier"}
    assert seen(own) is None


def test_what_is_back_within_a_minute_is_the_same_and_stays_seen(own: OwnAlarms) -> None:
    for n in range(1, 5):
        own.judged(NORTH, Links(), after(10 * n))
        assert own.of_link(NORTH) is None
        own.judged(NORTH, down(after(10 * n + 5)), after(10 * n + 7))
        own.pass_time(after(10 * n + 8))
    [broker, _] = own.of_ward(NORTH)
    assert (broker.times, broker.since, broker.now_since) == (5, START, after(45))
    assert set(seen(own)) == {"broker", "notifier"}  # type: ignore[call-overload]
    [line, _] = recorded(own)
    assert (line.times, line.sounded, line.acknowledged_by) == (5, 1, NORA)


def test_what_is_back_soon_after_it_was_seen_and_stays_is_heard_again_a_minute_after_that(
    own: OwnAlarms,
) -> None:
    own.judged(NORTH, Links(), after(10))
    own.judged(NORTH, down(after(15)), after(17))
    own.pass_time(after(59.9))
    assert set(seen(own)) == {"broker", "notifier"}  # type: ignore[call-overload]
    version = own.version
    own.pass_time(after(60))
    own.pass_time(after(90))
    assert set(seen(own)) == {"notifier"}, "that one never went away"  # type: ignore[call-overload]
    assert own.version > version
    [line, _] = recorded(own)
    assert (line.times, line.sounded, line.seen_at, line.acknowledged_at) == (2, 2, None, NOW)
    [broker, _] = own.of_ward(NORTH)
    own.acknowledge(broker, NORA, after(95))
    own.pass_time(after(4000))
    assert set(seen(own)) == {"broker", "notifier"}  # type: ignore[call-overload]
    [line, _] = recorded(own)
    assert (line.sounded, line.seen_at, line.acknowledged_at) == (2, after(95), NOW)


def test_what_is_back_a_minute_after_it_was_seen_is_heard_again_at_once(own: OwnAlarms) -> None:
    own.judged(NORTH, Links(), after(40))
    own.judged(NORTH, down(after(62)), after(64))
    assert set(seen(own)) == {"notifier"}  # type: ignore[call-overload]
    [line, _] = recorded(own)
    assert (line.times, line.sounded) == (2, 2)


def test_after_a_restart_what_is_back_and_stays_is_heard_again_once(own: OwnAlarms) -> None:
    own.judged(NORTH, Links(), after(10))
    own.judged(NORTH, down(after(15)), after(17))
    restarted = some()
    restarted.take_up(NORTH, recorded(own), after(30), {"notifier"})
    restarted.pass_time(after(59))
    assert set(seen(restarted)) == {"broker", "notifier"}  # type: ignore[call-overload]
    for one in (own, restarted):
        one.pass_time(after(60))
        assert set(seen(one)) == {"notifier"}  # type: ignore[call-overload]
    [line, _] = recorded(own, restarted)
    assert line.sounded == 2, "two dashboards tell of it, and it is written once"
    again = some()
    again.take_up(NORTH, recorded(own, restarted), after(70), {"notifier"})
    assert set(seen(again)) == {"notifier"}  # type: ignore[call-overload]


def test_what_one_dashboard_hears_again_is_unseen_at_another(own: OwnAlarms) -> None:
    theirs = some()
    theirs.take_up(NORTH, recorded(own), after(5), {"notifier"})
    own.judged(NORTH, Links(), after(10))
    own.judged(NORTH, down(after(15)), after(17))
    own.pass_time(after(61))
    theirs.compare(NORTH, recorded(own), after(61.2))
    assert set(seen(theirs)) == {"notifier"}  # type: ignore[call-overload]


def test_a_cause_that_is_older_than_the_last_time_it_was_well_begins_now(own: OwnAlarms) -> None:
    own.end("notifier", after(1))
    own.raise_one(TROUBLE, after(180))
    assert own.standing[0].since == after(180)
    assert own.standing[0].acknowledged_at is None


def test_another_cause_is_another_alarm(own: OwnAlarms) -> None:
    ingest = LinkView(LinkState.DOWN, NOW, "silent")
    own.judged(NORTH, Links(ingest=ingest), after(1))
    assert set(seen(own)) == {"notifier"}  # type: ignore[call-overload]


def test_what_hides_behind_another_cause_stands_and_is_no_news_afterwards() -> None:
    own = some()
    ingest = LinkView(LinkState.DOWN, START, "silent")
    own.judged(NORTH, Links(ingest=ingest), NOW)
    [alarm] = own.of_ward(NORTH)
    own.acknowledge(alarm, NORA, NOW)
    both = Links(broker=LinkView(LinkState.DOWN, NOW, "lost"), ingest=ingest)
    own.judged(NORTH, both, after(5))
    assert [a.name for a in own.of_ward(NORTH)] == ["broker"]
    own.judged(NORTH, Links(ingest=ingest), after(9))
    assert [(a.name, a.acknowledged_by) for a in own.of_ward(NORTH)] == [("ingest", "Nora Nurse")]
    assert [line.code for line in recorded(own)] == [
        OwnAlarmCode.INGEST_DOWN,
        OwnAlarmCode.BROKER_DOWN,
    ]


def test_screens_hear_of_it_as_news(own: OwnAlarms) -> None:
    version = own.version
    own.acknowledge(TROUBLE, OLGA, NOW)
    assert own.version > version


# What the record is told.


def test_a_link_concerns_its_ward_and_the_webhook_all_of_them(own: OwnAlarms) -> None:
    assert len(told(own, NORTH)) == 4
    assert [type(e).__name__ for e in told(own, SOUTH)] == [
        "OwnAlarmRaised",
        "OwnAlarmAcknowledged",
    ]
    raised = told(own)[0]
    assert isinstance(raised, OwnAlarmRaised)
    assert (raised.since, raised.at, raised.version) == (START, NOW, "v7")
    assert raised.code is OwnAlarmCode.BROKER_DOWN
    assert "(broker down: refused)" in raised.text


def test_a_restart_goes_on_with_what_stands_and_who_has_seen_it(own: OwnAlarms) -> None:
    restarted = some()
    restarted.take_up(NORTH, recorded(own), after(30), {"notifier"})
    assert seen(restarted) == seen(own)
    restarted.judged(NORTH, DEAD, after(31))
    restarted.raise_one(msgspec.structs.replace(TROUBLE, since=after(31)), after(31))
    assert restarted.events == []
    assert [alarm.since for alarm in restarted.of_ward(NORTH)] == [START, START]


def test_what_is_over_after_a_restart_ended_while_nobody_looked(own: OwnAlarms) -> None:
    restarted = some()
    restarted.take_up(NORTH, recorded(own), after(30), {"notifier"})
    restarted.judged(NORTH, Links(), after(31))
    [end] = restarted.events
    assert isinstance(end, OwnAlarmEnded)
    assert (end.how, end.at, end.since) == (AlarmEnd.UNKNOWN, after(31), START)
    watched = some()
    watched.take_up(NORTH, recorded(own), after(30), {"notifier"})
    watched.judged(NORTH, Links(), after(300))
    [end] = watched.events
    assert isinstance(end, OwnAlarmEnded)
    assert end.how is AlarmEnd.CLEARED, "it was watched for long enough to see it end"


def test_what_was_over_just_before_a_restart_comes_back_as_the_same(own: OwnAlarms) -> None:
    own.judged(NORTH, Links(), after(10))
    restarted = some()
    restarted.take_up(NORTH, recorded(own), after(20), {"notifier"})
    assert [alarm.name for alarm in restarted.of_ward(NORTH)] == ["notifier"]
    restarted.judged(NORTH, down(after(25)), after(27))
    assert set(seen(restarted)) == {"broker", "notifier"}  # type: ignore[call-overload]


def test_what_is_seen_at_one_dashboard_is_seen_at_another() -> None:
    ours, theirs = some(), some()
    ours.judged(NORTH, DEAD, NOW)
    theirs.judged(NORTH, down(START + timedelta(seconds=1)), after(0.4))
    ours.acknowledge(ours.of_ward(NORTH)[0], NORA, after(5))
    version = theirs.version
    theirs.compare(NORTH, recorded(ours, theirs), after(5.5))
    [alarm] = theirs.of_ward(NORTH)
    assert (alarm.since, alarm.acknowledged_by) == (START, "Nora Nurse")
    assert theirs.version > version
    assert len(theirs.events) == 1


def test_what_is_over_for_another_and_stands_here_begins_again() -> None:
    ours, theirs = some(), some()
    ours.judged(NORTH, DEAD, NOW)
    theirs.judged(NORTH, DEAD, after(1))
    ours.judged(NORTH, Links(), after(10))
    lines = recorded(ours, theirs)
    theirs.compare(NORTH, lines, after(12))
    assert len(theirs.events) == 1, "it may have seen the end a moment later"
    theirs.compare(NORTH, lines, after(16))
    theirs.compare(NORTH, lines, after(17))
    [line] = recorded(ours, theirs)
    assert (line.times, line.ended_at) == (2, None)
    theirs.judged(NORTH, Links(), after(40))
    [line] = recorded(ours, theirs)
    assert line.ended_at == after(40)


def test_a_ward_that_did_not_know_of_it_is_told_and_screens_settle(own: OwnAlarms) -> None:
    north = recorded(own)
    own.events.clear()
    own.compare(SOUTH, (), after(10))
    [raised] = own.events
    assert (type(raised), raised.ward, raised.at) == (OwnAlarmRaised, SOUTH, after(10))
    south = alarm_log(own.events)
    own.compare(NORTH, north, after(11))
    version = own.version
    own.compare(SOUTH, south, after(11))
    own.compare(NORTH, north, after(12))
    assert own.version == version
    assert own.standing[0].since == START
