"""A tile through a session: what is open, minutes and dose, why it is paused, since the stop."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.held import bed_state
from tests.browser.ward_page import OpenPage, StartWard
from vocabulary.ids import DeviceId, SessionId
from vocabulary.roles import Audience
from vocabulary.states import SessionState
from wire.bed_state import DoseView, RunningPumpView, SessionView

pytestmark = pytest.mark.browser


def session(state: SessionState, now: datetime, minutes_ago: float = 0.0, **fields: object) -> (
    SessionView
):  # fmt: skip
    return SessionView(
        state=state,
        id=SessionId("s1"),
        state_since=now - timedelta(minutes=minutes_ago),
        planned_s=3600,
        number=4,
        of=6,
        initials="QZ",
        **fields,  # type: ignore[arg-type]
    )


def part(tile: Locator, name: str) -> Locator:
    return tile.locator(f".{name}")


@pytest.mark.parametrize("audience", [Audience.STAFF, Audience.PUBLIC])
def test_a_tile_through_a_session(
    scripted_ward: StartWard, open_page: OpenPage, audience: Audience
) -> None:
    is_staff = audience is Audience.STAFF
    ward = scripted_ward(1, audience)
    page = open_page(ward.ward_url)
    tile = page.locator('[data-bed="1"]')

    steps = ("identify the patient", "baseline")
    now = datetime.now(UTC)
    preparing = session(SessionState.PREPARING, now, open_steps=steps, initials_shared=True)
    ward.hold(bed_state(now=now, session=preparing, dose=None))
    expect(part(tile, "minutes")).to_have_text("2open")
    expect(part(tile, "steps")).to_have_text("identify the patient · baseline" if is_staff else "")
    if is_staff:
        expect(part(tile, "steps")).to_be_visible()
    expect(part(tile, "initials")).to_have_text("two QZ!" if is_staff else "")
    expect(part(tile, "series")).to_have_text("4/6" if is_staff else "")

    dose = DoseView(given_mg=17.5, ordered_mg=35.0, predicted_end=now + timedelta(minutes=30))
    infusing = session(SessionState.INFUSING, now, 30, running_s=1800, is_running=True)
    ward.hold(bed_state(now=now, session=infusing, dose=dose))
    expect(part(tile, "minutes")).to_have_text("30min left")
    expect(part(tile, "steps")).to_be_hidden()
    expect(part(tile, "ends")).to_contain_text("ends ")
    if is_staff:
        expect(tile.locator('[data-signal="dose"]')).to_have_text("17.5 mg")
        expect(part(tile, "ordered")).to_have_text("of 35.0")
    else:
        expect(tile.locator('[data-signal="dose"]')).to_be_hidden()
        expect(part(tile, "ordered")).to_have_text("")

    pump = RunningPumpView(device=DeviceId("pump-1"), since=now, rate_ml_h=35.0)
    paused = session(SessionState.PAUSED, now, 4, running_s=1800, pause_reason="toilet",
                     still_running=(pump,))  # fmt: skip
    ward.hold(bed_state(now=now, session=paused, dose=dose))
    expect(tile).to_have_attribute("data-session-state", "paused")
    expect(part(tile, "session-since")).to_have_text("4 min · toilet" if is_staff else "4 min")
    expect(part(tile, "note")).to_contain_text("STILL RUNNING 35.0 mL/h")

    recovery = session(SessionState.RECOVERY, now, 12, open_steps=("MOAA/S missing",))
    ward.hold(bed_state(now=now, session=recovery, dose=dose))
    expect(part(tile, "minutes")).to_have_text("12min since stop")
    expect(part(tile, "steps")).to_have_text("not yet because MOAA/S missing" if is_staff else "")
    if is_staff:
        expect(part(tile, "steps")).to_be_visible()
