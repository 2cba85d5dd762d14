"""What keeps the demonstration from starting, each with what to do about it."""

import fcntl
import ipaddress
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec


class CannotStart(Exception):
    """The demonstration does not start; the text says why and what to do."""


class PortNeed(msgspec.Struct, frozen=True):
    """A port that something will listen on, and the variable that moves it elsewhere.

    `often`: who usually has it, if it is taken.
    """

    host: str
    port: int
    what: str
    variable: str
    often: str = ""


def check_loopback(host: str) -> None:
    """The demonstration's logins are for this machine alone."""
    if host == "localhost":
        return
    try:
        is_loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise CannotStart(
            f"the demonstration listens on this machine only, not on HOURGLASS_HTTP_HOST={host}; "
            "docs/operations.md says how to run it for others"
        )


def check_ports(needs: Sequence[PortNeed]) -> None:
    """Raises CannotStart naming every port that is in use and the variable to change."""
    taken = [need for need in needs if not _is_free(need)]
    if taken:
        raise CannotStart(
            "\n".join(
                f"port {need.port} ({need.what}) is in use; "
                f"end what uses it{need.often} or set {need.variable} to another port"
                for need in taken
            )
        )


def _is_free(need: PortNeed) -> bool:
    family = socket.AF_INET6 if ":" in need.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((need.host, need.port))
        except OSError:
            return False
    return True


def make_folders(*folders: Path) -> None:
    """Make what is not there yet. Raises CannotStart."""
    for folder in folders:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CannotStart(
                f"cannot make the folder {folder}: {error.strerror}; "
                "set HOURGLASS_DATA_DIR to another directory"
            ) from error


@contextmanager
def only_one(data_dir: Path) -> Iterator[None]:
    """Hold `data_dir` for this process. Raises CannotStart if another demonstration has it."""
    path = data_dir / "demo.lock"
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise CannotStart(
                f"another demonstration (process {holder}) runs in {data_dir}; "
                "end it with Ctrl-C or set HOURGLASS_DATA_DIR to another directory"
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
