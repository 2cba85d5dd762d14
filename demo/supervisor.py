"""The processes that stay: run by supervisord, which starts again what dies."""

import asyncio
import contextlib
import hashlib
import http.client
import os
import shlex
import signal
import sys
import tempfile
import xmlrpc.client
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

import msgspec
from supervisor.xmlrpc import (  # type: ignore[import-untyped] # it publishes no types
    SupervisorTransport,
)

from demo.obstacles import CannotStart
from demo.steps import last_lines

_LONGEST_SOCKET: Final = 100
"""A socket's path may have 107 bytes; supervisord adds its pid while it makes one."""
_END_WITHIN_S: Final = 20.0
_ANSWERS_WITHIN_S: Final = 60.0
_WITHOUT_WAITING: Final = False


class Program(msgspec.Struct, frozen=True):
    """One process that stays. Programs are stopped in the opposite order of `place`."""

    name: str
    command: tuple[str, ...]
    place: int


class ProgramState(msgspec.Struct, frozen=True):
    """What supervisord says about a program; `pid` is 0 while it does not run."""

    name: str
    state: str
    pid: int


class Supervisor:
    """Runs `programs` under supervisord, none of them before `start` is called for it."""

    def __init__(
        self,
        programs: Sequence[Program],
        data_dir: Path,
        environment: Mapping[str, str],
        directory: Path,
    ) -> None:
        self._programs = programs
        self._environment = dict(environment)
        self._directory = directory
        self._conf = data_dir / "supervisord.conf"
        self.logs = data_dir / "logs"
        self._socket = socket_path(data_dir)
        self._process: asyncio.subprocess.Process | None = None
        self._groups: set[int] = set()

    async def __aenter__(self) -> "Supervisor":
        """Start supervisord itself and wait until it answers."""
        self.logs.mkdir(parents=True, exist_ok=True)
        self._conf.write_text(supervisord_conf(self._programs, self._socket, self.logs))
        with (self.logs / "supervisord.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "supervisor.supervisord", "--nodaemon",
                "--configuration", str(self._conf),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=log,
                cwd=self._directory,
                env=self._environment,
                start_new_session=True,
            )  # fmt: skip
        try:
            await self._wait_for_answer(self._process)
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop every program, then supervisord."""
        await self._stop()

    async def start(self, name: str) -> None:
        """Start one program; from now on it is started again whenever it ends."""
        await self._call("startProcess", name, _WITHOUT_WAITING)

    async def states(self) -> list[ProgramState]:
        """How each program is. Raises CannotStart if supervisord is gone."""
        told = cast("list[dict[str, Any]]", await self._call("getAllProcessInfo"))
        states = [
            ProgramState(str(entry["name"]), str(entry["statename"]), int(entry["pid"]))
            for entry in told
        ]
        self._groups |= {state.pid for state in states if state.pid}
        return states

    def last_words(self, name: str) -> str:
        """The end of a program's log."""
        log = self.logs / f"{name}.log"
        text = log.read_text(errors="replace") if log.exists() else ""
        return f"{last_lines(text)}\nEverything it said is in {log}"

    async def _call(self, method: str, *arguments: str | bool) -> object:
        try:
            return await asyncio.to_thread(_call, self._socket, method, *arguments)
        except (OSError, http.client.HTTPException) as error:
            raise CannotStart(
                f"supervisord does not answer: {error}\n{self.last_words('supervisord')}"
            ) from error

    async def _wait_for_answer(self, process: asyncio.subprocess.Process) -> None:
        deadline = asyncio.get_running_loop().time() + _ANSWERS_WITHIN_S
        while True:
            try:
                await asyncio.to_thread(_call, self._socket, "getState")
            except (OSError, http.client.HTTPException, xmlrpc.client.Fault) as error:
                if process.returncode is not None or asyncio.get_running_loop().time() > deadline:
                    raise CannotStart(
                        f"supervisord does not start: {error}\n{self.last_words('supervisord')}"
                    ) from error
                await asyncio.sleep(0.05)
            else:
                return

    async def _stop(self) -> None:
        process = self._process
        if process is None:
            return
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), _END_WITHIN_S)
            except TimeoutError:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            self._kill_groups()
        self._socket.unlink(missing_ok=True)

    def _kill_groups(self) -> None:
        """supervisord was killed and could stop nothing; every program leads its own group."""
        for group in self._groups:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)


async def end_what_was_left(data_dir: Path) -> bool:
    """End the supervisord of a demonstration that was killed outright; whether there was one.

    Raises CannotStart if it does not end.
    """
    socket = socket_path(data_dir)
    try:
        await asyncio.to_thread(_call, socket, "shutdown")
    except (OSError, http.client.HTTPException):
        socket.unlink(missing_ok=True)
        return False
    except xmlrpc.client.Fault:
        pass  # it is ending already
    deadline = asyncio.get_running_loop().time() + _END_WITHIN_S
    while _pid_file(data_dir).exists():  # removed once every program has ended
        if asyncio.get_running_loop().time() > deadline:
            pid = _pid_file(data_dir).read_text().strip()
            raise CannotStart(f"an earlier demonstration does not end: kill process {pid}")
        await asyncio.sleep(0.05)
    return True


def _pid_file(data_dir: Path) -> Path:
    return data_dir / "logs" / "supervisord.pid"


def _call(socket: Path, method: str, *arguments: str | bool) -> object:
    transport = SupervisorTransport(None, None, f"unix://{socket}")
    proxy = xmlrpc.client.ServerProxy("http://supervisor", transport=transport)
    try:
        return getattr(proxy.supervisor, method)(*arguments)
    finally:
        transport.close()


def socket_path(data_dir: Path) -> Path:
    """Where supervisord listens: in `data_dir`, or a short private place if that is too long."""
    path = data_dir.resolve() / "supervisor.sock"
    if len(os.fsencode(path)) <= _LONGEST_SOCKET:
        return path
    name = hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
    place = Path(tempfile.gettempdir()) / f"hourglass-{os.getuid()}-{name}"
    place.mkdir(mode=0o700, exist_ok=True)
    if place.stat().st_uid != os.getuid():
        raise CannotStart(f"{place} belongs to somebody else; set HOURGLASS_DATA_DIR elsewhere")
    return place / "supervisor.sock"


def supervisord_conf(programs: Sequence[Program], socket: Path, logs: Path) -> str:
    """The configuration of supervisord. Programs inherit its environment: no secret is written."""
    sections = [
        "[supervisord]",
        "nodaemon=true",
        "silent=true",
        f"logfile={_escaped(str(logs / 'supervisord.log'))}",
        "logfile_maxbytes=5MB",
        "logfile_backups=1",
        f"pidfile={_escaped(str(logs / 'supervisord.pid'))}",
        f"childlogdir={_escaped(str(logs))}",
        # as root it warns unless it is told that root is meant
        *(["user=root"] if os.getuid() == 0 else []),
        "",
        "[unix_http_server]",
        f"file={_escaped(str(socket))}",
        "chmod=0700",
        "",
        "[rpcinterface:supervisor]",
        "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface",
    ]
    for program in programs:
        sections += ["", *_program_section(program, logs)]
    return "\n".join(sections) + "\n"


def _program_section(program: Program, logs: Path) -> list[str]:
    return [
        f"[program:{program.name}]",
        f"command={_escaped(shlex.join(program.command))}",
        f"priority={program.place}",
        "autostart=false",
        "autorestart=true",
        # alive for a second counts as started, and what then dies is started again at once;
        # what dies sooner waits a second longer each time, and is never given up within a day
        "startsecs=1",
        "startretries=400",
        "stopwaitsecs=8",
        "stopasgroup=true",
        "killasgroup=true",
        "redirect_stderr=true",
        # supervisord fills in this one value twice
        f"stdout_logfile={_escaped(_escaped(str(logs / f'{program.name}.log')))}",
        "stdout_logfile_maxbytes=10MB",
        "stdout_logfile_backups=2",
    ]


def _escaped(value: str) -> str:
    return value.replace("%", "%%")
