"""The session on a tile, for staff and for a wall that visitors see."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from dashboard.tile import SessionLine, TileView
from dashboard.view_models import encode_tile, tile_of
from vocabulary.ids import BedId, DeviceId
from vocabulary.roles import Audience
from vocabulary.states import ReadingState, SessionState
from wire.bed_state import BedState, ConflictView, DoseView, RunningPumpView, SessionView

MakeBed = Callable[..., BedState]
STAFF, PUBLIC = Audience.STAFF, Audience.PUBLIC
STEPS = ("identify the patient", "Pregnancy: test positive", "baseline", "order", "consent")


def line(tile: TileView) -> SessionLine:
    assert tile.session is not None
    return tile.session


def preparing() -> SessionView:
    return SessionView(state=SessionState.PREPARING, open_steps=STEPS, initials="QZ")


def test_preparing_tells_how_much_is_open_and_staff_what(bed: MakeBed) -> None:
    state = bed(session=preparing(), pump=None, dose=None)
    staff, public = (tile_of(state, audience) for audience in (STAFF, PUBLIC))
    assert (line(staff).open_steps, line(public).open_steps) == (5, 5)
    assert (line(staff).steps, line(public).steps) == (STEPS[:4], ())
    assert (staff.notes, public.notes) == ((), ())


def test_recovery_tells_staff_whether_the_patient_may_go_home(bed: MakeBed) -> None:
    not_yet = SessionView(
        state=SessionState.RECOVERY, open_steps=("MOAA/S 4 is under 5", "no escort is named")
    )
    staff, public = (line(tile_of(bed(session=not_yet), audience)) for audience in (STAFF, PUBLIC))
    assert staff.steps == ("not yet because MOAA/S 4 is under 5; no escort is named",)
    assert (public.steps, staff.open_steps) == ((), None)
    ready = SessionView(state=SessionState.RECOVERY)
    assert line(tile_of(bed(session=ready), STAFF)).steps == ("ready to go home",)


def test_a_pause_tells_staff_why_and_everybody_how_long(bed: MakeBed, now: datetime) -> None:
    paused = SessionView(
        state=SessionState.PAUSED, state_since=now - timedelta(minutes=4), pause_reason="toilet"
    )
    state = bed(session=paused)
    assert (line(tile_of(state, STAFF)).why, line(tile_of(state, PUBLIC)).why) == ("toilet", "")
    assert line(tile_of(state, PUBLIC)).state_age_s == 240


def test_shared_initials_and_maintenance_are_told_to_staff_only(bed: MakeBed) -> None:
    session = SessionView(
        state=SessionState.INFUSING, initials="QZ", initials_shared=True, number=2, of=None
    )
    staff, public = (line(tile_of(bed(session=session), a)) for a in (STAFF, PUBLIC))
    assert (staff.initials, staff.initials_shared, staff.series) == ("QZ", True, "maintenance 2")
    assert (public.initials, public.initials_shared, public.series) == ("", False, "")


def test_pumps_that_run_when_they_should_not_come_first(bed: MakeBed, now: datetime) -> None:
    pump = RunningPumpView(device=DeviceId("p"), since=now - timedelta(seconds=20), rate_ml_h=35.0)
    session = SessionView(state=SessionState.PAUSED, still_running=(pump,))
    conflict = ConflictView(
        what="two pumps running at one bed", beds=(BedId("1"),), devices=(DeviceId("p"),)
    )
    state = bed(session=session, unconfirmed=(pump,), conflicts=(conflict,))
    for audience in (STAFF, PUBLIC):
        notes = tile_of(state, audience).notes
        assert [note.text for note in notes] == [
            "STILL RUNNING 35.0 mL/h",
            "PUMP RUNNING, NOT CONFIRMED 35.0 mL/h",
            "two pumps running at one bed",
        ]
        assert notes[0].age_s == 20


def test_the_dose_rate_shown_is_that_of_the_dosing_weight(bed: MakeBed) -> None:
    dose = DoseView(given_mg=1.0, dose_rate_mg_kg_h=0.6, back_check="the pump says 0.500 mg/kg/h")
    tile = tile_of(bed(dose=dose), STAFF)
    assert tile.numbers["dose_rate"].text == "0.60"
    assert tile.notes[0].text == "the pump says 0.500 mg/kg/h"
    assert tile_of(bed(dose=dose), PUBLIC).notes == ()


def test_a_dose_that_is_not_known_is_no_number(bed: MakeBed) -> None:
    assert "dose" not in tile_of(bed(dose=DoseView(given_ml=1.0)), STAFF).numbers


def test_a_pump_charted_by_hand_has_a_dose_that_says_so(bed: MakeBed) -> None:
    dose = DoseView(given_mg=12.0, is_manual=True)
    number = tile_of(bed(pump=None, dose=dose), STAFF).numbers["dose"]
    assert (number.text, number.state) == ("12.0 mg by hand", ReadingState.LIVE)
    assert "dose" not in tile_of(bed(pump=None, dose=dose), PUBLIC).numbers


@pytest.mark.parametrize("state", list(SessionState))
def test_nothing_a_person_said_reaches_a_public_tile(bed: MakeBed, state: SessionState) -> None:
    secret = "Amalia"
    session = SessionView(
        state=state, initials=secret, nurse=secret, pause_reason=secret, open_steps=(secret,)
    )
    fields: dict[str, Any] = {"dose": DoseView(given_mg=1, back_check=secret)}
    assert secret not in encode_tile(tile_of(bed(session=session, **fields), PUBLIC)).decode()
