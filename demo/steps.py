"""The commands that run once while the demonstration starts."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

from demo.obstacles import CannotStart

_SHOWN_LINES = 12


class Steps:
    """Runs one command after another or side by side, none of which outlives the demonstration.

    What a step says goes to `log`; a step that fails is told with its last words.
    """

    def __init__(self, environment: Mapping[str, str], directory: Path, log: Path) -> None:
        self._environment = dict(environment)
        self._directory = directory
        self._log = log

    async def run(self, doing: str, command: Sequence[str], typed: str = "") -> str:
        """Run `command`, giving it `typed` as input; returns what it printed.

        Raises CannotStart, saying what was being done, if it ends with anything but 0.
        """
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                cwd=self._directory,
                env=self._environment,
                start_new_session=True,
            )
        except OSError as error:
            raise CannotStart(f"{doing}: {command[0]}: {error.strerror}") from error
        try:
            printed, complained = await process.communicate(typed.encode())
        except asyncio.CancelledError:
            await _end(process)
            raise
        complaint = complained.decode(errors="replace").strip()
        if complaint:
            with self._log.open("a") as log:
                log.write(f"{doing}\n{complaint}\n")
        if process.returncode != 0:
            last = complaint or printed.decode(errors="replace").strip()
            raise CannotStart(
                f"{doing} failed ({' '.join(command)}):\n{last_lines(last)}\n"
                f"Everything it said is in {self._log}"
            )
        return printed.decode()


def last_lines(text: str) -> str:
    """The end of what a process said, indented."""
    return "\n".join(f"  {line}" for line in text.splitlines()[-_SHOWN_LINES:])


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
