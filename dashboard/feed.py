"""The dashboard's own ear at the broker: bed states and ingest's heartbeat, straight from MQTT.

One thread owns the connection. A clean session at QoS 0: the newest is all that counts, and the
broker's retained states fill in after every reconnect. What arrives is conflated per topic
before it is handed to the event loop, so that a busy loop never grows a queue.
"""

import asyncio
import logging
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from config.broker_address import BrokerAddress
from config.settings import MqttProtocol
from dashboard.arrivals import Arrivals, Arrived
from dashboard.inbox import Inbox
from dashboard.metrics import Metrics
from dashboard.outgoing import Outbound, Outgoing
from wire.topics import (
    ROOT,
    bed_state_filter,
    ingest_status_filter,
)

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)

KEEPALIVE_S: Final = 15
"""For the broker's side. Our own side asks for an answer far more often, see ECHO_AFTER_S."""
ECHO_AFTER_S: Final = 0.7
"""A broker that was silent this long is asked for an answer ..."""
DEAD_AFTER_S: Final = 2.0
"""... and one that gave none for this long is gone, whatever TCP says: within 3 s on screen."""
CONNECT_TIMEOUT_S: Final = 2.0
BACKOFF_S: Final = (0.1, 0.25, 0.5, 1.0, 2.0)
LOOP_S: Final = 0.2
_ECHO_TOPIC: Final = f"{ROOT}/echo"
"""Never subscribed to: a broker must answer UNSUBSCRIBE all the same (MQTT 5, 3.10.4)."""

PahoReason: TypeAlias = ReasonCode
PahoProperties: TypeAlias = Properties | None


@dataclass(frozen=True, slots=True)
class Connection:
    """How the feed stands. `since` UTC, `since_s` and `heard_s` (the last answer) monotonic."""

    is_up: bool
    since: datetime
    since_s: float
    heard_s: float
    detail: str = ""


class Feed:
    """The subscription to the broker, from `start` to `stop`; reconnects by itself."""

    def __init__(
        self,
        broker: BrokerAddress,
        metrics: Metrics,
        *,
        protocol: MqttProtocol = MqttProtocol.AUTO,
        ca_file: "Path | None" = None,
    ) -> None:
        self._broker = broker
        self._metrics = metrics
        self._ca_file = ca_file
        self._protocols = {
            MqttProtocol.AUTO: [MQTTProtocolVersion.MQTTv5, MQTTProtocolVersion.MQTTv311],
            MqttProtocol.V5: [MQTTProtocolVersion.MQTTv5],
            MqttProtocol.V311: [MQTTProtocolVersion.MQTTv311],
        }[protocol]
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        now = datetime.now(UTC)
        self._connection = Connection(
            is_up=False, since=now, since_s=time.monotonic(), heard_s=0.0, detail="connecting"
        )
        self._inbox = Inbox()
        self._arrivals = Arrivals()
        self._outbound = Outbound()
        self._heard_s = 0.0
        self._attempt_ended = False
        self._refusal = ""

    @property
    def connection(self) -> Connection:
        """How the feed stands at this moment; from any thread."""
        known = self._connection
        return Connection(known.is_up, known.since, known.since_s, self._heard_s, known.detail)

    def start(self, loop: asyncio.AbstractEventLoop, take: Callable[[list[Arrived]], None]) -> None:
        """Connect and keep connected; `take` is called in `loop` with what arrived."""
        self._inbox.open(loop, take)
        self._thread = threading.Thread(target=self._run, name="feed", daemon=True)
        self._thread.start()

    def send(self, topic: str, payload: bytes, *, retain: bool = False) -> Outgoing:
        """Publish with QoS 1, from any thread; what comes of it is told in the answer."""
        outgoing = Outgoing(topic, payload, retain)
        self._outbound.put(outgoing)
        return outgoing

    def stop(self) -> None:
        """Disconnect; returns when the thread has ended, at most CONNECT_TIMEOUT_S later."""
        self._stopping.set()
        self._inbox.close()
        if self._thread is not None:
            self._thread.join(CONNECT_TIMEOUT_S + 1)

    # --- the thread -----------------------------------------------------------------------------

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                was_up = self._serve_one_connection()
            except Exception:  # the thread's boundary: the feed must come back whatever happened
                log.exception("feed: unexpected error, connecting again")
                self._is_down("internal error, see the log")
                was_up = False
            failures = 0 if was_up else failures + 1
            self._stopping.wait(BACKOFF_S[min(failures, len(BACKOFF_S) - 1)])

    def _serve_one_connection(self) -> bool:
        """Connect and read until the connection ends; whether it ever carried our subscription."""
        client = self._new_client()
        begun_s = time.monotonic()
        self._attempt_ended = False
        self._refusal = ""
        try:
            client.connect(self._broker.host, self._broker.port, keepalive=KEEPALIVE_S)
            why = self._read(client, begun_s)
        except (OSError, ValueError) as error:  # ValueError: TLS or address that cannot be
            why = f"cannot connect: {error}"
        was_up = self._connection.is_up
        self._is_down(self._refusal or why)
        if not was_up and len(self._protocols) > 1:
            self._protocols.append(self._protocols.pop(0))
        client.disconnect()
        return was_up

    def _read(self, client: Client, begun_s: float) -> str:
        echoed_s = begun_s
        while not self._stopping.is_set():
            code = client.loop(LOOP_S)
            now_s = time.monotonic()
            if code is not MQTTErrorCode.MQTT_ERR_SUCCESS or self._attempt_ended:
                return "the connection was lost"
            if not self._connection.is_up:
                if now_s - begun_s > CONNECT_TIMEOUT_S:
                    return "the broker does not answer"
                continue
            self._outbound.publish(
                lambda topic, payload, retain: client.publish(topic, payload, 1, retain).mid
            )
            if now_s - self._heard_s > DEAD_AFTER_S:
                return "the broker fell silent"
            if now_s - max(self._heard_s, echoed_s) > ECHO_AFTER_S:
                client.unsubscribe(_ECHO_TOPIC)
                echoed_s = now_s
        return "stopped"

    def _new_client(self) -> Client:
        protocol = self._protocols[0]
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"hourglass-dashboard-{secrets.token_hex(4)}",
            protocol=protocol,
            clean_session=None if protocol is MQTTProtocolVersion.MQTTv5 else True,
            reconnect_on_failure=False,
        )
        client.connect_timeout = CONNECT_TIMEOUT_S
        if self._broker.user is not None:
            client.username_pw_set(self._broker.user, self._broker.password)
        if self._broker.tls:
            client.tls_set(ca_certs=None if self._ca_file is None else str(self._ca_file))
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_unsubscribe = self._on_unsubscribe
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_publish = lambda _client, _userdata, mid, *_: self._outbound.take_ack(mid)
        self._outbound.forget()
        return client

    # --- callbacks of paho: they never raise ----------------------------------------------------

    def _on_connect(
        self,
        client: Client,
        _userdata: Any,  # noqa: ANN401 - paho's signature
        _flags: ConnectFlags,
        reason: PahoReason,
        _properties: PahoProperties,
    ) -> None:
        if reason.is_failure:
            self._refuse(f"the broker refuses the connection: {reason}")
            return
        client.subscribe([(bed_state_filter(), 0), (ingest_status_filter(), 0)])

    def _on_subscribe(
        self,
        _client: Client,
        _userdata: Any,  # noqa: ANN401 - paho's signature
        _mid: int,
        reasons: list[ReasonCode],
        _properties: PahoProperties,
    ) -> None:
        if any(reason.is_failure for reason in reasons):
            self._refuse("the broker refuses the subscription: check its access list")
            return
        now_s = self._heard_s = time.monotonic()
        self._connection = Connection(
            is_up=True, since=datetime.now(UTC), since_s=now_s, heard_s=now_s
        )
        log.info("feed: connected to %r", self._broker)

    def _on_unsubscribe(
        self,
        _client: Client,
        _userdata: Any,  # noqa: ANN401 - paho's signature
        _mid: int,
        _reasons: list[ReasonCode],
        _properties: PahoProperties,
    ) -> None:
        self._heard_s = time.monotonic()

    def _on_disconnect(
        self,
        _client: Client,
        _userdata: Any,  # noqa: ANN401 - paho's signature
        _flags: DisconnectFlags,
        _reason: PahoReason,
        _properties: PahoProperties,
    ) -> None:
        self._attempt_ended = True

    def _on_message(
        self,
        _client: Client,
        _userdata: Any,  # noqa: ANN401 - paho's signature
        message: MQTTMessage,
    ) -> None:
        self._heard_s = time.monotonic()
        self._metrics.feed_messages.inc()
        try:
            arrived = self._arrivals.read(
                message.topic, bytes(message.payload), self._heard_s, retained=message.retain
            )
        except (msgspec.MsgspecError, UnicodeDecodeError, ValueError, OverflowError) as error:
            self._metrics.feed_refused.inc()
            log.warning("feed: ignored %d bytes: %s", len(message.payload), error)
            return
        except Exception:  # paho ends its loop, silently, when a callback raises
            self._metrics.feed_refused.inc()
            log.exception("feed: ignored %d bytes", len(message.payload))
            return
        if arrived is not None:
            self._inbox.put(message.topic, arrived)

    # --- what callbacks do ----------------------------------------------------------------------

    def _refuse(self, why: str) -> None:
        self._refusal = why
        self._attempt_ended = True

    def _is_down(self, why: str) -> None:
        known = self._connection
        if known.is_up or known.detail != why:
            log.warning("feed: no data from %r: %s", self._broker, why)
        self._connection = Connection(
            is_up=False,
            since=datetime.now(UTC) if known.is_up else known.since,
            since_s=time.monotonic() if known.is_up else known.since_s,
            heard_s=self._heard_s,
            detail=why,
        )
