"""paho's client with a reader of ours: many packets a read, many acknowledgements a write."""

import logging
import ssl
import time
from collections.abc import Callable
from typing import Final

from paho.mqtt.client import Client
from paho.mqtt.enums import MQTTErrorCode, MQTTProtocolVersion

from ingest.packets import PUBLISH, BadPacket, PacketSplitter, Publish, parse_publish, puback

log = logging.getLogger(__name__)

READ_BYTES: Final = 1 << 18


class BufferedClient(Client):
    """paho with one read of the socket for many packets; everything else stays paho's.

    Overrides `loop_read` and relies on `_in_packet`, `_packet_handle`, `_packet_queue` and
    `_loop_rc_handle` of paho-mqtt 2.2.0, which requirements.txt pins.
    """

    take_publish: Callable[[Publish], None]
    splitter: PacketSplitter

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:  # noqa: ARG002  # paho's signature
        """Read what has come and take it apart, as paho's own does with one packet."""
        if self._sock is None:
            return MQTTErrorCode.MQTT_ERR_NO_CONN
        try:
            data = self._sock.recv(READ_BYTES)
        except (BlockingIOError, ssl.SSLWantReadError):
            return MQTTErrorCode.MQTT_ERR_SUCCESS
        except OSError:
            data = b""
        if not data:
            return self._loop_rc_handle(MQTTErrorCode.MQTT_ERR_CONN_LOST)
        self._last_bytes_received = time.monotonic()
        has_properties = self._protocol == MQTTProtocolVersion.MQTTv5
        try:
            for packet in self.splitter.feed(data):
                if packet.command & 0xF0 == PUBLISH:
                    self.take_publish(parse_publish(packet, has_properties=has_properties))
                elif rc := self._handle_other(packet.command, packet.body):
                    return self._loop_rc_handle(rc)
        except BadPacket as error:
            log.warning("the broker sent what is not MQTT (%s); connecting anew", error)
            return self._loop_rc_handle(MQTTErrorCode.MQTT_ERR_PROTOCOL)
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def _handle_other(self, command: int, body: bytes) -> MQTTErrorCode:
        self._in_packet = {
            "command": command,
            "have_remaining": 1,
            "remaining_count": [],
            "remaining_mult": 1,
            "remaining_length": len(body),
            "packet": bytearray(body),
            "to_process": 0,
            "pos": 0,
        }
        rc = self._packet_handle()
        self._in_packet["command"] = 0
        return rc

    def ack_all(self, mids: list[int]) -> None:
        """Acknowledge these messages in their order, as one piece."""
        if mids:
            self._packet_queue(0x40, puback(mids), mids[-1], 0)
