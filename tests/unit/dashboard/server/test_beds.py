"""The newest state of every bed, and its tile made once for all screens."""

import json
from datetime import timedelta
from typing import Any

import pytest

from dashboard.beds import QUIET_AFTER_S, QUIET_REFRESH_S, BedArrived, Beds, frame_entry
from tests.fixtures.clinic import START
from tests.fixtures.dashboard import NORTH, SOUTH, bed_state, plain_tile, two_wards
from vocabulary.ids import BedId, BootId, WardId
from vocabulary.roles import Audience
from wire.bed_state import BedState

ONE = BedId("1")


@pytest.fixture
def beds() -> Beds:
    return Beds(two_wards().wards, plain_tile)


def arrived(
    state: BedState | None, at_s: float = 0.0, *, ward: WardId = NORTH, bed: str = "1", **how: Any
) -> BedArrived:
    return BedArrived(ward, BedId(bed), state, at_s, START + timedelta(seconds=at_s), **how)


def shown(beds: Beds, now_s: float, audience: Audience = Audience.STAFF) -> dict[str, Any]:
    tile = beds.tile(beds.of(NORTH)[ONE], audience, now_s)
    assert tile is not None
    return dict(json.loads(tile.text))


def test_a_bed_of_which_nothing_is_known_has_no_tile(beds: Beds) -> None:
    assert beds.tile(beds.of(NORTH)[ONE], Audience.STAFF, 0.0) is None


def test_a_live_state_ages_from_its_arrival_not_by_the_clocks(beds: Beds) -> None:
    hour_off = bed_state(published_at=START - timedelta(hours=1))
    beds.take(arrived(hour_off, 10.0))
    assert shown(beds, 10.5) == {
        "spo2": 97, "audience": "staff", "elapsed_s": 0.5, "retained": False,
    }  # fmt: skip


def test_a_state_that_was_held_up_under_way_is_as_old_as_it_is(beds: Beds) -> None:
    beds.take(arrived(bed_state(), 10.0, delay_s=8.0))
    assert shown(beds, 10.5)["elapsed_s"] == 8.5


def test_a_retained_state_is_never_live_and_is_as_old_as_its_time_says(beds: Beds) -> None:
    beds.take(arrived(bed_state(published_at=START - timedelta(hours=1)), 10.0, retained=True))
    tile = shown(beds, 12.0)
    assert tile["retained"] is True
    assert tile["elapsed_s"] == 3600 + 10 + 2


def test_a_live_state_replaces_a_retained_one(beds: Beds) -> None:
    beds.take(arrived(bed_state(), 1.0, retained=True))
    beds.take(arrived(bed_state(), 2.0))
    assert shown(beds, 2.0)["retained"] is False


def test_the_brokers_memory_of_what_is_held_is_no_news(beds: Beds) -> None:
    beds.take(arrived(bed_state(), 1.0))
    assert not beds.take(arrived(bed_state(), 9.0, retained=True))
    assert shown(beds, 9.0) == {
        "spo2": 97, "audience": "staff", "elapsed_s": 8.0, "retained": False,
    }  # fmt: skip


def test_a_live_state_is_news_even_where_a_clock_was_set_back(beds: Beds) -> None:
    beds.take(arrived(bed_state(spo2=97), 1.0))
    beds.take(arrived(bed_state(spo2=88, published_at=START - timedelta(hours=1)), 2.0))
    assert shown(beds, 2.0)["spo2"] == 88


def test_a_bed_that_the_broker_was_told_to_forget_is_empty(beds: Beds) -> None:
    beds.take(arrived(bed_state()))
    version = beds.of(NORTH)[ONE].version
    assert beds.take(arrived(None, 1.0))
    assert beds.tile(beds.of(NORTH)[ONE], Audience.STAFF, 1.0) is None
    assert beds.of(NORTH)[ONE].version > version


@pytest.mark.parametrize(("ward", "bed"), [("north", "99"), ("west", "1")])
def test_a_bed_that_is_in_no_plan_is_not_held(beds: Beds, ward: str, bed: str) -> None:
    assert not beds.take(arrived(bed_state(), ward=WardId(ward), bed=bed))


def test_a_tile_is_made_once_for_each_audience_however_many_screens_ask(beds: Beds) -> None:
    beds.take(arrived(bed_state()))
    for _ in range(5):
        shown(beds, 0.1, Audience.STAFF)
        shown(beds, 0.1, Audience.PUBLIC)
    assert beds.made_tiles == 2


def test_a_quiet_bed_is_made_anew_so_that_its_ages_move_on(beds: Beds) -> None:
    beds.take(arrived(bed_state(), 0.0))
    beds.age(QUIET_AFTER_S - 0.1)
    assert beds.of(NORTH)[ONE].version == 1
    beds.age(QUIET_AFTER_S)
    assert beds.of(NORTH)[ONE].version == 2
    beds.age(QUIET_AFTER_S + QUIET_REFRESH_S - 0.1)
    assert beds.of(NORTH)[ONE].version == 2
    beds.age(QUIET_AFTER_S + QUIET_REFRESH_S)
    assert shown(beds, 2.0)["elapsed_s"] == 2.0


@pytest.mark.expects_errors
def test_a_tile_that_cannot_be_made_leaves_the_last_one_to_grow_old() -> None:
    def make(state: BedState, audience: Audience, elapsed_s: float, retained: bool) -> bytes:
        if state.ingest_boot == "bad":
            raise ZeroDivisionError
        return plain_tile(state, audience, elapsed_s, retained)

    beds = Beds(two_wards().wards, make)
    beds.take(arrived(bed_state(), 1.0))
    first = beds.tile(beds.of(NORTH)[ONE], Audience.STAFF, 1.0)
    beds.take(arrived(bed_state(ingest_boot=BootId("bad")), 2.0))
    again = beds.tile(beds.of(NORTH)[ONE], Audience.STAFF, 4.0)
    assert again is first
    entry = json.loads("{" + frame_entry(ONE, again, 4.0) + "}")
    assert entry["1"]["held_ms"] == 3000


def test_a_change_wakes_the_screens_of_its_ward_alone(beds: Beds) -> None:
    north, south = beds.change(NORTH), beds.change(SOUTH)
    beds.take(arrived(bed_state()))
    assert north.is_set()
    assert not south.is_set()
    assert not beds.change(NORTH).is_set()


def test_a_frame_says_how_old_a_tile_is_when_it_is_sent(beds: Beds) -> None:
    beds.take(arrived(bed_state(), 1.0))
    tile = beds.tile(beds.of(NORTH)[ONE], Audience.STAFF, 1.0)
    entry = json.loads("{" + frame_entry(ONE, tile, 1.25) + "}")
    assert entry["1"]["held_ms"] == 250
    assert json.loads("{" + frame_entry(ONE, None, 1.0) + "}") == {
        "1": {"held_ms": 0, "tile": None}
    }
