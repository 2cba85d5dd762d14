"""Whatever bytes arrive, they are decoded or refused; what is decoded keeps its content."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from vocabulary.alarms import AlarmPhase, AlarmPriority, DeviceAlarmCode, DeviceEventCode
from vocabulary.signals import SignalName
from vocabulary.states import DeviceKind, DeviceState, InvalidReason, PumpState, StopReason
from wire.decoding import Refused, decode, decode_payload, peek_sequence
from wire.fields import MAX_SEQ
from wire.messages import (
    MESSAGE_TYPES,
    DeviceAlarm,
    DeviceEvent,
    DeviceMessage,
    NibpReading,
    PumpReading,
    Status,
    Vitals,
)
from wire.topics import MessageKind

KINDS = st.sampled_from(MessageKind)
BASE = b'{"boot":"b","seq":1,"time":"2026-11-22T14:03:07Z",'


def decode_or_refuse(kind: MessageKind, payload: bytes) -> DeviceMessage | None:
    """Anything but a message or Refused fails the test that calls this."""
    peek_sequence(payload)
    try:
        return decode_payload(kind, payload)
    except Refused as refused:
        detail = refused.detail
    assert detail
    assert detail.isprintable()
    return None


@given(kind=KINDS, payload=st.binary(max_size=400))
@example(MessageKind.VITALS, b"[" * 16_384)
@example(MessageKind.VITALS, b'{"a":' * 3_000)
@example(MessageKind.VITALS, BASE + b'"x":null,"y":' + b"[" * 8_000 + b"]" * 8_000 + b"}")
@example(MessageKind.VITALS, BASE + b'"hr":' + b"9" * 16_000 + b"}")
@example(MessageKind.VITALS, BASE + b'"x":null,"y":' + b"-9" * 8_000 + b"}")
@example(MessageKind.VITALS, BASE + b'"x":null,"y":1e999999999}')
@example(MessageKind.VITALS, BASE + b'"x":null,"y\xcc":1}')
@example(MessageKind.VITALS, BASE + b'"x":null,"\\ud800":1}')
@example(MessageKind.VITALS, BASE + b'"boot":"\\ud800"}')
@example(MessageKind.VITALS, BASE + b'"boot":"\\udc00\\ud800","boot":null}')
@example(MessageKind.VITALS, BASE + b'"nibp":{"sys":1,"dia":2},"nibp":{"sys":null,"dia":2}}')
@example(MessageKind.VITALS, BASE + b'"nibp":null,"nibp":[null]}')
@example(MessageKind.VITALS, b"\xef\xbb\xbf" + BASE + b'"hr":1}')
@example(MessageKind.VITALS, BASE + b'"hr":1}\x00')
@example(MessageKind.VITALS, b"\xff\xfe{\x00}\x00")
def test_any_bytes_are_decoded_or_refused(kind: MessageKind, payload: bytes) -> None:
    decode_or_refuse(kind, payload)


@given(topic=st.text(max_size=200), payload=st.binary(max_size=50))
@example("hourglass/v1/\ud800/device/d/vitals", b"{}")
@example("hourglass/v1/n/device/d/vitals\n", b"{}")
@example("hourglass/v1/n/device/\u0000/vitals", b"{}")
def test_any_topic_is_decoded_or_refused(topic: str, payload: bytes) -> None:
    with suppress(Refused):
        decode(topic, payload)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda held: st.lists(held, max_size=3) | st.dictionaries(st.text(), held, max_size=3),
    max_leaves=8,
)
FIELDS = sorted({field for type_ in MESSAGE_TYPES.values() for field in type_.__struct_fields__})


@given(
    kind=KINDS,
    fields=st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=8), ANY_JSON, max_size=8),
    has_base=st.booleans(),
    is_ascii=st.booleans(),
)
def test_any_json_is_decoded_or_refused(
    kind: MessageKind, fields: dict[str, Any], has_base: bool, is_ascii: bool
) -> None:
    base = {"boot": "b", "seq": 1, "time": "2026-11-22T14:03:07Z"} if has_base else {}
    text = json.dumps({**base, **fields}, ensure_ascii=is_ascii)
    message = decode_or_refuse(kind, text.encode("utf-8", "surrogatepass"))
    if message is not None and has_base and "hr" in fields and isinstance(message, Vitals):
        assert message.hr == fields["hr"]


# --- what is decoded keeps its content ------------------------------------------------------------

NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-1000, 10_000).map(float)
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=64)
NAME = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=64)
TIMES = st.datetimes(
    min_value=datetime(1970, 1, 2),  # noqa: DTZ001  # the time zone is drawn beside it
    max_value=datetime(2999, 12, 30),  # noqa: DTZ001  # the time zone is drawn beside it
    timezones=st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
DEVICE_REASONS = st.sampled_from([word for word in InvalidReason if word is not word.IMPLAUSIBLE])


def maybe(held: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | held


NUMBERED = {
    "boot": NAME,
    "seq": st.integers(0, MAX_SEQ),
    "time": TIMES,
    "buffered": st.booleans(),
}
MESSAGES: st.SearchStrategy[DeviceMessage] = st.one_of(
    st.builds(
        Status,
        state=st.sampled_from(DeviceState),
        boot=NAME,
        kind=st.sampled_from(DeviceKind),
        time=TIMES,
        make=TEXT, model=TEXT, serial=TEXT, firmware=TEXT,
        period_s=st.floats(0.001, 3600),
        simulated=st.booleans(),
    ),
    st.builds(
        Vitals,
        **NUMBERED,
        hr=maybe(NUMBERS), pr=maybe(NUMBERS), spo2=maybe(NUMBERS),
        rr=maybe(NUMBERS), etco2=maybe(NUMBERS), temp=maybe(NUMBERS),
        nibp=maybe(
            st.builds(NibpReading, sys=NUMBERS, dia=NUMBERS, map=maybe(NUMBERS), time=maybe(TIMES))
        ),
        invalid=st.dictionaries(st.sampled_from(SignalName), DEVICE_REASONS),
    ),
    st.builds(
        PumpReading,
        **NUMBERED,
        state=st.sampled_from(PumpState),
        rate=NUMBERS, volume=NUMBERS, counter=NAME,
        rate_set=maybe(NUMBERS), remaining=maybe(NUMBERS), drug=maybe(TEXT),
        concentration=maybe(NUMBERS), dose_rate=maybe(NUMBERS), weight=maybe(NUMBERS),
        battery=maybe(NUMBERS), mains=maybe(st.booleans()),
    ),
    st.builds(
        DeviceEvent,
        **NUMBERED,
        event=st.sampled_from(DeviceEventCode),
        reason=maybe(st.sampled_from(StopReason)),
        rate_from=maybe(NUMBERS), rate_to=maybe(NUMBERS),
        volume=maybe(NUMBERS), counter=maybe(NAME),
    ),
    st.builds(
        DeviceAlarm,
        **NUMBERED,
        alarm=st.sampled_from(DeviceAlarmCode),
        phase=st.sampled_from(AlarmPhase),
        priority=st.sampled_from(AlarmPriority),
        id=NAME, text=TEXT,
    ),
)  # fmt: skip
KIND_OF = {type_: kind for kind, type_ in MESSAGE_TYPES.items()}


def as_sent(message: DeviceMessage) -> bytes:
    """The message as a device sends it: what is None is left out."""
    held = msgspec.to_builtins(message)
    if (cuff := held.get("nibp")) is not None:
        held["nibp"] = {name: value for name, value in cuff.items() if value is not None}
    return msgspec.json.encode({name: value for name, value in held.items() if value is not None})


@given(sent=MESSAGES)
def test_a_message_comes_out_of_the_decoder_as_the_device_meant_it(sent: DeviceMessage) -> None:
    received = decode_payload(KIND_OF[type(sent)], as_sent(sent))
    assert received == sent  # times are equal when they are the same moment
    for time in (received.time, getattr(getattr(received, "nibp", None), "time", None)):
        assert time is None or time.tzinfo is UTC


@given(sent=MESSAGES)
def test_what_was_decoded_and_encoded_again_says_the_same(sent: DeviceMessage) -> None:
    once = decode_payload(KIND_OF[type(sent)], as_sent(sent))
    assert decode_payload(KIND_OF[type(sent)], as_sent(once)) == once
