"""`python -m wire check`: one verdict a message, and an end that a script can rely on."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures import contract
from wire.__main__ import LONGEST_LINE, Line, check, judge, main, read_lines

GOOD = b'hourglass/v1/north/device/d1/vitals {"boot":"b7","seq":1,"time":"2026-11-22T14:03:07Z"}'
BAD = b'hourglass/v1/north/device/d1/vitals {"boot":"b7","seq":-1,"time":"2026-11-22T14:03:07Z"}'


def verdicts(lines: bytes, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    status = check(io.BytesIO(lines))
    return status, capsys.readouterr().out.splitlines()


def verdict(line: bytes, capsys: pytest.CaptureFixture[str]) -> str:
    _, printed = verdicts(line, capsys)
    (only,) = printed
    return only


def test_every_message_gets_one_line_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    status, printed = verdicts(GOOD + b"\n" + BAD + b"\n" + GOOD + b"\n", capsys)
    assert status == 1
    assert printed == [
        "accepted",
        "refused: out_of_bounds: Expected `int` >= 0 - at `$.seq`",
        "accepted",
    ]


def test_nothing_refused_ends_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert verdicts(GOOD + b"\n" + GOOD, capsys) == (0, ["accepted"] * 2)
    assert verdicts(b"", capsys) == (0, [])


def test_empty_lines_are_no_messages(capsys: pytest.CaptureFixture[str]) -> None:
    assert verdicts(b"\n\r\n  \n" + GOOD + b"\r\n\n", capsys) == (0, ["accepted"])


@pytest.mark.parametrize("ending", [b"", b"\n", b"\r\n"])
def test_the_end_of_the_line_belongs_to_no_message(
    ending: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    topic = GOOD.split()[0]
    assert verdict(GOOD + ending, capsys) == "accepted"
    assert verdict(topic + ending, capsys) == "refused: bad_json: empty payload"
    assert verdict(topic + b" " + ending, capsys) == "refused: bad_json: empty payload"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"hello", "unknown_topic: 'hello' is not a device topic"),
        (b" " + GOOD, "unknown_topic: '' is not a device topic"),
        (b"\xff\x00 {}", "unknown_topic"),
        (b"hourglass/v1/north/ack/d1 {}", "unknown_topic"),
        (b"hourglass/v1/north/device/d1/vitals {", "bad_json"),
        (b"hourglass/v1/north/device/d1/vitals \xff", "bad_encoding"),
        (b"hourglass/v1/north/device/d1/vitals {}", "missing_field"),
        (b'hourglass/v1/north/device/d1/status {"state":1,"boot":"b"}', "wrong_type"),
        (b'hourglass/v1/north/device/d1/status {"state":"x","boot":"b"}', "unknown_word"),
        (GOOD.replace(b"2026-11-22T14", b"2026-11-31T14"), "impossible_time"),
        (GOOD + b" " * 16_384, "oversize"),
    ],
)
def test_a_refusal_says_its_reason(
    line: bytes, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verdict(line, capsys).startswith(f"refused: {reason}")


def test_a_refusal_is_one_printable_line(capsys: pytest.CaptureFixture[str]) -> None:
    word = rb'"\u001b[2J\r\n\u2028\u202e"'
    line = b'hourglass/v1/north/device/d1/status {"state":' + word + b',"boot":"b"}'
    said = verdict(line, capsys)
    assert said.isprintable()
    assert r"\x1b[2J\r\n\u2028\u202e" in said


def test_a_line_of_any_length_is_judged_with_its_true_length_in_bounded_memory() -> None:
    class Endless(io.RawIOBase):
        """A line of `left` bytes, made as it is read."""

        left = 100_000_000
        longest_read = 0

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]  # a narrower buffer
            count = min(len(buffer), self.left)
            self.longest_read = max(self.longest_read, count)
            buffer[:count] = b"x" * count
            self.left -= count
            return count

    topic = b"hourglass/v1/north/device/d1/vitals "
    source = Endless()
    (line,) = read_lines(io.BufferedReader(source))
    assert (len(line.kept), line.length) == (LONGEST_LINE, 100_000_000)
    assert source.longest_read <= LONGEST_LINE
    long = Line(topic + line.kept[len(topic) :], line.length)
    assert judge(long) == f"refused: oversize: {100_000_000 - len(topic)} bytes, at most 16384"


def test_the_message_after_a_long_line_is_judged(capsys: pytest.CaptureFixture[str]) -> None:
    long = b"hourglass/v1/north/device/d1/vitals " + b"x" * 300_000
    status, printed = verdicts(long + b"\r\n" + GOOD + b"\n", capsys)
    assert status == 1
    assert printed == ["refused: oversize: 300000 bytes, at most 16384", "accepted"]


def test_a_long_line_without_a_topic_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert verdict(b"x" * 300_000, capsys).startswith("refused: unknown_topic: 'xxx")


def test_a_file_is_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "messages"
    path.write_bytes(GOOD + b"\n")
    assert main(["check", str(path)]) == 0
    path.write_bytes(BAD)
    assert main(["check", str(path)]) == 1
    assert capsys.readouterr().err == ""


def test_a_file_that_cannot_be_read_ends_with_2_and_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path, why in ((tmp_path / "none", "No such file"), (tmp_path, "Is a directory")):
        assert main(["check", str(path)]) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert f"wire check: cannot read {path}: {why}" in said.err


def test_no_command_ends_with_2() -> None:
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 2


COMMAND = [sys.executable, "-m", "wire", "check", "-"]


def test_what_comes_in_is_judged_as_it_comes() -> None:
    with subprocess.Popen(
        COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=contract.ROOT
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for line, said in ((GOOD, b"accepted\n"), (BAD, b"refused: "), (GOOD, b"accepted\n")):
            process.stdin.write(line + b"\n")
            process.stdin.flush()
            assert process.stdout.readline().startswith(said)
        process.stdin.close()
        assert process.wait(30) == 1


def test_whatever_the_terminal_can_show_the_verdicts_come() -> None:
    line = 'hourglass/v1/north/device/d1/status {"state":"čš","boot":"b"}'.encode()
    ended = subprocess.run(
        COMMAND,
        input=line,
        capture_output=True,
        check=False,
        cwd=contract.ROOT,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    assert (ended.returncode, ended.stderr) == (1, b"")
    assert rb"'\u010d\u0161'" in ended.stdout


def test_a_reader_who_has_seen_enough_gets_no_complaint() -> None:
    with subprocess.Popen(
        COMMAND,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=contract.ROOT,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(GOOD + b"\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"accepted\n"
        process.stdout.close()
        process.stdin.write(GOOD + b"\n")
        process.stdin.close()
        assert process.wait(30) == 1
        assert process.stderr.read() == b""
