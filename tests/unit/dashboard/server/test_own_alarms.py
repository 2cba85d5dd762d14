"""Who has seen an alarm of the dashboard itself: of this one, not of the next of its kind."""

from datetime import timedelta

import msgspec
import pytest

from dashboard.links import Links, LinkView
from dashboard.own_alarms import OwnAlarm, OwnAlarms
from tests.fixtures.clinic import START
from vocabulary.alarms import AlarmPriority
from vocabulary.ids import WardId
from vocabulary.roles import Audience
from vocabulary.states import LinkState

NORTH = WardId("north")
NOW = START + timedelta(minutes=5)
DOWN = LinkView(LinkState.DOWN, START, "refused")
DEAD = Links(broker=DOWN)
TROUBLE = OwnAlarm(id="notifier", priority=AlarmPriority.MEDIUM, text="not sent on", since=START)


def seen(own: OwnAlarms, links: Links = DEAD, audience: Audience = Audience.STAFF) -> object:
    text = own.seen_text(NORTH, links, audience, NOW)
    return msgspec.json.decode(text) if text else None


@pytest.fixture
def own() -> OwnAlarms:
    """Broker gone and the notifier in trouble, both seen by Nora."""
    own = OwnAlarms()
    own.raise_one(TROUBLE)
    for alarm in own.of_ward(NORTH, DEAD, NOW):
        own.acknowledge(alarm, "Nora Nurse", NOW)
    return own


def test_screens_are_told_who_and_when_and_visitors_only_when(own: OwnAlarms) -> None:
    at_ms = NOW.timestamp() * 1000
    by_nora = {"by": "Nora Nurse", "at_ms": at_ms}
    assert seen(own) == {"broker": by_nora, "notifier": by_nora}
    by_somebody = {"by": "", "at_ms": at_ms}
    public = seen(own, audience=Audience.PUBLIC)
    assert public == {"broker": by_somebody, "notifier": by_somebody}


def test_what_is_over_is_not_told_of(own: OwnAlarms) -> None:
    own.end("notifier")
    assert seen(own, Links()) is None


def test_the_next_of_its_kind_is_news(own: OwnAlarms) -> None:
    later = LinkView(LinkState.DOWN, START + timedelta(minutes=3), "refused")
    assert set(seen(own, Links(broker=later))) == {"notifier"}  # type: ignore[call-overload]
    own.end("notifier")
    own.raise_one(msgspec.structs.replace(TROUBLE, since=NOW))
    assert seen(own, Links(broker=later)) is None


def test_another_cause_is_another_alarm(own: OwnAlarms) -> None:
    assert set(seen(own, Links(ingest=DOWN))) == {"notifier"}  # type: ignore[call-overload]


def test_screens_hear_of_it_as_news(own: OwnAlarms) -> None:
    version = own.version
    own.acknowledge(TROUBLE, "Olga Other", NOW)
    assert own.version > version
