"""`python -m demo run`: the demonstration ward on this machine, until Ctrl-C.

`python -m demo people SCENARIO ... --start TIME --file FILE`: what the people of scenarios do.
`python -m demo act --file FILE`: do what stands in such a file, each act at its own time.
`python -m demo earlier SCENARIO ... --start TIME`: the earlier sessions of their patients.
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

from config.problems import BadConfiguration
from config.settings import read_settings
from demo.house import run
from demo.obstacles import CannotStart

_CANNOT_START: Final = 2


def main() -> int:
    """Carry out a command; 0 if it could be done (`run`: after Ctrl-C or SIGTERM), else 2."""
    options = _parser().parse_args()
    command: Callable[[argparse.Namespace], None] = options.command
    try:
        command(options)
    except (CannotStart, BadConfiguration) as error:
        print(error, file=sys.stderr)
        return _CANNOT_START
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    commands = parser.add_subparsers(required=True)
    house = commands.add_parser("run", help="start it and stay until Ctrl-C")
    house.set_defaults(command=_run)
    people = commands.add_parser("people", help="write what the people of scenarios do")
    people.add_argument("--file", type=Path, required=True, help="for `ingest --people`")
    people.add_argument("--end", type=_time, help="nothing later than this")
    people.set_defaults(command=_play, name="people")
    act = commands.add_parser("act", help="do what stands in a file of people, when it is time")
    act.add_argument("--file", type=Path, required=True, help="as `people` writes it")
    act.set_defaults(command=_play, name="act")
    earlier = commands.add_parser("earlier", help="enter the earlier sessions of their patients")
    earlier.set_defaults(command=_play, name="earlier")
    for command in (people, earlier):
        command.add_argument("scenario", nargs="+", help="name or path, as the simulator takes it")
        command.add_argument(
            "--start", type=_time, nargs="+", required=True,
            help="minute 0 of all of them, or of each, with offset",
        )  # fmt: skip
        command.add_argument("--seed", type=int, default=1, help="as the simulator was given it")
        command.add_argument("--beds", type=int, help="as the simulator was given it")
    return parser


def _run(_: argparse.Namespace) -> None:
    asyncio.run(_run_until_told(run(read_settings(), _say)))


def _play(options: argparse.Namespace) -> None:
    # the supervisor needs neither rules nor record, and starts sooner without them
    from demo.scenes import play  # noqa: PLC0415 - as above

    _say(play(options))


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no time: write it like 2026-11-22T14:00:00+00:00"
        ) from error
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
