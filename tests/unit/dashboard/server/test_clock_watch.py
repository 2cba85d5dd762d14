"""Two clocks that differ are told on every screen, and one heartbeat that was held up is not."""

from datetime import timedelta
from typing import cast

import pytest

from dashboard.arrivals import WorkerHeard
from dashboard.clock_watch import HEARTBEATS, ClockWatch
from dashboard.own_alarms import OwnAlarms
from dashboard.watch import LinkWatch
from tests.fixtures.clinic import START
from tests.fixtures.dashboard import NORTH
from vocabulary.alarms import AlarmPriority
from vocabulary.ids import WorkerId
from vocabulary.states import LinkState
from wire.ingest_status import IngestStatus

ONE = WorkerId("ingest-1")


class Watched:
    """A watch that hears one worker, a heartbeat a second."""

    def __init__(self) -> None:
        self.own = OwnAlarms([NORTH])
        self.watch = ClockWatch(cast("LinkWatch", None), self.own, 5.0)
        self.seconds = 0

    def hear(self, *ways_s: float, boot: str = "b1", **how: bool) -> list[str]:
        """Heartbeats that seem to have been under way so long; what is alarmed after them."""
        for way_s in ways_s:
            self.seconds += 1
            now = START + timedelta(seconds=self.seconds)
            status = IngestStatus(
                state=LinkState.UP, worker=ONE, boot=boot,
                published_at=now - timedelta(seconds=way_s),
            )  # fmt: skip
            heard = WorkerHeard(NORTH, ONE, status, float(self.seconds), now, **how)
            self.watch.look((heard,), now)
            self.watch.look((heard,), now)  # the same again tells nothing more
        return [alarm.text for alarm in self.own.standing]


@pytest.mark.parametrize(
    ("way_s", "words"),
    [(3600.0, "60 min ahead of"), (-3600.0, "60 min behind"), (-6.0, "6 s behind")],
)
def test_clocks_that_differ_are_one_medium_alarm_until_they_agree(way_s: float, words: str) -> None:
    watched = Watched()
    assert watched.hear(*[way_s] * (HEARTBEATS - 1)) == []
    (text,) = watched.hear(way_s)
    assert words in text
    assert watched.own.standing[0].priority is AlarmPriority.MEDIUM
    since = watched.own.standing[0].since
    watched.hear(way_s)
    assert watched.own.standing[0].since == since
    assert watched.hear(*[0.01] * HEARTBEATS) == []


def test_heartbeats_that_were_held_up_tell_nothing_of_the_clocks() -> None:
    assert Watched().hear(*[30.0] * (HEARTBEATS - 1), 0.01, *[30.0] * (HEARTBEATS - 1)) == []


def test_what_the_broker_remembered_tells_nothing_of_the_clocks() -> None:
    assert Watched().hear(*[3600.0] * 2 * HEARTBEATS, retained=True) == []


def test_a_new_run_of_ingest_is_judged_by_its_own_heartbeats() -> None:
    watched = Watched()
    watched.hear(*[-3600.0] * HEARTBEATS)
    assert watched.hear(*[0.01] * HEARTBEATS, boot="b2") == []
