"""MQTT packets cut out of a byte stream, wherever the stream is split."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.packets import (
    PUBLISH,
    BadPacket,
    Packet,
    PacketSplitter,
    Publish,
    parse_publish,
    puback,
)


def encoded_length(length: int) -> bytes:
    out = bytearray()
    while True:
        length, byte = divmod(length, 128)
        out.append(byte | (0x80 if length else 0))
        if not length:
            return bytes(out)


def packet_bytes(command: int, body: bytes) -> bytes:
    return bytes([command]) + encoded_length(len(body)) + body


def publish_body(topic: str, payload: bytes, mid: int | None, properties: bytes | None) -> bytes:
    name = topic.encode()
    body = len(name).to_bytes(2, "big") + name
    if mid is not None:
        body += mid.to_bytes(2, "big")
    if properties is not None:
        body += encoded_length(len(properties)) + properties
    return body + payload


bodies = st.lists(
    st.tuples(st.sampled_from([0x20, 0x30, 0x32, 0x40, 0x90, 0xD0]), st.binary(max_size=400)),
    max_size=12,
)


@given(packets=bodies, cuts=st.sets(st.integers(0, 4000)))
def test_packets_come_out_whole_wherever_the_stream_is_cut(
    packets: list[tuple[int, bytes]], cuts: set[int]
) -> None:
    stream = b"".join(packet_bytes(command, body) for command, body in packets)
    edges = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    splitter = PacketSplitter()
    found = [packet for low, high in pairwise(edges) for packet in splitter.feed(stream[low:high])]
    assert found == [Packet(command, body) for command, body in packets]


@given(
    topic=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60),
    payload=st.binary(max_size=20000),
    mid=st.integers(1, 65535),
    qos=st.sampled_from([0, 1]),
    properties=st.none() | st.binary(max_size=300),
)
def test_a_publish_comes_out_as_it_was_put_in(
    topic: str, payload: bytes, mid: int, qos: int, properties: bytes | None
) -> None:
    body = publish_body(topic, payload, mid if qos else None, properties)
    (packet,) = PacketSplitter().feed(packet_bytes(PUBLISH | qos << 1 | 1, body))
    assert parse_publish(packet, has_properties=properties is not None) == Publish(
        topic=topic,
        payload=payload,
        mid=mid if qos else 0,
        qos=qos,
        is_retained=True,
        is_redelivery=False,
    )


def test_a_redelivery_is_marked() -> None:
    packet = Packet(0x3A, publish_body("t", b"x", 7, None))
    assert parse_publish(packet, has_properties=False).is_redelivery


@pytest.mark.parametrize("body", [b"", b"\x00", b"\x00\x05abc", b"\x00\x01a", b"\x00\x01a\x00"])
def test_a_truncated_publish_is_bad(body: bytes) -> None:
    with pytest.raises(BadPacket):
        parse_publish(Packet(0x32, body), has_properties=False)


def test_a_publish_shorter_than_its_properties_is_bad() -> None:
    with pytest.raises(BadPacket):
        parse_publish(Packet(0x30, b"\x00\x01a\x09ab"), has_properties=True)


def test_a_length_of_five_bytes_is_bad() -> None:
    with pytest.raises(BadPacket):
        PacketSplitter().feed(b"\x30\xff\xff\xff\xff\x01")


def test_a_new_connection_starts_afresh() -> None:
    splitter = PacketSplitter()
    splitter.feed(b"\x30\x7f half a packet")
    splitter.clear()
    assert splitter.feed(packet_bytes(0xD0, b"")) == [Packet(0xD0, b"")]


def test_acknowledgements_are_in_order_and_one_piece() -> None:
    assert puback([1, 258]) == b"\x40\x02\x00\x01\x40\x02\x01\x02"
