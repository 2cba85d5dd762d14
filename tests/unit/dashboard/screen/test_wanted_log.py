"""Which alarms an address of the log asks for."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard.alarm_pages.wanted import LONGEST, wanted_log
from dashboard.local_time import duration
from vocabulary.alarms import AlarmKind, AlarmPriority

NOW = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
VIENNA = ZoneInfo("Europe/Vienna")


def test_nothing_asked_is_today_by_the_clinics_clock() -> None:
    wanted = wanted_log({}, NOW, VIENNA)
    assert (wanted.first, wanted.last) == (date(2026, 11, 23), date(2026, 11, 23))
    since, until = wanted.span(VIENNA)
    assert since == datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
    assert until - since == timedelta(days=1)


def test_what_an_address_says_is_said_again_for_the_csv() -> None:
    asked = {
        "from": "2026-11-01", "to": "2026-11-20", "bed": "3", "kind": "technical",
        "priority": "high", "open": "yes",
    }  # fmt: skip
    wanted = wanted_log(asked, NOW, VIENNA)
    assert wanted.kind is AlarmKind.TECHNICAL
    assert wanted.priority is AlarmPriority.HIGH
    assert wanted.only_open
    assert dict(part.split("=") for part in wanted.query.split("&")) == asked


@pytest.mark.parametrize(
    "query", [{"from": "yesterday"}, {"to": "2099-01-01"}, {"kind": "loud"}, {"open": "maybe"}]
)
def test_what_cannot_be_read_asks_for_nothing(query: dict[str, str]) -> None:
    assert wanted_log(query, NOW, UTC) == wanted_log({}, NOW, UTC)


def test_nobody_asks_for_more_than_a_year_or_backwards() -> None:
    wanted = wanted_log({"from": "1990-01-01", "to": "2026-11-20"}, NOW, UTC)
    assert wanted.last - wanted.first == LONGEST
    backwards = wanted_log({"from": "2026-11-21", "to": "2026-11-20"}, NOW, UTC)
    assert backwards.first == backwards.last == date(2026, 11, 20)


@pytest.mark.parametrize(
    ("seconds", "words"), [(7.6, "8 s"), (59.4, "59 s"), (125, "2:05 min"), (4200, "1:10 h")]
)
def test_a_time_is_said_as_people_say_it(seconds: float, words: str) -> None:
    assert duration(seconds) == words
