"""The hash that ties events together."""

from typing import Any

import msgspec
import pytest

from record.chain import NO_EVENT, hash_of, sealed
from record.schema import EventRow

ROW = sealed(
    EventRow(
        position=7,
        chain="ward/north",
        kind="DeviceBooted",
        at=1,
        recorded_at=2,
        author="ingest/ingest-1",
        cause=3,
        payload='{"a":1}',
        previous_hash=NO_EVENT,
        hash="",
    )
)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("position", 8),
        ("chain", "ward/south"),
        ("kind", "DeviceLinkChanged"),
        ("at", 0),
        ("recorded_at", 0),
        ("author", "somebody"),
        ("cause", None),
        ("payload", '{"a":2}'),
        ("previous_hash", "1" * 64),
    ],
)
def test_a_change_of_any_column_changes_the_hash(column: str, value: Any) -> None:
    assert hash_of(msgspec.structs.replace(ROW, **{column: value})) != ROW.hash


def test_every_column_is_covered_by_that_test() -> None:
    assert len(EventRow.__struct_fields__) == 9 + 1


def test_the_hash_does_not_cover_itself() -> None:
    assert hash_of(msgspec.structs.replace(ROW, hash="other")) == ROW.hash
