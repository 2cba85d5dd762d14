"""Late numbers as marks: one for each stretch, and only while the device was the session's."""

from datetime import UTC, datetime, timedelta

from dashboard.trends.late import marks_of_late
from infusion.association import Interval
from record.columns import to_micros
from record.trends import LateRow

NINE = datetime(2026, 11, 25, 9, tzinfo=UTC)
CAME = NINE + timedelta(minutes=30)


def late(device: str, *seconds: int) -> list[LateRow]:
    moments = (NINE + timedelta(seconds=second) for second in seconds)
    return [LateRow(device, to_micros(at), to_micros(CAME)) for at in moments]


def test_each_stretch_of_each_device_is_one_mark_at_its_first_number() -> None:
    rows = [*late("monitor-1", 0, 1, 2, 600, 601), *late("monitor-2", 1)]
    owned = [(name, Interval(since=NINE)) for name in ("monitor-1", "monitor-2")]
    marks = marks_of_late(rows, owned, UTC)
    assert [(mark.at - NINE).total_seconds() for mark in marks] == [0, 600, 1]
    assert {mark.kind for mark in marks} == {"late"}
    assert marks[0].text == "late: monitor-1, 09:00:00 to 09:00:02, came until 09:30:00"


def test_what_a_device_measured_of_somebody_else_is_not_marked() -> None:
    mine = Interval(since=NINE + timedelta(seconds=5), until=NINE + timedelta(seconds=10))
    marks = marks_of_late(late("monitor-1", 0, 7, 10), [("monitor-1", mine)], UTC)
    assert [mark.at for mark in marks] == [NINE + timedelta(seconds=7)]
