"""Every look at a patient's data is in the record, in the chain of its day, and stays there."""

import subprocess
import sys
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from infusion.access import PatientDataSeen, audit_chain
from infusion.patient import PatientId, Person
from record import schema
from record.accounts import InterfaceToken
from record.database import Database
from record.store import Record, RecordUnavailable
from record.transaction import Transaction
from record.verify import verify_all
from tests.fixtures.clinic import START
from tests.fixtures.pinned import SESSION, fill
from tests.fixtures.session import NORA, PAUL
from vocabulary.ids import WardId

DIGEST = "3f1c0a9b7d2e" * 5 + "3f1c"
ANNA, BERT = PatientId("p1"), PatientId("p10")


def look(page: str, by: Person = NORA, patient: PatientId = ANNA, days: int = 0) -> PatientDataSeen:
    at = START + timedelta(days=days)
    return PatientDataSeen(at=at, by=by, page=page, patient=patient, session=SESSION)


def test_looks_are_told_of_a_patient_and_of_a_person_newest_first(record: Record) -> None:
    record.audit.note(look("bed"))
    record.audit.note(look("sign-off", PAUL), look("patient", NORA, BERT))
    record.audit.note(look("pdf", days=1))
    assert [seen.page for seen in record.audit.of_patient(ANNA)] == ["pdf", "sign-off", "bed"]
    assert [seen.page for seen in record.audit.by_account("nora")] == ["pdf", "patient", "bed"]
    assert [seen.page for seen in record.audit.of_patient(ANNA, limit=1)] == ["pdf"]
    assert record.audit.of_patient(BERT)[0].by == NORA


def test_looks_are_printed_of_a_patient_and_of_a_person(record: Record, database_url: str) -> None:
    record.audit.note(look("bed"), look("sign-off", PAUL), look("patient", NORA, BERT))
    assert told(database_url, "--patient", "p1") == [
        ["2026-11-22T14:00:00+00:00", "paul", "p1", "sign-off", SESSION],
        ["2026-11-22T14:00:00+00:00", "nora", "p1", "bed", SESSION],
    ]
    assert [line[3] for line in told(database_url, "--by", "nora")] == ["patient", "bed"]
    assert told(database_url, "--by", "nobody") == []
    cut = printed(database_url, "--by", "nora", "--most", "1")
    assert len(cut.stdout.splitlines()) == 1
    assert cut.stderr == "the newest 1 looks; --most N prints more\n"


def printed(database_url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What `python -m record looks` prints."""
    command = [sys.executable, "-m", "record", "--url", database_url, "looks", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=180)


def told(database_url: str, *arguments: str) -> list[list[str]]:
    """The words of each line of that."""
    return [line.split() for line in printed(database_url, *arguments).stdout.splitlines()]


def test_each_day_has_its_chain(record: Record) -> None:
    record.audit.note(look("bed"))
    record.audit.note(look("bed", days=1))
    for days in (0, 1):
        day = (START + timedelta(days=days)).date()
        assert [e.page for e in record.chains.read(audit_chain(day)).events] == ["bed"]  # type: ignore[union-attr]  # looks


def test_a_look_is_no_act_that_ingest_takes_up(record: Record) -> None:
    record.audit.note(look("bed"))
    assert record.chains.tail(0).appended == ()


def a_token(**fields: Any) -> InterfaceToken:
    usual = InterfaceToken(
        digest=DIGEST, account="nora", ward=WardId("north"), label="Hospital",
        kinds=("Observation", "MedicationAdministration"), created_at=START,
        expires_at=START + timedelta(days=365),
    )  # fmt: skip
    return msgspec.structs.replace(usual, **fields)


def test_a_token_of_another_system_is_made_and_revoked_with_a_word_in_the_audit_trail(
    record: Record,
) -> None:
    record.interfaces.make(a_token(), "root")
    assert record.accounts.find_interface_token(DIGEST) == a_token()
    later = START + timedelta(days=2)
    assert record.interfaces.revoke(DIGEST, later, "ada")
    assert not record.interfaces.revoke(DIGEST, later, "ada")
    assert not record.interfaces.revoke("another", later, "ada")
    found = record.accounts.find_interface_token(DIGEST)
    assert found == a_token(revoked_at=later)
    assert list(record.accounts.interface_tokens()) == [found]
    about = {"token": DIGEST[:12], "account": "nora", "ward": "north", "label": "Hospital"}
    [made] = record.chains.read(audit_chain(START.date())).recorded
    assert msgspec.to_builtins(made.event) == {
        "type": "InterfaceTokenMade", "at": "2026-11-22T14:00:00Z", "operator": "root", **about,
        "kinds": ("Observation", "MedicationAdministration"),
        "expires_at": "2027-11-22T14:00:00Z",
    }  # fmt: skip
    [revoked] = record.chains.read(audit_chain(later.date())).recorded
    assert msgspec.to_builtins(revoked.event) == {
        "type": "InterfaceTokenRevoked", "at": "2026-11-24T14:00:00Z", "operator": "ada", **about,
    }  # fmt: skip
    assert record.chains.tail(0).appended == ()  # nothing that ingest takes up


def test_a_token_is_not_made_without_its_word(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RecordUnavailable("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(Transaction, "append", broken)
        with pytest.raises(RecordUnavailable):
            record.interfaces.make(a_token(), "root")
    assert record.accounts.find_interface_token(DIGEST) is None
    record.interfaces.make(a_token(), "root")
    with monkeypatch.context() as patched:
        patched.setattr(Transaction, "append", broken)
        with pytest.raises(RecordUnavailable):
            record.interfaces.revoke(DIGEST, START, "root")
    assert record.accounts.find_interface_token(DIGEST) == a_token()


def test_the_word_of_a_token_that_was_changed_is_told(record: Record, database_url: str) -> None:
    record.interfaces.make(a_token(), "root")
    database = Database(database_url)
    assert verify_all(database).differences == ()
    with database.writing() as connection:
        connection.execute(schema.event.update().values(author="audit/nobody"))
    assert "event position 1 (audit/2026-11-22" in str(verify_all(database).differences[0])
    database.close()


def test_a_look_that_was_removed_or_changed_is_told(record: Record, database_url: str) -> None:
    record.audit.note(look("bed"), look("pdf"))
    fill(record)
    database = Database(database_url)
    assert verify_all(database).differences == ()
    table = schema.event
    with database.writing() as connection:
        connection.execute(
            table.update().where(table.c.position == 1).values(author="audit/somebody")
        )
    assert "event position 1 (audit/2026-11-22" in str(verify_all(database).differences[0])
    with database.writing() as connection:
        connection.execute(table.delete().where(table.c.position <= 2))
    assert "positions 1 to 2, are missing" in str(verify_all(database).differences[0])
    database.close()
