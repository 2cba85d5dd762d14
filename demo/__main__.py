"""`python -m demo run`: the demonstration ward on this machine, until Ctrl-C.

`python -m demo people SCENARIO ... --start TIME --file FILE`: what the people of scenarios do.
"""

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from config.clinic import read_clinic
from config.problems import BadConfiguration
from config.settings import read_settings
from demo.bedside import Played
from demo.house import run
from demo.obstacles import CannotStart
from demo.peoples_file import play_people, write_people
from demo.script import BadPeople
from simulator.scenario import read_scenario
from simulator.yaml_file import BadFile
from vocabulary.ids import WardId

_CANNOT_START: Final = 2


def main() -> int:
    """Run the demonstration; 0 after Ctrl-C or SIGTERM, 2 if it cannot start."""
    options = _parser().parse_args()
    command: Callable[[argparse.Namespace], None] = options.command
    try:
        command(options)
    except (CannotStart, BadConfiguration, BadFile, BadPeople) as error:
        print(error, file=sys.stderr)
        return _CANNOT_START
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    commands = parser.add_subparsers(required=True)
    house = commands.add_parser("run", help="start it and stay until Ctrl-C")
    house.set_defaults(command=_run)
    people = commands.add_parser("people", help="write what the people of scenarios do")
    people.add_argument("scenario", nargs="+", help="name or path, as the simulator takes it")
    people.add_argument("--start", type=_time, required=True, help="minute 0, with offset")
    people.add_argument("--file", type=Path, required=True, help="for `ingest --people`")
    people.add_argument("--end", type=_time, help="nothing later than this")
    people.add_argument("--seed", type=int, default=1, help="as the simulator was given it")
    people.add_argument("--beds", type=int, help="as the simulator was given it")
    people.set_defaults(command=_people)
    return parser


def _run(_: argparse.Namespace) -> None:
    asyncio.run(_run_until_told(run(read_settings(), _say)))


def _people(options: argparse.Namespace) -> None:
    clinic = read_clinic(read_settings().config_dir)
    lines = []
    for name in options.scenario:
        scenario = read_scenario(name, beds=options.beds)
        played = Played(scenario, WardId(scenario.ward), options.start, options.seed)
        lines.append(play_people(played, clinic, options.end))
    count = write_people(options.file, lines)
    _say(f"{count} events of people in {options.file}")


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} has no offset: write {text}+00:00")
    return time.astimezone(UTC)


async def _run_until_told(running: Coroutine[Any, Any, None]) -> None:
    """Run until SIGINT, SIGTERM or SIGHUP, then let everything end in its order."""
    task = asyncio.create_task(running)
    told = False

    def end() -> None:
        nonlocal told
        if not told:
            told = True
            _say("ending")
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, end)
    with contextlib.suppress(asyncio.CancelledError):
        await task


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
