"""`python -m demo run` with stand-ins for the rooms: order, messages, and a clean end."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

pytestmark = pytest.mark.xdist_group("demo")

WAIT_S = 180.0

_SAYS_ITS_TURN = """
import os, pathlib, sys
with (pathlib.Path(os.environ["HOURGLASS_DATA_DIR"]) / "turns").open("a") as turns:
    turns.write(" ".join(["ROOM", *sys.argv[1:]]) + "\\n")
if os.environ.get("BREAKS") == " ".join(["ROOM", *sys.argv[1:2]]):
    sys.exit("no space left on device")
"""
_STAYS = "import signal; signal.pause()\n"
_SERVES = """
if sys.argv[1:2] == ["account"]:
    sys.stdin.read()
elif sys.argv[1:2] == ["kiosk"]:
    print("http://127.0.0.1:8050/ward/demo?token=t0ken")
else:
    from http.server import BaseHTTPRequestHandler, HTTPServer
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
    HTTPServer(("127.0.0.1", int(os.environ["HOURGLASS_HTTP_PORT"])), Answer).serve_forever()
"""
_TELLS = """
if "--from" in sys.argv:
    import time
    awaited = os.environ.get("HISTORY_WAITS_FOR", "")
    while awaited not in pathlib.Path(os.environ["HOURGLASS_DATA_DIR"], "turns").read_text():
        time.sleep(0.05)
    sys.exit()
if os.environ["HOURGLASS_METRICS_PORT"] == "0":
    import signal
    signal.pause()
from http.server import BaseHTTPRequestHandler, HTTPServer
class Figures(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'hourglass_ingest_messages_total{outcome="stored"} 16.0\\n')
HTTPServer(("127.0.0.1", int(os.environ["HOURGLASS_METRICS_PORT"])), Figures).serve_forever()
"""
_RUNS_THE_REAL_ONE = """
import sys
if sys.argv[1] == "run":
    # the supervisor under test is the real one; what it starts are the stand-ins beside this file
    import runpy
    sys.path.pop(0)
    del sys.modules["demo"]
    runpy.run_module("demo", run_name="__main__", alter_sys=True)
    sys.exit()
"""
_WRITES = 'if "--file" in sys.argv:\n    pathlib.Path(sys.argv[-1]).touch()\n'
ROOMS = {
    "demo": _WRITES,
    "record": '(pathlib.Path(os.environ["HOURGLASS_DATA_DIR"]) / "hourglass.sqlite3").touch()\n',
    "ingest": _TELLS,
    "dashboard": _SERVES,
    "simulator": (
        'if "--file" in sys.argv:\n'
        "    pathlib.Path(sys.argv[-1]).touch()\n"
        f'    if os.environ.get("SLOW"): {_STAYS}'
        f"else: {_STAYS}"
    ),
}


@pytest.fixture
def stand_ins(tmp_path: Path) -> Path:
    """A directory whose rooms only write down when they were called."""
    place = tmp_path / "stand-ins"
    for room, body in ROOMS.items():
        (place / room).mkdir(parents=True)
        (place / room / "__init__.py").touch()
        before = _RUNS_THE_REAL_ONE if room == "demo" else ""
        said = _SAYS_ITS_TURN.replace("ROOM", room)
        (place / room / "__main__.py").write_text(before + said + body)
    return place


@pytest.fixture
def environment(
    stand_ins: Path, free_ports: list[int], tmp_path: Path, mosquitto: Path, project: Path
) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": str(project),
        "HOURGLASS_DATA_DIR": str(tmp_path / "data"),
        "HOURGLASS_HTTP_PORT": str(free_ports[0]),
        "HOURGLASS_MQTT_PORT": str(free_ports[1]),
        "HOURGLASS_METRICS_PORT": "0",
    }


class Demonstration:
    """A demonstration under test and what it has said so far."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.lines: list[str] = []

    def read_until(self, pattern: str) -> str:
        """The next line that matches. Fails with everything it said if none comes."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if re.search(pattern, line):
                return self.lines[-1]
        pytest.fail(f"never said {pattern!r}:\n" + "\n".join(self.lines))

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=WAIT_S)


@contextmanager
def demonstration(environment: Mapping[str, str], directory: Path) -> Iterator[Demonstration]:
    process = subprocess.Popen(
        [sys.executable, "-m", "demo", "run"],
        cwd=directory, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    guard = Thread(target=_end_after, args=(process,), daemon=True)
    guard.start()
    try:
        yield Demonstration(process)
    finally:
        process.terminate()
        process.wait(timeout=WAIT_S)
        guard.join()
        assert process.stdout is not None
        process.stdout.close()
        assert left_of(environment["HOURGLASS_DATA_DIR"]) == []


def _end_after(process: "subprocess.Popen[str]") -> None:
    try:
        process.wait(timeout=WAIT_S)
    except subprocess.TimeoutExpired:
        process.terminate()


def left_of(data_dir: str) -> list[str]:
    """The commands of every process that was given `data_dir` and still runs."""
    marker = f"HOURGLASS_DATA_DIR={data_dir}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if marker in (process / "environ").read_bytes().split(b"\0"):
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return found


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def turns(environment: Mapping[str, str]) -> list[str]:
    return (Path(environment["HOURGLASS_DATA_DIR"]) / "turns").read_text().splitlines()


def turns_once(environment: Mapping[str, str], holds: Callable[[list[str]], bool]) -> list[str]:
    """The turns as soon as they are as they should be; as they are when that takes too long."""
    deadline = time.monotonic() + WAIT_S
    while not holds(turns(environment)) and time.monotonic() < deadline:
        time.sleep(0.05)  # bounded polling: nothing tells when another process has written
    return turns(environment)


def _plays(order: list[str]) -> int:
    return sum(turn.startswith("simulator run ward8 --seed ") for turn in order)


def test_it_says_where_to_look_once_the_page_is_live(
    environment: dict[str, str], stand_ins: Path
) -> None:
    with demonstration(environment, stand_ins) as demo:
        port = environment["HOURGLASS_HTTP_PORT"]
        line = demo.read_until("^ward screen: ")
        assert line == f"ward screen: http://127.0.0.1:{port}/ward/demo?token=t0ken"
        demo.read_until(r"^  nurse  \S+  PIN \d+$")
        demo.read_until(r"^  prescriber  \S+")
        demo.read_until(r"^  administrator  \S+")
        demo.read_until("Ctrl-C")


def test_the_history_is_taken_up_on_a_migrated_record_before_anything_is_live(
    environment: dict[str, str], stand_ins: Path
) -> None:
    with demonstration(environment, stand_ins) as demo:
        demo.read_until("^ward screen: ")
        # whoever was started may still be on the way to its first word
        order = turns_once(environment, lambda said: "ingest" in said and _plays(said) == 2)
        [ingest] = [turn for turn in order if turn == "ingest"]
        [take_up] = [turn for turn in order if turn.startswith("ingest --from ")]
        assert " --people " in take_up
        [people] = [turn for turn in order if turn.startswith("demo people ward8 --seed ")]
        [earlier] = [turn for turn in order if turn.startswith("demo earlier ward8 --seed ")]
        assert order.index("record migrate") < order.index(earlier) < order.index(take_up)
        assert order.index(people) < order.index(take_up)
        generate, live = sorted(
            (turn for turn in order if turn.startswith("simulator run ward8 --seed ")),
            key=lambda turn: "--file" not in turn,
        )
        assert order.index("record migrate") < order.index(take_up) < order.index(ingest)
        assert order.index(generate) < order.index(take_up) < order.index(live)
        assert generate.startswith(f"{live} --end ")


def test_devices_are_switched_on_beside_the_history_and_wait_for_ingest(
    environment: dict[str, str], stand_ins: Path, free_ports: list[int]
) -> None:
    port = environment["HOURGLASS_METRICS_PORT"] = str(free_ports[2])
    environment["HISTORY_WAITS_FOR"] = "--connect-when"
    with demonstration(environment, stand_ins) as demo:
        demo.read_until(r"^live after \d+\.\d s$")
        order = turns_once(environment, lambda said: "ingest" in said and _plays(said) == 2)
        [live] = [
            turn
            for turn in order
            if turn.endswith(f" --connect-when http://127.0.0.1:{port}/healthz")
        ]
        assert order.index(live) < order.index("ingest")
        assert order.index("dashboard account load") < order.index("ingest")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_end_leaves_nothing_running(
    environment: dict[str, str], stand_ins: Path, number: signal.Signals
) -> None:
    with demonstration(environment, stand_ins) as demo:
        demo.read_until("Ctrl-C")
        assert len(left_of(environment["HOURGLASS_DATA_DIR"])) >= 5
        assert demo.end(number) == 0
        assert left_of(environment["HOURGLASS_DATA_DIR"]) == []
        assert is_free(int(environment["HOURGLASS_HTTP_PORT"]))
        assert is_free(int(environment["HOURGLASS_MQTT_PORT"]))


def test_it_may_be_ended_while_it_starts(environment: dict[str, str], stand_ins: Path) -> None:
    environment["SLOW"] = "1"
    with demonstration(environment, stand_ins) as demo:
        demo.read_until("playing")
        assert demo.end(signal.SIGINT) == 0
        assert left_of(environment["HOURGLASS_DATA_DIR"]) == []


def test_a_step_that_fails_ends_it_with_the_reason(
    environment: dict[str, str], stand_ins: Path
) -> None:
    environment["BREAKS"] = "record migrate"
    with demonstration(environment, stand_ins) as demo:
        demo.read_until("^preparing the record failed ")
        demo.read_until("no space left on device")
        assert demo.process.wait(timeout=WAIT_S) == 2
        assert left_of(environment["HOURGLASS_DATA_DIR"]) == []


def test_a_process_that_dies_is_started_again_and_said_so(
    environment: dict[str, str], stand_ins: Path
) -> None:
    with demonstration(environment, stand_ins) as demo:
        demo.read_until("Ctrl-C")
        pids = subprocess.run(
            ["pgrep", "--full", f"{environment['HOURGLASS_DATA_DIR']}/mosquitto.conf"],
            check=True, capture_output=True, text=True,
        ).stdout.split()  # fmt: skip
        os.kill(int(pids[0]), signal.SIGKILL)
        demo.read_until("^broker ended .*logs/broker.log")


def test_a_second_start_goes_on_with_the_same_ward_logins_and_wall(
    environment: dict[str, str], stand_ins: Path
) -> None:
    said = []
    for _ in range(2):
        with demonstration(environment, stand_ins) as demo:
            demo.read_until("Ctrl-C")
            said.append(demo.lines[-6:])
            assert demo.end() == 0
    assert said[0] == said[1]
    wards = {
        turn.partition(" --end ")[0]
        for turn in turns(environment)
        if turn.startswith("simulator run ward8")
    }
    assert len(wards) == 1
    assert sum(turn == "dashboard account load" for turn in turns(environment)) == 1
    assert sum(turn.startswith("dashboard kiosk add") for turn in turns(environment)) == 1


def test_after_a_kill_the_next_start_ends_what_was_left(
    environment: dict[str, str], stand_ins: Path
) -> None:
    with demonstration(environment, stand_ins) as demo:
        demo.read_until("Ctrl-C")
        demo.process.kill()
        demo.process.wait(timeout=WAIT_S)
        assert left_of(environment["HOURGLASS_DATA_DIR"])
        with demonstration(environment, stand_ins) as again:
            again.read_until("ended what an earlier demonstration had left running")
            again.read_until("^ward screen: ")
            assert again.end() == 0


def test_a_port_in_use_is_named_before_anything_starts(
    environment: dict[str, str], stand_ins: Path
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(environment["HOURGLASS_HTTP_PORT"])))
        taken.listen()
        with demonstration(environment, stand_ins) as demo:
            port = environment["HOURGLASS_HTTP_PORT"]
            demo.read_until(rf"^port {port} \(dashboard\) is in use; .* HOURGLASS_HTTP_PORT ")
            assert demo.process.wait(timeout=WAIT_S) == 2
    assert not (Path(environment["HOURGLASS_DATA_DIR"]) / "turns").exists()


def test_two_do_not_share_a_data_directory(environment: dict[str, str], stand_ins: Path) -> None:
    with demonstration(environment, stand_ins) as demo:
        demo.read_until("Ctrl-C")
        second = subprocess.run(
            [sys.executable, "-m", "demo", "run"],
            cwd=stand_ins, env=environment, text=True, capture_output=True,
            timeout=WAIT_S, check=False,
        )  # fmt: skip
        assert second.returncode == 2
        assert f"another demonstration (process {demo.process.pid}) runs in" in second.stderr


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("HOURGLASS_HTTP_HOST", "0.0.0.0", "listens on this machine only"),
        ("HOURGLASS_HTTP_PORT", "eighty", "environment: HOURGLASS_HTTP_PORT: should be a valid"),
        ("HOURGLASS_CONFIG_DIR", "/nowhere", "/nowhere/wards.yaml: cannot be read"),
    ],
)
def test_a_bad_setting_is_told_and_nothing_starts(
    environment: dict[str, str], stand_ins: Path, variable: str, value: str, told: str
) -> None:
    environment[variable] = value
    done = subprocess.run(
        [sys.executable, "-m", "demo", "run"],
        cwd=stand_ins, env=environment, text=True, capture_output=True,
            timeout=WAIT_S, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
