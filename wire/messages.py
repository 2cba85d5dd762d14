"""What devices publish, decoded strictly: a message is understood whole or refused with a reason.

Units are fixed by the contract and never sent: rates in mL/h, volumes in mL, pressures in mmHg
(see `vocabulary.signals`). A number outside a signal's possible range is *accepted* here; ingest
marks it implausible. Times are aware and in UTC once decoded.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Final, TypeAlias

import msgspec

from vocabulary.alarms import AlarmPhase, AlarmPriority, DeviceAlarmCode, DeviceEventCode
from vocabulary.ids import BootId, CounterId
from vocabulary.signals import SignalName
from vocabulary.states import (
    DeviceKind,
    DeviceState,
    InvalidReason,
    PumpState,
    QuarantineReason,
    StopReason,
)
from wire.topics import DeviceTopic, MessageKind, parse_device_topic

MAX_PAYLOAD_BYTES: Final = 16 * 1024
EARLIEST_YEAR: Final = 1970
LATEST_YEAR: Final = 2999
MAX_SEQ: Final = 2**53 - 1
"""The largest integer that every JSON implementation keeps exactly (RFC 8259, section 6)."""

Text64 = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Text256 = Annotated[str, msgspec.Meta(max_length=256)]
Sequence = Annotated[int, msgspec.Meta(ge=0, le=MAX_SEQ)]
AwareTime = Annotated[datetime, msgspec.Meta(tz=True)]


class Refused(Exception):
    """A message that is not of the contract: the reason, and where in it."""

    def __init__(self, reason: QuarantineReason, detail: str) -> None:
        super().__init__(f"{reason.value}: {detail}")
        self.reason = reason
        self.detail = detail


class Status(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Birth, planned goodbye, or last will of a device. The will has neither kind nor time."""

    state: DeviceState
    boot: Text64
    kind: DeviceKind | None = None
    time: AwareTime | None = None
    make: Text256 = ""
    model: Text256 = ""
    serial: Text256 = ""
    firmware: Text256 = ""
    period_s: Annotated[float, msgspec.Meta(gt=0, le=3600)] = 1.0
    simulated: bool = False


class NibpReading(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One cuff inflation, mmHg; `time` is when the cuff measured, by the device's clock."""

    sys: float
    dia: float
    map: float | None = None
    time: AwareTime | None = None


class Vitals(msgspec.Struct, frozen=True, kw_only=True):
    """One set of numerics of a monitor. An absent signal was not measured."""

    boot: Text64
    seq: Sequence
    time: AwareTime
    buffered: bool = False
    hr: float | None = None
    pr: float | None = None
    spo2: float | None = None
    rr: float | None = None
    etco2: float | None = None
    temp: float | None = None
    nibp: NibpReading | None = None
    invalid: dict[SignalName, InvalidReason] = {}


class PumpReading(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One reading of a pump: rates mL/h, volumes mL, concentration mg/mL, weight kg."""

    boot: Text64
    seq: Sequence
    time: AwareTime
    state: PumpState
    rate: float
    volume: float
    counter: Text64
    buffered: bool = False
    rate_set: float | None = None
    remaining: float | None = None
    drug: Text256 | None = None
    concentration: float | None = None
    dose_rate: float | None = None
    weight: float | None = None
    battery: float | None = None
    mains: bool | None = None


class DeviceEvent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something that happened at a device: rates mL/h, volume mL."""

    boot: Text64
    seq: Sequence
    time: AwareTime
    event: DeviceEventCode
    buffered: bool = False
    reason: StopReason | None = None
    rate_from: float | None = None
    rate_to: float | None = None
    volume: float | None = None
    counter: Text64 | None = None


class DeviceAlarm(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The device's own alarm began, changed or ended; the device keeps control of it."""

    boot: Text64
    seq: Sequence
    time: AwareTime
    alarm: DeviceAlarmCode
    phase: AlarmPhase
    priority: AlarmPriority
    id: Text64
    buffered: bool = False
    text: Text256 = ""


SequencedMessage: TypeAlias = Vitals | PumpReading | DeviceEvent | DeviceAlarm
DeviceMessage: TypeAlias = Status | SequencedMessage

MESSAGE_TYPES: Final[dict[MessageKind, type[DeviceMessage]]] = {
    MessageKind.STATUS: Status,
    MessageKind.VITALS: Vitals,
    MessageKind.PUMP: PumpReading,
    MessageKind.EVENT: DeviceEvent,
    MessageKind.ALARM: DeviceAlarm,
}
_DECODERS: Final[dict[MessageKind, Callable[[bytes], DeviceMessage]]] = {
    kind: msgspec.json.Decoder(type_).decode for kind, type_ in MESSAGE_TYPES.items()
}


def decode(topic: str, payload: bytes) -> tuple[DeviceTopic, DeviceMessage]:
    """Take one published message apart by the contract.

    Raises Refused with a reason that says what is wrong and where.
    """
    parsed = parse_device_topic(topic)
    if parsed is None:
        raise Refused(QuarantineReason.UNKNOWN_TOPIC, f"{topic[:256]!r} is not a device topic")
    return parsed, decode_payload(parsed.kind, payload)


def decode_payload(kind: MessageKind, payload: bytes) -> DeviceMessage:
    """Decode the payload of one message of `kind`. Raises Refused."""
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise Refused(
            QuarantineReason.OVERSIZE, f"{len(payload)} bytes, at most {MAX_PAYLOAD_BYTES}"
        )
    try:
        message = _DECODERS[kind](payload)
    except msgspec.ValidationError as error:
        raise _refusal_of(str(error)) from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise Refused(QuarantineReason.BAD_JSON, str(error)) from error
    except UnicodeDecodeError as error:
        raise Refused(QuarantineReason.BAD_ENCODING, f"not UTF-8: {error.reason}") from error
    if b"null" in payload:
        _refuse_null(payload)
    return _in_utc(_checked(message))


def peek_sequence(payload: bytes) -> tuple[BootId, int] | None:
    """Boot and seq of a refused message, if it has them; what is in quarantine is not missing."""
    try:
        found = msgspec.json.decode(payload, type=_Sequenced)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return BootId(found.boot), found.seq


class _Sequenced(msgspec.Struct):
    boot: Text64
    seq: Sequence


def counter_of(message: PumpReading) -> CounterId:
    """Which run of the volume counter a pump reading belongs to."""
    return CounterId(message.counter)


def _refusal_of(text: str) -> Refused:
    text = text.replace(" | null`", "`")
    if "missing required field" in text:
        reason = QuarantineReason.MISSING_FIELD
    elif "enum value" in text:
        reason = QuarantineReason.UNKNOWN_WORD
    elif "got `" in text:
        reason = QuarantineReason.WRONG_TYPE
    elif "datetime" in text or "RFC3339" in text or "timezone" in text:
        reason = QuarantineReason.IMPOSSIBLE_TIME
        text = text.replace("Invalid RFC3339 encoded datetime", "not an RFC 3339 time")
    elif ">=" in text or "<=" in text or " > " in text:
        reason = QuarantineReason.OUT_OF_BOUNDS
    else:
        reason = QuarantineReason.WRONG_TYPE
    return Refused(reason, text)


def _refuse_null(payload: bytes) -> None:
    """An absent field is how a device says "not measured"; null is no type of the contract."""
    for key, value in msgspec.json.decode(payload, type=dict[str, object]).items():
        parts = value.items() if key == "nibp" and isinstance(value, dict) else ()
        for name, inner in ((key, value), *((f"{key}.{part}", item) for part, item in parts)):
            if inner is None:
                raise Refused(QuarantineReason.WRONG_TYPE, f"null at `$.{name}`: leave it out")


def _checked(message: DeviceMessage) -> DeviceMessage:
    if isinstance(message, Vitals):
        if InvalidReason.IMPLAUSIBLE in message.invalid.values():
            raise Refused(
                QuarantineReason.UNKNOWN_WORD,
                "Invalid enum value 'implausible' - at `$.invalid`: that word is ingest's",
            )
        if message.nibp is not None and message.nibp.time is not None:
            _check_year(message.nibp.time, "$.nibp.time")
    elif isinstance(message, Status) and message.state is not DeviceState.OFFLINE:
        for field, value in (("kind", message.kind), ("time", message.time)):
            if value is None:
                raise Refused(
                    QuarantineReason.MISSING_FIELD, f"Object missing required field `{field}`"
                )
    if message.time is not None:
        _check_year(message.time, "$.time")
    return message


def _check_year(time: datetime, where: str) -> None:
    if not EARLIEST_YEAR <= time.year <= LATEST_YEAR:
        raise Refused(
            QuarantineReason.IMPOSSIBLE_TIME,
            f"year {time.year} at `{where}`, possible are {EARLIEST_YEAR} to {LATEST_YEAR}",
        )


def _in_utc(message: DeviceMessage) -> DeviceMessage:
    if message.time is not None and message.time.tzinfo is not UTC:
        message = msgspec.structs.replace(message, time=message.time.astimezone(UTC))
    if isinstance(message, Vitals) and message.nibp is not None:
        cuff = message.nibp
        if cuff.time is not None and cuff.time.tzinfo is not UTC:
            cuff = msgspec.structs.replace(cuff, time=cuff.time.astimezone(UTC))
            message = msgspec.structs.replace(message, nibp=cuff)
    return message
