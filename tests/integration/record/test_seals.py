"""What a signature seals of the samples, and what arrives for a session that is sealed."""

from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest

from infusion.fold import fold
from infusion.happenings import author_of, session_chain
from infusion.session import Session
from infusion.session_events import (
    AssociationBasis,
    DeviceAssociated,
    DeviceReleased,
    PreparationBegun,
)
from infusion.signature_events import LateDataArrived
from infusion.signatures import late_data_waiting
from record import schema
from record.database import Database
from record.digest import Minute, digest_minute
from record.store import Record, open_record
from record.verify import verify_all, verify_session
from tests.fixtures.arrivals import pump_reading, vitals
from tests.fixtures.clinic import START
from tests.fixtures.pinned import NORTH, SESSION, fill, plan
from tests.fixtures.session import MONITOR, NORA, PUMP, signed
from vocabulary.ids import BedId, BootId, DeviceId
from vocabulary.states import DeviceKind

MINUTE = timedelta(minutes=1)
CHAIN = session_chain(SESSION)


@pytest.fixture
def record(database_url: str) -> Iterator[Record]:
    opened = open_record(database_url)
    fill(opened)
    yield opened
    opened.close()


def associated(device: DeviceId, kind: DeviceKind, minute: float) -> DeviceAssociated:
    return DeviceAssociated(
        session=SESSION, at=START + minute * MINUTE, by=NORA, device=device, kind=kind,
        basis=AssociationBasis.FIXED, needs_second=False,
    )  # fmt: skip


def session() -> Session:
    """Monitor 1 for the first two minutes, pump 1 from the second minute on."""
    return fold(
        [
            plan(),
            PreparationBegun(session=SESSION, at=START, by=NORA, bed=BedId("1")),
            associated(MONITOR, DeviceKind.MONITOR, 0),
            associated(PUMP, DeviceKind.PUMP, 1),
            DeviceReleased(session=SESSION, at=START + 2 * MINUTE, by=NORA, device=MONITOR),
        ]
    )


NOW = START + 3 * MINUTE


def sign(record: Record) -> None:
    seal = msgspec.structs.replace(signed(NOW), samples=record.sealed_samples(session(), NOW))
    with record.write() as tx:
        tx.append(CHAIN, [seal], author_of(NORA.account), NOW)


def test_a_seal_holds_what_each_device_reported_in_its_own_time(record: Record) -> None:
    monitor, pump = record.sealed_samples(session(), NOW)
    assert (monitor.device, monitor.rows, pump.device, pump.rows) == (MONITOR, 6, PUMP, 6)
    assert (monitor.since, monitor.until) == (START, START + 2 * MINUTE)
    assert pump.until == NOW
    assert [(b.boot, b.first_seq, b.last_seq, b.messages) for b in monitor.boots] == [
        (BootId("b1"), 0, 62, 6)
    ]
    assert [(b.first_seq, b.last_seq, b.messages) for b in pump.boots] == [(60, 122, 6)]
    assert monitor.hash != pump.hash


def test_what_a_signature_sealed_is_proven_and_told_when_it_changed(
    record: Record, database: Database
) -> None:
    sign(record)
    for report in (verify_session(database, SESSION), verify_all(database)):
        assert report.differences == ()
    with database.writing() as connection:
        table = schema.vitals
        connection.execute(table.update().where(table.c.seq == 61).values(hr=1.0))
    for report in (verify_session(database, SESSION), verify_all(database)):
        told = [str(difference) for difference in report.differences]
        assert any("(monitor-1): was changed" in line for line in told)
        assert any(
            "the rows of monitor-1 are not those that it sealed: 6 now, 6 then" in line
            for line in told
        )


def late_vitals(position: int, second: int) -> object:
    return msgspec.structs.replace(
        vitals(second, position=position, seq=1000 + position, late=True, buffered=True),
        received_at=NOW + MINUTE,
    )


def pin(record: Record, *items: object, upto: int) -> None:
    with record.write() as tx:
        tx.store(items)  # type: ignore[arg-type]  # arrivals
        minute = Minute(ward=NORTH, upto=upto, at=NOW + 2 * MINUTE, sessions={})
        digest_minute(tx, minute, "ingest-1")


def test_data_that_arrives_after_the_seal_is_told_in_the_sessions_chain(
    record: Record, database: Database
) -> None:
    sign(record)
    pin(
        record,
        late_vitals(100, 30),
        late_vitals(101, 90),
        late_vitals(102, 150),  # the monitor was no longer this session's
        msgspec.structs.replace(
            pump_reading(170, position=103, seq=2000, late=True), received_at=NOW + MINUTE
        ),
        vitals(200, position=104, seq=3000),  # of its own time, and not late
        upto=104,
    )
    late = [e for e in record.chains.read(CHAIN).events if isinstance(e, LateDataArrived)]
    assert [(e.device, e.rows, e.first_position, e.last_position) for e in late] == [
        (MONITOR, 2, 100, 101), (PUMP, 1, 103, 103),
    ]  # fmt: skip
    assert (late[0].since, late[0].until) == (
        START + timedelta(seconds=30), START + timedelta(seconds=90),
    )  # fmt: skip
    folded = fold(record.chains.read(CHAIN).events)
    assert late_data_waiting(folded) == tuple(late)
    for report in (verify_session(database, SESSION), verify_all(database)):
        assert report.differences == ()


def test_late_data_before_the_seal_is_nothing_special(record: Record) -> None:
    pin(record, late_vitals(100, 30), upto=100)
    sign(record)
    pin(record, vitals(300, position=101, seq=3001), upto=101)
    events = record.chains.read(CHAIN).events
    assert not any(isinstance(event, LateDataArrived) for event in events)
    monitor, _ = record.sealed_samples(session(), NOW)
    assert monitor.rows == 7


def test_what_came_in_the_moment_of_signing_is_told_as_well(
    record: Record, database: Database
) -> None:
    """It was pinned before the signature was in the record, and after what that looked at."""
    seal = msgspec.structs.replace(signed(NOW), samples=record.sealed_samples(session(), NOW))
    pin(record, late_vitals(100, 30), upto=100)
    with record.write() as tx:
        tx.append(CHAIN, [seal], author_of(NORA.account), NOW)
    for position in (101, 102):
        pin(record, vitals(300, position=position, seq=3000 + position), upto=position)
    events = record.chains.read(CHAIN).events
    late = [event for event in events if isinstance(event, LateDataArrived)]
    assert [(e.device, e.rows, e.first_position, e.last_position) for e in late] == [
        (MONITOR, 1, 100, 100)
    ]
    assert verify_all(database).differences == ()


def test_late_data_is_told_once_though_the_digest_is_tried_again(record: Record) -> None:
    sign(record)
    for _ in range(2):
        pin(record, late_vitals(100, 30), upto=100)
    events = record.chains.read(CHAIN).events
    assert sum(isinstance(event, LateDataArrived) for event in events) == 1
