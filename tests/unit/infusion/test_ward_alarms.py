"""Alarms in the ordered stream: whose word they are of, in whose chain, and over restarts."""

from datetime import timedelta

import msgspec
import pytest

from infusion import commands as c
from infusion.alarms import commands as ac
from infusion.alarms.events import (
    AlarmEnded,
    AlarmEscalated,
    AlarmRaised,
    AlarmTransition,
    SignalsHeldBack,
)
from infusion.alarms.rules import LimitName
from infusion.deadlines import next_deadline
from infusion.duty.events import ChairsTaken, DutyBegun
from infusion.fold import fold
from infusion.happenings import chain_of, decode_happening
from infusion.inputs import PeopleActed
from infusion.interventions.commands import ReportSymptoms
from infusion.ward import advance
from infusion.ward_state import StreamState, without_logs
from tests.fixtures.acted_ward import BERT, OTHER, ActedWard
from tests.fixtures.alarmed_ward import (
    BED,
    HIGH,
    LOW,
    NORMAL,
    NORTH,
    alarm,
    alarms,
    do,
    infuse,
    infusing,
    occlusion,
    texts,
)
from tests.fixtures.arrivals import pump_reading
from tests.fixtures.clinic import START
from tests.fixtures.session import KINDS, NORA, OLGA, PAUL, PUMP, SESSION
from vocabulary.alarms import (
    AlarmCode,
    Inactivation,
    LimitedMeasure,
    SignalState,
)
from vocabulary.ids import BedId, BootId, DeviceId
from vocabulary.states import DeviceKind, PumpState


@pytest.fixture
def ward() -> ActedWard:
    return ActedWard()


def test_a_normal_infusion_raises_nothing(ward: ActedWard) -> None:
    infusing(ward, 200)
    assert ward.found(AlarmTransition) == []


def test_an_alarm_of_a_session_lies_in_its_chain_with_its_cause(ward: ActedWard) -> None:
    infuse(infusing(ward), 5, spo2=82.0)
    raised = ward.found(AlarmRaised)
    assert [event.text for event in raised] == ["SpO2 82 < 85"]
    assert chain_of(raised[0]) == "session/s1"
    assert raised[0].cause is None, "a delay that passed"
    infuse(ward, 1).say(occlusion(ward))
    assert ward.found(AlarmRaised)[-1].cause == ward.inputs[-1].position
    assert raised[0].version == ward.rules.clinic.version


def test_what_is_concluded_and_done_can_be_read_back_from_the_record(ward: ActedWard) -> None:
    infuse(infusing(ward), 5, spo2=82.0)
    do(ward, ac.AcknowledgeAlarms(by=NORA, alarms=(alarm(ward, AlarmCode.SPO2_LOW).id,)))
    do(ward, ac.BeginOffMonitor(by=NORA, accompanied_by="Olga"))
    acts = [i.event for i in ward.inputs if isinstance(i, PeopleActed)]
    told = [e for e in (*ward.concluded, *acts) if type(e).__module__ == "infusion.alarms.events"]
    assert len(told) >= 3
    for event in told:
        assert decode_happening(msgspec.json.encode(event).decode()) == event


def test_alarms_in_its_chain_change_nothing_of_a_session(ward: ActedWard) -> None:
    infuse(infusing(ward), 5, spo2=82.0)
    do(ward, ac.AcknowledgeAlarms(by=NORA, alarms=(alarm(ward, AlarmCode.SPO2_LOW).id,)))
    acts = [i.event for i in ward.inputs if isinstance(i, PeopleActed)]
    concluded = [event for event in ward.concluded if chain_of(event) == "session/s1"]
    assert fold([*acts, *concluded]) == ward.session()  # type: ignore[list-item]


def test_an_acknowledgement_is_taken_up_with_its_name(ward: ActedWard) -> None:
    infuse(infusing(ward), 5, spo2=82.0)
    do(ward, ac.AcknowledgeAlarms(by=NORA, alarms=(alarm(ward, AlarmCode.SPO2_LOW).id,)))
    seen = alarm(ward, AlarmCode.SPO2_LOW)
    assert seen.state is SignalState.ACKNOWLEDGED
    assert seen.acknowledged is not None
    assert seen.acknowledged.by == NORA


def test_sound_that_is_paused_without_a_session_lies_in_the_wards_chain(ward: ActedWard) -> None:
    ward.pump()
    assert texts(ward) == ["PUMP RUNNING, NOT CONFIRMED 35.0 mL/h"]
    assert {chain_of(event) for event in ward.found(AlarmRaised)} == {"ward/north"}
    do(ward, ac.HoldBackSignals(inactivation=Inactivation.AUDIO_PAUSED, screen="station"))
    deed = ward.inputs[-1]
    assert isinstance(deed, PeopleActed)
    assert isinstance(deed.event, SignalsHeldBack)
    assert alarms(ward).held is not None


def test_the_rate_of_the_order_is_compared_and_a_slip_told_within_2_s(ward: ActedWard) -> None:
    infuse(infusing(ward), 1, rate_ml_h=350.0)
    assert any("check the decimal point" in text for text in texts(ward))


def test_a_rate_that_was_explained_is_the_one_that_should_run(ward: ActedWard) -> None:
    infuse(infusing(ward, 60), 60, rate_ml_h=42.0)
    changed_at = START + timedelta(seconds=62)
    ward.do(c.ExplainRateChange(by=NORA, device=PUMP, changed_at=changed_at, reason="settled"))
    infuse(ward, 120, rate_ml_h=42.0)
    assert texts(ward) == []
    order = alarms(ward).situation.order
    assert order is not None
    assert order.rate_ml_h == 42.0


def test_a_rate_that_nobody_explained_is_told_after_2_min(ward: ActedWard) -> None:
    infuse(infusing(ward, 60), 120, rate_ml_h=42.0)
    assert texts(ward) == []
    infuse(ward, 1, rate_ml_h=42.0)
    assert texts(ward) == ["rate 42, ordered 35 mL/h"]


def test_the_dose_of_the_alarms_is_that_of_the_report(ward: ActedWard) -> None:
    infusing(ward, 200)
    infuse(ward, 100, rate_ml_h=42.0)
    ward.move(1).hold().move(20).hold()
    infuse(ward, 100, rate_ml_h=42.0)
    dose = alarms(ward).pumps[PUMP].dose
    assert dose is not None
    assert dose.given_mg == pytest.approx(ward.volume_ml[PUMP], abs=1e-6)
    assert dose.running_s == pytest.approx(399, abs=3)


def test_more_than_105_percent_of_the_order_is_told(ward: ActedWard) -> None:
    infusing(ward, 5)
    ward.volume_ml[PUMP] = 36.7
    infuse(ward, 1)
    assert not [text for text in texts(ward) if text.startswith("given")]
    infuse(ward, 7)
    assert "given 36.8 of 35 mg" in texts(ward)


def test_the_end_of_an_infusion_is_one_silent_notice(ward: ActedWard) -> None:
    infusing(ward, 5)
    ward.volume_ml[PUMP] = 31.9
    infuse(ward, 30)
    assert [(e.code, e.priority) for e in ward.found(AlarmRaised)] == [
        (AlarmCode.INFUSION_ENDING, LOW)
    ]
    ward.move(1).complete()
    assert texts(ward) == []


def test_a_pump_that_delivers_after_the_end_is_high_and_reopens_the_session(
    ward: ActedWard,
) -> None:
    infusing(ward, 60)
    ward.move(1).complete()
    ward.move(60).numbers(**NORMAL)
    infuse(ward, 2)
    assert "pump delivers after the end of the infusion" in texts(ward)
    assert alarm(ward, AlarmCode.DELIVERY_AFTER_END).priority is HIGH


def test_a_pump_before_anybody_confirmed_anything(ward: ActedWard) -> None:
    ward.chair().move(1).run(10)
    assert texts(ward) == ["PUMP RUNNING, NOT CONFIRMED 35.0 mL/h"]


def test_two_pumps_that_run_at_one_bed(ward: ActedWard) -> None:
    infusing(ward, 5)
    ward.do(c.AssociateDevice(by=NORA, device=DeviceId("pump-2"), kind=DeviceKind.PUMP))
    ward.move(1).run(5, device="pump-2")
    infuse(ward, 2)
    assert any(text.startswith("two pumps run here") for text in texts(ward))


def test_a_device_that_belongs_to_two_sessions_is_told_at_both_beds(ward: ActedWard) -> None:
    ward.chair().move(1).chair(OTHER, BERT, bed="2")
    ward.do(
        c.CorrectAssociation(
            by=NORA, device=PUMP, kind=DeviceKind.PUMP, is_ours=True,
            since=ward.now, until=None, reason="seen there",
        ),
        session=OTHER,
    )  # fmt: skip
    ward.move(1).hold()
    assert "pump-1 belongs to two beds: 1 and 2" in texts(ward, "1")
    assert "pump-1 belongs to two beds: 1 and 2" in texts(ward, "2")


def test_symptoms_make_a_pressure_over_a_limit_wait_for_nothing(ward: ActedWard) -> None:
    infusing(ward, 30)
    ward.do(ReportSymptoms(by=NORA, symptoms=("chest pain",)))
    ward.numbers(**NORMAL, nibp_sys=168.0, nibp_dia=96.0)
    assert alarm(ward, AlarmCode.BP_HIGH).priority is HIGH


# Who hears of it.


def test_escalation_follows_the_roster_of_the_ward(ward: ActedWard) -> None:
    ward.act(
        DutyBegun(ward=NORTH, at=ward.now, by=OLGA),
        DutyBegun(ward=NORTH, at=ward.now, by=PAUL),
        ChairsTaken(ward=NORTH, at=ward.now, by=NORA, beds=(BED,)),
    )
    infuse(infusing(ward), 130, spo2=82.0)
    assert [e.told for e in ward.found(AlarmEscalated)] == [
        (NORA.account,),
        (OLGA.account,),
        (PAUL.account,),
    ]


# Chairs.


def test_the_next_patient_begins_with_no_alarm_and_the_clinics_limits(ward: ActedWard) -> None:
    infuse(infusing(ward, 60), 15, spo2=88.0)
    change = ac.ChangeLimit(
        by=NORA, limit=LimitName("spo2_below_high"), amount=88, reason="target 88"
    )
    do(ward, change)
    ward.move(1).complete()
    leave = c.LeaveBeforeReady(
        by=NORA, reason="wanted to", is_iv_removed=True, escort="Max", prescriber_told="Paul",
        call_back="tomorrow",
    )  # fmt: skip
    ward.do(leave)
    assert texts(ward) == []
    assert alarms(ward).situation.phase is None
    ward.move(60).chair(OTHER, BERT)
    assert alarms(ward).situation.session == OTHER
    assert alarms(ward).changes == {}
    assert alarms(ward).heard == {}


def test_a_session_that_changes_chairs_takes_its_alarms_along(ward: ActedWard) -> None:
    infuse(infusing(ward, 60), 15, spo2=88.0)
    ward.move(1).hold()
    ward.do(c.MoveToBed(by=NORA, bed=BedId("2"), kinds=KINDS, reason="window"))
    assert texts(ward, "1") == []
    assert alarms(ward, "2").situation.session == SESSION
    for _ in range(15):
        ward.move(1).numbers("monitor-2", **{**NORMAL, "spo2": 88.0})
    assert any(text.startswith("SpO2 88") for text in texts(ward, "2"))


def test_a_session_that_changes_chairs_takes_its_limits_and_its_pressure_along(
    ward: ActedWard,
) -> None:
    infusing(ward, 60)
    change = ac.ChangeLimit(
        by=NORA, limit=LimitName("spo2_below_high"), amount=88, reason="target 88"
    )
    do(ward, change)
    ward.numbers(**NORMAL, nibp_sys=205.0, nibp_dia=112.0)
    measured_at = ward.now
    ward.move(1).hold()
    ward.do(c.MoveToBed(by=NORA, bed=BedId("2"), kinds=KINDS, reason="window"))
    assert (alarms(ward, "1").changes, texts(ward, "1")) == ({}, [])
    assert alarms(ward, "2").changes == {change.limit: 88}
    assert [text for text in texts(ward, "2") if text.startswith("SBP 205")]
    assert alarms(ward, "2").heard[LimitedMeasure.NIBP_SYS] == measured_at


# The same over and over.


def a_troubled_hour(ward: ActedWard) -> ActedWard:
    infusing(ward, 60)
    infuse(ward, 12, spo2=88.0)
    do(
        ward,
        ac.AcknowledgeAlarms(by=NORA, alarms=tuple(a.id for a in alarms(ward).alarms.values())),
    )
    infuse(ward, 130, rate_ml_h=42.0)
    ward.wait(40)
    infuse(ward, 30)
    ward.numbers(**NORMAL, nibp_sys=190.0, nibp_dia=112.0)
    infuse(ward, 130, hr=118.0)
    ward.move(1).complete()
    ward.wait(30)
    return infuse(ward, 5)


def test_however_the_stream_is_cut_the_same_is_concluded(ward: ActedWard) -> None:
    a_troubled_hour(ward)
    assert len(ward.found(AlarmTransition)) > 10
    for size in (3, 50, 10_000):
        state, concluded = StreamState(), []
        for begin in range(0, len(ward.inputs), size):
            state, found = advance(state, ward.inputs[begin : begin + size], ward.rules)
            concluded += found
        assert concluded == ward.concluded
        assert next_deadline(state, ward.rules) == next_deadline(ward.state, ward.rules)


@pytest.mark.parametrize("share", [0.2, 0.45, 0.7, 0.9])
def test_a_restart_from_a_snapshot_concludes_the_same(ward: ActedWard, share: float) -> None:
    a_troubled_hour(ward)
    cut = int(len(ward.inputs) * share)
    state, before = advance(StreamState(), ward.inputs[:cut], ward.rules)
    snapshot = msgspec.json.encode(without_logs(state))
    read = msgspec.json.decode(snapshot, type=StreamState)
    restored = msgspec.structs.replace(
        read,
        charts={
            name: msgspec.structs.replace(chart, logs=state.charts[name].logs)
            for name, chart in read.charts.items()
        },
    )
    _, after = advance(restored, ward.inputs[cut:], ward.rules)
    assert [*before, *after] == ward.concluded


def test_a_lone_pump_that_stops_ends_its_alarm(ward: ActedWard) -> None:
    ward.pump().move(5)
    ward.take(pump_reading(ward.second, state=PumpState.STOPPED, rate_ml_h=0.0))
    assert texts(ward) == []
    assert len(ward.found(AlarmEnded)) == 1


def test_a_pump_that_restarts_leaves_its_alarm_until_somebody_has_seen_it(ward: ActedWard) -> None:
    infusing(ward, 10)
    ward.say(occlusion(ward))
    assert alarm(ward, AlarmCode.DELIVERY_STOPPED).state is SignalState.ACTIVE
    ward.move(1).hold(boot=BootId("p2"))
    assert alarm(ward, AlarmCode.DELIVERY_STOPPED).state is SignalState.LATCHED


def test_a_second_pump_that_waits_for_a_second_person_is_no_open_step_of_the_start(
    ward: ActedWard,
) -> None:
    infusing(ward, 20)
    ward.do(c.AssociateDevice(by=NORA, device=DeviceId("pump-2"), kind=DeviceKind.PUMP))
    infuse(ward, 20)
    assert texts(ward) == []


def test_a_check_that_is_long_overdue_is_named_as_on_the_tile(ward: ActedWard) -> None:
    infuse(infusing(ward), 1_300)
    overdue = alarm(ward, AlarmCode.CHECK_OVERDUE)
    form = ward.rules.clinic.observations.find_set("quick")
    assert form is not None
    assert overdue.text == f"BP, {form.label} over 10 min late, no current BP"
