"""What dies is started again, and nothing outlives the demonstration."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from demo.obstacles import CannotStart
from demo.steps import Steps
from demo.supervisor import (
    Program,
    ProgramState,
    Supervisor,
    end_what_was_left,
    socket_path,
)

pytestmark = pytest.mark.xdist_group("demo")

WAITS = (sys.executable, "-c", "import signal; print('here', flush=True); signal.pause()")
_WAIT = "import signal; signal.pause()"
_START_A_CHILD = (
    f"import signal, subprocess, sys; child = subprocess.Popen([sys.executable, '-c', '{_WAIT}']);"
    "print('child', child.pid, flush=True); signal.pause()"
)
HAS_A_CHILD = (sys.executable, "-c", _START_A_CHILD)
WAIT_S = 90.0


@asynccontextmanager
async def supervisor_of(data_dir: Path, *programs: Program) -> AsyncIterator[Supervisor]:
    async with Supervisor(programs, data_dir, os.environ, data_dir) as supervisor:
        yield supervisor


async def state_when(
    supervisor: Supervisor, name: str, holds: Callable[[ProgramState], bool]
) -> ProgramState:
    async with asyncio.timeout(WAIT_S):
        while True:
            [state] = [state for state in await supervisor.states() if state.name == name]
            if holds(state):
                return state
            await asyncio.sleep(0.05)


async def said(supervisor: Supervisor, name: str, word: str) -> str:
    """The line of a program's log that begins with `word`."""
    log = supervisor.logs / f"{name}.log"
    async with asyncio.timeout(WAIT_S):
        while True:
            lines = log.read_text().splitlines() if log.exists() else []
            found = [line for line in lines if line.startswith(word)]
            if found:
                return found[-1]
            await asyncio.sleep(0.05)


def is_there(pid: int) -> bool:
    """Whether process `pid` lives; one that ended and was not yet collected does not."""
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


async def is_gone(pid: int) -> bool:
    for _ in range(int(WAIT_S / 0.05)):
        if not is_there(pid):
            return True
        await asyncio.sleep(0.05)
    return False


def is_running(state: ProgramState) -> bool:
    return state.state == "RUNNING"


def test_nothing_runs_before_it_is_started(tmp_path: Path) -> None:
    async def check() -> None:
        async with supervisor_of(tmp_path, Program("one", WAITS, 1)) as supervisor:
            assert [state.state for state in await supervisor.states()] == ["STOPPED"]
            await supervisor.start("one")
            await state_when(supervisor, "one", is_running)

    asyncio.run(check())


def test_what_is_killed_is_started_again(tmp_path: Path) -> None:
    async def check() -> None:
        async with supervisor_of(tmp_path, Program("one", WAITS, 1)) as supervisor:
            await supervisor.start("one")
            first = await state_when(supervisor, "one", is_running)
            os.kill(first.pid, signal.SIGKILL)
            again = await state_when(
                supervisor, "one", lambda state: is_running(state) and state.pid != first.pid
            )
            assert again.pid

    asyncio.run(check())


def test_the_end_takes_children_along(tmp_path: Path) -> None:
    async def check() -> None:
        async with supervisor_of(tmp_path, Program("parent", HAS_A_CHILD, 1)) as supervisor:
            await supervisor.start("parent")
            parent = await state_when(supervisor, "parent", is_running)
            child = int((await said(supervisor, "parent", "child")).split()[1])
            assert is_there(child)
        assert await is_gone(parent.pid)
        assert await is_gone(child)
        assert not socket_path(tmp_path).exists()

    asyncio.run(check())


def test_if_supervisord_itself_is_killed_its_programs_do_not_stay(tmp_path: Path) -> None:
    async def check() -> None:
        async with supervisor_of(tmp_path, Program("parent", HAS_A_CHILD, 1)) as supervisor:
            await supervisor.start("parent")
            parent = await state_when(supervisor, "parent", is_running)
            child = int((await said(supervisor, "parent", "child")).split()[1])
            supervisord = int((supervisor.logs / "supervisord.pid").read_text())
            os.kill(supervisord, signal.SIGKILL)
            assert await is_gone(supervisord)
            with pytest.raises(CannotStart, match="supervisord does not answer"):
                await supervisor.states()
        assert await is_gone(parent.pid)
        assert await is_gone(child)

    asyncio.run(check())


def test_what_an_earlier_run_left_behind_is_ended(tmp_path: Path) -> None:
    async def check() -> None:
        left = Supervisor([Program("one", WAITS, 1)], tmp_path, os.environ, tmp_path)
        await left.__aenter__()
        await left.start("one")
        state = await state_when(left, "one", is_running)
        assert await end_what_was_left(tmp_path)
        assert await is_gone(state.pid)
        assert not await end_what_was_left(tmp_path)
        await left.__aexit__()

    asyncio.run(check())


def test_a_program_that_cannot_start_is_told_with_its_last_words(tmp_path: Path) -> None:
    async def check() -> None:
        fails = (sys.executable, "-c", "import sys; sys.exit('no key at wards[0].ward')")
        async with supervisor_of(tmp_path, Program("broken", fails, 1)) as supervisor:
            await supervisor.start("broken")
            await state_when(supervisor, "broken", lambda state: state.state == "BACKOFF")
            await said(supervisor, "broken", "no key at wards[0].ward")
            assert "no key at wards[0].ward" in supervisor.last_words("broken")
            assert str(tmp_path / "logs" / "broken.log") in supervisor.last_words("broken")

    asyncio.run(check())


def test_a_deep_data_directory_is_no_obstacle(tmp_path: Path) -> None:
    deep = tmp_path / ("a directory, " * 7 + "%") / ("100% deep, " * 5 + "end")
    deep.mkdir(parents=True)

    async def check() -> None:
        async with supervisor_of(deep, Program("one", WAITS, 1)) as supervisor:
            await supervisor.start("one")
            await state_when(supervisor, "one", is_running)
            assert (deep / "logs" / "one.log").exists()

    asyncio.run(check())


def test_a_step_that_fails_is_told_with_what_it_was_for(tmp_path: Path) -> None:
    steps = Steps(os.environ, tmp_path, tmp_path / "start.log")
    fails = [sys.executable, "-c", "import sys; sys.exit('the disk is full')"]
    with pytest.raises(CannotStart) as caught:
        asyncio.run(steps.run("preparing the record", fails))
    assert str(caught.value).startswith("preparing the record failed")
    assert "  the disk is full" in str(caught.value)
    assert "the disk is full" in (tmp_path / "start.log").read_text()


def test_a_step_is_given_what_is_typed_and_gives_what_it_printed(tmp_path: Path) -> None:
    steps = Steps(os.environ, tmp_path, tmp_path / "start.log")
    echoes = [sys.executable, "-c", "print(input()[::-1])"]
    assert asyncio.run(steps.run("echoing", echoes, typed="abc\n")) == "cba\n"


def test_a_step_that_is_called_off_leaves_nothing_behind(tmp_path: Path) -> None:
    async def check() -> None:
        steps = Steps(os.environ, tmp_path, tmp_path / "start.log")
        marker = tmp_path / "pid"
        waits = (
            "import os, pathlib, signal, sys\n"
            "path = pathlib.Path(sys.argv[1])\n"
            "path.with_suffix('.part').write_text(str(os.getpid()))\n"
            "path.with_suffix('.part').rename(path)\n"
            "signal.pause()"
        )
        running = asyncio.create_task(
            steps.run("waiting", [sys.executable, "-c", waits, str(marker)])
        )
        async with asyncio.timeout(WAIT_S):
            while not marker.exists():  # noqa: ASYNC110 - another process makes it
                await asyncio.sleep(0.02)
        pid = int(marker.read_text())
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert await is_gone(pid)

    asyncio.run(check())
