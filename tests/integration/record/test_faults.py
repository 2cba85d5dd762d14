"""A disk, a lock, a file or a server fails: all of a batch is in the record, or nothing of it."""

import os
import signal
import sqlite3
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import event

from infusion.events import DeviceBooted
from infusion.stream import Arrival, DeviceAlarmArrived, Quarantined
from record.database import Database
from record.migrate import migrate
from record.store import PositionTaken, Record, RecordUnavailable, open_record
from tests.fixtures.arrivals import ingest_started, status, vitals
from tests.fixtures.clinic import START
from tests.fixtures.postgresql import PostgreSql
from tests.fixtures.processes import wait_for
from tests.fixtures.recorded import event_rows
from vocabulary.alarms import AlarmPhase, AlarmPriority, DeviceAlarmCode
from vocabulary.ids import BootId, DeviceId, WardId
from vocabulary.states import QuarantineReason


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A migrated SQLite record."""
    path = tmp_path / "clinic" / "record.sqlite3"
    database = Database(f"sqlite:///{path}")
    migrate(database, patience_s=0)
    database.close()
    return path


def booted(boot: str) -> DeviceBooted:
    return DeviceBooted(
        ward=WardId("north"),
        at=START,
        cause=1,
        device=DeviceId("m"),
        boot=BootId(boot),
        previous=None,
    )


def refused(payload: bytes, topic: str = "hourglass/v1/north/device/m/vitals") -> Quarantined:
    return Quarantined(
        received_at=START,
        topic=topic,
        payload=payload,
        reason=QuarantineReason.BAD_JSON,
        detail="not JSON",
    )


def batch(record: Record) -> None:
    """What ingest writes at once."""
    with record.write() as tx:
        tx.store([ingest_started(0), status(0, position=2), vitals(0, position=3)])
        tx.append("ward/north", [booted("b1"), booted("b2")], "ingest/1", START)
        tx.quarantine([refused(b"{")])


def held(record: Record) -> tuple[list[Any], list[Any], list[Any]]:
    """All that is in the record."""
    return (
        list(record.read_stream()),
        [(row.author, row.payload) for row in event_rows(record)],
        record.quarantine_recent(10),
    )


def break_next_commit(record: Record, *, goes_through: bool) -> None:
    """Let the connection break amid the next commit, before or after the server has done it."""
    engine = record._database._writer
    real = engine.dialect.do_commit
    fault: Callable[[str], Exception] = (
        sqlite3.OperationalError if record._database.is_sqlite else psycopg.OperationalError
    )

    def commit(connection: Any) -> None:
        engine.dialect.do_commit = real  # type: ignore[method-assign]
        if goes_through:
            real(connection)
        if not record._database.is_sqlite:
            connection.dbapi_connection.close()
        raise fault("server closed the connection unexpectedly")

    engine.dialect.do_commit = commit  # type: ignore[method-assign]


@pytest.mark.parametrize("goes_through", [True, False])
def test_a_batch_whose_commit_broke_off_is_written_once_by_the_next_try(
    record: Record, goes_through: bool
) -> None:
    break_next_commit(record, goes_through=goes_through)
    with pytest.raises(RecordUnavailable, match="closed the connection"):
        batch(record)
    with record.write() as tx:
        tx.append("ward/north", [booted("b9")], "nurse", START)
    batch(record)
    inputs, events, quarantined = held(record)
    assert [item.position for item in inputs] == [1, 2, 3]
    assert sorted(author for author, _ in events) == ["ingest/1", "ingest/1", "nurse"]
    assert quarantined == [refused(b"{")]
    rows = event_rows(record)
    assert [row.previous_hash for row in rows[1:]] == [row.hash for row in rows[:-1]]


def test_equal_events_at_one_time_are_two_events_unless_a_commit_broke_off(record: Record) -> None:
    for _ in range(2):
        with record.write() as tx:
            tx.append("ward/north", [booted("b1")], "ingest/1", START)
            tx.quarantine([refused(b"{")])
    assert len(event_rows(record)) == 2
    assert len(record.quarantine_recent(10)) == 2


def test_after_a_broken_commit_other_events_of_the_author_are_written(record: Record) -> None:
    break_next_commit(record, goes_through=True)
    with pytest.raises(RecordUnavailable):
        batch(record)
    with record.write() as tx:
        places = tx.append("ward/north", [booted("b3")], "ingest/1", START)
    assert places == [3]
    assert len(event_rows(record)) == 3


def test_two_inputs_never_share_a_place_and_the_second_is_no_silent_loss(record: Record) -> None:
    with record.write() as tx:
        tx.store([vitals(0, position=1), status(0, position=2)])
    with pytest.raises(PositionTaken), record.write() as tx:
        tx.store([vitals(5, position=5), vitals(1, position=1)])
    with pytest.raises(PositionTaken), record.write() as tx:
        tx.store([status(5, position=5), status(9, position=2)])
    assert [item.position for item in record.read_stream()] == [1, 2]


def test_a_refused_message_may_hold_anything(record: Record) -> None:
    with record.write() as tx:
        tx.quarantine([refused(bytes(range(256)), topic="a\0b\ud800c")])
    (kept,) = record.quarantine_recent(1)
    assert (kept.topic, kept.payload) == ("a\\x00b\\ud800c", bytes(range(256)))


def test_what_cannot_be_stored_at_all_is_not_taken_for_an_outage(database_url: str) -> None:
    """Or ingest would try it again for ever; SQLite takes a NUL, PostgreSQL does not."""
    record = open_record(database_url)
    refusal: Exception | None = None
    try:
        with record.write() as tx:
            tx.store([vitals(0, boot=BootId("b\0"))])
    except Exception as error:  # noqa: BLE001  # whatever it is, it must not be RecordUnavailable
        refusal = error
    assert not isinstance(refusal, RecordUnavailable)
    assert (refusal is None) == database_url.startswith("sqlite")
    record.close()


def test_any_text_but_a_nul_comes_back_as_it_was(record: Record) -> None:
    text = "".join(map(chr, [*range(1, 0x180), 0x2028, 0xFFFD, 0xFFFF, 0x1F48A]))
    item = DeviceAlarmArrived(
        **{name: getattr(vitals(0), name) for name in Arrival.__struct_fields__},
        alarm=DeviceAlarmCode.OTHER,
        phase=AlarmPhase.START,
        priority=AlarmPriority.LOW,
        alarm_id='"\\u0000"',
        text=text,
    )
    with record.write() as tx:
        tx.store([item])
    assert list(record.read_stream()) == [item]


def test_what_is_committed_is_on_disk_whatever_the_database_was_told(database_url: str) -> None:
    database = Database(database_url)
    if not database.is_sqlite:
        with database.writing() as connection:
            name = connection.exec_driver_sql("SELECT current_database()").scalar()
            connection.exec_driver_sql(f"ALTER DATABASE {name} SET synchronous_commit = off")
        database.close()
    with database.writing() as connection:
        if database.is_sqlite:
            full = connection.exec_driver_sql("PRAGMA synchronous").scalar()
            mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
            assert (mode, full) == ("wal", 2)
        else:
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
    database.close()


def test_a_batch_of_any_size_goes_in_whole(record: Record) -> None:
    big = [vitals(n, position=n) for n in range(1, 2001)]
    with record.write() as tx:
        tx.store(big[:1200])
    with record.write() as tx:
        tx.store(big)
        tx.quarantine([refused(b"%d" % n) for n in range(1200)])
    assert list(record.read_stream()) == big
    assert sum(count.count for count in record.quarantine_counts()) == 1200


def test_a_full_disk_refuses_and_the_same_batch_goes_in_once_there_is_room(file: Path) -> None:
    record = open_record(f"sqlite:///{file}")
    room = [0]

    @event.listens_for(record._database._writer, "begin")
    def _limit(connection: Any) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count={room[0] or 1}")

    big = [vitals(n, position=n) for n in range(1, 3000)]

    def write() -> None:
        with record.write() as tx:
            tx.append("ward/north", [booted("b1")], "ingest/1", START)
            tx.store(big)

    with pytest.raises(RecordUnavailable, match="full"):
        write()
    assert held(record) == ([], [], [])
    assert record.is_alive()
    room[0] = 1_000_000
    write()
    assert len(event_rows(record)) == 1
    assert list(record.read_stream()) == big
    record.close()


def test_a_record_that_may_only_be_read_refuses_and_is_still_shown(file: Path) -> None:
    record = open_record(f"sqlite:///{file}")
    batch(record)
    whole = held(record)

    @event.listens_for(record._database._writer, "begin")
    def _only_read(connection: Any) -> None:
        connection.exec_driver_sql("PRAGMA query_only=ON")

    with pytest.raises(RecordUnavailable, match="readonly"):
        batch(record)
    assert record.is_alive()
    assert held(record) == whole
    record.close()


@pytest.mark.parametrize("happening", ["deleted", "replaced"])
def test_nothing_is_written_into_a_file_that_nobody_will_read_again(
    file: Path, happening: str
) -> None:
    record = open_record(f"sqlite:///{file}")
    batch(record)
    if happening == "replaced":
        other = file.with_name("other.sqlite3")
        sqlite3.connect(other).close()
        other.write_bytes(file.read_bytes())
        other.rename(file)
    else:
        file.unlink()
    with pytest.raises(RecordUnavailable, match=r"gone|replaced"):
        batch(record)
    with pytest.raises(RecordUnavailable, match=r"gone|replaced"):
        record.is_alive()
    record.close()


def test_looking_does_not_wait_for_a_writer_nor_a_writer_for_who_looks(record: Record) -> None:
    with record.write() as tx:
        tx.store([vitals(n, position=n) for n in range(1, 4)])
    looking = record.read_stream()
    assert next(looking) == vitals(1, position=1)
    with record.write() as tx:
        tx.store([vitals(9, position=9)])
        assert record.last_position() == 3
        assert record.is_alive()
    assert record.last_position() == 9
    assert len(list(looking)) == 2


def test_a_write_of_a_lost_worker_cannot_slip_in_while_the_lease_is_taken(
    record: Record, database_url: str
) -> None:
    lasts, later = timedelta(seconds=5), START + timedelta(seconds=9)
    epoch = record.leases.acquire("north", "a", START, lasts)
    assert epoch is not None
    standby = open_record(database_url)
    with record.write() as tx:
        tx.check_epoch("north", epoch)
        with pytest.raises(RecordUnavailable):
            standby.leases.acquire("north", "b", later, lasts)
        tx.store([vitals(0)])
    assert standby.leases.acquire("north", "b", later, lasts) == epoch + 1
    standby.close()


@pytest.mark.postgresql
def test_a_server_that_stands_still_holds_nobody_up(postgresql: PostgreSql) -> None:
    url = postgresql.new_database()
    database = Database(url)
    migrate(database, patience_s=60)
    database.close()
    record = open_record(url)
    batch(record)
    processes = _processes_of(postgresql)
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        for limit_s, call in ((60.0, lambda: batch(record)), (60.0, record.is_alive)):
            began = time.monotonic()
            with pytest.raises(RecordUnavailable):
                call()
            assert time.monotonic() - began < limit_s
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)

    def goes_on() -> bool:
        try:
            with record.write() as tx:
                tx.store([vitals(7, position=7)])
        except RecordUnavailable:
            return False  # a server that was thawed needs a moment
        return record.last_position() == 7

    wait_for("the server to go on", goes_on)
    record.close()


def _processes_of(cluster: PostgreSql) -> list[int]:
    """The server's processes: the postmaster and its children."""
    postmaster = int((cluster._folder / "data" / "postmaster.pid").read_text().split()[0])
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    return [postmaster, *(int(child) for child in children)]
