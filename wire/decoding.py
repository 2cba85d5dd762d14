"""What devices publish, decoded strictly: a message is understood whole or refused with a reason.

A number outside a signal's possible range is *accepted* here; ingest marks it implausible. Times
are aware and in UTC once decoded.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import msgspec

from vocabulary.ids import BootId
from vocabulary.states import DeviceState, InvalidReason, QuarantineReason
from wire.fields import Sequence, Text64
from wire.messages import MESSAGE_TYPES, DeviceMessage, NibpReading, Status, Vitals
from wire.topics import DeviceTopic, MessageKind, parse_device_topic

MAX_PAYLOAD_BYTES: Final = 16 * 1024
EARLIEST_YEAR: Final = 1970
LATEST_YEAR: Final = 2999
LONGEST_DETAIL: Final = 300


class Refused(Exception):
    """A message that is not of the contract: the reason, and where in it.

    `detail` is one printable line of at most LONGEST_DETAIL characters, whatever the message held.
    """

    def __init__(self, reason: QuarantineReason, detail: str) -> None:
        self.reason = reason
        self.detail = _printable(detail)
        super().__init__(f"{reason.value}: {self.detail}")


def _printable(text: str) -> str:
    cut = text if len(text) <= LONGEST_DETAIL else text[: LONGEST_DETAIL - 1] + "…"
    if cut.isprintable():
        return cut
    shown = "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in cut
    )
    return shown if len(shown) <= LONGEST_DETAIL else shown[: LONGEST_DETAIL - 1] + "…"


_DECODERS: Final[dict[MessageKind, Callable[[bytes], DeviceMessage]]] = {
    kind: msgspec.json.Decoder(type_).decode for kind, type_ in MESSAGE_TYPES.items()
}


def decode(topic: str, payload: bytes) -> tuple[DeviceTopic, DeviceMessage]:
    """Take one published message apart by the contract.

    Raises Refused with a reason that says what is wrong and where; never anything else.
    """
    parsed = parse_device_topic(topic)
    if parsed is None:
        raise Refused(QuarantineReason.UNKNOWN_TOPIC, f"{topic[:256]!r} is not a device topic")
    return parsed, decode_payload(parsed.kind, payload)


def decode_payload(kind: MessageKind, payload: bytes) -> DeviceMessage:
    """Decode the payload of one message of `kind`. Raises Refused."""
    check_size(len(payload))
    if not payload:
        raise Refused(QuarantineReason.BAD_JSON, "empty payload")
    try:
        if not payload.isascii():
            payload.decode()  # the decoder below does not look at fields it does not know
        message = _DECODERS[kind](payload)
        if b"null" in payload:
            _refuse_null(type(message), payload)
    except msgspec.ValidationError as error:
        raise _refusal_of(str(error)) from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise Refused(QuarantineReason.BAD_JSON, str(error)) from error
    except UnicodeDecodeError as error:
        where = f"{error.reason} (byte {error.start})"
        raise Refused(QuarantineReason.BAD_ENCODING, f"not UTF-8: {where}") from error
    _check_words(message)
    return _in_utc(message)


def check_size(payload_bytes: int) -> None:
    """Raise Refused if a payload of `payload_bytes` is longer than the contract allows."""
    if payload_bytes > MAX_PAYLOAD_BYTES:
        raise Refused(
            QuarantineReason.OVERSIZE, f"{payload_bytes} bytes, at most {MAX_PAYLOAD_BYTES}"
        )


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


_BOUNDS: Final = (" >= ", " <= ", " > ", " < ", "length", "matching regex")


def _refusal_of(text: str) -> Refused:
    """The refusal for a complaint of msgspec, told by its beginning: the rest may quote a device.

    Its wording is that of the version that requirements.txt pins.
    """
    text = text.replace(" | null`", "`")
    if text.startswith("Object missing required field"):
        reason = QuarantineReason.MISSING_FIELD
    elif text.startswith("Invalid enum value"):
        reason = QuarantineReason.UNKNOWN_WORD
    elif text.startswith(("Invalid RFC3339", "Expected `datetime` with a timezone")):
        reason = QuarantineReason.IMPOSSIBLE_TIME
        text = text.replace("Invalid RFC3339 encoded datetime", "not an RFC 3339 time")
    elif text.startswith(("Number out of range", "Integer value out of range")):
        reason = QuarantineReason.OUT_OF_BOUNDS
    elif "got `" not in text and any(bound in text for bound in _BOUNDS):
        reason = QuarantineReason.OUT_OF_BOUNDS
        text = _NUL_COMPLAINT.sub("a NUL character", text)
    else:
        reason = QuarantineReason.WRONG_TYPE
    return Refused(reason, text)


_NUL_COMPLAINT: Final = re.compile(r"Expected `str` matching regex '.*?'(?= - at |$)")


def _refuse_null(type_: type[DeviceMessage], payload: bytes) -> None:
    """An absent field is how a device says "not measured"; null is no type of the contract.

    Fields that the contract does not know may be null: nothing is taken from them.
    """
    held = _refuse_null_in(type_, payload, "$")
    if type_ is Vitals and (cuff := held.get("nibp")) is not None:
        _refuse_null_in(NibpReading, bytes(cuff), "$.nibp")


def _refuse_null_in(
    type_: type[msgspec.Struct], payload: bytes, where: str
) -> dict[str, msgspec.Raw]:
    held = msgspec.json.decode(payload, type=dict[str, msgspec.Raw])
    for name in type_.__struct_fields__:
        if name in held and bytes(held[name]) == b"null":
            raise Refused(QuarantineReason.WRONG_TYPE, f"null at `{where}.{name}`: leave it out")
    return held


def _check_words(message: DeviceMessage) -> None:
    if isinstance(message, Vitals):
        if InvalidReason.IMPLAUSIBLE in message.invalid.values():
            raise Refused(
                QuarantineReason.UNKNOWN_WORD,
                "Invalid enum value 'implausible' - at `$.invalid`: that word is ingest's",
            )
    elif isinstance(message, Status) and message.state is not DeviceState.OFFLINE:
        for field, value in (("kind", message.kind), ("time", message.time)):
            if value is None:
                raise Refused(
                    QuarantineReason.MISSING_FIELD, f"Object missing required field `{field}`"
                )


def _in_utc(message: DeviceMessage) -> DeviceMessage:
    if message.time is not None and (time := _utc(message.time, "$.time")) is not message.time:
        message = msgspec.structs.replace(message, time=time)
    if isinstance(message, Vitals) and message.nibp is not None:
        cuff = message.nibp
        if cuff.time is not None and (time := _utc(cuff.time, "$.nibp.time")) is not cuff.time:
            cuff = msgspec.structs.replace(cuff, time=time)
            message = msgspec.structs.replace(message, nibp=cuff)
    return message


def _utc(time: datetime, where: str) -> datetime:
    """`time` in UTC, the very object if it is so already. Raises Refused outside the years."""
    try:
        in_utc = time if time.tzinfo is UTC else time.astimezone(UTC)
        year = in_utc.year
    except OverflowError:  # before year 1 or after year 9999 once in UTC
        year = time.year
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        raise Refused(
            QuarantineReason.IMPOSSIBLE_TIME,
            f"year {year} in UTC at `{where}`, possible are {EARLIEST_YEAR} to {LATEST_YEAR}",
        )
    return in_utc
