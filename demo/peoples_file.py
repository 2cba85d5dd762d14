"""`python -m demo people`: what the people of a scenario do, as a file for `ingest --people`.

One JSON object a line, in order of time: `at`, the `chain` it belongs to, its `author`, the
`event` with its type.
"""

import heapq
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from demo.bedside import Played, pump_facts, pumps_of
from demo.cast import NURSE, patient_of
from demo.script import read_script
from demo.sessions import SessionPlay
from infusion.configuration import ClinicConfiguration
from infusion.deeds import Deed
from infusion.session_events import PeoplesEvent


class PeoplesLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the file."""

    at: datetime
    chain: str
    author: str
    event: PeoplesEvent


def play_people(played: Played, clinic: ClinicConfiguration) -> list[PeoplesLine]:
    """Everything that people do in a scenario, in order of time.

    Raises BadPeople for a script that cannot be carried out.
    """
    scripts = read_script(played.scenario.people)
    plays = [
        SessionPlay(played, script, patient_of(script, number, played.scenario.name), clinic)
        for number, script in enumerate(scripts)
    ]
    facts = [
        fact
        for device, (_, delivery) in pumps_of(played).items()
        for fact in pump_facts(played, device, delivery)
    ]
    facts.sort(key=lambda fact: fact.at)
    lines: list[PeoplesLine] = []
    for play in plays:
        pending = iter(facts)
        fact = next(pending, None)
        for now, act in sorted(play.acts(), key=lambda item: item[0]):
            while fact is not None and fact.at <= now:
                play.see(fact)
                fact = next(pending, None)
            play.do(act, now)
        lines += [_line(play, event) for event in play.events]
    lines.sort(key=lambda line: line.at)
    return lines


def _line(play: SessionPlay, event: PeoplesEvent) -> PeoplesLine:
    by = event.by if isinstance(event, Deed) else NURSE
    return PeoplesLine(
        at=event.at, chain=f"session/{play.name}", author=f"account/{by.account}", event=event
    )


def write_people(path: Path, played: Sequence[Iterable[PeoplesLine]]) -> int:
    """Write what was played, merged in order of time; returns how many lines."""
    lines = list(heapq.merge(*played, key=lambda line: line.at))
    path.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    return len(lines)
