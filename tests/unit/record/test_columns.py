"""How values are stored: exactly, and back."""

from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from record.columns import StructColumns, from_micros, to_micros


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A struct with a column of each sort."""

    at: datetime
    number: float | None = None
    words: dict[str, str] = {}
    names: tuple[str, ...] = ()


@given(st.datetimes(timezones=st.just(UTC)))
def test_times_are_stored_to_the_microsecond(at: datetime) -> None:
    assert from_micros(to_micros(at)) == at


def test_a_time_of_another_zone_is_the_same_moment() -> None:
    east = datetime(2026, 11, 22, 16, 0, tzinfo=timezone(timedelta(hours=2)))
    assert from_micros(to_micros(east)) == datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(TypeError):
        to_micros(datetime(2026, 11, 22))  # noqa: DTZ001  # what this test is about


def test_what_is_empty_or_absent_is_null_and_comes_back_so() -> None:
    columns = StructColumns(Row)
    item = Row(at=datetime(2026, 1, 1, tzinfo=UTC))
    row = columns.row(item)
    assert row[1:] == (None, None, None)
    assert columns.item(row) == item


def test_maps_and_lists_are_json() -> None:
    columns = StructColumns(Row)
    item = Row(at=datetime(2026, 1, 1, tzinfo=UTC), words={"b": "2", "a": "1"}, names=("x", "y"))
    row = columns.row(item)
    assert row[2:] == ('{"a":"1","b":"2"}', '["x","y"]')
    assert columns.item(row) == item


def test_a_type_that_has_no_column_is_named() -> None:
    class Odd(msgspec.Struct):
        """A struct nobody can store."""

        nested: Row

    with pytest.raises(TypeError, match="no column"):
        StructColumns(Odd)
