"""The commands that play the people of scenarios: `python -m demo people`, `act`, `earlier`."""

import argparse
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Final

from msgspec import MsgspecError

from config.clinic import read_clinic
from config.problems import BadConfiguration, shown_fault
from config.settings import read_settings
from demo.acting import act_in_time, read_lines
from demo.bedside import Played
from demo.entry import enter
from demo.obstacles import CannotStart
from demo.peoples_file import play_earlier, play_people, signed_sessions, write_people
from demo.script import BadPeople
from demo.signing import sign
from infusion.happenings import session_chain
from record.store import RecordUnavailable, SchemaOutdated, open_record
from simulator.scenario import read_scenario
from simulator.yaml_file import BadFile
from vocabulary.ids import WardId

_TOLD: Final = (
    BadConfiguration, BadFile, BadPeople, RecordUnavailable, SchemaOutdated, MsgspecError
)  # fmt: skip
"""What a person can do something about."""


def play(options: argparse.Namespace) -> str:
    """Carry out `people` or `earlier`; returns what was done. Raises CannotStart with why not."""
    commands = {"people": _write_people, "act": _act, "earlier": _enter_earlier}
    try:
        return commands[options.name](options)
    except _TOLD as error:
        raise CannotStart(str(error)) from error
    except OSError as error:
        raise CannotStart(shown_fault(error)) from error


def _write_people(options: argparse.Namespace) -> str:
    clinic = read_clinic(read_settings().config_dir)
    lines = [play_people(played, clinic, options.end) for played in _played(options)]
    count = write_people(options.file, lines)
    return f"{count} events of people in {options.file}"


def _act(options: argparse.Namespace) -> str:
    settings = read_settings()
    lines = read_lines(options.file)
    with closing(open_record(settings.database_url, settings.database_wait_s)) as record:
        act_in_time(record, lines)
    return f"{len(lines)} events of people appended"


def _enter_earlier(options: argparse.Namespace) -> str:
    settings = read_settings()
    clinic = read_clinic(settings.config_dir)
    now = datetime.now(UTC)
    with closing(open_record(settings.database_url, settings.database_wait_s)) as record:
        entered: list[str] = []
        for played in _played(options):
            new = enter(record, play_earlier(played, clinic), now)
            for name in signed_sessions(played):
                if session_chain(name) in new:
                    sign(record, name, clinic, now)
            entered += new
    return f"{len(entered)} chains of earlier sessions and courses entered"


def _played(options: argparse.Namespace) -> Iterator[Played]:
    names, starts = options.scenario, options.start
    if len(starts) not in (1, len(names)):
        raise CannotStart(f"{len(names)} scenarios and {len(starts)} starts: one, or one for each")
    for name, start in zip(names, starts * len(names) if len(starts) == 1 else starts, strict=True):
        scenario = read_scenario(name, beds=options.beds)
        yield Played(scenario, WardId(scenario.ward), start, options.seed)
