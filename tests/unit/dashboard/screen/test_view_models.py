from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.view_models import age_state, encode_tile, tile_frame, tile_of, value_text
from vocabulary.ids import DeviceId
from vocabulary.roles import Audience
from vocabulary.signals import SignalName
from vocabulary.states import (
    DeviceKind,
    DeviceLink,
    InvalidReason,
    PumpState,
    ReadingState,
    SessionState,
)
from wire.bed_state import (
    BedState,
    DeviceView,
    DoseView,
    DueView,
    HelpView,
    NibpValue,
    PumpView,
    ReadingTimes,
    SessionView,
    SignalView,
)

MakeBed = Callable[..., BedState]
MakeTimes = Callable[..., ReadingTimes]
LIVE, LATE, STALE = ReadingState.LIVE, ReadingState.LATE, ReadingState.STALE


def test_a_tile_shows_each_number_as_text_with_its_age(bed: MakeBed) -> None:
    numbers = tile_of(bed(), Audience.STAFF).numbers
    assert numbers["spo2"].text == "97"
    assert numbers["spo2"].state is LIVE
    assert numbers["nibp"].text == "138/86"
    assert numbers["nibp"].age_s == 190
    assert numbers["nibp"].delta == "↑22"
    assert numbers["map"].text == "103"
    assert numbers["rate"].text == "35.0"
    assert numbers["volume"].text == "12.2"
    assert numbers["remaining"].text == "22.8"
    assert numbers["dose"].text == "12.2 mg"
    assert numbers["dose_rate"].text == "0.50"
    assert numbers["pump_state"].text == "infusing"


def test_the_three_times_of_a_number_are_measured_and_received_without_the_offset(
    bed: MakeBed, now: datetime
) -> None:
    spo2 = tile_of(bed(), Audience.STAFF).numbers["spo2"]
    assert spo2.measured_ms == round(now.timestamp() * 1000)
    assert spo2.received_ms == spo2.measured_ms + 40


def test_time_that_passed_since_publishing_makes_every_age_greater(bed: MakeBed) -> None:
    late = tile_of(bed(), Audience.STAFF, elapsed_s=4.5)
    assert late.numbers["spo2"].age_s == 4.5
    assert late.numbers["spo2"].state is LATE
    assert late.numbers["rate"].state is LATE
    assert late.numbers["nibp"].state is LIVE
    assert tile_of(bed(), Audience.STAFF, elapsed_s=10).numbers["spo2"].state is STALE


def test_a_state_that_says_stale_stays_stale_whatever_its_age(
    bed: MakeBed, times: MakeTimes
) -> None:
    signals = {SignalName.HR: SignalView(state=STALE, value=78, times=times(0))}
    assert tile_of(bed(signals=signals), Audience.STAFF).numbers["hr"].state is STALE


@given(
    own=st.sampled_from([LIVE, LATE, STALE]),
    age_s=st.floats(0, 100),
    older_by_s=st.floats(0, 100),
)
def test_a_number_never_looks_better_for_being_older(
    own: ReadingState, age_s: float, older_by_s: float
) -> None:
    order = [LIVE, LATE, STALE]
    before = order.index(age_state(own, age_s, 3, 10))
    after = order.index(age_state(own, age_s + older_by_s, 3, 10))
    assert after >= before >= order.index(own)


def test_what_the_broker_remembered_is_never_live(bed: MakeBed) -> None:
    tile = tile_of(bed(), Audience.STAFF, retained=True)
    assert tile.is_retained
    assert {number.state for number in tile.numbers.values()} <= {STALE, ReadingState.NEVER}
    assert tile.session is not None
    assert not tile.session.is_counting


@pytest.mark.parametrize("reason", list(InvalidReason))
def test_an_invalid_signal_has_no_number_and_says_why(
    bed: MakeBed, times: MakeTimes, reason: InvalidReason
) -> None:
    bad = SignalView(state=ReadingState.INVALID, reason=reason, times=times())
    spo2 = tile_of(bed(signals={SignalName.SPO2: bad}), Audience.STAFF).numbers["spo2"]
    assert spo2.state is ReadingState.INVALID
    assert spo2.text == ""
    assert spo2.why
    assert "_" not in spo2.why


def test_a_live_signal_without_a_value_is_not_shown_as_a_number(
    bed: MakeBed, times: MakeTimes
) -> None:
    empty = SignalView(state=LIVE, value=None, times=times())
    spo2 = tile_of(bed(signals={SignalName.SPO2: empty}), Audience.STAFF).numbers["spo2"]
    assert spo2.state is ReadingState.INVALID
    assert spo2.text == ""


def test_the_main_signals_are_there_before_any_reading_and_the_others_only_after(
    bed: MakeBed,
) -> None:
    never = {name: SignalView(state=ReadingState.NEVER) for name in SignalName}
    numbers = tile_of(bed(signals=never, pump=None, dose=None), Audience.STAFF).numbers
    assert set(numbers) == {"spo2", "nibp", "hr", "rr"}
    assert {number.state for number in numbers.values()} == {ReadingState.NEVER}


def test_an_implausible_rate_is_named_and_not_shown(bed: MakeBed, times: MakeTimes) -> None:
    pump = PumpView(
        device=DeviceId("pump-1"),
        reading=LIVE,
        state=PumpState.INFUSING,
        times=times(),
        rate_ml_h=None,
        volume_ml=12.0,
        implausible=("rate",),
    )
    numbers = tile_of(bed(pump=pump), Audience.STAFF).numbers
    assert numbers["rate"].state is ReadingState.INVALID
    assert numbers["rate"].why == "implausible"
    assert numbers["volume"].state is LIVE


def test_a_public_tile_tells_nothing_of_the_patient_or_the_drug(bed: MakeBed) -> None:
    public = encode_tile(tile_of(bed(), Audience.PUBLIC)).decode()
    staff = encode_tile(tile_of(bed(), Audience.STAFF)).decode()
    for private in ("QZ", "4/6", "Berg", "ketamine", "dose_rate", "0.50", "12.2 mg", "ordered"):
        assert private in staff
        assert private not in public
    assert "35.0" in public
    assert "138/86" in public


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=3, max_size=20)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(initials=WORDS, nurse=WORDS, drug=WORDS)
def test_no_initials_nurse_or_drug_of_any_kind_reach_a_public_tile(
    bed: MakeBed, times: MakeTimes, initials: str, nurse: str, drug: str
) -> None:
    def tile(given_initials: str, given_nurse: str, given_drug: str) -> bytes:
        session = SessionView(
            state=SessionState.INFUSING, initials=given_initials, nurse=given_nurse, number=1, of=6
        )
        pump = PumpView(device=DeviceId("p"), reading=LIVE, times=times(), drug=given_drug)
        return tile_frame(bed(session=session, pump=pump), Audience.PUBLIC, 0.0)

    assert tile(initials, nurse, drug) == tile("AA", "BB", "CC")


def test_running_minutes_count_on_while_the_pump_may_be_believed_and_no_longer(
    bed: MakeBed,
) -> None:
    def running_s(elapsed_s: float) -> float:
        session = tile_of(bed(), Audience.STAFF, elapsed_s=elapsed_s).session
        assert session is not None
        return session.running_s

    assert running_s(0) == 1200
    assert running_s(4) == 1204
    assert running_s(600) == 1210


def test_running_minutes_stand_still_in_a_pause(bed: MakeBed, now: datetime) -> None:
    paused = SessionView(
        state=SessionState.PAUSED, running_s=700, state_since=now - timedelta(minutes=4)
    )
    session = tile_of(bed(session=paused), Audience.STAFF, elapsed_s=5).session
    assert session is not None
    assert session.running_s == 700
    assert session.state_age_s == 245


def test_what_is_due_counts_from_now_and_goes_below_zero(bed: MakeBed, now: datetime) -> None:
    state = bed(next_due=DueView(what="Quick set", due_at=now + timedelta(seconds=30)))
    due = tile_of(state, Audience.STAFF, elapsed_s=40).due
    assert due is not None
    assert due.in_s == -10
    assert due.due_at == (now + timedelta(seconds=30)).isoformat()


def test_a_device_that_is_not_heard_is_named_by_its_kind_with_since_when(
    bed: MakeBed, now: datetime
) -> None:
    def device(link: DeviceLink, kind: DeviceKind | None) -> DeviceView:
        since = now - timedelta(seconds=75)
        return DeviceView(device=DeviceId("x"), kind=kind, link=link, link_since=since)

    devices = (
        device(DeviceLink.ONLINE, DeviceKind.MONITOR),
        device(DeviceLink.OFFLINE, DeviceKind.PUMP),
        device(DeviceLink.SILENT, None),
    )
    notes = tile_of(bed(devices=devices), Audience.STAFF).notes
    assert [(note.text, note.age_s) for note in notes] == [
        ("pump offline", 75),
        ("device silent", 75),
    ]


def test_a_bed_with_nothing_is_empty_and_one_with_a_device_is_not(bed: MakeBed) -> None:
    nothing: dict[str, Any] = {"signals": {}, "session": None, "pump": None, "dose": None}
    assert tile_of(bed(**nothing, devices=()), Audience.STAFF).is_empty
    assert not tile_of(bed(**nothing), Audience.STAFF).is_empty


def test_the_order_and_the_predicted_end_stand_beside_the_dose(bed: MakeBed, now: datetime) -> None:
    dose = tile_of(bed(), Audience.STAFF).dose
    assert dose is not None
    assert dose.ordered == "35.0"
    assert dose.end_ms == round((now + timedelta(minutes=40)).timestamp() * 1000)
    bare = tile_of(bed(dose=DoseView(given_mg=1.0)), Audience.STAFF).dose
    assert bare is not None
    assert (bare.ordered, bare.end_ms) == ("", None)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        (SignalName.HR, 78.4, "78"),
        (SignalName.TEMP, 36.84, "36.8"),
        (SignalName.NIBP, NibpValue(sys=188.2, dia=111.9), "188/112"),
    ],
)
def test_values_are_written_with_the_decimals_of_their_signal(
    name: SignalName, value: float | NibpValue, text: str
) -> None:
    assert value_text(name, value) == text


def test_a_tile_is_small_and_leaves_out_what_has_its_default(bed: MakeBed) -> None:
    frame = tile_frame(bed(), Audience.STAFF, 0.0)
    decoded = msgspec.json.decode(frame)
    assert "is_retained" not in decoded
    assert "why" not in decoded["numbers"]["spo2"]
    assert len(frame) < 2500


def test_a_clock_that_was_set_back_gives_no_negative_age(bed: MakeBed, times: MakeTimes) -> None:
    ahead = SignalView(state=LIVE, value=97, times=times(-30))
    spo2 = tile_of(bed(signals={SignalName.SPO2: ahead}), Audience.STAFF).numbers["spo2"]
    assert spo2.age_s == 0


def test_a_call_for_help_is_on_every_wall_and_an_emergency_stands_before_it(
    bed: MakeBed, now: datetime
) -> None:
    since = now - timedelta(seconds=12)
    wanted = bed(help=HelpView(since=since, by="Nora Nurse"))
    for audience in Audience:
        shown = tile_of(wanted, audience, retained=False, elapsed_s=3)
        assert shown.call is not None
        assert (shown.call.what, round(shown.call.for_s)) == ("help", 15)
    grave = msgspec.structs.replace(wanted, emergency_since=now)
    shown = tile_of(grave, Audience.PUBLIC, retained=False, elapsed_s=0)
    assert shown.call is not None
    assert (shown.call.what, round(shown.call.for_s)) == ("emergency", 0)
    assert tile_of(bed(), Audience.STAFF, retained=False, elapsed_s=0).call is None
