"""`python -m demo people`: what the people of a scenario do, as a file for `ingest --people`.

One JSON object a line, in order of time: `at`, the `chain` it belongs to, its `author`, the
`event` with its type.
"""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from demo.bedside import Played, pump_facts, pumps_of
from demo.cast import NURSE, patient_of
from demo.earlier import course_of, earlier_session, name_of, starts_before
from demo.script import read_script
from demo.sessions import SessionPlay, bed_of, start_of
from infusion.alarms.events import AlarmDeeds, OffMonitorBegun
from infusion.configuration import ClinicConfiguration
from infusion.deeds import Deed
from infusion.happenings import author_of, chain_of_deed, patient_chain, session_chain
from infusion.patient_events import PatientEvent, PatientsEvent
from infusion.runs import DeviceFact
from infusion.session_events import PeoplesEvent
from vocabulary.ids import SessionId


class PeoplesLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the file."""

    at: datetime
    chain: str
    author: str
    event: PeoplesEvent | PatientsEvent | AlarmDeeds


def play_people(
    played: Played, clinic: ClinicConfiguration, until: datetime | None = None
) -> list[PeoplesLine]:
    """Everything that people do in a scenario (up to `until`), in order of time.

    Raises BadPeople for a script that cannot be carried out.
    """
    lines: list[PeoplesLine] = []
    facts = sorted(_facts_for(played), key=lambda fact: fact.at)
    for number, script in enumerate(read_script(played.scenario.people)):
        patient = patient_of(script, number, played.scenario.name)
        play = SessionPlay(played, script, patient, clinic)
        seen = 0
        for now, act in sorted(play.acts(), key=lambda item: item[0]):
            if until is not None and now > until:
                break
            while seen < len(facts) and facts[seen].at <= now:
                play.talk.see(facts[seen])
                seen += 1
            play.do(act, now)
        lines += _lines_of(session_chain(play.name), play.talk.events)
        lines += [
            line for deed in play.at_alarms for line in _lines_of(chain_of_deed(deed), [deed])
        ]
    lines.sort(key=lambda line: line.at)
    return lines


def play_earlier(played: Played, clinic: ClinicConfiguration) -> list[PeoplesLine]:
    """The earlier sessions and the courses of a scenario's patients, in order of time.

    Raises BadPeople for a session that cannot be carried out.
    """
    lines: list[PeoplesLine] = []
    for number, script in enumerate(read_script(played.scenario.people)):
        patient = patient_of(script, number, played.scenario.name)
        starts_at = start_of(played, script)
        starts = starts_before(script, starts_at)
        place = (played.ward, bed_of(played, script).weight_kg)
        for began_at in starts:
            name, events = earlier_session(script, patient, place, began_at, clinic)
            lines += _lines_of(session_chain(name), events)
        course = course_of(script, patient, [*starts, starts_at], clinic)
        lines += _lines_of(patient_chain(patient.patient), course)
    lines.sort(key=lambda line: line.at)
    return lines


def signed_sessions(played: Played) -> list[SessionId]:
    """The earlier sessions that somebody has signed by now."""
    found = []
    for number, script in enumerate(read_script(played.scenario.people)):
        patient = patient_of(script, number, played.scenario.name)
        if script.signed:
            starts = starts_before(script, start_of(played, script))
            found += [name_of(patient, began_at) for began_at in starts]
    return found


def _facts_for(played: Played) -> Iterator[DeviceFact]:
    for device, delivery in pumps_of(played).items():
        yield from pump_facts(played, device, delivery)


def _lines_of(
    chain: str, events: Iterable[PeoplesEvent | PatientsEvent | AlarmDeeds]
) -> Iterator[PeoplesLine]:
    for event in events:
        by = event.by if isinstance(event, Deed | PatientEvent | OffMonitorBegun) else NURSE
        yield PeoplesLine(at=event.at, chain=chain, author=author_of(by.account), event=event)


def write_people(path: Path, played: Sequence[Iterable[PeoplesLine]]) -> int:
    """Write what was played, merged in order of time; returns how many lines."""
    lines = list(heapq.merge(*played, key=lambda line: line.at))
    path.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    return len(lines)
