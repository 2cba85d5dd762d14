"""Times by the clinic's clock."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from dashboard.local_time import in_local_time, moment_text, newest_at

VIENNA = ZoneInfo("Europe/Vienna")
NOW = datetime(2026, 11, 22, 13, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("until 13:03:07 UTC, later", "until 14:03:07, later"),
        ("ends at 13:03 UTC", "ends at 14:03"),
        ("for 2026-07-01 23:30 UTC or later", "for Thu 2 Jul 2026 01:30 or later"),
        ("no time here", "no time here"),
    ],
)
def test_a_refusal_tells_times_by_the_clock_on_the_wall(told: str, shown: str) -> None:
    assert in_local_time(told, NOW, VIENNA) == shown


@pytest.mark.parametrize(("now", "meant"), [("03:00", "01:30"), ("01:00", "00:30")])
def test_a_time_in_the_hour_that_comes_twice_is_the_last_that_has_been(
    now: str, meant: str
) -> None:
    day = "2026-10-25T{}+00:00"
    found = newest_at(time(2, 30), datetime.fromisoformat(day.format(now)), VIENNA)
    assert found == datetime.fromisoformat(day.format(meant))


def test_another_day_is_named() -> None:
    assert moment_text(NOW, VIENNA, NOW) == "14:00"
    assert moment_text(NOW.replace(day=20), VIENNA, NOW) == "Fri 20 Nov 14:00"
    assert moment_text(NOW.replace(year=2025), VIENNA, NOW) == "22 Nov 2025 14:00"
