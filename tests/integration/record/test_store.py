"""The record on SQLite and PostgreSQL: what goes in comes out, once, or nothing of it."""

import sqlite3
import threading
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infusion.device import Device
from infusion.events import DeviceBooted
from infusion.inputs import StreamInput, TimersFellDue
from infusion.receipts import Receipts
from infusion.stream import (
    ClockOffset,
    DeviceAlarmArrived,
    DeviceEventArrived,
    DeviceStatusArrived,
    IngestStarted,
    IngestStopped,
    PumpReadingArrived,
    Quarantined,
    VitalsArrived,
    WardGroup,
)
from record.chain import NO_EVENT, hash_of
from record.database import Database
from record.migrate import migrate
from record.schema import metadata
from record.store import (
    LeaseLost,
    Record,
    RecordUnavailable,
    SchemaOutdated,
    Snapshot,
    open_record,
)
from tests.fixtures.arrivals import ingest_started, pump_reading, vitals
from tests.fixtures.clinic import START
from tests.fixtures.processes import wait_for
from tests.fixtures.recorded import event_rows
from vocabulary.ids import BootId, DeviceId, WardId
from vocabulary.signals import SignalName
from vocabulary.states import DeviceLink, InvalidReason, QuarantineReason

INPUT_TYPES = (
    VitalsArrived,
    PumpReadingArrived,
    DeviceEventArrived,
    DeviceAlarmArrived,
    DeviceStatusArrived,
    IngestStarted,
    IngestStopped,
    TimersFellDue,
)


def booted(boot: str) -> DeviceBooted:
    return DeviceBooted(
        ward=WardId("north"),
        at=START,
        cause=1,
        device=DeviceId("m"),
        boot=BootId(boot),
        previous=None,
    )


def refused(payload: bytes, device: str | None = "m") -> Quarantined:
    return Quarantined(
        received_at=START,
        topic="hourglass/v1/north/device/m/vitals",
        payload=payload,
        reason=QuarantineReason.BAD_JSON,
        detail="not JSON",
        device=None if device is None else DeviceId(device),
    )


def test_the_migrated_schema_is_the_one_the_code_expects(database_url: str) -> None:
    database = Database(database_url)
    with database.reading() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    database.close()
    assert differences == []


def test_migrating_again_changes_nothing(database_url: str, record: Record) -> None:
    with record.write() as tx:
        tx.store([vitals(0, spo2=97.0)])
    database = Database(database_url)
    assert migrate(database, patience_s=60) == migrate(database, patience_s=60)
    database.close()
    assert list(record.read_stream()) == [vitals(0, spo2=97.0)]


def test_a_record_without_tables_says_what_to_run(tmp_path: object) -> None:
    with pytest.raises(SchemaOutdated, match="python -m record migrate"):
        open_record(f"sqlite:///{tmp_path}/empty.sqlite3")


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
times = st.datetimes(
    datetime(1970, 1, 1),  # noqa: DTZ001  # hypothesis adds the zone
    datetime(2999, 1, 1),  # noqa: DTZ001  # the same
    timezones=st.just(UTC),
    allow_imaginary=False,
)
numbers = st.floats(allow_nan=False, allow_infinity=False)
st.register_type_strategy(str, texts)
st.register_type_strategy(float, numbers)
st.register_type_strategy(int, st.integers(0, 2**53 - 1))
st.register_type_strategy(datetime, times)


def inputs() -> st.SearchStrategy[list[StreamInput]]:
    invalid = st.dictionaries(st.sampled_from(SignalName), st.sampled_from(InvalidReason))
    plain = (st.from_type(kind) for kind in INPUT_TYPES if kind is not VitalsArrived)
    one = st.one_of(st.builds(VitalsArrived, invalid=invalid), *plain)
    return st.lists(one, max_size=8, unique_by=lambda item: item.position)


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(items=inputs(), offset=st.integers(0, 2**40))
def test_every_stream_input_comes_back_as_it_was(
    record: Record, items: list[StreamInput], offset: int
) -> None:
    start = record.last_position() + 1
    placed = [
        msgspec.structs.replace(
            item,
            position=start + n,
            **({"boot": BootId(f"{offset}-{start}-{n}")} if hasattr(item, "seq") else {}),
        )
        for n, item in enumerate(sorted(items, key=lambda item: item.position))
    ]
    with record.write() as tx:
        tx.store(placed)
    assert list(record.read_stream(start - 1)) == placed


def test_a_message_is_stored_once_and_stays_as_it_was(record: Record) -> None:
    with record.write() as tx:
        tx.store([vitals(0, spo2=97.0, position=1)])
    with record.write() as tx:
        tx.store([vitals(0, spo2=50.0, position=2), vitals(1, spo2=96.0, position=3)])
    assert [i.spo2 for i in record.read_stream() if isinstance(i, VitalsArrived)] == [97.0, 96.0]


def test_the_stream_is_read_in_order_across_its_tables(record: Record) -> None:
    placed: list[StreamInput] = [
        vitals(n, position=n) if n % 2 else pump_reading(n, position=n) for n in range(1, 20)
    ]
    with record.write() as tx:
        tx.store(list(reversed(placed)))
    assert [item.position for item in record.read_stream(5)] == list(range(6, 20))
    assert record.last_position() == 19


def test_an_exception_leaves_nothing_behind(record: Record) -> None:
    def fail_halfway() -> None:
        with record.write() as tx:
            tx.store([vitals(0)])
            tx.append("c", [booted("b1")], "test", START)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_halfway()
    assert list(record.read_stream()) == []
    assert event_rows(record) == []


def test_events_are_chained_by_their_hashes(record: Record) -> None:
    with record.write() as tx:
        tx.append("a", [booted("b1"), booted("b2")], "test", START)
        tx.append("z", [booted("b3")], "test", START)
    with record.write() as tx:
        tx.append("a", [booted("b4")], "test", START)
    rows = event_rows(record, "a")
    assert [row.previous_hash for row in rows] == [NO_EVENT, rows[0].hash, rows[1].hash]
    assert all(row.hash == hash_of(row) for row in rows)
    assert [row.position for row in event_rows(record)] == [1, 2, 3, 4]


def test_two_writers_make_one_unbroken_chain(record: Record, database_url: str) -> None:
    def append(name: str) -> None:
        other = open_record(database_url)
        for n in range(25):
            while True:
                try:
                    with other.write() as tx:
                        tx.append("shared", [booted(f"{name}{n}")], name, START)
                except RecordUnavailable:
                    continue
                break
        other.close()

    writers = [threading.Thread(target=append, args=(name,)) for name in ("x", "y", "z")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(180)
    rows = event_rows(record, "shared")
    assert len(rows) == 75
    links = [NO_EVENT, *(row.hash for row in rows)]
    assert [row.previous_hash for row in rows] == links[:-1]


def test_a_refused_message_is_kept_byte_for_byte(record: Record) -> None:
    with record.write() as tx:
        tx.quarantine([refused(b"\x00\xff{"), refused(b"two", device=None)])
    assert record.quarantine_recent(10) == [refused(b"two", device=None), refused(b"\x00\xff{")]
    assert record.quarantine_recent(10, DeviceId("m")) == [refused(b"\x00\xff{")]
    assert {(c.device, c.count) for c in record.quarantine_counts()} == {("m", 1), (None, 1)}


def test_a_redelivered_refusal_is_kept_once(record: Record) -> None:
    with record.write() as tx:
        tx.quarantine([refused(b"x")])
    with record.write() as tx:
        tx.quarantine([refused(b"x"), refused(b"y")], redelivered=True)
    assert [item.payload for item in record.quarantine_recent(10)] == [b"y", b"x"]


def test_state_is_kept_and_replaced(record: Record) -> None:
    ward, device, boot = WardId("north"), DeviceId("m"), BootId("b")
    first = Receipts(ward=ward, device=device, boot=boot, first=0, upto=3, missing=((1, 2),))
    clock = ClockOffset(ward=ward, device=device, boot=boot, offset_s=-1440.0, measured_at=START)
    known = Device(ward=ward, device=device, link=DeviceLink.ONLINE, link_since=START)
    for receipts, offset, missing in ((first, -1440.0, 2), (first.with_seq(1), -1440.5, 1)):
        with record.write() as tx:
            tx.save_receipts([receipts])
            tx.save_clocks([msgspec.structs.replace(clock, offset_s=offset)])
            tx.save_devices([msgspec.structs.replace(known, missing=missing)])
    assert record.load_receipts() == [first.with_seq(1)]
    assert [c.offset_s for c in record.load_clocks()] == [-1440.5]
    assert [d.missing for d in record.load_devices()] == [1]


def test_the_newest_snapshot_is_found_and_old_ones_go(record: Record) -> None:
    for position in (10, 20, 30):
        with record.write() as tx:
            tx.save_snapshot("north", snapshot_at(position))
            tx.save_snapshot("south", snapshot_at(5))
    snapshot = record.load_snapshot("north")
    assert snapshot is not None
    assert snapshot == snapshot_at(30)
    assert record.load_snapshot("south") == snapshot_at(5)
    assert record.load_snapshot("east") is None


def snapshot_at(position: int) -> Snapshot:
    return Snapshot(position=position, at=START, version="v1", body=b"state %d" % position)


def test_places_in_the_order_are_given_once(record: Record) -> None:
    first = record.reserve_positions(100)
    second = record.reserve_positions(5)
    third = record.reserve_positions(1)
    assert (second, third) == (first + 100, first + 105)
    assert first > 0


def test_each_group_of_wards_reads_its_own_stream(record: Record) -> None:
    north, south = WardGroup((WardId("north"),)), WardGroup((WardId("south"),))
    started = ingest_started(0)
    with record.write() as tx:
        tx.store(
            [
                started,
                vitals(1, position=2),
                vitals(2, position=3, ward=WardId("south")),
                msgspec.structs.replace(started, position=4, wards="south"),
            ]
        )
    assert [item.position for item in record.read_stream(group=north)] == [1, 2]
    assert [item.position for item in record.read_stream(group=south)] == [3, 4]
    assert [item.position for item in record.read_stream()] == [1, 2, 3, 4]


def test_trends_are_read_by_time_of_measurement(record: Record) -> None:
    late = vitals(1, position=3, received_at=START + timedelta(minutes=5), late=True, spo2=90.0)
    with record.write() as tx:
        tx.store([vitals(0, position=1), vitals(2, position=2), late])
        tx.store([pump_reading(1, position=4)])
    found = record.vitals_between([DeviceId("monitor-1")], START, START + timedelta(seconds=2))
    assert [item.seq for item in found] == [0, 1]
    pumps = record.pump_readings_between([DeviceId("pump-1")], START, START + timedelta(hours=1))
    assert [item.seq for item in pumps] == [1]


def test_only_one_holds_the_lease(record: Record) -> None:
    lasts = timedelta(seconds=5)
    first = record.leases.acquire("north", "a", START, lasts)
    assert first is not None
    assert record.leases.acquire("north", "b", START, lasts) is None
    assert record.leases.acquire("south", "b", START, lasts) is not None
    later = START + timedelta(seconds=6)
    second = record.leases.acquire("north", "b", later, lasts)
    assert second == first + 1
    assert not record.leases.renew("north", first, later, lasts)
    assert record.leases.renew("north", second, later, lasts)


def test_a_lease_whose_holder_is_gone_or_let_go_is_free(record: Record) -> None:
    lasts = timedelta(seconds=5)
    first = record.leases.acquire("north", "a", START, lasts)
    second = record.leases.acquire("north", "b", START, lasts, is_gone=lambda holder: holder == "a")
    assert (first, second) == (1, 2)
    record.leases.release("north", 2)
    assert record.leases.acquire("north", "c", START, lasts) == 3


def test_a_writer_that_lost_its_lease_stores_nothing(record: Record) -> None:
    lasts = timedelta(seconds=5)
    record.leases.acquire("north", "a", START, lasts)
    record.leases.acquire("north", "b", START + timedelta(seconds=9), lasts)

    def write() -> None:
        with record.write() as tx:
            tx.store([vitals(0)])
            tx.check_epoch("north", 1)

    with pytest.raises(LeaseLost, match="b writes"):
        write()
    assert list(record.read_stream()) == []


def test_a_bad_reading_keeps_its_number_and_its_reason(record: Record) -> None:
    bad = vitals(0, spo2=130.0, invalid={SignalName.SPO2: InvalidReason.IMPLAUSIBLE})
    with record.write() as tx:
        tx.store([bad])
    assert list(record.read_stream()) == [bad]


def test_a_locked_sqlite_refuses_for_now_and_takes_the_same_later(tmp_path: object) -> None:
    url = f"sqlite:///{tmp_path}/locked.sqlite3"
    database = Database(url)
    migrate(database, patience_s=60)
    database.close()
    record = open_record(url)
    other = sqlite3.connect(f"{tmp_path}/locked.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    def write() -> None:
        with record.write() as tx:
            tx.store([vitals(0)])

    with pytest.raises(RecordUnavailable, match="locked"):
        write()
    assert record.is_alive()
    other.execute("ROLLBACK")
    other.close()
    write()
    assert list(record.read_stream()) == [vitals(0)]
    record.close()


@pytest.mark.postgresql
def test_a_postgresql_that_went_away_is_found_again(request: pytest.FixtureRequest) -> None:
    cluster = request.getfixturevalue("postgresql")
    url = cluster.new_database()
    database = Database(url)
    migrate(database, patience_s=60)
    database.close()
    record = open_record(url)

    def write(seq: int) -> None:
        with record.write() as tx:
            tx.store([vitals(seq, position=seq + 1)])

    write(0)
    cluster.stop()
    try:
        with pytest.raises(RecordUnavailable):
            write(1)
        with pytest.raises(RecordUnavailable):
            record.is_alive()
    finally:
        cluster.start()

    def is_back() -> bool:
        try:
            write(1)
        except RecordUnavailable:
            return False  # it recovers from its log for a moment
        return True

    wait_for("the server that is back", is_back)
    assert [item.position for item in record.read_stream()] == [1, 2]
    record.close()
