"""The commands of the simulator and what they say when something is wrong."""

import argparse
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from simulator.broker import DEFAULT_BROKER, BadBrokerUrl, parse_broker
from simulator.clock import present_ms
from simulator.control import Desk, NoSuchDevice, Wish, answer_to, ask, control_folder
from simulator.faults import MS_PER_MIN
from simulator.gate import Gate
from simulator.live import LiveRun
from simulator.recorded import record_run
from simulator.replay import RecordingFormat, playback, read_recording
from simulator.rows import BadRecording
from simulator.scenario import packaged_scenarios, packaged_stories, read_scenario
from simulator.score.command import add_score
from simulator.score.raised import UnreadableAlarm
from simulator.score.rooms import ReceiverFailed
from simulator.seeds import seeded_name
from simulator.truth import TrueAlarm, truth_of, write_truth
from simulator.ward import Station, build_ward
from simulator.yaml_file import BadFile
from vocabulary.ids import NAME_PATTERN, DeviceId, WardId
from wire.arrivals import RecordedArrival, write_arrivals

log = logging.getLogger(__name__)

DEFAULT_WARD = "demo"
WRONG_USE = 2
NO_ANSWER = 1
INTERRUPTED = 130
ANSWER_WITHIN_S = 3.0
LIVE_SPEED_ONLY = (
    "--speed other than 1 goes with --file only: whatever reaches a broker is taken for live, "
    "and only speed 1 is live"
)

_KNOWN = f"{', '.join(packaged_scenarios() + packaged_stories())}, or the path of a .yaml"


class WrongUse(ValueError):
    """A command that cannot be carried out: why, and what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry a command out; returns the exit code."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="%(asctime)s simulator: %(message)s"
    )
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except KeyboardInterrupt:
        return INTERRUPTED
    except (
        WrongUse, BadFile, BadRecording, BadBrokerUrl, NoSuchDevice, ReceiverFailed, UnreadableAlarm
    ) as error:  # fmt: skip
        _say(str(error))
        return WRONG_USE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="simulator", description=__doc__)
    commands = parser.add_subparsers(required=True)

    run = commands.add_parser("run", help="run the devices of a scenario")
    run.add_argument("scenario", help=_KNOWN)
    run.add_argument("--seed", type=int, default=1, help="what everything random comes from")
    run.add_argument("--beds", type=int, help="how many beds a generated ward has")
    run.add_argument("--start", type=_time_ms, help="the scenario's minute 0, with offset; now")
    run.add_argument("--end", type=_time_ms, help="when to end")
    run.add_argument("--connect-when", type=_address, help="once this http address answers 200")
    run.add_argument("--truth", type=Path, help="write what a correct receiver raises, and when")
    _add_output(run)
    run.set_defaults(command=_run)

    replay = commands.add_parser("replay", help="play the recording of a real monitor")
    replay.add_argument("recording", type=Path)
    replay.add_argument("--device", type=_name, required=True, help="the name it goes by")
    replay.add_argument("--format", type=RecordingFormat, choices=list(RecordingFormat))
    replay.add_argument("--every", type=_seconds, help="a row every so many seconds")
    replay.add_argument("--start", type=_time_ms, help="with --file: when the first row was")
    _add_output(replay)
    replay.set_defaults(command=_replay)

    add_score(commands)
    for wish in Wish:
        switch = commands.add_parser(wish.value, help=f"{wish.value} one device that is running")
        switch.add_argument("device")
        switch.set_defaults(command=_switch, wish=wish)
    return parser


def _add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--ward", type=_name, help="the ward the devices belong to")
    parser.add_argument("--speed", type=_speed, help="with --file: not faster than this")
    parser.add_argument("--file", type=Path, help="write recorded arrivals, reach no broker")
    parser.add_argument("--mqtt-url", help=f"HOURGLASS_MQTT_URL, or {DEFAULT_BROKER}")


def _run(options: argparse.Namespace) -> int:
    if options.file is None and options.speed not in {None, 1.0}:
        raise WrongUse(LIVE_SPEED_ONLY)
    scenario = read_scenario(options.scenario, beds=options.beds)
    ward = WardId(options.ward or scenario.ward)
    history_ms = round(scenario.history_min * MS_PER_MIN)
    start_ms, end_ms = options.start, options.end
    if start_ms is None:
        now_ms = present_ms()
        start_ms = now_ms if options.file is None else (end_ms or now_ms) - history_ms
    if end_ms is not None and end_ms <= start_ms:
        raise WrongUse("--end is not after --start")
    if options.truth is not None:
        until_ms = end_ms or start_ms + history_ms
        _write_truth(options.truth, truth_of(scenario, ward, start_ms, until_ms))
    stations = build_ward(scenario, seed=options.seed, start_ms=start_ms)
    if options.file is not None:
        end_ms = end_ms or start_ms + history_ms
        arrivals = record_run(stations, ward, seed=options.seed, end_ms=end_ms)
        return _write(options, arrivals)
    run_name = seeded_name(options.seed, scenario.name, ward, start_ms)
    gate = None if options.connect_when is None else Gate(options.connect_when)
    return _go_live(options, stations, ward, run_name=run_name, end_ms=end_ms, gate=gate)


def _replay(options: argparse.Namespace) -> int:
    if options.file is None and options.speed not in {None, 1.0}:
        raise WrongUse(LIVE_SPEED_ONLY)
    if options.file is None and options.start is not None:
        raise WrongUse("--start goes with --file only: what reaches a broker is stamped with now")
    recording = read_recording(options.recording, options.format, options.every)
    ward = WardId(options.ward or DEFAULT_WARD)
    start_ms = options.start
    if start_ms is None:
        start_ms = present_ms() - (0 if options.file is None else recording.duration_ms)
    station = playback(recording, DeviceId(options.device), start_ms)
    end_ms = start_ms + recording.duration_ms
    if options.file is not None:
        arrivals = record_run([station], ward, seed=0, end_ms=end_ms, goodbye=True)
        return _write(options, arrivals)
    run_name = seeded_name(0, "replay", ward, options.device, start_ms)
    return _go_live(options, [station], ward, run_name=run_name, end_ms=end_ms)


def _write_truth(path: Path, alarms: Iterator[TrueAlarm]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        count = write_truth(path, alarms)
    except OSError as error:
        raise WrongUse(f"{path}: cannot be written: {error.strerror}") from error
    _say(f"{count} lines of ground truth in {path}")


def _write(options: argparse.Namespace, arrivals: Iterator[RecordedArrival]) -> int:
    try:
        options.file.parent.mkdir(parents=True, exist_ok=True)
        count = write_arrivals(options.file, _paced(arrivals, options.speed))
    except OSError as error:
        raise WrongUse(f"{options.file}: cannot be written: {error.strerror}") from error
    _say(f"{count} arrivals in {options.file}")
    return 0


def _paced(arrivals: Iterator[RecordedArrival], speed: float | None) -> Iterator[RecordedArrival]:
    """The same arrivals, not sooner than `speed` times as fast as they came."""
    if speed is None:
        yield from arrivals
        return
    began: tuple[datetime, float] | None = None
    for arrival in arrivals:
        began = began or (arrival.received_at, time.monotonic())
        due_s = began[1] + (arrival.received_at - began[0]).total_seconds() / speed
        time.sleep(max(0.0, due_s - time.monotonic()))
        yield arrival


def _go_live(
    options: argparse.Namespace,
    stations: Sequence[Station],
    ward: WardId,
    *,
    run_name: str,
    end_ms: int | None,
    gate: Gate | None = None,
) -> int:
    broker = parse_broker(
        options.mqtt_url or os.environ.get("HOURGLASS_MQTT_URL") or DEFAULT_BROKER,
        os.environ.get("HOURGLASS_MQTT_CA_FILE") or None,
    )
    desk = Desk(_control_folder(), run_name, [station.device.device for station in stations])
    run = LiveRun({ward: stations}, broker, desk, end_ms, gate)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: run.stop())
    log.info("%d devices of ward %s on %s", len(stations), ward, broker)
    run.run()
    return 0


def _switch(options: argparse.Namespace) -> int:
    folder = _control_folder()
    request = ask(folder, DeviceId(options.device), options.wish, present_ms())
    deadline = time.monotonic() + ANSWER_WITHIN_S
    while time.monotonic() < deadline:
        if answer_to(folder, request) is not None:
            _say(f"{options.device}: {options.wish.value} done")
            return 0
        time.sleep(0.02)
    _say(f"{options.device}: the simulator has not answered within {ANSWER_WITHIN_S:.0f} s")
    return NO_ANSWER


def _control_folder() -> Path:
    return control_folder(Path(os.environ.get("HOURGLASS_DATA_DIR") or "./data"))


def _time_ms(text: str) -> int:
    try:
        time_ = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"not an ISO 8601 time: {text!r}") from error
    if time_.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} has no offset: write {text}+00:00 or {text}Z")
    since = time_.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return round(since.total_seconds() * 1000)


def _address(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise argparse.ArgumentTypeError(f"{text!r}: begins with http:// or https://")
    return text


def _name(text: str) -> str:
    if not NAME_PATTERN.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r}: 1 to 64 of a-z A-Z 0-9 _ -")
    return text


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"not a number: {text!r}") from error
    if not 0 < speed <= 1e6:
        raise argparse.ArgumentTypeError(f"{text}: must be more than 0")
    return speed


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"not a number: {text!r}") from error
    if not 0.05 <= seconds <= 3600:
        raise argparse.ArgumentTypeError(f"{text}: 0.05 to 3600 seconds")
    return seconds


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
