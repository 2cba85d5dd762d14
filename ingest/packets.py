"""MQTT packets cut out of a byte stream: many from one read of the socket.

paho reads the header of every packet byte by byte, one system call each; that alone limits it to
some 14,000 messages a second (docs/benchmarks.md). Here one read is cut into as many packets as
it holds. Only PUBLISH is understood; everything else is handed on whole.
"""

from typing import Final

import msgspec

PUBLISH: Final = 0x30
_MAX_LENGTH_BYTES: Final = 4


class BadPacket(ValueError):
    """Bytes that no MQTT broker sends; the connection has to be given up."""


class Packet(msgspec.Struct, frozen=True, gc=False):
    """One control packet: the first byte of its fixed header, and everything after its length."""

    command: int
    body: bytes


class Publish(msgspec.Struct, frozen=True, gc=False):
    """A PUBLISH packet. `mid` is 0 for QoS 0."""

    topic: str
    payload: bytes
    mid: int
    qos: int
    is_retained: bool
    is_redelivery: bool


class PacketSplitter:
    """Cuts what a socket gave into packets, keeping an unfinished one for the next read."""

    def __init__(self) -> None:
        self._rest = b""

    def clear(self) -> None:
        """Forget an unfinished packet: the connection is a new one."""
        self._rest = b""

    def feed(self, data: bytes) -> list[Packet]:
        """The packets that are complete now. Raises BadPacket."""
        if self._rest:
            data = self._rest + data
        packets: list[Packet] = []
        start, end = 0, len(data)
        while start < end:
            header = _read_length(data, start + 1)
            if header is None:
                break
            length, body_start = header
            body_end = body_start + length
            if body_end > end:
                break
            packets.append(Packet(data[start], data[body_start:body_end]))
            start = body_end
        self._rest = data[start:]
        return packets


def parse_publish(packet: Packet, *, has_properties: bool) -> Publish:
    """Take a PUBLISH apart; `has_properties` for MQTT 5. Raises BadPacket."""
    body = packet.body
    qos = (packet.command >> 1) & 3
    topic_end = 2 + int.from_bytes(body[:2], "big")
    payload_start = topic_end + (2 if qos else 0)
    if len(body) < max(payload_start, 2):
        raise BadPacket("a PUBLISH is shorter than its topic")
    if has_properties:
        header = _read_length(body, payload_start)
        if header is None:
            raise BadPacket("a PUBLISH has no properties length")
        length, properties_start = header
        payload_start = properties_start + length
        if len(body) < payload_start:
            raise BadPacket("a PUBLISH is shorter than its properties")
    return Publish(
        topic=body[2:topic_end].decode("utf-8", errors="replace"),
        payload=body[payload_start:],
        mid=int.from_bytes(body[topic_end : topic_end + 2], "big") if qos else 0,
        qos=qos,
        is_retained=bool(packet.command & 1),
        is_redelivery=bool(packet.command & 8),
    )


def puback(mids: list[int]) -> bytes:
    """The acknowledgements of `mids`, in their order, as one piece of bytes (MQTT 3.1.1 and 5)."""
    return b"".join(b"\x40\x02" + mid.to_bytes(2, "big") for mid in mids)


def _read_length(data: bytes, at: int) -> tuple[int, int] | None:
    """A variable byte integer and where it ends; None if it is not all there yet."""
    value = 0
    for index in range(_MAX_LENGTH_BYTES):
        if at + index >= len(data):
            return None
        byte = data[at + index]
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value, at + index + 1
    raise BadPacket("a packet length has more than four bytes")
