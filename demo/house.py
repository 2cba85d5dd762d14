"""Starts the demonstration ward, says where to look, and ends all of it again."""

import asyncio
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from config.clinic import read_clinic
from config.settings import Settings
from demo.broker import choose_broker, install_broker
from demo.memory import Memory
from demo.obstacles import CannotStart, check_loopback, check_ports, make_folders, only_one
from demo.people import make_people
from demo.plan import (
    WARD,
    Plan,
    Say,
    base_url,
    choose_hour,
    downtime_dir,
    environment_of,
    ingest_address,
    memory_file,
    ports_of,
    programs_of,
    where_to_look,
)
from demo.steps import Steps
from demo.supervisor import ProgramState, Supervisor, end_what_was_left

_LIVE_WITHIN_S: Final = 120.0
_RUNNING: Final = ("RUNNING", "STARTING")


async def run(settings: Settings, say: Say) -> None:
    """Run the demonstration until cancelled. Raises CannotStart with what to do about it."""
    began_s = time.monotonic()
    check_loopback(settings.http_host)
    _check_ward(settings)
    data_dir = settings.data_dir.resolve()
    settings = settings.model_copy(update={"data_dir": data_dir})
    make_folders(data_dir / "logs", downtime_dir(settings))
    with only_one(data_dir):
        if await end_what_was_left(data_dir):
            say("ended what an earlier demonstration had left running")
        broker = choose_broker(settings)
        check_ports(ports_of(settings, broker))
        say(broker.told)
        memory, hour = choose_hour(settings, datetime.now(UTC), say)
        await _run_plan(Plan(settings, broker, hour), memory, say, began_s)


async def _run_plan(plan: Plan, memory: Memory, say: Say, began_s: float) -> None:
    data_dir = plan.settings.data_dir
    environment = environment_of(plan, os.environ)
    programs = programs_of(plan)
    steps = Steps(environment, Path.cwd(), data_dir / "logs" / "start.log")
    if plan.broker.needs_install:
        say("installing the demonstration broker, the first time only")
        await install_broker(steps)
    async with Supervisor(programs, data_dir, environment, Path.cwd()) as supervisor:
        memory = await _open(plan, memory, Crew(steps, supervisor), say)
        say(f"live after {time.monotonic() - began_s:.1f} s")
        for line in where_to_look(plan.settings, memory):
            say(line)
        say("Ctrl-C ends it.")
        await _watch(supervisor, say)


class Crew(msgspec.Struct, frozen=True):
    """Who does the work: for what runs once, and for what stays."""

    steps: Steps
    supervisor: Supervisor


async def _open(plan: Plan, memory: Memory, crew: Crew, say: Say) -> Memory:
    """Fill the record and start every process; returns once the ward is live.

    To take up the history takes longest, on one core: the rest is done beside it.
    """
    played = datetime.now(UTC) - plan.hour.starts_at
    say(f"playing {int(played.total_seconds() // 60)} minutes of eight chairs")
    files = HistoryFiles(
        plan.settings.data_dir / "history.jsonl", plan.settings.data_dir / "people.jsonl"
    )
    try:
        async with asyncio.TaskGroup() as group:
            for step in (
                _play_history(plan, crew.steps, files),
                _prepare_record(plan, crew),
            ):
                group.create_task(step)
        say("taking up what happened")
        async with asyncio.TaskGroup() as group:
            group.create_task(_take_history(crew.steps, files))
            ready = group.create_task(_make_ready(plan, memory, crew))
    except* CannotStart as failed:
        raise _first(failed) from failed
    finally:
        for file in files:
            file.unlink(missing_ok=True)
    say("going live")
    await _go_live(plan, crew.supervisor)
    return ready.result()


class HistoryFiles(NamedTuple):
    """What the history is made of: arrivals of devices, and what people did."""

    arrivals: Path
    people: Path


async def _play_history(plan: Plan, steps: Steps, files: HistoryFiles) -> None:
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    devices = [*plan.simulation, "--end", now, "--file", str(files.arrivals)]
    people = [*plan.people, "--file", str(files.people)]
    async with asyncio.TaskGroup() as group:
        group.create_task(steps.run("playing the history", devices))
        group.create_task(steps.run("playing the people", people))


async def _prepare_record(plan: Plan, crew: Crew) -> None:
    """The tables and the days before: a session is taken up after those that came before it."""
    await crew.steps.run("preparing the record", [sys.executable, "-m", "record", "migrate"])
    await crew.steps.run("entering earlier sessions", plan.earlier)


async def _take_history(steps: Steps, files: HistoryFiles) -> None:
    await steps.run(
        "taking up the history",
        [
            sys.executable, "-m", "ingest",
            "--from", str(files.arrivals), "--people", str(files.people),
        ],
    )  # fmt: skip


async def _make_ready(plan: Plan, memory: Memory, crew: Crew) -> Memory:
    """Everything that does not wait for the history; devices measure, and wait for ingest."""
    if plan.broker.command is not None:
        await crew.supervisor.start("broker")
    memory = await make_people(crew.steps, memory_file(plan.settings), memory, WARD)
    await crew.supervisor.start("dashboard")
    if ingest_address(plan.settings):
        await crew.supervisor.start("devices")
    return memory


def _first(failed: BaseExceptionGroup[CannotStart]) -> CannotStart:
    found = failed.exceptions[0]
    return _first(found) if isinstance(found, BaseExceptionGroup) else found


async def _go_live(plan: Plan, supervisor: Supervisor) -> None:
    """Start who is not there yet, and wait until beds are live and a screen can show them."""
    address = ingest_address(plan.settings)
    await supervisor.start("ingest")
    if not address:
        await supervisor.start("devices")
    for place, holds in (
        (f"{address}/metrics", tells_live),
        (f"{base_url(plan.settings)}/healthz", answers),
    ):
        if place.startswith("http") and not await _holds_soon(place, holds):
            broken = [state for state in await supervisor.states() if state.state != "RUNNING"]
            name = broken[0].name if broken else "dashboard"
            raise CannotStart(
                f"{place} is not live after {_LIVE_WITHIN_S:.0f} s; {name} says:\n"
                f"{supervisor.last_words(name)}"
            )


async def _holds_soon(address: str, holds: Callable[[str | None], bool]) -> bool:
    clock = asyncio.get_running_loop()
    deadline = clock.time() + _LIVE_WITHIN_S
    while not holds(await asyncio.to_thread(_answer_of, address)):
        if clock.time() > deadline:
            return False
        await asyncio.sleep(0.1)
    return True


def _answer_of(address: str) -> str | None:
    """What the process at `address` answers; None unless all is well."""
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:  # noqa: S310 - our own address
            return str(answer.read().decode()) if answer.status == HTTPStatus.OK else None
    except (urllib.error.URLError, OSError):
        return None


def answers(answer: str | None) -> bool:
    """Whether a process said that all is well."""
    return answer is not None


def tells_live(figures: str | None) -> bool:
    """Whether ingest has stored more than what came late."""
    found = {
        name: float(value)
        for name, _, value in (line.rpartition(" ") for line in (figures or "").splitlines())
        if name.startswith("hourglass_")
    }
    stored = found.get('hourglass_ingest_messages_total{outcome="stored"}', 0.0)
    return stored > found.get("hourglass_ingest_late_total", 0.0)


async def _watch(supervisor: Supervisor, say: Say) -> None:
    """Say when a process ends and when it runs again, until cancelled."""
    before = {state.name: state for state in await supervisor.states()}
    while True:
        await asyncio.sleep(1)
        now = {state.name: state for state in await supervisor.states()}
        for name, state in now.items():
            change = _change(before[name], state)
            if change:
                say(f"{name} {change} (its log: {supervisor.logs / name}.log)")
        before = now


def _change(before: ProgramState, now: ProgramState) -> str | None:
    was_running, is_running = before.state in _RUNNING, now.state in _RUNNING
    if was_running and not is_running:
        return "ended"
    if is_running and before.pid != now.pid:
        return "ended and was started again" if was_running else "was started again"
    return None


def _check_ward(settings: Settings) -> None:
    clinic = read_clinic(settings.config_dir)
    if WARD not in [plan.ward for plan in clinic.wards]:
        raise CannotStart(
            f"{settings.config_dir / 'wards.yaml'} has no ward {WARD!r}; "
            "the demonstration needs the one that comes with Hourglass"
        )
