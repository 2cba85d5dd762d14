"""What one run of the demonstration consists of: its ward, its processes, its ports."""

import os
import secrets
import sys
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from config.settings import Settings
from demo.broker import PROJECT, Broker
from demo.memory import RECORD, Hour, Memory, forget_record, recall, remember, set_aside
from demo.obstacles import PortNeed
from demo.supervisor import Program

WARD: Final = "demo"
SCENARIO: Final = "ward8"
HISTORY: Final = timedelta(minutes=100)
"""Long enough for a bed whose hour is complete and for the preparation before it."""
GOES_ON_FOR: Final = timedelta(hours=3)
"""How old a ward may be to be gone on with; to play more of its past would take too long."""

Say = Callable[[str], None]


class Plan(msgspec.Struct, frozen=True):
    """What one run of the demonstration does: its settings, its broker, the ward it plays."""

    settings: Settings
    broker: Broker
    hour: Hour

    @property
    def simulation(self) -> tuple[str, ...]:
        """The command that plays the ward's devices from `starts_at` on."""
        return (
            sys.executable, "-m", "simulator", "run", SCENARIO, "--seed", str(self.hour.seed),
            "--ward", WARD, "--start", self.hour.starts_at.isoformat(timespec="milliseconds"),
        )  # fmt: skip

    @property
    def devices(self) -> tuple[str, ...]:
        """The command that goes on with them live: they send once ingest is there to take it."""
        address = ingest_address(self.settings)
        return (*self.simulation, *(("--connect-when", f"{address}/healthz") if address else ()))

    @property
    def people(self) -> tuple[str, ...]:
        """The command that plays what its people did until it was first shown."""
        until = (self.hour.starts_at + HISTORY).isoformat(timespec="milliseconds")
        return (sys.executable, "-m", "demo", "people", *self._played, "--end", until)

    @property
    def earlier(self) -> tuple[str, ...]:
        """The command that enters the earlier sessions of its patients."""
        return (sys.executable, "-m", "demo", "earlier", *self._played)

    @property
    def _played(self) -> tuple[str, ...]:
        return (
            SCENARIO, "--seed", str(self.hour.seed),
            "--start", self.hour.starts_at.isoformat(timespec="milliseconds"),
        )  # fmt: skip


def memory_file(settings: Settings) -> Path:
    """Where the demonstration keeps what the next one needs."""
    return settings.data_dir / "demo.json"


def choose_hour(settings: Settings, now: datetime, say: Say) -> tuple[Memory, Hour]:
    """The ward to play: the one of before while that is young, else a new one.

    A new ward has a past of its own, which two wards in one record would share: the record of
    before is set aside, unless it was chosen by the person.
    """
    memory = recall(memory_file(settings), settings.database_url)
    record = settings.data_dir / RECORD
    is_own = settings.database_url == f"sqlite:///{record}"
    if is_own and not record.exists():
        memory = forget_record(memory)
    if memory.hour is not None and now - memory.hour.starts_at <= GOES_ON_FOR:
        say("going on with the ward of before")
        return memory, memory.hour
    if is_own:
        place = set_aside(settings.data_dir, now)
        if place is not None:
            say(f"beginning anew; the record of before is in {place}")
            memory = forget_record(memory)
    hour = Hour(seed=secrets.randbelow(2**31), starts_at=now - HISTORY)
    memory = msgspec.structs.replace(memory, hour=hour)
    remember(memory_file(settings), memory)
    return memory, hour


def ports_of(settings: Settings, broker: Broker) -> list[PortNeed]:
    """The ports that the demonstration listens on itself."""
    needs = [PortNeed(settings.http_host, settings.http_port, "dashboard", "HOURGLASS_HTTP_PORT")]
    if broker.command is not None:
        needs.append(
            PortNeed(
                "127.0.0.1", settings.mqtt_port, "broker", "HOURGLASS_MQTT_PORT",
                " (often an installed service: sudo systemctl stop mosquitto)",
            )
        )  # fmt: skip
    if settings.metrics_port:
        needs.append(
            PortNeed(
                settings.metrics_host, settings.metrics_port,
                "figures of ingest", "HOURGLASS_METRICS_PORT",
            )
        )  # fmt: skip
    return needs


def environment_of(plan: Plan, outer: Mapping[str, str]) -> dict[str, str]:
    """What every process is given: where the data and the broker are, and that this is a show."""
    return {
        **outer,
        "PYTHONPATH": os.pathsep.join(filter(None, (str(PROJECT), outer.get("PYTHONPATH")))),
        "PYTHONUNBUFFERED": "1",
        "HOURGLASS_DATA_DIR": str(plan.settings.data_dir),
        "HOURGLASS_DATABASE_URL": plan.settings.database_url,
        "HOURGLASS_MQTT_URL": plan.broker.url,
        "HOURGLASS_MQTT_PROTOCOL": plan.broker.protocol.value,
        "HOURGLASS_DEMONSTRATION": "true",
        "HOURGLASS_DOWNTIME_DIR": str(downtime_dir(plan.settings)),
    }


def downtime_dir(settings: Settings) -> Path:
    """Where the sheets go that paper takes over from; a clinic has them on another disk."""
    return settings.downtime_dir or settings.data_dir / "downtime"


def programs_of(plan: Plan) -> list[Program]:
    """The processes that stay, in the order in which they are started."""
    python = (sys.executable, "-m")
    programs = [
        Program("ingest", (*python, "ingest"), 2),
        Program("dashboard", (*python, "dashboard"), 3),
        Program("devices", plan.devices, 4),
    ]
    if plan.broker.command is not None:
        programs.insert(0, Program("broker", plan.broker.command, 1))
    return programs


def shown_host(host: str) -> str:
    """`host` as it is written in an address."""
    return f"[{host}]" if ":" in host else host


def base_url(settings: Settings) -> str:
    """The address of the dashboard, without a path."""
    return f"http://{shown_host(settings.http_host)}:{settings.http_port}"


def ingest_address(settings: Settings) -> str:
    """Where ingest tells its figures; empty if it tells none."""
    if not settings.metrics_port:
        return ""
    return f"http://{shown_host(settings.metrics_host)}:{settings.metrics_port}"


def where_to_look(settings: Settings, memory: Memory) -> list[str]:
    """The lines that a person needs."""
    lines = [f"ward screen: {base_url(settings)}/ward/{WARD}?token={memory.token}"]
    lines.append("logins of this demonstration, on this machine only:")
    lines += [f"  {login.login}  {login.password}  PIN {login.pin}" for login in memory.logins]
    return lines
