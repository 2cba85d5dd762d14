"""Refused messages as they are kept: whole, whatever they hold."""

import hashlib

import msgspec

from infusion.stream import Quarantined


def digest_of(item: Quarantined) -> str:
    """SHA-256 of topic and payload, hexadecimal: by it a message is known again."""
    topic = item.topic.encode(errors="surrogatepass")
    return hashlib.sha256(topic + b"\0" + item.payload).hexdigest()


def storable(item: Quarantined) -> Quarantined:
    """`item` with texts that either database takes; the payload stays byte for byte.

    What is refused may hold anything, and PostgreSQL has no NUL in a text.
    """
    texts = (item.topic, item.detail, item.ward, item.device, item.boot)
    if all(text is None or (text.isprintable()) for text in texts):
        return item
    topic, detail, ward, device, boot = (
        None
        if text is None
        else text.replace("\0", "\\x00").encode(errors="backslashreplace").decode()
        for text in texts
    )
    return msgspec.structs.replace(
        item, topic=topic, detail=detail, ward=ward, device=device, boot=boot
    )
