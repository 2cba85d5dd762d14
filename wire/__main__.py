"""`python -m wire check FILE|-`: does what a device publishes keep to the device contract?

One message a line, `topic payload`, as `mosquitto_sub -v` prints them. For each message one line,
`accepted` or `refused: REASON: where and why`. Ends with 0 if all were accepted, 1 if any was
refused, 2 if the file cannot be read, 130 when it was interrupted.
"""

import argparse
import io
import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from wire.decoding import MAX_PAYLOAD_BYTES, Refused, check_size, decode
from wire.topics import parse_device_topic

LONGEST_LINE: Final = 65_535 + 1 + MAX_PAYLOAD_BYTES + 1
"""Bytes of a line that are kept: an MQTT topic (at most 65,535 bytes), a space, a payload, and one
more. What is longer cannot be of the contract; its rest is counted and not kept."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the file without its end; `length` counts also the bytes that were not kept."""

    kept: bytes
    length: int


def read_lines(file: BinaryIO) -> Iterator[Line]:
    """Read the lines of `file` one by one, in bounded memory however long they are."""
    while part := file.readline(LONGEST_LINE):
        kept, length = part, len(part)
        while not part.endswith(b"\n") and (part := file.readline(LONGEST_LINE)):
            length += len(part)
        ending = len(part) - len(part.rstrip(b"\r\n")) if part else 0
        kept = kept[: length - ending]
        yield Line(kept, length - ending)


def judge(line: Line) -> str:
    """The verdict on one line: `accepted`, or `refused: ` with the reason and where."""
    name, separator, payload = line.kept.partition(b" ")
    topic = name.decode("utf-8", "backslashreplace")
    try:
        if parse_device_topic(topic) is not None:
            check_size(line.length - len(name) - len(separator))
        decode(topic, payload)
    except Refused as refused:
        return f"refused: {refused}"
    return "accepted"


def check(file: BinaryIO) -> int:
    """Print the verdict on each line of `file` as it comes; 1 if any was refused, else 0."""
    status = 0
    for line in read_lines(file):
        if not line.kept.strip():
            continue
        verdict = judge(line)
        if verdict != "accepted":
            status = 1
        print(verdict, flush=True)
    return status


def main(arguments: list[str] | None = None) -> int:
    """Run the command that `arguments` (default: the command line) name."""
    parser = argparse.ArgumentParser(prog="python -m wire", description="The device contract.")
    commands = parser.add_subparsers(dest="command", required=True)
    checking = commands.add_parser("check", help="check messages against the device contract")
    checking.add_argument(
        "file", metavar="FILE", help="lines of `topic payload`; - reads standard input"
    )
    name = parser.parse_args(arguments).file
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        with _opened(name) as file:
            return check(file)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # whoever read our answers has seen enough; nothing may be written at exit either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        print(f"wire check: cannot read {name}: {error.strerror or error}", file=sys.stderr)
        return 2


def _opened(name: str) -> AbstractContextManager[BinaryIO]:
    return nullcontext(sys.stdin.buffer) if name == "-" else Path(name).open("rb")


if __name__ == "__main__":
    sys.exit(main())
