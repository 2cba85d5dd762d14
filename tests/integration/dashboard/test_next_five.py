"""The next five minutes of a ward over HTTP: one list, who is on duty, who is wanted where."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dashboard.beds import BedArrived
from dashboard.duty_desk import read_roster
from infusion.duty.roster import Roster
from infusion.interventions.events import EmergencyBegun, HelpCalled
from infusion.observations.events import ProfileChosen
from tests.fixtures.clinic import two_beds
from tests.fixtures.clinic_site import Site, clinic_site, form_of
from tests.fixtures.dashboard import eventually
from tests.fixtures.session import NORA, SESSION, infusing
from vocabulary.alarms import AlarmPriority, SignalState
from vocabulary.ids import BedId, BootId, WardId, WorkerId
from vocabulary.states import SessionState
from wire.bed_state import AlarmView, BedState, CheckView, DoseView, SessionView

NEXT = "/ward/north/next"
NORTH = WardId("north")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with clinic_site(tmp_path, clinic=two_beds()) as running:
        running.take(SESSION, infusing().events)
        yield running


def hold(site: Site, bed: str, **fields: Any) -> None:
    """What the dashboard holds of a bed, as if it had come just now."""
    now = datetime.now(UTC)
    state = BedState(
        ward=NORTH, bed=BedId(bed), published_at=now, worker=WorkerId("ingest-1"),
        ingest_boot=BootId("b1"), signals={}, **fields,
    )  # fmt: skip
    held = site.server.server.services.beds.of(NORTH)[BedId(bed)]
    held.state = state
    held.arrived = BedArrived(NORTH, BedId(bed), state, time.monotonic(), now)


def check(minutes: float, *, is_overdue: bool = False, **fields: Any) -> CheckView:
    due_at = datetime.now(UTC) + timedelta(minutes=minutes)
    usual = {"what": "Quick set", "items": ("sedation", "airway"), "set": "quick"}
    return CheckView(due_at=due_at, is_overdue=is_overdue, **(usual | fields))


def roster(site: Site) -> Roster:
    return read_roster(site.record, NORTH, datetime.now(UTC))


@pytest.mark.usefixtures("alarms_of_links")
def test_while_nothing_is_heard_the_list_says_that_it_is_last_known(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = site.server.server.services.own_alarms
    with monkeypatch.context() as patched:
        patched.setattr(own, "of_link", lambda _: None)
        assert "last known" not in site.get(f"{NEXT}/list").text
    eventually(  # no broker is there
        lambda: "NO LIVE DATA" in (text := site.get(f"{NEXT}/list").text) and "last known" in text,
        "the list does not say that nothing is heard",
    )


def test_what_comes_is_one_list_and_what_is_overdue_stands_above_it(site: Site) -> None:
    now = datetime.now(UTC)
    hold(
        site, "1", checks=(check(-6, is_overdue=True), check(2, what="BP", items=("bp",))),
        dose=DoseView(given_mg=30, predicted_end=now + timedelta(minutes=3)),
        session=SessionView(state=SessionState.INFUSING, nurse="Nora N."), work_s=1800,
    )  # fmt: skip
    alarm = AlarmView(
        id="a", priority=AlarmPriority.HIGH, text="SpO2 86 < 90", since=now,
        signal_state=SignalState.ACTIVE,
    )  # fmt: skip
    hold(site, "2", alarms=(alarm,), checks=(check(4), check(20)), work_s=1800)
    page = site.get(NEXT).text
    order = ["Overdue", "Check · Chair 1 · Quick set", "Next five minutes",
             "!!! · Chair 2 · SpO2 86", "Cuff · Chair 1 · BP", "End · Chair 1 · infusion ends",
             "Check · Chair 2 · Quick set"]  # fmt: skip
    places = [page.index(words) for words in order]
    assert places == sorted(places)
    assert page.count('data-line="check"') == 2
    assert "data-profile" not in page, "the usual one is not worth a word"
    assert "Not enough" in page
    assert "60 nurse-minutes of checks, no nurse has said to be on duty" in page
    assert f"/session/{SESSION}/do/observe?set=quick" in page


def test_another_profile_than_the_usual_one_is_named(site: Site) -> None:
    chosen = ProfileChosen(
        session=SESSION, at=datetime.now(UTC), by=NORA, profile="long", reason="first infusion"
    )
    site.take(SESSION, [chosen])
    hold(site, "1", checks=(check(2),))
    assert (
        '<span class="soft" data-profile="long">120 min of recovery</span>' in site.get(NEXT).text
    )


def test_a_nurse_takes_chairs_and_reads_the_pump_that_runs_there(site: Site) -> None:
    page = site.get(NEXT).text
    assert "pump-1 shows mL/h" in page
    action, held = form_of(page, "duty-take")
    told = site.post(action, held | {"bed": "1"})
    assert told.status == 422
    assert "not read yet: pump-1 at 1" in told.text
    assert roster(site) == Roster()
    typed = {"bed": "1", "rate-pump-1": "35,0", "volume-pump-1": "5.8", "ordered-pump-1": "yes"}
    for _ in range(2):  # sent twice, done once
        assert site.post(action, held | typed).status == 303
    assert roster(site).nurse_of(BedId("1")) is not None
    assert len(roster(site).on_duty) == 1
    assert "Nora Nurse" in site.get(NEXT).text


def test_duty_begins_and_ends_and_chairs_are_not_left_without_a_reason(site: Site) -> None:
    assert site.send(NEXT, as_="paul", form_="duty-begin").status == 303
    site.send(NEXT, form_="duty-take", bed="2")
    refused = site.send(NEXT, form_="duty-end")
    assert refused.status == 422
    assert "nobody would answer for 2" in refused.text
    assert site.send(NEXT, form_="duty-end", reason="ill").status == 303
    assert list(roster(site).on_duty) == ["paul"]
    gone = site.send(NEXT, form_="duty-end-paul")
    assert gone.status == 303
    assert roster(site) == Roster()


def calls(site: Site, as_: str = "nora") -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(site.get("/calls", as_=as_).text)
    return found


def test_a_call_for_help_is_told_within_a_second_without_ingest(site: Site) -> None:
    eventually(lambda: calls(site) == [], "the calls were never looked for")
    site.take(SESSION, [HelpCalled(session=SESSION, at=datetime.now(UTC), by=NORA)])
    eventually(lambda: calls(site, "olga") != [], "nobody was told")
    [call] = calls(site)
    assert (call["what"], call["label"], call["by"]) == ("help", "Chair 1", "Nora Nurse")
    assert call["path"] == "/ward/north/bed/1"
    site.take(SESSION, [EmergencyBegun(session=SESSION, at=datetime.now(UTC), by=NORA)])
    eventually(lambda: calls(site)[0]["what"] == "emergency", "the emergency was not told")
    assert "HELP · Chair 1" in site.get(NEXT).text


def test_a_wall_is_no_person_and_sees_neither_list_nor_calls(site: Site) -> None:
    assert site.get(NEXT, as_="wall").status == 403
    assert site.get("/calls", as_="wall").status == 403
