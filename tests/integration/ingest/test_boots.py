"""Boots that are not as they should be: two that speak in turn, and one that was there before."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from infusion.configuration import ClinicConfiguration
from infusion.events import DeviceLinkChanged
from infusion.readings import state_of
from infusion.stream import VitalsArrived
from record.store import Record
from tests.fixtures.clinic import START
from tests.fixtures.intakes import intake_of, message, take
from tests.fixtures.migrated import migrated_sqlite
from vocabulary.ids import BedId, DeviceId, WardId
from vocabulary.signals import SignalName
from vocabulary.states import DeviceLink, ReadingState

MONITOR = DeviceId("monitor-1")


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """Which database it is makes no difference."""
    return migrated_sqlite(tmp_path / "record.sqlite3")


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_of_two_boots_that_speak_in_turn_both_are_stored_and_one_is_live(
    record: Record, clinic: ClinicConfiguration
) -> None:
    intake = intake_of(record, clinic)
    for second in range(30):
        take(intake, [message(MONITOR, second, at(second), boot="one", spo2=91)])
        take(intake, [message(MONITOR, second, at(second + 0.5), boot="two", spo2=97)])
    stored = [item for item in record.read_stream() if isinstance(item, VitalsArrived)]
    assert sorted(item.seq for item in stored) == sorted([*range(30), *range(30)])
    assert all(item.late for item in stored if item.boot == "one")
    assert not stored[-1].late
    shown = intake.state.wards[WardId("north")][BedId("1")].readings[SignalName.SPO2]
    assert shown.value == 97
    assert intake.state.devices[MONITOR].rival_at is not None


def test_a_start_under_the_name_of_an_earlier_one_is_not_live_and_the_device_is_missed(
    record: Record, clinic: ClinicConfiguration
) -> None:
    """The device counts from 0 again, so that all it says is a repeat."""
    intake = intake_of(record, clinic)
    for second in range(10):
        take(intake, [message(MONITOR, second, at(second), spo2=97)])
    found = []
    for seq in range(10):
        prepared = take(intake, [message(MONITOR, seq, at(15 + seq), spo2=80)])
        found += [e.link for e in prepared.conclusions if isinstance(e, DeviceLinkChanged)]
    assert found == [DeviceLink.SILENT]
    shown = intake.state.wards[WardId("north")][BedId("1")].readings[SignalName.SPO2]
    assert shown.value == 97
    assert state_of(shown, at(25), clinic.signals[SignalName.SPO2]) is ReadingState.STALE
