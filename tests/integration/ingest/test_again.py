"""Replay equality: the rules run again over the record conclude what was recorded."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from infusion.configuration import ClinicConfiguration
from infusion.events import InfusionPaused
from infusion.happenings import session_chain, ward_chain
from infusion.inputs import PeopleActed, StreamInput, moment_of
from infusion.station_events import OwnAlarmRaised
from infusion.stream import PumpReadingArrived
from ingest.again import NoSuchSession, compare, compare_all
from record.act import Act
from record.store import Record
from tests.fixtures.acted_ward import ActedWard
from tests.fixtures.clinic import START
from tests.fixtures.intakes import intake_of, message, take
from tests.fixtures.session import PUMP, SESSION
from vocabulary.alarms import AlarmPriority, OwnAlarmCode
from vocabulary.ids import BedId, DeviceId, WardId
from vocabulary.states import PumpState


def as_message(item: StreamInput) -> Any:
    """What a device would have sent to be taken up as `item`."""
    assert isinstance(item, PumpReadingArrived)
    is_held = item.state is not PumpState.INFUSING
    fields = {"state": item.state.value, "rate": item.rate_ml_h, "volume": item.volume_ml}
    if is_held and item.remaining_ml is not None:
        fields["remaining"] = item.remaining_ml
    number = round((item.received_at - START).total_seconds())
    return message(item.device, number, item.received_at, **fields)


def record_session(record: Record, clinic: ClinicConfiguration) -> None:
    """An ordinary session with a pause, taken up in batches of seven, with one restart."""
    ward = ActedWard().ready().move(10).hold().move(10).run(40)
    ward.move(1).hold().move(9).hold().move(10).run(30).move(1).complete()
    intake = intake_of(record, clinic)
    waiting: list[Any] = []
    for number, item in enumerate(ward.inputs):
        if number == len(ward.inputs) // 2:
            intake = intake_of(record, clinic)
            intake.commit(intake.prepare_start(moment_of(item)))
        if isinstance(item, PeopleActed):
            chain = item.chain
            act = Act(author="account/nora", now=item.at, seen=record.chains.head(chain))
            record.act(chain, [item.event], act)  # type: ignore[list-item]
            take(intake, waiting, item.at)
            waiting = []
        elif hasattr(item, "volume_ml"):
            waiting.append(as_message(item))
        if len(waiting) == 7:
            take(intake, waiting)
            waiting = []
    take(intake, waiting)
    take(intake, [], ward.now + timedelta(minutes=1))


def test_the_rules_run_again_conclude_what_was_recorded(
    record: Record, clinic: ClinicConfiguration
) -> None:
    record_session(record, clinic)
    session, ward = compare(record, clinic, SESSION)
    assert (session.chain, session.difference, session.recorded > 4) == ("session/s1", "", True)
    assert (ward.difference, ward.recorded > 3) == ("", True)
    count = session.recorded
    assert session.text == f"session/s1: {count} recorded, {count} concluded again: equal"
    told = [type(event).__name__ for event in record.chains.read("session/s1").events]
    assert "AlarmRaised" in told


def test_all_sessions_and_wards_are_run_again_at_once(
    record: Record, clinic: ClinicConfiguration
) -> None:
    record_session(record, clinic)
    again = {compared.chain: compared for compared in compare_all(record, clinic)}
    assert {compared.chain for compared in compare(record, clinic, SESSION)} <= set(again)
    assert {compared.difference for compared in again.values()} == {""}
    rules = msgspec.structs.replace(clinic.devices, silent_after_s=3)
    other = compare_all(record, msgspec.structs.replace(clinic, devices=rules))
    assert [compared for compared in other if compared.difference]


def test_what_the_dashboard_alarmed_by_itself_changes_nothing(
    record: Record, clinic: ClinicConfiguration
) -> None:
    record_session(record, clinic)
    before = compare(record, clinic, SESSION)
    alarm = OwnAlarmRaised(
        ward=WardId("north"), at=START, alarm="north.broker/1", code=OwnAlarmCode.BROKER_DOWN,
        priority=AlarmPriority.MEDIUM, text="NO LIVE DATA", value=None, limit=None, since=START,
        version="v7",
    )  # fmt: skip
    with record.write() as tx:
        tx.append(ward_chain(WardId("north")), [alarm], "dashboard/own-alarms", START)
    assert compare(record, clinic, SESSION) == before


def test_what_nobody_concluded_is_named(record: Record, clinic: ClinicConfiguration) -> None:
    record_session(record, clinic)
    false = InfusionPaused(
        ward=WardId("north"), at=START, cause=1, session=SESSION, bed=BedId("1"), device=PUMP,
        observed_at=START, volume_ml=1.0,
    )  # fmt: skip
    with record.write() as tx:
        tx.append(session_chain(SESSION), [false], "ingest/x", START)
    session, ward = compare(record, clinic, SESSION)
    assert "only recorded: InfusionPaused" in session.difference
    assert ward.difference == ""


def test_a_configuration_that_concludes_otherwise_is_told(
    record: Record, clinic: ClinicConfiguration
) -> None:
    record_session(record, clinic)
    rules = msgspec.structs.replace(clinic.devices, silent_after_s=3)
    session, ward = compare(record, msgspec.structs.replace(clinic, devices=rules), SESSION)
    assert "pump-1" in session.difference, "its alarm would have come sooner"
    assert ward.difference.startswith("differs at")
    assert DeviceId("pump-1") in ward.difference


def test_a_session_nobody_planned_is_no_session(
    record: Record, clinic: ClinicConfiguration
) -> None:
    with pytest.raises(NoSuchSession, match="no session s1 was planned"):
        compare(record, clinic, SESSION)
