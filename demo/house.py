"""Starts the demonstration ward, says where to look, and ends all of it again."""

import asyncio
import os
import sys
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from config.clinic import read_clinic
from config.settings import Settings
from demo.broker import choose_broker, install_broker
from demo.memory import Memory
from demo.obstacles import CannotStart, check_loopback, check_ports, only_one
from demo.people import make_people
from demo.plan import (
    WARD,
    Plan,
    Say,
    base_url,
    choose_hour,
    environment_of,
    memory_file,
    ports_of,
    programs_of,
    shown_host,
    where_to_look,
)
from demo.steps import Steps
from demo.supervisor import ProgramState, Supervisor, end_what_was_left

_LIVE_WITHIN_S: Final = 60.0
_INGEST_WITHIN_S: Final = 5.0
_RUNNING: Final = ("RUNNING", "STARTING")


async def run(settings: Settings, say: Say) -> None:
    """Run the demonstration until cancelled. Raises CannotStart with what to do about it."""
    check_loopback(settings.http_host)
    _check_ward(settings)
    data_dir = settings.data_dir.resolve()
    settings = settings.model_copy(update={"data_dir": data_dir})
    (data_dir / "logs").mkdir(parents=True, exist_ok=True)
    with only_one(data_dir):
        if await end_what_was_left(data_dir):
            say("ended what an earlier demonstration had left running")
        broker = choose_broker(settings)
        check_ports(ports_of(settings, broker))
        say(broker.told)
        memory, hour = choose_hour(settings, datetime.now(UTC), say)
        await _run_plan(Plan(settings, broker, hour), memory, say)


async def _run_plan(plan: Plan, memory: Memory, say: Say) -> None:
    data_dir = plan.settings.data_dir
    environment = environment_of(plan, os.environ)
    programs = programs_of(plan)
    steps = Steps(environment, Path.cwd(), data_dir / "logs" / "start.log")
    if plan.broker.needs_install:
        say("installing the demonstration broker, the first time only")
        await install_broker(steps)
    async with Supervisor(programs, data_dir, environment, Path.cwd()) as supervisor:
        memory = await _open(plan, memory, Crew(steps, supervisor), say)
        for line in where_to_look(plan.settings, memory):
            say(line)
        say("Ctrl-C ends it.")
        await _watch(supervisor, say)


class Crew(msgspec.Struct, frozen=True):
    """Who does the work: for what runs once, and for what stays."""

    steps: Steps
    supervisor: Supervisor


async def _open(plan: Plan, memory: Memory, crew: Crew, say: Say) -> Memory:
    """Fill the record and start every process; returns once the page is live."""
    played = datetime.now(UTC) - plan.hour.starts_at
    say(f"playing {int(played.total_seconds() // 60)} minutes of eight chairs")
    files = HistoryFiles(
        plan.settings.data_dir / "history.jsonl", plan.settings.data_dir / "people.jsonl"
    )
    ready = asyncio.Event()
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_take_history(plan, crew.steps, files, ready))
            preparing = group.create_task(_prepare(plan, memory, crew, ready))
    except* CannotStart as failed:
        raise _first(failed) from failed
    finally:
        for file in files:
            file.unlink(missing_ok=True)
    say("starting the devices")
    await crew.supervisor.start("ingest")
    await _wait_for_ingest(plan.settings)
    await crew.supervisor.start("devices")
    await _wait_until_live(plan.settings, crew.supervisor)
    return preparing.result()


class HistoryFiles(NamedTuple):
    """What the history is made of: arrivals of devices, and what people did."""

    arrivals: Path
    people: Path


async def _prepare(plan: Plan, memory: Memory, crew: Crew, ready: asyncio.Event) -> Memory:
    """Everything that does not wait for the history; `ready` once the record is."""
    if plan.broker.command is not None:
        await crew.supervisor.start("broker")
    await crew.steps.run("preparing the record", [sys.executable, "-m", "record", "migrate"])
    async with asyncio.TaskGroup() as group:
        group.create_task(_enter_earlier(plan, crew.steps, ready))
        made = group.create_task(make_people(crew.steps, memory_file(plan.settings), memory, WARD))
    await crew.supervisor.start("dashboard")
    return made.result()


async def _enter_earlier(plan: Plan, steps: Steps, ready: asyncio.Event) -> None:
    await steps.run("entering earlier sessions", plan.earlier)
    ready.set()


async def _take_history(
    plan: Plan, steps: Steps, files: HistoryFiles, ready: asyncio.Event
) -> None:
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    devices = [*plan.simulation, "--end", now, "--file", str(files.arrivals)]
    async with asyncio.TaskGroup() as group:
        group.create_task(steps.run("playing the history", devices))
        people = [*plan.people, "--file", str(files.people)]
        group.create_task(steps.run("playing the people", people))
    await ready.wait()
    await steps.run(
        "taking up the history",
        [
            sys.executable, "-m", "ingest",
            "--from", str(files.arrivals), "--people", str(files.people),
        ],
    )  # fmt: skip


def _first(failed: BaseExceptionGroup[CannotStart]) -> CannotStart:
    found = failed.exceptions[0]
    return _first(found) if isinstance(found, BaseExceptionGroup) else found


async def _wait_for_ingest(settings: Settings) -> None:
    """Let ingest tell first what is on disk; devices that hear nothing send all they have."""
    if settings.metrics_port:
        address = f"http://{shown_host(settings.metrics_host)}:{settings.metrics_port}"
        await _is_live_within(_INGEST_WITHIN_S, f"{address}/healthz")


async def _wait_until_live(settings: Settings, supervisor: Supervisor) -> None:
    address = f"{base_url(settings)}/healthz"
    if await _is_live_within(_LIVE_WITHIN_S, address):
        return
    broken = [state for state in await supervisor.states() if state.state != "RUNNING"]
    name = broken[0].name if broken else "dashboard"
    raise CannotStart(
        f"{address} is not live after {_LIVE_WITHIN_S:.0f} s; {name} says:\n"
        f"{supervisor.last_words(name)}"
    )


async def _is_live_within(seconds: float, address: str) -> bool:
    clock = asyncio.get_running_loop()
    deadline = clock.time() + seconds
    while not await asyncio.to_thread(is_live, address):
        if clock.time() > deadline:
            return False
        await asyncio.sleep(0.1)
    return True


def is_live(address: str) -> bool:
    """Whether the process at `address` answers that all is well."""
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


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
