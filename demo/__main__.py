"""`python -m demo run`: the demonstration ward on this machine, until Ctrl-C."""

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import Coroutine
from typing import Any, Final

from config.problems import BadConfiguration
from config.settings import read_settings
from demo.house import run
from demo.obstacles import CannotStart

_CANNOT_START: Final = 2


def main() -> int:
    """Run the demonstration; 0 after Ctrl-C or SIGTERM, 2 if it cannot start."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_subparsers(required=True).add_parser("run", help="start it and stay until Ctrl-C")
    parser.parse_args()
    try:
        settings = read_settings()
        asyncio.run(_run_until_told(run(settings, _say)))
    except (CannotStart, BadConfiguration) as error:
        print(error, file=sys.stderr)
        return _CANNOT_START
    return 0


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
