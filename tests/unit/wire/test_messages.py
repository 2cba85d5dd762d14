"""What devices publish: understood whole, or refused with a reason that says where."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.fixtures import contract
from vocabulary.signals import SignalName
from vocabulary.states import DeviceState, InvalidReason, PumpState, QuarantineReason
from wire.decoding import (
    LONGEST_DETAIL,
    MAX_PAYLOAD_BYTES,
    Refused,
    decode,
    decode_payload,
    peek_sequence,
)
from wire.messages import DeviceAlarm, DeviceEvent, PumpReading, Status, Vitals
from wire.topics import MessageKind

R = QuarantineReason
TIME = "2026-11-22T14:03:07.250+00:00"
NUMBERED = {"boot": "b7", "seq": 1, "time": TIME}
LEAST: dict[str, dict[str, Any]] = {
    "status": {"state": "online", "boot": "b7", "kind": "monitor", "time": TIME},
    "vitals": NUMBERED,
    "pump": {**NUMBERED, "state": "kvo", "rate": 1, "volume": 2, "counter": "c1"},
    "event": {**NUMBERED, "event": "clock_set"},
    "alarm": {**NUMBERED, "alarm": "apnea", "phase": "end", "priority": "low", "id": "a1"},
}
TOPIC = "hourglass/v1/north/device/d1/"


def with_fields(kind: str, /, **fields: Any) -> bytes:
    return json.dumps({**LEAST[kind], **fields}).encode()


def without(kind: str, field: str) -> bytes:
    return json.dumps({name: held for name, held in LEAST[kind].items() if name != field}).encode()


def raw(members: bytes) -> bytes:
    """A vitals message with `members` after its own, byte for byte."""
    return b'{"boot":"b7","seq":1,"time":"2026-11-22T14:03:07Z",' + members + b"}"


def refusal_of(kind: str, payload: bytes) -> Refused:
    with pytest.raises(Refused) as refused:
        decode_payload(MessageKind(kind), payload)
    return refused.value


BAD: list[tuple[str, bytes, QuarantineReason, str]] = [
    # not JSON
    ("vitals", b"", R.BAD_JSON, "empty payload"),
    ("vitals", b" ", R.BAD_JSON, "truncated"),
    ("vitals", b"{", R.BAD_JSON, "truncated"),
    ("vitals", with_fields("vitals")[:-1], R.BAD_JSON, "truncated"),
    ("vitals", b"hr=78", R.BAD_JSON, "malformed"),
    ("vitals", b"{'boot': 'b7'}", R.BAD_JSON, "keys must be strings"),
    ("vitals", b"\x00" + with_fields("vitals"), R.BAD_JSON, "byte 0"),
    ("vitals", with_fields("vitals") + b"\x00", R.BAD_JSON, "trailing"),
    ("vitals", with_fields("vitals") * 2, R.BAD_JSON, "trailing"),
    ("vitals", b"\xef\xbb\xbf" + with_fields("vitals"), R.BAD_JSON, "byte 0"),
    ("vitals", raw(b'"hr":NaN'), R.BAD_JSON, "invalid character"),
    ("vitals", raw(b'"hr":Infinity'), R.BAD_JSON, "invalid character"),
    ("vitals", raw(b'"hr":--'), R.BAD_JSON, "invalid character"),
    ("vitals", raw(b'"hr":078'), R.BAD_JSON, "invalid number"),
    ("vitals", raw(b'"hr":78,'), R.BAD_JSON, "trailing comma"),
    ("vitals", raw(b'"x":' + b"[" * 5000 + b"]" * 5000), R.BAD_JSON, "recursion"),
    ("vitals", raw(b'"x":"\\ud800 and more"'), R.BAD_JSON, "hex escape"),
    ("alarm", with_fields("alarm", text="\ud800 and more"), R.BAD_JSON, "surrogate"),
    # not UTF-8
    ("vitals", b'{"boot":"\xff"}', R.BAD_ENCODING, "byte 9"),
    ("vitals", raw(b'"x":"\xe9t\xe9"'), R.BAD_ENCODING, "not UTF-8"),
    ("vitals", raw(b'"x":null,"y":"\xff"'), R.BAD_ENCODING, "not UTF-8"),
    ("vitals", with_fields("vitals").decode().encode("utf-16"), R.BAD_ENCODING, "byte 0"),
    # too long
    ("vitals", b" " * (MAX_PAYLOAD_BYTES + 1), R.OVERSIZE, "16385 bytes, at most 16384"),
    ("alarm", with_fields("alarm", x="y" * 20_000), R.OVERSIZE, "at most 16384"),
    # not there
    *((kind, without(kind, field), R.MISSING_FIELD, f"`{field}`")
      for kind, least in LEAST.items() for field in least),
    ("status", b'{"state":"shutdown","boot":"b7"}', R.MISSING_FIELD, "`kind`"),
    ("status", b'{"state":"offline"}', R.MISSING_FIELD, "`boot`"),
    ("vitals", with_fields("vitals", nibp={"sys": 138}), R.MISSING_FIELD, "`dia` - at `$.nibp`"),
    ("vitals", with_fields("vitals", nibp={}), R.MISSING_FIELD, "`sys` - at `$.nibp`"),
    # of another type
    ("vitals", b"[]", R.WRONG_TYPE, "Expected `object`, got `array`"),
    ("vitals", b"null", R.WRONG_TYPE, "got `null`"),
    ("vitals", b'"status"', R.WRONG_TYPE, "got `str`"),
    ("vitals", b"78", R.WRONG_TYPE, "got `int`"),
    ("vitals", with_fields("vitals", hr="78"), R.WRONG_TYPE, "got `str` - at `$.hr`"),
    ("vitals", with_fields("vitals", hr="--"), R.WRONG_TYPE, "got `str` - at `$.hr`"),
    ("vitals", with_fields("vitals", hr=True), R.WRONG_TYPE, "got `bool` - at `$.hr`"),
    ("vitals", with_fields("vitals", hr=[78]), R.WRONG_TYPE, "got `array` - at `$.hr`"),
    ("vitals", with_fields("vitals", hr=None), R.WRONG_TYPE, "null at `$.hr`: leave it out"),
    ("vitals", raw(b'"hr" : null'), R.WRONG_TYPE, "null at `$.hr`"),
    ("vitals", raw(b'"h\\u0072":null'), R.WRONG_TYPE, "null at `$.hr`"),
    ("vitals", with_fields("vitals", nibp=None), R.WRONG_TYPE, "null at `$.nibp`"),
    ("vitals", with_fields("vitals", nibp={"sys": 1, "dia": 2, "map": None}), R.WRONG_TYPE,
     "null at `$.nibp.map`"),
    ("vitals", with_fields("vitals", nibp=138), R.WRONG_TYPE, "got `int` - at `$.nibp`"),
    ("vitals", with_fields("vitals", nibp={"sys": 1, "dia": "2"}), R.WRONG_TYPE, "`$.nibp.dia`"),
    ("vitals", with_fields("vitals", invalid=None), R.WRONG_TYPE, "got `null` - at `$.invalid`"),
    ("vitals", with_fields("vitals", invalid=["hr"]), R.WRONG_TYPE, "at `$.invalid`"),
    ("vitals", with_fields("vitals", invalid={"hr": None}), R.WRONG_TYPE, "at `$.invalid[...]`"),
    ("vitals", with_fields("vitals", seq="1"), R.WRONG_TYPE, "got `str` - at `$.seq`"),
    ("vitals", with_fields("vitals", seq=1.0), R.WRONG_TYPE, "got `float` - at `$.seq`"),
    ("vitals", with_fields("vitals", seq=True), R.WRONG_TYPE, "got `bool` - at `$.seq`"),
    ("vitals", with_fields("vitals", boot=7), R.WRONG_TYPE, "got `int` - at `$.boot`"),
    ("vitals", with_fields("vitals", buffered=1), R.WRONG_TYPE, "got `int` - at `$.buffered`"),
    ("vitals", with_fields("vitals", time=1763820187), R.WRONG_TYPE, "got `int` - at `$.time`"),
    ("vitals", with_fields("vitals", time=None), R.WRONG_TYPE, "got `null` - at `$.time`"),
    ("status", with_fields("status", simulated="yes"), R.WRONG_TYPE, "at `$.simulated`"),
    ("status", with_fields("status", kind=None), R.WRONG_TYPE, "null at `$.kind`"),
    ("pump", with_fields("pump", rate="--"), R.WRONG_TYPE, "got `str` - at `$.rate`"),
    ("pump", with_fields("pump", rate=None), R.WRONG_TYPE, "got `null` - at `$.rate`"),
    ("pump", with_fields("pump", rate_set=None), R.WRONG_TYPE, "null at `$.rate_set`"),
    ("pump", with_fields("pump", mains=1), R.WRONG_TYPE, "got `int` - at `$.mains`"),
    ("event", with_fields("event", event=1), R.WRONG_TYPE, "got `int` - at `$.event`"),
    ("alarm", with_fields("alarm", text=None), R.WRONG_TYPE, "got `null` - at `$.text`"),
    # a word nobody knows
    ("status", with_fields("status", state="on"), R.UNKNOWN_WORD, "'on' - at `$.state`"),
    ("status", with_fields("status", kind="fridge"), R.UNKNOWN_WORD, "'fridge' - at `$.kind`"),
    ("vitals", with_fields("vitals", invalid={"hr": "bad"}), R.UNKNOWN_WORD, "'bad'"),
    ("vitals", with_fields("vitals", invalid={"co2": "fault"}), R.UNKNOWN_WORD, "'co2' - at `key`"),
    ("vitals", with_fields("vitals", invalid={"hr": "implausible"}), R.UNKNOWN_WORD, "ingest's"),
    ("pump", with_fields("pump", state="running"), R.UNKNOWN_WORD, "'running' - at `$.state`"),
    ("pump", with_fields("pump", state="KVO"), R.UNKNOWN_WORD, "'KVO'"),
    ("event", with_fields("event", event="door"), R.UNKNOWN_WORD, "'door' - at `$.event`"),
    ("event", with_fields("event", reason="bored"), R.UNKNOWN_WORD, "'bored' - at `$.reason`"),
    ("alarm", with_fields("alarm", alarm="fire"), R.UNKNOWN_WORD, "'fire' - at `$.alarm`"),
    ("alarm", with_fields("alarm", phase="on"), R.UNKNOWN_WORD, "'on' - at `$.phase`"),
    ("alarm", with_fields("alarm", priority=""), R.UNKNOWN_WORD, "'' - at `$.priority`"),
    ("pump", with_fields("pump", state="x, got `y`"), R.UNKNOWN_WORD, "at `$.state`"),
    ("pump", with_fields("pump", state="Object missing required field"), R.UNKNOWN_WORD, "state"),
    ("pump", with_fields("pump", state="Invalid RFC3339 >= 1"), R.UNKNOWN_WORD, "at `$.state`"),
    # outside the bounds
    ("vitals", with_fields("vitals", seq=-1), R.OUT_OF_BOUNDS, ">= 0 - at `$.seq`"),
    ("vitals", with_fields("vitals", seq=2**53), R.OUT_OF_BOUNDS, "at `$.seq`"),
    ("vitals", with_fields("vitals", seq=10**40), R.OUT_OF_BOUNDS, "at `$.seq`"),
    ("vitals", with_fields("vitals", boot=""), R.OUT_OF_BOUNDS, "length >= 1 - at `$.boot`"),
    ("vitals", with_fields("vitals", boot="x" * 65), R.OUT_OF_BOUNDS, "<= 64 - at `$.boot`"),
    ("vitals", with_fields("vitals", boot="a\0"), R.OUT_OF_BOUNDS, "a NUL character - at `$.boot`"),
    ("vitals", raw(b'"hr":1e400'), R.OUT_OF_BOUNDS, "out of range - at `$.hr`"),
    ("vitals", raw(b'"hr":' + b"9" * 5000), R.OUT_OF_BOUNDS, "out of range - at `$.hr`"),
    ("status", with_fields("status", period_s=0), R.OUT_OF_BOUNDS, "> 0.0 - at `$.period_s`"),
    ("status", with_fields("status", period_s=3601), R.OUT_OF_BOUNDS, "at `$.period_s`"),
    ("status", with_fields("status", make="x" * 257), R.OUT_OF_BOUNDS, "<= 256 - at `$.make`"),
    ("pump", with_fields("pump", counter=""), R.OUT_OF_BOUNDS, "at `$.counter`"),
    ("pump", with_fields("pump", drug="x" * 257), R.OUT_OF_BOUNDS, "at `$.drug`"),
    ("alarm", with_fields("alarm", id=""), R.OUT_OF_BOUNDS, "at `$.id`"),
    ("alarm", with_fields("alarm", text="A\0B"), R.OUT_OF_BOUNDS, "a NUL character - at `$.text`"),
    # no such time
    *(("vitals", with_fields("vitals", time=time), R.IMPOSSIBLE_TIME, where) for time, where in (
        ("", "not an RFC 3339 time - at `$.time`"),
        ("14:03:07", "not an RFC 3339 time - at `$.time`"),
        ("22.11.2026 14:03", "not an RFC 3339 time - at `$.time`"),
        ("2026-11-22", "not an RFC 3339 time - at `$.time`"),
        ("2026-11-22T14:03:07", "timezone component - at `$.time`"),
        ("2026-02-30T14:03:07Z", "not an RFC 3339 time - at `$.time`"),
        ("2026-11-22T24:00:00Z", "not an RFC 3339 time - at `$.time`"),
        ("2026-11-22T14:03:60Z", "not an RFC 3339 time - at `$.time`"),
        ("2026-11-22T14:03:07+24:00", "not an RFC 3339 time - at `$.time`"),
        ("0000-00-00T00:00:00Z", "not an RFC 3339 time - at `$.time`"),
        ("0001-01-01T00:00:00+23:00", "year 1 in UTC at `$.time`"),
        ("9999-12-31T23:59:59-23:00", "year 9999 in UTC at `$.time`"),
        ("1969-12-31T23:59:59.999Z", "year 1969 in UTC at `$.time`, possible are 1970 to 2999"),
        ("1970-01-01T00:30:00+01:00", "year 1969 in UTC at `$.time`"),
        ("3000-01-01T00:00:00Z", "year 3000 in UTC at `$.time`"),
        ("2999-12-31T23:30:00-01:00", "year 3000 in UTC at `$.time`"),
    )),
    ("vitals", with_fields("vitals", nibp={"sys": 1, "dia": 2, "time": "14:03"}),
     R.IMPOSSIBLE_TIME, "at `$.nibp.time`"),
    ("vitals", with_fields("vitals", nibp={"sys": 1, "dia": 2, "time": "1900-01-01T00:00:00Z"}),
     R.IMPOSSIBLE_TIME, "year 1900 in UTC at `$.nibp.time`"),
    ("status", b'{"state":"offline","boot":"b7","time":"1900-01-01T00:00:00Z"}',
     R.IMPOSSIBLE_TIME, "year 1900 in UTC at `$.time`"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "payload", "reason", "where"), BAD)
def test_a_bad_message_is_refused_with_its_reason_and_where(
    kind: str, payload: bytes, reason: QuarantineReason, where: str
) -> None:
    refused = refusal_of(kind, payload)
    assert refused.reason is reason, refused
    assert where in refused.detail
    assert str(refused) == f"{reason.value}: {refused.detail}"


def test_the_table_of_bad_messages_has_every_reason_that_decoding_gives() -> None:
    assert {reason for _, _, reason, _ in BAD} == set(QuarantineReason) - {
        R.UNKNOWN_TOPIC,  # below
        R.UNKNOWN_WARD, R.UNKNOWN_DEVICE, R.INTERNAL_ERROR,  # ingest's
    }  # fmt: skip


def test_a_topic_that_devices_do_not_publish_on_is_refused_before_the_payload() -> None:
    with pytest.raises(Refused) as refused:
        decode("hourglass/v1/north/bed/1/state", b"not json")
    assert refused.value.reason is R.UNKNOWN_TOPIC
    assert "'hourglass/v1/north/bed/1/state' is not a device topic" in refused.value.detail


@pytest.mark.parametrize("word", ["\u0000", "\n", "\x1b[31m", "\u202e", "x" * 10_000, "\x07" * 900])
def test_a_detail_is_one_printable_line_whatever_the_message_held(word: str) -> None:
    detail = refusal_of("pump", with_fields("pump", state=word)).detail
    assert detail.isprintable()
    assert len(detail) <= LONGEST_DETAIL


def test_a_refusal_escapes_and_cuts_whatever_it_is_given() -> None:
    assert Refused(R.WRONG_TYPE, "a\n\x1b\u2028b, é").detail == r"a\n\x1b\u2028b, é"
    for text in ("x" * 301, "\n" * 299):
        detail = Refused(R.WRONG_TYPE, text).detail
        assert len(detail) == LONGEST_DETAIL
        assert detail.endswith("…")
    assert Refused(R.WRONG_TYPE, "x" * 300).detail == "x" * 300


def test_a_long_topic_does_not_make_a_long_detail() -> None:
    with pytest.raises(Refused) as refused:
        decode("x\n" * 30_000, b"{}")
    assert refused.value.detail.isprintable()
    assert len(refused.value.detail) <= LONGEST_DETAIL


@pytest.mark.parametrize("kind", LEAST)
def test_the_least_message_of_each_kind_is_accepted_on_its_topic(kind: str) -> None:
    topic, message = decode(TOPIC + kind, with_fields(kind))
    assert (topic.ward, topic.device, topic.kind.value) == ("north", "d1", kind)
    assert isinstance(message, contract.DEVICE_MESSAGES[kind])


def vitals(**fields: Any) -> Vitals:
    message = decode_payload(MessageKind.VITALS, with_fields("vitals", **fields))
    assert isinstance(message, Vitals)
    return message


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-11-22T14:03:07Z", datetime(2026, 11, 22, 14, 3, 7, tzinfo=UTC)),
        ("2026-11-22T14:03:07+00:00", datetime(2026, 11, 22, 14, 3, 7, tzinfo=UTC)),
        ("2026-11-22T14:03:07.25Z", datetime(2026, 11, 22, 14, 3, 7, 250_000, tzinfo=UTC)),
        ("2026-11-22T15:33:07+01:30", datetime(2026, 11, 22, 14, 3, 7, tzinfo=UTC)),
        ("2026-11-21T23:03:07-15:00", datetime(2026, 11, 22, 14, 3, 7, tzinfo=UTC)),
        ("2026-11-22T14:03:07.1234564Z", datetime(2026, 11, 22, 14, 3, 7, 123_456, tzinfo=UTC)),
        ("1970-01-01T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC)),
        ("3000-01-01T00:30:00+01:00", datetime(2999, 12, 31, 23, 30, tzinfo=UTC)),
        ("2028-02-29T00:00:00Z", datetime(2028, 2, 29, tzinfo=UTC)),
    ],
)
def test_a_time_of_any_offset_is_in_utc_once_decoded(text: str, meant: datetime) -> None:
    message = vitals(time=text, nibp={"sys": 138, "dia": 86, "time": text})
    assert message.nibp is not None
    for time in (message.time, message.nibp.time):
        assert time == meant
        assert time is not None
        assert time.tzinfo is UTC


def test_an_absent_signal_is_none_and_nothing_else() -> None:
    message = vitals(hr=0)
    assert message.hr == 0
    assert [message.pr, message.spo2, message.rr, message.etco2, message.temp] == [None] * 5
    assert message.nibp is None
    assert message.invalid == {}
    assert message.buffered is False


def test_a_whole_number_is_taken_where_a_number_is_asked_for() -> None:
    message = vitals(hr=78, temp=37)
    assert (message.hr, message.temp) == (78.0, 37.0)
    assert isinstance(message.hr, float)


@pytest.mark.parametrize("number", [-999, -1, 0, 8_388_607, 1e300, -99.9, 2**70])
def test_a_number_outside_its_possible_range_is_accepted_here(number: float) -> None:
    assert vitals(hr=number).hr == number


@pytest.mark.parametrize("seq", [0, 2**53 - 1])
def test_the_bounds_of_seq_belong_to_it(seq: int) -> None:
    assert vitals(seq=seq).seq == seq


def test_a_boot_is_counted_in_characters_and_not_in_bytes() -> None:
    assert vitals(boot="é" * 64).boot == "é" * 64


def test_a_payload_of_exactly_16_kib_is_accepted() -> None:
    payload = with_fields("vitals").ljust(MAX_PAYLOAD_BYTES)
    assert isinstance(decode_payload(MessageKind.VITALS, payload), Vitals)


@pytest.mark.parametrize(
    "members",
    [
        b'"firmware":"2.0"',
        b'"x":null',
        b'"x":{"hr":null}',
        b'"nibp":{"sys":1,"dia":2,"cuff":null}',
        b'"x":null,"y":1e999',
        b'"x":null,"y":' + b"9" * 5000,
        b'"note":"null"',
        "\"x\":\"čš\u2028\"".encode(),
        b'"x":"\\u0000"',
    ],
)  # fmt: skip
def test_fields_that_the_contract_does_not_know_refuse_nothing(members: bytes) -> None:
    message = decode_payload(MessageKind.VITALS, raw(b'"hr":78,' + members))
    assert isinstance(message, Vitals)
    assert message.hr == 78


def test_of_a_field_that_comes_twice_the_last_counts() -> None:
    message = decode_payload(MessageKind.VITALS, raw(b'"hr":null,"hr":70,"seq":5'))
    assert isinstance(message, Vitals)
    assert (message.hr, message.seq) == (70, 5)


def test_why_a_signal_is_bad_comes_by_signal() -> None:
    message = vitals(invalid={"etco2": "sensor_off", "nibp": "fault"})
    assert message.invalid == {
        SignalName.ETCO2: InvalidReason.SENSOR_OFF,
        SignalName.NIBP: InvalidReason.FAULT,
    }


def test_the_will_needs_neither_kind_nor_time() -> None:
    will = decode_payload(MessageKind.STATUS, b'{"state":"offline","boot":"b7"}')
    assert isinstance(will, Status)
    assert (will.state, will.kind, will.time) == (DeviceState.OFFLINE, None, None)


def test_a_pump_reading_knows_its_counter() -> None:
    reading = decode_payload(MessageKind.PUMP, with_fields("pump", counter="c3"))
    assert isinstance(reading, PumpReading)
    assert reading.state is PumpState.KVO
    assert reading.counter == "c3"


def test_event_and_alarm_need_only_what_the_contract_requires() -> None:
    event = decode_payload(MessageKind.EVENT, with_fields("event"))
    alarm = decode_payload(MessageKind.ALARM, with_fields("alarm"))
    assert isinstance(event, DeviceEvent)
    assert isinstance(alarm, DeviceAlarm)
    assert (event.reason, event.counter, alarm.text) == (None, None, "")


@pytest.mark.parametrize(
    ("payload", "found"),
    [
        (with_fields("pump", state="running"), ("b7", 1)),
        (without("vitals", "time"), ("b7", 1)),
        (with_fields("vitals", boot="a\0"), None),
        (with_fields("vitals", seq=-1), None),
        (b'{"boot":"b7"}', None),
        (b'{"boot":"\xff","seq":1}', None),
        (b"{", None),
        (b'{"boot":"b7","seq":1,"x":' + b"[" * 9000, None),
    ],
)
def test_what_was_refused_still_tells_its_boot_and_seq_if_it_can(
    payload: bytes, found: tuple[str, int] | None
) -> None:
    assert peek_sequence(payload) == found
