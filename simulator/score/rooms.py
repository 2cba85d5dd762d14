"""The processes of a receiver: its configuration and data, commands that end and ones that stay.

Nothing of it is imported. Whatever was started ends with `close`, or with us if we are killed.
"""

import os
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Final

import yaml

from simulator.scenario import Scenario

PROJECT: Final = Path(__file__).resolve().parents[2]
_SHOWN_LINES: Final = 12
_END_WITHIN_S: Final = 15.0
_GUARD: Final = 'while read -r pids; do ours="$pids"; done; [ -z "$ours" ] || kill -9 $ours'
"""Ends what stays once nobody writes to it any more."""


class ReceiverFailed(RuntimeError):
    """A step of the receiver did not work: which, and what it said."""


class Rooms:
    """Where one receiver lives: `folder`, a copy of `config`, and an environment of its own."""

    def __init__(self, folder: Path, config: Path, **settings: str) -> None:
        self.folder = folder
        self.config = folder / "config"
        self.config.mkdir(parents=True, exist_ok=True)
        for file in config.glob("*.yaml"):
            shutil.copy(file, self.config / file.name)
        self.data = folder / "data"
        shutil.rmtree(self.data, ignore_errors=True)  # a kept one of the run before
        self.data.mkdir()
        self._environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("HOURGLASS_")},
            "PYTHONPATH": str(PROJECT),
            "HOURGLASS_CONFIG_DIR": str(self.config),
            "HOURGLASS_DATA_DIR": str(self.data),
            "HOURGLASS_METRICS_PORT": "0",
            "HOURGLASS_LOG_LEVEL": "WARNING",
            **settings,
        }
        self._may_end: set[str] = set()
        self._staying: dict[str, subprocess.Popen[bytes]] = {}
        self._guard: subprocess.Popen[bytes] | None = None

    def write_wards(self, scenarios: Sequence[Scenario]) -> None:
        """Write the wards down as a clinic would: each bed with a monitor, and what stands there.

        A pump without a monitor beside it belongs to no bed until somebody associates it.
        """
        wards = [
            {
                "ward": scenario.ward,
                "label": scenario.ward,
                "beds": [
                    {
                        "bed": bed.bed,
                        "label": f"Chair {bed.bed}",
                        "devices": [spec.device for spec in (bed.monitor, bed.pump) if spec],
                    }
                    for bed in scenario.beds
                    if bed.monitor
                ],
            }
            for scenario in scenarios
        ]
        text = yaml.safe_dump({"wards": wards}, sort_keys=False)
        (self.config / "wards.yaml").write_text(text, encoding="utf-8")

    def do(self, module: str, *arguments: str) -> bytes:
        """Run a command that ends; returns what it printed. Raises ReceiverFailed."""
        command = [sys.executable, "-m", module, *arguments]
        done = subprocess.run(  # noqa: S603 - our own modules
            command, env=self._environment, cwd=self.folder, capture_output=True, check=False
        )
        if done.returncode != 0:
            said = (done.stderr or done.stdout).decode(errors="replace")
            raise ReceiverFailed(
                f"python -m {module} {' '.join(arguments[:1])} failed:\n{_end_of(said)}"
            )
        return done.stdout

    def start(self, name: str, command: Sequence[str], *, may_end: bool = False) -> None:
        """Start what stays, called `name`, or `may_end` when it is done.

        Ctrl-C is not for it: we end it ourselves.
        """
        if may_end:
            self._may_end.add(name)
        with self._log(name).open("ab") as log:
            self._staying[name] = subprocess.Popen(  # noqa: S603 - our own commands
                command, env=self._environment, cwd=self.folder, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        self._tell_guard()

    def start_module(self, module: str, *arguments: str, may_end: bool = False) -> None:
        """Start one of our modules, as `start`."""
        self.start(module, [sys.executable, "-m", module, *arguments], may_end=may_end)

    def check(self) -> None:
        """Raises ReceiverFailed if one has ended that should stay, or with a fault."""
        for name, process in self._staying.items():
            code = process.poll()
            if code is not None and (code or name not in self._may_end):
                raise ReceiverFailed(f"{name} ended:\n{self.last_words(name)}")

    def last_words(self, name: str) -> str:
        """The end of what a process that stays has said."""
        return _end_of(self._log(name).read_text(errors="replace"))

    def close(self) -> None:
        """End everything that was started, the last first."""
        for process in reversed(self._staying.values()):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            try:
                process.wait(_END_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._staying.clear()
        if self._guard is not None and self._guard.stdin is not None:
            self._tell_guard()
            self._guard.stdin.close()
            self._guard.wait()
            self._guard = None

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def _tell_guard(self) -> None:
        if self._guard is None:
            self._guard = subprocess.Popen(  # noqa: S603 - a fixed command
                ["/bin/sh", "-c", _GUARD], stdin=subprocess.PIPE, start_new_session=True
            )
        if self._guard.stdin is not None:
            pids = " ".join(str(process.pid) for process in self._staying.values())
            self._guard.stdin.write(f"{pids}\n".encode())
            self._guard.stdin.flush()


def answers(address: str) -> bool:
    """Whether a server says at `address` (http) that all is well."""
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:  # noqa: S310 - our own address
            return bool(answer.status == HTTPStatus.OK)
    except (urllib.error.URLError, OSError):
        return False


def _end_of(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines()[-_SHOWN_LINES:])
