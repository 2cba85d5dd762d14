"""What people did on its way into the stream: in order, exactly once, whatever breaks off."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from infusion.alarms.events import AlarmTransition
from infusion.configuration import BedPlan, ClinicConfiguration, WardPlan
from infusion.fold import fold
from infusion.happenings import author_of, session_chain
from infusion.inputs import PeopleActed, TimersFellDue
from infusion.patient import Indication
from infusion.session_events import (
    AssociationBasis,
    DeviceAssociated,
    PreparationBegun,
    SessionCancelled,
    SessionEvent,
    SessionPlanned,
)
from record.act import Act
from record.store import Record
from tests.fixtures.clinic import START
from tests.fixtures.intakes import intake_of, message, take
from tests.fixtures.recorded import event_rows
from tests.fixtures.session import ANNA, NORA
from vocabulary.ids import BedId, DeviceId, SessionId, WardId
from vocabulary.states import DeviceKind, SessionState


def planned(session: str = "s1", ward: str = "north") -> SessionPlanned:
    return SessionPlanned(
        session=SessionId(session),
        at=START,
        by=NORA,
        patient=ANNA,
        indication=Indication.DEPRESSION,
        ward=WardId(ward),
        planned_for=START,
    )


def begun(session: str = "s1") -> PreparationBegun:
    return PreparationBegun(session=SessionId(session), at=START, by=NORA, bed=BedId("1"))


def act(record: Record, *events: SessionEvent) -> None:
    for event in events:
        chain = session_chain(event.session)
        seen = record.chains.head(chain)
        record.act(chain, [event], Act(author=author_of(NORA.account), now=START, seen=seen))


def acts_in(record: Record) -> list[PeopleActed]:
    return [item for item in record.read_stream() if isinstance(item, PeopleActed)]


def second(number: int) -> Any:
    return [message("monitor-1", number, START + timedelta(seconds=number))]


def test_an_act_is_taken_up_once_and_read_back_at_its_place(
    record: Record, clinic: ClinicConfiguration
) -> None:
    intake = intake_of(record, clinic)
    take(intake, second(0))
    act(record, planned(), begun())
    take(intake, second(1))
    take(intake, second(2))
    first, other = acts_in(record)
    assert (first.event, other.event) == (planned(), begun())
    assert first.at == START + timedelta(seconds=1)
    kinds = [type(item).__name__ for item in record.read_stream()]
    assert kinds == ["VitalsArrived", *["VitalsArrived", "PeopleActed", "PeopleActed"],
                     "VitalsArrived"]  # fmt: skip
    assert intake.state.sessions[SessionId("s1")].state is SessionState.PREPARING


def test_what_was_done_while_nobody_took_it_up_is_taken_up_then(
    record: Record, clinic: ClinicConfiguration
) -> None:
    take(intake_of(record, clinic), second(0))
    act(record, planned(), begun())
    again = intake_of(record, clinic)
    take(again, second(1))
    assert again.state.sessions[SessionId("s1")].state is SessionState.PREPARING
    assert len(acts_in(record)) == 2


def cancelled(session: str = "s1") -> SessionCancelled:
    return SessionCancelled(session=SessionId(session), at=START, by=NORA, reason="unwell")


def test_a_session_that_was_over_before_any_of_it_was_taken_up_is_history(
    record: Record, clinic: ClinicConfiguration
) -> None:
    act(record, planned(), begun(), cancelled(), planned("s2"))
    intake = intake_of(record, clinic)
    take(intake, second(0))
    assert [item.chain for item in acts_in(record)] == ["session/s2"]
    assert list(intake.state.sessions) == ["s2"]


def test_a_session_that_is_over_since_it_was_taken_up_is_taken_up_to_its_end(
    record: Record, clinic: ClinicConfiguration
) -> None:
    act(record, planned(), begun())
    take(intake_of(record, clinic), second(0))
    act(record, cancelled())
    again = intake_of(record, clinic)
    take(again, second(1))
    assert len(acts_in(record)) == 3
    assert again.look_for_acts() is False


def test_an_act_that_was_prepared_but_not_committed_is_taken_up_after_a_crash(
    record: Record, clinic: ClinicConfiguration
) -> None:
    act(record, planned())
    crashed = intake_of(record, clinic)
    crashed.look_for_acts()
    crashed.prepare_acts(START)
    assert acts_in(record) == []
    again = intake_of(record, clinic)
    take(again, [], START)
    take(intake_of(record, clinic), [], START)
    assert len(acts_in(record)) == 1


def test_a_restart_knows_the_sessions_again(record: Record, clinic: ClinicConfiguration) -> None:
    intake = intake_of(record, clinic)
    for number in range(90):  # a snapshot at first, and then one after a minute
        if number == 1:
            act(record, planned())
        if number == 70:
            act(record, begun())
        take(intake, second(number))
    again = intake_of(record, clinic)
    assert again.state == intake.state
    assert again.look_for_acts() is False


def associated(device: str, kind: DeviceKind) -> DeviceAssociated:
    return DeviceAssociated(
        session=SessionId("s1"),
        at=START,
        by=NORA,
        device=DeviceId(device),
        kind=kind,
        basis=AssociationBasis.FIXED,
        needs_second=False,
    )


def test_a_restart_knows_what_was_delivered_and_concludes_nothing_twice(
    record: Record, clinic: ClinicConfiguration
) -> None:
    intake = intake_of(record, clinic)
    early = [message("pump-1", 0, START + timedelta(seconds=0.5))]
    take(intake, early)
    act(record, planned(), begun(), associated("pump-1", DeviceKind.PUMP),
        associated("monitor-1", DeviceKind.MONITOR))  # fmt: skip
    for number in range(1, 130):
        at = START + timedelta(seconds=number)
        held = {"state": "paused", "rate": 0.0} if 70 < number < 80 else {}
        take(intake, [message("monitor-1", number, at), message("pump-1", number, at, **held)])
    again = intake_of(record, clinic)
    assert again.state == intake.state
    (log,) = again.state.charts[SessionId("s1")].logs[DeviceId("pump-1")]
    assert sum(1 for _ in log.facts()) == 130
    told = record.chains.read("session/s1").events
    kinds = [type(event).__name__ for event in told if not isinstance(event, AlarmTransition)]
    assert kinds == [
        "SessionPlanned", "PreparationBegun", "DeviceAssociated", "DeviceAssociated",
        "InfusionStarted", "ScheduleLaidOut", "InfusionPaused", "InfusionResumed",
    ]  # fmt: skip
    session = fold(record.chains.read("session/s1").events)
    assert session == again.state.sessions[session.id]


def test_two_workers_take_up_the_acts_of_their_own_wards(
    record: Record, clinic: ClinicConfiguration
) -> None:
    south = WardPlan(
        ward=WardId("south"), label="South", beds=(BedPlan(bed=BedId("1"), label="1"),)
    )
    clinics = [clinic, msgspec.structs.replace(clinic, wards=(south,))]
    intakes = [intake_of(record, one) for one in clinics]
    act(record, planned("s1"), planned("s2", "south"), begun("s1"))
    for intake in intakes:
        take(intake, [], START)
    act(record, begun("s2"))
    for intake in intakes:
        take(intake, [], START)
    assert [set(intake.state.sessions) for intake in intakes] == [{"s1"}, {"s2"}]
    assert {intake.state.sessions[SessionId(name)].state
            for intake, name in zip(intakes, ("s1", "s2"), strict=True)} == {
        SessionState.PREPARING
    }  # fmt: skip
    assert [item.ward for item in acts_in(record)] == ["north", "north", "south", "south"]
    for intake, one in zip(intakes, clinics, strict=True):
        assert intake_of(record, one).state == intake.state


def test_an_act_nobody_can_read_is_refused_in_the_wards_chain_and_the_next_is_taken(
    record: Record, clinic: ClinicConfiguration
) -> None:
    class Unknown(msgspec.Struct, frozen=True, kw_only=True, tag=True):
        session: SessionId
        at: Any

    act(record, planned(), Unknown(session=SessionId("s1"), at=START), begun())  # type: ignore[arg-type]
    intake = intake_of(record, clinic)
    take(intake, [], START)
    assert intake.state.sessions[SessionId("s1")].state is SessionState.PREPARING
    (refused,) = event_rows(record, "ward/north")
    assert refused.kind == "ActRefused"
    assert intake_of(record, clinic).state == intake.state


@pytest.mark.expects_errors
def test_an_act_the_rules_fail_on_keeps_its_place_as_refused(
    record: Record, clinic: ClinicConfiguration, monkeypatch: pytest.MonkeyPatch
) -> None:
    from infusion import sessions_draft

    good = sessions_draft.take

    def fail_on_the_chair(session: Any, event: Any) -> Any:
        if isinstance(event, PreparationBegun):
            raise ZeroDivisionError
        return good(session, event)

    monkeypatch.setattr(sessions_draft, "take", fail_on_the_chair)
    act(record, planned(), begun())
    intake = intake_of(record, clinic)
    take(intake, second(0))
    assert [item.refusal for item in acts_in(record)] == ["", "ZeroDivisionError()"]
    assert "ActRefused" in {event.kind for event in event_rows(record, "ward/north")}
    assert intake_of(record, clinic).state == intake.state
    assert len(acts_in(record)) == 2


@pytest.mark.expects_errors
def test_an_act_of_a_session_nobody_planned_stops_nothing(
    record: Record, clinic: ClinicConfiguration
) -> None:
    act(record, begun("s9"), planned("s1"))
    intake = intake_of(record, clinic)
    take(intake, [], START)
    assert set(intake.state.sessions) == {"s1"}


def test_timers_have_their_place_in_the_stream(record: Record, clinic: ClinicConfiguration) -> None:
    intake = intake_of(record, clinic)
    for number in range(10):  # a clock that is known, so that the device is heard as live
        take(intake, second(number))
    take(intake, [], START + timedelta(seconds=15))
    take(intake, [], START + timedelta(seconds=30))
    (timers,) = [item for item in record.read_stream() if isinstance(item, TimersFellDue)]
    assert timers.at == START + timedelta(seconds=30)
    assert intake_of(record, clinic).state == intake.state
