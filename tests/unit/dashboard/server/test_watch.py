"""What is remembered of ingest's workers, and when screens are woken."""

from datetime import timedelta
from typing import Any

import pytest

from config.broker_address import parse_mqtt_url
from dashboard.arrivals import WorkerHeard
from dashboard.beds import Beds
from dashboard.feed import Connection, Feed
from dashboard.metrics import Metrics
from dashboard.watch import LinkWatch
from tests.fixtures.clinic import START
from tests.fixtures.dashboard import NORTH, heartbeat, plain_tile, two_wards
from vocabulary.ids import BootId, WorkerId
from vocabulary.states import LinkState

DOWN, UP = LinkState.DOWN, LinkState.UP


class ConnectedFeed(Feed):
    """A feed that is always connected and never starts."""

    now_s = 100.0

    @property
    def connection(self) -> Connection:
        return Connection(is_up=True, since=START, since_s=0.0, heard_s=self.now_s)


class Ward:
    """A watch of one ward, and what it says of ingest."""

    def __init__(self) -> None:
        metrics = Metrics()
        self.beds = Beds(two_wards().wards, plain_tile)
        self.feed = ConnectedFeed(parse_mqtt_url("mqtt://127.0.0.1:1"), metrics)
        self.watch = LinkWatch(self.feed, self.beds, metrics, lambda: True)

    def hear(self, at_s: float, *, retained: bool = False, **status: Any) -> LinkState:
        received = START + timedelta(seconds=at_s)
        heard = WorkerHeard(
            NORTH, WorkerId("ingest-1"), heartbeat(**status), at_s, received, retained=retained
        )
        self.watch.take([heard])
        return self.judge(at_s)

    def judge(self, at_s: float) -> LinkState:
        self.feed.now_s = at_s
        self.watch.judge_all(START + timedelta(seconds=at_s), at_s)
        return self.watch.links(NORTH).links.ingest.state


@pytest.fixture
def ward() -> Ward:
    return Ward()


def test_a_will_takes_ingest_down_and_a_heartbeat_takes_it_up(ward: Ward) -> None:
    assert ward.hear(100) is UP
    assert ward.hear(101, state=DOWN) is DOWN
    assert ward.hear(102) is UP


def test_the_will_of_a_run_that_another_has_followed_is_old_news(ward: Ward) -> None:
    ward.hear(100, boot=BootId("i1"))
    ward.hear(101, boot=BootId("i2"))
    assert ward.hear(102, boot=BootId("i1"), state=DOWN) is UP


def test_the_brokers_memory_does_not_unmake_what_was_heard_live(ward: Ward) -> None:
    ward.hear(100)
    assert ward.hear(101, retained=True) is UP


def test_a_will_in_the_brokers_memory_counts(ward: Ward) -> None:
    ward.hear(100)
    assert ward.hear(101, state=DOWN, retained=True) is DOWN


def test_screens_are_woken_when_a_link_changes_and_not_otherwise(ward: Ward) -> None:
    ward.hear(100)
    change = ward.beds.change(NORTH)
    ward.hear(101, lag_s=0.7)
    assert not change.is_set()
    assert ward.watch.links(NORTH).links.lag_s == 0.7
    ward.hear(102, state=DOWN)
    assert change.is_set()


def test_links_that_are_not_judged_any_more_are_not_believed(ward: Ward) -> None:
    ward.judge(100)
    assert ward.watch.is_judging(101)
    assert not ward.watch.is_judging(103)
