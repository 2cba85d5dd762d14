"""One step of the ordered stream: what the ward knows, and what it concludes."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infusion.configuration import ClinicConfiguration
from infusion.deadlines import next_deadline
from infusion.events import (
    ActRefused,
    DeviceBooted,
    DeviceLinkChanged,
    InfusionEnded,
    InfusionPaused,
    InfusionResumed,
    InfusionStarted,
    IngestOutageEnded,
    WardEvent,
)
from infusion.inputs import StreamInput, moment_of
from infusion.patient import Indication
from infusion.session_events import SessionCancelled, SessionPlanned
from infusion.ward import advance
from infusion.ward_sight import WardSight
from infusion.ward_state import Rules, StreamState
from tests.fixtures.arrivals import (
    acted,
    ingest_started,
    pump_reading,
    status,
    timers_fell_due,
    vitals,
)
from tests.fixtures.clinic import START, two_beds
from tests.fixtures.session import ANNA, NORA, SESSION
from vocabulary.ids import BedId, BootId, DeviceId, WardId
from vocabulary.signals import SignalName
from vocabulary.states import DeviceLink, DeviceState, PumpState, ReadingState, SessionState

MONITOR = DeviceId("monitor-1")


@pytest.fixture
def rules(clinic: ClinicConfiguration) -> Rules:
    return Rules(clinic)


def run(
    rules: Rules, *inputs: StreamInput, until_s: float | None = None
) -> tuple[StreamState, list[WardEvent]]:
    timers = () if until_s is None else (timers_fell_due(until_s),)
    state, events = advance(StreamState(), [*inputs, *timers], rules)
    return state, list(events)


def seen(state: StreamState, rules: Rules) -> Any:
    """What the tile of bed 1 shows at START."""
    return WardSight(state, rules, START).bed(WardId("north"), BedId("1"))


def test_a_reading_reaches_the_bed_at_which_its_device_stands(rules: Rules) -> None:
    state, _ = run(rules, vitals(0, spo2=97.0))
    view = seen(state, rules)
    shown = view.signals[SignalName.SPO2]
    assert (shown.state, shown.reading and shown.reading.value) == (ReadingState.LIVE, 97.0)


def test_a_device_of_no_bed_is_known_but_shown_nowhere(rules: Rules) -> None:
    state, _ = run(rules, vitals(0, spo2=97.0, device=DeviceId("stray")))
    assert DeviceId("stray") in state.devices
    assert state.wards == {}


def test_a_device_that_names_another_ward_reaches_no_bed(rules: Rules) -> None:
    state, _ = run(rules, vitals(0, spo2=97.0, ward=WardId("south")))
    assert state.wards == {}


def test_a_silent_device_is_concluded_at_its_deadline(rules: Rules) -> None:
    _, events = run(rules, vitals(0), until_s=60)
    silent = [e for e in events if isinstance(e, DeviceLinkChanged)][-1]
    assert silent.link is DeviceLink.SILENT
    assert silent.at == START + timedelta(seconds=10)
    assert silent.since == START
    assert silent.cause is None


def test_a_device_that_speaks_in_time_is_never_silent(rules: Rules) -> None:
    _, events = run(rules, *(vitals(s) for s in range(0, 60, 9)))
    assert [e.link for e in events if isinstance(e, DeviceLinkChanged)] == [DeviceLink.ONLINE]


def test_a_slow_device_is_given_two_of_its_periods(rules: Rules) -> None:
    _, events = run(rules, status(0, period_s=60.0), until_s=119)
    assert [e.link for e in events if isinstance(e, DeviceLinkChanged)] == [DeviceLink.ONLINE]


def test_the_next_deadline_is_the_first_device_to_fall_silent(rules: Rules) -> None:
    state, _ = run(rules, vitals(0), pump_reading(4))
    assert next_deadline(state, rules) == START + timedelta(seconds=10)


def test_a_will_takes_the_device_off_line_at_once(rules: Rules) -> None:
    state, _ = run(rules, status(0), vitals(1), status(2, state=DeviceState.OFFLINE))
    assert state.devices[MONITOR].link is DeviceLink.OFFLINE
    assert state.devices[MONITOR].link_since == START + timedelta(seconds=2)


def test_the_will_of_an_old_boot_is_ignored(rules: Rules) -> None:
    old_will = status(3, state=DeviceState.OFFLINE, boot=BootId("b0"))
    state, _ = run(rules, status(0, boot=BootId("b0")), status(1), vitals(2), old_will)
    assert state.devices[MONITOR].link is DeviceLink.ONLINE


def test_a_birth_that_is_read_from_a_file_once_more_changes_nothing(rules: Rules) -> None:
    goodbye = status(120, state=DeviceState.SHUTDOWN)
    state, events = run(rules, status(0), vitals(1), goodbye, status(0))
    assert state.devices[MONITOR].link is DeviceLink.SHUTDOWN
    assert state.devices[MONITOR].link_since == START + timedelta(seconds=120)
    links = [e.link for e in events if isinstance(e, DeviceLinkChanged)]
    assert links == [DeviceLink.ONLINE, DeviceLink.SILENT, DeviceLink.SHUTDOWN]


def test_a_will_counts_though_the_servers_clock_was_set_back_a_little(rules: Rules) -> None:
    state, _ = run(rules, status(0), vitals(30), status(20, state=DeviceState.OFFLINE))
    assert state.devices[MONITOR].link is DeviceLink.OFFLINE


def test_an_old_boot_never_becomes_current_again(rules: Rules) -> None:
    state, events = run(
        rules,
        vitals(0, boot=BootId("b0")),
        vitals(1, boot=BootId("b1")),
        vitals(2, boot=BootId("b0")),
    )
    assert state.devices[MONITOR].boot == BootId("b1")
    assert [e.boot for e in events if isinstance(e, DeviceBooted)] == ["b0", "b1"]


def test_a_buffered_message_does_not_make_its_boot_current(rules: Rules) -> None:
    state, _ = run(rules, vitals(0), vitals(1, boot=BootId("b0"), buffered=True, late=True))
    assert state.devices[MONITOR].boot == BootId("b1")


def test_a_retained_birth_says_who_but_not_that_it_is_there(rules: Rules) -> None:
    state, _ = run(rules, status(0, retained=True, make="Acme"))
    assert state.devices[MONITOR].make == "Acme"
    assert state.devices[MONITOR].link is DeviceLink.UNKNOWN


def test_late_messages_do_not_bring_a_device_on_line(rules: Rules) -> None:
    state, _ = run(rules, vitals(0, late=True))
    assert state.devices[MONITOR].link is DeviceLink.UNKNOWN


def test_after_a_restart_a_device_is_unknown_until_it_speaks(rules: Rules) -> None:
    state, _ = run(rules, vitals(0), ingest_started(5))
    assert state.devices[MONITOR].link is DeviceLink.UNKNOWN
    state, _ = advance(state, [vitals(6)], rules)
    assert state.devices[MONITOR].link is DeviceLink.ONLINE


def test_the_first_start_ends_no_outage(rules: Rules) -> None:
    _, events = run(rules, ingest_started(5))
    assert events == []


def test_a_restart_records_since_when_nothing_was_taken_up(rules: Rules) -> None:
    state, _ = run(rules, vitals(0))
    _, events = advance(state, [ingest_started(600)], rules)
    outage = next(e for e in events if isinstance(e, IngestOutageEnded))
    assert (outage.since, outage.at) == (START, START + timedelta(seconds=600))


def test_an_infusion_starts_pauses_resumes_and_ends_by_the_pump(rules: Rules) -> None:
    state, events = run(
        rules,
        pump_reading(0, state=PumpState.STANDBY, rate_ml_h=0.0),
        pump_reading(60),
        pump_reading(120, state=PumpState.PAUSED, rate_ml_h=0.0, volume_ml=0.5),
        pump_reading(180, volume_ml=0.5),
        pump_reading(240, state=PumpState.KVO, rate_ml_h=1.0, volume_ml=1.0),
    )
    told = (InfusionStarted, InfusionPaused, InfusionResumed, InfusionEnded)
    kinds = [type(e) for e in events if isinstance(e, told)]
    assert kinds == [InfusionStarted, InfusionPaused, InfusionResumed, InfusionEnded]
    assert seen(state, rules).session.state is SessionState.RECOVERY


def test_a_bed_whose_pump_stands_by_has_no_session(rules: Rules) -> None:
    state, _ = run(rules, pump_reading(0, state=PumpState.STANDBY, rate_ml_h=0.0))
    assert seen(state, rules).session is None


def test_the_dose_given_comes_from_volume_and_concentration(rules: Rules) -> None:
    state, _ = run(rules, pump_reading(0), pump_reading(60, volume_ml=7.0))
    dose = seen(state, rules).dose
    assert dose is not None
    assert dose.given_mg == pytest.approx(7.0)
    assert dose.given_mg_per_kg == pytest.approx(0.1)


def test_no_dose_is_shown_from_an_implausible_concentration(rules: Rules) -> None:
    bad = pump_reading(60, volume_ml=7.0, concentration_mg_ml=-1.0, implausible=("concentration",))
    state, _ = run(rules, pump_reading(0), bad)
    assert seen(state, rules).dose is None


def test_the_state_given_is_never_changed(rules: Rules) -> None:
    before, _ = run(rules, vitals(0, spo2=97.0), pump_reading(0))
    kept = msgspec.json.encode(before)
    advance(before, [vitals(1, spo2=80.0), pump_reading(1), timers_fell_due(60)], rules)
    assert msgspec.json.encode(before) == kept


def test_the_state_survives_a_snapshot(rules: Rules) -> None:
    state, _ = run(rules, status(0), vitals(0, spo2=97.0, nibp_sys=120.0, nibp_dia=70.0),
                   pump_reading(1))  # fmt: skip
    assert msgspec.json.decode(msgspec.json.encode(state), type=StreamState) == state


def planned(**fields: Any) -> SessionPlanned:
    plan = SessionPlanned(
        session=SESSION,
        at=START,
        by=NORA,
        patient=ANNA,
        indication=Indication.DEPRESSION,
        ward=WardId("north"),
        planned_for=START,
    )
    return msgspec.structs.replace(plan, **fields)


def test_a_session_is_known_from_its_plan_until_it_is_cancelled(rules: Rules) -> None:
    state, _ = run(rules, acted(planned(), event_position=7))
    assert state.sessions[SESSION].state is SessionState.PLANNED
    assert state.acts_upto == 7
    gone = SessionCancelled(session=SESSION, at=START, by=NORA, reason="unwell")
    state, events = advance(state, [acted(gone, event_position=9)], rules)
    assert state.sessions == {}
    assert (state.acts_upto, events) == (9, ())


def test_what_is_done_at_a_session_that_is_over_changes_nothing(rules: Rules) -> None:
    gone = SessionCancelled(session=SESSION, at=START, by=NORA, reason="unwell")
    state, events = run(rules, acted(gone, event_position=9))
    assert (state.sessions, state.acts_upto, events) == ({}, 9, [])


def test_an_act_that_cannot_be_read_is_refused_loudly_and_passed_over(rules: Rules) -> None:
    unread = msgspec.structs.replace(
        acted(planned()), event=None, refusal="cannot be read", event_position=7
    )
    state, (refused,) = run(rules, unread)
    assert isinstance(refused, ActRefused)
    assert (refused.chain, refused.event_position) == ("session/s1", 7)
    assert refused.reason == "cannot be read"
    assert (state.sessions, state.acts_upto) == ({}, 7)


def test_a_deadline_passes_only_when_something_later_is_taken_up(rules: Rules) -> None:
    state, events = run(rules, vitals(0))
    assert [e.link for e in events if isinstance(e, DeviceLinkChanged)] == [DeviceLink.ONLINE]
    _, events = advance(state, [acted(planned(), 60)], rules)
    silent = events[0]
    assert isinstance(silent, DeviceLinkChanged)
    assert (silent.link, silent.at) == (DeviceLink.SILENT, START + timedelta(seconds=10))


@given(cuts=st.sets(st.integers(1, 39)))
def test_how_the_stream_is_cut_into_batches_changes_nothing(cuts: set[int]) -> None:
    rules = Rules(two_beds())
    inputs: list[StreamInput] = [
        item
        for second in range(0, 60, 3)
        for item in (
            vitals(second, spo2=97.0, position=2 * second),
            pump_reading(second if second < 30 else second + 15, position=2 * second + 1),
        )
    ]
    inputs += [acted(planned(), 20, event_position=5), timers_fell_due(44)]
    inputs.sort(key=moment_of)
    whole, concluded = advance(StreamState(), inputs, rules)
    state, found = StreamState(), []
    edges = [0, *sorted(cuts), len(inputs)]
    for low, high in pairwise(edges):
        if low < high:
            part = inputs[low:high]
            state, events = advance(state, part, rules)
            found += events
    assert state == whole
    assert found == list(concluded)
