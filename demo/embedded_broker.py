"""The broker of last resort: amqtt in its own process, with two of its habits corrected.

It runs from `.venv-broker`, where nothing of Hourglass can be imported:
`.venv-broker/bin/python -P demo/embedded_broker.py HOST PORT`.
"""

import asyncio
import logging
import signal
import sys

from amqtt.adapters import ReaderAdapter
from amqtt.broker import Broker
from amqtt.mqtt.connect import ConnectPayload, ConnectVariableHeader
from amqtt.mqtt.packet import MQTTFixedHeader
from amqtt.session import Session

_SPOKEN = 4
"""MQTT 3.1.1, by its number on the wire."""
_HEADER_BYTES = 10
"""What of a CONNECT packet comes before its payload (MQTT 3.1.1, 3.1.2)."""

_read_payload = ConnectPayload.from_stream.__func__


class EmbeddedBroker(Broker):  # type: ignore[misc] # amqtt is not there when types are checked
    """Does not send a client that connects what only others have subscribed to."""

    async def _publish_retained_messages_for_subscription(
        self, subscription: tuple[str, int], session: Session
    ) -> None:
        holders = self._subscriptions.get(subscription[0], [])
        if any(holder.client_id == session.client_id for holder, _ in holders):
            await super()._publish_retained_messages_for_subscription(subscription, session)


async def _read_payload_of_ours(
    cls: type[ConnectPayload],
    reader: ReaderAdapter,
    fixed: MQTTFixedHeader,
    header: ConnectVariableHeader,
) -> ConnectPayload:
    """A greeting in a newer MQTT is not read on as if it were ours: it is refused at once."""
    if header.proto_level == _SPOKEN:
        return await _read_payload(cls, reader, fixed, header)
    await reader.read(fixed.remaining_length - _HEADER_BYTES)
    payload = cls()
    payload.client_id = "refused"
    payload.will_topic, payload.will_message = "", b""
    return payload


async def serve(host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT."""
    ConnectPayload.from_stream = classmethod(_read_payload_of_ours)
    broker = EmbeddedBroker(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"{host}:{port}"}},
            "plugins": {
                "amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}
            },
        }
    )
    over = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    await broker.start()
    await over.wait()
    await broker.shutdown()


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s: %(message)s")
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
