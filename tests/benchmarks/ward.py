"""The ward a benchmark runs on: a configuration of any size, and devices that only publish."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from tests.fixtures.processes import ROOT

WARD = "bench"


def write_configuration(folder: Path, beds: int) -> Path:
    """The project's configuration with one ward of `beds` beds, a monitor and a pump at each."""
    copytree(ROOT / "config", folder, ignore=lambda *_: {"__pycache__"}, dirs_exist_ok=True)
    lines = ["wards:", f"  - ward: {WARD}", "    label: Benchmark", "    beds:"]
    lines += [
        f'      - {{bed: "{n}", label: Chair {n}, devices: [monitor-{n}, pump-{n}]}}'
        for n in range(1, beds + 1)
    ]
    (folder / "wards.yaml").write_text("\n".join(lines) + "\n")
    return folder


def vitals_topic(device: int) -> str:
    """The topic of one monitor."""
    return f"hourglass/v1/{WARD}/device/monitor-{device}/vitals"


CUFF_EVERY = 300
"""A cuff inflates every five minutes; its reading comes once, as the contract has it."""


def vitals(boot: str, seq: int) -> bytes:
    """A set of numerics as a monitor sends it, measured now (microseconds kept)."""
    message: dict[str, object] = {
        "boot": boot, "seq": seq, "time": datetime.now(UTC).isoformat(timespec="microseconds"),
        "hr": 70 + seq % 20, "pr": 71, "spo2": 97, "rr": 14, "etco2": 36, "temp": 36.8,
    }  # fmt: skip
    if seq % CUFF_EVERY == 0:
        message["nibp"] = {"sys": 128, "dia": 81, "map": 97}
    return json.dumps(message, separators=(",", ":")).encode()


class Publisher:
    """Publishes with QoS 1 and waits until the broker has everything."""

    def __init__(self, port: int) -> None:
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv311)
        self._client.max_inflight_messages_set(2000)
        self._client.max_queued_messages_set(0)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._last: mqtt.MQTTMessageInfo | None = None

    def publish(self, topic: str, payload: bytes) -> None:
        """Hand one message over."""
        self._last = self._client.publish(topic, payload, qos=1)

    def close(self) -> None:
        """Wait for the broker's last acknowledgement, and leave."""
        if self._last is not None:
            self._last.wait_for_publish(60)
        self._client.disconnect()
        self._client.loop_stop()


def paced(rate_per_s: float, seconds: float) -> Iterator[int]:
    """Numbers 0, 1, 2 … at `rate_per_s`, each at its own moment, for `seconds`."""
    start = time.perf_counter()
    for number in range(int(rate_per_s * seconds)):
        wait_s = start + number / rate_per_s - time.perf_counter()
        if wait_s > 0:
            time.sleep(wait_s)
        yield number
