"""`make run` with everything real: eight beds at eight moments, live, and gone without a trace."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from http.cookiejar import CookieJar
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from vocabulary.states import ReadingState, SessionState
from wire.bed_state import BedState
from wire.published import decode_bed_state
from wire.topics import bed_state_filter

pytestmark = [pytest.mark.broker, pytest.mark.xdist_group("demo"), pytest.mark.timeout(900)]

WAIT_S = 300.0


class Ward:
    """What ingest says about the beds, as a dashboard hears it."""

    def __init__(self, port: int) -> None:
        self.beds: dict[str, BedState] = {}
        self._news = threading.Condition()
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        self._client.on_connect = lambda *_: self._client.subscribe(bed_state_filter())
        self._client.on_message = self._hear
        self._client.reconnect_delay_set(1, 1)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def _hear(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        if message.retain:
            return
        with self._news:
            bed = decode_bed_state(message.payload)
            self.beds[bed.bed] = bed
            self._news.notify_all()

    def wait_until(self, holds: Callable[["Ward"], bool]) -> None:
        with self._news:
            assert self._news.wait_for(lambda: holds(self), WAIT_S), self._shown()

    def _shown(self) -> str:
        return "\n".join(
            f"bed {name}: {bed.session and bed.session.state} "
            f"{ {signal.value: view.state.value for signal, view in bed.signals.items()} }"
            for name, bed in sorted(self.beds.items())
        )

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def every_bed_is_live(ward: Ward) -> bool:
    return len(ward.beds) == 8 and all(
        {view.state for view in bed.signals.values()} & {ReadingState.LIVE}
        and bed.pump is not None
        and bed.pump.reading is ReadingState.LIVE
        for bed in ward.beds.values()
    )


def goes_on_where_its_history_ends(ward: Ward) -> bool:
    return not any(device.missing for bed in ward.beds.values() for device in bed.devices)


@pytest.fixture
def environment(
    free_ports: list[int], tmp_path: Path, mosquitto: Path, project: Path
) -> dict[str, str]:
    return {
        **os.environ,
        "HOURGLASS_DATA_DIR": str(tmp_path / "data"),
        "HOURGLASS_HTTP_PORT": str(free_ports[0]),
        "HOURGLASS_MQTT_PORT": str(free_ports[1]),
        "HOURGLASS_METRICS_PORT": str(free_ports[2]),
    }


@pytest.fixture
def demonstration(environment: dict[str, str], project: Path) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", "demo", "run"],
        cwd=project, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    guard = threading.Timer(800, process.terminate)
    guard.start()
    try:
        yield process
    finally:
        guard.cancel()
        process.terminate()
        process.wait(timeout=WAIT_S)
        assert process.stdout is not None
        process.stdout.close()


def read_until(process: "subprocess.Popen[str]", pattern: str) -> str:
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if re.search(pattern, line):
            return line.rstrip("\n")
    pytest.fail(f"never said {pattern!r}:\n{''.join(said)}")


def processes_of(environment: dict[str, str]) -> dict[int, str]:
    """Every process that was given this test's data directory: its command by its id."""
    marker = f"HOURGLASS_DATA_DIR={environment['HOURGLASS_DATA_DIR']}".encode()
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if marker in (process / "environ").read_bytes().split(b"\0"):
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                found[int(process.name)] = command.strip()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return found


def test_eight_beds_are_live_at_eight_moments_and_come_back_after_a_kill(
    environment: dict[str, str], demonstration: "subprocess.Popen[str]"
) -> None:
    began = time.monotonic()
    address = read_until(demonstration, "^ward screen: ").removeprefix("ward screen: ")
    assert time.monotonic() - began < WAIT_S

    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    with opener.open(address, timeout=WAIT_S) as page:
        assert page.status == 200
        assert "token" not in page.url

    ward = Ward(int(environment["HOURGLASS_MQTT_PORT"]))
    try:
        ward.wait_until(every_bed_is_live)
        sessions = {name: bed.session for name, bed in ward.beds.items() if bed.session}
        assert sessions["1"].state is SessionState.PREPARING
        assert "Rescue drugs checked" in sessions["1"].open_steps
        for name, minutes in {"2": 5, "3": 15, "4": 25, "5": 35, "6": 45}.items():
            session = sessions[name]
            assert session.state is SessionState.INFUSING
            assert minutes * 60 - 30 <= session.running_s <= minutes * 60 + 600, name
        # a pause of six minutes; whoever starts slowly sees its end
        assert sessions["7"].state in {SessionState.PAUSED, SessionState.INFUSING}
        assert sessions["8"].state is SessionState.RECOVERY
        # looked up beside the stream, one a moment
        ward.wait_until(lambda ward: all(bed.session.number for bed in ward.beds.values()))
        places = {
            name: (bed.session.number, bed.session.of)
            for name, bed in ward.beds.items()
            if bed.session
        }
        assert places["2"] == (4, 6)
        assert places["3"] == (1, 6)
        assert places["8"] == (1, None), "the first of the maintenance"
        ward.wait_until(goes_on_where_its_history_ends)

        before = ward.beds["1"].ingest_boot
        for module in ("ingest", "dashboard"):
            [pid] = [
                pid
                for pid, command in processes_of(environment).items()
                if command.endswith(f"-m {module}")
            ]
            os.kill(pid, signal.SIGKILL)
            read_until(demonstration, f"^{module} .*started again")
        ward.wait_until(
            lambda ward: (
                all(bed.ingest_boot != before for bed in ward.beds.values())
                and every_bed_is_live(ward)
            )
        )
    finally:
        ward.close()

    demonstration.send_signal(signal.SIGINT)
    assert demonstration.wait(timeout=WAIT_S) == 0
    assert processes_of(environment) == {}
