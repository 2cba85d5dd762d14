"""The spark lines of a tile: what was measured, of whoever sits there, and nothing between."""

from datetime import datetime, timedelta

import msgspec
import pytest

from dashboard.sparks import Held, Spark, owned_by
from infusion.association import Interval, release_all
from infusion.configuration import BedPlan
from infusion.session import Session
from record.columns import to_micros
from record.trends import SparkRows
from tests.fixtures.clinic import START
from tests.fixtures.session import MONITOR, PUMP, preparing
from vocabulary.ids import BedId, DeviceId

STEP_S = 10
STEP = timedelta(seconds=STEP_S)
EVER = Interval(since=START)
BED = BedPlan(bed=BedId("1"), label="Chair 1", devices=(MONITOR, PUMP))


def step_of(at: datetime) -> int:
    return to_micros(at) // (STEP_S * 1_000_000)


def held(
    *spo2: float | None, sbp: tuple[tuple[float, float], ...] = (), device: DeviceId = MONITOR
) -> Held:
    """One number each step from START on; cuffs as (minutes after START, mmHg)."""
    first = step_of(START)
    rows = SparkRows(
        lowest=[(device, first + i, low) for i, low in enumerate(spo2) if low is not None],
        cuffs=[(device, to_micros(START + timedelta(minutes=m)), sys) for m, sys in sbp],
    )
    found = Held(STEP_S)
    found.take(rows)
    return found


def lines(of: Held, *owned: tuple[DeviceId, Interval]) -> Spark:
    spark = of.spark(owned or [(MONITOR, EVER)])
    assert spark is not None
    return spark


def test_a_step_without_a_number_is_a_gap() -> None:
    spark = lines(held(97, None, None, 96.4))
    assert spark.spo2 == (97, None, None, 96)
    assert spark.first_ms == START.timestamp() * 1000
    assert spark.step_ms == 10_000


def test_cuff_readings_stand_at_the_moment_they_were_taken_each_once() -> None:
    of = held(97, sbp=((0.5, 138.2), (5.5, 144)))
    of.take(SparkRows([], [(MONITOR, to_micros(START + timedelta(minutes=5.5)), 144)]))
    at_ms = round(START.timestamp() * 1000)
    assert lines(of).sbp == ((at_ms + 30_000, 138), (at_ms + 330_000, 144))


def test_a_step_that_is_read_again_gets_its_new_lowest() -> None:
    of = held(97, 95)
    of.take(SparkRows([(MONITOR, step_of(START), 88.0)], []))
    assert lines(of).spo2 == (88, 95)


def test_what_is_older_than_the_window_is_forgotten() -> None:
    of = held(97, 96, 95, sbp=((0, 138), (2, 140)))
    of.forget(START + STEP)
    assert lines(of).spo2 == (96, 95)
    assert [sys for _, sys in lines(of).sbp] == [140]
    of.forget(START + timedelta(hours=1))
    assert of.spark([(MONITOR, EVER)]) is None
    assert not any(of.lowest.values())


@pytest.mark.parametrize(
    ("interval", "seen"),
    [
        (Interval(since=START + timedelta(seconds=12)), (95, 94)),
        (Interval(since=START, until=START + timedelta(seconds=25)), (97, 96)),
        (Interval(since=START + STEP / 9, until=START + 3.9 * STEP), (96, 95)),
    ],
)  # fmt: skip
def test_a_step_in_which_another_had_the_device_is_nobodys(
    interval: Interval, seen: tuple[int, ...]
) -> None:
    assert lines(held(97, 96, 95, 94), (MONITOR, interval)).spo2 == seen


def test_what_another_device_measured_is_not_the_beds() -> None:
    assert held(97, device=DeviceId("monitor-9")).spark([(MONITOR, EVER)]) is None


def test_the_devices_of_a_session_count_for_as_long_as_they_were_its_own() -> None:
    driver = preparing()
    owned = owned_by(BED, driver.session, [driver.session])
    assert (MONITOR, Interval(since=driver.session.stays[0].interval.since)) in owned


def test_a_free_bed_shows_nothing_of_the_patient_before() -> None:
    driver = preparing()
    interval = next(a for a in driver.session.associations if a.device == MONITOR).intervals[0]
    assert owned_by(BED, None, []) != owned_by(BED, None, [driver.session])
    assert owned_by(BED, None, [driver.session]) == [], "its devices are still the session's"
    gone = released(driver.session, interval.since + timedelta(minutes=70))
    since = {device: span.since for device, span in owned_by(BED, None, [gone])}
    assert since[MONITOR] == interval.since + timedelta(minutes=70)


def released(session: Session, at: datetime) -> Session:
    """The session with its devices given back at a moment."""
    return msgspec.structs.replace(session, associations=release_all(session.associations, at))
