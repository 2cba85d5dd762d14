"""Stopping and starting one device of a running simulator, through files in its data folder.

A command appends a request and waits for the answer; the simulator looks for requests many times
a second and appends when each took effect. A simulator that is started again reads both, and so
measures the same as if it had never been away.
"""

import logging
import os
from collections.abc import Iterable, Iterator
from enum import Enum
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import msgspec

from vocabulary.ids import DeviceId

log = logging.getLogger(__name__)


class Wish(str, Enum):
    """What is wanted of a device."""

    STOP = "stop"
    START = "start"


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody wants a device stopped or started from `at_ms` (true ms since 1970) on.

    It is for the `runs` that had the device then, and for no later one.
    """

    id: str
    runs: tuple[str, ...]
    device: DeviceId
    wish: Wish
    at_ms: int


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """From when a request took effect in one run."""

    id: str
    effective_ms: int


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A simulator that is running, and its devices."""

    name: str
    pid: int
    devices: tuple[DeviceId, ...]


class NoSuchDevice(LookupError):
    """No running simulator has the device that was named."""


def control_folder(data_dir: Path) -> Path:
    """Where simulators and commands meet."""
    return data_dir / "simulator"


class Desk:
    """The running simulator's side: takes requests and answers them."""

    def __init__(self, folder: Path, run_name: str, devices: Iterable[DeviceId]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._requests = folder / "requests.jsonl"
        self._answers = folder / f"answers-{run_name}.jsonl"
        self._run = folder / f"run-{os.getpid()}-{run_name}.json"
        self._name = run_name
        self._devices = tuple(devices)
        self._read_bytes = 0
        self._answered = {answer.id: answer for answer in _read(self._answers, Answer)}

    def open(self) -> None:
        """Say that this simulator is here."""
        run = Run(name=self._name, pid=os.getpid(), devices=self._devices)
        self._run.write_bytes(msgspec.json.encode(run))

    def close(self) -> None:
        """Say that it has gone."""
        self._run.unlink(missing_ok=True)

    def new_requests(self) -> Iterator[Request]:
        """Requests to this run that were not seen yet.

        One that an earlier process of this run answered comes with the time of that answer.
        """
        try:
            if self._requests.stat().st_size == self._read_bytes:
                return
        except FileNotFoundError:
            return
        with self._requests.open("rb") as file:
            file.seek(self._read_bytes)
            new = file.read()
        whole = new[: new.rfind(b"\n") + 1]
        self._read_bytes += len(whole)
        for request in _decoded(whole, Request, self._requests):
            if self._name in request.runs:
                answer = self._answered.get(request.id)
                if answer is None:
                    yield request
                else:
                    yield msgspec.structs.replace(request, at_ms=answer.effective_ms)

    def answer(self, request: Request, effective_ms: int) -> None:
        """Say from when a request took effect; once is enough."""
        if request.id in self._answered:
            return
        answer = Answer(id=request.id, effective_ms=effective_ms)
        self._answered[request.id] = answer
        _append(self._answers, answer)


def ask(folder: Path, device: DeviceId, wish: Wish, at_ms: int) -> Request:
    """Ask the running simulators to stop or start `device`. Raises NoSuchDevice."""
    running = list(_running(folder))
    runs = tuple(run.name for run in running if device in run.devices)
    if not runs:
        known = sorted({device for run in running for device in run.devices})
        have = f"running are {', '.join(known)}" if known else f"none is running on {folder}"
        raise NoSuchDevice(f"no running simulator has a device {device!r}: {have}")
    request = Request(id=uuid4().hex, runs=runs, device=device, wish=wish, at_ms=at_ms)
    _append(folder / "requests.jsonl", request)
    return request


def answer_to(folder: Path, request: Request) -> Answer | None:
    """The answer to `request`, if a simulator has given one."""
    for path in folder.glob("answers-*.jsonl"):
        for answer in _read(path, Answer):
            if answer.id == request.id:
                return answer
    return None


Line = TypeVar("Line", Request, Answer)


def _read(path: Path, type_: type[Line]) -> list[Line]:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    whole = content[: content.rfind(b"\n") + 1]
    return list(_decoded(whole, type_, path))


def _decoded(whole: bytes, type_: type[Line], path: Path) -> Iterator[Line]:
    """The lines that can be read; what somebody else wrote there stops nothing."""
    decoder = msgspec.json.Decoder(type_)
    for line in whole.splitlines():
        try:
            yield decoder.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            log.warning("%s: a line is passed over: %s: %r", path, error, line[:200])


def _append(path: Path, line: Request | Answer) -> None:
    # one write of a short line in append mode: two processes never mix theirs
    with path.open("ab", buffering=0) as file:
        file.write(msgspec.json.encode(line) + b"\n")


def _running(folder: Path) -> Iterator[Run]:
    for path in folder.glob("run-*.json"):
        try:
            run = msgspec.json.decode(path.read_bytes(), type=Run)
            os.kill(run.pid, 0)
        except FileNotFoundError:
            continue
        except (ProcessLookupError, msgspec.MsgspecError):
            path.unlink(missing_ok=True)  # it was killed and left its card behind
            continue
        except PermissionError:
            pass  # it runs as somebody else
        yield run
