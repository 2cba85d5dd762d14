"""Which screens of a ward can be heard."""

import pytest

from dashboard.stations import ScreenSaid, Stations, read_said
from vocabulary.ids import WardId

NORTH, SOUTH = WardId("north"), WardId("south")


def test_a_ward_counts_the_screens_that_can_be_heard_each_once() -> None:
    stations = Stations()
    assert stations.note(NORTH, 1, is_heard=True)
    assert not stations.note(NORTH, 1, is_heard=True), "no news"
    assert stations.note(NORTH, 2, is_heard=True)
    assert stations.note(SOUTH, 3, is_heard=True)
    assert (stations.count(NORTH), stations.count(SOUTH)) == (2, 1)
    assert stations.note(NORTH, 1, is_heard=False)
    assert stations.count(NORTH) == 1


@pytest.mark.parametrize(
    "text", ["", "on", "[]", '{"sound": 7}', '{"sound": "' + "x" * 500, "[" * 300]
)
def test_what_no_screen_of_ours_says_is_nothing(text: str) -> None:
    assert read_said(text) is None


def test_a_screen_says_whether_it_can_be_heard() -> None:
    assert read_said('{"sound": "on"}') == ScreenSaid("on")
