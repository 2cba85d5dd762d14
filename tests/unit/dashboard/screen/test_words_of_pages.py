"""What pages of people say: ages, beds by their label, work that nobody is there for."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from dashboard.bed_names import bed_label
from dashboard.context import asking
from dashboard.local_time import days_ago
from dashboard.routes.worklist import age_text
from infusion.configuration import BedPlan, WardPlan
from vocabulary.ids import BedId, WardId

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(-5, "0 min"), (9.9, "9 min"), (60, "1 h"), (47.9 * 60, "47 h"), (48 * 60, "2 days")],
)
def test_what_waits_tells_minutes_then_hours_then_days(minutes: float, words: str) -> None:
    assert age_text(NOW - timedelta(minutes=minutes), NOW) == words


def test_a_bed_is_called_as_the_clinic_calls_it() -> None:
    beds = (BedPlan(bed=BedId("w1"), label="Window seat"),)
    plan = WardPlan(ward=WardId("west"), label="West", beds=beds)
    parts: Any = SimpleNamespace(ward={WardId("west"): plan}.get)
    with asking(parts, None):
        assert bed_label(WardId("west"), BedId("w1")) == "Window seat"
        assert bed_label(WardId("west"), BedId("gone")) == "gone"
        assert bed_label(WardId("east"), BedId("w1")) == "w1"


@pytest.mark.parametrize(("days", "words"), [(0, "today"), (1, "1 day ago"), (3, "3 days ago")])
def test_what_was_today_was_not_some_days_ago(days: int, words: str) -> None:
    assert days_ago(days) == words
