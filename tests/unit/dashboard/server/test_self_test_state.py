"""How far a self-test got, by what broker, ingest and screens say of it."""

import asyncio
import time

import pytest

from dashboard.self_test_state import SelfTest, SelfTests
from infusion.station_events import SelfTestLeg
from tests.fixtures.clinic import START
from tests.fixtures.session import NORA
from vocabulary.ids import BedId, WardId

NORTH, SOUTH = WardId("north"), WardId("south")


@pytest.fixture
def test() -> SelfTest:
    return SelfTest(NORTH, BedId("1"), NORA, "t1", START)


def test_a_leg_counts_from_when_the_alarm_left_and_only_the_first_time(test: SelfTest) -> None:
    test.reach(SelfTestLeg.BROKER, 100.0)
    assert test.reached == {}, "nothing has left yet"
    test.raised_s = 100.0
    test.reach(SelfTestLeg.INGEST, 100.25)
    test.reach(SelfTestLeg.INGEST, 107.0)
    assert test.reached == {SelfTestLeg.INGEST: 0.25}
    result = test.result()
    assert [(leg.leg, leg.after_s) for leg in result.reached] == [(SelfTestLeg.INGEST, 0.25)]


def test_screens_count_once_each_and_only_for_the_alarm_of_their_own_ward(test: SelfTest) -> None:
    async def run() -> None:
        tests = SelfTests()
        over = asyncio.Event()

        async def wait() -> None:
            await over.wait()

        assert tests.start(test, wait)
        assert not tests.start(SelfTest(SOUTH, BedId("1"), NORA, "t2", START), wait), (
            "one at a time"
        )
        test.raised_s = time.monotonic()
        for alarm in ("north.1.7", "north.1.5"):  # quicker than this process looks
            tests.screen_said(NORTH, 1, painted=alarm, sounded="")
        assert test.painted == set(), "which alarm is the test's is not known yet"
        test.at_bed("north.1.7", time.monotonic())
        assert test.painted == {1}
        assert test.reached[SelfTestLeg.SCREEN] >= test.reached[SelfTestLeg.INGEST]
        for screen in (1, 1, 2):
            tests.screen_said(NORTH, screen, painted="north.1.7", sounded="")
        tests.screen_said(NORTH, 2, painted="", sounded="north.1.7")
        tests.screen_said(NORTH, 3, painted="north.1.8", sounded="north.1.6")
        tests.screen_said(SOUTH, 4, painted="north.1.7", sounded="north.1.7")
        assert (test.painted, test.sounded) == ({1, 2}, {2})
        assert set(test.reached) == {
            SelfTestLeg.INGEST, SelfTestLeg.SCREEN, SelfTestLeg.SPEAKER,
        }  # fmt: skip
        test.is_over = True
        tests.screen_said(NORTH, 9, painted="north.1.7", sounded="")
        assert 9 not in test.painted
        over.set()

    asyncio.run(run())
