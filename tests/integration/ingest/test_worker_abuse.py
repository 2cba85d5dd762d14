"""Devices that keep to nothing, against a real broker and a worker: all is kept, nothing stops."""

import itertools
import json
from typing import Any

import pytest

from infusion.stream import PumpReadingArrived, VitalsArrived
from tests.fixtures.ingest_side import VITALS, Bedside, looking, start, stored_seqs
from tests.fixtures.processes import Program, wait_for
from vocabulary.states import QuarantineReason
from wire.decoding import MAX_PAYLOAD_BYTES

pytestmark = pytest.mark.broker
NOW = "2026-11-22T14:03:07.250+00:00"
FURTHEST = 2**53 - 1


SEQS = itertools.count()


def body(**fields: Any) -> dict[str, Any]:
    return {"boot": "g", "seq": next(SEQS), "time": NOW, "spo2": 97, **fields}


def spelt(field: str, value: str) -> bytes:
    """A set of numerics with a value that Python would not write so."""
    return json.dumps(body(**{field: "@"})).replace('"@"', value).encode()


ABUSES: list[tuple[str, bytes, QuarantineReason]] = [
    (VITALS, spelt("hr", "NaN"), QuarantineReason.BAD_JSON),
    (VITALS, spelt("hr", "-Infinity"), QuarantineReason.BAD_JSON),
    (VITALS, spelt("hr", "1e999"), QuarantineReason.OUT_OF_BOUNDS),
    (VITALS, spelt("hr", "9" * 400), QuarantineReason.OUT_OF_BOUNDS),
    (VITALS, spelt("seq", "9" * 400), QuarantineReason.OUT_OF_BOUNDS),
    (VITALS, spelt("seq", str(FURTHEST + 1)), QuarantineReason.OUT_OF_BOUNDS),
    (VITALS, spelt("seq", "-1"), QuarantineReason.OUT_OF_BOUNDS),
    (VITALS, spelt("seq", "1.5"), QuarantineReason.WRONG_TYPE),
    (VITALS, spelt("spo2", "true"), QuarantineReason.WRONG_TYPE),
    (VITALS, spelt("spo2", '"97"'), QuarantineReason.WRONG_TYPE),
    (VITALS, spelt("spo2", "[97]"), QuarantineReason.WRONG_TYPE),
    (VITALS, spelt("spo2", "null"), QuarantineReason.WRONG_TYPE),
    (VITALS, spelt("nibp", '{"sys": 120}'), QuarantineReason.MISSING_FIELD),
    (VITALS, spelt("invalid", '{"hr": "unwell"}'), QuarantineReason.UNKNOWN_WORD),
    (VITALS, spelt("boot", '""'), QuarantineReason.OUT_OF_BOUNDS),
    (VITALS, spelt("boot", '"a\\u0000b"'), QuarantineReason.OUT_OF_BOUNDS),
    (VITALS, spelt("boot", '"' + "b" * 65 + '"'), QuarantineReason.OUT_OF_BOUNDS),
    (VITALS, spelt("time", '"2026-11-22T14:03:07"'), QuarantineReason.IMPOSSIBLE_TIME),
    (VITALS, spelt("time", '"0000-00-00T00:00:00Z"'), QuarantineReason.IMPOSSIBLE_TIME),
    (VITALS, spelt("time", '"9999-12-31T23:59:59-12:00"'), QuarantineReason.IMPOSSIBLE_TIME),
    (VITALS, spelt("time", '"1601-01-01T00:00:00Z"'), QuarantineReason.IMPOSSIBLE_TIME),
    (VITALS, spelt("time", "1795446187250"), QuarantineReason.WRONG_TYPE),
    (VITALS, b'{"boot": "\xc3\x28"}', QuarantineReason.BAD_ENCODING),
    (VITALS, b"\xef\xbb\xbf" + json.dumps(body()).encode(), QuarantineReason.BAD_JSON),
    (VITALS, json.dumps(body()).encode("utf-16"), QuarantineReason.BAD_ENCODING),
    (VITALS, json.dumps(body()).encode() + b"}", QuarantineReason.BAD_JSON),
    (VITALS, b'{"x":' * 2500 + b"1" + b"}" * 2500, QuarantineReason.BAD_JSON),
    (VITALS, b"x" * 1_000_000, QuarantineReason.OVERSIZE),
    (VITALS.removesuffix("/vitals"), b"{}", QuarantineReason.UNKNOWN_TOPIC),
    (VITALS + "/more", b"{}", QuarantineReason.UNKNOWN_TOPIC),
    (VITALS.replace("vitals", "VITALS"), b"{}", QuarantineReason.UNKNOWN_TOPIC),
    (VITALS.replace("monitor-1", "m" * 65), b"{}", QuarantineReason.UNKNOWN_TOPIC),
    (VITALS.replace("monitor-1", "mónitor"), b"{}", QuarantineReason.UNKNOWN_TOPIC),
    (VITALS.replace("monitor-1", ""), b"{}", QuarantineReason.UNKNOWN_TOPIC),
    (VITALS.replace("vitals", "status"), b'{"state": "online"}', QuarantineReason.MISSING_FIELD),
    (VITALS.replace("vitals", "status"), b'{"state": "on", "boot": "g"}',
     QuarantineReason.UNKNOWN_WORD),
]  # fmt: skip


def test_whatever_a_device_sends_is_kept_with_its_reason_and_the_next_message_is_taken(
    bedside: Bedside, worker: Program, database_url: str
) -> None:
    start(worker, bedside)
    for topic, payload, _ in ABUSES:
        bedside.say(topic, payload)
    bedside.vitals(0)
    wait_for("the good message", bedside.last_ack)
    with looking(database_url) as record:
        items = wait_for(
            "the abuse",
            lambda: (q := record.quarantine_recent(100)) and len(q) == len(ABUSES) and q,
        )
    kept = {(item.topic, item.payload): item for item in items}
    assert max(len(payload) for _, payload in kept) == MAX_PAYLOAD_BYTES
    found = {(t, p[:60]): kept[t, p[:MAX_PAYLOAD_BYTES]].reason for t, p, _ in ABUSES}
    assert found == {(t, p[:60]): reason for t, p, reason in ABUSES}
    assert stored_seqs(database_url) == [0]


@pytest.mark.parametrize("time", ["1970-01-01T00:00:00Z", "2999-12-31T23:59:59.999999Z"])
def test_times_and_numbers_at_the_ends_of_what_is_possible_are_stored(
    bedside: Bedside, worker: Program, database_url: str, time: str
) -> None:
    start(worker, bedside)
    huge = {
        "hr": 1.7e308,
        "rr": -1.7e308,
        "temp": 5e-324,
        "spo2": 10**300,
        "boot": "\U0010ffff" * 64,
    }
    cuff = {"sys": 1.7e308, "dia": -1.7e308, "time": time}
    for seq in (FURTHEST, 0, FURTHEST - 1):
        bedside.say(VITALS, {**huge, "seq": seq, "time": time, "nibp": cuff})
    pump = {"state": "infusing", "rate": 1.7e308, "volume": -1.7e308, "counter": "\U0010ffff" * 64}
    for seq in range(3):
        bedside.say(
            VITALS.replace("monitor-1/vitals", "pump-1/pump"),
            {**pump, "boot": "p", "seq": seq, "time": time},
        )
    bedside.vitals(0)
    wait_for("the last", lambda: (a := bedside.last_ack()) and a.boot == "b1")
    wait_for("the bed", lambda: bedside.beds)
    with looking(database_url) as record:
        stored = list(record.read_stream())
        assert record.quarantine_recent(9) == []
    assert [i.seq for i in stored if isinstance(i, VitalsArrived)] == [FURTHEST, 0, FURTHEST - 1, 0]
    assert len([i for i in stored if isinstance(i, PumpReadingArrived)]) == 3
