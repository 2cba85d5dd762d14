"""The connection to the broker: one persistent session, read in order, acknowledged by hand.

Everything happens on the caller's thread in `poll`; no paho thread runs, so nothing can die
unseen. Reconnecting is ours: paho's own would acknowledge by its own rules.
"""

import logging
import select
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec
from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from config.broker_address import BrokerAddress
from config.settings import MqttProtocol
from ingest.buffered_client import BufferedClient
from ingest.packets import PacketSplitter, Publish

log = logging.getLogger(__name__)

KEEPALIVE_S: Final = 5
CONNECT_TIMEOUT_S: Final = 3.0
SESSION_EXPIRY_S: Final = 7 * 24 * 3600
RECEIVE_MAXIMUM: Final = 5000
"""Throughput is at most this over the time between two acknowledgements (docs/benchmarks.md)."""
FIRST_BACKOFF_S: Final = 0.1
LONGEST_BACKOFF_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Session:
    """How this worker signs in: a fixed client id, its subscriptions and its last will."""

    client_id: str
    filters: tuple[str, ...]
    will_topic: str
    will_payload: bytes


class RawMessage(msgspec.Struct, frozen=True, gc=False):
    """A message as it arrived, UTC. `generation` says on which connection: mids die with it."""

    topic: str
    payload: bytes
    received_at: datetime
    is_retained: bool = False
    is_redelivery: bool = False
    mid: int = 0
    generation: int = 0


class BrokerConnection:
    """A worker's session with the broker: `poll`, `acknowledge`, `publish`, `close`."""

    def __init__(
        self,
        address: BrokerAddress,
        session: Session,
        now: Callable[[], datetime],
        *,
        ca_file: Path | None = None,
        protocol: MqttProtocol = MqttProtocol.AUTO,
        is_buffered: bool = True,
    ) -> None:
        self._address = address
        self._session = session
        self._now = now
        self._protocols = {
            MqttProtocol.AUTO: (MQTTProtocolVersion.MQTTv5, MQTTProtocolVersion.MQTTv311),
            MqttProtocol.V5: (MQTTProtocolVersion.MQTTv5,),
            MqttProtocol.V311: (MQTTProtocolVersion.MQTTv311,),
        }[protocol]
        self._ca_file = ca_file
        self._attempt = 0
        self._is_buffered = is_buffered
        self._client: Client | None = None
        self._received: list[RawMessage] = []
        self._retry_at = 0.0
        self._backoff_s = FIRST_BACKOFF_S
        self.generation = 0
        self.is_connected = False
        self.on_connect: Callable[[bool], None] = lambda _session_present: None

    @property
    def protocol(self) -> str:
        """Which MQTT is spoken now, for the log and the metrics."""
        is_v5 = self._client is not None and self._client.protocol == MQTTProtocolVersion.MQTTv5
        return "5" if is_v5 else "3.1.1"

    def poll(self, timeout_s: float) -> list[RawMessage]:
        """What arrived, waiting at most `timeout_s` for the first of it; connects when need be."""
        if self._client is None:
            self._connect_when_due(timeout_s)
        else:
            self._turn(self._client, timeout_s)
        received, self._received = self._received, []
        return received

    def acknowledge(self, messages: Sequence[RawMessage]) -> None:
        """Acknowledge `messages` in their order; those of an earlier connection are left out."""
        if self._client is None or not self.is_connected:
            return
        mids = [m.mid for m in messages if m.mid and m.generation == self.generation]
        if isinstance(self._client, BufferedClient):
            self._client.ack_all(mids)
        else:
            for mid in mids:
                self._client.ack(mid, 1)

    def publish(self, topic: str, payload: bytes) -> None:
        """Publish a retained message if connected; a later one replaces what was missed."""
        if self._client is not None and self.is_connected:
            self._client.publish(topic, payload, qos=0, retain=True)

    def close(self) -> None:
        """Sign off so that the last will is not sent; the session stays with the broker."""
        if self._client is not None:
            self._client.disconnect()
            self._client = None
        self.is_connected = False

    def _connect_when_due(self, timeout_s: float) -> None:
        wait_s = self._retry_at - time.monotonic()
        if wait_s > 0:
            time.sleep(min(wait_s, timeout_s))
            return
        client = self._new_client()
        try:
            client.connect(
                self._address.host, self._address.port, KEEPALIVE_S, **self._clean(client)
            )
        except (OSError, ValueError) as error:
            self._back_off(f"{error}")
            return
        self._client = client

    def _new_client(self) -> Client:
        version = self._protocols[self._attempt % len(self._protocols)]
        kwargs: dict[str, Any] = {"client_id": self._session.client_id, "protocol": version}
        if version != MQTTProtocolVersion.MQTTv5:
            kwargs["clean_session"] = False
        kind = BufferedClient if self._is_buffered else Client
        client = kind(
            CallbackAPIVersion.VERSION2, manual_ack=True, reconnect_on_failure=False, **kwargs
        )
        if isinstance(client, BufferedClient):
            client.splitter = PacketSplitter()
            client.take_publish = self._take_publish
        else:
            client.on_message = self._take_message
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.on_connect = self._connected
        client.on_disconnect = self._disconnected
        client.will_set(self._session.will_topic, self._session.will_payload, qos=1, retain=True)
        if self._address.user is not None:
            client.username_pw_set(self._address.user, self._address.password)
        if self._address.tls:
            client.tls_set(ca_certs=None if self._ca_file is None else str(self._ca_file))
        return client

    @staticmethod
    def _clean(client: Client) -> dict[str, Any]:
        if client.protocol != MQTTProtocolVersion.MQTTv5:
            return {}
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho's
        properties.SessionExpiryInterval = SESSION_EXPIRY_S
        properties.ReceiveMaximum = RECEIVE_MAXIMUM
        return {"clean_start": False, "properties": properties}

    def _turn(self, client: Client, timeout_s: float) -> None:
        sock = client.socket()
        if sock is None:
            self._lost("the socket is gone")
            return
        has_pending = isinstance(sock, ssl.SSLSocket) and sock.pending() > 0
        writable = [sock] if client.want_write() else []
        ready, can_write, _ = select.select([sock], writable, [], 0 if has_pending else timeout_s)
        if ready or has_pending:
            client.loop_read()
        if can_write and client.socket() is not None:
            client.loop_write()
        if client.socket() is not None:
            client.loop_misc()
        if client.socket() is None:
            self._lost("the connection ended")

    def _take_publish(self, publish: Publish) -> None:
        self._received.append(
            RawMessage(
                publish.topic,
                publish.payload,
                self._now(),
                publish.is_retained,
                publish.is_redelivery,
                publish.mid,
                self.generation,
            )
        )

    def _take_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        topic = bytes(message._topic)  # noqa: SLF001  # `.topic` raises on bad UTF-8
        self._take_publish(
            Publish(
                topic=topic.decode("utf-8", errors="replace"),
                payload=bytes(message.payload),
                mid=message.mid if message.qos else 0,
                qos=message.qos,
                is_retained=message.retain,
                is_redelivery=message.dup,
            )
        )

    def _connected(
        self,
        client: Client,
        _userdata: object,
        flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            log.error("the broker refused %s: %s", self._session.client_id, reason)
            return
        self.generation += 1
        self.is_connected = True
        self._backoff_s = FIRST_BACKOFF_S
        client.subscribe([(topic_filter, 1) for topic_filter in self._session.filters])
        log.info("connected, session %s", "kept" if flags.session_present else "new")
        self.on_connect(flags.session_present)

    def _disconnected(self, *_: object) -> None:
        self.is_connected = False

    def _lost(self, why: str) -> None:
        if not self.is_connected and self.generation == 0:
            self._attempt += 1
        self._client = None
        self.is_connected = False
        self._back_off(why)

    def _back_off(self, why: str) -> None:
        log.warning("no broker at %s:%s (%s)", self._address.host, self._address.port, why)
        self._retry_at = time.monotonic() + self._backoff_s
        self._backoff_s = min(self._backoff_s * 2, LONGEST_BACKOFF_S)
