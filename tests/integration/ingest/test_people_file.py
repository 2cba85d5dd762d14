"""What people did, from a file, taken up in time with the arrivals of another."""

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from infusion.configuration import ClinicConfiguration
from infusion.happenings import session_chain
from infusion.inputs import PeopleActed, moment_of
from infusion.patient import Indication
from infusion.patient_events import PatientRegistered
from infusion.session_events import PreparationBegun, SessionPlanned
from ingest.people_file import BadPeoplesLine, append_lines, read_people
from ingest.recorded import take_recorded
from record.store import Record
from tests.fixtures.clinic import START
from tests.fixtures.intakes import intake_of, message
from tests.fixtures.session import ANNA, NORA, SESSION
from vocabulary.ids import BedId, WardId
from vocabulary.states import SessionState
from wire.arrivals import RecordedArrival, record_arrival


def arrivals() -> list[RecordedArrival]:
    raw = [message("pump-1", n, START + timedelta(seconds=n)) for n in range(60)]
    return [record_arrival(item.received_at, item.topic, item.payload) for item in raw]


def line(seconds: float, event: Any, **fields: Any) -> bytes:
    usual = {
        "at": (START + timedelta(seconds=seconds)).isoformat(),
        "chain": session_chain(SESSION),
        "author": "account/nora",
        "event": event,
    }
    return msgspec.json.encode(usual | fields) + b"\n"


PLANNED = SessionPlanned(
    session=SESSION,
    at=START,
    by=NORA,
    patient=ANNA,
    indication=Indication.DEPRESSION,
    ward=WardId("north"),
    planned_for=START,
)
BEGUN = PreparationBegun(session=SESSION, at=START + timedelta(seconds=30), by=NORA, bed=BedId("1"))


def test_what_people_did_is_taken_up_in_time_and_the_same_files_do_nothing_twice(
    record: Record, clinic: ClinicConfiguration, tmp_path: Path
) -> None:
    file = tmp_path / "people.jsonl"
    registered = PatientRegistered(patient=ANNA.patient, at=START, by=NORA, identity=ANNA)
    file.write_bytes(
        line(-5, registered, chain=f"patient/{ANNA.patient}") + line(-1, PLANNED) + line(30, BEGUN)
    )
    for _ in range(2):
        intake = intake_of(record, clinic)
        append = partial(append_lines, record)
        assert take_recorded(intake, arrivals(), 50, read_people(file), append) == 60
        acts = [item for item in record.read_stream() if isinstance(item, PeopleActed)]
        assert [act.event for act in acts] == [PLANNED, BEGUN]
        assert [act.at for act in acts] == [
            START - timedelta(seconds=1), START + timedelta(seconds=30)
        ]  # fmt: skip
        assert intake.state.sessions[SESSION].state is SessionState.PREPARING
    moments = [moment_of(item) for item in record.read_stream() if hasattr(item, "seq")]
    assert len(moments) == 60
    (entry, _) = record.chains.read(session_chain(SESSION)).recorded
    assert (entry.author, entry.recorded_at) == ("account/nora", START - timedelta(seconds=1))
    assert len(record.chains.read(f"patient/{ANNA.patient}").recorded) == 1


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (b"{", "truncated"),
        (line(0, {"type": "Unheard"}), "Unheard"),
        (line(0, PLANNED, chain="session/other"), "belongs to session/s1"),
        (line(0, PLANNED, author="ingest/w"), "must be account/NAME"),
        (line(0, PLANNED, at="yesterday"), "RFC3339"),
    ],
)
def test_a_line_that_cannot_be_taken_is_named(tmp_path: Path, written: bytes, reason: str) -> None:
    file = tmp_path / "people.jsonl"
    file.write_bytes(line(0, PLANNED) + written)
    with pytest.raises(BadPeoplesLine, match=f"line 2: .*{reason}"):
        list(read_people(file))
