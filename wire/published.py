"""What ingest publishes, as payloads: written, and read by whoever subscribes."""

from typing import Final, TypeVar

import msgspec

from wire.bed_state import BedState
from wire.ingest_status import Ack, IngestStatus

_encoder: Final = msgspec.json.Encoder()
_bed_decoder: Final = msgspec.json.Decoder(BedState)
_status_decoder: Final = msgspec.json.Decoder(IngestStatus)
_ack_decoder: Final = msgspec.json.Decoder(Ack)
_Published = TypeVar("_Published", BedState, IngestStatus, Ack)


def encode(message: BedState | IngestStatus | Ack) -> bytes:
    """The JSON payload of what ingest publishes."""
    return _encoder.encode(message)


def decode_bed_state(payload: bytes) -> BedState:
    """Read a bed's state. Raises msgspec.MsgspecError if it is not one."""
    return _decoded(_bed_decoder, payload)


def decode_ingest_status(payload: bytes) -> IngestStatus:
    """Read a worker's heartbeat. Raises msgspec.MsgspecError if it is not one."""
    return _decoded(_status_decoder, payload)


def decode_ack(payload: bytes) -> Ack:
    """Read what is on disk. Raises msgspec.MsgspecError if it is not an ack."""
    return _decoded(_ack_decoder, payload)


def _decoded(decoder: msgspec.json.Decoder[_Published], payload: bytes) -> _Published:
    try:
        return decoder.decode(payload)
    except (UnicodeDecodeError, RecursionError) as error:
        raise msgspec.DecodeError(str(error)) from error
