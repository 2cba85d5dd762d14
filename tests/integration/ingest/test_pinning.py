"""What ingest stores is pinned within a minute, in the chains it concerns, whatever breaks off."""

from datetime import timedelta

import pytest

from infusion.configuration import ClinicConfiguration
from infusion.digests import SamplesDigested
from infusion.happenings import author_of, session_chain, ward_chain
from infusion.session_events import (
    AssociationBasis,
    DeviceAssociated,
    PreparationBegun,
    SessionEvent,
)
from ingest.intake import Intake
from record.act import Act
from record.database import Database
from record.faults import RecordUnavailable
from record.store import Record
from record.verify import verify_all, verify_session
from tests.fixtures.clinic import START
from tests.fixtures.intakes import intake_of, message, take
from tests.fixtures.pinned import NORTH, SESSION, plan
from tests.fixtures.session import MONITOR, NORA, PUMP
from vocabulary.ids import BedId
from vocabulary.states import DeviceKind


def act(record: Record, *events: SessionEvent) -> None:
    seen = record.chains.head(session_chain(SESSION))
    record.act(
        session_chain(SESSION),
        events,
        Act(author=author_of(NORA.account), now=START, seen=seen),
    )


def in_the_chair(record: Record) -> None:
    associated = [
        DeviceAssociated(
            session=SESSION, at=START, by=NORA, device=device, kind=kind,
            basis=AssociationBasis.FIXED, needs_second=False,
        )
        for device, kind in ((MONITOR, DeviceKind.MONITOR), (PUMP, DeviceKind.PUMP))
    ]  # fmt: skip
    act(
        record,
        plan(),
        PreparationBegun(session=SESSION, at=START, by=NORA, bed=BedId("1")),
        *associated,
    )


def run(intake: Intake, since_s: int, until_s: int) -> None:
    """A message of monitors 1 and 2 and pump 1 every ten seconds, each a batch."""
    for second in range(since_s, until_s, 10):
        at = START + timedelta(seconds=second)
        take(intake, [message(name, second // 10, at) for name in (MONITOR, PUMP, "monitor-2")])


def digests(record: Record, chain: str) -> list[SamplesDigested]:
    found = (item.event for item in record.chains.read(chain).recorded)
    return [event for event in found if isinstance(event, SamplesDigested)]


def test_each_minute_is_pinned_for_the_ward_and_for_the_session(
    record: Record, database: Database, clinic: ClinicConfiguration
) -> None:
    in_the_chair(record)
    intake = intake_of(record, clinic)
    intake.commit(intake.prepare_start(START))
    run(intake, 0, 190)
    of_ward, of_session = (
        digests(record, chain) for chain in (ward_chain(NORTH), session_chain(SESSION))
    )
    assert [digest.at - START for digest in of_ward] == [timedelta(minutes=n) for n in (1, 2, 3)]
    assert [sorted(digest.devices) for digest in of_session] == [[MONITOR, PUMP]] * 3
    assert [digest.devices[MONITOR].rows for digest in of_session] == [6, 6, 6]
    assert "monitor-2" in of_ward[-1].devices
    intake.commit(intake.prepare_stop(START + timedelta(seconds=185)))
    report = verify_all(database)
    assert (report.differences, report.unpinned) == ((), 0)
    assert verify_session(database, SESSION).differences == ()


def test_what_a_killed_worker_left_is_pinned_by_the_next(
    record: Record, database: Database, clinic: ClinicConfiguration
) -> None:
    in_the_chair(record)
    first = intake_of(record, clinic)
    run(first, 0, 50)
    left = verify_all(database).unpinned
    assert left > 15
    second = intake_of(record, clinic)
    second.commit(second.prepare_start(START + timedelta(seconds=55)))
    report = verify_all(database)
    assert (report.differences, report.unpinned) == ((), 1)  # the mark of its start


def test_a_commit_that_broke_off_and_is_tried_again_pins_once(
    record: Record, database: Database, clinic: ClinicConfiguration, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_the_chair(record)
    intake = intake_of(record, clinic)
    run(intake, 0, 60)
    at = START + timedelta(seconds=61)
    intake.look_for_acts()
    prepared = intake.prepare([message(MONITOR, 100, at)], at)
    with monkeypatch.context() as broken:
        # the commit goes through, and nobody hears of it
        broken.setattr(intake._pinning, "note", _unheard)
        with pytest.raises(RecordUnavailable):
            intake.commit(prepared)
    intake.commit(prepared)
    spans = [(digest.after, digest.upto) for digest in digests(record, ward_chain(NORTH))]
    assert len(spans) == len(set(spans)) == 1
    assert verify_all(database).differences == ()


def _unheard(*_: object) -> None:
    raise RecordUnavailable("the connection broke")


def test_many_rows_are_pinned_before_the_minute_is_over(
    record: Record, clinic: ClinicConfiguration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.pinning.ROWS_AT_ONCE", 10)
    intake = intake_of(record, clinic)
    intake.commit(intake.prepare_start(START))
    run(intake, 0, 50)
    assert len(digests(record, ward_chain(NORTH))) == 1
