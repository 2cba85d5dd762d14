"""How values are stored: exactly, and back."""

from datetime import UTC, datetime, timedelta, timezone
from enum import Enum

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


class Word(Enum):
    YES = "yes"
    NO = "no"


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """A struct of which some may be absent and some not."""

    at: datetime
    word: Word
    seen: bool
    body: bytes
    later: datetime | None = None
    other: Word | None = None
    names: tuple[str, ...] = ("usual",)


_MOMENTS = st.datetimes(timezones=st.just(UTC))


@given(
    st.builds(
        Whole, at=_MOMENTS, word=st.sampled_from(Word), seen=st.booleans(), body=st.binary(),
        later=st.none() | _MOMENTS, other=st.none() | st.sampled_from(Word),
        names=st.lists(st.text(max_size=5)).map(tuple),
    )
)  # fmt: skip
def test_whatever_is_stored_comes_back_the_same(item: Whole) -> None:
    columns = StructColumns(Whole)
    assert columns.item(columns.row(item)) == item


def test_a_word_that_is_none_and_a_row_that_is_too_short_or_too_long_are_refused() -> None:
    columns = StructColumns(Whole)
    row = columns.row(Whole(at=datetime(2026, 1, 1, tzinfo=UTC), word=Word.NO, seen=True, body=b""))
    with pytest.raises(ValueError, match="'perhaps' is not a valid Word"):
        columns.item((row[0], "perhaps", *row[2:]))
    with pytest.raises(ValueError, match="values to unpack"):
        columns.item(row[:-1])
    with pytest.raises(ValueError, match="values to unpack"):
        columns.item((*row, None))


def test_two_rows_do_not_share_what_is_empty() -> None:
    columns = StructColumns(Row)
    row = columns.row(Row(at=datetime(2026, 1, 1, tzinfo=UTC)))
    assert columns.item(row).words is not columns.item(row).words


def test_a_type_that_has_no_column_is_named() -> None:
    class Odd(msgspec.Struct):
        """A struct nobody can store."""

        nested: Row

    with pytest.raises(TypeError, match="no column"):
        StructColumns(Odd)
