"""The device of the document is run as it stands there, before a broker that is played."""

import json
import re
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from tests.fixtures import contract
from vocabulary.states import DeviceKind, DeviceState
from wire.decoding import decode
from wire.messages import Status, Vitals

BASE = "hourglass/v1/north/device/monitor-9"
ACK = "hourglass/v1/north/ack/monitor-9"


class SwitchedOffError(Exception):
    """The end of the example's endless loop."""


class PlayedBroker:
    """What the example sees of paho and of time; each step stands for one of its seconds."""

    def __init__(self, steps: list[Callable[["PlayedBroker"], None]]) -> None:
        self._steps = steps
        self.now_s = 1000.0
        self.is_up = False
        self.published: list[tuple[str, bytes, bool]] = []
        self.subscribed: list[str] = []
        self.will: tuple[str, bytes, bool] | None = None
        self.client_id = ""
        self.on_connect: Callable[..., None]
        self.on_message: Callable[..., None]

    # --- what the example calls ---

    def connect_as(self, version: int, client_id: str, protocol: int) -> "PlayedBroker":
        assert (version, protocol) == (2, 5)
        self.client_id = client_id
        return self

    def will_set(self, topic: str, payload: str, qos: int, retain: bool) -> None:
        assert qos == 1
        self.will = (topic, payload.encode(), retain)

    def connect_async(self, host: str, port: int) -> None:
        assert (host, port) == ("localhost", 1883)

    def loop_start(self) -> None:
        assert self.will is not None, "the will is set before the connection is made"

    def is_connected(self) -> bool:
        return self.is_up

    def subscribe(self, topic: str, qos: int) -> None:
        assert qos == 1
        self.subscribed.append(topic)

    def publish(self, topic: str, payload: str, qos: int, retain: bool = False) -> None:
        assert qos == 1
        self.published.append((topic, payload.encode(), retain))

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds
        if not self._steps:
            raise SwitchedOffError
        self._steps.pop(0)(self)

    # --- what happens to it ---

    def connect(self) -> None:
        self.is_up = True
        self.on_connect(self, None, None, None, None)

    def acknowledge(self, seq: int, missing: list[list[int]], boot: str | None = None) -> None:
        ack = {"boot": boot or self.boot, "seq": seq, "missing": missing}
        self.on_message(self, None, SimpleNamespace(payload=json.dumps(ack).encode()))

    @property
    def boot(self) -> str:
        assert self.will is not None
        return str(json.loads(self.will[1])["boot"])

    def times_sent(self, seq: int) -> int:
        return len([p for _, p, _ in self.published if json.loads(p).get("seq") == seq])


def run(
    monkeypatch: pytest.MonkeyPatch, steps: list[Callable[[PlayedBroker], None]]
) -> tuple[PlayedBroker, dict[str, Any]]:
    """Run the example through `steps`; the broker's memory and the example's names after it."""
    (example,) = re.findall(
        r"^```python\n(.*?)^```$", contract.read_document(), re.MULTILINE | re.DOTALL
    )
    broker = PlayedBroker(steps)
    paho = SimpleNamespace(
        Client=broker.connect_as,
        CallbackAPIVersion=SimpleNamespace(VERSION2=2),
        MQTTv5=5,
    )
    modules = {"paho": SimpleNamespace(mqtt=SimpleNamespace(client=paho)), "time": broker}
    modules["paho.mqtt"] = modules["paho"].mqtt
    names: dict[str, Any] = {"__name__": "example"}
    code = compile(example, "the device of the document", "exec")
    with monkeypatch.context() as played:
        for name, module in {**modules, "paho.mqtt.client": paho}.items():
            played.setitem(sys.modules, name, module)
        with pytest.raises(SwitchedOffError):
            exec(code, names)
    return broker, names


def wait(_broker: PlayedBroker) -> None:
    """A second in which nothing happens."""


def connect(broker: PlayedBroker) -> None:
    broker.connect()


def test_everything_that_the_device_of_the_document_sends_is_accepted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broker, _ = run(monkeypatch, [wait, connect, wait, wait])
    assert broker.will is not None
    sent = [decode(topic, payload)[1] for topic, payload, _ in (broker.will, *broker.published)]
    will, *messages = sent
    assert isinstance(will, Status)
    assert (will.state, will.boot) == (DeviceState.OFFLINE, broker.boot)
    births = [message for message in messages if isinstance(message, Status)]
    assert [(b.state, b.kind, b.boot) for b in births] == [
        (DeviceState.ONLINE, DeviceKind.MONITOR, broker.boot)
    ]
    readings = [message for message in messages if isinstance(message, Vitals)]
    assert [(r.boot, r.seq) for r in readings] == [(broker.boot, seq) for seq in range(5)]
    assert [r.buffered for r in readings] == [True, True, False, False, False]


def test_the_device_of_the_document_keeps_to_the_rules_of_the_topics(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broker, _ = run(monkeypatch, [connect, wait])
    assert broker.client_id == "hourglass-monitor-9"
    assert broker.subscribed == [ACK]
    assert broker.will is not None
    for topic, _, is_retained in (broker.will, *broker.published):
        assert topic in {f"{BASE}/status", f"{BASE}/vitals"}
        assert is_retained == topic.endswith("/status")


def test_it_keeps_its_messages_until_they_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def acknowledge(broker: PlayedBroker) -> None:
        broker.acknowledge(2, [[1, 1]])
        broker.acknowledge(3, [], boot="another")

    _, names = run(monkeypatch, [connect, wait, wait, acknowledge])
    assert set(names["outbox"]) == {1, 3, 4}


def test_it_sends_what_is_missing_again_unchanged_after_10_s_and_at_most_three_times(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def miss(broker: PlayedBroker) -> None:
        broker.acknowledge(2, [[1, 1]])

    too_soon, _ = run(monkeypatch, [connect, wait, wait, *[miss] * 7])
    assert too_soon.times_sent(1) == 1
    broker, _ = run(monkeypatch, [connect, wait, wait, *[miss] * 60])
    assert broker.times_sent(1) == 4
    payloads = {p for _, p, _ in broker.published if json.loads(p).get("seq") == 1}
    assert len(payloads) == 1
    assert broker.times_sent(0) == broker.times_sent(2) == 1
