"""What people do, in the record: read back as it was done, taken once, never over a head."""

import subprocess
import sys
from datetime import timedelta

import msgspec
import pytest

from infusion.fold import fold
from infusion.happenings import author_of, session_chain
from infusion.patient import Indication, PatientId
from infusion.session_events import SessionCancelled, SessionPlanned
from record.act import Act, Overtaken, Part
from record.store import Record
from tests.fixtures.clinic import START
from tests.fixtures.session import ANNA, NORA
from vocabulary.ids import SessionId, WardId
from vocabulary.states import SessionState

CHAIN = session_chain(SessionId("s1"))


def act(seen: int, token: str | None = None) -> Act:
    return Act(author=author_of(NORA.account), now=START, seen=seen, token=token)


def plan(session: str = "s1", ward: str = "demo") -> SessionPlanned:
    return SessionPlanned(
        session=SessionId(session),
        at=START,
        by=NORA,
        patient=ANNA,
        indication=Indication.DEPRESSION,
        ward=WardId(ward),
        planned_for=START,
    )


def cancelled(session: str = "s1") -> SessionCancelled:
    return SessionCancelled(
        session=SessionId(session), at=START + timedelta(minutes=1), by=NORA, reason="unwell"
    )


def test_what_was_done_is_read_back_as_it_was(record: Record) -> None:
    record.act(CHAIN, [plan()], act(0))
    log = record.chains.read(CHAIN)
    assert log.events == (plan(),)
    assert fold(log.events).state is SessionState.PLANNED
    assert log.recorded[0].author == author_of(NORA.account)
    record.act(CHAIN, [cancelled()], act(log.position))
    assert fold(record.chains.read(CHAIN).events).state is SessionState.CANCELLED


def test_nobody_writes_over_what_they_have_not_seen(record: Record) -> None:
    record.act(CHAIN, [plan()], act(0))
    with pytest.raises(Overtaken):
        record.act(CHAIN, [cancelled()], act(0))
    assert record.chains.read(CHAIN).events == (plan(),)


def test_a_form_sent_twice_is_taken_once(record: Record) -> None:
    first = record.act(CHAIN, [plan()], act(0, "form-1"))
    assert record.act(CHAIN, [plan()], act(0, "form-1")) == first
    assert len(record.chains.read(CHAIN).recorded) == 1


def test_a_form_is_known_by_its_token_and_a_chain_by_its_head(record: Record) -> None:
    [position] = record.act(CHAIN, [plan()], act(0, "form-1"))
    assert record.chains.sent("form-1") == [position]
    assert record.chains.sent("form-2") is None
    assert record.chains.heads([CHAIN, "session/none"]) == {CHAIN: position}
    assert record.chains.heads([]) == {}


def test_what_people_did_is_tailed_and_the_worker_is_left_out(record: Record) -> None:
    record.act(CHAIN, [plan()], act(0))
    with record.write() as tx:
        tx.append(CHAIN, [cancelled()], "ingest/w1", START)
    tail = record.chains.tail(0)
    assert [(item.chain, item.position) for item in tail.appended] == [(CHAIN, 1)]
    assert record.chains.tail(tail.upto).appended == ()


def test_sessions_are_found_by_ward_patient_and_whether_they_are_open(record: Record) -> None:
    ida = msgspec.structs.replace(ANNA, patient=PatientId("p_2%"))
    other = msgspec.structs.replace(plan("s2", "north"), patient=ida)
    record.act(session_chain(SessionId("s1")), [plan("s1")], act(0))
    record.act(session_chain(SessionId("s2")), [other], act(0))
    record.act(session_chain(SessionId("s3")), [plan("s3")], act(0))
    log = record.chains.read(session_chain(SessionId("s3")))
    record.act(session_chain(SessionId("s3")), [cancelled("s3")], act(log.position))
    names = [p.session for p in record.chains.sessions()]
    assert names == ["s1", "s2", "s3"]
    assert [p.session for p in record.chains.sessions(WardId("north"))] == ["s2"]
    assert [p.session for p in record.chains.sessions(only_open=True)] == ["s1", "s2"]
    assert [p.session for p in record.chains.sessions(patient=other.patient.patient)] == ["s2"]


def printed(database_url: str, *arguments: str) -> list[str]:
    """What `python -m record events` prints."""
    command = [sys.executable, "-m", "record", "--url", database_url, "events", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=180)
    return done.stdout.splitlines()


def test_events_are_printed_as_json_of_one_chain_or_kind_or_all(
    record: Record, database_url: str
) -> None:
    record.act(CHAIN, [plan(), cancelled()], act(0))
    record.act(session_chain(SessionId("s2")), [plan("s2")], act(0))
    told = [msgspec.json.decode(line) for line in printed(database_url, "--json")]
    assert [(line["chain"], line["kind"]) for line in told] == [
        ("session/s1", "SessionPlanned"),
        ("session/s1", "SessionCancelled"),
        ("session/s2", "SessionPlanned"),
    ]
    assert msgspec.convert(told[1]["event"], SessionCancelled) == cancelled()
    kinds = ["--kind", "SessionCancelled", "--kind", "NoSuchKind"]
    assert len(printed(database_url, "--json", *kinds)) == 1
    assert len(printed(database_url, "--chain", "session/s2")) == 1
    assert "SessionCancelled" in printed(database_url)[1]


def test_who_did_not_see_a_rival_is_overtaken(record: Record) -> None:
    upto = record.chains.newest()
    record.act(CHAIN, [plan()], act(0))
    blind = msgspec.structs.replace(act(0), rivals=(SessionPlanned.__name__,), looked_upto=upto)
    other = session_chain(SessionId("s2"))
    with pytest.raises(Overtaken, match="session/s1 took what only one can have"):
        record.act(other, [plan("s2")], blind)
    assert record.chains.read(other).events == ()
    seeing = msgspec.structs.replace(blind, looked_upto=record.chains.newest())
    record.act(other, [plan("s2")], seeing)


def test_one_act_on_two_chains_is_on_both_or_on_neither(record: Record) -> None:
    record.act(CHAIN, [plan()], act(0))
    second = session_chain(SessionId("s2"))
    parts = [
        Part(chain=second, events=(plan("s2"),), seen=0),
        Part(chain=CHAIN, events=(cancelled(),), seen=0),
    ]
    with pytest.raises(Overtaken):
        record.act_on_several(parts, act(0, "form-1"))
    assert record.chains.head(second) == 0
    assert record.chains.sent("form-1") is None
    parts[1] = msgspec.structs.replace(parts[1], seen=record.chains.head(CHAIN))
    done = record.act_on_several(parts, act(0, "form-1"))
    assert len(done) == 2
    assert record.act_on_several(parts, act(0, "form-1")) == done
    assert record.chains.read(CHAIN).events == (plan(), cancelled())
    assert record.chains.read(second).events == (plan("s2"),)
