"""Recorded arrivals: what is written is read again, byte for byte; a bad line says which it is."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.arrivals import (
    BadArrivalLine,
    RecordedArrival,
    read_arrivals,
    record_arrival,
    write_arrivals,
)

NOW = datetime(2026, 11, 22, 14, 3, 7, 250_000, tzinfo=UTC)
TOPIC = "hourglass/v1/north/device/d1/vitals"

PAYLOADS = [
    b'{"boot":"b7","seq":1}',
    b'{ "boot" : "b7" }',
    b'{"boot":\n"b7"}',
    b'{"boot":\r"b7"}',
    b'{"a":1}\r\n',
    b' {"a":1}',
    b'{"a":1} ',
    b'{"a":1}\t',
    b"null",
    b"0",
    b'""',
    "\"é\u2028\"".encode(),
    b"",
    b"\n",
    b"not json",
    b"\x00\xff\xfe",
    b'"\xff"',
    b'{"a":1e999}',
    b'"\\ud800 and more of it"',
    b"\xef\xbb\xbf{}",
    b"[" * 5000,
    b"[" * 200 + b"]" * 200,
    bytes(range(256)),
]  # fmt: skip


def encoded(arrival: RecordedArrival) -> bytes:
    return msgspec.json.encode(arrival)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_is_read_again_byte_for_byte(tmp_path: Path, payload: bytes) -> None:
    path = tmp_path / "arrivals.jsonl"
    written = [
        record_arrival(NOW, TOPIC, payload, retained=True),
        record_arrival(NOW + timedelta(seconds=1), TOPIC, b"{}"),
    ]
    assert write_arrivals(path, written) == 2
    assert path.read_bytes().count(b"\n") == 2, "one line an arrival"
    first, second = read_arrivals(path)
    assert (first.received_at, first.topic, first.retained) == (NOW, TOPIC, True)
    assert first.payload_bytes() == payload
    assert (second.payload_bytes(), second.retained) == (b"{}", False)


@given(payload=st.binary(max_size=200), topic=st.text(max_size=80))
def test_any_payload_survives_its_line(payload: bytes, topic: str) -> None:
    line = encoded(record_arrival(NOW, topic, payload))
    assert b"\n" not in line
    arrival = msgspec.json.decode(line, type=RecordedArrival)
    assert (arrival.topic, arrival.payload_bytes()) == (topic, payload)


def test_json_is_kept_readable_and_everything_else_as_base64(tmp_path: Path) -> None:
    path = tmp_path / "arrivals.jsonl"
    write_arrivals(path, [record_arrival(NOW, TOPIC, b'{"a":1}'), record_arrival(NOW, TOPIC, b"x")])
    json_line, other_line = path.read_text("utf-8").splitlines()
    assert '"payload":{"a":1}' in json_line
    assert "base64" not in json_line
    assert '"payload_base64":"eA=="' in other_line


def test_empty_lines_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "arrivals.jsonl"
    line = encoded(record_arrival(NOW, TOPIC, b"{}"))
    path.write_bytes(b"\n" + line + b"\r\n  \n" + line)
    assert [arrival.topic for arrival in read_arrivals(path)] == [TOPIC, TOPIC]


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (b"{", "truncated"),
        (b"[]", "Expected `object`"),
        (b'{"topic":"x","payload":{}}', "missing required field `received_at`"),
        (b'{"received_at":"2026-11-22T14:03:07Z","payload":{}}', "missing required field `topic`"),
        (b'{"received_at":"2026-11-22T14:03:07","topic":"x"}', "timezone"),
        (b'{"received_at":"yesterday","topic":"x"}', "received_at"),
        (b'{"received_at":"2026-11-22T14:03:07Z","topic":"\xff"}', "utf-8"),
        (b'{"received_at":"2026-11-22T14:03:07Z","topic":"x","payload_base64":"?"}', "base64"),
        (b'{"received_at":"2026-11-22T14:03:07Z","topic":"x","payload":' + b"[" * 9000, "depth"),
    ],
)
def test_a_bad_line_names_file_and_line_and_why(tmp_path: Path, bad: bytes, why: str) -> None:
    path = tmp_path / "arrivals.jsonl"
    good = encoded(record_arrival(NOW, TOPIC, b"{}"))
    path.write_bytes(good + b"\n\n" + bad + b"\n" + good)
    arrivals = read_arrivals(path)
    assert next(arrivals).topic == TOPIC
    with pytest.raises(BadArrivalLine) as refused:
        next(arrivals)
    assert f"{path}, line 3: " in str(refused.value)
    assert why in str(refused.value)
