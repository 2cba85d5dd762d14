"""One device's connection to the broker: paho without its threads, driven by our own selector."""

import selectors
import ssl
from dataclasses import dataclass
from typing import Protocol

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from simulator.broker import Broker
from vocabulary.ids import DeviceId

KEEPALIVE_S = 15
CONNECT_TIMEOUT_S = 2.0
WINDOW = 100
"""How many messages may be under way without the broker's PUBACK, where it allows as many."""


class Listener(Protocol):
    """Whoever owns a connection is told what happens on it."""

    def on_up(self) -> None:
        """The broker accepted us, and our subscription."""

    def on_down(self, reason: str) -> None:
        """The connection could not be made, or is lost."""

    def on_ack(self, payload: bytes) -> None:
        """Ingest says what is on disk."""

    def on_published(self, seq: int) -> None:
        """The broker has the message with this seq."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What a device tells the broker about itself before anything else."""

    device: DeviceId
    status_topic: str
    will: bytes
    ack_topic: str


class Connection:
    """Connects, publishes, and breaks off politely or not. One client object per attempt."""

    def __init__(
        self,
        broker: Broker,
        endpoint: Endpoint,
        selector: selectors.BaseSelector,
        listener: Listener,
    ) -> None:
        self._broker = broker
        self._endpoint = endpoint
        self._selector = selector
        self._listener = listener
        self._client: mqtt.Client | None = None
        self._protocol = MQTTProtocolVersion.MQTTv5
        self._was_answered = False
        self._refusal = ""
        self._seq_of: dict[int, int] = {}
        self._window = WINDOW
        self._unpublished: set[int] = set()
        self.is_up = False

    @property
    def is_open(self) -> bool:
        """Whether there is a connection or one is being made."""
        return self._client is not None

    @property
    def room(self) -> int:
        """How many more messages may be under way."""
        return self._window - len(self._unpublished) if self.is_up else 0

    @property
    def is_quiet(self) -> bool:
        """Whether the broker has confirmed everything that was published."""
        return not self._unpublished

    def open(self) -> None:
        """Begin to connect; `on_up` or `on_down` follows."""
        self._was_answered = False
        self._refusal = ""
        try:
            client = self._client = self._new_client()
            client.connect(self._broker.host, self._broker.port, KEEPALIVE_S)
        except OSError as error:  # bad certificates are one too
            self._end(error.strerror or str(error))
            return
        self._selector.register(self._socket(client), selectors.EVENT_READ, self)
        self._watch_writing()

    def publish(
        self, topic: str, payload: bytes, *, seq: int | None = None, retain: bool = False
    ) -> bool:
        """Hand a message to the broker, QoS 1. False if the connection just broke."""
        client = self._client
        if client is None:
            return False
        info = client.publish(topic, payload, qos=1, retain=retain)
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            self._lost(mqtt.error_string(info.rc))
            return False
        self._unpublished.add(info.mid)
        if seq is not None:
            self._seq_of[info.mid] = seq
        self._watch_writing()
        return True

    def handle(self, events: int) -> None:
        """The socket can be read or written."""
        client = self._client
        if client is None:
            return
        code = MQTTErrorCode.MQTT_ERR_SUCCESS
        if events & selectors.EVENT_READ:
            code = _read_all(client)
        if code == MQTTErrorCode.MQTT_ERR_SUCCESS and events & selectors.EVENT_WRITE:
            code = client.loop_write()
        self._check(client, code)

    def keep_alive(self) -> None:
        """Ping when it is time; notice a broker that no longer answers."""
        if self._client is not None:
            self._check(self._client, self._client.loop_misc())

    def drop(self) -> None:
        """Break off without a goodbye: the broker sends our will."""
        client, self._client = self._client, None
        self._forget()
        if client is None:
            return
        sock = client.socket()
        self._unregister()
        if sock is not None:
            sock.close()

    def say_goodbye(self) -> None:
        """Disconnect as planned: the broker keeps our will to itself."""
        client, self._client = self._client, None
        self._forget()
        if client is None:
            return
        self._unregister()
        client.disconnect()
        client.loop_write()

    def _new_client(self) -> mqtt.Client:
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"hourglass-{self._endpoint.device}",
            protocol=self._protocol,
            reconnect_on_failure=False,
        )
        if self._broker.user is not None:
            client.username_pw_set(self._broker.user, self._broker.password)
        if self._broker.is_tls:
            client.tls_set(self._broker.ca_file)
        client.will_set(self._endpoint.status_topic, self._endpoint.will, qos=1, retain=True)
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.max_inflight_messages_set(WINDOW + 1)
        client.on_connect = self._connected
        client.on_subscribe = self._subscribed
        client.on_message = self._received
        client.on_publish = self._published
        return client

    def _connected(
        self,
        client: mqtt.Client,
        _userdata: object,
        _flags: mqtt.ConnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self._refusal = str(reason)  # paho then returns a bare error from loop_read
            return
        self._was_answered = True
        allowed = getattr(properties, "ReceiveMaximum", WINDOW)
        self._window = max(1, min(WINDOW, allowed))
        client.subscribe(self._endpoint.ack_topic, qos=1)

    def _subscribed(self, *_: object) -> None:
        self.is_up = True
        self._listener.on_up()

    def _received(self, _client: mqtt.Client, _userdata: object, message: mqtt.MQTTMessage) -> None:
        if message.topic == self._endpoint.ack_topic:
            self._listener.on_ack(bytes(message.payload))

    def _published(self, _client: mqtt.Client, _userdata: object, mid: int, *_: object) -> None:
        self._unpublished.discard(mid)
        seq = self._seq_of.pop(mid, None)
        if seq is not None:
            self._listener.on_published(seq)

    def _check(self, client: mqtt.Client, code: MQTTErrorCode) -> None:
        if client is not self._client:
            return  # a callback has dropped it
        if code != MQTTErrorCode.MQTT_ERR_SUCCESS or client.socket() is None:
            self._lost(mqtt.error_string(code))
        else:
            self._watch_writing()

    def _lost(self, reason: str) -> None:
        if not self._was_answered and self.is_open:
            # a broker that lacks MQTT 5 refuses or just hangs up: try the other one next time
            newer = MQTTProtocolVersion.MQTTv5
            older = MQTTProtocolVersion.MQTTv311
            self._protocol = older if self._protocol == newer else newer
        self._end(self._refusal or reason)

    def _end(self, reason: str) -> None:
        self.drop()
        self._listener.on_down(reason)

    def _forget(self) -> None:
        self.is_up = False
        self._unpublished.clear()
        self._seq_of.clear()

    def _unregister(self) -> None:
        for key in list(self._selector.get_map().values()):
            if key.data is self:
                self._selector.unregister(key.fileobj)

    def _watch_writing(self) -> None:
        client = self._client
        sock = None if client is None else client.socket()
        if client is None or sock is None:
            return
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if client.want_write() else 0)
        key = self._selector.get_map().get(self._socket(client))
        if key is not None and key.events != wanted:
            self._selector.modify(key.fileobj, wanted, self)

    @staticmethod
    def _socket(client: mqtt.Client) -> int:
        sock = client.socket()
        if sock is None:
            raise AssertionError("asked for the socket of a client that has none")
        return sock.fileno()


def _read_all(client: mqtt.Client) -> MQTTErrorCode:
    """Read what has come; TLS may hold more than the socket shows to a selector."""
    code = client.loop_read()
    sock = client.socket()
    while code == MQTTErrorCode.MQTT_ERR_SUCCESS and isinstance(sock, ssl.SSLSocket):
        if not sock.pending():
            break
        code = client.loop_read()
        sock = client.socket()
    return code
