"""Coming back: whatever was committed is known again, by snapshot or by replay."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from infusion.configuration import BedPlan, ClinicConfiguration, WardPlan
from infusion.events import DeviceLinkChanged
from infusion.ward_state import StreamState
from ingest.mqtt import RawMessage
from ingest.recorded import take_recorded
from record.store import Record, Snapshot
from tests.fixtures.clinic import START
from tests.fixtures.intakes import intake_of, message, take
from tests.fixtures.recorded import event_rows
from vocabulary.ids import BedId, DeviceId, WardId
from vocabulary.states import QuarantineReason
from wire.arrivals import RecordedArrival, read_arrivals, record_arrival, write_arrivals


def minute(number: int) -> list[RawMessage]:
    return [
        message(device, second, START + timedelta(seconds=second))
        for second in range(60 * number, 60 * number + 60)
        for device in ("monitor-1", "pump-1", "monitor-2")
    ]


def test_a_restart_comes_back_to_the_very_same_state(
    record: Record, clinic: ClinicConfiguration
) -> None:
    intake = intake_of(record, clinic)
    for number in range(3):
        take(intake, minute(number))
    again = intake_of(record, clinic)
    assert again.state == intake.state
    assert again.on_disk == intake.on_disk


def test_a_snapshot_only_saves_time(record: Record, clinic: ClinicConfiguration) -> None:
    intake = intake_of(record, clinic)
    for number in range(3):
        take(intake, minute(number))
    with record.write() as tx:
        broken = Snapshot(position=10**9, at=START, version="broken", body=b"not a state")
        tx.save_snapshot("north", broken)
    assert intake_of(record, clinic).state == intake.state


def test_nothing_has_happened_before_the_commit(
    record: Record, clinic: ClinicConfiguration
) -> None:
    intake = intake_of(record, clinic)
    prepared = intake.prepare(minute(0), START + timedelta(seconds=59))
    assert prepared.conclusions
    assert intake.state == StreamState()
    assert intake.on_disk == {}
    assert list(record.read_stream()) == []


def test_what_comes_again_after_a_crash_is_not_stored_again(
    record: Record, clinic: ClinicConfiguration
) -> None:
    take(intake_of(record, clinic), minute(0))
    stored = list(record.read_stream())
    prepared = take(intake_of(record, clinic), minute(0))
    assert prepared.batch.duplicates == 180
    assert list(record.read_stream()) == stored


def test_the_clock_of_a_device_is_known_again_at_once(
    record: Record, clinic: ClinicConfiguration
) -> None:
    take(intake_of(record, clinic), minute(0))
    later = START + timedelta(minutes=30)
    prepared = take(intake_of(record, clinic), [message("monitor-1", 60, later)])
    assert [item.late for item in prepared.batch.inputs] == [False]  # type: ignore[union-attr]


def test_two_workers_share_a_record_and_each_comes_back_to_its_own_wards(
    record: Record, clinic: ClinicConfiguration
) -> None:
    (north,) = clinic.wards
    bed = BedPlan(bed=BedId("1"), label="Chair 1", devices=(DeviceId("monitor-9"),))
    south = WardPlan(ward=WardId("south"), label="South", beds=(bed,))
    clinics = [msgspec.structs.replace(clinic, wards=(plan,)) for plan in (north, south)]
    intakes = [intake_of(record, one) for one in clinics]
    for number in range(3):
        take(intakes[0], minute(number))
        at = START + timedelta(minutes=number)
        take(intakes[1], [message("monitor-9", number, at, "south")])
    for intake, one in zip(intakes, clinics, strict=True):
        assert intake_of(record, one).state == intake.state
    assert {ward for intake in intakes for ward in intake.state.wards} == {"north", "south"}
    positions = [item.position for item in record.read_stream()]
    assert len(positions) == len(set(positions)) == 3 * 180 + 3


def test_conclusions_are_stored_with_their_cause(
    record: Record, clinic: ClinicConfiguration
) -> None:
    take(intake_of(record, clinic), minute(0))
    events = [e for e in event_rows(record, "ward/north") if e.author == "ingest/ingest-1"]
    assert {"DeviceBooted", "DeviceLinkChanged", "InfusionStarted"} <= {e.kind for e in events}
    positions = {item.position for item in record.read_stream()}
    assert {event.cause for event in events} <= positions
    link = next(e for e in events if e.kind == "DeviceLinkChanged")
    assert msgspec.json.decode(link.payload, type=DeviceLinkChanged).device == "monitor-1"


@pytest.mark.expects_errors
def test_a_message_the_rules_cannot_take_is_kept_and_the_rest_goes_on(
    record: Record, clinic: ClinicConfiguration, monkeypatch: pytest.MonkeyPatch
) -> None:
    from infusion import beds_draft as beds

    good = beds.newer

    def fail_on_70(held: Any, offered: Any) -> Any:
        if offered.value == 70:
            raise ZeroDivisionError
        return good(held, offered)

    monkeypatch.setattr(beds, "newer", fail_on_70)
    intake = intake_of(record, clinic)
    take(intake, [message("monitor-1", n, START + timedelta(seconds=n)) for n in range(3)])
    (kept,) = record.quarantine_recent(10)
    assert (kept.reason, kept.seq) == (QuarantineReason.INTERNAL_ERROR, 0)
    assert [item.seq for item in record.read_stream()] == [1, 2]  # type: ignore[union-attr]
    assert DeviceId("monitor-1") in intake.state.devices


def test_recorded_arrivals_go_the_same_way_on_the_files_clock(
    record: Record, clinic: ClinicConfiguration, tmp_path: Path
) -> None:
    raw = [*minute(0), RawMessage("hourglass/v1/north/device/x/vitals", b"\xff\n", START)]
    arrivals: list[RecordedArrival] = [
        record_arrival(item.received_at, item.topic, item.payload) for item in raw
    ]
    file = tmp_path / "arrivals.jsonl"
    write_arrivals(file, arrivals)
    assert take_recorded(intake_of(record, clinic), read_arrivals(file), 50) == 181
    assert len([i for i in record.read_stream() if hasattr(i, "seq")]) == 180
    (kept,) = record.quarantine_recent(10)
    assert kept.payload == b"\xff\n"
    again = intake_of(record, clinic)
    assert again.state.now == START + timedelta(seconds=59)
    assert take_recorded(again, read_arrivals(file), 50) == 181
    assert len([i for i in record.read_stream() if hasattr(i, "seq")]) == 180
