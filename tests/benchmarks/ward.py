"""The ward a benchmark runs on: a configuration of any size, and devices that only publish."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree

from tests.fixtures.processes import ROOT

WARD = "bench"


def write_configuration(folder: Path, beds: int, ward: str = WARD) -> Path:
    """The project's configuration with one ward of `beds` beds, a monitor and a pump at each."""
    copytree(ROOT / "config", folder, ignore=lambda *_: {"__pycache__"}, dirs_exist_ok=True)
    lines = ["wards:", f"  - ward: {ward}", "    label: Benchmark", "    beds:"]
    lines += [
        f'      - {{bed: "{n}", label: Chair {n}, devices: [monitor-{n}, pump-{n}]}}'
        for n in range(1, beds + 1)
    ]
    (folder / "wards.yaml").write_text("\n".join(lines) + "\n")
    return folder


def vitals_topic(device: int) -> str:
    """The topic of one monitor."""
    return f"hourglass/v1/{WARD}/device/monitor-{device}/vitals"


PUBACK_BYTES = 4
MOST_IN_FLIGHT = 1500
"""Fewer than Mosquitto's max_inflight_messages of config/mosquitto/."""
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
    """Publishes with QoS 1 over a bare socket, so that it needs little of the machine itself."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        body = b"\x00\x04MQTT\x04\x02\x00\x00\x00\x06filler"
        self._socket.sendall(b"\x10" + bytes([len(body)]) + body)
        assert self._socket.recv(4) == b"\x20\x02\x00\x00", "the broker refused the publisher"
        self._sent = 0
        self._acknowledged_bytes = 0
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def publish(self, topic: str, payload: bytes) -> None:
        """Hand one message over, waiting where the broker is too far behind."""
        while self._sent - self._acknowledged_bytes // PUBACK_BYTES >= MOST_IN_FLIGHT:
            time.sleep(0.0005)
        self._sent += 1
        mid = (self._sent - 1) % 65535 + 1
        name = topic.encode()
        body = len(name).to_bytes(2, "big") + name + mid.to_bytes(2, "big") + payload
        low, high = len(body) % 128, len(body) // 128
        length = bytes([low | 0x80, high]) if high else bytes([low])
        self._socket.sendall(b"\x32" + length + body)

    def close(self) -> None:
        """Wait for the broker's last acknowledgement, and leave."""
        until = time.monotonic() + 60
        while self._acknowledged_bytes < self._sent * PUBACK_BYTES:
            assert time.monotonic() < until, "the broker does not acknowledge"
            time.sleep(0.01)
        self._socket.sendall(b"\xe0\x00")
        self._socket.close()

    def _read(self) -> None:
        while True:
            try:
                data = self._socket.recv(65536)
            except OSError:
                return
            if not data:
                return
            self._acknowledged_bytes += len(data)


def paced(rate_per_s: float, seconds: float) -> Iterator[int]:
    """Numbers 0, 1, 2 … at `rate_per_s`, each at its own moment, for `seconds`."""
    start = time.perf_counter()
    for number in range(int(rate_per_s * seconds)):
        wait_s = start + number / rate_per_s - time.perf_counter()
        if wait_s > 0:
            time.sleep(wait_s)
        yield number
